"""xmppwire on trio: `connect()` for clients, `connect_component()`, `serve()` for servers.

    async with connect("juliet@capulet.lit", password="r0m30") as client:
        await client.send(Message(to="romeo@montague.lit", body="Art thou not Romeo?"))
        async for event in client:
            ...

A `_Link` is one connection: two tasks (see `tasks`) that run in a nursery of `connect` or `serve`, and end with it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar, Unpack

import trio

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
KIT = Kit(trio.current_time, trio.Event, trio.open_nursery, trio.CancelScope, trio.lowlevel.checkpoint)


class _Link(TaskLink):
    kit = KIT

    def __init__(self, driver: Driver, stream: trio.SocketStream) -> None:
        self._stream = stream
        super().__init__(driver)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await trio.to_thread.run_sync(work)

    async def _receive(self) -> bytes:
        try:
            return bytes(await self._stream.receive_some(65536))
        except trio.BrokenResourceError:
            return b""

    async def _send(self, data: bytes) -> bool:
        try:
            await (self._stream.send_all(data) if data else self._stream.send_eof())
        except trio.BrokenResourceError:
            return False
        return True

    async def _drop(self) -> None:
        self._stream.socket.close()


_Link.guard(trio.lowlevel.enable_ki_protection)


def run(main: Callable[[], Awaitable[T]]) -> T:
    """Run a program from beginning to end: `trio.run(main)`, with a name that all adapters share."""
    return trio.run(main)


@asynccontextmanager
async def connect(address: JID | str, **options: Unpack[ConnectOptions]) -> AsyncGenerator[Client]:
    """Log in as `address`; the options are those of `options.ConnectOptions`.

    Raises ConnectError, and of its kinds TLSError and AuthenticationError; JIDError.
    """
    with single():
        async with trio.open_nursery() as nursery:
            hands = Hands(trio.to_thread.run_sync, partial(_open, nursery), trio.current_time)
            client = await establish(address, options, hands)
            staying = trio.CancelScope()
            nursery.start_soon(_stay, client, staying)
            try:
                yield client
            finally:
                staying.cancel()
                with trio.CancelScope(shield=True):
                    await client.aclose()


connect_component = for_components(connect)


async def _stay(client: Client, scope: trio.CancelScope) -> None:
    with scope:
        await client.stay()


async def _open(nursery: trio.Nursery, step: Attempt) -> _Link:
    link = _Link(step.driver, await first_of(step.race, KIT, trio.open_tcp_stream, trio.aclose_forcefully))
    nursery.start_soon(link.run)
    return link


class Server(ServerBase):
    def __init__(self, hub: Hub, nursery: trio.Nursery) -> None:
        super().__init__(hub)
        self._nursery = nursery
        self._listening: list[trio.CancelScope] = []
        self._closed = trio.Event()
        hands = Hands(trio.to_thread.run_sync, partial(_open, nursery), trio.current_time)
        hub.now = trio.current_time
        nursery.start_soon(dial_out, trio.open_nursery, hub, hands, self._closed)

    async def listen(self, accept: Callable[[float], Driver], host: str, port: int) -> Any:
        """Listen at one place, and return its address."""
        listeners = await trio.open_tcp_listeners(port, host=host)
        scope = trio.CancelScope()
        self._listening.append(scope)
        self._nursery.start_soon(self._accept, listeners, accept, scope)
        return listeners[0].socket.getsockname()

    async def _accept(self, listeners: Any, accept: Callable[[float], Driver], scope: trio.CancelScope) -> None:
        async def handle(stream: trio.SocketStream) -> None:
            await _Link(accept(trio.current_time()), stream).run()

        with scope:
            await trio.serve_listeners(handle, listeners, handler_nursery=self._nursery)

    async def aclose(self) -> None:
        """Stop listening, and end all streams in order. Done by leaving the `async with` block."""
        for scope in self._listening:
            scope.cancel()
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
            server = Server(hub, nursery)
            try:
                for place, accept, where in server.places(host, port):
                    server.found(place, await server.listen(accept, *where))
                yield server
            finally:
                with trio.CancelScope(shield=True):
                    await server.aclose()
