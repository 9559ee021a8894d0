"""Streams over SOCKS5 in blocking code: connect to stream hosts, and be one. A listener has a thread of its own."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, Self

from xmppwire.im.bytestreams import Socks5Client, Socks5Error, Socks5Server
from xmppwire.jid import JID
from xmppwire.protocol.socks5_bytestreams import StreamHost

from .. import race
from .places import Allowed, DialError, places, public, reason

CHUNK = 65536


class BlockingSocksStream:
    """The bytes of a stream over SOCKS5, both ways, with nothing around them. A call that waits longer than `timeout` seconds
    raises TimeoutError; None waits for ever."""

    def __init__(self, sock: socket.socket, rest: bytes, timeout: float | None = 30.0) -> None:
        self._socket = sock
        self._rest = rest
        sock.settimeout(timeout)

    @property
    def timeout(self) -> float | None:
        """How many seconds a call waits. Can be set."""
        return self._socket.gettimeout()

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        self._socket.settimeout(seconds)

    def receive(self, max_bytes: int = CHUNK) -> bytes:
        """Some bytes, at most so many; b"" at the end. Raises OSError."""
        if self._rest:
            data, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
            return data
        return self._socket.recv(max_bytes)

    def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        self._socket.sendall(data)

    def send_eof(self) -> None:
        """Say that nothing more is sent; receiving goes on."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def dial_blocking(
    hosts: Iterable[StreamHost],
    destination: str,
    *,
    allowed: Allowed = public,
    timeout: float = 10.0,
    total: float | None = None,
) -> tuple[StreamHost, BlockingSocksStream]:
    """`dial` in blocking code: the hosts are tried one after the other, each for at most `timeout` seconds beside the look at
    the DNS, and none any more when `total` seconds are over. Raises DialError."""
    lost: list[tuple[StreamHost, str]] = []
    until = None if total is None else time.monotonic() + total
    for host in hosts:
        left = timeout if until is None else min(timeout, until - time.monotonic())
        if left <= 0:
            lost.append((host, "there was no time for it"))
            continue
        try:
            return host, _reach(host, destination, allowed, left)
        except (OSError, Socks5Error) as error:
            lost.append((host, reason(error)))
    raise DialError(lost)


def _reach(host: StreamHost, destination: str, allowed: Allowed, timeout: float) -> BlockingSocksStream:
    found = places(host, allowed)
    until = time.monotonic() + timeout
    sock = race.connect(race.Race(found, timeout, timeout))
    handshake = Socks5Client(destination)
    try:
        while True:
            sock.settimeout(max(0.001, until - time.monotonic()))
            sock.sendall(handshake.data_to_send())
            if handshake.done:
                return BlockingSocksStream(sock, handshake.rest)
            handshake.receive_data(sock.recv(CHUNK))
    except BaseException:
        sock.close()
        raise


class BlockingArrival:
    """A connection that is expected."""

    def __init__(self) -> None:
        self._here = threading.Event()
        self._stream: BlockingSocksStream | None = None
        self.claimed = False
        """Whether somebody has named its destination."""

    def fulfil(self, stream: BlockingSocksStream) -> None:
        """It is here."""
        self._stream = stream
        self._here.set()

    def wait(self, timeout: float | None = 10.0) -> BlockingSocksStream:
        """The stream, once it is there; it belongs to the caller then. Can be called once. Raises TimeoutError."""
        if not self._here.wait(timeout):
            raise TimeoutError("nobody has connected")
        stream, self._stream = self._stream, None
        assert stream is not None  # noqa: S101 - there is one caller
        return stream

    def drop(self) -> None:
        """Close the connection, if nobody has taken it."""
        if self._stream is not None:
            self._stream.close()


