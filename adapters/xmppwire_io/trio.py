"""xmppwire on trio: `connect()` for clients, `serve()` for servers.

    async with connect("juliet@capulet.lit", password="r0m30") as client:
        await client.send(Message(to="romeo@montague.lit", body="Art thou not Romeo?"))
        async for event in client:
            ...

A `_Link` is one connection: a task that reads and keeps the timer, and one that writes. They run in a nursery of
`connect` or `serve`, and end with it.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Unpack

import trio

from xmppwire.jid import JID

from .awaiting import AsyncClient as Client
from .awaiting import establish, single
from .dial import Attempt, ConnectOptions
from .driver import Driver, Job
from .server import Acceptor, Hub, ServeOptions, ServerBase


class _Link:
    """Moves bytes between a transport and a driver, and keeps its timer."""

    now = staticmethod(trio.current_time)
    flag = staticmethod(trio.Event)
    breathe = staticmethod(trio.lowlevel.checkpoint)

    def __init__(self, driver: Driver, stream: trio.SocketStream) -> None:
        self.driver = driver
        self._stream = stream
        self._news = trio.Event()
        self._closed = trio.Event()
        self._nursery: trio.Nursery | None = None
        self._reading: trio.CancelScope | None = None
        driver.wake = self.wake

    async def run(self) -> None:
        """Carry the connection from its start to its end, which comes in order even where all around is cancelled."""
        try:
            with trio.CancelScope(shield=True):
                async with trio.open_nursery() as self._nursery:
                    self.driver.start(self.now())
                    self._nursery.start_soon(self._write)
                    await self._read()
                    self._nursery.cancel_scope.cancel()
        finally:
            self._nursery = None
            self._stream.socket.close()
            self.driver.transport_closed(self.now())
            self._closed.set()
            self.wake()

    async def _read(self) -> None:
        driver = self.driver
        while not driver.finished:
            data: bytes | bytearray | None = None
            news = self._news
            with trio.CancelScope(deadline=self._due()) as scope:
                if driver.wants_read:
                    self._reading = scope
                    try:
                        data = await self._stream.receive_some(65536)
                    except trio.BrokenResourceError:
                        data = b""
                else:
                    await news.wait()
            self._reading = None
            if data is not None:
                driver.receive_data(bytes(data), self.now())
            elif scope.cancelled_caught:
                driver.handle_timeout(self.now())
            self.wake()

    async def _write(self) -> None:
        while True:
            news = self._news
            data = self.driver.data_to_send()
            if data is None:
                await news.wait()
                continue
            try:
                await (self._stream.send_all(data) if data else self._stream.send_eof())
            except trio.BrokenResourceError:
                self.driver.write_failed()
            self.wake()

    async def _work(self, job: Job) -> None:
        job.finish(await trio.to_thread.run_sync(job.work), self.now())
        self.wake()

    def _due(self) -> float:
        due = self.driver.next_timeout()
        return math.inf if due is None else due

    def wake(self) -> None:
        """Have everybody look again."""
        if self._nursery is not None:
            for job in self.driver.take_jobs():
                self._nursery.start_soon(self._work, job)
        if self._reading is not None:
            self._reading.deadline = self._due()
        self._news.set()
        self._news = trio.Event()

    async def changed(self) -> None:
        await self._news.wait()

    async def wait_closed(self) -> None:
        try:
            await self._closed.wait()
        except trio.Cancelled:
            if self._nursery is not None:
                self._nursery.cancel_scope.cancel()
            raise


@asynccontextmanager
async def connect(address: JID | str, **options: Unpack[ConnectOptions]) -> AsyncGenerator[Client]:
    """Log in as `address`; the options are those of `dial.ConnectOptions`.

    Raises ConnectError, and of its kinds TLSError and AuthenticationError; JIDError.
    """
    with single():
        async with trio.open_nursery() as nursery:
            client = await establish(address, options, trio.to_thread.run_sync, partial(_open, nursery))
            try:
                yield client
            finally:
                with trio.CancelScope(shield=True):
                    await client.aclose()


async def _open(nursery: trio.Nursery, step: Attempt) -> _Link:
    stream: Any = None
    with trio.move_on_after(step.timeout):
        stream = await trio.open_tcp_stream(step.address, step.port)
    if stream is None:
        raise TimeoutError
    link = _Link(step.conversation.driver, stream)
    nursery.start_soon(link.run)
    return link


class Server(ServerBase):
    def __init__(self, hub: Hub, address: Any) -> None:
        super().__init__(hub, address)
        self._listening = trio.CancelScope()
        self._closed = trio.Event()

    async def accept(self, listeners: list[trio.SocketListener], nursery: trio.Nursery) -> None:
        """Accept connections until the server is closed."""
        with self._listening:
            await trio.serve_listeners(self._handle, listeners, handler_nursery=nursery)

    async def _handle(self, stream: trio.SocketStream) -> None:
        await _Link(self._hub.accept(trio.current_time()), stream).run()

    async def aclose(self) -> None:
        """Stop listening, and end all streams in order. Done by leaving the `async with` block."""
        self._listening.cancel()
        self._closed.set()
        self._hub.close(trio.current_time())
        await trio.lowlevel.checkpoint()

    async def wait_closed(self) -> None:
        """Wait until somebody closes the server."""
        await self._closed.wait()


@asynccontextmanager
async def serve(
    acceptor: Acceptor, host: str = "127.0.0.1", port: int = 0, **options: Unpack[ServeOptions]
) -> AsyncGenerator[Server]:
    """Accept connections for `acceptor` (a `LocalServer`, for instance). Raises OSError."""
    hub = Hub(acceptor, **options)
    with single():
        async with trio.open_nursery() as nursery:
            listeners = await trio.open_tcp_listeners(port, host=host)
            server = Server(hub, listeners[0].socket.getsockname())
            nursery.start_soon(server.accept, listeners, nursery)
            try:
                yield server
            finally:
                with trio.CancelScope(shield=True):
                    await server.aclose()
