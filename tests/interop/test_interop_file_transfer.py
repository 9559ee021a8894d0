"""Files over Jingle (XEP-0234) between two of ours over real servers and our own: direct, by the server's proxy, in band.

One of the two runs on the adapter under test, the other one in a thread, in blocking code.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

import xmppwire_io.blocking
from tests.interop.harness import Connect, account, play, until
from tests.interop.servers import Lab, Server
from xmppwire import JID, Presence
from xmppwire.im.bytestreams import find_streamhosts
from xmppwire.im.commands import anybody, only
from xmppwire.im.jingle import Route, TransferEndedError, TransferOptions
from xmppwire.im.ping import ping
from xmppwire.protocol.hashes import Hash
from xmppwire.protocol.jingle import ReasonCondition
from xmppwire.protocol.jingle_file_transfer import File, Range
from xmppwire_io.bytestreams import anywhere, listen, listen_blocking
from xmppwire_io.file_transfer import BlockingFileTransfers, FileTransfers, IncomingFile, ReceivedFile

FILE = os.urandom(400_000)
SMALL = FILE[:40_000]
HERE = "127.0.0.1"
WAYS = {
    "direct": TransferOptions(proxies=False, answer=10, settle=10, connect=3),
    "proxy": TransferOptions(answer=10, settle=10, connect=3),
    "in band": TransferOptions(socks5=False, answer=10, settle=10, connect=3),
    "fallback": TransferOptions(proxies=False, answer=10, settle=10, connect=1),
}

ROUTES = {"direct": Route.DIRECT, "proxy": Route.PROXY, "in band": Route.IN_BAND, "fallback": Route.IN_BAND}


def raw(client: Any) -> Any:
    """The client itself, where the harness has wrapped a blocking one."""
    return getattr(client, "_client", client)


class Bob:
    """The other client, in a thread. It does `work(files)`, and `result()` is what comes of that."""

    def __init__(
        self, options: dict[str, Any], alice: JID, way: str, work: Callable[[BlockingFileTransfers], Any]
    ) -> None:
        self._options = {key: value for key, value in options.items() if key != "tries"}
        self._alice = alice
        self._way = way
        self._work = work
        self._found: Any = None
        self._ready = threading.Event()
        self.jid = JID(options["address"])
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(20)

    def _run(self) -> None:
        try:
            with ExitStack() as stack:
                client = stack.enter_context(xmppwire_io.blocking.connect(**self._options))
                client.send(Presence())
                client.run(ping(self.jid.domain))
                listener = stack.enter_context(listen_blocking(HERE)) if self._way == "direct" else None
                files = BlockingFileTransfers(
                    client,
                    allowed=only(self._alice),
                    options=WAYS[self._way],
                    listener=listener,
                    hosts=[HERE],
                    dialling=anywhere,
                )
                stack.enter_context(files)
                self._ready.set()
                while not isinstance(event := client.next_event(10), Presence) or event.sender != self._alice:
                    assert event is not None
                client.send(Presence(self._alice))
                self._found = self._work(files)
        except BaseException as error:
            self._found = error
        finally:
            self._ready.set()

    def result(self) -> Any:
        self._thread.join(20)
        assert not self._thread.is_alive()
        if isinstance(self._found, BaseException):
            raise self._found
        return self._found


async def finished(bob: Bob, adapter: str) -> Any:
    return bob.result() if adapter == "blocking" else await anyio.to_thread.run_sync(bob.result)


async def meet(alice: Any, options: dict[str, Any], way: str, work: Callable[[BlockingFileTransfers], Any]) -> Bob:
    """Bob, once he and Alice have told each other that they are there: else servers do not let their requests through (RFC 6121
    section 8.5.3.1). jabberd2 delivers that only between clients that are available."""
    await alice.send(Presence())
    await alice.run(ping(alice.jid.domain))
    bob = Bob(options, alice.jid, way, work)
    await alice.send(Presence(bob.jid))
    await until(alice, Presence, lambda presence: presence.sender == bob.jid)
    return bob


class Alice:
    """The client under test: with `await`, whatever it runs on."""

    def __init__(self, files: FileTransfers | BlockingFileTransfers) -> None:
        self._files = files

    async def send(self, *arguments: Any, **keywords: Any) -> None:
        found = self._files.send(*arguments, **keywords)
        if found is not None:
            await found

    async def receive(self, *arguments: Any, **keywords: Any) -> ReceivedFile:
        found = self._files.receive(*arguments, **keywords)
        return found if isinstance(found, ReceivedFile) else await found

    async def request(self, *arguments: Any, **keywords: Any) -> ReceivedFile:
        found = self._files.request(*arguments, **keywords)
        return found if isinstance(found, ReceivedFile) else await found

    async def serve(self, *arguments: Any, **keywords: Any) -> None:
        found = self._files.serve(*arguments, **keywords)
        if found is not None:
            await found

    async def incoming(self) -> IncomingFile:
        if isinstance(self._files, BlockingFileTransfers):
            found = self._files.next_incoming(10)
            assert found is not None
            return found
        return await anext(self._files)


@asynccontextmanager
async def sharing(adapter: str, client: Any, way: str) -> AsyncGenerator[Alice]:
    """The transfers of a client."""
    options = WAYS[way]
    async with AsyncExitStack() as stack:
        if adapter == "blocking":
            listener = stack.enter_context(listen_blocking(HERE)) if way == "direct" else None
            yield Alice(
                stack.enter_context(
                    BlockingFileTransfers(
                        raw(client),
                        allowed=anybody,
                        options=options,
                        listener=listener,
                        hosts=[HERE],
                        dialling=anywhere,
                    )
                )
            )
        else:
            place = await stack.enter_async_context(listen(HERE)) if way == "direct" else None
            files = FileTransfers(
                client, allowed=anybody, options=options, listener=place, hosts=[HERE], dialling=anywhere
            )
            yield Alice(await stack.enter_async_context(files))


async def skip_without_proxy(client: Any, server: Server) -> None:
    """Skip where the server has none."""
    if not await client.run(find_streamhosts(client.jid.domain)):
        pytest.skip(f"{server.name} has no proxy for bytestreams")


def take(files: BlockingFileTransfers) -> tuple[bytes, ReceivedFile]:
    """Bob takes the first file that he is offered."""
    incoming = files.next_incoming(10)
    assert incoming is not None
    assert incoming.offered
    sink = io.BytesIO()
    received = files.receive(incoming, sink)
    return sink.getvalue(), received


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.spec("XEP-0234", "6.1", "6.7", "8.1", "8.2")
@pytest.mark.spec("XEP-0260", "2", "3")
@pytest.mark.spec("XEP-0261", "2")
def test_a_file_is_sent(lab: Lab, im_server: Server, adapter: str, way: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            options = account(lab, im_server, "bob")
            if way == "proxy":
                await skip_without_proxy(alice, im_server)
            data = FILE if way in ("direct", "proxy") else SMALL
            async with sharing(adapter, alice, way) as files:
                bob = await meet(alice, options, way, take)
                seen: list[int] = []

                def progress(done: int, total: int | None) -> None:
                    assert total == len(data)
                    seen.append(done)

                await files.send(bob.jid, data, name="../a.bin", progress=progress)
                got, received = await finished(bob, adapter)
            assert got == data
            assert received.verified
            assert received.route is ROUTES[way]
            assert received.file.size == len(data)
            assert seen[-1] == len(data)

    play(adapter, scenario)


@pytest.mark.parametrize("way", ["proxy", "fallback"])
@pytest.mark.spec("XEP-0234", "6.1")
def test_a_file_is_taken(lab: Lab, im_server: Server, adapter: str, way: str, tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(FILE if way == "proxy" else SMALL)

    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            options = account(lab, im_server, "bob")
            if way == "proxy":
                await skip_without_proxy(alice, im_server)
            async with sharing(adapter, alice, way) as files:
                bob = await meet(alice, options, way, lambda theirs: theirs.send(alice.jid, source))
                incoming = await files.incoming()
                assert (incoming.peer, incoming.name, incoming.offered) == (bob.jid, "source.bin", True)
                received = await files.receive(incoming, tmp_path / incoming.name.upper())
                assert received.verified
                assert received.route is ROUTES[way]
                assert received.file.date is not None
                await finished(bob, adapter)
        assert (tmp_path / "SOURCE.BIN").read_bytes() == source.read_bytes()

    play(adapter, scenario)


@pytest.mark.spec("XEP-0234", "6.2", "6.4")
def test_a_part_is_asked_for(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            options = account(lab, im_server, "bob")
            wanted = File(hashes=[Hash.of(FILE)], range=Range(offset=1000, length=2000))

            def fetch(files: BlockingFileTransfers) -> bytes:
                sink = io.BytesIO()
                files.request(alice.jid, wanted, sink)
                return sink.getvalue()

            async with sharing(adapter, alice, "in band") as files:
                bob = await meet(alice, options, "in band", fetch)
                incoming = await files.incoming()
                assert not incoming.offered
                assert incoming.file.hashes == [Hash.of(FILE)]
                await files.serve(incoming, FILE)
                assert await finished(bob, adapter) == FILE[1000:3000]

    play(adapter, scenario)


@pytest.mark.spec("XEP-0234", "6.1", "6.6")
@pytest.mark.spec("XEP-0166", "6.3.2", "6.7")
def test_a_file_that_nobody_wants(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            options = account(lab, im_server, "bob")

            def decline(files: BlockingFileTransfers) -> None:
                incoming = files.next_incoming(10)
                assert incoming is not None
                incoming.decline()
                stranger = JID("nobody@localhost/x")
                files.options = replace(files.options, answer=1.0)
                with pytest.raises(TransferEndedError):
                    files.send(stranger, SMALL)

            async with sharing(adapter, alice, "in band") as files:
                bob = await meet(alice, options, "in band", decline)
                with pytest.raises(TransferEndedError) as caught:
                    await files.send(bob.jid, SMALL)
                assert caught.value.event is not None
                assert caught.value.event.reason is not None
                assert caught.value.event.reason.condition is ReasonCondition.DECLINE
                await finished(bob, adapter)

    play(adapter, scenario)
