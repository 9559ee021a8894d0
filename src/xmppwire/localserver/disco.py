"""Service discovery (XEP-0030): what the server and the accounts are, made of what the services announce."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol import caps, caps2, disco, rsm
from ..protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from ..stanza import ErrorCondition, Iq, IqType
from ..xml import Name
from .paging import page_of
from .service import Answer, Request, Requests, Service
from .stored import to_text

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent, Hub

INFO: Name = (disco.INFO_NAMESPACE, "query")
ITEMS: Name = (disco.ITEMS_NAMESPACE, "query")


class DiscoService(Service):
    """Tells what is there, and what it can do."""

    features = (disco.INFO_NAMESPACE, disco.ITEMS_NAMESPACE, caps.NAMESPACE, caps2.NAMESPACE, rsm.NAMESPACE)
    account_features = (disco.INFO_NAMESPACE, disco.ITEMS_NAMESPACE, rsm.NAMESPACE)

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def requests(self) -> Requests:
        return {(IqType.GET, INFO): Request(self._info), (IqType.GET, ITEMS): Request(self._items)}

    def _info(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        query = iq.get(DiscoInfo)
        node = None if query is None else query.node
        services = self._hub.services
        own = self._hub.capabilities
        if account is None and (node is None or node in own.nodes):
            return iq.result(own.info.replace(node=node))
        if node is not None:
            answers = (service.info(link, iq, account, node) for service in services)
            found = next((one for one in answers if one is not None), None)
            return iq.result(found) if found is not None else ErrorCondition.ITEM_NOT_FOUND
        identities = [Identity(category="account", type="registered")]
        identities += [one for service in services for one in service.account_identities]
        features = [name for service in services for name in service.account_features]
        return iq.result(DiscoInfo(identities=identities, features=features))

    def _items(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        query = iq.get(DiscoItems)
        node = None if query is None else query.node
        parts = [service.items(link, iq, account, node) for service in self._hub.services]
        if node is not None and all(part is None for part in parts):
            return ErrorCondition.ITEM_NOT_FOUND
        items = [item for part in parts for item in part or ()]
        if node is None and account is None:
            items += [DiscoItem(jid=jid) for jid in self._hub.components.connected()]
            items += [item for house in self._hub.houses for item in house.items()]
        elif node is None and account is not None:
            items = [DiscoItem(jid=link.jid) for link in account.available() if link.jid is not None] + items
        asked = None if query is None else query.set
        page, described = page_of(items, asked, name=item_name, size=item_bytes, room=self._hub.limits.answer_bytes)
        return iq.result(DiscoItems(node=node, items=page, set=described))


def item_name(item: DiscoItem) -> str:
    """What tells an item of a list from the others."""
    return " ".join((str(item.jid), item.node or "", item.name or ""))


def item_bytes(item: DiscoItem) -> int:
    """How long an item is in an answer."""
    return len(to_text(item).encode())
