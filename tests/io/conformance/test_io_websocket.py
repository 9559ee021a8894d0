"""XMPP over WebSocket (RFC 7395) over every kind of I/O, between our clients and our servers."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.io.conformance.cutting import MANAGEMENT, POLICY, cutting, exchange
from tests.io.conformance.house import until
from tests.io.conformance.kits import KITS, REAL
from tests.io.conformance.proxy import proxied
from xmppwire import JID, Message
from xmppwire.im.ping import ping
from xmppwire.localserver import LocalServer
from xmppwire.session import Disconnected, ReconnectPolicy
from xmppwire.stream import ServerConfig
from xmppwire.stream.events import (
    Authenticated,
    EndReason,
    Established,
    ManagementEnabled,
    Resumed,
    SeeOtherURI,
    StreamEnded,
    StreamOpened,
)
from xmppwire_io.certs import Certificates, make_certificates
from xmppwire_io.errors import AuthenticationError, ConnectError, TLSError

pytest.importorskip("wsproto")

ROMEO = JID("romeo@capulet.lit")
DIRECT = ServerConfig(domains=["capulet.lit"], direct_tls=True)
OPEN = ServerConfig(domains=["capulet.lit"], require_tls=False, allow_plain_without_tls=True)


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """For the endpoint, which is not the domain."""
    return make_certificates(tmp_path_factory.mktemp("web"), ["127.0.0.1", "localhost"])


def town(**options: Any) -> LocalServer:
    return LocalServer(["capulet.lit"], {"juliet": "r0m30", "romeo": "j1l1et"}, iterations=4096, **options)


@contextlib.asynccontextmanager
async def served(io: Any, certs: Certificates, **options: Any) -> AsyncIterator[tuple[Any, str]]:
    """A server, and where its WebSocket is."""
    acceptor = options.pop("acceptor", None) or town()
    async with io.serve(acceptor, ssl_context=certs.tls(), **{"websocket": True, **options}) as server:
        yield server, f"wss://127.0.0.1:{server.port}/xmpp-websocket"


def client(io: Any, certs: Certificates, uri: str | bool, name: str = "juliet", **options: Any) -> Any:
    password = {"juliet": "r0m30", "romeo": "j1l1et"}[name]
    options = {"password": password, "ca_file": certs.ca_file, "websocket": uri, **options}
    return io.connect(f"{name}@capulet.lit", **options)


@pytest.mark.spec("RFC 7395", "3.1", "3.9")
def test_login_and_messages(io: Any, certs: Certificates) -> None:
    async def scene(io: Any) -> None:
        async with (
            served(io, certs) as (_, uri),
            client(io, certs, uri) as juliet,
            client(io, certs, uri, "romeo") as romeo,
        ):
            assert juliet.tls.server_name == "127.0.0.1"
            assert juliet.tls.alpn is None
            login = next(event for event in juliet.negotiation if isinstance(event, Authenticated))
            assert login.binding == "tls-server-end-point"
            for number in range(3):
                await juliet.send(Message(to=romeo.jid, body=f"{number} <&>"))
            await juliet.send(Message(to=romeo.jid, body="x" * 200_000))
            found = []
            async for event in romeo:
                if isinstance(event, Message):
                    found.append(event.body)
                    await romeo.run(ping(JID("capulet.lit")))
                    if len(found) == 4:
                        break
            assert found == ["0 <&>", "1 <&>", "2 <&>", "x" * 200_000]

    io.run(scene)


def test_without_tls_if_both_allow_it(io: Any, certs: Certificates) -> None:
    async def scene(io: Any) -> None:
        async with io.serve(town(config=OPEN), websocket="/ws") as server:
            uri = f"ws://127.0.0.1:{server.port}/ws"
            with pytest.raises(ValueError, match="require_tls"):
                async with client(io, certs, uri):
                    pass
            async with client(io, certs, uri, require_tls=False) as juliet:
                assert juliet.tls is None
                await juliet.run(ping(JID("capulet.lit")))

    io.run(scene)


# --- what goes wrong ---------------------------------------------------------------------------------------------------


def refused(io: Any, certs: Certificates, uri: str, **options: Any) -> Any:
    """Why there is no connection."""
    found: list[ConnectError] = []

    async def scene(io: Any) -> None:
        acceptor = options.pop("acceptor", None)
        served_with = {name: options.pop(name) for name in ("websocket",) if name in options}
        async with served(io, certs, acceptor=acceptor, **served_with) as (server, good):
            place = uri.format(port=server.port, good=good)
            with pytest.raises(ConnectError) as caught:
                async with client(io, certs, place, **options):
                    pass
            found.append(caught.value)

    io.run(scene)
    return found[0]


def test_another_path(io: Any, certs: Certificates) -> None:
    error = refused(io, certs, "{good}/x")
    assert "the server answers HTTP 404 (Not Found): there is no WebSocket at this address" in str(error)


def test_a_plain_stream_where_a_websocket_is_expected(io: Any, certs: Certificates) -> None:
    error = refused(io, certs, "{good}", websocket=False, acceptor=town(config=DIRECT))
    assert "the connection ended before there was a WebSocket" in str(error)


def test_a_wrong_password(io: Any, certs: Certificates) -> None:
    error = refused(io, certs, "{good}", password="wrong")
    assert isinstance(error, AuthenticationError)


def test_the_certificate_is_that_of_the_url(io: Any, certs: Certificates) -> None:
    error = refused(io, certs, "wss://127.0.0.2:{port}/xmpp-websocket")
    assert isinstance(error, (TLSError, ConnectError))
    if io.real:
        assert "not valid for '127.0.0.2'" in str(error) or "refused" in str(error)


def test_urls_that_lead_nowhere(io: Any, certs: Certificates) -> None:
    async def scene(io: Any) -> None:
        for uri in (
            "http://localhost/",
            "wss://",
            "wss://user@localhost/",
            "wss://localhost:0x/",
            "wss://localhost/#a",
        ):
            with pytest.raises(ValueError, match="no URL of a WebSocket"):
                async with client(io, certs, uri):
                    pass
        with pytest.raises(ValueError, match="neither"):
            async with client(io, certs, "wss://localhost/", host="localhost"):
                pass

    io.run(scene)


# --- elsewhere, and again ------------------------------------------------------------------------------------------------


class Ushers:
    """An acceptor that sends the first clients elsewhere."""

    def __init__(self, uris: list[str], when: type[Any] = StreamOpened) -> None:
        self.uris, self.when, self.town = uris, when, town()

    def accept(self, now: float, **options: Any) -> Any:
        return Usher(self, self.town.accept(now, **options))

    def take_ready(self) -> list[Any]:
        return []


class Usher:
    def __init__(self, ushers: Ushers, link: Any) -> None:
        self._ushers, self._link = ushers, link

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)

    def next_event(self, now: float) -> Any:
        event = self._link.next_event(now)
        if isinstance(event, self._ushers.when) and self._ushers.uris:
            self._link.connection.close(now, see_other_uri=self._ushers.uris.pop(0))
        return event


@pytest.mark.spec("RFC 7395", "3.6.1")
def test_another_endpoint_is_followed(io: Any, certs: Certificates) -> None:
    async def scene(io: Any) -> None:
        async with served(io, certs, websocket="/other") as (other, _):
            ushers = Ushers([f"wss://localhost:{other.port}/other"])
            async with served(io, certs, acceptor=ushers) as (_, uri), client(io, certs, uri) as juliet:
                assert juliet.tls.server_name == "localhost"
                assert other.connections == 1

    io.run(scene)


@pytest.mark.spec("RFC 7395", "3.6.1")
@pytest.mark.parametrize("uri", ["ws://localhost:{port}/ws", "https://localhost/http-bind"])
def test_another_endpoint_of_no_use(io: Any, certs: Certificates, uri: str) -> None:
    found: list[str] = []

    async def scene(io: Any) -> None:
        async with io.serve(town(config=OPEN), websocket="/ws") as plain:
            ushers = Ushers([uri.format(port=plain.port)])
            async with served(io, certs, acceptor=ushers) as (_, good):
                with pytest.raises(ConnectError) as caught:
                    async with client(io, certs, good):
                        pass
                found.append(str(caught.value))
                assert plain.connections == 0

    io.run(scene)
    assert ("no URL of a WebSocket" if uri.startswith("https") else "peer-close") in found[0]


@pytest.mark.spec("RFC 7395", "3.6.1")
def test_endless_redirects_end(io: Any, certs: Certificates) -> None:
    async def scene(io: Any) -> None:
        ushers = Ushers([])
        async with served(io, certs, acceptor=ushers) as (_, uri):
            ushers.uris += [uri] * 20
            with pytest.raises(ConnectError, match="too many redirects"):
                async with client(io, certs, uri):
                    pass
            assert len(ushers.uris) == 16

    io.run(scene)


@pytest.mark.spec("RFC 7395", "3.6.1")
def test_another_endpoint_later_on(real: Any, certs: Certificates) -> None:
    """A session that dials again goes there first."""

    async def scene(io: Any) -> None:
        async with served(io, certs, websocket="/other") as (other, _):
            there = f"wss://localhost:{other.port}/other"
            ushers = Ushers([there], ManagementEnabled)
            policy = ReconnectPolicy(first=0.01, maximum=0.01)
            async with (
                served(io, certs, acceptor=ushers) as (_, uri),
                client(io, certs, uri, reconnect=policy) as juliet,
            ):
                assert (await until(juliet, SeeOtherURI)).uri == there
                await until(juliet, Established)
                assert other.connections == 1

    real.run(scene)


@pytest.mark.spec("RFC 7395", "3.10")
@pytest.mark.spec("XEP-0198", "5")
def test_a_stream_is_resumed_on_another_websocket(certs: Certificates) -> None:
    """In a real transport, which a proxy cuts."""
    for kit in REAL:
        io = KITS[kit]()

        async def scene(io: Any) -> None:
            async with served(io, certs) as (server, _), client(io, certs, web(server.port), "romeo") as romeo:
                with proxied(server.port) as proxy:
                    async with client(io, certs, web(proxy.port), reconnect=ReconnectPolicy(first=0.01)) as juliet:
                        await romeo.send(Message(to=juliet.jid, body="1"))
                        assert (await until(juliet, Message)).body == "1"
                        proxy.cut()
                        assert (await until(juliet, Disconnected)).resumable
                        await romeo.send(Message(to=juliet.jid, body="2"))
                        await until(juliet, Resumed)
                        assert (await until(juliet, Message)).body == "2"
                        state = await juliet.detach()
                    async with client(io, certs, web(server.port), state=state) as juliet:
                        await until(juliet, Resumed)

        io.run(scene)


@pytest.mark.spec("RFC 7395", "3.10")
@pytest.mark.spec("XEP-0198", "5")
def test_each_message_once_and_in_order_through_many_cuts(certs: Certificates) -> None:
    for kit in REAL:
        io = KITS[kit]()
        told: list[Any] = []

        async def scene(io: Any, told: list[Any] = told) -> None:
            async with served(io, certs) as (server, _), client(io, certs, web(server.port), "romeo") as romeo:
                with cutting(server.port) as cutter:
                    options = {"reconnect": POLICY, "management": MANAGEMENT}
                    async with client(io, certs, web(cutter.port), **options) as juliet:
                        told.append(await exchange(juliet, romeo, cutter, messages=240, cuts=12))
                        told.append(cutter.cuts)

        io.run(scene)
        account, cuts = told
        assert cuts >= 9
        assert account.resumed >= cuts // 2  # a cut may hit an attempt to resume


def web(port: int) -> str:
    return f"wss://127.0.0.1:{port}/xmpp-websocket"


def test_the_server_goes_down_in_order(concurrent: Any, certs: Certificates) -> None:
    async def scene(io: Any) -> None:
        async with served(io, certs) as (server, uri), client(io, certs, uri) as juliet:
            await server.aclose()
            ended = await until(juliet, StreamEnded)
            assert ended.reason is EndReason.STREAM_ERROR_RECEIVED

    concurrent.run(scene)
