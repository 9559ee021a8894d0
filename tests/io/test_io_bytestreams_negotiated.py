"""Streams that two clients agree on, at a server of ours: what goes wrong, on each kind of I/O."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

import xmppwire_io.asyncio
import xmppwire_io.blocking
import xmppwire_io.trio
from tests.io.couple import frameworks, run, serving, two
from xmppwire import JID, Presence
from xmppwire.im.bytestreams import (
    BytestreamError,
    InBandError,
    InBandStreams,
    NoStreamHostError,
    Socks5Server,
    StreamHost,
    StreamHostOffer,
    StreamHostOffers,
    destination_address,
)
from xmppwire.im.ping import ping
from xmppwire.operation import IqError
from xmppwire_io.blocking import Client
from xmppwire_io.bytestreams import (
    BlockingInBand,
    DialError,
    InBand,
    accept_bytestream,
    accept_bytestream_blocking,
    anywhere,
    listen,
    listen_blocking,
    negotiation,
    open_bytestream,
    open_bytestream_blocking,
)
from xmppwire_io.errors import StreamClosedError

HERE = "127.0.0.1"


def everybody(peer: JID, sid: str) -> bool:
    return True


@pytest.fixture(scope="module")
def place() -> Generator[dict[str, Any]]:
    with serving() as place:
        yield place


@contextmanager
def two_blocking(place: dict[str, Any], work: Callable[[Client], None]) -> Generator[tuple[Client, JID]]:
    """Romeo, and the address of Juliet, who does `work` in a thread."""
    with xmppwire_io.blocking.connect("romeo@capulet.lit", **place) as romeo:
        ready = threading.Event()
        about: list[JID] = []
        failures: list[BaseException] = []

        def play() -> None:
            with xmppwire_io.blocking.connect("juliet@capulet.lit", **place) as juliet:
                juliet.send(Presence(romeo.jid))
                juliet.run(ping("capulet.lit"))
                about.append(juliet.jid)
                ready.set()
                try:
                    work(juliet)
                except BaseException as error:
                    failures.append(error)

        thread = threading.Thread(target=play)
        thread.start()
        assert ready.wait(10)
        romeo.send(Presence(about[0]))
        romeo.run(ping("capulet.lit"))
        yield romeo, about[0]
        thread.join(10)
        assert not failures, failures


async def pair(romeo: Any, juliet: Any, **keywords: Any) -> tuple[Any, Any]:
    theirs = InBand(juliet, InBandStreams(juliet.session.answers, allowed=everybody, **keywords))
    mine = InBand(romeo, InBandStreams(romeo.session.answers, allowed=everybody))
    stream = await mine.open(juliet.jid)
    return stream, await theirs.accept(romeo.jid, stream.stream.sid)


@frameworks
@pytest.mark.spec("XEP-0047", "2.2", "2.3")
def test_bytes_wait_for_whoever_reads_slowly(framework: str, place: dict[str, Any]) -> None:
    data = bytes(range(256)) * 400

    async def scenario() -> None:
        async with two(framework, place) as (romeo, juliet):
            mine, theirs = await pair(romeo, juliet, buffer=10_000)
            sent = anyio.Event()

            async def send() -> None:
                await mine.send(data)
                sent.set()
                await mine.send_eof()

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(send)
                await anyio.sleep(0.1)
                assert not sent.is_set()
                got = bytearray()
                while len(got) < len(data):
                    got += await theirs.receive(1000)
                assert got == data
            with pytest.raises(anyio.EndOfStream):
                await theirs.receive()
            await theirs.aclose()

    run(framework, scenario)


@frameworks
def test_a_stream_that_the_peer_has_closed_takes_nothing(framework: str, place: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with two(framework, place) as (romeo, juliet):
            mine, theirs = await pair(romeo, juliet)
            await theirs.aclose()
            with pytest.raises(anyio.BrokenResourceError):
                await mine.send(b"x")
            mine, theirs = await pair(romeo, juliet)
            await juliet.aclose()
            with pytest.raises(anyio.BrokenResourceError):
                await mine.send(b"x")
            with pytest.raises(anyio.BrokenResourceError):
                await mine.receive()
            await mine.aclose()

    run(framework, scenario)


@frameworks
def test_a_stream_does_not_outlive_its_client(framework: str, place: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with two(framework, place) as (romeo, juliet):
            mine, _ = await pair(romeo, juliet)
            in_band = InBand(romeo, InBandStreams(romeo.session.answers, allowed=everybody))

            async def leave() -> None:
                await anyio.sleep(0.05)
                await romeo.aclose()

            async def wait() -> None:
                with pytest.raises(StreamClosedError):
                    await in_band.accept()

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(leave)
                tasks.start_soon(wait)
                with pytest.raises(anyio.BrokenResourceError):
                    await mine.receive()
            await mine.aclose()

    run(framework, scenario)


def test_in_band_in_blocking_code(place: dict[str, Any]) -> None:
    data = bytes(range(256)) * 100

    def work(juliet: Client) -> None:
        in_band = BlockingInBand(juliet, InBandStreams(juliet.session.answers, allowed=everybody, buffer=5000))
        with in_band.accept(timeout=10) as stream:
            got = bytearray()
            while len(got) < len(data):
                got += stream.receive(1000)
            assert got == data
        with pytest.raises(InBandError):
            stream.send(b"x")
        in_band.accept(timeout=10).close()

    with two_blocking(place, work) as (romeo, juliet):
        in_band = BlockingInBand(romeo, InBandStreams(romeo.session.answers, allowed=everybody))
        with pytest.raises(TimeoutError):
            in_band.accept(timeout=0.01)
        with in_band.open(juliet) as stream:
            stream.send(data)
            assert stream.receive() == b""
        stream = in_band.open(juliet)
        assert stream.receive() == b""
        with pytest.raises(InBandError):
            stream.send(b"x")


def test_a_blocking_stream_does_not_outlive_its_client(place: dict[str, Any]) -> None:
    with two_blocking(place, lambda juliet: juliet.wait(0.5)) as (romeo, _):
        in_band = BlockingInBand(romeo, InBandStreams(romeo.session.answers, allowed=everybody))
        romeo.close()
        with pytest.raises(StreamClosedError):
            in_band.accept()
        romeo.wait(0.1)


class OpenHouse:
    """What takes itself for a proxy: it lets everybody in, and does nothing. `left` are those who have closed."""

    def __init__(self) -> None:
        self.server = socket.create_server((HERE, 0))
        self.host = StreamHost(jid=JID("capulet.lit"), host=HERE, port=self.server.getsockname()[1])
        self.left: list[str] = []
        self.guests: list[threading.Thread] = []
        self.thread = threading.Thread(target=self.welcome)
        self.thread.start()

    def welcome(self) -> None:
        for _ in range(2):
            sock, _ = self.server.accept()
            self.guests.append(threading.Thread(target=self.keep, args=(sock,)))
            self.guests[-1].start()

    def keep(self, sock: socket.socket) -> None:
        with sock:
            handshake = Socks5Server(lambda _: True)
            while not handshake.done:
                handshake.receive_data(sock.recv(1000))
                sock.sendall(handshake.data_to_send())
            while sock.recv(1000):
                pass
            self.left.append(handshake.address or "")

    def close(self) -> None:
        for thread in (self.thread, *self.guests):
            thread.join(10)
        self.server.close()


@pytest.fixture
def house() -> Generator[OpenHouse]:
    house = OpenHouse()
    yield house
    house.close()


async def next_offer(offers: StreamHostOffers) -> StreamHostOffer:
    while (offer := offers.take()) is None:
        await anyio.sleep(0.01)
    return offer


def next_offer_blocking(client: Client, offers: StreamHostOffers) -> StreamHostOffer:
    while (offer := offers.take()) is None:
        client.wait(5)
    return offer


@frameworks
@pytest.mark.spec("XEP-0065", "6.3.5")
def test_a_proxy_that_does_not_begin_is_left(framework: str, place: dict[str, Any], house: OpenHouse) -> None:
    async def scenario() -> None:
        async with two(framework, place) as (romeo, juliet):
            offers = StreamHostOffers(juliet.session.answers, allowed=everybody)

            async def accept() -> None:
                offer = await next_offer(offers)
                async with await accept_bytestream(juliet, offer, allowed=anywhere):
                    pass

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(accept)
                with pytest.raises(IqError):
                    await open_bytestream(romeo, juliet.jid, sid="s", proxies=[house.host])
            await anyio.to_thread.run_sync(house.close)
            assert house.left == [destination_address("s", romeo.jid, juliet.jid)] * 2

    run(framework, scenario)


def test_a_proxy_that_does_not_begin_is_left_in_blocking_code(place: dict[str, Any], house: OpenHouse) -> None:
    def work(juliet: Client) -> None:
        offers = StreamHostOffers(juliet.session.answers, allowed=everybody)
        accept_bytestream_blocking(juliet, next_offer_blocking(juliet, offers), allowed=anywhere).close()

    with two_blocking(place, work) as (romeo, juliet):
        with pytest.raises(IqError):
            open_bytestream_blocking(romeo, juliet, proxies=[house.host])
        house.close()
        assert len(house.left) == 2


@frameworks
@pytest.mark.spec("XEP-0065", "5.3.2")
def test_a_target_that_reaches_no_host_says_so(framework: str, place: dict[str, Any]) -> None:
    """By default it does not connect to this machine."""

    async def scenario() -> None:
        async with two(framework, place) as (romeo, juliet), listen(HERE) as listener:
            offers = StreamHostOffers(juliet.session.answers, allowed=everybody)

            async def accept() -> None:
                with pytest.raises(DialError):
                    await accept_bytestream(juliet, await next_offer(offers))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(accept)
                with pytest.raises(NoStreamHostError):
                    await open_bytestream(romeo, juliet.jid, listener=listener, hosts=[HERE])

    run(framework, scenario)


@frameworks
def test_a_target_that_gives_up_says_so(framework: str, place: dict[str, Any]) -> None:
    async def scenario() -> None:
        with socket.create_server((HERE, 0)) as silent:
            async with two(framework, place) as (romeo, juliet), anyio.create_task_group() as tasks:
                offers = StreamHostOffers(juliet.session.answers, allowed=everybody)

                async def accept() -> None:
                    with anyio.move_on_after(0.5):
                        await accept_bytestream(juliet, await next_offer(offers), allowed=anywhere)

                tasks.start_soon(accept)
                there = StreamHost(jid=JID("proxy.lit"), host=HERE, port=silent.getsockname()[1])
                with pytest.raises(NoStreamHostError):
                    await open_bytestream(romeo, juliet.jid, proxies=[there], timeout=5)

    run(framework, scenario)


@frameworks
def test_a_target_that_lies(framework: str, place: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that it has connected to us, or to the proxy of another offer, and has not."""
    monkeypatch.setattr(negotiation, "MOMENT", 0.05)

    async def scenario() -> None:
        async with two(framework, place) as (romeo, juliet), listen(HERE) as listener:
            offers = StreamHostOffers(juliet.session.answers, allowed=everybody)

            async def lie(jid: JID) -> None:
                offer = await next_offer(offers)
                await juliet.send(offer.accept(StreamHost(jid=jid, host=HERE, port=1)))

            for jid in (romeo.jid, JID("elsewhere.example")):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(lie, jid)
                    with pytest.raises(BytestreamError):
                        await open_bytestream(romeo, juliet.jid, listener=listener, hosts=[HERE])

    run(framework, scenario)


def test_a_target_that_lies_to_blocking_code(place: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(negotiation, "MOMENT", 0.05)

    def work(juliet: Client) -> None:
        offers = StreamHostOffers(juliet.session.answers, allowed=everybody)
        offer = next_offer_blocking(juliet, offers)
        juliet.send(offer.accept(offer.hosts[0]))

    with (
        two_blocking(place, work) as (romeo, juliet),
        listen_blocking(HERE) as listener,
        pytest.raises(BytestreamError, match="has not"),
    ):
        open_bytestream_blocking(romeo, juliet, listener=listener, hosts=[HERE])
