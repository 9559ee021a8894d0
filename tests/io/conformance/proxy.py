"""A TCP proxy that can be told to misbehave, and servers that misbehave from the beginning. Threads and plain sockets."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Generator


class Proxy:
    """Passes bytes both ways, until it is told otherwise."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open = threading.Event()
        self._open.set()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except OSError:
                    client.close()
                    continue
                self._pairs.append((client, server))
                for source, sink in ((client, server), (server, client)):
                    thread = threading.Thread(target=self._pass, args=(source, sink), daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._open.wait()
                data = source.recv(4096)
                self._open.wait()
                if not data:
                    break
                sink.sendall(data)
        with contextlib.suppress(OSError):  # also when the other one was reset
            sink.shutdown(socket.SHUT_WR)

    def lead_to(self, port: int) -> None:
        """Lead connections to come elsewhere."""
        self._target = port

    def pause(self) -> None:
        """Read nothing more."""
        self._open.clear()

    def resume(self) -> None:
        self._open.set()

    def cut(self) -> None:
        """End both sides without another byte: a ragged end for TLS."""
        for pair in self._pairs:
            for sock in pair:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Break the client's connection, as a router does that has forgotten it."""
        for client, server in self._pairs:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            for sock in (client, server):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RD)
            client.close()

    def close(self) -> None:
        self.resume()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)
        for pair in self._pairs:
            for sock in pair:
                sock.close()


@contextlib.contextmanager
def proxied(port: int) -> Generator[Proxy]:
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.close()


@contextlib.contextmanager
def impostor(behaviour: Callable[[socket.socket], None]) -> Generator[int]:
    """A server that does `behaviour` with each connection, then closes it; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                with client, contextlib.suppress(OSError):
                    client.settimeout(10)
                    behaviour(client)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(15)
        assert not thread.is_alive()
