"""The loop under the blocking adapter: a selector, and the links, timers and listeners on it. One thread runs it."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import time
from collections.abc import Callable
from typing import Any

from .driver import Driver

now = time.monotonic
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_REST = 0.5
"""Seconds without accepting when the system has no room for another socket."""


class Loop:
    """Waits for sockets and deadlines, and lets whom they concern take a turn."""

    def __init__(self) -> None:
        self.links: set[Link] = set()
        self.woken: set[Link] = set()
        self._selector = selectors.DefaultSelector()
        self._later: dict[Callable[[], None], float] = {}

    def watch(self, sock: socket.socket, events: int, turn: Callable[[int], Any]) -> None:
        """Call `turn` with what is ready of `events`; 0 ends it."""
        if sock not in self._selector.get_map():
            if events:
                self._selector.register(sock, events, turn)
        elif events:
            self._selector.modify(sock, events, turn)
        else:
            self._selector.unregister(sock)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call `call` once, after so many seconds."""
        self._later[call] = now() + seconds

    def turn(self, timeout: float | None = None) -> None:
        """Wait until something happens, at most `timeout` seconds, and handle it."""
        while self.woken:
            self.woken.pop().turn(0)
        times = [due for link in self.links if (due := link.driver.next_timeout()) is not None]
        times += self._later.values()
        if times:
            soonest = max(0.0, min(times) - now())
            timeout = soonest if timeout is None else min(timeout, soonest)
        for key, ready in self._selector.select(timeout):
            key.data(ready)
        time_now = now()
        for call in [call for call, due in self._later.items() if due <= time_now]:
            del self._later[call]
            call()
        for link in list(self.links):
            due = link.driver.next_timeout()
            if due is not None and due <= time_now:
                link.driver.handle_timeout(time_now)
                self.woken.add(link)
        while self.woken:
            self.woken.pop().turn(0)

    def close(self) -> None:
        """Close the selector, and hard what is still connected, without asking any engine: one may be what failed."""
        for link in self.links:
            link.drop()
        self.links.clear()
        self._selector.close()


class Link:
    """Moves bytes between a socket and a driver, as far as they go without waiting."""

    def __init__(self, driver: Driver, sock: socket.socket, loop: Loop) -> None:
        self.driver = driver
        self.closed = False
        self._socket = sock
        self._loop = loop
        self._unsent = memoryview(b"")
        self._watched = 0
        self.turned: Callable[[], object] = lambda: None
        """Called after each turn, and when the link is closed."""
        sock.setblocking(False)
        loop.links.add(self)
        driver.wake = self._wake
        driver.start(now())
        self.turn(0)

    def _wake(self) -> None:
        if not self.closed:
            self._loop.woken.add(self)

    def turn(self, ready: int) -> None:
        """Do all that can be done now; `ready` is what the selector saw."""
        driver = self.driver
        if self.closed:
            return
        if ready & _READ and driver.wants_read and (data := self._read()) is not None:
            driver.receive_data(data, now())
        for job in driver.take_jobs():
            job.finish(job.work(), now())
        while self._flush() and (data := driver.data_to_send()) is not None:
            self._unsent = memoryview(data)
            if not data:
                self._shut()
        self.turned()
        if driver.finished:
            self.close()
            return
        watched = _READ * driver.wants_read | _WRITE * bool(self._unsent)
        if watched != self._watched:
            self._watched = watched
            self._loop.watch(self._socket, watched, self.turn)

    def _read(self) -> bytes | None:
        try:
            return self._socket.recv(65536)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""

    def _flush(self) -> bool:
        """Write; whether all is written."""
        try:
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            self._unsent = memoryview(b"")
            self.driver.write_failed()
        return True

    def _shut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.driver.write_failed()

    def close(self) -> None:
        """Close the socket, whatever it is doing."""
        if not self.closed:
            self.closed = True
            self._loop.links.discard(self)
            self._loop.woken.discard(self)
            self._loop.watch(self._socket, 0, self.turn)
            self.drop()
            self.driver.transport_closed(now())
            self.turned()

    def drop(self) -> None:
        """Close the socket, and say nothing to the driver."""
        self.closed = True
        self._socket.close()


class Listener:
    """A listening socket: `accept` gets each new connection."""

    def __init__(self, address: tuple[str, int], loop: Loop, accept: Callable[[socket.socket], Any]) -> None:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._socket = socket.create_server(address, family=family)
        self._socket.setblocking(False)
        self._loop = loop
        self._accept = accept
        self.address = self._socket.getsockname()
        self._listen()

    def _turn(self, _: int) -> None:
        try:
            sock, _ = self._socket.accept()
        except OSError as error:  # the client is gone already: the next one may do
            if error.errno in _EXHAUSTED:  # it stays ready: to look again at once would be a loop without rest
                self._loop.watch(self._socket, 0, self._turn)
                self._loop.later(_REST, self._listen)
            return
        with contextlib.suppress(OSError):
            self._accept(sock)

    def _listen(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.watch(self._socket, _READ, self._turn)

    def close(self) -> None:
        """Stop listening."""
        if self._socket.fileno() >= 0:
            self._loop.watch(self._socket, 0, self._turn)
            self._socket.close()
