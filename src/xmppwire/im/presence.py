"""Who is there, and how: presence by contact and resource (RFC 6121 section 4), with what it says of idleness (XEP-0319).

    presences = PresenceMap(roster)
    own = OwnPresence(show="away", status="at the ball", idle_since=datetime.now(UTC))
    await client.send(own.stanza())                     # initial presence; others are told by `own.stanzas()` later
    async for event in client:
        told = roster.feed(event, client.jid)           # who is a contact no more takes the presence along
        for change in (presences.feed(event, client.jid), presences.feed(told, client.jid)):
            if change is not None:
                best = presences.best(change.jid)
                print(change.jid, "is gone" if best is None else best.show or "there")

Whoever knows our address may send us presence. People on the roster have a place each; of all others together only so many
resources are kept, so that strangers cannot fill the memory.

What comes from a room is about its occupants, and no presence of a person: put the address of a room into `apart` before you
join it, and leave its presence to whatever follows that room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from ..jid import JID
from ..payload import Payload, PayloadError
from ..protocol.last_interaction import Idle
from ..protocol.roster import RosterItem, Subscription
from ..stanza import ErrorCondition, Presence, PresenceType, ShowValue, StanzaError
from ..stream.events import Established
from ..xml import Element
from .roster import Roster, RosterChange

T = TypeVar("T")

STRANGERS = 100
"""So many resources of people who are not on the roster are kept at most. Each is a stanza, which may be large."""
RESOURCES = 30
"""So many resources of one contact are kept at most."""

_RANKS = {ShowValue.CHAT: 4, None: 3, ShowValue.AWAY: 2, ShowValue.XA: 1, ShowValue.DND: 0}
_SUBSCRIBED = frozenset((Subscription.TO, Subscription.BOTH))


@dataclass(frozen=True, slots=True)
class Available:
    """A resource that is there.

    `jid` is its full JID (a bare one where somebody has no resource). `show` None is plainly there; `status` is for people. One
    with a negative `priority` wants no messages that are sent to the bare JID. `idle_since`: nobody has touched the device
    since then. `presence` is what came; what is wrong in it counts as left out.
    """

    jid: JID
    show: ShowValue | None
    status: str | None
    priority: int
    idle_since: datetime | None
    presence: Presence = field(repr=False)


@dataclass(frozen=True, slots=True)
class PresenceChange:
    """What presence tells about the contact with the bare JID `jid`.

    `now` is there, in place of what was there `before`; None for one that went, or that was not there. Where all resources of a
    contact went at once, `before` is the one of them that was heard of last. `error` says that the contact cannot be reached.
    `stranger`: not on the roster. `forgotten` had to make room: nothing is known of this resource any more.
    """

    jid: JID
    before: Available | None
    now: Available | None
    stranger: bool
    error: StanzaError | None = None
    forgotten: JID | None = None


class PresenceMap:
    """Presence by bare JID and resource.

    `roster` tells who is a stranger; without one, everybody but ourselves. `apart` are the bare JIDs of rooms: their presence
    is passed over. `strangers` and `resources` are how many resources of strangers, and of one contact, are kept: of more,
    those are forgotten of which nothing was heard for longest.
    """

    def __init__(
        self,
        roster: Roster | None = None,
        apart: Iterable[JID] = (),
        *,
        strangers: int = STRANGERS,
        resources: int = RESOURCES,
    ) -> None:
        self.roster = Roster() if roster is None else roster
        self.apart = set(apart)
        self._limit = strangers
        self._resources = resources
        self._there: dict[JID, dict[JID, Available]] = {}
        """By bare and full JID; what was heard of last is last."""
        self._strangers: dict[JID, None] = {}

    def __len__(self) -> int:
        """How many people are there."""
        return len(self._there)

    def __iter__(self) -> Iterator[JID]:
        """The bare JIDs of those who are there."""
        return iter(list(self._there))

    def __contains__(self, jid: JID) -> bool:
        """Whether this resource is there, or with a bare JID, any of that address."""
        there = self._there.get(jid.bare, {})
        return bool(there) if jid.is_bare else jid in there

    def resources(self, jid: JID) -> list[Available]:
        """The resources of a bare JID that are there: of our own, the other clients of the account and this one."""
        return list(self._there.get(jid.bare, {}).values())

    def get(self, jid: JID) -> Available | None:
        """The resource with this full JID; None if it is not there."""
        return self._there.get(jid.bare, {}).get(jid)

    def best(self, jid: JID) -> Available | None:
        """The resource that is most available: of the highest priority, then the most inclined to talk, then heard of last. A
        negative priority says that not even that one wants what is sent to the bare JID. None if nobody is there."""
        there = reversed(self.resources(jid))
        return max(there, key=lambda one: (one.priority, _RANKS[one.show]), default=None)

    # --- what is told -----------------------------------------------------------------------------------------------

    def feed(self, event: object, own: JID) -> PresenceChange | None:
        """Take an event of the client with the full JID `own`, or a `RosterChange`. What it changes; None if that is nothing.

        With `Established`, a new stream, all is forgotten: who is there tells it again.
        """
        if isinstance(event, Established):
            self.clear()
        if isinstance(event, RosterChange):
            lost = event.after is None or (_is_subscribed(event.before) and not _is_subscribed(event.after))
            return self._forget(event.jid, event.jid.bare == own.bare) if lost else None
        if not isinstance(event, Presence) or event.sender is None or event.sender.bare in self.apart:
            return None
        jid, known = event.sender, event.sender.bare == own.bare
        match event.type:
            case None:
                return self._came(_available(jid, event), known)
            case PresenceType.UNAVAILABLE:
                return self._forget(jid, known)
            case PresenceType.ERROR:
                error = _readable(lambda: event.error) or StanzaError(ErrorCondition.UNDEFINED_CONDITION)
                return self._forget(jid, known, error)
            case _:
                return None

    def clear(self) -> None:
        """Forget all presence."""
        self._there.clear()
        self._strangers.clear()

    def _came(self, now: Available, known: bool) -> PresenceChange:
        bare, stranger = now.jid.bare, self._is_stranger(now.jid, known)
        there = self._there.setdefault(bare, {})
        before = there.pop(now.jid, None)
        there[now.jid] = now
        self._strangers.pop(now.jid, None)
        forgotten = None
        if len(there) > self._resources:
            self._drop(forgotten := next(iter(there)))
        if stranger:
            self._strangers[now.jid] = None
            if len(self._strangers) > self._limit:
                forgotten = self._drop_stranger()
        return PresenceChange(bare, before, now, stranger, forgotten=forgotten)

    def _is_stranger(self, jid: JID, known: bool) -> bool:
        return not known and jid not in self.roster

    def _drop_stranger(self) -> JID | None:
        oldest = next(iter(self._strangers))
        if oldest in self.roster:
            del self._strangers[oldest]  # it has come to be a contact since
            return None
        self._drop(oldest)
        return oldest

    def _drop(self, jid: JID) -> Available | None:
        there = self._there.get(jid.bare, {})
        dropped = there.pop(jid, None)
        self._strangers.pop(jid, None)
        if not there:
            self._there.pop(jid.bare, None)
        return dropped

    def _forget(self, jid: JID, known: bool, error: StanzaError | None = None) -> PresenceChange | None:
        """One resource went, or with a bare JID, all of that address (section 4.5.4)."""
        before = None
        for gone in list(self._there.get(jid.bare, {})) if jid.is_bare else [jid]:
            before = self._drop(gone) or before
        if before is None and error is None:
            return None
        return PresenceChange(jid.bare, before, None, self._is_stranger(jid, known), error)


def _is_subscribed(item: RosterItem | None) -> bool:
    """Whether we are subscribed to this contact's presence."""
    return item is not None and item.subscription in _SUBSCRIBED


