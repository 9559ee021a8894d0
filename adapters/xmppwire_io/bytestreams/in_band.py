"""Streams in band (XEP-0047) with `send` and `receive`, on asyncio, trio and anyio."""

from __future__ import annotations

from typing import Any

import anyio
from anyio.abc import ByteStream

from xmppwire.im.bytestreams import BlockStanza, InBandError, InBandStream, InBandStreams
from xmppwire.jid import JID
from xmppwire.operation import OperationError

from ..awaiting import AsyncClient, single
from ..errors import StreamClosedError

LOOK = 1.0
"""Seconds after which a stream that waits looks whether its client is still there."""


class InBandByteStream(ByteStream):
    """The bytes of a stream in band, both ways. `stream` is the machine below it. Made by `InBand`."""

    def __init__(self, client: AsyncClient, streams: InBandStreams, stream: InBandStream, timeout: float) -> None:
        self.stream = stream
        self._client = client
        self._streams = streams
        self._timeout = timeout
        self._news = anyio.Event()
        self._fault: OperationError | StreamClosedError | None = None
        self._sending = anyio.Lock()
        stream.on_change = self._changed

    def _changed(self) -> None:
        self._news.set()

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Some bytes, at most so many. Raises anyio.EndOfStream at the end, anyio.BrokenResourceError for a broken stream."""
        await anyio.lowlevel.checkpoint()
        while not self.stream.readable:
            self._news = anyio.Event()
            with anyio.move_on_after(LOOK):
                await self._news.wait()
            if self._client.session.ended is not None:
                self.stream.break_off("the connection was lost")
        try:
            data = self.stream.read(max_bytes)
            await self._answer()
        except (InBandError, StreamClosedError) as error:
            raise anyio.BrokenResourceError from error
        if not data:
            raise anyio.EndOfStream
        return data

    async def _answer(self) -> None:
        for iq in self._streams.take_due():
            await self._client.send(iq)

    async def send(self, item: bytes) -> None:
        """Send all of it, and wait until the peer has it. Blocks that go in messages are not waited for. When this is
        cancelled, nobody knows how much was sent. Raises anyio.BrokenResourceError where it is refused, or the stream ended."""
        async with self._sending:
            try:
                self.stream.write(item)
                if self.stream.stanza is BlockStanza.MESSAGE:
                    while (message := self.stream.next_message()) is not None:
                        await self._client.send(message)
                    return
            except (InBandError, StreamClosedError) as error:
                raise anyio.BrokenResourceError from error
            with single():
                async with anyio.create_task_group() as tasks:
                    for _ in range(self.stream.window):
                        tasks.start_soon(self._send_blocks)
            if self._fault is not None:
                raise anyio.BrokenResourceError from self._fault

    async def _send_blocks(self) -> None:
        try:
            await self._client.run(self.stream.send_blocks(timeout=self._timeout), timeout=None)
        except (OperationError, StreamClosedError) as error:
            self._fault = self._fault or error

    async def send_eof(self) -> None:
        """Close the stream, which has no end in one direction only. What the peer has sent until then can be received."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the stream, and wait until the peer knows."""
        try:
            await self._answer()
            await self._client.run(self.stream.close(), timeout=self._timeout)
        except (OperationError, StreamClosedError):
            self.stream.break_off("the connection was lost")


class InBand:
    """The streams of a client: `open` one, or `accept` one that a peer opens. `timeout` is in seconds, for the answer to each
    block.

        in_band = InBand(client, InBandStreams(client.session.answers, allowed=...))
        async with await in_band.open(juliet) as stream:
            await stream.send(b"...")
    """

    def __init__(self, client: AsyncClient, streams: InBandStreams, *, timeout: float = 60.0) -> None:
        self.streams = streams
        self._client = client
        self._timeout = timeout
        self._news = anyio.Event()
        streams.on_stream = self._opened

    def _opened(self) -> None:
        self._news.set()

    async def open(self, peer: JID | str, **options: Any) -> InBandByteStream:
        """Open a stream: options and errors are those of `InBandStreams.open`."""
        stream = await self._client.run(self.streams.open(peer, **options))
        return InBandByteStream(self._client, self.streams, stream, self._timeout)

    async def accept(self, peer: JID | None = None, sid: str | None = None) -> InBandByteStream:
        """The next stream that somebody (this peer, by this name, if they are given) opens. Waits for it. Raises
        StreamClosedError when the client is at its end."""
        while (stream := self.streams.take(peer, sid)) is None:
            if self._client.session.ended is not None:
                raise StreamClosedError("the stream is over", self._client.session.ended)
            if self._news.is_set():
                self._news = anyio.Event()
            with anyio.move_on_after(LOOK):
                await self._news.wait()
        return InBandByteStream(self._client, self.streams, stream, self._timeout)
