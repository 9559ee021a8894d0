"""What holds for one adapter only, for their files, and for the fixture that is handed to other people's tests."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import xmppwire_io
import xmppwire_io.asyncio
from tests.io.conformance.house import House, order
from tests.io.conformance.theatre import PASSWORD, Theatre
from xmppwire import JID, Message
from xmppwire.im.ping import ping
from xmppwire.im.roster import fetch_roster
from xmppwire.localserver import LocalServer
from xmppwire.operation import IqError, OperationTimeout
from xmppwire.stream.events import StreamEnded
from xmppwire_io import blocking, polling
from xmppwire_io.certs import Certificates
from xmppwire_io.errors import AuthenticationError, ConnectError
from xmppwire_io.pytest_plugin import RunningServer

FOLDER = Path(xmppwire_io.__file__).parent


@pytest.mark.parametrize("name", ["asyncio", "trio", "anyio", "blocking", "callbacks", "tasks", "threaded"])
def test_an_adapter_is_short_and_knows_no_xmpp(name: str) -> None:
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 200
    for knowledge in ("xmlns", "urn:", "http://", "xmppwire.xml.", "xmppwire.stream", "xmppwire.protocol", "match "):
        assert knowledge not in text


def connect(server: Any, certs: Certificates, name: str = "juliet", **options: Any) -> Any:
    return blocking.connect(
        f"{name}@capulet.lit",
        **{"password": PASSWORD, "host": server.host, "port": server.port, "ca_file": certs.ca_file, **options},
    )


def test_blocking_next_event_with_a_timeout(certs: Certificates) -> None:
    with blocking.serve(Theatre(), ssl_context=certs.tls()) as server, connect(server, certs) as client:
        assert client.next_event(timeout=0) is None
        assert client.next_event(timeout=0.05) is None
        client.send(Message(to="capulet.lit", body="echo hello"))
        event = client.next_event(timeout=5)
        assert isinstance(event, Message)
        assert event.body == "hello"
        client.send(Message(to="capulet.lit", body="bye"))
        kinds = [type(event) for event in client]
        assert kinds[-1] is StreamEnded
        assert client.next_event() is None
        assert client.next_event(timeout=0) is None


def test_blocking_operation_in_time(certs: Certificates) -> None:
    class Deaf(Theatre):
        def handle(self, stage: Any, event: Any, now: float) -> None:
            if type(event).__name__ != "Iq":
                super().handle(stage, event, now)

    with (
        blocking.serve(Deaf(), ssl_context=certs.tls()) as server,
        connect(server, certs) as client,
        pytest.raises(OperationTimeout),
    ):
        client.run(ping(JID("capulet.lit")), timeout=0.1)


def test_blocking_server_tells_the_failure_of_its_acceptor(certs: Certificates) -> None:
    class Broken(Theatre):
        def handle(self, stage: Any, event: Any, now: float) -> None:
            raise ZeroDivisionError

    serving = blocking.serve(Broken(), ssl_context=certs.tls())
    server = serving.__enter__()
    with pytest.raises(ConnectError), connect(server, certs):
        raise AssertionError
    server.wait_closed()
    with pytest.raises(ZeroDivisionError):
        serving.__exit__(None, None, None)


def test_blocking_server_closes_once_and_on_any_address(certs: Certificates) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 on loopback")
    with blocking.serve(Theatre(), "::1", ssl_context=certs.tls()) as server:
        with connect(server, certs, host="::1"):
            assert server.connections == 1
        waiting = threading.Thread(target=server.wait_closed)
        waiting.start()
        server.close()
        waiting.join(10)
        assert not waiting.is_alive()


def test_a_port_in_use_is_an_error(real: Any, certs: Certificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:

        async def scenario(io: Any) -> None:
            with pytest.raises(OSError, match=r"in use"):
                async with io.serve(Theatre(), port=taken.getsockname()[1]):
                    raise AssertionError

        real.run(scenario)


def test_wait_closed(concurrent: Any, certs: Certificates) -> None:
    acceptor = Theatre()

    async def scenario(io: Any) -> None:
        async with io.serve(acceptor, ssl_context=certs.tls()) as server:
            async with House(io, certs, server, acceptor).connect() as client:
                await order(client, "echo hello")
            assert await io.cancel_after(3, server.wait_closed())
            await server.aclose()
            await server.wait_closed()

    concurrent.run(scenario)


class TestFixture:
    @pytest.fixture
    def xmppwire_accounts(self) -> dict[str, str]:
        return {"nurse": "secret", "juliet": "r0m30"}

    def test_a_running_server(self, xmppwire_server: RunningServer) -> None:
        server = xmppwire_server
        options: dict[str, Any] = {"host": server.host, "port": server.port, "ca_file": server.ca_file}
        with (
            blocking.connect(server.jid("nurse"), password=server.accounts["nurse"], **options) as nurse,
            blocking.connect(server.jid("juliet"), password=server.accounts["juliet"], **options) as juliet,
        ):
            assert nurse.run(fetch_roster()) is not None
            nurse.send(Message(to=juliet.jid, body="hie you hence"))
            message = next(event for event in juliet if isinstance(event, Message))
            assert (message.sender, message.body) == (nurse.jid, "hie you hence")
            with pytest.raises(IqError):
                nurse.run(ping(JID("juliet@localhost/nowhere")))
        with pytest.raises(AuthenticationError), blocking.connect(server.jid("juliet"), password="wrong", **options):
            raise AssertionError


def test_blocking_server_without_room_for_a_socket_rests(certs: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket that cannot be accepted stays ready: without a rest the server's thread would spin."""
    tries: list[float] = []
    accept = socket.socket.accept

    def exhausted(listener: socket.socket) -> Any:
        tries.append(time.monotonic())
        if len(tries) < 3:
            raise OSError(errno.EMFILE, "too many open files")
        return accept(listener)

    with blocking.serve(Theatre(), ssl_context=certs.tls()) as server:
        monkeypatch.setattr(polling, "_REST", 0.1)
        monkeypatch.setattr(socket.socket, "accept", exhausted)
        with connect(server, certs) as client:
            assert client.jid.localpart == "juliet"
    assert len(tries) == 3
    assert tries[2] - tries[0] >= 0.2


@pytest.mark.parametrize("rounds", range(6))
def test_what_was_accepted_last_is_closed_with_the_server(rounds: int) -> None:
    """A connection that asyncio has accepted becomes one of ours only in the next rounds of its loop."""

    async def scenario() -> None:
        with socket.socket() as sock:
            async with asyncio.timeout(20), xmppwire_io.asyncio.serve(LocalServer()) as server:
                sock.connect((server.host, server.port))
                for _ in range(rounds):
                    await asyncio.sleep(0)
                sock.shutdown(socket.SHUT_WR)

    asyncio.run(scenario())
    gc.collect()  # whatever was left open would say so, and fail
