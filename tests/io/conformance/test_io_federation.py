"""Two local servers in one process that speak with each other over SASL EXTERNAL, in every kind of I/O."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.io.conformance.house import until
from tests.io.conformance.kits import KITS
from xmppwire import JID, Message
from xmppwire.im.ping import ping
from xmppwire.localserver import FederationPolicy, LocalServer
from xmppwire.operation import IqError
from xmppwire.stanza import ErrorCondition
from xmppwire.stream import DialbackUse, DomainPolicies, DomainPolicy
from xmppwire_io import blocking
from xmppwire_io.federate import Federate
from xmppwire_io.resolve import ResolveError, Target
from xmppwire_io.tls import Identity, ServerTLS

CAPULET, MONTAGUE = "capulet.lit", "montague.lit"
PASSWORDS = {CAPULET: {"juliet": "secret1"}, MONTAGUE: {"romeo": "secret2"}}


class Papers:
    """Certificates of one authority that both servers and their clients trust."""

    def __init__(self, folder: Path) -> None:
        import trustme

        authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        self.files: dict[str, Path] = {}
        for domain in (CAPULET, MONTAGUE):
            self.files[domain] = folder / f"{domain}.pem"
            authority.issue_cert(domain).private_key_and_cert_chain_pem.write_to_path(str(self.files[domain]))


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return Papers(tmp_path_factory.mktemp("papers"))


class World:
    """The servers that are there, and where their domains lead."""

    def __init__(self, io: Any, papers: Papers) -> None:
        self.io, self.papers = io, papers
        self.places: dict[str, Sequence[Target]] = {}
        self.direct_tls = False
        self.policy = FederationPolicy()
        self.how: dict[str, Any] = {}

    def lookup(self, domain: str) -> Sequence[Target]:
        if domain not in self.places:
            raise ResolveError(f"there is no {domain}")
        return self.places[domain]

    @contextlib.asynccontextmanager
    async def serve(self, domain: str, certificate: str | None = None) -> AsyncGenerator[Any]:
        local = LocalServer((domain,), PASSWORDS[domain], iterations=4096, federation=self.policy)
        federate = Federate.load(
            self.papers.files[certificate or domain],
            ca_file=self.papers.ca_file,
            port=0,
            direct_port=0,
            lookup=self.lookup,
            **self.how,
        )
        tls = ServerTLS(Identity.load(self.papers.files[domain]))
        async with self.io.serve(local, ssl_context=tls, federate=federate) as server:
            server.local = local
            direct, plain = server.s2s_direct_address[1], server.s2s_address[1]
            self.places[domain] = [Target("127.0.0.1", direct if self.direct_tls else plain, self.direct_tls)]
            yield server

    def connect(self, server: Any, address: str) -> Any:
        jid = JID(address)
        return self.io.connect(
            jid,
            password=PASSWORDS[jid.domainpart][jid.localpart or ""],
            host="127.0.0.1",
            port=server.port,
            ca_file=self.papers.ca_file,
        )


def test_two_servers_federate(real: Any, papers: Papers) -> None:
    async def scenario(io: Any) -> None:
        world = World(io, papers)
        async with world.serve(CAPULET) as capulet, world.serve(MONTAGUE) as montague:
            async with (
                world.connect(capulet, "juliet@capulet.lit") as juliet,
                world.connect(montague, "romeo@montague.lit") as romeo,
            ):
                for word in ("one", "two"):
                    await juliet.send(Message(romeo.jid, word, type="chat"))
                    assert (await until(romeo, Message)).body == word
                    await romeo.send(Message(juliet.jid, word.upper(), type="chat"))
                    assert (await until(juliet, Message)).body == word.upper()
                await juliet.run(ping(MONTAGUE))
            for server in (capulet, montague):
                assert [peer.established for peer in server.local.federation.peers] == [True, True]

    real.run(scenario)


def test_two_servers_federate_with_tls_from_the_first_byte(papers: Papers) -> None:
    async def scenario(io: Any) -> None:
        world = World(io, papers)
        world.direct_tls = True
        async with world.serve(CAPULET) as capulet, world.serve(MONTAGUE):
            async with world.connect(capulet, "juliet@capulet.lit") as juliet:
                await juliet.run(ping(MONTAGUE))
            assert {peer.connection.config.direct_tls for peer in capulet.local.federation.peers} == {True}

    KITS["asyncio"]().run(scenario)


@pytest.mark.spec("XEP-0220", "1.3")
def test_two_servers_dial_back(real: Any, papers: Papers) -> None:
    """Nobody's certificate is looked at."""

    async def scenario(io: Any) -> None:
        world = World(io, papers)
        world.policy = FederationPolicy(domains=DomainPolicies(default=DomainPolicy(dialback=DialbackUse.ALLOWED)))
        world.how = {"verify": False}
        async with world.serve(CAPULET) as capulet, world.serve(MONTAGUE):
            async with world.connect(capulet, "juliet@capulet.lit") as juliet:
                await juliet.run(ping(MONTAGUE))
            assert "dialback" in {peer.shown_by for peer in capulet.local.federation.peers}

    real.run(scenario)