def _available(jid: JID, presence: Presence) -> Available:
    """What presence says; a part that cannot be read counts as left out."""
    show = _readable(lambda: presence.show)
    priority = _readable(lambda: presence.priority)
    idle = _readable(lambda: presence.get(Idle))
    return Available(jid, show, presence.status, priority or 0, None if idle is None else idle.since, presence)


def _readable(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except PayloadError:
        return None


# --- our own presence -----------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class OwnPresence:
    """What we tell about ourselves; change it, and send `stanzas()`.

    `show`, `status` (a string, or strings by language) and `priority` as in `Presence`. `idle_since` (XEP-0319): when the user
    touched the device last, an aware datetime; None while somebody does. `payloads` go along. `directed` are those who get to
    know it beside the subscribers, by `direct`: the server tells them when we are gone, but no change before that (section
    4.6.3).
    """

    show: ShowValue | str | None = None
    status: str | Mapping[str, str] | None = None
    priority: int = 0
    idle_since: datetime | None = None
    payloads: list[Payload | Element] = field(default_factory=list[Payload | Element])
    directed: set[JID] = field(default_factory=set[JID])

    def stanza(self, to: JID | str | None = None) -> Presence:
        """The presence, for all who are subscribed to it, or for `to` alone. Raises ValueError for a value that is none."""
        idle = [] if self.idle_since is None else [Idle(since=self.idle_since)]
        return Presence(
            to, show=self.show, status=self.status, priority=self.priority, payloads=[*idle, *self.payloads]
        )

    def direct(self, to: JID | str) -> Presence:
        """The presence for somebody who is not subscribed to it, and is told of changes from now on (section 4.6.2)."""
        self.directed.add(JID(to))
        return self.stanza(to)

    def withdraw(self, to: JID | str) -> Presence:
        """We are gone for somebody whom presence was directed to."""
        self.directed.discard(JID(to))
        return Presence(to, type=PresenceType.UNAVAILABLE)

    def stanzas(self) -> list[Presence]:
        """All that has to be sent after a change, and on a new stream."""
        return [self.stanza(), *(self.stanza(to) for to in sorted(self.directed))]
