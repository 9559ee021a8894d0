"""What others tell about themselves: their software, their time, and when they were active last.

The other way round, a session answers these questions where `AutomaticAnswers` says with what.
"""

from __future__ import annotations

from ..jid import JID
from ..operation import Operation, request
from ..protocol.entity_time import EntityTime
from ..protocol.last_activity import LastActivity
from ..protocol.version import Version
from ..stanza import Iq


def fetch_version(target: JID | str) -> Operation[Version]:
    """Which software `target` runs (XEP-0092). Raises what `request` raises."""
    reply = yield from request(Iq("get", target, payload=Version()))
    return reply.get(Version) or Version()


def fetch_time(target: JID | str) -> Operation[EntityTime]:
    """What time it is at `target` (XEP-0202). Raises what `request` raises."""
    reply = yield from request(Iq("get", target, payload=EntityTime()))
    return reply.get(EntityTime) or EntityTime()


def fetch_last_activity(target: JID | str) -> Operation[LastActivity]:
    """How many seconds ago `target` was active, was there, or was started: a client, an account or a server (XEP-0012).
    Raises what `request` raises."""
    reply = yield from request(Iq("get", target, payload=LastActivity()))
    return reply.get(LastActivity) or LastActivity()
