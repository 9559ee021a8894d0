"""What the servers of all adapters have in common. Pure: a driver for each connection that an acceptor's engines need.

An acceptor makes an engine for each connection. What happens on one connection can give another something to write:
the acceptor names those engines in `take_ready`, and the `Hub` sees to it after each move of any of its drivers. An acceptor
that speaks with other servers says in `take_dials` whom to connect to: the `Hub` makes a plan of each (see `federate`), which
the adapter carries out.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, Unpack, runtime_checkable
from weakref import WeakValueDictionary

from xmppwire.stream.engine import Engine
from xmppwire.stream.errors import StreamError, StreamErrorCondition
from xmppwire.stream.framing import Framing
from xmppwire.stream.limits import Limits

from .dial import Attempt, Call
from .driver import Driver
from .tls import Identity, ServerTLS, TLSProvider

if TYPE_CHECKING:
    from .federate import Dial, Federate
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


@runtime_checkable
class FederatingAcceptor(Protocol):
    """What an acceptor has beside that to speak with other servers, as a `LocalServer` does that is told to."""

    @property
    def federation(self) -> object | None:
        """None: it does not speak with others."""
        ...

    @property
    def accept_peer(self) -> Callable[..., Engine]:
        """`accept_peer(now, direct_tls=...)`: an engine for a connection on which another server speaks first."""
        ...

    def take_dials(self) -> Sequence[Dial]:
        """The servers to connect to since the last call."""
        ...


class ServeOptions(TypedDict, total=False):
    """What `serve()` takes beside the acceptor and the address.

    `ssl_context`: a `ServerTLS` (from `Identity.load`, for instance), or a context, with which there is no channel binding
    to the certificate. `direct_tls`: TLS from the first byte, or not; None leaves it to the acceptor. `websocket`: accept
    WebSocket (RFC 7395) in place of plain streams: at this path, or as a `ServerWebSocket` says; True is "/xmpp-websocket".
    There TLS is from the first byte if there is an `ssl_context`, and else nowhere, as behind a proxy.
    `federate`: how to speak with other servers, for an acceptor that does.
    """

    ssl_context: TLSProvider | ssl.SSLContext | None
    direct_tls: bool | None
    federate: Federate | None
    websocket: bool | str | ServerWebSocket


Plan = Generator[Call | Attempt, Any, None]
"""What an adapter does to connect to another server, step by step (see `dial`)."""


class _Floor:
    """What the hubs of one acceptor share: what happens at one may be for a connection of another."""

    def __init__(self) -> None:
        self.drivers: dict[int, Driver] = {}
        self.settling = False
        self.dialler: Hub | None = None
        """The one that speaks with other servers."""


_FLOORS: WeakValueDictionary[int, _Floor] = WeakValueDictionary()
"""By the identity of the acceptor."""


class Hub:
    """The connections of one server. There may be several for one acceptor, in one loop: one for each way in.

    The adapter sets `on_plan`, which gets each plan to be carried out, and its clock, `now`.
    """

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
        self._floor = _FLOORS.setdefault(id(acceptor), _Floor())
        self._drivers: dict[int, Driver] = {}
        self.on_plan: Callable[[Plan], None] = lambda plan: plan.close()
        self.now: Callable[[], float] = time.monotonic
        self.federate = options.get("federate")
        self._federating = acceptor if isinstance(acceptor, FederatingAcceptor) else None
        if self.federate is not None and (self._federating is None or self._federating.federation is None):
            raise ValueError("this acceptor does not speak with other servers")
        if self.federate is not None:
            self._floor.dialler = self

    def accept(self, now: float) -> Driver:
        """A driver for a new connection. The adapter starts it."""
        engine = self._acceptor.accept(now, **self._how)
        websocket = None
        if self._websocket is not None:
            config = getattr(getattr(engine, "connection", engine), "config", None)
            limits: Limits = getattr(config, "limits", None) or Limits()
            websocket = self._websocket.layer(limits, secure=self._how["direct_tls"])
        return self._enter(Driver(engine, self._tls, websocket=websocket))

    def accept_peer(self, now: float, direct_tls: bool = False) -> Driver:
        """A driver for a new connection of another server. The adapter starts it."""
        assert self._federating is not None  # noqa: S101
        assert self.federate is not None  # noqa: S101
        return self.adopt(self._federating.accept_peer(now, direct_tls=direct_tls), self.federate.incoming)

    def adopt(self, engine: Engine, tls: TLSProvider | None) -> Driver:
        """A driver for an engine that has to do with the others."""
        return self._enter(Driver(engine, tls))

    def _enter(self, driver: Driver) -> Driver:
        driver.on_moved = self.settle
        driver.on_closed = lambda: self.forget(driver)
        self._drivers[id(driver.engine)] = self._floor.drivers[id(driver.engine)] = driver
        return driver

    def forget(self, driver: Driver) -> None:
        """A driver has no connection any more, or got none."""
        self._drivers.pop(id(driver.engine), None)
        self._floor.drivers.pop(id(driver.engine), None)

    def close(self, now: float) -> None:
        """End all streams, because the server goes down."""
        if self._floor.dialler is self:
            self._floor.dialler = None
        for driver in list(self._drivers.values()):
            driver.close(now, StreamError(StreamErrorCondition.SYSTEM_SHUTDOWN))
            driver.wake()

    def __len__(self) -> int:
        return len(self._drivers)

    def settle(self, now: float) -> None:
        """Move those whom the last move concerns, and those whom that concerns, until all is quiet."""
        floor = self._floor
        if floor.settling:
            return
        floor.settling = True
        try:
            while (ready := self._acceptor.take_ready()) or self._dial(now):
                for engine in ready:
                    driver = floor.drivers.get(id(engine))
                    if driver is not None:
                        driver.advance(now)
                        driver.wake()
        finally:
            floor.settling = False

    def _dial(self, now: float) -> bool:
        """Have somebody connect to the servers that the acceptor wants to speak with. Whether there were any."""
        dials = () if self._federating is None else self._federating.take_dials()
        for dial in dials:
            hub = self._floor.dialler
            if hub is None or hub.federate is None:
                dial.failed("this server does not speak with others", now)
            else:
                hub.on_plan(hub.federate.plan(dial, hub))
        return bool(dials)


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
    """A running server. `address` is the pair of `host` and `port` where it listens; `s2s_address` that for other
    servers, and `s2s_direct_address` that where they begin with TLS."""

    def __init__(self, hub: Hub) -> None:
        self.address = ("", 0)
        self.s2s_address: tuple[str, int] | None = None
        self.s2s_direct_address: tuple[str, int] | None = None
        self._hub = hub

    @property
    def host(self) -> str:
        """The IP address where it listens."""
        return self.address[0]

    @property
    def port(self) -> int:
        """The port there."""
        return self.address[1]

    def places(self, host: str, port: int) -> Iterator[tuple[str, Callable[[float], Driver], tuple[str, int]]]:
        """Where to listen, under which name, and who accepts there."""
        yield "address", self._hub.accept, (host, port)
        federate = self._hub.federate
        if federate is not None and federate.port is not None:
            yield "s2s_address", self._hub.accept_peer, (federate.host, federate.port)
        if federate is not None and federate.direct_port is not None:
            direct = partial(self._hub.accept_peer, direct_tls=True)
            yield "s2s_direct_address", direct, (federate.host, federate.direct_port)

    def found(self, place: str, address: Any) -> None:
        """It listens at one of the places."""
        setattr(self, place, address[:2])

    @property
    def connections(self) -> int:
        """How many connections there are now."""
        return len(self._hub)
