"""The kinds of I/O under one set of methods, so that a scenario is written once.

A scenario is `async def scenario(io)`. What it awaits of `io` is asyncio, trio or anyio at work; for the blocking adapter
and for the in-memory one it is code that never suspends. `io.run` runs it, and fails it where it hangs.

The in-memory kit joins two drivers by their bytes, under a virtual clock that moves only when nothing else can.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
import trio

import xmppwire_io.anyio
import xmppwire_io.asyncio
import xmppwire_io.blocking
import xmppwire_io.trio
from xmppwire import JID
from xmppwire_io.awaiting import AsyncClient, Hands, establish
from xmppwire_io.dial import Attempt
from xmppwire_io.driver import Driver
from xmppwire_io.options import for_components
from xmppwire_io.server import Hub

LIMIT = 30.0
"""Seconds that a scenario may take."""

Scenario = Callable[[Any], Awaitable[None]]


class Asyncio:
    name = "asyncio"
    concurrent = True
    real = True
    connect = staticmethod(xmppwire_io.asyncio.connect)
    connect_component = staticmethod(xmppwire_io.asyncio.connect_component)
    serve = staticmethod(xmppwire_io.asyncio.serve)
    sleep = staticmethod(asyncio.sleep)

    def run(self, scenario: Scenario) -> None:
        async def main() -> None:
            trouble: list[dict[str, Any]] = []
            asyncio.get_running_loop().set_exception_handler(lambda loop, context: trouble.append(context))
            await asyncio.wait_for(scenario(self), LIMIT)
            await asyncio.sleep(0)
            assert not trouble, trouble

        asyncio.run(main())

    async def cancel_after(self, ticks: int, work: Awaitable[Any]) -> bool:
        """Cancel `work` after so many rounds of the loop; whether that came before its end."""
        task = asyncio.ensure_future(work)
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return True
        return False


class Trio:
    name = "trio"
    concurrent = True
    real = True
    connect = staticmethod(xmppwire_io.trio.connect)
    connect_component = staticmethod(xmppwire_io.trio.connect_component)
    serve = staticmethod(xmppwire_io.trio.serve)
    sleep = staticmethod(trio.sleep)

    def run(self, scenario: Scenario) -> None:
        async def main() -> None:
            with trio.fail_after(LIMIT):
                await scenario(self)

        trio.run(main)

    async def cancel_after(self, ticks: int, work: Awaitable[Any]) -> bool:
        async with trio.open_nursery() as nursery:
            scope = trio.CancelScope()

            async def body() -> None:
                with scope:
                    await work

            nursery.start_soon(body)
            for _ in range(ticks):
                await trio.lowlevel.checkpoint()
            scope.cancel()
        return scope.cancelled_caught


class AnyIO:
    concurrent = True
    real = True
    connect = staticmethod(xmppwire_io.anyio.connect)
    connect_component = staticmethod(xmppwire_io.anyio.connect_component)
    serve = staticmethod(xmppwire_io.anyio.serve)
    sleep = staticmethod(anyio.sleep)

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self.name = f"anyio-{backend}"

    def run(self, scenario: Scenario) -> None:
        async def main() -> None:
            with anyio.fail_after(LIMIT):
                await scenario(self)

        anyio.run(main, backend=self.backend)

    async def cancel_after(self, ticks: int, work: Awaitable[Any]) -> bool:
        async with anyio.create_task_group() as tasks:
            scope = anyio.CancelScope()

            async def body() -> None:
                with scope:
                    await work

            tasks.start_soon(body)
            for _ in range(ticks):
                await anyio.lowlevel.checkpoint()
            scope.cancel()
        return scope.cancelled_caught


def run_at_once(scenario: Awaitable[None]) -> None:
    try:
        scenario.__await__().send(None)  # type: ignore[attr-defined]
    except StopIteration:
        return
    raise AssertionError("the scenario waited for something that this kit does not have")


class BlockingClient:
    """A blocking client behind the methods of the others."""

    def __init__(self, client: xmppwire_io.blocking.Client) -> None:
        self.client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    async def send(self, item: Any) -> None:
        self.client.send(item)

    async def run(self, operation: Any, **keywords: Any) -> Any:
        return self.client.run(operation, **keywords)

    async def detach(self) -> bytes | None:
        return self.client.detach()

    async def aclose(self) -> None:
        self.client.close()

    def __aiter__(self) -> BlockingClient:
        return self

    async def __anext__(self) -> Any:
        try:
            return next(self.client)
        except StopIteration:
            raise StopAsyncIteration from None


class Blocking:
    name = "blocking"
    concurrent = False
    real = True

    def run(self, scenario: Scenario) -> None:
        failure: list[BaseException] = []

        def main() -> None:
            try:
                run_at_once(scenario(self))
            except BaseException as error:
                failure.append(error)

        thread = threading.Thread(target=main, daemon=True)
        thread.start()
        thread.join(LIMIT)
        assert not thread.is_alive(), "the scenario hangs"
        if failure:
            raise failure[0]

    @contextlib.asynccontextmanager
    async def connect(self, *arguments: Any, **options: Any) -> AsyncIterator[Any]:
        with xmppwire_io.blocking.connect(*arguments, **options) as client:
            yield BlockingClient(client)

    @contextlib.asynccontextmanager
    async def connect_component(self, *arguments: Any, **options: Any) -> AsyncIterator[Any]:
        with xmppwire_io.blocking.connect_component(*arguments, **options) as component:
            yield BlockingClient(component)

    @contextlib.asynccontextmanager
    async def serve(self, *arguments: Any, **options: Any) -> AsyncIterator[Any]:
        with xmppwire_io.blocking.serve(*arguments, **options) as server:
            yield server

    async def sleep(self, seconds: float) -> None:
        threading.Event().wait(seconds)


class MemoryFlag:
    def __init__(self, world: Memory) -> None:
        self.world = world
        self.up = False

    def set(self) -> None:
        self.up = True

    async def wait(self) -> None:
        while not self.up:
            self.world.step()


class MemoryLink:
    """The client's end of a joint."""

    def __init__(self, world: Memory, client: Driver, server: Driver) -> None:
        self.world = world
        self.ends = (client, server)
        self.closed = False
        self.now = lambda: world.time
        self.flag = lambda: MemoryFlag(world)
        for driver in self.ends:
            driver.start(world.time)

    def step(self) -> bool:
        """Move bytes both ways; whether any moved."""
        moved = False
        for driver, other in (self.ends, self.ends[::-1]):
            for job in driver.take_jobs():
                job.finish(job.work(), self.world.time)
                moved = True
            if other.wants_read and (data := driver.data_to_send()) is not None:
                other.receive_data(data, self.world.time)
                moved = True
        if not self.closed and any(driver.finished for driver in self.ends):
            self.closed = moved = True
            for driver in self.ends:
                driver.transport_closed(self.world.time)
        return moved

    async def breathe(self) -> None:
        pass

    async def changed(self, until: float | None = None) -> None:
        self.world.step()

    async def wait_closed(self) -> None:
        while not self.closed:
            self.world.step()


