"""vCards (XEP-0054): the owner stores one, everybody reads it. Others cannot tell who has none from who does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol.vcard_temp import NAMESPACE, VCardTemp
from ..stanza import ErrorCondition, Iq, IqType
from ..xml import Name
from .directory import Listing
from .service import Answer, Audience, Request, Requests, Service
from .stored import to_element, to_text

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent, Hub

VCARD: Name = VCardTemp.element_names[0]


class VCardService(Service):
    """Keeps one vCard for each account, as it came. A stanza bounds it."""

    features = account_features = (NAMESPACE,)

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def requests(self) -> Requests:
        return {(IqType.GET, VCARD): Request(self._get, Audience.ANYBODY), (IqType.SET, VCARD): Request(self._set)}

    def _get(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        card = None if account is None or account.vcard is None else to_element(account.vcard)
        if account is not None:
            for service in self._hub.services:
                card = service.vcard_shown(account, iq.sender, card)
        if card is not None:
            return iq.result(card)
        own = account is not None and account is link.account
        return ErrorCondition.ITEM_NOT_FOUND if own else ErrorCondition.SERVICE_UNAVAILABLE

    def _set(self, link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        if account is None:
            return ErrorCondition.SERVICE_UNAVAILABLE
        if account is not link.account:
            return ErrorCondition.FORBIDDEN
        card = iq.find(VCARD)
        account.vcard = to_text(card) if card is not None and card.children else None
        account.listing = Listing() if card is None else Listing.of(card)
        for service in self._hub.services:
            service.vcard_changed(account, now)
        return iq.result()
