"""xmppwire on asyncio: `connect()` for clients, `connect_component()`, `serve()` for servers.

    async with connect("juliet@capulet.lit", password="r0m30") as client:
        await client.send(Message(to="romeo@montague.lit", body="Art thou not Romeo?"))
        async for event in client:
            ...

Connections are callbacks (see `callbacks`): the only tasks of ours are those that dial: for a client that lost its connection,
and for a server that speaks with others.
"""

from __future__ import annotations

import asyncio
import weakref
from asyncio import AbstractServer, Task
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Unpack

from xmppwire.jid import JID

from .awaiting import AsyncClient as Client
from .awaiting import Hands, establish
from .callbacks import Link
from .dial import Attempt
from .driver import Driver
from .options import ConnectOptions, for_components
from .server import Acceptor, Hub, Plan, ServeOptions, ServerBase


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


async def _open(step: Attempt) -> Link:
    link = Link(step.driver)
    async with asyncio.timeout(step.timeout):
        await asyncio.get_running_loop().create_connection(lambda: link, step.address, step.port)
    return link


class Server(ServerBase):
    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._loop = asyncio.get_running_loop()
        self._listeners: list[AbstractServer] = []
        self._links: weakref.WeakSet[Link] = weakref.WeakSet()
        self._dialling: set[Task[None]] = set()
        self._closed = asyncio.Event()
        self._hands = Hands(asyncio.to_thread, self._open, self._loop.time)
        hub.now = self._loop.time
        hub.on_plan = self._carry_out

    async def listen(self, accept: Callable[[float], Driver], host: str, port: int) -> Any:
        """Listen at one place, and return its address."""

        def accepted() -> Link:
            link = Link(accept(self._loop.time()))
            self._links.add(link)
            return link

        listener = await self._loop.create_server(accepted, host, port)
        self._listeners.append(listener)
        return listener.sockets[0].getsockname()

    async def _open(self, step: Attempt) -> Link:
        link = await _open(step)
        self._links.add(link)
        return link

    def _carry_out(self, plan: Plan) -> None:
        task = asyncio.ensure_future(self._hands.run_errand(plan))
        self._dialling.add(task)
        task.add_done_callback(self._dialling.discard)

    async def aclose(self) -> None:
        """Stop listening, and end all streams in order. Done by leaving the `async with` block."""
        for listener in self._listeners:
            listener.close()
        self._closed.set()
        for task in list(self._dialling):
            task.cancel()
        self._hub.close(self._loop.time())
        await asyncio.gather(*(link.wait_closed() for link in list(self._links)))
        await asyncio.gather(*self._dialling, return_exceptions=True)

    async def wait_closed(self) -> None:
        """Wait until somebody closes the server."""
        await self._closed.wait()


@asynccontextmanager
async def serve(
    acceptor: Acceptor, host: str = "127.0.0.1", port: int = 0, **options: Unpack[ServeOptions]
) -> AsyncGenerator[Server]:
    """Accept connections for `acceptor` (a `LocalServer`, for instance). Raises OSError."""
    server = Server(Hub(acceptor, **options))
    try:
        for place, accept, where in server.places(host, port):
            server.found(place, await server.listen(accept, *where))
        yield server
    finally:
        await server.aclose()
