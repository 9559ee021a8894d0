"""What the adapters for asyncio, trio and anyio share: code with `await` in it that imports none of the three.

Each of them brings a link, which moves the bytes of one connection and can wait; `AsyncClient` is a client on top of it. With
a `ReconnectPolicy` it goes on to another link after a loss: `stay` runs beside the program and sees to that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import closing, contextmanager
from typing import Any, Protocol, Self, TypeVar, cast

from xmppwire.jid import JID
from xmppwire.operation import Operation
from xmppwire.session import SessionEvent
from xmppwire.stanza import Stanza
from xmppwire.xml import Element

from .client import ClientBase, Conversation
from .dial import Attempt, Call, Join, Wait, dial
from .options import ConnectOptions

T = TypeVar("T")


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

    async def changed(self, until: float | None = None) -> None:
        """Wait until something may have changed, or the time has come."""

    async def wait_closed(self) -> None:
        """Wait until the transport is closed; when cancelled, close it hard."""


class AsyncClient(ClientBase):
    """A logged-in client. Iterate over it for what happens; the last event is `StreamEnded`."""

    def __init__(self, conversation: Conversation, link: Link, hands: Hands) -> None:
        super().__init__(conversation, link.now)
        self._link = link
        self._hands = hands

    async def send(self, item: Stanza | Element) -> None:
        """Send a stanza: it is queued at once, and then there is only a wait while too much is unsent.

        Cancelling the wait does not take the stanza back. Raises StreamClosedError, LocalProtocolError.
        """
        self._queue(item, self._link.now())
        await self._link.breathe()
        while self._congested:
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
        self._leave(self._link.now())
        await self._link.wait_closed()
        await self._wait_gone()

    async def detach(self) -> bytes | None:
        """Close the connection and not the stream, which another process can resume: `connect(..., state=...)`. Returns its
        state, in which the event taken last counts as dealt with; None, and nothing happens, if it cannot be resumed."""
        state = self._detach(self._link.now())
        if state is not None:
            await self._link.wait_closed()
            await self._wait_gone()
        return state

    async def _wait_gone(self) -> None:
        """Wait until other connections of the stream are closed too (BOSH)."""
        try:
            while not self._driver.gone:
                await self._link.changed()
        except BaseException:
            self._driver.abandoned = True
            self._driver.wake()
            raise

    async def stay(self) -> None:
        """Dial again after each loss, for as long as the session wants it. Run by the adapter beside the program."""
        errand = self._conversation.errand
        if errand is None:
            return
        try:
            await self._hands.carry_out(errand, self._reconnect, self._pause, self._stepped)
        except Exception:
            self._leave(self._link.now())  # nobody would dial again
            raise
        finally:
            errand.close()

    async def _reconnect(self, step: Attempt) -> None:
        link, before = await self._hands.open_link(step), self._driver
        self._link = link
        self._attach(step.conversation)
        before.wake()  # who waits there is to wait here
        await _settle(step.conversation, link)

    async def _pause(self, until: float | None) -> None:
        await self._link.changed(self._due(until))
        self._overdue(self._link.now())

    def _stepped(self) -> None:
        self._tell(self._link.now())
        self._driver.wake()


class Hands:
    """What carries out a plan in one framework: `call` runs a function in a thread, `open_link` connects and starts the
    driver, `now` is the clock."""

    def __init__(
        self,
        call: Callable[[Callable[[], Any]], Awaitable[Any]],
        open_link: Callable[[Attempt], Awaitable[Link]],
        now: Callable[[], float],
    ) -> None:
        self.call = call
        self.open_link = open_link
        self.now = now

    async def carry_out(
        self,
        plan: Generator[Call | Attempt | Wait, Any, T],
        attempt: Callable[[Attempt], Awaitable[None]],
        pause: Callable[[float | None], Awaitable[None]],
        stepped: Callable[[], None],
    ) -> T:
        """Run a plan from beginning to end. `stepped` is called after each of its steps."""
        result: Any = None
        error: Exception | None = None
        while True:
            try:
                step = plan.send(result) if error is None else plan.throw(error)
            except StopIteration as done:
                return cast("T", done.value)
            finally:
                stepped()
            result = error = None
            try:
                match step:
                    case Call(function):
                        result = await self.call(function)
                    case Wait(ready, until):
                        while not ready():
                            await pause(until)
                    case Join():
                        await self.open_link(step)
                    case _:
                        await attempt(step)
            except (OSError, ValueError) as raised:
                error = raised

    async def run_errand(self, plan: Generator[Call | Attempt | Wait, Any, None]) -> None:
        """Carry out a plan whose connections belong to a server."""

        async def attempt(step: Attempt) -> None:
            await _settle(step.conversation, await self.open_link(step))

        with closing(plan):
            await self.carry_out(plan, attempt, _no_pause, lambda: None)


async def _no_pause(_: float | None) -> None:
    raise RuntimeError("this plan does not wait")


async def establish(address: JID | str, options: ConnectOptions, hands: Hands) -> AsyncClient:
    """Carry out the plan of `dial`."""
    link: Link | None = None

    async def attempt(step: Attempt) -> None:
        nonlocal link
        link = await hands.open_link(step)
        await _settle(step.conversation, link)

    with closing(dial(address, options, hands.now)) as plan:
        conversation = await hands.carry_out(plan, attempt, _no_pause, lambda: None)
    assert link is not None  # noqa: S101
    return AsyncClient(conversation, link, hands)


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
