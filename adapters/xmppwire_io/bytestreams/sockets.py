"""Streams over SOCKS5 on asyncio, trio and anyio: connect to stream hosts, and be one."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
from anyio.abc import ByteStream, SocketAttribute, SocketStream

from xmppwire.im.bytestreams import Socks5Client, Socks5Error, Socks5Handshake, Socks5Server
from xmppwire.jid import JID
from xmppwire.protocol.socks5_bytestreams import StreamHost

from ..awaiting import single
from .places import Allowed, DialError, places, public, reason

CHUNK = 65536


class SocksStream(ByteStream):
    """The bytes of a stream over SOCKS5, both ways, with nothing around them."""

    def __init__(self, stream: SocketStream, rest: bytes) -> None:
        self._stream = stream
        self._rest = rest

    async def receive(self, max_bytes: int = CHUNK) -> bytes:
        """Some bytes, at most so many. Raises anyio.EndOfStream at the end, anyio.BrokenResourceError for a broken one."""
        if self._rest:
            data, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
            await anyio.lowlevel.checkpoint()
            return data
        return await self._stream.receive(max_bytes)

    async def send(self, item: bytes) -> None:
        """Send all of it. Raises anyio.BrokenResourceError where the other side is gone."""
        await self._stream.send(item)

    async def send_eof(self) -> None:
        """Say that nothing more is sent; receiving goes on."""
        await self._stream.send_eof()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        """The addresses of both ends, and the like: `stream.extra(SocketAttribute.remote_address)`."""
        return self._stream.extra_attributes


async def dial(
    hosts: Iterable[StreamHost],
    destination: str,
    *,
    allowed: Allowed = public,
    timeout: float = 10.0,
    stagger: float | None = 2.0,
) -> tuple[StreamHost, SocksStream]:
    """Connect to one of the stream hosts, asking for `destination`. Returns the one that let us in, and the stream.

    They are tried in their order. Each has `timeout` seconds; the next one is tried beside it when it has not answered for
    `stagger` seconds (None: only when it has failed). `allowed` says which addresses may be connected to.
    Raises DialError, and what `allowed` raises.
    """
    won: list[tuple[StreamHost, SocksStream]] = []
    lost: list[tuple[StreamHost, str]] = []

    async def attempt(host: StreamHost, failed: anyio.Event) -> None:
        try:
            with anyio.fail_after(timeout):
                stream = await _reach(host, destination, allowed)
        except (OSError, Socks5Error) as error:
            lost.append((host, reason(error)))
            failed.set()
        else:
            won.append((host, stream))
            tasks.cancel_scope.cancel()

    try:
        with single():
            async with anyio.create_task_group() as tasks:
                for host in hosts:
                    failed = anyio.Event()
                    tasks.start_soon(attempt, host, failed)
                    with anyio.move_on_after(stagger):
                        await failed.wait()
    except BaseException:
        await _drop(*(stream for _, stream in won))
        raise
    await _drop(*(stream for _, stream in won[1:]))
    if not won:
        raise DialError(lost)
    return won[0]


async def _reach(host: StreamHost, destination: str, allowed: Allowed) -> SocksStream:
    """Connect to a host, at whichever of its addresses, and through its handshake. Raises OSError, Socks5Error."""
    found = await anyio.to_thread.run_sync(places, host, allowed, abandon_on_cancel=True)
    fault: OSError | None = None
    for place in found:
        try:
            stream = await anyio.connect_tcp(*place)
        except OSError as error:
            fault = error
            continue
        return await _shake(stream, Socks5Client(destination))
    raise fault or OSError("no address")


async def _shake(stream: SocketStream, handshake: Socks5Handshake) -> SocksStream:
    """Go through a handshake; without success the connection is closed. Raises OSError, Socks5Error."""
    try:
        while True:
            if data := handshake.data_to_send():
                await stream.send(data)
            if handshake.done:
                return SocksStream(stream, handshake.rest)
            try:
                received = await stream.receive(CHUNK)
            except anyio.EndOfStream:
                received = b""
            handshake.receive_data(received)
    except BaseException as error:
        if isinstance(error, Socks5Error) and (data := handshake.data_to_send()):
            with contextlib.suppress(anyio.BrokenResourceError), anyio.move_on_after(1):
                await stream.send(data)
        await _drop(stream)
        if isinstance(error, anyio.BrokenResourceError):
            raise ConnectionResetError("the connection broke") from error
        raise


async def _drop(*streams: ByteStream) -> None:
    for stream in streams:
        with anyio.CancelScope(shield=True):
            await anyio.aclose_forcefully(stream)


class Arrival:
    """A connection that is expected."""

    def __init__(self) -> None:
        self._here = anyio.Event()
        self._stream: SocksStream | None = None
        self.claimed = False
        """Whether somebody has named its destination."""

    def fulfil(self, stream: SocksStream) -> None:
        """It is here."""
        self._stream = stream
        self._here.set()

    async def wait(self) -> SocksStream:
        """The stream, once it is there; it belongs to the caller then. Can be called once."""
        await self._here.wait()
        stream, self._stream = self._stream, None
        assert stream is not None  # noqa: S101 - there is one caller
        return stream

    async def drop(self) -> None:
        """Close the connection, if nobody has taken it."""
        if self._stream is not None:
            await _drop(self._stream)


class Listener:
    """Waits for peers to connect to us. Made by `listen`."""

    def __init__(self, port: int, limit: int, timeout: float) -> None:
        self.port = port
        self._limit = limit
        self._timeout = timeout
        self._busy = 0
        self._expected: dict[str, Arrival] = {}

    def streamhosts(self, jid: JID | str, *hosts: str) -> list[StreamHost]:
        """Us as stream hosts, to be offered: `jid` is our own address, `hosts` are names or IP addresses of this machine as the
        peer sees them."""
        return [StreamHost(jid=JID(jid), host=host, port=self.port) for host in hosts]

    @asynccontextmanager
    async def expecting(self, destination: str) -> AsyncGenerator[Arrival]:
        """Let in whoever asks for `destination`, once, while the `async with` block lasts. A connection that was not waited for
        is closed then. Raises ValueError where this destination is expected already."""
        if destination in self._expected:
            raise ValueError("this destination is expected already")
        arrival = self._expected[destination] = Arrival()
        try:
            yield arrival
        finally:
            del self._expected[destination]
            await arrival.drop()

    def _claim(self, destination: str) -> bool:
        arrival = self._expected.get(destination)
        if arrival is None or arrival.claimed:
            return False
        arrival.claimed = True
        return True

    async def handle(self, stream: SocketStream) -> None:
        """Go through the handshake with somebody who has connected."""
        if self._busy >= self._limit:
            await _drop(stream)
            return
        self._busy += 1
        handshake = Socks5Server(self._claim)
        arrival: Arrival | None = None
        try:
            with anyio.fail_after(self._timeout):
                connected = await _shake(stream, handshake)
        except (OSError, Socks5Error):
            if (arrival := self._expected.get(handshake.address or "")) is not None:
                arrival.claimed = False
            return
        finally:
            self._busy -= 1
        arrival = self._expected.get(handshake.address or "")
        if arrival is None:  # it is over
            await _drop(connected)
        else:
            arrival.fulfil(connected)


@asynccontextmanager
async def listen(
    host: str = "0.0.0.0",  # noqa: S104 - peers are elsewhere
    port: int = 0,
    *,
    limit: int = 8,
    timeout: float = 10.0,
) -> AsyncGenerator[Listener]:
    """Be a stream host, at one address of this machine, while the `async with` block lasts.

    Nobody is let in but those who ask for a destination that is expected. At most `limit` handshakes go on at a time, each for
    at most `timeout` seconds; who connects beyond that is dropped. Raises OSError.
    """
    sockets = await anyio.create_tcp_listener(local_host=host, local_port=port)
    listener = Listener(sockets.extra(SocketAttribute.local_port), limit, timeout)  # noqa: S610
    with single():
        async with sockets, anyio.create_task_group() as tasks:
            tasks.start_soon(sockets.serve, listener.handle)
            try:
                yield listener
            finally:
                tasks.cancel_scope.cancel()
