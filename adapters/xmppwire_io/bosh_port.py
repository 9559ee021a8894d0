"""One connection for BOSH: TLS, and one HTTP request at a time, on h11. Pure, and to an adapter in the shape of a driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import h11

from xmppwire.stream.bosh import Request

from .driver import Job
from .tls import HandshakeFailed, TLSLayer

if TYPE_CHECKING:
    from .bosh import BOSHDriver

_HEADER_BYTES = 16 * 1024
_HINTS = 16
"""Interim responses (1xx) that are passed over between two requests."""


class Port:
    """One connection, in the shape of a driver."""

    def __init__(self, driver: BOSHDriver) -> None:
        self.wake: Callable[[], None] = lambda: None
        self.request: Request | None = None
        self._driver = driver
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEADER_BYTES)
        self._layer: TLSLayer | None = None
        self._open = self._closed = self._dead = self._eof = self._shut = False
        self._output: list[bytes] = []
        self._status = self._hints = 0
        self._body = bytearray()

    # --- what the adapter's loop calls -----------------------------------------------------------------------------

    def start(self, now: float) -> None:
        driver = self._driver
        driver.port_connected(self)
        if not driver.place.secure:
            self._open = True
            driver.port_opened(self, None, now)
            return
        try:
            if driver.tls_provider is None:
                raise ValueError("no TLS is configured")
            self._layer = driver.tls_provider.layer(False, driver.place.host)
        except ValueError as error:
            self._fail(error, now)
            return
        self._shake(now)

    def receive_data(self, data: bytes, now: float) -> None:
        if not data:
            self._eof = True
        if self._dead:
            return
        if self._layer is None:
            self._receive(data, now)
            return
        self._layer.receive_data(data)
        if not self._open and not self._shake(now):
            if self._eof:
                self._fail(ValueError("the server ended the connection instead of starting TLS"), now)
            return
        while not self._dead and (plain := self._layer.read()) is not None:
            self._receive(plain, now)
            if not plain:
                break

    def data_to_send(self) -> bytes | None:
        self._driver.collect()
        self._collect()
        if self._output:
            data = b"".join(self._output)
            self._output.clear()
            return data
        return None

    def write_failed(self) -> None:
        self._dead = True

    def transport_closed(self, now: float) -> None:
        if not self._closed:
            self._closed = self._dead = True
            self._driver.port_closed(self, now)

    @property
    def wants_read(self) -> bool:
        return not self._eof

    def next_timeout(self) -> float | None:
        return self._driver.next_timeout()

    def handle_timeout(self, now: float) -> None:
        self._driver.handle_timeout(now)

    def take_jobs(self) -> list[Job]:
        return self._driver.take_jobs()

    @property
    def abandoned(self) -> bool:
        return self._driver.abandoned

    @property
    def finished(self) -> bool:
        return self._dead or self._eof or self._driver.ending

    # --- what the driver calls -------------------------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        """Whether a request can be sent."""
        return self._open and not self._dead and not self._eof and self.request is None

    def send(self, request: Request) -> None:
        """Write a request."""
        self.request = request
        place = self._driver.place
        headers = [("Host", place.authority), ("Content-Type", "text/xml; charset=utf-8"), ("User-Agent", "xmppwire")]
        headers.append(("Content-Length", str(len(request.body))))
        head = h11.Request(method="POST", target=place.target, headers=headers)
        events = (head, h11.Data(data=request.body), h11.EndOfMessage())
        self._write(b"".join(self._http.send(event) or b"" for event in events))
        self.wake()

    # --- inside ----------------------------------------------------------------------------------------------------

    def _write(self, data: bytes) -> None:
        if self._layer is not None:
            self._layer.write(data)
        else:
            self._output.append(data)

    def _collect(self) -> None:
        if self._layer is not None and (data := self._layer.data_to_send()):
            self._output.append(data)

    def _shake(self, now: float) -> bool:
        assert self._layer is not None  # noqa: S101
        try:
            if not self._layer.handshake():
                return False
        except HandshakeFailed as error:
            self._collect()  # the alert
            self._fail(error, now)
            return False
        self._open = True
        self._driver.port_opened(self, self._layer.info(now), now)
        return True

    def _fail(self, error: HandshakeFailed | ValueError, now: float) -> None:
        self._dead = True
        self._driver.port_refused(self, error, now)

    def _receive(self, data: bytes, now: float) -> None:
        """Take bytes of HTTP; b"" is their end."""
        try:
            self._http.receive_data(data)
            while self._step(now):
                pass
        except h11.RemoteProtocolError:
            self._dead = True  # what the request comes to is told when the transport is closed

    def _step(self, now: float) -> bool:
        event = self._http.next_event()
        if event is h11.NEED_DATA or event is h11.PAUSED:
            return False
        if isinstance(event, h11.Response):
            if self.request is None:  # nobody has asked: a proxy that is tired of waiting
                self._dead = True
                return False
            self._status = event.status_code
        elif isinstance(event, h11.InformationalResponse):
            self._hints += 1
            self._dead = self._hints > _HINTS
        elif isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > self._driver.body_bytes:
                self._dead = True
                return False
        elif isinstance(event, h11.EndOfMessage):
            self._respond(now)
        else:  # the server closed
            self._dead = True
            return False
        return not self._dead

    def _respond(self, now: float) -> None:
        request, self.request = self.request, None
        self._hints = 0
        body = bytes(self._body)
        self._body.clear()
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self._dead = True
        if request is not None:
            self._driver.response(self, request.rid, self._status, body, now)
