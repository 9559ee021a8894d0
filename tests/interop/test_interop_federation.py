"""Our local server and real servers speak with each other, as `peer.example` of the lab: its DNS leads them to us, and us to
them. Only where XMPPWIRE_LAB names a lab.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dns.resolver
import pytest

from tests.interop.conftest import LAB_FILE
from tests.interop.servers import Lab, Server
from xmppwire import Message
from xmppwire.im.ping import ping
from xmppwire.localserver import FederationPolicy, LocalServer
from xmppwire.stream import DialbackUse, DomainPolicies, DomainPolicy
from xmppwire_io import resolve
from xmppwire_io.asyncio import connect, serve
from xmppwire_io.federate import Federate
from xmppwire_io.tls import ALPN_SERVER, ClientTLS, Identity, ServerTLS, client_context

SECONDS = 60.0
CERTIFICATES = DomainPolicies(default=DomainPolicy(dialback=DialbackUse.NEVER))
DIALBACK = DomainPolicies(default=DomainPolicy(dialback=DialbackUse.ALLOWED))


@dataclass
class Peer:
    """What the lab says of `peer.example`."""

    domain: str
    port: int
    cert: Path
    key: Path
    ca: Path
    dns: tuple[str, int]

    def query(self, name: str) -> list[tuple[int, int, str, int]] | None:
        """SRV records from the lab's DNS."""
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [self.dns[0]], self.dns[1]
        try:
            answer: Any = resolver.resolve(name, "SRV", lifetime=20.0, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        return [(item.priority, item.weight, str(item.target), item.port) for item in answer]

    def lookup(self, domain: str) -> list[resolve.Target]:
        return resolve.lookup(domain, query=self.query, service="server")

    def federate(self, *, certified: bool) -> Federate:
        """With our certificate for both sides; or without showing one to those we connect to, nor asking for theirs."""
        if certified:
            return Federate.load(self.cert, self.key, ca_file=self.ca, port=self.port, lookup=self.lookup)
        return Federate(
            incoming=ServerTLS(Identity.load(self.cert, self.key)),
            outgoing=ClientTLS(client_context(self.ca), alpn=(ALPN_SERVER,)),
            port=self.port,
            lookup=self.lookup,
        )


@pytest.fixture
def peer() -> Peer:
    if not LAB_FILE:
        pytest.skip("needs the DNS and the certificates of a lab (XMPPWIRE_LAB)")
    description = json.loads(Path(LAB_FILE).read_text(encoding="utf-8"))
    entry = description["peer"]
    return Peer(
        entry["domain"],
        entry["s2s_port"],
        Path(entry["cert"]),
        Path(entry["key"]),
        Path(description["ca"]),
        (description["dns"]["host"], description["dns"]["port"]),
    )


async def body(client: AsyncIterator[Any]) -> str | None:
    """The next message."""
    async for event in client:
        if isinstance(event, Message):
            assert event.type != "error", event.error
            return event.body
    raise AssertionError("the stream ended")


@pytest.mark.spec("RFC 6120", "10.4")
@pytest.mark.parametrize("way", ["external", "dialback", "bidirectional"])
def test_messages_go_both_ways(server: Server, lab: Lab, peer: Peer, way: str) -> None:
    if server.legacy:
        pytest.skip(f"{server.name} asks the system's DNS, which does not know us")
    policy = FederationPolicy(
        domains=DIALBACK if way == "dialback" else CERTIFICATES, bidirectional=way == "bidirectional"
    )
    local = LocalServer((peer.domain,), {"juliet": "r0m30"}, federation=policy)
    tls = ServerTLS(Identity.load(peer.cert, peer.key))
    there = server.hashed_domain

    async def main() -> None:
        async with (
            serve(local, ssl_context=tls, federate=peer.federate(certified=way != "dialback")) as ours,
            connect(
                f"juliet@{peer.domain}", password="r0m30", host="127.0.0.1", port=ours.port, ca_file=peer.ca
            ) as juliet,
            connect(
                f"alice@{there}", password=lab.users["alice"], host=server.host, port=server.c2s, ca_file=peer.ca
            ) as alice,
        ):
            for word in ("one", "two"):
                await juliet.send(Message(alice.jid, f"{word} {way}", type="chat"))
                assert await body(alice) == f"{word} {way}"
                await alice.send(Message(juliet.jid, word.upper(), type="chat"))
                assert await body(juliet) == word.upper()
            await juliet.run(ping(there), timeout=SECONDS)
            await alice.run(ping(peer.domain), timeout=SECONDS)
            assert local.federation is not None
            streams = [stream for stream in local.federation.peers if stream.established]
            assert {stream.shown_by for stream in streams} == {"dialback" if way == "dialback" else "EXTERNAL"}
            alone = way == "bidirectional" and server.name.startswith("prosody")  # ejabberd does not know XEP-0288
            assert len(streams) == (1 if alone else 2)

    asyncio.run(asyncio.wait_for(main(), SECONDS))
