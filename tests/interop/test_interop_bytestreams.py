"""Streams of bytes between two clients over real servers and over ours: direct and by proxy (XEP-0065), in band (XEP-0047).

One of the two runs on the adapter under test, the other one in a thread, in blocking code.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from typing import Any

import anyio
import pytest

import xmppwire_io.blocking
from tests.interop.harness import Connect, account, play
from tests.interop.servers import Lab, Server
from xmppwire import JID, Presence
from xmppwire.im.bytestreams import (
    InBandState,
    InBandStreams,
    NoStreamHostError,
    StreamHost,
    StreamHostOffer,
    StreamHostOffers,
    find_streamhosts,
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
    open_bytestream,
    open_bytestream_blocking,
)

FILE = os.urandom(150_000)
SMALL = FILE[:30_000]
HERE = "127.0.0.1"
DIGEST = 32
PROXY, DIRECT = "proxy", "direct"


def everybody(peer: JID, sid: str) -> bool:
    return True


def nobody(peer: JID, sid: str) -> bool:
    return False


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


class Bob:
    """The other client, in a thread. It does `work(client, alice)`, and `result()` is what comes of that."""

    def __init__(self, options: dict[str, Any], alice: JID, work: Callable[[Client, JID], Any]) -> None:
        self._options = {key: value for key, value in options.items() if key != "tries"}
        self._alice = alice
        self._work = work
        self._found: Any = None
        self._ready = threading.Event()
        self.jid = JID(options["address"])
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            with xmppwire_io.blocking.connect(**self._options) as client:
                client.send(Presence(self._alice))
                client.run(ping(client.jid.domain))
                self._ready.set()
                self._found = self._work(client, self._alice)
        except BaseException as error:
            self._found = error
        finally:
            self._ready.set()

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(20)

    async def beside(self, alice: Any, adapter: str) -> None:
        """Begin, when Alice lets his requests through (RFC 6121 section 8.5.3.1)."""
        await alice.send(Presence(self.jid))
        await alice.run(ping(alice.jid.domain))  # the server has it
        self.start() if adapter == "blocking" else await anyio.to_thread.run_sync(self.start)

    def result(self) -> Any:
        self._thread.join(20)
        assert not self._thread.is_alive()
        if isinstance(self._found, BaseException):
            raise self._found
        return self._found


async def finished(bob: Bob, adapter: str) -> Any:
    """What has come of Bob, who may still wait for answers of a client that works beside this."""
    return bob.result() if adapter == "blocking" else await anyio.to_thread.run_sync(bob.result)


def raw(client: Any) -> Any:
    """The client itself, where the harness has wrapped a blocking one."""
    return getattr(client, "_client", client)


def waiting_offer(client: Client, offers: StreamHostOffers) -> StreamHostOffer:
    until = time.monotonic() + 10
    while (offer := offers.take()) is None:
        assert time.monotonic() < until
        client.wait(0.5)
    return offer


async def offered(client: Any, adapter: str, offers: StreamHostOffers) -> StreamHostOffer:
    if adapter == "blocking":
        return waiting_offer(raw(client), offers)
    while (offer := offers.take()) is None:
        await anyio.sleep(0.01)
    return offer


def read_exactly(stream: Any, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        piece = stream.receive(count - len(found))
        assert piece
        found += piece
    return bytes(found)


async def read(stream: Any, adapter: str, count: int) -> bytes:
    if adapter == "blocking":
        return read_exactly(stream, count)
    found = bytearray()
    while len(found) < count:
        found += await stream.receive(count - len(found))
    return bytes(found)


async def write(stream: Any, adapter: str, data: bytes) -> None:
    if adapter == "blocking":
        stream.send(data)
    else:
        await stream.send(data)


async def close(stream: Any, adapter: str) -> None:
    if adapter == "blocking":
        stream.close()
    else:
        await stream.aclose()


async def opened(client: Any, adapter: str, target: JID, **options: Any) -> Any:
    if adapter == "blocking":
        return open_bytestream_blocking(raw(client), target, **options)
    return await open_bytestream(client, target, **options)


async def proxies_of(client: Any, server: Server) -> list[StreamHost]:
    """The proxies of the server; the test is skipped where it has none."""
    found = await client.run(find_streamhosts(client.jid.domain))
    if not found:
        pytest.skip(f"{server.name} does not offer a proxy for bytestreams")
    return list(found)


@pytest.mark.parametrize("way", [PROXY, DIRECT])
@pytest.mark.spec("XEP-0065", "4.1", "4.2", "5.3.1", "5.3.2", "5.3.3", "6.3.1", "6.3.2", "6.3.4", "6.3.5")
def test_a_file_is_sent_over_socks5(lab: Lab, im_server: Server, adapter: str, way: str) -> None:
    def receive(client: Client, alice: JID) -> None:
        offers = StreamHostOffers(client.session.answers, allowed=everybody)
        offer = waiting_offer(client, offers)
        with accept_bytestream_blocking(client, offer, allowed=anywhere) as stream:
            stream.send(digest(read_exactly(stream, len(FILE))))

    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            options: dict[str, Any] = {"proxies": await proxies_of(alice, im_server)} if way == PROXY else {}
            bob = Bob(account(lab, im_server, "bob"), alice.jid, receive)
            await bob.beside(alice, adapter)
            async with AsyncExitStack() as stack:
                if adapter == "blocking" and way == DIRECT:
                    options = {"listener": stack.enter_context(listen_blocking(HERE)), "hosts": [HERE]}
                elif way == DIRECT:
                    options = {"listener": await stack.enter_async_context(listen(HERE)), "hosts": [HERE]}
                stream = await opened(alice, adapter, bob.jid, **options)
                await write(stream, adapter, FILE)
                assert await read(stream, adapter, DIGEST) == digest(FILE)
                await close(stream, adapter)
            await finished(bob, adapter)

    play(adapter, scenario)


@pytest.mark.parametrize("way", [PROXY, DIRECT])
@pytest.mark.spec("XEP-0065", "5.3.1", "5.3.2", "5.3.3", "6.3.2", "6.3.3")
def test_a_file_is_taken_over_socks5(lab: Lab, im_server: Server, adapter: str, way: str) -> None:
    def send(client: Client, alice: JID) -> None:
        with ExitStack() as stack:
            options: dict[str, Any] = {"proxies": client.run(find_streamhosts(client.jid.domain))}
            if way == DIRECT:
                options = {"listener": stack.enter_context(listen_blocking(HERE)), "hosts": [HERE]}
            with open_bytestream_blocking(client, alice, **options) as stream:
                stream.send(FILE)
                assert read_exactly(stream, DIGEST) == digest(FILE)

    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            if way == PROXY:
                await proxies_of(alice, im_server)
            offers = StreamHostOffers(alice.session.answers, allowed=everybody)
            bob = Bob(account(lab, im_server, "bob"), alice.jid, send)
            await bob.beside(alice, adapter)
            offer = await offered(alice, adapter, offers)
            assert offer.requester == bob.jid
            if adapter == "blocking":
                stream: Any = accept_bytestream_blocking(raw(alice), offer, allowed=anywhere)
            else:
                stream = await accept_bytestream(alice, offer, allowed=anywhere)
            await write(stream, adapter, digest(await read(stream, adapter, len(FILE))))
            await close(stream, adapter)
            await finished(bob, adapter)

    play(adapter, scenario)


@pytest.mark.spec("XEP-0065", "5.3.1", "5.3.2")
def test_offers_that_lead_nowhere(lab: Lab, im_server: Server, adapter: str) -> None:
    """Bob does not go to addresses of this machine, as nobody does by default; and then he wants no more."""

    def refuse(client: Client, alice: JID) -> str:
        offers = StreamHostOffers(client.session.answers, allowed=lambda requester, sid: sid == "agreed")
        with pytest.raises(DialError) as failed:
            accept_bytestream_blocking(client, waiting_offer(client, offers))
        client.wait(0.5)
        return str(failed.value)

    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            bob = Bob(account(lab, im_server, "bob"), alice.jid, refuse)
            await bob.beside(alice, adapter)
            options: Any = {"proxies": [StreamHost(jid=alice.jid, host=HERE, port=9)]}
            for sid, error in (("agreed", NoStreamHostError), ("strange", IqError)):
                with pytest.raises(error):
                    await opened(alice, adapter, bob.jid, sid=sid, **options)
            assert "no address that may be connected to" in await finished(bob, adapter)

    play(adapter, scenario)


@pytest.mark.spec("XEP-0047", "2.1", "2.2", "2.3", "3")
def test_a_file_is_sent_in_band(lab: Lab, im_server: Server, adapter: str) -> None:
    def receive(client: Client, alice: JID) -> None:
        in_band = BlockingInBand(client, InBandStreams(client.session.answers, allowed=everybody))
        with in_band.accept(alice, "agreed", timeout=10) as stream:
            stream.send(digest(read_exactly(stream, len(SMALL))))
            assert stream.receive() == b""

    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            bob = Bob(account(lab, im_server, "bob"), alice.jid, receive)
            await bob.beside(alice, adapter)
            streams = InBandStreams(alice.session.answers, allowed=nobody)
            if adapter == "blocking":
                stream: Any = BlockingInBand(raw(alice), streams).open(bob.jid, sid="agreed")
            else:
                stream = await InBand(alice, streams).open(bob.jid, sid="agreed")
            await write(stream, adapter, SMALL)
            assert await read(stream, adapter, DIGEST) == digest(SMALL)
            await close(stream, adapter)
            await finished(bob, adapter)

    play(adapter, scenario)


@pytest.mark.spec("XEP-0047", "2.1", "2.2", "2.3", "4")
@pytest.mark.parametrize("stanza", ["iq", "message"])
def test_a_file_is_taken_in_band(lab: Lab, im_server: Server, adapter: str, stanza: str) -> None:
    def send(client: Client, alice: JID) -> None:
        in_band = BlockingInBand(client, InBandStreams(client.session.answers, allowed=nobody))
        with in_band.open(alice, stanza=stanza, block_size=8192) as stream:
            assert stream.stream.block_size == 4096
            stream.send(SMALL)

    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            options: Any = {"messages": stanza == "message", "max_block_size": 5000, "buffer": 5000}
            streams = InBandStreams(alice.session.answers, allowed=everybody, **options)
            bob = Bob(account(lab, im_server, "bob"), alice.jid, send)
            await bob.beside(alice, adapter)
            if adapter == "blocking":
                stream: Any = BlockingInBand(raw(alice), streams).accept(timeout=10)
            else:
                stream = await InBand(alice, streams).accept()
            while stanza == "message" and stream.stream.state is InBandState.OPEN:
                streams.feed(await anext(alice))
                for due in streams.take_due():
                    await alice.send(due)
            assert await read(stream, adapter, len(SMALL)) == SMALL
            if adapter == "blocking":
                assert stream.receive() == b""
            else:
                with pytest.raises(anyio.EndOfStream):
                    await stream.receive()
            await finished(bob, adapter)

    play(adapter, scenario)
