"""One way to write a command for all four kinds of I/O.

A command is a coroutine function over an `IO`. asyncio, trio and anyio run it as they run any other. The blocking clients
get methods that are coroutines in form and never wait, so that one `send(None)` runs the command from end to end.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Protocol, Self, TypeVar, cast

from xmppwire.jid import JID
from xmppwire.operation import Operation
from xmppwire.session import Session, SessionEvent
from xmppwire.stanza import Stanza
from xmppwire.stream.events import Event, StreamEnded, TLSInfo
from xmppwire.xml import Element

from .signals import wake_on_signals
from .terminal import Usage

T = TypeVar("T")

NAMES = ("asyncio", "trio", "anyio", "blocking")

_LONGEST_SLEEP = 1.0
"""Seconds after which a blocking command looks whether a signal came just before it began to wait."""


class Client(Protocol):
    """A logged-in client of any adapter."""

    @property
    def jid(self) -> JID: ...
    @property
    def session(self) -> Session: ...
    @property
    def tls(self) -> TLSInfo | None: ...
    @property
    def negotiation(self) -> list[Event]: ...
    @property
    def ended(self) -> StreamEnded | None: ...
    async def send(self, item: Stanza | Element) -> None: ...
    async def run(self, operation: Operation[T], *, timeout: float | None = 30.0) -> T: ...
    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> SessionEvent: ...


class IO(Protocol):
    """One kind of I/O."""

    def run(self, command: Callable[[], Awaitable[T]]) -> T:
        """Run a command from beginning to end."""
        ...

    def connect(self, address: JID, **options: Any) -> AbstractAsyncContextManager[Client]: ...

    def connect_component(self, domain: str, secret: str, **options: Any) -> AbstractAsyncContextManager[Client]: ...

    def serve(self, acceptor: Any, **options: Any) -> AbstractAsyncContextManager[Any]: ...

    def patience(self, seconds: float) -> AbstractAsyncContextManager[None]:
        """Raise TimeoutError if the block takes longer."""
        ...


def choose(name: str) -> IO:
    """The kind of I/O called `name`. Raises Usage where its package is missing."""
    if name == "blocking":
        return _Blocking()
    try:
        framework = importlib.import_module(name)
        adapter = importlib.import_module(f"xmppwire_io.{name}")
    except ImportError:
        raise Usage(f"--io {name} needs {name}: pip install 'xmppwire[{name}]'") from None
    return _Awaiting(name, framework, adapter)


class _Awaiting:
    def __init__(self, name: str, framework: Any, adapter: Any) -> None:
        self.connect = adapter.connect
        self.connect_component = adapter.connect_component
        self.serve = adapter.serve
        self._name = name
        self._framework = framework

    def run(self, command: Callable[[], Awaitable[T]]) -> T:
        if self._name == "trio":
            return cast("T", self._framework.run(command))

        async def awake() -> T:
            wake_on_signals()
            return await command()

        return cast("T", self._framework.run(awake() if self._name == "asyncio" else awake))

    @asynccontextmanager
    async def patience(self, seconds: float) -> AsyncGenerator[None]:
        if self._name == "asyncio":
            async with self._framework.timeout(seconds):
                yield
        elif self._name == "anyio":
            with self._framework.fail_after(seconds):
                yield
        else:
            try:
                with self._framework.fail_after(seconds):
                    yield
            except self._framework.TooSlowError:
                raise TimeoutError from None


class _Blocking:
    def __init__(self) -> None:
        from xmppwire_io import blocking

        self._adapter = blocking
        self.until: float | None = None

    def run(self, command: Callable[[], Awaitable[T]]) -> T:
        steps = cast("Generator[Any, None, T]", command().__await__())
        try:
            steps.send(None)
        except StopIteration as done:
            return cast("T", done.value)
        raise RuntimeError("a command waited for something else than blocking I/O")

    @asynccontextmanager
    async def connect(self, address: JID, **options: Any) -> AsyncGenerator[Client]:
        with self._adapter.connect(address, **options) as client:
            yield cast("Client", _Awaitable(client, self))

    @asynccontextmanager
    async def connect_component(self, domain: str, secret: str, **options: Any) -> AsyncGenerator[Client]:
        with self._adapter.connect_component(domain, secret, **options) as component:
            yield cast("Client", _Awaitable(component, self))

    @asynccontextmanager
    async def serve(self, acceptor: Any, **options: Any) -> AsyncGenerator[Any]:
        with self._adapter.serve(acceptor, **options) as server:
            yield server

    @asynccontextmanager
    async def patience(self, seconds: float) -> AsyncGenerator[None]:
        with self._until(time.monotonic() + seconds):
            yield

    @contextmanager
    def _until(self, when: float) -> Generator[None]:
        before, self.until = self.until, when
        try:
            yield
        finally:
            self.until = before


class _Awaitable:
    """A blocking client with the face of an awaiting one."""

    def __init__(self, client: Any, io: _Blocking) -> None:
        self._client = client
        self._io = io

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def send(self, item: Stanza | Element) -> None:
        self._client.send(item)

    async def run(self, operation: Operation[T], *, timeout: float | None = 30.0) -> T:
        left = self._left()
        if left is not None and (timeout is None or left < timeout):
            timeout = left
        return cast("T", self._client.run(operation, timeout=timeout))

    def _left(self) -> float | None:
        until = self._io.until
        return None if until is None else max(0.0, until - time.monotonic())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionEvent:
        while True:
            left = self._left()
            patience = _LONGEST_SLEEP if left is None else min(left, _LONGEST_SLEEP)
            until = time.monotonic() + patience
            if (event := self._client.next_event(patience)) is not None:
                return cast("SessionEvent", event)
            if self._client.ended is not None or time.monotonic() < until:
                raise StopAsyncIteration
            if patience == left:
                raise TimeoutError
