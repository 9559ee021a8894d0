"""Asking whether an entity is there (XEP-0199)."""

from __future__ import annotations

from ..jid import JID
from ..operation import IqError, Operation, request
from ..protocol.ping import Ping
from ..stanza import ErrorCondition, Iq

_NO_PING = frozenset({ErrorCondition.SERVICE_UNAVAILABLE, ErrorCondition.FEATURE_NOT_IMPLEMENTED})


def ping(target: JID | str | None = None, *, timeout: float | None = None) -> Operation[None]:
    """Ping `target` (None: the own account at the server), and return when it answers. Raises what `request` raises."""
    yield from request(Iq("get", target, payload=Ping()), timeout)


def check_alive(target: JID | str | None = None, *, timeout: float | None = None) -> Operation[None]:
    """Like `ping`, but an entity that does not know pings is there too: XEP-0199 section 4.2 counts its error as an answer.
    For the own server only: another one answers the same for a client that is gone."""
    try:
        yield from request(Iq("get", target, payload=Ping()), timeout)
    except IqError as error:
        if error.error.condition not in _NO_PING:
            raise
