"""xmppwire on asyncio: `connect()` for clients, `connect_component()`, `serve()` for servers.

    async with connect("juliet@capulet.lit", password="r0m30") as client:
        await client.send(Message(to="romeo@montague.lit", body="Art thou not Romeo?"))
        async for event in client:
            ...

A `_Link` is one connection, as callbacks of asyncio's transport: the only task of ours is the one that dials again.
"""

from __future__ import annotations

import asyncio
import weakref
from asyncio import AbstractServer, Future, TimerHandle, Transport
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Unpack

from xmppwire.jid import JID

from .awaiting import AsyncClient as Client
from .awaiting import Hands, establish
from .dial import Attempt
from .driver import Driver, Job
from .options import ConnectOptions, for_components
from .server import Acceptor, Hub, ServeOptions, ServerBase


class _Link(asyncio.Protocol):
    """Moves bytes between a transport and a driver, and keeps its timer."""

    flag = asyncio.Event

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.closed, self._scheduled, self._writable = False, False, True
        self._loop = asyncio.get_running_loop()
        self.now = self._loop.time
        self._transport: Transport | None = None
        self._timer: TimerHandle | None = None
        self._waiters: list[Future[None]] = []
        driver.wake = self.wake

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, Transport)  # noqa: S101
        self._transport = transport
        self.driver.start(self.now())
        self._turn()

    def data_received(self, data: bytes) -> None:
        self.driver.receive_data(data, self.now())
        self._turn()

    def eof_received(self) -> bool:
        self.data_received(b"")
        return True  # we may still have something to write

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._turn()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = self._writable = True  # what still comes is dropped by the driver
        self.driver.transport_closed(self.now())
        self._turn()

    async def breathe(self) -> None:
        pass

    def wake(self) -> None:
        """Look again soon."""
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)

    async def changed(self, until: float | None = None) -> None:
        waiter: Future[None] = self._loop.create_future()
        self._waiters.append(waiter)
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await waiter

    async def wait_closed(self) -> None:
        try:
            while not self.closed:
                await self.changed()
        except asyncio.CancelledError:
            if self._transport is not None:
                self._transport.abort()
            raise

    def _turn(self) -> None:
        """Do all that can be done now, and tell those who wait."""
        self._scheduled = False
        driver, transport = self.driver, self._transport
        for job in driver.take_jobs():
            self._loop.run_in_executor(None, job.work).add_done_callback(partial(self._finish, job))
        if transport is not None:
            while self._writable and (data := driver.data_to_send()) is not None:
                transport.write(data) if data else transport.write_eof()
            if driver.abandoned:
                transport.abort()
            elif driver.finished:
                transport.close()
            elif not self.closed and driver.wants_read is not transport.is_reading():
                transport.resume_reading() if driver.wants_read else transport.pause_reading()
            self._arm()  # also when closed: what came before may wait to be pulled, and operations for it
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _arm(self) -> None:
        """Have the timer ring when something is due; earlier is harmless, so that it is rarely moved."""
        due = self.driver.next_timeout()
        if self._timer is not None and (due is None or due < self._timer.when()):
            self._timer.cancel()
            self._timer = None
        if due is not None and self._timer is None:
            self._timer = self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.driver.handle_timeout(self.now())
        self._turn()

    def _finish(self, job: Job, done: Future[Any]) -> None:
        job.finish(done.result(), self.now())
        self._turn()


@asynccontextmanager
async def connect(address: JID | str, **options: Unpack[ConnectOptions]) -> AsyncGenerator[Client]:
    """Log in as `address`; the options are those of `options.ConnectOptions`.

    Raises ConnectError, and of its kinds TLSError and AuthenticationError; JIDError.
    """
    client = await establish(address, options, Hands(asyncio.to_thread, _open, asyncio.get_running_loop().time))
    staying = asyncio.ensure_future(client.stay())
    try:
        yield client
    finally:
        staying.cancel()
        await client.aclose()
        await asyncio.wait([staying])


connect_component = for_components(connect)


async def _open(step: Attempt) -> _Link:
    link = _Link(step.conversation.driver)
    async with asyncio.timeout(step.timeout):
        await asyncio.get_running_loop().create_connection(lambda: link, step.address, step.port)
    return link


class Server(ServerBase):
    def __init__(self, hub: Hub, address: Any, listener: AbstractServer, links: weakref.WeakSet[_Link]) -> None:
        super().__init__(hub, address)
        self._listener, self._links, self._closed = listener, links, asyncio.Event()

    async def aclose(self) -> None:
        """Stop listening, and end all streams in order. Done by leaving the `async with` block."""
        self._listener.close()
        self._closed.set()
        self._hub.close(asyncio.get_running_loop().time())
        await asyncio.gather(*(link.wait_closed() for link in list(self._links)))

    async def wait_closed(self) -> None:
        """Wait until somebody closes the server."""
        await self._closed.wait()


@asynccontextmanager
async def serve(
    acceptor: Acceptor, host: str = "127.0.0.1", port: int = 0, **options: Unpack[ServeOptions]
) -> AsyncGenerator[Server]:
    """Accept connections for `acceptor` (a `LocalServer`, for instance). Raises OSError."""
    hub = Hub(acceptor, **options)
    loop = asyncio.get_running_loop()
    links: weakref.WeakSet[_Link] = weakref.WeakSet()

    def accept() -> _Link:
        link = _Link(hub.accept(loop.time()))
        links.add(link)
        return link

    listener = await loop.create_server(accept, host, port)
    server = Server(hub, listener.sockets[0].getsockname(), listener, links)
    try:
        yield server
    finally:
        await server.aclose()
