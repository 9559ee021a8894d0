"""What the parts of the local server share: who there is, and how a stanza gets to a client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ..jid import JID
from .accounts import Accounts
from .limits import LocalLimits
from .offline import moment

if TYPE_CHECKING:
    from .link import Link


class Hub:
    """Domains, accounts and links of one server."""

    def __init__(
        self,
        domains: Sequence[str],
        random: Callable[[int], bytes],
        limits: LocalLimits,
        iterations: int,
        epoch: float | None,
    ) -> None:
        self.domains = tuple(JID.from_parts(None, name) for name in domains)
        self._names = frozenset(domain.domainpart for domain in self.domains)
        self.random = random
        self.limits = limits
        self.accounts = Accounts(random, limits, iterations)
        self.links: dict[Link, None] = {}
        self.active: Link | None = None
        """The link that is being pulled: its driver looks at its output anyway."""
        self._ready: dict[Link, None] = {}
        self._epoch = epoch

    def is_local(self, jid: JID) -> bool:
        """Whether the address is in one of our domains."""
        return jid.domainpart in self._names

    def fresh_id(self) -> str:
        """An id for a stanza of the server."""
        return self.random(9).hex()

    def stamp(self, now: float) -> datetime | None:
        """The date, if it is known."""
        return moment(self._epoch, now)

    def wake(self, link: Link) -> None:
        """Note that a link has to be looked at."""
        if link is not self.active:
            self._ready[link] = None

    def take_ready(self) -> list[Link]:
        """The links to look at since the last call."""
        ready = list(self._ready)
        self._ready.clear()
        return ready
