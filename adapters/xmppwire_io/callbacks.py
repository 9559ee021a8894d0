"""What moves bytes on asyncio: a connection as callbacks of its transport. No task is needed for it."""

from __future__ import annotations

import asyncio
import socket
from asyncio import Future, Task, TimerHandle, Transport
from contextlib import suppress
from functools import partial
from typing import Any

from .driver import Driver, Job
from .race import AT_ONCE, DELAY, Place, Race, open_socket


async def first_of(race: Race) -> socket.socket:
    """A socket that is connected to the place that answers first. Raises OSError."""
    waiting = list(race.places)
    under_way: dict[Task[socket.socket], Place] = {}
    won: socket.socket | None = None
    clock = asyncio.get_running_loop().time
    begin = clock()
    try:
        while won is None and (waiting or under_way):
            if waiting and len(under_way) < AT_ONCE:
                seconds = race.seconds(clock() - begin)
                if seconds <= 0:
                    waiting.clear()
                    continue
                place = waiting.pop(0)
                under_way[asyncio.ensure_future(_connected(place, seconds))] = place
            pause = DELAY if waiting and len(under_way) < AT_ONCE else None
            done, _ = await asyncio.wait(under_way, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            for task in [task for task in under_way if task in done]:
                if won is not None:
                    break  # one is enough: this one is closed below
                place = under_way.pop(task)
                try:
                    won, race.won = task.result(), place
                except OSError as error:
                    race.failed(place, error)
    finally:
        for task in under_way:
            task.cancel()
            task.add_done_callback(_close)
    if won is None:
        raise race.fault()
    return won


async def _connected(place: Place, seconds: float) -> socket.socket:
    sock, address = open_socket(place)
    try:
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


def _close(task: Task[socket.socket]) -> None:
    """Close what nobody waits for any more."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()


class Link(asyncio.Protocol):
    """Moves bytes between a transport and a driver, and keeps its timer."""

    flag = asyncio.Event

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.closed = self._scheduled = False
        self._loop = asyncio.get_running_loop()
        self.now = self._loop.time
        self._transport: Transport | None = None
        self._timer: TimerHandle | None = None
        self._writable = True
        self._waiters: list[Future[None]] = []
        driver.wake = self.wake

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, Transport)  # noqa: S101
        self._transport = transport
        self.driver.start(self.now())
        self._turn()

    def data_received(self, data: bytes) -> None:
        self.driver.receive_data(data, self.now())
        self._turn()

    def eof_received(self) -> bool:
        self.data_received(b"")
        return True  # we may still have something to write

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._turn()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = self._writable = True  # what still comes is dropped by the driver
        self.driver.transport_closed(self.now())
        self._turn()

    async def breathe(self) -> None:
        pass

    def wake(self) -> None:
        """Look again soon."""
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)

    async def changed(self, until: float | None = None) -> None:
        waiter: Future[None] = self._loop.create_future()
        self._waiters.append(waiter)
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await waiter

    async def wait_closed(self) -> None:
        try:
            while not self.closed:
                await self.changed()
        except asyncio.CancelledError:
            if self._transport is not None:
                self._transport.abort()
            raise

    def _turn(self) -> None:
        """Do all that can be done now, and tell those who wait."""
        self._scheduled = False
        driver, transport = self.driver, self._transport
        for job in driver.take_jobs():
            self._loop.run_in_executor(None, job.work).add_done_callback(partial(self._finish, job))
        if transport is not None:
            while self._writable and (data := driver.data_to_send()) is not None:
                transport.write(data) if data else transport.write_eof()
            if driver.abandoned:
                transport.abort()
            elif driver.finished:
                transport.close()
            elif not self.closed and driver.wants_read is not transport.is_reading():
                transport.resume_reading() if driver.wants_read else transport.pause_reading()
            self._arm()  # also when closed: what came before may wait to be pulled, and operations for it
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _arm(self) -> None:
        """Have the timer ring when something is due; earlier is harmless, so that it is rarely moved."""
        due = self.driver.next_timeout()
        if self._timer is not None and (due is None or due < self._timer.when()):
            self._timer.cancel()
            self._timer = None
        if due is not None and self._timer is None:
            self._timer = self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.driver.handle_timeout(self.now())
        self._turn()

    def _finish(self, job: Job, done: Future[Any]) -> None:
        job.finish(done.result(), self.now())
        self._turn()
