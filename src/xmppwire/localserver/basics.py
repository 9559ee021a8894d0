"""What every server answers: pings (XEP-0199), its software (XEP-0092), the session of old (RFC 3921 section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol import ping, session
from ..protocol.version import NAMESPACE as VERSION_NAMESPACE
from ..protocol.version import Version
from ..stanza import ErrorCondition, Iq, IqType
from ..xml import Name
from .service import Answer, Request, Requests, Service

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent

PING: Name = (ping.NAMESPACE, "ping")
SESSION: Name = (session.NAMESPACE, "session")
VERSION: Name = (VERSION_NAMESPACE, "query")


class BasicService(Service):
    """Says that the server is there, and what it is."""

    features = (VERSION_NAMESPACE, "msgoffline", ping.NAMESPACE)

    def requests(self) -> Requests:
        return {
            (IqType.GET, PING): Request(_pong),
            (IqType.SET, SESSION): Request(_pong),
            (IqType.GET, VERSION): Request(_version),
        }


def _pong(_link: Correspondent, iq: Iq, _account: Account | None, _now: float) -> Answer:
    return iq.result()


def _version(_link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
    if account is not None:
        return ErrorCondition.SERVICE_UNAVAILABLE
    return iq.result(Version(software="xmppwire local server", version="0.1"))
