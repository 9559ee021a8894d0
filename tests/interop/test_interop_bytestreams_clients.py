"""Streams of bytes between one of ours and a client of slixmpp, over real servers and over ours."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.interop.harness import Connect, account, missing, play, until
from tests.interop.servers import Lab, Server
from tests.interop.test_interop_bytestreams import everybody, proxies_of
from tests.interop.test_interop_clients import Lines, running
from xmppwire import JID, Presence
from xmppwire.im.bytestreams import InBandState, InBandStreams, StreamHostOffers
from xmppwire_io.bytestreams import InBand, accept_bytestream, anywhere, listen, open_bytestream

SIZE = 30_000
FILE = (bytes(range(256)) * (SIZE // 256 + 1))[:SIZE]
SCRIPT = str(Path(__file__).parent / "clients" / "slixmpp_bytestreams.py")


@asynccontextmanager
async def slixmpp(lab: Lab, server: Server, alice: Any, **options: Any) -> AsyncGenerator[tuple[JID, Lines]]:
    """The other client, once it is there."""
    if importlib.util.find_spec("slixmpp") is None:
        missing("slixmpp is not installed")
    if server.legacy:
        pytest.skip(f"slixmpp wants more than {server.name} has")
    theirs = JID(f"bob@{server.domain}/{uuid.uuid4().hex}")
    about = {"jid": str(theirs), "password": lab.users["bob"], "ca_file": str(lab.ca), "peer": str(alice.jid)}
    place = {"host": server.host, "port": server.c2s}
    with running(SCRIPT, json.dumps({**about, **place, **options})) as lines:
        await until(alice, Presence, lambda presence: presence.sender == theirs)
        await alice.send(Presence(theirs))
        yield theirs, lines
        await alice.send(Presence(theirs, type="unavailable"))
        assert await asyncio.to_thread(lines.until, "finished") == "done"


async def received(lines: Lines) -> None:
    """They have the file. That is waited for in a thread, since they ask us meanwhile."""
    assert await asyncio.to_thread(lines.until, "received") == hashlib.sha256(FILE).hexdigest()


async def read_all(stream: anyio.abc.ByteStream) -> bytes:
    found = bytearray()
    with contextlib.suppress(anyio.EndOfStream):
        while True:
            found += await stream.receive()
    return bytes(found)


@pytest.mark.spec("XEP-0047", "2.1", "2.2", "2.3", "4")
@pytest.mark.parametrize("stanza", ["iq", "message"])
def test_slixmpp_takes_a_file_in_band(lab: Lab, im_server: Server, stanza: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice, slixmpp(lab, im_server, alice) as (bob, lines):
            in_band = InBand(alice, InBandStreams(alice.session.answers, allowed=everybody, window=8))
            async with await in_band.open(bob, block_size=20_000, stanza=stanza) as stream:
                assert stream.stream.block_size == 5000  # they want 8192 at most
                await stream.send(FILE)
            await received(lines)

    play("asyncio", scenario)


@pytest.mark.spec("XEP-0047", "2.1", "2.2", "2.3", "4")
@pytest.mark.parametrize("stanza", ["iq", "message"])
def test_slixmpp_sends_a_file_in_band(lab: Lab, im_server: Server, stanza: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            options: Any = {"messages": stanza == "message", "buffer": 5000}
            streams = InBandStreams(alice.session.answers, allowed=everybody, **options)
            async with slixmpp(lab, im_server, alice, way=stanza, size=SIZE) as (bob, lines):
                stream = await InBand(alice, streams).accept(bob)
                while stanza == "message" and stream.stream.state is InBandState.OPEN:
                    streams.feed(await anext(alice))
                    for due in streams.take_due():
                        await alice.send(due)
                assert await read_all(stream) == FILE
                assert await asyncio.to_thread(lines.until, "sent") == SIZE

    play("asyncio", scenario)


@pytest.mark.spec("XEP-0065", "5.3.1", "5.3.2", "6.3.1", "6.3.2", "6.3.5")
@pytest.mark.parametrize("way", ["direct", "proxy"])
def test_slixmpp_takes_a_file_over_socks5(lab: Lab, im_server: Server, way: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            proxies = [] if way == "direct" else await proxies_of(alice, im_server)
            async with slixmpp(lab, im_server, alice) as (bob, lines), listen("127.0.0.1") as listener:
                options: Any = {"proxies": proxies} if proxies else {"listener": listener, "hosts": ["127.0.0.1"]}
                async with await open_bytestream(alice, bob, **options) as stream:
                    await stream.send(FILE)
                await received(lines)

    play("asyncio", scenario)


@pytest.mark.spec("XEP-0065", "5.3.1", "5.3.2", "5.3.3", "6.3.1", "6.3.2")
def test_slixmpp_sends_a_file_through_a_proxy(lab: Lab, im_server: Server) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            await proxies_of(alice, im_server)
            here = asyncio.Event()
            offers = StreamHostOffers(alice.session.answers, allowed=everybody, on_offer=here.set)
            async with slixmpp(lab, im_server, alice, way="socks5", size=SIZE) as (bob, lines):
                await here.wait()
                offer = offers.take()
                assert offer is not None
                assert offer.requester == bob
                async with await accept_bytestream(alice, offer, allowed=anywhere) as stream:
                    assert await read_all(stream) == FILE
                assert await asyncio.to_thread(lines.until, "sent") == SIZE

    play("asyncio", scenario)
