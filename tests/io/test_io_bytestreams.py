"""Streams over SOCKS5 on each kind of I/O: dialling stream hosts, being one, and those who should not be there."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import anyio
import pytest

from tests.io.couple import frameworks, run
from xmppwire.im.bytestreams import Socks5Client, Socks5Error, Socks5Server, destination_address
from xmppwire.jid import JID
from xmppwire.protocol.socks5_bytestreams import StreamHost
from xmppwire_io.bytestreams import (
    BlockingSocksStream,
    DialError,
    SocksStream,
    anywhere,
    dial,
    dial_blocking,
    listen,
    listen_blocking,
    public,
)

ROMEO, JULIET = JID("romeo@montague.lit/orchard"), JID("juliet@capulet.lit/balcony")
DESTINATION = destination_address("s1", ROMEO, JULIET)
HERE = "127.0.0.1"
BIG = bytes(range(256)) * 2000


def host(port: int, where: str = HERE, jid: JID = ROMEO) -> StreamHost:
    return StreamHost(jid=jid, host=where, port=port)


@pytest.fixture
def silent() -> Generator[int]:
    """The port of a host that takes connections and says nothing."""
    with socket.create_server((HERE, 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed() -> int:
    """A port where nobody listens."""
    with socket.create_server((HERE, 0)) as server:
        return int(server.getsockname()[1])


async def read_all(stream: SocksStream) -> bytes:
    found = bytearray()
    with contextlib.suppress(anyio.EndOfStream):
        while True:
            found += await stream.receive()
    return bytes(found)


def read_all_blocking(stream: BlockingSocksStream) -> bytes:
    found = bytearray()
    while piece := stream.receive():
        found += piece
    return bytes(found)


@frameworks
@pytest.mark.spec("XEP-0065", "5.3.2")
def test_a_stream_between_a_listener_and_who_dials(framework: str, closed: int) -> None:
    async def scenario() -> None:
        async with listen(HERE) as listener, listener.expecting(DESTINATION) as arrival:
            hosts = [host(closed), *listener.streamhosts(ROMEO, HERE)]
            used, there = await dial(hosts, DESTINATION, allowed=anywhere)
            assert used == hosts[1]
            async with there, await arrival.wait() as here, anyio.create_task_group() as tasks:
                tasks.start_soon(here.send, BIG)
                got = bytearray()
                while len(got) < len(BIG):
                    got += await there.receive(1000)
                assert got == BIG
                await there.send(b"thanks")
                await there.send_eof()
                assert await read_all(here) == b"thanks"

    run(framework, scenario)


def test_the_same_in_blocking_code(closed: int) -> None:
    with listen_blocking(HERE) as listener, listener.expecting(DESTINATION) as arrival:
        hosts = [host(closed), *listener.streamhosts(ROMEO, HERE)]
        used, there = dial_blocking(hosts, DESTINATION, allowed=anywhere)
        assert used == hosts[1]
        with there, arrival.wait() as here:

            def send() -> None:
                here.send(BIG)
                here.send_eof()

            sender = threading.Thread(target=send)
            sender.start()
            assert read_all_blocking(there) == BIG
            sender.join()
            there.send(b"thanks")
            there.send_eof()
            assert read_all_blocking(here) == b"thanks"


def early(server: socket.socket) -> None:
    """A host whose first bytes come along with the end of the handshake."""
    sock, _ = server.accept()
    with sock:
        handshake = Socks5Server(lambda _: True)
        while not handshake.done:
            handshake.receive_data(sock.recv(100))
            if not handshake.done:
                sock.sendall(handshake.data_to_send())
        sock.sendall(handshake.data_to_send() + b"first")


@frameworks
def test_bytes_that_come_with_the_handshake_are_not_lost(framework: str) -> None:
    async def scenario() -> None:
        _, stream = await dial([host(server.getsockname()[1])], DESTINATION, allowed=anywhere)
        async with stream:
            assert await stream.receive(2) == b"fi"
            assert await read_all(stream) == b"rst"

    with socket.create_server((HERE, 0)) as server:
        thread = threading.Thread(target=early, args=(server,))
        thread.start()
        run(framework, scenario)
        thread.join()


def test_nor_in_blocking_code() -> None:
    with socket.create_server((HERE, 0)) as server:
        thread = threading.Thread(target=early, args=(server,))
        thread.start()
        _, stream = dial_blocking([host(server.getsockname()[1])], DESTINATION, allowed=anywhere)
        with stream:
            assert stream.receive(2) == b"fi"
            assert read_all_blocking(stream) == b"rst"
        thread.join()


@frameworks
def test_the_next_host_is_tried_beside_one_that_does_not_answer(framework: str, silent: int) -> None:
    async def scenario() -> None:
        async with listen(HERE) as listener, listener.expecting(DESTINATION):
            good = host(listener.port)
            used, stream = await dial([host(silent), good], DESTINATION, allowed=anywhere, stagger=0.05)
            assert used == good
            await stream.aclose()
            used, stream = await _again(listener, [host(silent), good])
            assert used == good
            await stream.aclose()

    async def _again(listener: Any, hosts: list[StreamHost]) -> Any:
        other = destination_address("s2", ROMEO, JULIET)
        async with listener.expecting(other):
            return await dial(hosts, other, allowed=anywhere, timeout=0.05, stagger=None)

    run(framework, scenario)


@frameworks
def test_no_host_leads_anywhere(framework: str, silent: int, closed: int) -> None:
    async def scenario() -> None:
        hosts = [host(closed), host(silent), host(1, "no such name")]
        with pytest.raises(DialError) as failed:
            await dial(hosts, DESTINATION, allowed=anywhere, timeout=0.1, stagger=0.0)
        assert {one.port: why for one, why in failed.value.attempts}.keys() == {closed, silent, 1}
        assert "timed out" in str(failed.value)
        with pytest.raises(DialError, match="there is no stream host"):
            await dial([], DESTINATION)

    run(framework, scenario)


def test_no_host_leads_anywhere_in_blocking_code(silent: int, closed: int) -> None:
    with pytest.raises(DialError) as failed:
        dial_blocking([host(closed), host(silent)], DESTINATION, allowed=anywhere, timeout=0.1)
    reasons = [why for _, why in failed.value.attempts]
    assert reasons == ["connection refused", "timed out"]


@frameworks
def test_by_default_nobody_makes_us_knock_behind_the_firewall(framework: str) -> None:
    async def scenario() -> None:
        with pytest.raises(DialError, match="no address that may be connected to"):
            await dial([host(server.getsockname()[1])], DESTINATION)
        with pytest.raises(DialError, match="no address that may be connected to"):
            dial_blocking([host(server.getsockname()[1], "localhost")], DESTINATION)

    with socket.create_server((HERE, 0)) as server:
        run(framework, scenario)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.4.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.251", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff0e::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
        ("fec0::1", False),
        ("::127.0.0.1", False),
        ("::ffff:0:127.0.0.1", False),
        ("64:ff9b:1::7f00:1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("2001::80ff:fffe", False),
    ],
)
def test_which_addresses_are_public(address: str, good: bool) -> None:
    assert public(ipaddress.ip_address(address), 1080) is good
    assert anywhere(ipaddress.ip_address(address), 1080)


@frameworks
def test_what_the_program_raises_comes_out_as_it_is(framework: str) -> None:
    def allowed(_address: Any, _port: int) -> bool:
        raise LookupError("which one?")

    async def scenario() -> None:
        with pytest.raises(LookupError):
            await dial([host(1)], DESTINATION, allowed=allowed)

    run(framework, scenario)


def test_many_hosts_that_do_not_answer_are_not_tried_for_ever(silent: int) -> None:
    before = time.monotonic()
    with pytest.raises(DialError) as caught:
        dial_blocking([host(silent)] * 50, DESTINATION, allowed=anywhere, timeout=0.1, total=0.3)
    assert time.monotonic() - before < 4
    assert len(caught.value.attempts) == 50
    assert caught.value.attempts[-1][1] == "there was no time for it"


def ask(port: int, destination: str) -> tuple[socket.socket, Socks5Client]:
    """A guest, through with the handshake."""
    sock = socket.create_connection((HERE, port), 5)
    handshake = Socks5Client(destination)
    try:
        while not handshake.done:
            sock.sendall(handshake.data_to_send())
            handshake.receive_data(sock.recv(1000))
    except BaseException:
        sock.close()
        raise
    return sock, handshake


@contextlib.contextmanager
def listening(kind: str, **options: Any) -> Generator[tuple[int, Callable[[str], Any]]]:
    """A listener of each kind; what expects a destination in it while a `with` block lasts."""
    if kind == "blocking":
        with listen_blocking(HERE, **options) as listener:
            yield listener.port, listener.expecting
        return
    with (
        anyio.from_thread.start_blocking_portal(kind) as portal,
        portal.wrap_async_context_manager(listen(HERE, **options)) as listener,
    ):
        yield listener.port, lambda name: portal.wrap_async_context_manager(listener.expecting(name))


kinds = pytest.mark.parametrize("kind", ["asyncio", "trio", "blocking"])


@kinds
def test_only_who_is_expected_is_let_in_and_once(kind: str) -> None:
    other = destination_address("s2", ROMEO, JULIET)
    with listening(kind) as (port, expecting):
        with pytest.raises(Socks5Error, match="not allowed"):
            ask(port, DESTINATION)
        with expecting(DESTINATION):
            with pytest.raises(ValueError, match="expected already"), expecting(DESTINATION):
                pass
            with pytest.raises(Socks5Error, match="not allowed"):
                ask(port, other)
            sock, _ = ask(port, DESTINATION)
            with pytest.raises(Socks5Error, match="not allowed"):
                ask(port, DESTINATION)
        with sock:  # nobody took it
            assert sock.recv(10) == b""
        with pytest.raises(Socks5Error, match="not allowed"):
            ask(port, DESTINATION)


@kinds
def test_who_says_nothing_or_nonsense_is_put_out(kind: str) -> None:
    with listening(kind, limit=2, timeout=1) as (port, expecting), expecting(DESTINATION):
        with (
            socket.create_connection((HERE, port), 5) as idle,
            socket.create_connection((HERE, port), 5) as slow,
        ):
            slow.sendall(b"\x05\x01")
            time.sleep(0.05)
            with socket.create_connection((HERE, port), 5) as third:
                assert ended(third)
            begin = time.monotonic()
            assert ended(idle)
            assert ended(slow)
            assert time.monotonic() - begin < 5
        with socket.create_connection((HERE, port), 5) as confused:
            confused.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert ended(confused)
        with socket.create_connection((HERE, port), 5) as stranger:
            stranger.sendall(b"\x05\x01\x02")
            assert stranger.recv(10) == b"\x05\xff"
            assert ended(stranger)
        sock, _ = ask(port, DESTINATION)
        sock.close()


def ended(sock: socket.socket) -> bool:
    try:
        return sock.recv(10) == b""
    except ConnectionResetError:
        return True


def test_an_arrival_that_does_not_come() -> None:
    with listen_blocking(HERE) as listener, listener.expecting(DESTINATION) as arrival, pytest.raises(TimeoutError):
        arrival.wait(0.01)
