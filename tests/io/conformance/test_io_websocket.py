"""XMPP over WebSocket (RFC 7395) over every kind of I/O, between our clients and our servers."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from xmppwire import JID, Message
from xmppwire.im.ping import ping
from xmppwire.localserver import LocalServer
from xmppwire.stream import ServerConfig
from xmppwire.stream.events import Authenticated
from xmppwire_io.certs import Certificates, make_certificates

pytest.importorskip("wsproto")

ROMEO = JID("romeo@capulet.lit")
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
