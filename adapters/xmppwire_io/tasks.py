"""What the adapters for trio and anyio share: a connection carried by tasks. Imports neither of the two.

A `TaskLink` is one connection: a task that reads and keeps the timer, and one that writes. They run in a group of their
own, and whatever they wait for ends when something changes (`wake`) or falls due. An adapter says what a group, a scope
and an event are in its framework, and how its socket is read, written and closed.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from .awaiting import Flag, Hands
from .driver import Driver, Job
from .server import Hub


@dataclass(frozen=True, slots=True)
class Kit:
    """What a framework calls its clock, event, group of tasks, scope of cancellation, and checkpoint."""

    now: Callable[[], float]
    flag: Callable[[], Flag]
    group: Callable[[], Any]
    scope: Callable[..., Any]
    """It takes `deadline` or `shield`."""
    breathe: Callable[[], Awaitable[None]]


class TaskLink(ABC):
    """Moves bytes between a transport and a driver, and keeps its timer."""

    kit: ClassVar[Kit]
    _guarded = False

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.now, self.flag, self.breathe = self.kit.now, self.kit.flag, self.kit.breathe
        self._news = self.flag()
        self._closed = self.flag()
        self._tasks: Any = None
        self._reading: Any = None
        driver.wake = self.wake

    @abstractmethod
    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        """Run `work` in a thread."""

    @abstractmethod
    async def _receive(self) -> bytes:
        """What the transport has; b"" at its end, in order or not."""

    @abstractmethod
    async def _send(self, data: bytes) -> bool:
        """Write all of it, or shut down the sending side for b"". False if the transport takes nothing more."""

    @abstractmethod
    async def _drop(self) -> None:
        """Close the transport, whatever it is doing."""

    # --- what is the same in all -----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Carry the connection from its start to its end, which comes in order even where all around is cancelled."""
        with self.kit.scope(shield=True):
            try:
                async with self.kit.group() as self._tasks:
                    self.driver.start(self.now())
                    self._tasks.start_soon(self._write)
                    await self._read()
                    self._tasks.cancel_scope.cancel()
            finally:
                self._tasks = None
                await self._drop()
                self.driver.transport_closed(self.now())
                self._closed.set()
                self.wake()

    async def _read(self) -> None:
        driver = self.driver
        while not driver.finished:
            data: bytes | None = None
            news = self._news
            with self.kit.scope(deadline=self._due()) as scope:
                if driver.wants_read:
                    self._reading = scope
                    data = await self._receive()
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
            if not await self._send(data):
                self.driver.write_failed()
            self.wake()

    async def _work(self, job: Job) -> None:
        job.finish(await self._in_thread(job.work), self.now())
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
        self._news = self.flag()

    async def changed(self, until: float | None = None) -> None:
        """Wait until something may have changed, or the time has come."""
        with self.kit.scope(deadline=math.inf if until is None else until):
            await self._news.wait()

    async def wait_closed(self) -> None:
        """Wait until the transport is closed; when cancelled, close it hard."""
        try:
            await self._closed.wait()
        except BaseException:
            if self._tasks is not None:
                self._tasks.cancel_scope.cancel()
            raise

    @classmethod
    def guard(cls, protect: Callable[[Any], Any]) -> None:
        """Keep Ctrl-C out of the tasks of a connection: it is for the program, which then closes the connection in order.

        trio raises KeyboardInterrupt wherever the program happens to be, unless that is protected (`protect`).
        """
        if not cls._guarded:
            cls._guarded = True
            for name in ("run", "_write", "_work"):
                setattr(cls, name, protect(getattr(cls, name)))


async def dial_out(group: Callable[[], Any], hub: Hub, hands: Hands, closed: Flag) -> None:
    """Carry out what a server wants done, until it is closed: it connects to others."""
    async with group() as tasks:
        hub.on_plan = lambda plan: tasks.start_soon(hands.run_errand, plan)
        await closed.wait()
        tasks.cancel_scope.cancel()