class MemoryServer:
    def __init__(self, hub: Hub, port: int) -> None:
        self.hub = hub
        self.host, self.port = "127.0.0.1", port
        self.address = (self.host, port)

    @property
    def connections(self) -> int:
        return len(self.hub)


class Memory:
    name = "memory"
    concurrent = False
    real = False

    def __init__(self) -> None:
        self.time = 1000.0
        self.links: list[MemoryLink] = []
        self.hubs: dict[int, Hub] = {}
        self.ports = itertools.count(40000)

    def run(self, scenario: Scenario) -> None:
        run_at_once(scenario(self))

    def move(self) -> bool:
        moved = [link.step() for link in self.links]
        return any(moved)

    def step(self) -> None:
        """Move what can move; if nothing can, move the clock to what is due next."""
        if self.move():
            return
        drivers = [driver for link in self.links if not link.closed for driver in link.ends]
        times = [due for driver in drivers if (due := driver.next_timeout()) is not None]
        assert times, "everything waits for everything"
        self.time = max(self.time, min(times))
        for driver in drivers:
            due = driver.next_timeout()
            if due is not None and due <= self.time:
                driver.handle_timeout(self.time)

    async def sleep(self, seconds: float) -> None:
        until = self.time + seconds
        while self.move():
            pass
        self.time = until
        for link in self.links:
            for driver in link.ends:
                if not link.closed:
                    driver.handle_timeout(self.time)

    @contextlib.asynccontextmanager
    async def connect(self, address: JID | str, **options: Any) -> AsyncIterator[AsyncClient]:
        async def call(function: Callable[[], Any]) -> Any:
            return function()

        client = await establish(address, options, Hands(call, self.open, lambda: self.time))  # type: ignore[arg-type]
        try:
            yield client
        finally:
            await client.aclose()

    def connect_component(self, *arguments: Any, **options: Any) -> Any:
        return for_components(self.connect)(*arguments, **options)

    async def open(self, step: Attempt) -> MemoryLink:
        ((_, port),) = step.race.places
        if port not in self.hubs:
            raise ConnectionRefusedError(111, "refused")
        link = MemoryLink(self, step.conversation.driver, self.hubs[port].accept(self.time))
        step.race.won = step.race.places[0]
        self.links.append(link)
        return link

    @contextlib.asynccontextmanager
    async def serve(self, acceptor: Any, **options: Any) -> AsyncIterator[MemoryServer]:
        server = MemoryServer(Hub(acceptor, **options), next(self.ports))
        self.hubs[server.port] = server.hub
        try:
            yield server
        finally:
            del self.hubs[server.port]
            server.hub.close(self.time)
            while any(not link.closed for link in self.links):
                self.step()


KITS: dict[str, Callable[[], Any]] = {
    "asyncio": Asyncio,
    "trio": Trio,
    "anyio-asyncio": lambda: AnyIO("asyncio"),
    "anyio-trio": lambda: AnyIO("trio"),
    "blocking": Blocking,
    "memory": Memory,
}
REAL = [name for name, kit in KITS.items() if kit().real]
CONCURRENT = [name for name, kit in KITS.items() if kit().concurrent]
