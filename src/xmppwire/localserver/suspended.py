"""Streams that may be resumed (XEP-0198 section 5): which there are, what waits for those that lost their transport, and for
how long.

A client whose transport is lost stays where it is, in `Account.resources`, with its presence and all: its `Link` has a
`Suspended` then, which collects what is sent to it. Another link takes its place when the client resumes. No adapter knows of
these clients any more, so the time until they are given up is carried by a link that is alive.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..jid import JID
from ..stanza import Stanza, write_stanza
from ..stream.management import Resumption

if TYPE_CHECKING:
    from .limits import LocalLimits
    from .link import Link

MAX_SECONDS = 300
"""For how long a stream is kept where nobody said it."""

COUNTS_KEPT = 1000
"""Streams that are over, of which it is still known how many of the client's stanzas were handled."""


@dataclass(slots=True)
class Suspended:
    """A stream without a transport. `until` is when it is given up."""

    resumption: Resumption
    until: float
    waiting: list[tuple[Stanza, float | None]] = field(default_factory=list[tuple[Stanza, "float | None"]])
    """What was sent to the client since, with the time of each if it is known (seconds since 1970)."""
    size: int = 0
    """Characters of that."""

    def add(self, stanza: Stanza, when: float | None) -> None:
        """Keep a stanza for the client."""
        self.waiting.append((stanza, when))
        self.size += len(write_stanza(stanza))

    def state(self) -> Resumption:
        """What the stream is resumed with: all that the client did not confirm, or never saw."""
        return replace(self.resumption, unacknowledged=(*self.resumption.unacknowledged, *self.waiting))


class Sessions:
    """The streams of one server that may be resumed, by the ids that they were given."""

    def __init__(self, limits: LocalLimits, links: dict[Link, None], wake: Callable[[Link], None]) -> None:
        self._limits = limits
        self._links = links
        self._wake = wake
        self._by_id: dict[str, Link] = {}
        self._suspended: dict[Link, float] = {}
        self._counts: OrderedDict[str, tuple[JID, int]] = OrderedDict()
        self._carrier: Link | None = None
        """The link whose timer is ours as well."""
        self.due: float | None = None
        """When the next stream is given up."""

    @property
    def suspended(self) -> list[Link]:
        """Those without a transport, the longest suspended first."""
        return list(self._suspended)

    @property
    def crowded(self) -> bool:
        """Whether there are more of them than may be."""
        return len(self._suspended) > self._limits.suspended

    def find(self, id: str) -> Link | None:
        """The client's link that has this id, suspended or not."""
        return self._by_id.get(id)

    def count_of(self, id: str, account: JID) -> int | None:
        """How many stanzas were handled on a stream of this account that is over; None if that is not known."""
        owner, count = self._counts.get(id, (None, None))
        return count if owner == account else None

    def begin(self, id: str, link: Link) -> None:
        """The stream of a link may be resumed from now on."""
        link.stream_id = id
        self._by_id[id] = link

    def hand_over(self, old: Link, link: Link) -> None:
        """The stream of `old` goes on with `link`."""
        if old.stream_id is not None:
            self.begin(old.stream_id, link)
        self.forget(old)

    def suspend(self, link: Link, suspended: Suspended) -> None:
        """The transport of a link is lost."""
        link.suspended = suspended
        self._suspended[link] = suspended.until
        self._reckon()

    def forget(self, link: Link) -> None:
        """The stream of a link cannot be resumed any more, or another link has it now."""
        if link.stream_id is None:
            return
        if self._by_id.get(link.stream_id) is link:
            del self._by_id[link.stream_id]
            if link.suspended is not None:
                self._counts[link.stream_id] = link.suspended.resumption.jid.bare, link.suspended.resumption.handled
                if len(self._counts) > COUNTS_KEPT:
                    self._counts.popitem(last=False)
        link.stream_id = link.suspended = None
        if self._suspended.pop(link, None) is not None:
            self._reckon()

    def overdue(self, now: float) -> list[Link]:
        """Those whose time is up, and those that are too many."""
        links = [link for link, until in self._suspended.items() if until <= now]
        return links or self.suspended[: max(0, len(self._suspended) - self._limits.suspended)]

    # --- the timer --------------------------------------------------------------------------------------------------

    def timer(self, link: Link) -> float | None:
        """When this link has to look after suspended streams."""
        return self.due if link is self._carrier else None

    def elect(self) -> None:
        """See to it that a link that is alive carries the timer, if there is one."""
        if self.due is not None and (self._carrier is None or self._carrier not in self._links):
            self._carrier = next(iter(self._links), None)
            if self._carrier is not None:
                self._wake(self._carrier)

    def _reckon(self) -> None:
        due, self.due = self.due, min(self._suspended.values(), default=None)
        if self._carrier is not None and self._carrier in self._links and self.due != due:
            self._wake(self._carrier)
        self.elect()
