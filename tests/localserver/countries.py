"""Two local servers that federate, joined in memory: what an adapter does for `take_dials` is done by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.localserver.town import Client
from tests.pair import Cut, Wire, World, seeded, whole
from xmppwire.jid import JID
from xmppwire.localserver import Dial, FederationPolicy, LocalServer
from xmppwire.session import Session
from xmppwire.stanza import Iq, Presence
from xmppwire.stream.config import ClientConfig
from xmppwire.stream.events import TLSInfo

CAPULET, MONTAGUE = "capulet.lit", "montague.lit"


class Countries:
    """Juliet's server and Romeo's. `roads`: where the domains lead; whoever is not there cannot be reached."""

    def __init__(self, *, cut: Cut = whole, policy: FederationPolicy | None = None, **keywords: Any) -> None:
        policy = policy or FederationPolicy()
        self.world = World()
        self.cut = cut
        self.capulet = LocalServer(
            (CAPULET,), {"juliet": "one"}, random=seeded(5), federation=policy, iterations=4096, **keywords
        )
        self.montague = LocalServer((MONTAGUE,), {"romeo": "two"}, random=seeded(6), federation=policy, iterations=4096)
        self.roads: dict[str, LocalServer] = {CAPULET: self.capulet, MONTAGUE: self.montague}
        self.certificates: dict[str, tuple[str, ...]] = {CAPULET: (CAPULET,), MONTAGUE: (MONTAGUE,)}
        self.dials: list[Dial] = []
        self.streams: list[Wire] = []

    def settle(self) -> None:
        """Until nothing moves, and nobody is to be connected to."""
        self.world.settle()
        while dials := [*self.capulet.take_dials(), *self.montague.take_dials()]:
            for dial in dials:
                self.dial(dial)
            self.world.settle()

    def dial(self, dial: Dial) -> None:
        self.dials.append(dial)
        there = self.roads.get(dial.remote)
        if there is None:
            dial.failed("no such name", self.world.now, found=False)
            return
        wire = self.world.join(dial.engine(), there.accept_peer(self.world.now), cut=self.cut)
        self.streams.append(wire)
        before = self.world.client_tls, self.world.server_tls
        self.world.client_tls = self.shows(before[0], dial.remote)
        self.world.server_tls = self.shows(before[1], dial.local)
        self.world.settle()
        self.world.client_tls, self.world.server_tls = before
        self.settle()  # it may take a stream in the other direction
        if not wire.client.engine.established:
            if dial.again():
                self.dial(dial)
            else:
                dial.failed("no stream", self.world.now)

    def shows(self, info: TLSInfo, domain: str) -> TLSInfo:
        """TLS with a peer that shows the certificate of this domain, if it has one."""
        names = self.certificates.get(domain)
        return replace(info, peer_certificate=b"\x30" if names else None, peer_names=names or ())

    def login(self, address: str, *, available: bool = True) -> Visitor:
        jid = JID(address)
        server = self.roads[jid.domainpart]
        password = {"juliet": "one", "romeo": "two", "": None}[jid.localpart or ""]
        engine = Session(
            ClientConfig(jid=jid, password=password, anonymous=not password, random=seeded(len(self.world.wires)))
        )
        client = Visitor(self, self.world.join(engine, server.accept(self.world.now)))
        self.settle()
        if available:
            client.say(Presence())
        client.heard()
        return client


class Visitor(Client):
    """A client of one of the two."""

    def __init__(self, countries: Countries, wire: Wire) -> None:
        super().__init__(countries, wire)  # type: ignore[arg-type]  # it has a world, which is all that is used
        self.countries = countries

    def say(self, *stanzas: Any) -> None:
        super().say(*stanzas)
        self.countries.settle()

    def heard(self) -> list[Any]:
        self.countries.settle()
        return super().heard()

    def heard_before_dialling(self) -> list[Any]:
        """What came, while nobody connects to another server."""
        return super().heard()

    def run_iq(self, iq: Iq) -> Iq:
        """Send a request and take its answer."""
        self.say(iq)
        (reply,) = [stanza for stanza in self.heard() if isinstance(stanza, Iq) and stanza.id == iq.id]
        return reply
