"""The entries of a conversation in their order, the names that they are found by, and what is waiting for one of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, TypeAlias, TypeVar

from ..messages import MessageIds, Source
from .entries import Entry, Participant, Position

MAX_NAMES = 64
"""So many names one entry can have: its own, and those of its corrections."""
MAX_SAME = 4
"""So many entries of one author are found by one name: the newest. Who gives all messages the same id pays for that alone."""
MAX_NAMED = 64
"""So many entries are found by one name at all: the first ones, so that nobody takes a name away from another's message."""

T = TypeVar("T")


class Space(Enum):
    """What gave a name: the sender, or the room or archive."""

    SENDER = "sender"
    SERVICE = "service"


Name: TypeAlias = tuple[Space, str]


@dataclass(slots=True)
class History:
    """At most `limit` entries, the oldest first."""

    limit: int
    entries: list[Entry] = field(default_factory=list[Entry])
    _named: dict[Name, list[Entry]] = field(default_factory=dict[Name, list[Entry]])
    _names: dict[Entry, list[Name]] = field(default_factory=dict[Entry, list[Name]])

    def add(self, entry: Entry) -> list[Entry]:
        """Put an entry in its place, and return those that are dropped for it: itself, where the history is full of newer."""
        if len(self.entries) >= self.limit and entry.position < self.entries[0].position:
            return [entry]
        self.entries.insert(self._place(entry.position), entry)
        self._names[entry] = []
        for space, id_ in own_names(entry):
            self.name(entry, (space, id_))
        dropped: list[Entry] = []
        while len(self.entries) > self.limit:
            dropped.append(self._drop())
        return dropped

    def index(self, entry: Entry) -> int:
        """Where an entry stands."""
        return self._place(entry.position)

    def move(self, entry: Entry, position: Position) -> bool:
        """Give an entry another place; whether the order is another one now."""
        before = self.index(entry)
        del self.entries[before]
        entry.position = position
        after = self._place(position)
        self.entries.insert(after, entry)
        return before != after

    def name(self, entry: Entry, name: Name) -> None:
        """From now on the entry is found by this name too."""
        names = self._names[entry]
        if name in names or len(names) >= MAX_NAMES:
            return
        named = self._named.setdefault(name, [])
        theirs = [one for one in named if one.author == entry.author]
        if len(theirs) >= MAX_SAME:
            named.remove(theirs[0])
            self._names[theirs[0]].remove(name)
        elif len(named) >= MAX_NAMED:
            return
        names.append(name)
        named.append(entry)

    def __contains__(self, entry: Entry) -> bool:
        return entry in self._names

    def find(self, name: Name) -> list[Entry]:
        """The entries of that name, as far as they are kept: senders may use one twice."""
        return self._named.get(name, [])

    def same(self, author: Participant, ids: MessageIds, body: str | None, *, sent: bool) -> Entry | None:
        """The entry of this very message, if it is there already; `sent`: it is about to be sent."""
        for entry in self.find((Space.SERVICE, ids.stanza_id)) if ids.stanza_id else ():
            if entry.ids.stanza_id == ids.stanza_id:
                return entry
        for id_ in (ids.id, ids.origin_id):
            for entry in self.find((Space.SENDER, id_)) if id_ else ():
                if id_ in (entry.ids.id, entry.ids.origin_id) and _is_same(entry, author, ids, body, sent):
                    return entry
        return None

    def _place(self, position: Position) -> int:
        return bisect_left(self.entries, position, key=lambda entry: entry.position)

    def _drop(self) -> Entry:
        entry = self.entries.pop(0)
        for name in self._names.pop(entry):
            entries = self._named[name]
            entries.remove(entry)
            if not entries:
                del self._named[name]
        # Others may still point to it; it must not keep those alive that it points to.
        entry.target = entry.attached_to = None
        return entry


def own_names(entry: Entry) -> Iterator[Name]:
    """The names of the message itself."""
    ids = entry.ids
    yield from ((Space.SENDER, one) for one in (ids.id, ids.origin_id) if one)
    if ids.stanza_id:
        yield Space.SERVICE, ids.stanza_id


def _is_same(entry: Entry, author: Participant, ids: MessageIds, body: str | None, sent: bool) -> bool:
    """Whether a message with an id that the entry has too is the very same."""
    if entry.author != author and entry.author.address != author.address:
        return False
    if entry.ids.stanza_id and ids.stanza_id and entry.ids.stanza_id != ids.stanza_id:
        return False
    if entry.own and author.own and (sent or entry.source is Source.SENT):
        return True  # the id is ours, and a room may have changed the content
    return not entry.versions or entry.versions[0].text == body


@dataclass(slots=True)
class Waiting(Generic[T]):
    """What refers to messages that are not there, by their names; of too many, those that have waited longest are given up.

    At most `share` wait for each participant, so that nobody can push out what others said.
    """

    limit: int = 500
    share: int = 100
    _waiting: dict[Name, dict[int, tuple[str, T]]] = field(default_factory=dict[Name, dict[int, tuple[str, T]]])
    _order: dict[int, tuple[Name, str]] = field(default_factory=dict[int, tuple[Name, str]])
    _shares: dict[str, int] = field(default_factory=dict[str, int])
    _count: int = 0

    def add(self, name: Name, whose: str, what: T) -> None:
        """Let something wait for the message of this name; `whose` it is."""
        if self._shares.get(whose, 0) >= self.share:
            self._give_up(next(number for number, (_, other) in self._order.items() if other == whose))
        elif len(self._order) >= self.limit:
            self._give_up(next(iter(self._order)))
        self._count += 1
        self._order[self._count] = (name, whose)
        self._waiting.setdefault(name, {})[self._count] = (whose, what)
        self._shares[whose] = self._shares.get(whose, 0) + 1

    def take(self, name: Name) -> list[T]:
        """What waits for this message, and waits no more."""
        taken: list[T] = []
        for number, (_, what) in list(self._waiting.get(name, {}).items()):
            taken.append(what)
            self._give_up(number)
        return taken

    def _give_up(self, number: int) -> None:
        name, whose = self._order.pop(number)
        waiting = self._waiting[name]
        del waiting[number]
        if not waiting:
            del self._waiting[name]
        self._shares[whose] -= 1
        if not self._shares[whose]:
            del self._shares[whose]
