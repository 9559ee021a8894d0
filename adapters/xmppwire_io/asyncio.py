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
from asyncio import Task
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, suppress
from typing import Any, TypeVar, Unpack

from xmppwire.jid import JID

from .awaiting import AsyncClient as Client
from .awaiting import Hands, establish
from .callbacks import Link, first_of
from .dial import Attempt
from .driver import Driver
from .options import ConnectOptions, for_components
from .server import Acceptor, Hub, Plan, ServeOptions, ServerBase

T = TypeVar("T")


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a program from beginning to end: `asyncio.run(main())`, with a name that all adapters share."""
    return asyncio.run(main())


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
    sock = await first_of(step.race)
    try:
        _, link = await asyncio.get_running_loop().create_connection(lambda: Link(step.driver), sock=sock)
    except BaseException:
        sock.close()
        raise
    return link


LOOKUPS, DIALS = 16, 64
"""How many names a server looks up at a time, and to how many others it is on the way. A name that gets no answer holds its
thread for half a minute: with threads of their own such names delay each other, but nobody's login."""


ACCEPTED = 3
"""Rounds of the loop until a connection that it has accepted is one of ours. asyncio forgets one that comes to a listener which
is closed by then: nobody would close it."""


class Server(ServerBase):
    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._loop = asyncio.get_running_loop()
        self._listeners: list[asyncio.Server] = []
        self._links: weakref.WeakSet[Link] = weakref.WeakSet()
        self._dialling: set[Task[None]] = set()
        self._waiting: deque[Plan] = deque()
        self._lookups = ThreadPoolExecutor(LOOKUPS, "xmppwire looks up")
        self._closed = asyncio.Event()
        self._hands = Hands(self._call, self._open, self._loop.time)
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

    def _call(self, function: Callable[[], Any]) -> Awaitable[Any]:
        return self._loop.run_in_executor(self._lookups, function)

    def _carry_out(self, plan: Plan) -> None:
        self._waiting.append(plan)
        self._go_on()

    def _go_on(self, done: Task[None] | None = None) -> None:
        """Begin what waits, as far as there is room."""
        if done is not None:
            self._dialling.discard(done)
        while self._waiting and len(self._dialling) < DIALS and not self._closed.is_set():
            task = asyncio.ensure_future(self._hands.run_errand(self._waiting.popleft()))
            self._dialling.add(task)
            task.add_done_callback(self._go_on)

    async def aclose(self) -> None:
        """Stop listening, and end all streams in order. Done by leaving the `async with` block."""
        for sock in [sock for listener in self._listeners for sock in listener.sockets]:
            with suppress(NotImplementedError):
                self._loop.remove_reader(sock.fileno())
        try:
            for _ in range(ACCEPTED):
                await asyncio.sleep(0)
        finally:
            self._end()
        await asyncio.gather(*(link.wait_closed() for link in list(self._links)))
        await asyncio.gather(*self._dialling, return_exceptions=True)

    def _end(self) -> None:
        for listener in self._listeners:
            listener.close()
        self._closed.set()
        while self._waiting:
            with suppress(StopIteration), closing(self._waiting.popleft()) as plan:
                next(plan)  # only what has begun tells the acceptor that it ended
        for task in list(self._dialling):
            task.cancel()
        self._hub.close(self._loop.time())
        self._lookups.shutdown(wait=False, cancel_futures=True)

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