class BlockingListener:
    """Waits, in a thread, for peers to connect to us. Made by `listen_blocking`."""

    def __init__(self, host: str, port: int, limit: int, timeout: float) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self._limit = limit
        self._timeout = timeout
        self._lock = threading.Lock()
        self._expected: dict[str, BlockingArrival] = {}
        self._guests: dict[socket.socket, tuple[Socks5Server, float]] = {}
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=f"xmppwire stream host on port {self.port}", daemon=True)
        self._thread.start()

    def streamhosts(self, jid: JID | str, *hosts: str) -> list[StreamHost]:
        """Us as stream hosts, to be offered: `jid` is our own address, `hosts` are names or IP addresses of this machine as the
        peer sees them."""
        return [StreamHost(jid=JID(jid), host=host, port=self.port) for host in hosts]

    @contextmanager
    def expecting(self, destination: str) -> Generator[BlockingArrival]:
        """Let in whoever asks for `destination`, once, while the `with` block lasts. A connection that was not waited for is
        closed then. Raises ValueError where this destination is expected already."""
        arrival = BlockingArrival()
        with self._lock:
            if destination in self._expected:
                raise ValueError("this destination is expected already")
            self._expected[destination] = arrival
        try:
            yield arrival
        finally:
            with self._lock:
                del self._expected[destination]
                arrival.drop()

    def close(self) -> None:
        """Listen no more. Done by leaving the `with` block."""
        self._stop.close()
        self._thread.join()

    # --- in the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector, self._socket, self._stopped:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._stopped, selectors.EVENT_READ)
            while True:
                due = min((until for _, until in self._guests.values()), default=None)
                ready = selector.select(None if due is None else max(0.0, due - time.monotonic()))
                found = [key.fileobj for key, _ in ready]
                if self._stopped in found:
                    break
                for one in found:
                    self._welcome(selector) if one is self._socket else self._hear(one, selector)
                now = time.monotonic()
                for sock in [sock for sock, (_, until) in self._guests.items() if until <= now]:
                    self._dismiss(sock, selector)
            for sock in list(self._guests):
                self._dismiss(sock, selector)

    def _welcome(self, selector: selectors.BaseSelector) -> None:
        try:
            sock, _ = self._socket.accept()
        except BlockingIOError:  # gone again
            return
        except OSError:  # there is no room, and maybe soon
            time.sleep(0.1)
            return
        if len(self._guests) >= self._limit:
            sock.close()
            return
        sock.setblocking(False)
        self._guests[sock] = (Socks5Server(self._claim), time.monotonic() + self._timeout)
        selector.register(sock, selectors.EVENT_READ)

    def _hear(self, sock: Any, selector: selectors.BaseSelector) -> None:
        """Go on with the handshake of a guest. What is sent is short: a guest for whom there is no room leaves."""
        handshake, _ = self._guests[sock]
        try:
            try:
                handshake.receive_data(sock.recv(CHUNK))
            finally:
                data = handshake.data_to_send()
                if sock.send(data) != len(data):
                    raise BlockingIOError
        except (OSError, Socks5Error):
            self._dismiss(sock, selector)
        else:
            if handshake.done:
                self._admit(sock, selector)

    def _claim(self, destination: str) -> bool:
        with self._lock:
            arrival = self._expected.get(destination)
            if arrival is None or arrival.claimed:
                return False
            arrival.claimed = True
            return True

    def _admit(self, sock: socket.socket, selector: selectors.BaseSelector) -> None:
        handshake, _ = self._guests.pop(sock)
        selector.unregister(sock)
        with self._lock:
            arrival = self._expected.get(handshake.address or "")
            if arrival is None:  # it is over
                sock.close()
            else:
                arrival.fulfil(BlockingSocksStream(sock, handshake.rest))

    def _dismiss(self, sock: socket.socket, selector: selectors.BaseSelector) -> None:
        handshake, _ = self._guests.pop(sock)
        selector.unregister(sock)
        sock.close()
        with self._lock:
            if (arrival := self._expected.get(handshake.address or "")) is not None:
                arrival.claimed = False


@contextmanager
def listen_blocking(
    host: str = "0.0.0.0",  # noqa: S104 - peers are elsewhere
    port: int = 0,
    *,
    limit: int = 8,
    timeout: float = 10.0,
) -> Generator[BlockingListener]:
    """`listen` in blocking code. Raises OSError."""
    listener = BlockingListener(host, port, limit, timeout)
    with contextlib.closing(listener):
        yield listener