def test_the_next_place_is_tried_and_patience_ends(papers: Papers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = Target("127.0.0.1", listener.getsockname()[1])

    async def scenario(io: Any) -> None:
        world = World(io, papers)
        async with world.serve(MONTAGUE):
            world.places[MONTAGUE] = [closed, *world.places[MONTAGUE]]
            async with world.serve(CAPULET) as capulet, world.connect(capulet, "juliet@capulet.lit") as juliet:
                await juliet.run(ping(MONTAGUE))
            world.how = {"patience": 0.0}
            async with world.serve(CAPULET) as capulet, world.connect(capulet, "juliet@capulet.lit") as juliet:
                with pytest.raises(IqError, match="it took too long"):
                    await juliet.run(ping(MONTAGUE))

    KITS["asyncio"]().run(scenario)


def test_what_cannot_be_sent_comes_back(real: Any, papers: Papers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]  # nobody listens there in a moment

    async def scenario(io: Any) -> None:
        world = World(io, papers)
        world.places["closed.lit"] = [Target("127.0.0.1", port)]
        async with world.serve(CAPULET) as capulet, world.connect(capulet, "juliet@capulet.lit") as juliet:
            for domain, condition in (
                ("nowhere.lit", ErrorCondition.REMOTE_SERVER_NOT_FOUND),
                ("closed.lit", ErrorCondition.REMOTE_SERVER_TIMEOUT),
            ):
                with pytest.raises(IqError) as caught:
                    await juliet.run(ping(domain))
                assert caught.value.error.condition is condition
            assert capulet.connections == 1

    real.run(scenario)


def test_an_impostor_is_not_let_in(papers: Papers) -> None:
    """A server with somebody else's certificate (which is good for that one)."""

    async def scenario(io: Any) -> None:
        world = World(io, papers)
        async with world.serve(CAPULET, certificate=MONTAGUE) as capulet, world.serve(MONTAGUE) as montague:
            async with world.connect(capulet, "juliet@capulet.lit") as juliet:
                with pytest.raises(IqError) as caught:
                    await juliet.run(ping(MONTAGUE))
                assert caught.value.error.condition is ErrorCondition.REMOTE_SERVER_TIMEOUT
            assert not any(peer.established for peer in montague.local.federation.peers)
            async with world.connect(montague, "romeo@montague.lit") as romeo:
                with pytest.raises(IqError, match="certificate"):  # nor is it what we look for
                    await romeo.run(ping(CAPULET))

    KITS["asyncio"]().run(scenario)


def test_a_server_that_goes_down_while_it_dials(real: Any, papers: Papers) -> None:
    """The other side takes the connection and says nothing."""

    async def scenario(io: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            world = World(io, papers)
            world.places["silent.lit"] = [Target("127.0.0.1", silent.getsockname()[1])]
            async with world.serve(CAPULET) as capulet, world.connect(capulet, "juliet@capulet.lit") as juliet:
                await juliet.send(Message("silent.lit", "hello"))
                await juliet.run(ping(CAPULET))

    real.run(scenario)


def test_a_server_that_does_not_federate_is_told_so(papers: Papers) -> None:
    federate = Federate.load(papers.files[CAPULET], ca_file=papers.ca_file, port=0)
    server = blocking.serve(LocalServer(), federate=federate)
    with pytest.raises(ValueError, match="does not speak with other servers"), server:
        pass


def test_without_a_way_out_stanzas_come_back(papers: Papers) -> None:
    """The acceptor would federate, the adapter was not told how."""
    tls = ServerTLS(Identity.load(papers.files[CAPULET]))
    local = LocalServer((CAPULET,), PASSWORDS[CAPULET], iterations=4096, federation=FederationPolicy())
    with blocking.serve(local, ssl_context=tls) as server:
        options: Any = {"password": "secret1", "host": "127.0.0.1", "port": server.port, "ca_file": papers.ca_file}
        with blocking.connect("juliet@capulet.lit", **options) as juliet, pytest.raises(IqError):
            juliet.run(ping(MONTAGUE))


def test_two_ways_into_one_server(concurrent: Any, papers: Papers) -> None:
    """Each place where a server listens has a hub of its own: what comes in at one goes out at the other."""
    if not concurrent.real:
        pytest.skip("in memory there is one place")
    local = LocalServer((CAPULET,), {"juliet": "secret1", "nurse": "secret2"}, iterations=4096)
    tls = ServerTLS(Identity.load(papers.files[CAPULET]))

    async def scenario(io: Any) -> None:
        async with io.serve(local, ssl_context=tls) as front, io.serve(local, ssl_context=tls) as back:
            common = {"host": "127.0.0.1", "ca_file": papers.ca_file}
            async with (
                io.connect("juliet@capulet.lit", password="secret1", port=front.port, **common) as juliet,
                io.connect("nurse@capulet.lit", password="secret2", port=back.port, **common) as nurse,
            ):
                await juliet.send(Message(nurse.jid, "hello", type="chat"))
                assert (await until(nurse, Message)).body == "hello"
                assert front.connections == back.connections == 1

    concurrent.run(scenario)
