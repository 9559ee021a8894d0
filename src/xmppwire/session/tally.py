"""Which stanzas of the server are dealt with, in the order in which they came (XEP-0198 section 4).

The number `h` that a stream is resumed with means that all stanzas up to that one are dealt with. But a session deals with
a ping at once, while the message before it waits for the program. So every stanza gets a ticket, and counts once the
tickets before it are done too.

A server that resumes a stream sends again what comes behind `h`. Of that the session has some already: done out of order, or
waiting in the backlog. Those are known again by their place and their attributes, and passed over.
"""

from __future__ import annotations

from collections import deque

from ..stanza import Stanza
from ..stream.events import Event, StanzaRejected
from ..xml import Element

Mark = tuple[str, str | None, str | None]


class Ticket:
    """One stanza of the server. `done` is called once it is dealt with."""

    __slots__ = ("_tally", "mark", "over")

    def __init__(self, tally: Tally, mark: Mark) -> None:
        self._tally = tally
        self.mark = mark
        self.over = False

    def done(self) -> None:
        """The stanza is dealt with."""
        self.over = True
        self._tally.settle()


class Tally:
    """The tickets of one managed stream, over all its connections."""

    def __init__(self) -> None:
        self.ready = 0
        """Stanzas that count as handled, and of which the engine was not told yet."""
        self._open: deque[Ticket] = deque()
        self._expected: deque[Ticket] = deque()
        self._tellable = 0  # the engine counts what it has delivered on this connection, and no more

    def received(self, event: Event) -> Ticket | None:
        """A stanza came. None if it is one that the session has already."""
        self._tellable += 1
        mark = _mark(event)
        if self._expected:
            if self._expected[0].mark == mark:
                self._expected.popleft()
                return None
            self._forget_expected()
        ticket = Ticket(self, mark)
        self._open.append(ticket)
        return ticket

    def settle(self) -> None:
        """Count what is done in order."""
        while self._open and self._open[0].over:
            self._open.popleft()
            self.ready += 1

    def take(self) -> int:
        """How many more stanzas to tell the engine of, on the connection that there is."""
        count = min(self.ready, self._tellable)
        self.ready -= count
        self._tellable -= count
        return count

    def take_all(self) -> int:
        """How many more stanzas are handled, for a stream that has no connection."""
        count, self.ready, self._tellable = self.ready, 0, 0
        self._expected.clear()
        return count

    def resumed(self) -> None:
        """The stream goes on: what was not counted comes again."""
        self._tellable = 0
        self._expected = deque(self._open)

    def _forget_expected(self) -> None:
        """The server sends something else: rather twice than never. What it did not send again no longer counts."""
        missing = set(self._expected)
        self._expected.clear()
        before = len(self._open)
        self._open = deque(ticket for ticket in self._open if ticket not in missing)
        self.ready -= len(missing) - (before - len(self._open))
        self.settle()


def _mark(event: Event) -> Mark:
    """What a stanza is known again by: its kind, id and sender."""
    if isinstance(event, Stanza):
        return type(event).__name__.lower(), event.id, None if event.sender is None else str(event.sender)
    element = event.element if isinstance(event, StanzaRejected) else event
    if isinstance(element, Element):
        return element.local, element.get("id"), element.get("from")
    return type(event).__name__, None, None
