"""What the servers of all adapters have in common. Pure: a driver for each connection that an acceptor's engines need.

An acceptor makes an engine for each connection. What happens on one connection can give another something to write:
the acceptor names those engines in `take_ready`, and the `Hub` sees to it after each move of any of its drivers.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, Unpack

from xmppwire.stream.engine import Engine
from xmppwire.stream.errors import StreamError, StreamErrorCondition
from xmppwire.stream.framing import Framing
from xmppwire.stream.limits import Limits

from .driver import Driver
from .tls import Identity, ServerTLS, TLSProvider

if TYPE_CHECKING:
    from .websocket import ServerWebSocket


class Acceptor(Protocol):
    """Makes engines for connections: a `LocalServer`, or your own."""

    @property
    def accept(self) -> Callable[..., Engine]:
        """`accept(now)`: an engine for a new connection. It answers all questions itself, except those about TLS and key
        derivation. Where `serve` is given `direct_tls`, it is handed on by that name, and `framing` where it is not TCP."""
        ...

    def take_ready(self) -> Sequence[Engine]:
        """The engines that have something to write or to pull because of what happened on others; each once."""
        ...


class ServeOptions(TypedDict, total=False):
    """What `serve()` takes beside the acceptor and the address.

    `ssl_context`: a `ServerTLS` (from `Identity.load`, for instance), or a context, with which there is no channel binding
    to the certificate. `direct_tls`: TLS from the first byte, or not; None leaves it to the acceptor. `websocket`: accept
    WebSocket (RFC 7395) in place of plain streams: at this path, or as a `ServerWebSocket` says; True is "/xmpp-websocket".
    There TLS is from the first byte if there is an `ssl_context`, and else nowhere, as behind a proxy.
    """

    ssl_context: TLSProvider | ssl.SSLContext | None
    direct_tls: bool | None
    websocket: bool | str | ServerWebSocket


class Hub:
    """The connections of one server."""

    def __init__(self, acceptor: Acceptor, **options: Unpack[ServeOptions]) -> None:
        self._acceptor = acceptor
        tls = options.get("ssl_context")
        self._tls = ServerTLS(Identity(tls)) if isinstance(tls, ssl.SSLContext) else tls
        direct = options.get("direct_tls")
        self._websocket = _websocket(options.get("websocket", False))
        if self._websocket is not None:
            direct = self._tls is not None if direct is None else direct
        self._how: dict[str, Any] = {} if direct is None else {"direct_tls": direct}
        if self._websocket is not None:
            self._how["framing"] = Framing.WEBSOCKET
        self._drivers: dict[int, Driver] = {}
        self._settling = False

    def accept(self, now: float) -> Driver:
        """A driver for a new connection. The adapter starts it."""
        engine = self._acceptor.accept(now, **self._how)
        websocket = None
        if self._websocket is not None:
            config = getattr(getattr(engine, "connection", engine), "config", None)
            limits: Limits = getattr(config, "limits", None) or Limits()
            websocket = self._websocket.layer(limits, secure=self._how["direct_tls"])
        driver = Driver(engine, self._tls, websocket=websocket)
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


def _websocket(option: bool | str | ServerWebSocket) -> ServerWebSocket | None:
    if option is False:
        return None
    try:
        from .websocket import ServerWebSocket
    except ImportError:
        raise ValueError("a WebSocket needs wsproto (the extra `websocket`)") from None
    if isinstance(option, ServerWebSocket):
        return option
    return ServerWebSocket() if option is True else ServerWebSocket(option)


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
