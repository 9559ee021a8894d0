"""What the adapters for asyncio, trio and anyio share: code with `await` in it that imports none of the three.

Each of them brings a link, which moves the bytes of one connection and can wait; `AsyncClient` is a client on top of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import closing, contextmanager
from typing import Any, Protocol, Self, TypeVar

from xmppwire.jid import JID
from xmppwire.operation import Operation
from xmppwire.session import SessionEvent
from xmppwire.stanza import Stanza
from xmppwire.xml import Element

from .client import ClientBase, Conversation
from .dial import Attempt, Call, ConnectOptions, dial

T = TypeVar("T")
L = TypeVar("L")


class Flag(Protocol):
    """An event in the sense of threading: set once, waited for by anybody."""

    def set(self) -> Any: ...
    async def wait(self) -> Any: ...


class Link(Protocol):
    """One connection of an adapter."""

    def now(self) -> float:
        """The time on the clock of the adapter's loop."""
        ...

    def flag(self) -> Flag:
        """A fresh flag."""
        ...

    def breathe(self) -> Awaitable[None]:
        """Let others run, where the framework expects it of every call (trio)."""
        ...

    async def changed(self) -> None:
        """Wait until something may have changed."""

    async def wait_closed(self) -> None:
        """Wait until the transport is closed; when cancelled, close it hard."""


class AsyncClient(ClientBase):
    """A logged-in client. Iterate over it for what happens; the last event is `StreamEnded`."""

    def __init__(self, conversation: Conversation, link: Link) -> None:
        super().__init__(conversation)
        self._link = link

    async def send(self, item: Stanza | Element) -> None:
        """Send a stanza: it is queued at once, and then there is only a wait while too much is unsent.

        Cancelling the wait does not take the stanza back. Raises StreamClosedError, LocalProtocolError.
        """
        self._queue(item, self._link.now())
        await self._link.breathe()
        while self._driver.congested:
            await self._link.changed()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionEvent:
        await self._link.breathe()
        while not self._exhausted:
            if (event := self._take(self._link.now())) is not None:
                return event
            await self._link.changed()
        raise StopAsyncIteration

    async def run(self, operation: Operation[T], *, timeout: float | None = 30.0) -> T:
        """Run an operation and return its result. Raises what it raises; OperationTimeout after `timeout` seconds."""
        running = self._run(operation, self._link.now(), timeout)
        await self._link.breathe()
        if not running.done:
            flag = self._link.flag()
            self._waiting[running] = flag.set
            try:
                await flag.wait()
            finally:
                self._waiting.pop(running, None)
                running.cancel()
        return running.result()

    async def aclose(self) -> None:
        """Close the stream in order, and the connection. Done by leaving the `async with` block. Events are dropped."""
        self._driver.close(self._link.now())
        self._driver.wake()
        await self._link.wait_closed()


async def establish(
    address: JID | str,
    options: ConnectOptions,
    call: Callable[[Callable[[], Any]], Awaitable[Any]],
    open_link: Callable[[Attempt], Awaitable[Link]],
) -> AsyncClient:
    """Carry out the plan of `dial`. `call` runs a function in a thread, `open_link` connects and starts the driver."""
    with closing(dial(address, options)) as plan:
        link: Link | None = None
        result: Any = None
        error: Exception | None = None
        while True:
            try:
                step = plan.send(result) if error is None else plan.throw(error)
            except StopIteration as done:
                assert link is not None  # noqa: S101
                return AsyncClient(done.value, link)
            result = error = None
            try:
                if isinstance(step, Call):
                    result = await call(step.function)
                else:
                    link = await open_link(step)
                    await _settle(step.conversation, link)
            except (OSError, ValueError) as raised:
                error = raised


@contextmanager
def single() -> Generator[None]:
    """Turn the group of exceptions that a nursery makes of one exception into that exception."""
    alone: BaseException | None = None
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) != 1:
            raise
        alone = group.exceptions[0]
    if alone is not None:
        raise alone


async def _settle(conversation: Conversation, link: Link) -> None:
    keep = False
    try:
        while not conversation.settled:
            await link.changed()
        keep = conversation.established
    finally:  # also where we are cancelled at the very moment of success
        if not keep:
            conversation.driver.close(link.now())
            conversation.driver.wake()
            await link.wait_closed()
