"""xmppwire on anyio, over asyncio or trio: `connect()` for clients, `connect_component()`, `serve()` for servers.

    async with connect("juliet@capulet.lit", password="r0m30") as client:
        await client.send(Message(to="romeo@montague.lit", body="Art thou not Romeo?"))
        async for event in client:
            ...

A `_Link` is one connection: two tasks (see `tasks`) that run in a task group of `connect` or `serve`, and end with it.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar, Unpack

import anyio
import anyio.to_thread
from anyio.abc import SocketAttribute, SocketStream, TaskGroup

from xmppwire.jid import JID

from .awaiting import AsyncClient as Client
from .awaiting import Hands, establish, single
from .dial import Attempt
from .driver import Driver
from .options import ConnectOptions, for_components
from .race_tasks import first_of
from .server import Acceptor, Hub, ServeOptions, ServerBase
from .tasks import Kit, TaskLink, dial_out

T = TypeVar("T")
KIT = Kit(anyio.current_time, anyio.Event, anyio.create_task_group, anyio.CancelScope, anyio.lowlevel.checkpoint)


class _Link(TaskLink):
    kit = KIT

    def __init__(self, driver: Driver, stream: SocketStream) -> None:
        self._stream = stream
        if (trio := sys.modules.get("trio")) is not None:  # it may be what runs us
            _Link.guard(trio.lowlevel.enable_ki_protection)
        super().__init__(driver)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await anyio.to_thread.run_sync(work)

    async def _receive(self) -> bytes:
        try:
            return await self._stream.receive(65536)
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return b""

    async def _send(self, data: bytes) -> bool:
        try:
            await (self._stream.send(data) if data else self._stream.send_eof())
        except (anyio.BrokenResourceError, OSError):
            return False
        return True

    async def _drop(self) -> None:
        await anyio.aclose_forcefully(self._stream)


def run(main: Callable[[], Awaitable[T]]) -> T:
    """Run a program from beginning to end: `anyio.run(main)`, with a name that all adapters share."""
    return anyio.run(main)


@asynccontextmanager
async def connect(address: JID | str, **options: Unpack[ConnectOptions]) -> AsyncGenerator[Client]:
    """Log in as `address`; the options are those of `options.ConnectOptions`.

    Raises ConnectError, and of its kinds TLSError and AuthenticationError; JIDError.
    """
    with single():
        async with anyio.create_task_group() as tasks:
            hands = Hands(anyio.to_thread.run_sync, partial(_open, tasks), anyio.current_time)
            client = await establish(address, options, hands)
            staying = anyio.CancelScope()
            tasks.start_soon(_stay, client, staying)
            try:
                yield client
            finally:
                staying.cancel()
                with anyio.CancelScope(shield=True):
                    await client.aclose()


connect_component = for_components(connect)


async def _stay(client: Client, scope: anyio.CancelScope) -> None:
    with scope:
        await client.stay()


async def _open(tasks: TaskGroup, step: Attempt) -> _Link:
    link = _Link(step.driver, await first_of(step.race, KIT, anyio.connect_tcp, anyio.aclose_forcefully))
    tasks.start_soon(link.run)
    return link


class Server(ServerBase):
    def __init__(self, hub: Hub, tasks: TaskGroup) -> None:
        super().__init__(hub)
        self._tasks = tasks
        self._listening: list[anyio.CancelScope] = []
        self._closed = anyio.Event()
        hands = Hands(anyio.to_thread.run_sync, partial(_open, tasks), anyio.current_time)
        hub.now = anyio.current_time
        tasks.start_soon(dial_out, anyio.create_task_group, hub, hands, self._closed)

    async def listen(self, accept: Callable[[float], Driver], host: str, port: int) -> Any:
        """Listen at one place, and return its address."""
        listener = await anyio.create_tcp_listener(local_host=host, local_port=port)
        scope = anyio.CancelScope()
        self._listening.append(scope)
        self._tasks.start_soon(self._accept, listener, accept, scope)
        return listener.extra(SocketAttribute.local_address)  # noqa: S610

    async def _accept(self, listener: Any, accept: Callable[[float], Driver], scope: anyio.CancelScope) -> None:
        async def handle(stream: SocketStream) -> None:
            await _Link(accept(anyio.current_time()), stream).run()

        async with listener:
            with scope:
                await listener.serve(handle, self._tasks)

    async def aclose(self) -> None:
        """Stop listening, and end all streams in order. Done by leaving the `async with` block."""
        for scope in self._listening:
            scope.cancel()
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
            server = Server(hub, tasks)
            try:
                for place, accept, where in server.places(host, port):
                    server.found(place, await server.listen(accept, *where))
                yield server
            finally:
                await server.aclose()
