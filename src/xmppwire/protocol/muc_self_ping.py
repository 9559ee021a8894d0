"""MUC Self-Ping (XEP-0410): is the client still in the room? It pings its own occupant JID; the answer tells.

The element is that of XMPP Ping (XEP-0199). `self_ping_result` says what an answer means; no answer is `UNKNOWN` too.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.stanza import ErrorCondition, StanzaError

OPTIMIZATION_FEATURE = "http://jabber.org/protocol/muc#self-ping-optimization"
"""A room that announces it answers such pings itself (section 3.3)."""

STANDARD = Standard(
    "XEP-0410",
    "MUC Self-Ping (Schrödinger's Chat)",
    Status.STABLE,
    "1.1.0",
    namespaces=(OPTIMIZATION_FEATURE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="No elements of its own.",
)


class SelfPingResult(StrEnum):
    """What a client knows after it pinged itself through a room."""

    JOINED = "joined"
    NOT_JOINED = "not-joined"
    """Enter the room again."""
    UNKNOWN = "unknown"
    """The room cannot be reached; ask again later."""


_JOINED = frozenset(
    (ErrorCondition.SERVICE_UNAVAILABLE, ErrorCondition.FEATURE_NOT_IMPLEMENTED, ErrorCondition.ITEM_NOT_FOUND)
)
_UNKNOWN = frozenset((ErrorCondition.REMOTE_SERVER_NOT_FOUND, ErrorCondition.REMOTE_SERVER_TIMEOUT))


def self_ping_result(error: StanzaError | None) -> SelfPingResult:
    """What the answer means (section 3.2): an error, or None for a result.

    Some errors come from another client of the same occupant, which got the ping and so proves that the occupant is
    there.
    """
    if error is None or error.condition in _JOINED:
        return SelfPingResult.JOINED
    return SelfPingResult.UNKNOWN if error.condition in _UNKNOWN else SelfPingResult.NOT_JOINED
