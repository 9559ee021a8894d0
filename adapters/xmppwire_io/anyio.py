"""xmppwire on anyio, over asyncio or trio: `connect()` for clients, `serve()` for servers.

    async with connect("juliet@capulet.lit", password="r0m30") as client:
        await client.send(Message(to="romeo@montague.lit", body="Art thou not Romeo?"))
        async for event in client:
            ...

A `_Link` is one connection: a task that reads and keeps the timer, and one that writes. They run in a task group of
`connect` or `serve`, and end with it.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Unpack

import anyio
import anyio.to_thread
from anyio.abc import SocketAttribute, SocketStream, TaskGroup

from xmppwire.jid import JID

from .awaiting import AsyncClient as Client
from .awaiting import establish, single
from .dial import Attempt, ConnectOptions
from .driver import Driver, Job
from .server import Acceptor, Hub, ServeOptions, ServerBase


class _Link:
    """Moves bytes between a transport and a driver, and keeps its timer."""

    now = staticmethod(anyio.current_time)
    flag = staticmethod(anyio.Event)
    breathe = staticmethod(anyio.lowlevel.checkpoint)

    def __init__(self, driver: Driver, stream: SocketStream) -> None:
        self.driver = driver
        self._stream = stream
        self._news = anyio.Event()
        self._closed = anyio.Event()
        self._tasks: TaskGroup | None = None
        self._reading: anyio.CancelScope | None = None
        driver.wake = self.wake

    async def run(self) -> None:
        """Carry the connection from its start to its end, which comes in order even where all around is cancelled."""
        with anyio.CancelScope(shield=True):
            try:
                async with anyio.create_task_group() as self._tasks:
                    self.driver.start(self.now())
                    self._tasks.start_soon(self._write)
                    await self._read()
                    self._tasks.cancel_scope.cancel()
            finally:
                self._tasks = None
                await anyio.aclose_forcefully(self._stream)
                self.driver.transport_closed(self.now())
                self._closed.set()
                self.wake()

    async def _read(self) -> None:
        driver = self.driver
        while not driver.finished:
            data: bytes | None = None
            news = self._news
            with anyio.CancelScope(deadline=self._due()) as scope:
                if driver.wants_read:
                    self._reading = scope
                    try:
                        data = await self._stream.receive(65536)
                    except (anyio.EndOfStream, anyio.BrokenResourceError):
                        data = b""
                else:
                    await news.wait()
            self._reading = None
            if data is not None:
                driver.receive_data(data, self.now())
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
                await (self._stream.send(data) if data else self._stream.send_eof())
            except (anyio.BrokenResourceError, OSError):
                self.driver.write_failed()
            self.wake()

    async def _work(self, job: Job) -> None:
        job.finish(await anyio.to_thread.run_sync(job.work), self.now())
        self.wake()

    def _due(self) -> float:
        due = self.driver.next_timeout()
        return math.inf if due is None else due

    def wake(self) -> None:
        """Have everybody look again."""
        if self._tasks is not None:
            for job in self.driver.take_jobs():
                self._tasks.start_soon(self._work, job)
        if self._reading is not None:
            self._reading.deadline = self._due()
        self._news.set()
        self._news = anyio.Event()

    async def changed(self) -> None:
        await self._news.wait()

    async def wait_closed(self) -> None:
        try:
            await self._closed.wait()
        except anyio.get_cancelled_exc_class():
            if self._tasks is not None:
                self._tasks.cancel_scope.cancel()
            raise


@asynccontextmanager
async def connect(address: JID | str, **options: Unpack[ConnectOptions]) -> AsyncGenerator[Client]:
    """Log in as `address`; the options are those of `dial.ConnectOptions`.

    Raises ConnectError, and of its kinds TLSError and AuthenticationError; JIDError.
    """
    with single():
        async with anyio.create_task_group() as tasks:
            client = await establish(address, options, anyio.to_thread.run_sync, partial(_open, tasks))
            try:
                yield client
            finally:
                with anyio.CancelScope(shield=True):
                    await client.aclose()


async def _open(tasks: TaskGroup, step: Attempt) -> _Link:
    with anyio.fail_after(step.timeout):
        stream = await anyio.connect_tcp(step.address, step.port)
    link = _Link(step.conversation.driver, stream)
    tasks.start_soon(link.run)
    return link


class Server(ServerBase):
    def __init__(self, hub: Hub, address: Any) -> None:
        super().__init__(hub, address)
        self._listening = anyio.CancelScope()
        self._closed = anyio.Event()

    async def accept(self, listener: Any, tasks: TaskGroup) -> None:
        """Accept connections until the server is closed."""
        async with listener:
            with self._listening:
                await listener.serve(self._handle, tasks)

    async def _handle(self, stream: SocketStream) -> None:
        await _Link(self._hub.accept(anyio.current_time()), stream).run()

    async def aclose(self) -> None:
        """Stop listening, and end all streams in order. Done by leaving the `async with` block."""
        self._listening.cancel()
        self._closed.set()
        self._hub.close(anyio.current_time())

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
        async with anyio.create_task_group() as tasks:
            listener = await anyio.create_tcp_listener(local_host=host, local_port=port)
            server = Server(hub, listener.extra(SocketAttribute.local_address))  # noqa: S610
            tasks.start_soon(server.accept, listener, tasks)
            try:
                yield server
            finally:
                await server.aclose()
