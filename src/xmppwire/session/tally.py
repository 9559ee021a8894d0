"""Which stanzas of the server are dealt with, in the order in which they came (XEP-0198 section 4).

The number `h` that a stream is resumed with means that all stanzas up to that one are dealt with. But a session deals with
a ping at once, while the message before it waits for the program. So every stanza gets a ticket, and counts once the
tickets before it are done too.

A server that resumes a stream sends again what comes behind `h`. Of that the session has some already: done out of order, or
waiting in the backlog. Those are known again by their place and their attributes, and passed over.
"""

from __future__ import annotations

from collections import deque
from itertools import takewhile

from ..stanza import Stanza
from ..stream.events import Event, StanzaRejected
from ..xml import Element

Mark = tuple[str, str | None, str | None]


class Ticket:
    """One stanza of the server, and whether it is dealt with."""

    __slots__ = ("done", "mark", "stored")

    def __init__(self, mark: Mark, stored: bool) -> None:
        self.mark = mark
        self.done = False
        self.stored = stored
        """Whether what is stored of the session says so. Before that, the server is not told."""

    @property
    def counts(self) -> bool:
        """Whether the server may be told."""
        return self.done and self.stored


class Tally:
    """The tickets of one managed stream, over all its connections. With `ahead`, what is done is stored first."""

    def __init__(self, ahead: bool = False) -> None:
        self._ahead = ahead
        self._sealed: list[Ticket] = []  # what is about to be stored as done
        self._open: deque[Ticket] = deque()  # of what the server does not know to be handled, the oldest first
        self._expected: deque[Ticket] = deque()  # those of them that it will send again
        self._received = 0  # how many of the first came on this connection: an engine counts no others
        self._claimed = 0  # how many of the first the request to resume has counted as handled

    def received(self, event: Event) -> Ticket | None:
        """A stanza came. None if it is one that the session has already."""
        self._received += 1
        mark = _mark(event)
        if self._expected:
            if self._expected[0].mark == mark:
                self._expected.popleft()
                return None
            # The server sends something else: rather twice than never. What it did not send again no longer counts.
            missing = set(self._expected)
            self._expected.clear()
            self._open = deque(ticket for ticket in self._open if ticket not in missing)
        ticket = Ticket(mark, not self._ahead)
        self._open.append(ticket)
        return ticket

    def take(self) -> int:
        """How many more stanzas to tell the engine of, on the connection that there is."""
        count = 0
        while self._received and self._open and self._open[0].counts:
            self._open.popleft()
            self._received -= 1
            count += 1
        return count

    @property
    def ready(self) -> int:
        """How many stanzas are dealt with in order, of which no engine was told."""
        return sum(1 for _ in takewhile(lambda ticket: ticket.done, self._open))

    def seal(self) -> None:
        """What is `ready` now is about to be stored."""
        self._sealed = list(takewhile(lambda ticket: ticket.done, self._open))

    def stored(self) -> None:
        """What was sealed is stored."""
        for ticket in self._sealed:
            ticket.stored = True
        self._sealed = []

    def claim(self) -> int:
        """How many stanzas a request to resume counts as handled beyond those that an engine was told of."""
        self._claimed = sum(1 for _ in takewhile(lambda ticket: ticket.counts, self._open))
        return self._claimed

    def resumed(self) -> None:
        """The stream goes on: what the request did not count comes again, whatever became of it meanwhile."""
        for _ in range(self._claimed):
            self._open.popleft()
        self._claimed = self._received = 0
        self._expected = deque(self._open)


def _mark(event: Event) -> Mark:
    """What a stanza is known again by: its kind, id and sender."""
    if isinstance(event, Stanza):
        return type(event).__name__.lower(), event.id, None if event.sender is None else str(event.sender)
    element = event.element if isinstance(event, StanzaRejected) else event
    if isinstance(element, Element):
        return element.local, element.get("id"), element.get("from")
    return type(event).__name__, None, None
