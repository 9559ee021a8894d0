"""BOSH under a driver (XEP-0124): several connections, one HTTP request at a time on each. Pure.

    transport <-> `Port`: TLS, HTTP <-\
                                        > `BOSHDriver`: the session of BOSH <-> engine
    transport <-> `Port`: TLS, HTTP <-/

An adapter moves the bytes of each port as it does those of a driver. The first one belongs to the attempt to connect; while
the stream lasts, whoever carries out the plan opens another where `wants_port` says so. Two are enough: the server
holds a request on one of them, and the other is free for what we have to say. Which is which changes with every request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlsplit

from xmppwire.idna import IDNAError, to_ascii_domain
from xmppwire.stream.bosh import BOSHSession
from xmppwire.stream.engine import Engine
from xmppwire.stream.errors import StreamError
from xmppwire.stream.events import Event, TLSInfo, TLSRequested
from xmppwire.stream.phases import Phase

from .bosh_port import Port
from .driver import Driver
from .tls import HandshakeFailed, TLSProvider

_PORTS = 2
_AHEAD = 64 * 1024  # bytes that wait in the session; the engine has the rest, and says when they are too many
_PAUSE = 1.0  # before a connection that failed is tried again


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection manager is: the parts of its URL."""

    secure: bool
    host: str
    port: int
    authority: str
    target: str

    @classmethod
    def parse(cls, url: str) -> Place:
        """Raises ValueError for what is no http or https URL."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        if not (secure or parts.scheme == "http") or not parts.hostname or parts.username is not None or parts.fragment:
            raise ValueError(f"{url!r} is no URL for BOSH (https://host/path)")
        try:
            host = parts.hostname if ":" in parts.hostname else to_ascii_domain(parts.hostname)
            port = parts.port
        except (IDNAError, ValueError) as error:
            raise ValueError(f"{url!r} is no URL for BOSH: {error}") from None
        default = 443 if secure else 80
        name = f"[{host}]" if ":" in host else host
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not target.isascii() or not target.isprintable() or " " in target:
            raise ValueError(f"{url!r} is no URL for BOSH: its path needs %-escapes")
        return cls(secure, host, port or default, name if port in (None, default) else f"{name}:{port}", target)


class BOSHDriver(Driver):
    """A driver whose transport is the connections to a connection manager. The engine's framing is that of WebSocket."""

    def __init__(
        self,
        engine: Engine,
        tls: TLSProvider | None,
        marks: tuple[int, int] = (256 * 1024, 64 * 1024),
        *,
        session: BOSHSession,
        place: Place,
        linger: float = 2.0,
    ) -> None:
        super().__init__(engine, marks=marks, linger=linger)
        self.place = place
        self.tls_provider = tls
        self.wake = self._wake_ports
        self._session = session
        self._ports: list[Port] = []
        self._first: Port | None = None
        self._started = self._leaving = False
        self._deriving = 0
        self._now = 0.0
        self._pause_until = float("-inf")
        self._ready: TLSInfo | None = None

    # --- for the plan ----------------------------------------------------------------------------------------------

    def carrier(self) -> Driver:
        """What is to carry a fresh connection: a port, which has all that the loop of an adapter calls."""
        return cast("Driver", Port(self))

    def wants_port(self, now: float) -> bool:
        """Whether to open another connection now."""
        self._now = max(now, self._now)
        self.collect()
        if self._over or not self._session.established or now < self._pause_until:
            return False
        open_ = len(self._ports)
        return not open_ or (open_ < _PORTS and self._session.urgent and not any(port.idle for port in self._ports))

    @property
    def retry_at(self) -> float | None:
        """When `wants_port` may change by time alone."""
        return self._pause_until if not self._over and self._pause_until > self._now else None

    def port_failed(self, now: float) -> None:
        """No connection could be had."""
        self._pause_until = now + _PAUSE
        self.handle_timeout(now)  # no connection keeps the time

    # --- for what stands above -------------------------------------------------------------------------------------

    @property
    def transport_fault(self) -> str | None:
        """What was wrong with the session of BOSH, in words."""
        return self._session.fault

    @property
    def gone(self) -> bool:
        """Whether all connections are closed, and no other will come."""
        return self._over and not self._ports

    def advance(self, now: float) -> None:
        self._look(now)

    def close(self, now: float, error: StreamError | None = None) -> None:
        self._leaving = True
        super().close(now, error)
        if not self._ports and not self._over:
            self._session.give_up("there is no connection to say it over")
            self._look(now)

    # --- what the ports call ---------------------------------------------------------------------------------------

    def port_connected(self, port: Port) -> None:
        """A connection is there; TLS comes first."""
        self._first = self._first or port
        self._ports.append(port)

    def port_opened(self, port: Port, info: TLSInfo | None, now: float) -> None:
        """A connection is ready for requests."""
        if info is not None:
            # Many connections make one stream: no binding to one of them says anything about the others.
            self._ready = replace(info, bindings=())
        if not self._started and not self._over:
            self._started = True
            self.engine.start(now)
        self._look(now)

    def port_refused(self, port: Port, error: HandshakeFailed | ValueError, now: float) -> None:
        """TLS failed there."""
        self.untrusted = isinstance(error, HandshakeFailed) and error.untrusted
        if self._session.established and not self.untrusted:
            self._pause_until = now + _PAUSE
            return
        self.tls_fault = str(error)
        if not self._started:
            self._started = True
            self.engine.start(now)
        if not self._over:
            super().advance(now)
            if self._question is not None:
                self._fail_tls(str(error), now)
            self._session.give_up(str(error))
        self._look(now)

    def port_closed(self, port: Port, now: float) -> None:
        """A connection is closed, in order or not."""
        if port in self._ports:
            self._ports.remove(port)
        if port.request is not None:
            self._session.request_failed(port.request.rid, now, "the server closed the connection")
        if not self._ports and self._leaving:
            self._session.give_up("the server closed the connection")  # nobody would open another one
        if not self._ports and not self._session.established:
            if not self._started:
                self._started = True
                self.engine.start(now)
            self._session.give_up("the server closed the connection")
            if self._question is not None:
                self._fail_tls("the server closed the connection", now)
        self._look(now)
        if self.gone:
            self._gone = self._deaf = True
            self.on_closed()
        self._wake_ports()

    def response(self, port: Port, rid: int, status: int, body: bytes, now: float) -> None:
        """A response is complete."""
        self._session.receive_response(rid, status, body, now)
        self._look(now)
        self._wake_ports()

    @property
    def body_bytes(self) -> int:
        """How long the body of a response may be."""
        return self._session.body_bytes

    def next_timeout(self) -> float | None:
        if self._over:
            return None if self.abandoned or self._gone else self._abandon_at
        times = [self.engine.next_timeout(), self._session.next_timeout()]
        return min((time for time in times if time is not None), default=None)

    def handle_timeout(self, now: float) -> None:
        self._now = max(now, self._now)
        if not self._over:
            self._session.handle_timeout(now)
            self.engine.handle_timeout(now)
            self._look(now)
        elif self._abandon_at is not None and now >= self._abandon_at:
            self.abandoned = True
            self._wake_ports()

    @property
    def ending(self) -> bool:
        """Whether a port has nothing left to do."""
        return self.abandoned or (self._over and not self._session.closing)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        self._now = max(now, self._now)
        super().advance(now)
        self._collect()

    def _feed(self, now: float) -> bool:
        if self._question is not None or self._over or not self.engine.wants_read:
            return False
        message = self._session.read()
        if message is None:
            return False
        self.engine.receive_data(message, now)
        return True

    def _take(self, event: Event, now: float) -> bool:
        if isinstance(event, TLSRequested):
            self._question = event
            return True
        before = len(self._jobs)
        taken = super()._take(event, now)
        self._deriving += len(self._jobs) - before
        return taken

    def _derived(self, question: Any, keys: object, now: float) -> None:
        self._deriving -= 1
        super()._derived(question, keys, now)

    def _shake(self, now: float) -> bool:
        if self._ready is None:
            return False
        self._question = None
        self.tls_info = self._ready
        self.engine.tls_established(self._ready, now)
        return True

    def collect(self) -> None:
        """Give out what the engine has to say, unless the stream is over. What has to wait for its time moves the deadline of
        all connections: they look at it when they are woken."""
        if self._over:
            return
        before = self._session.next_timeout()
        self._collect()
        due = self._session.next_timeout()
        if due is not None and (before is None or due < before):
            self._wake_ports()

    def _collect(self) -> None:
        """Give what is to be said to the ports that are free."""
        if not self._silent and self._question is None:
            while (self._over or self._session.waiting < _AHEAD) and (data := self.engine.data_to_send()):
                self._session.write(data)
        self._session.established = self._session.established or self.engine.phase is Phase.ESTABLISHED
        # Who has one connection must not have a request held on it, while there is something to be said soon.
        poll = not self._deriving and not self._over and self.engine.wants_read
        for port in self._ports:
            if port.idle and (request := self._session.next_request(self._now, poll=poll)) is not None:
                port.send(request)

    def _end(self, now: float) -> None:
        if self._over:
            return
        self._now = max(now, self._now)
        self._over = True
        self._collect()  # the end of the session is among it
        self._question = None
        self._shut = True
        self._abandon_at = now + self._linger
        self._wake_ports()

    def _wake_ports(self) -> None:
        for port in {self._first, *self._ports}:
            if port is not None:
                port.wake()
