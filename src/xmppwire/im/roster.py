"""Operations on the roster (RFC 6121 section 2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..jid import JID
from ..operation import Operation, request
from ..protocol.roster import Roster, RosterItem, Subscription
from ..stanza import Iq


@dataclass(slots=True)
class RosterResult:
    """What the server said. `items` is None where the version asked about is still good, up to the pushes that follow."""

    items: list[RosterItem] | None
    version: str | None


def fetch_roster(version: str | None = None) -> Operation[RosterResult]:
    """Fetch the roster. `version` is that of a roster kept earlier ("" to begin with versions): give it only where the
    server announces roster versioning (RFC 6121 section 2.6). Raises what `request` raises."""
    reply = yield from request(Iq("get", payload=Roster(ver=version)))
    roster = reply.get(Roster)
    if roster is None:
        return RosterResult(None if version else [], version)
    return RosterResult(roster.items, roster.ver)


def set_roster_item(jid: JID | str, name: str | None = None, groups: Iterable[str] = ()) -> Operation[None]:
    """Add a contact to the roster, or change name and groups of one (RFC 6121 sections 2.3 and 2.4)."""
    yield from request(Iq("set", payload=Roster(items=[RosterItem(jid=JID(jid), name=name, groups=list(groups))])))


def remove_roster_item(jid: JID | str) -> Operation[None]:
    """Remove a contact from the roster, which also ends the subscriptions (RFC 6121 section 2.5)."""
    item = RosterItem(jid=JID(jid), subscription=Subscription.REMOVE)
    yield from request(Iq("set", payload=Roster(items=[item])))
