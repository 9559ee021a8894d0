"""Streams in band (XEP-0047) with `send` and `receive`, in blocking code. The client works while one of their calls does."""

from __future__ import annotations

import contextlib
import time
from typing import Any, Self

from xmppwire.im.bytestreams import BlockStanza, InBandStream, InBandStreams
from xmppwire.jid import JID
from xmppwire.operation import OperationError

from ..blocking import Client
from ..errors import StreamClosedError


class BlockingInBandStream:
    """The bytes of a stream in band, both ways. `stream` is the machine below it. Made by `BlockingInBand`."""

    def __init__(self, client: Client, streams: InBandStreams, stream: InBandStream, timeout: float) -> None:
        self.stream = stream
        self._client = client
        self._streams = streams
        self.timeout = timeout
        """How many seconds a call waits for the peer. Can be set."""

    def receive(self, max_bytes: int = 65536) -> bytes:
        """Some bytes, at most so many; b"" at the end. Events wait meanwhile. Raises InBandError for a broken stream,
        TimeoutError, StreamClosedError."""
        wait_for(self._client, lambda: self.stream.readable, self.timeout)
        data = self.stream.read(max_bytes)
        self._answer()
        return data

    def send(self, data: bytes) -> None:
        """Send all of it, and wait until the peer has it; blocks that go in messages are not waited for. Raises InBandError and
        what `request` raises, StreamClosedError."""
        self.stream.write(data)
        if self.stream.stanza is BlockStanza.MESSAGE:
            while (message := self.stream.next_message()) is not None:
                self._client.send(message)
        else:
            self._client.run(self.stream.send_blocks(timeout=self.timeout), timeout=None)

    def close(self) -> None:
        """Close the stream, and wait until the peer knows."""
        with contextlib.suppress(OperationError, StreamClosedError):
            self._answer()
            self._client.run(self.stream.close(), timeout=self.timeout)

    def _answer(self) -> None:
        for iq in self._streams.take_due():
            self._client.send(iq)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class BlockingInBand:
    """`InBand` in blocking code."""

    def __init__(self, client: Client, streams: InBandStreams, *, timeout: float = 60.0) -> None:
        self.streams = streams
        self._client = client
        self._timeout = timeout

    def open(self, peer: JID | str, **options: Any) -> BlockingInBandStream:
        """Open a stream: options and errors are those of `InBandStreams.open`."""
        stream = self._client.run(self.streams.open(peer, **options))
        return BlockingInBandStream(self._client, self.streams, stream, self._timeout)

    def accept(
        self, peer: JID | None = None, sid: str | None = None, *, timeout: float | None = None
    ) -> BlockingInBandStream:
        """The next stream that somebody (this peer, by this name, if they are given) opens. Waits for it, `timeout` seconds at
        most. Raises TimeoutError, and StreamClosedError when the client is at its end."""
        found: list[InBandStream] = []

        def here() -> bool:
            stream = self.streams.take(peer, sid)
            if stream is not None:
                found.append(stream)
            return bool(found)

        wait_for(self._client, here, timeout)
        return BlockingInBandStream(self._client, self.streams, found[0], self._timeout)


def wait_for(client: Client, ready: Any, timeout: float | None) -> None:
    """Let the client work until `ready()` is true. Raises TimeoutError, StreamClosedError."""
    until = None if timeout is None else time.monotonic() + timeout
    while not ready():
        if client.session.ended is not None:
            raise StreamClosedError("the stream is over", client.session.ended)
        left = 1.0 if until is None else min(1.0, until - time.monotonic())
        if left <= 0:
            raise TimeoutError("nothing has come")
        client.wait(left)
