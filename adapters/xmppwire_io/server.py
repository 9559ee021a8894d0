"""What the servers of all adapters have in common. Pure: a driver for each connection that an acceptor's engines need.

An acceptor makes an engine for each connection. What happens on one connection can give another something to write:
the acceptor names those engines in `take_ready`, and the `Hub` sees to it after each move of any of its drivers.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Any, Protocol

from xmppwire.stream.engine import Engine
from xmppwire.stream.errors import StreamError, StreamErrorCondition

from .driver import Driver
from .tls import Identity, ServerTLS, TLSProvider


class Acceptor(Protocol):
    """Makes engines for connections: a `LocalServer`, or your own."""

    def accept(self, now: float) -> Engine:
        """An engine for a new connection. It answers all questions itself, except those about TLS and key derivation."""
        ...

    def take_ready(self) -> Sequence[Engine]:
        """The engines that have something to write or to pull because of what happened on others; each once."""
        ...


class Hub:
    """The connections of one server."""

    def __init__(self, acceptor: Acceptor, tls: TLSProvider | ssl.SSLContext | None = None) -> None:
        self._acceptor = acceptor
        self._tls = ServerTLS(Identity(tls)) if isinstance(tls, ssl.SSLContext) else tls
        self._drivers: dict[int, Driver] = {}
        self._settling = False

    def accept(self, now: float) -> Driver:
        """A driver for a new connection. The adapter starts it."""
        engine = self._acceptor.accept(now)
        driver = Driver(engine, self._tls)
        driver.on_moved = self._settle
        driver.on_closed = lambda: self._drivers.pop(id(engine), None)
        self._drivers[id(engine)] = driver
        return driver

    def close(self, now: float) -> None:
        """End all streams, because the server goes down."""
        for driver in list(self._drivers.values()):
            driver.close(now, StreamError(StreamErrorCondition.SYSTEM_SHUTDOWN))
            driver.wake()

    def __len__(self) -> int:
        return len(self._drivers)

    def _settle(self, now: float) -> None:
        """Move those whom the last move concerns, and those whom that concerns, until all is quiet."""
        if self._settling:
            return
        self._settling = True
        try:
            while ready := self._acceptor.take_ready():
                for engine in ready:
                    driver = self._drivers.get(id(engine))
                    if driver is not None:
                        driver.advance(now)
                        driver.wake()
        finally:
            self._settling = False


class ServerBase:
    """A running server. `address` is the pair of `host` and `port` where it listens."""

    def __init__(self, hub: Hub, address: Any) -> None:
        self.address: tuple[str, int] = address[:2]
        self.host, self.port = self.address
        self._hub = hub

    @property
    def connections(self) -> int:
        """How many connections there are now."""
        return len(self._hub)
