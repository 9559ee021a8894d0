"""Are we in the room still? (XEP-0410)"""

from __future__ import annotations

from ...jid import JID
from ...operation import IqError, Operation, OperationTimeout, request
from ...protocol.muc_self_ping import SelfPingResult, self_ping_result
from ...protocol.ping import Ping
from ...stanza import Iq


def self_ping(occupant: JID | str, timeout: float | None = None) -> Operation[SelfPingResult]:
    """Ping our own address in a room, `occupant`, and say what the answer means (section 3.2); UNKNOWN where none comes within
    `timeout` seconds. Not while a nickname is being changed. Raises `ConnectionLostError` and `BacklogFull`."""
    try:
        yield from request(Iq("get", occupant, payload=Ping()), timeout)
    except IqError as error:
        return self_ping_result(error.error)
    except OperationTimeout:
        return SelfPingResult.UNKNOWN
    return SelfPingResult.JOINED
