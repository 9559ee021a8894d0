"""Services outside of XMPP (XEP-0215), STUN and TURN above all: the program knows them, and the credentials of each user.

def services(user: JID) -> list[Service]:
    return [
        Service(type="stun", host="stun.capulet.lit", port=3478, transport="udp"),
        Service(type="turn", host="turn.capulet.lit", port=3478, username=..., password=..., restricted=True),
    ]

server = LocalServer(["capulet.lit"], accounts, external_services=services)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ..jid import JID
from ..protocol.external_service_discovery import NAMESPACE, OLDER_NAMESPACES, Credentials, Services
from ..protocol.external_service_discovery import Service as ExternalService
from ..stanza import ErrorCondition, Iq, IqType
from .service import Answer, Request, RequestError, Requests, Service

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent

ExternalServices: TypeAlias = Callable[[JID], Sequence[ExternalService]]
"""What there is for a user. It is called where stanzas are handled, so it must not wait."""


class ExternalServiceDiscovery(Service):
    """Tells the users of the server, and nobody else, which services there are."""

    features = (NAMESPACE, *OLDER_NAMESPACES)

    def __init__(self, services: ExternalServices) -> None:
        self._services = services

    def requests(self) -> Requests:
        return {
            **{(IqType.GET, name): Request(self._list) for name in Services.element_names},
            **{(IqType.GET, name): Request(self._credentials) for name in Credentials.element_names},
        }

    def _list(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        query, known = iq.get(Services), self._known(link, account)
        if query is None:
            return ErrorCondition.BAD_REQUEST
        found = [one.replace(namespace=query.namespace) for one in known if query.type in (None, one.type)]
        return iq.result(Services(namespace=query.namespace, type=query.type, services=found))

    def _credentials(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        """The services that are named by host and type, and by port where there are several (section 3.3)."""
        query, known = iq.get(Credentials), self._known(link, account)
        if query is None or len(query.services) != 1:
            raise RequestError(ErrorCondition.BAD_REQUEST, "credentials are asked for at one service")
        (wanted,) = query.services
        found = [
            one.replace(namespace=query.namespace)
            for one in known
            if (one.host, one.type) == (wanted.host, wanted.type) and wanted.port in (None, one.port)
        ]
        if not any(one.username for one in found):
            raise RequestError(ErrorCondition.ITEM_NOT_FOUND, "there are no credentials for such a service")
        return iq.result(Credentials(namespace=query.namespace, services=found))

    def _known(self, link: Correspondent, account: Account | None) -> Sequence[ExternalService]:
        """What there is for who asks. Raises RequestError for those who are no users."""
        if account is not None:
            raise RequestError(ErrorCondition.SERVICE_UNAVAILABLE)
        if link.account is None:
            raise RequestError(ErrorCondition.FORBIDDEN)
        return self._services(link.account.jid)
