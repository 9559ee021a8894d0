"""Being in the rooms that are bookmarked for it (XEP-0402 sections 3.2 and 4, or XEP-0048): at login, and as bookmarks change.

    rooms = BookmarkedRooms("Juliet")                          # the nickname where a bookmark has none
    await client.run(rooms.fetch())
    while ...:
        for presence in rooms.to_send(now()): await client.send(presence)
        event = ...                                            # the next one of the client, or None at rooms.next_timeout()
        for told in rooms.feed(event, client.jid, now()) if event else rooms.handle_timeout(now()):
            match told:
                case RoomTold(jid=room, event=RoomMessage(nick=nick, message=message)): ...
                case AutojoinFailed(jid=room, problem=problem): ...             # not in this room
                case RoomGone(jid=room, alternate=alternate): ...               # await client.run(rooms.follow(room))
        if isinstance(event, Established): await client.run(rooms.fetch())
        if rooms.unsure: await client.run(rooms.check(), timeout=None)

Rooms are entered in the order of the bookmarks, a few at a time. What other clients of the account change is followed: a room
is entered that is bookmarked with `autojoin`, and left when it is not any more. Only the own account is believed. Changes made
by `rooms.bookmarks.save` and `remove` are followed with `rooms.sync()`; in private storage nobody hears of changes, so `fetch`
again now and then. Announce `NOTIFY_FEATURE` where the bookmarks are in a personal node.

A new stream means that all rooms have to be entered again. Feed its `Established`, then `fetch`, since changes may have been
missed. On a stream that was resumed we are in the rooms still, as far as the server knows: `unsure` asks for a `check`
(XEP-0410), which is good after a long silence of a room too. A room that we fell out of is entered again, each time later.

A room that is gone is not followed to the place that it names by itself: who owned it decides what that place is. `follow`
moves the bookmark, without its password, which is nothing for the owner of another room. Where there is no room any more,
entering makes one (`Joined.created`): leave it, or open it for others with `accept_defaults`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from types import MappingProxyType

from ..jid import JID, JIDError
from ..operation import Operation
from ..protocol.bookmarks import Bookmark
from ..protocol.muc_self_ping import SelfPingResult
from ..protocol.xmpp_uri import XMPPURI
from ..stanza import Message, Presence, ShowValue
from ..stream.events import Established, Resumed
from .bookmarks import BookmarkChanged, BookmarkRemoved, Bookmarks, fetch_bookmarks
from .pep import PepSupport
from .pubsub.events import RefusedEvent
from .rooms.discovery import is_room_jid
from .rooms.events import DepartureCause, Joined, JoinFailed, JoinProblem, Left, RoomEvent
from .rooms.room import MOST_OCCUPANTS, Room, RoomState

__all__ = ["AutojoinFailed", "AutojoinProblem", "BookmarkedRooms", "BookmarkedRoomsEvent", "RoomGone", "RoomTold"]

MOST = 100
"""So many rooms are entered at most, if nothing else is said. Each costs the server and us a list of occupants."""
AT_ONCE = 5
"""So many rooms are being entered at a time."""
ANSWER_SECONDS = 60.0
"""For how long a room may say nothing about our entering: the server of a large one may have to be found first."""
AGAIN_SECONDS = (0.0, 30.0, 120.0, 600.0, 3600.0)
"""How long to wait before entering a room again that we fell out of: the first time, the second, and so on."""
STEADY_SECONDS = 600.0
"""Who has been in a room for so long begins to count anew."""


class AutojoinProblem(Enum):
    """Why we are not in a room that is bookmarked for it."""

    NOT_A_ROOM = auto()
    """The address cannot be that of a room."""
    NO_NICK = auto()
    """The nickname cannot be one."""
    TOO_MANY = auto()
    """There are more such bookmarks than we want to be in rooms."""
    NO_ANSWER = auto()
    """The room says nothing. Should it answer late, we are in it."""
    REFUSED = auto()
    """It does not let us in: the event, `JoinFailed`, says why."""
    REMOVED = auto()
    """It had us removed, or we left: the event, `Left`, says why."""


@dataclass(frozen=True, slots=True)
class AutojoinFailed:
    """We are not in the room, and will not try again before its bookmark changes, a new stream begins, or `retry`."""

    jid: JID
    problem: AutojoinProblem
    event: JoinFailed | Left | None = None


@dataclass(frozen=True, slots=True)
class RoomGone:
    """The room does not exist any more. `alternate` is where to go instead, as its owner, or its service, says: show it to the
    user first. We will not try again before the bookmark changes."""

    jid: JID
    alternate: JID | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RoomTold:
    """A room says something."""

    jid: JID
    event: RoomEvent


BookmarkedRoomsEvent = RoomTold | AutojoinFailed | RoomGone | BookmarkChanged | BookmarkRemoved | RefusedEvent


class _State(Enum):
    WAITING = auto()
    ENTERING = auto()
    INSIDE = auto()
    LEAVING = auto()
    FAILED = auto()
    GONE = auto()


@dataclass(slots=True)
class _Entry:
    bookmark: Bookmark
    room: Room
    nick: str | None = None
    """Another nickname to enter with than the last one."""
    state: _State = _State.WAITING
    due: float = float("-inf")
    """WAITING: not to be entered before. ENTERING: until when the room may answer."""
    times: int = 0
    """How often we fell out of it."""
    since: float = float("-inf")
    """Since when we are in it."""
    alternate: JID | None = None


class BookmarkedRooms:
    """The rooms that are bookmarked to be entered, and being in them.

    `nick` is for bookmarks without a nickname; best what the user published (XEP-0172). At most `most` rooms are entered,
    `at_once` at a time, each of which may say nothing for `answer_seconds`. `limit` is that of `Room`. Times are seconds on the
    clock of the caller.
    """

    def __init__(
        self,
        nick: str,
        *,
        most: int = MOST,
        at_once: int = AT_ONCE,
        answer_seconds: float = ANSWER_SECONDS,
        limit: int = MOST_OCCUPANTS,
    ) -> None:
        self.nick = nick
        self.bookmarks = Bookmarks()
        """Those that were fetched last."""
        self.unsure = False
        """Whether a stream was resumed since the last `check`."""
        self._most = most
        self._at_once = at_once
        self._answer_seconds = answer_seconds
        self._limit = limit
        self._entries: dict[JID, _Entry] = {}
        self._impossible: dict[JID, tuple[Bookmark, AutojoinProblem]] = {}
        self._farewells: dict[JID, Presence] = {}

    @property
    def rooms(self) -> Mapping[JID, Room]:
        """The rooms, those too that we are not in: `Room.state` says so. Best let each `learn` what it says of itself."""
        return MappingProxyType({jid: entry.room for jid, entry in self._entries.items()})

    # --- operations -------------------------------------------------------------------------------------------------

    def fetch(self, support: PepSupport | None = None) -> Operation[list[AutojoinFailed]]:
        """Fetch the bookmarks and follow them; gives what `sync` gives, and raises what `fetch_bookmarks` raises."""
        self.bookmarks = yield from fetch_bookmarks(support)
        return self.sync()

    def check(self, jids: Iterable[JID] | None = None, timeout: float | None = 30.0) -> Operation[list[JID]]:
        """Ask rooms (None: all) whether we are in them still (XEP-0410), one after the other, for `timeout` seconds each at
        most: give the whole operation no other deadline. The result are those that we are not in any more, and that will be
        entered again. Raises what `Room.self_ping` raises."""
        lost: list[JID] = []
        for jid in list(self._entries) if jids is None else jids:
            entry = self._entries.get(jid)
            if entry is None or entry.state is not _State.INSIDE:
                continue
            if (yield from entry.room.self_ping(timeout)) is SelfPingResult.NOT_JOINED:
                self._again(entry, entry.since)
                lost.append(jid)
        self.unsure = False
        return lost

    def follow(self, jid: JID) -> Operation[JID]:
        """Put the place that a room names, which is gone, into the room's bookmark; gives that place, which will be entered.
        Raises ValueError where none is known, and what `Bookmarks.save` and `Bookmarks.remove` raise."""
        entry = self._entries.get(jid)
        if entry is None or entry.alternate is None or jid not in self.bookmarks:
            raise ValueError(f"nothing is known in place of {jid}")
        alternate = entry.alternate
        if alternate not in self.bookmarks:
            yield from self.bookmarks.save(alternate, self.bookmarks[jid].replace(password=None))
        yield from self.bookmarks.remove(jid)
        self.sync()
        return alternate

    # --- what to do -------------------------------------------------------------------------------------------------

    def sync(self) -> list[AutojoinFailed]:
        """Follow the bookmarks as they are now. Gives what is wrong with those that were not looked at before."""
        failed: list[AutojoinFailed] = []
        wanted = self.bookmarks.autojoin
        for jid, entry in list(self._entries.items()):
            if jid not in wanted:
                self._leave(jid, entry)
        self._impossible = {jid: known for jid, known in self._impossible.items() if jid in wanted}
        for jid, bookmark in wanted.items():
            problem = self._want(jid, bookmark)
            if problem is None:
                self._impossible.pop(jid, None)
            elif self._impossible.get(jid) != (bookmark, problem):
                self._impossible[jid] = (bookmark, problem)
                failed.append(AutojoinFailed(jid, problem))
        return failed

    def retry(self, jid: JID, nick: str | None = None) -> None:
        """Try once more to enter a room, perhaps with another nickname. Raises JIDError for one that cannot be one, and
        ValueError for a room that is not among those here, or which we are in."""
        entry = self._entries.get(jid)
        if entry is None or entry.state not in (_State.FAILED, _State.GONE, _State.WAITING):
            raise ValueError(f"{jid} does not wait to be entered")
        if nick is not None:
            entry.nick = jid.with_resource(nick).resourcepart
        entry.state, entry.due, entry.alternate = _State.WAITING, float("-inf"), None

    def to_send(self, now: float, show: ShowValue | str | None = None, status: str | None = None) -> list[Presence]:
        """What to send now, after all else was called: to leave rooms and to enter others, there as available as `show` and
        `status` say."""
        presences, self._farewells = list(self._farewells.values()), {}
        free = self._at_once - sum(entry.state is _State.ENTERING for entry in self._entries.values())
        for entry in self._entries.values():
            if free > 0 and entry.state is _State.WAITING and entry.due <= now:
                free -= 1
                entry.state, entry.due = _State.ENTERING, now + self._answer_seconds
                presences.append(entry.room.join(nick=entry.nick, show=show, status=status))
                entry.nick = None
        return presences

    def next_timeout(self) -> float | None:
        """When to call `handle_timeout`, and `to_send` after it. None: when something comes."""
        times = [e.due for e in self._entries.values() if e.state is _State.ENTERING]
        if len(times) < self._at_once:
            times += [e.due for e in self._entries.values() if e.state is _State.WAITING]
        return min(times, default=None)

    def handle_timeout(self, now: float) -> list[AutojoinFailed]:
        """Wait no longer for rooms that do not answer."""
        failed: list[AutojoinFailed] = []
        for jid, entry in self._entries.items():
            if entry.state is _State.ENTERING and entry.due <= now:
                entry.state = _State.FAILED
                failed.append(AutojoinFailed(jid, AutojoinProblem.NO_ANSWER))
        return failed

    # --- what arrives -----------------------------------------------------------------------------------------------

    def feed(self, event: object, own: JID, now: float, moment: datetime | None = None) -> list[BookmarkedRoomsEvent]:
        """Take an event of the client with the full JID `own`, and say what it means. `moment` is what `Room.feed` wants to
        know, and `now` the time on the clock of the caller."""
        told: list[BookmarkedRoomsEvent] = []
        if isinstance(event, Resumed):
            self.unsure = True
        elif isinstance(event, Established):
            self.unsure = False
            self._farewells.clear()
            for room, entry in list(self._entries.items()):
                told += self._new_stream(room, entry, event)
        elif isinstance(event, Message | Presence):
            changes = self.bookmarks.feed(event, own)
            told += changes
            if any(isinstance(change, BookmarkChanged | BookmarkRemoved) for change in changes):
                told += self.sync()
            jid = None if event.sender is None else event.sender.bare
            known = None if jid is None else self._entries.get(jid)
            if jid is not None and known is not None and (says := known.room.feed(event, moment)) is not None:
                told += self._said(jid, known, says, now)
        return told

    # --- below: one room --------------------------------------------------------------------------------------------

    def _want(self, jid: JID, bookmark: Bookmark) -> AutojoinProblem | None:
        """Be in this room, or say why that cannot be."""
        entry = self._entries.get(jid)
        if entry is not None and entry.bookmark == bookmark and entry.state is not _State.LEAVING:
            return None
        if not is_room_jid(jid):
            return AutojoinProblem.NOT_A_ROOM
        try:
            nick = jid.with_resource(bookmark.nick or self.nick).resourcepart
        except JIDError:
            return AutojoinProblem.NO_NICK
        if entry is None:
            if len(self._entries) >= self._most:
                return AutojoinProblem.TOO_MANY
            entry = self._entries[jid] = _Entry(bookmark, Room(jid, nick or self.nick, limit=self._limit))
        elif entry.state not in (_State.INSIDE, _State.ENTERING):  # what failed may go well now
            entry.state, entry.due, entry.alternate = _State.WAITING, float("-inf"), None
        entry.nick = None if bookmark.nick == entry.bookmark.nick else nick
        entry.bookmark, entry.room.password = bookmark, bookmark.password
        return None

    def _leave(self, jid: JID, entry: _Entry) -> None:
        if entry.room.state is RoomState.OUTSIDE:
            del self._entries[jid]
        elif entry.state is not _State.LEAVING:
            entry.state = _State.LEAVING
            self._farewells[jid] = entry.room.leave()

    def _again(self, entry: _Entry, now: float) -> None:
        """Enter a room once more that we fell out of."""
        entry.times = 0 if now - entry.since >= STEADY_SECONDS else entry.times
        entry.state, entry.due = _State.WAITING, now + AGAIN_SECONDS[min(entry.times, len(AGAIN_SECONDS) - 1)]
        entry.times += 1

    def _new_stream(self, jid: JID, entry: _Entry, event: Established) -> list[BookmarkedRoomsEvent]:
        says = entry.room.feed(event)
        if entry.state is _State.LEAVING:
            del self._entries[jid]
        elif entry.state is not _State.GONE:
            entry.state, entry.due, entry.times = _State.WAITING, float("-inf"), 0
        return [] if says is None else [RoomTold(jid, says)]

    def _said(self, jid: JID, entry: _Entry, says: RoomEvent, now: float) -> list[BookmarkedRoomsEvent]:
        told: list[BookmarkedRoomsEvent] = [RoomTold(jid, says)]
        if isinstance(says, Joined) and entry.state is not _State.LEAVING:
            entry.state, entry.since = _State.INSIDE, now
        elif isinstance(says, JoinFailed | Left):
            departure = says.departure
            destroyed = departure is not None and departure.cause is DepartureCause.DESTROYED
            if entry.state is _State.LEAVING:
                del self._entries[jid]
            elif entry.state is _State.WAITING:
                pass  # left, and to be entered again
            elif entry.room.lost:
                self._again(entry, now)
            elif destroyed or (isinstance(says, JoinFailed) and says.problem is JoinProblem.MOVED):
                entry.state, entry.alternate = _State.GONE, _alternate(jid, says)
                told.append(RoomGone(jid, entry.alternate, departure.reason if departure is not None else None))
            else:
                entry.state = _State.FAILED
                refused = isinstance(says, JoinFailed)
                problem = AutojoinProblem.REFUSED if refused else AutojoinProblem.REMOVED
                told.append(AutojoinFailed(jid, problem, says))
        return told


def _alternate(jid: JID, says: JoinFailed | Left) -> JID | None:
    """Where to go instead of a room that is gone (XEP-0045 section 10.9, RFC 6120 section 8.3.3.5)."""
    found = says.departure.alternate if says.departure is not None else None
    if found is None and isinstance(says, JoinFailed) and says.error is not None and says.error.uri is not None:
        try:
            found = XMPPURI.parse(says.error.uri).jid
        except ValueError:
            return None
    return None if found is None or found.bare == jid or not is_room_jid(found.bare) else found.bare
