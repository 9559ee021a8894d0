"""What the parts of the local server share: who there is, and how a stanza gets to a client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ..jid import JID, JIDError
from ..stanza import Stanza
from ..stream.engine import Engine
from ..stream.errors import StreamErrorCondition
from .accounts import Account, Accounts
from .capabilities import Capabilities
from .component import Components
from .devices import Devices
from .limits import LocalLimits
from .offline import moment
from .reports import Reports
from .suspended import Sessions

if TYPE_CHECKING:
    from .federation import Federation
    from .link import Link
    from .pubsub import PubsubService
    from .rooms.service import RoomService
    from .service import Service


class Correspondent(Protocol):
    """Who sends stanzas and gets the answers: a client, a component, or what lies beyond other servers."""

    @property
    def account(self) -> Account | None:
        """Whose client it is."""
        ...

    @property
    def component(self) -> JID | None:
        """The domain of a component."""
        ...

    def queue(self, stanza: Stanza, now: float) -> bool:
        """Send a stanza there. True if it will be known what became of it."""
        ...


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
        self.devices = Devices(self.accounts, limits)
        self.components = Components()
        self.federation: Federation | None = None
        """The way to other servers, if there is one."""
        self.rooms: RoomService | None = None
        """The rooms, if there may be any."""
        self.pubsub: PubsubService | None = None
        """The nodes that are of no account, if there may be any."""
        self.services: Sequence[Service] = ()
        """What the server does beside delivering stanzas."""
        self.reports = Reports(limits.reports, limits.report_text)
        """What users report about others."""
        self.capabilities = Capabilities(self)
        self.started: float | None = None
        """When the first stream was accepted, on the clock of the engine."""
        self.links: dict[Link, None] = {}
        self.active: Engine | None = None
        """The stream that is being pulled: its driver looks at its output anyway."""
        self._ready: dict[Engine, None] = {}
        self._stuck: list[tuple[Link, str]] = []
        self._dropping = False
        self._epoch = epoch
        self.sessions = Sessions(limits, self.links, self.wake)

    def is_local(self, jid: JID) -> bool:
        """Whether the address is in one of our domains."""
        return jid.domainpart in self._names

    def is_ours(self, jid: JID) -> bool:
        """Whether the address is in one of our domains, in a component's, or of rooms or nodes."""
        return self.is_local(jid) or jid in self.components or self._housed(jid) is not None

    def is_reachable(self, jid: JID) -> bool:
        """Whether there is a way to the address, be it that nobody is there now."""
        return self.federation is not None or self.is_ours(jid)

    def outside(self, jid: JID | None) -> Correspondent | None:
        """Who takes what is for an address outside of our domains: a component, if it is connected, the rooms, the nodes, or
        the other servers."""
        if jid is None or self.is_local(jid):
            return None
        if jid in self.components:
            return self.components.get(jid)
        return self._housed(jid) or self.federation

    @property
    def houses(self) -> tuple[RoomService | PubsubService, ...]:
        """What has domains of its own here."""
        return tuple(one for one in (self.rooms, self.pubsub) if one is not None)

    def _housed(self, jid: JID) -> RoomService | PubsubService | None:
        return next((one for one in self.houses if jid in one), None)

    def addresses_under(self, prefix: str) -> tuple[JID, ...]:
        """`prefix.domain` for each domain where that is a name, and nobody else has it."""
        found: list[JID] = []
        for domain in self.domains:
            try:
                jid = JID.from_parts(None, f"{prefix}.{domain}")
            except JIDError:  # the domain is an IP address
                continue
            if not self.is_local(jid) and self._housed(jid) is None:
                found.append(jid)
        return tuple(found)

    def kept_apart(self, first: JID | None, second: JID | None) -> bool:
        """Whether one of the two is a user of ours who blocks the other (XEP-0191)."""
        for one, other in ((first, second), (second, first)):
            account = self.accounts.get(one)
            if account is not None and other is not None and account.blocked.blocks(other):
                return True
        return False

    def fresh_id(self) -> str:
        """An id for a stanza of the server."""
        return self.random(9).hex()

    def stamp(self, now: float) -> datetime | None:
        """The date, if it is known."""
        return moment(self._epoch, now)

    def unix(self, now: float) -> float | None:
        """Seconds since 1970, if the date is known."""
        return None if self._epoch is None else self._epoch + now

    def drop_stuck(self, link: Link, text: str, now: float) -> None:
        """End the stream of a client that does not read.

        To tell the others that it is gone may find the next such client: they go one after the other, not one inside
        the other, however many they are.
        """
        self._stuck.append((link, text))
        if self._dropping:
            return
        self._dropping = True
        try:
            while self._stuck:
                link, text = self._stuck.pop(0)
                link.drop(now, StreamErrorCondition.RESOURCE_CONSTRAINT, text)
        finally:
            self._dropping = False

    def wake(self, link: Engine) -> None:
        """Note that a stream has to be looked at."""
        if link is not self.active:
            self._ready[link] = None

    def take_ready(self) -> list[Engine]:
        """The streams to look at since the last call."""
        ready = list(self._ready)
        self._ready.clear()
        return ready
