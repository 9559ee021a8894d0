"""The driver: bytes of a transport on one side, an engine on the other, TLS between them. Pure: no socket, no clock.

    transport <-> TLS layer (once the engine has asked for it) <-> WebSocket layer (if any) <-> engine

What is left to an adapter is a loop that needs to know nothing else:

- hand `receive_data` what the transport reads (b"" at its end), but read only while `wants_read`;
- write what `data_to_send` gives: b"" means "no more output: shut down the sending side", None means nothing for now;
- call `handle_timeout` when `next_timeout` is due;
- run each of `take_jobs` in a thread if there is one, then call its `finish`;
- look again after every call. Once `finished`, close the transport, whatever it is doing.

A stream's end takes three steps, so that the peer gets our last bytes and no reset: the remaining output and TLS's
`close_notify`, then the end of our sending side, then what the peer still sends is read and dropped until its own end, for at
most `linger` seconds. `finished` is the end of that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xmppwire.idna import IDNAError, to_ascii_domain
from xmppwire.stream.engine import Engine
from xmppwire.stream.errors import StreamError
from xmppwire.stream.events import (
    Event,
    KeyDerivationRequested,
    Signal,
    StreamEnded,
    TLSInfo,
    TLSRequested,
)
from xmppwire.stream.phases import Phase

from .tls import HandshakeFailed, TLSLayer, TLSProvider

if TYPE_CHECKING:
    from .websocket import WebSocketLayer


@dataclass(slots=True)
class Job:
    """Work that takes long: call `work()`, in a thread if there is one, then `finish(result, now)` where the driver runs."""

    work: Callable[[], Any]
    finish: Callable[[Any, float], None]


def _ignore(_: object) -> None:
    pass


class Driver:
    """Stacks TLS between a transport and `engine`, and on top of that `websocket`, if the engine's framing is that.
    `tls_name` is whose certificate is expected; None: that of the domain.

    `on_event` gets each event that the engine gives while the driver pulls by itself, which is as long as `pulling` is
    true; else the program pulls with `next_event`. `wake` is called when something changed outside of the adapter's own
    calls; an adapter puts there what makes its loops look again. `on_moved` is called after each move of the engine,
    `on_closed` once the transport is closed. `marks` are the high and low water marks of the output. Times are in
    seconds, on any one clock.
    """

    def __init__(
        self,
        engine: Engine,
        tls: TLSProvider | None = None,
        *,
        on_event: Callable[[Event], None] = _ignore,
        marks: tuple[int, int] = (256 * 1024, 64 * 1024),
        linger: float = 2.0,
        websocket: WebSocketLayer | None = None,
        tls_name: str | None = None,
    ) -> None:
        self.engine = engine
        self.pulling = True
        self.on_event = on_event
        self.wake: Callable[[], None] = lambda: None
        self.on_moved: Callable[[float], None] = _ignore
        self.on_closed: Callable[[], object] = lambda: None
        self.ended: StreamEnded | None = None
        self.tls_info: TLSInfo | None = None
        self.tls_fault: str | None = None
        self.untrusted = False
        """TLS failed since the peer's certificate is not trusted: to try again is of no use."""
        self.abandoned = False
        """The peer did not end its side in time: drop what was not yet written."""
        self._provider = tls
        self._marks = marks
        self._linger = linger
        self._layer: TLSLayer | None = None
        self._websocket = websocket
        self._tls_name = tls_name
        self._question: TLSRequested | None = None
        self._jobs: list[Job] = []
        self._output: list[bytes] = []
        self._shut: bool | None = None  # None: the sending side is open; False: to be shut after the output; True: shut
        self._deaf = False  # the transport takes nothing more
        self._gone = False  # the transport is closed
        self._transport_end = False
        self._layer_end = False
        self._silent = False  # the engine has nothing more to say: what was to be TLS must not go on as plain text
        self._congested = False
        self._over = False  # the stream has ended, whether or not the program has pulled that event
        self._abandon_at: float | None = None

    def carrier(self) -> Driver:
        """What an adapter's loop is to move the bytes of a fresh connection for."""
        return self

    # --- what the adapter's loop calls -----------------------------------------------------------------------------

    def start(self, now: float) -> None:
        """Begin. Call once the transport is connected; if the stream was closed before that, it only ends."""
        if not self._over:
            self.engine.start(now)
        self.advance(now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take what the transport read; b"" is its end, in order or not."""
        if not data:
            self._transport_end = True
        if not self._over:
            if self._layer is not None:
                self._layer.receive_data(data)
            else:
                self._pass_on(data, now)
        self.advance(now)

    def data_to_send(self) -> bytes | None:
        """All that is to be written now; b"" to shut down the sending side; None if there is nothing to do.

        Call it only when the last write is complete: what waits meanwhile is what `congested` counts.
        """
        if not self._over:
            self._collect()
        if self._deaf:
            self._output.clear()
        if self._output:
            data = b"".join(self._output)
            self._output.clear()
            return data
        if self._shut is False:
            self._shut = True
            return None if self._deaf else b""
        return None

    def write_failed(self) -> None:
        """The transport takes no more output. What it still has to read is read, as after any end."""
        self._deaf = True

    def transport_closed(self, now: float) -> None:
        """The transport is closed: nothing is read or written any more.

        What was read may still wait for the program to take events, and operations for that: the timer goes on.
        """
        self._deaf = self._gone = True
        if not self._transport_end:
            self.receive_data(b"", now)
        self.on_closed()

    @property
    def wants_read(self) -> bool:
        """Whether to read from the transport now."""
        return not self._transport_end and (self._over or self.engine.wants_read)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due; None: never."""
        if not self._over:
            return self.engine.next_timeout()
        return None if self.abandoned or self._gone else self._abandon_at

    def handle_timeout(self, now: float) -> None:
        """The time passed. Too early a call is harmless."""
        if not self._over:
            self.engine.handle_timeout(now)
            self.advance(now)
        elif self._abandon_at is not None and now >= self._abandon_at:
            self.abandoned = True

    def take_jobs(self) -> list[Job]:
        """Work to do elsewhere, each once."""
        jobs, self._jobs = self._jobs, []
        return jobs

    @property
    def finished(self) -> bool:
        """Nothing is left to read, to write or to wait for: close the transport."""
        if self.abandoned:
            return True
        return self._over and self._transport_end and not self._output and self._shut is True

    @property
    def over(self) -> bool:
        """Whether the stream has ended, on this connection."""
        return self._over

    @property
    def gone(self) -> bool:
        """Whether the transport is closed."""
        return self._gone

    @property
    def open(self) -> bool:
        """Whether the stream can carry something more from us."""
        return not self._over and self.engine.phase not in (Phase.CLOSING, Phase.CLOSED)

    @property
    def congested(self) -> bool:
        """Whether to wait before sending more: true from `high` bytes of waiting output on, until they are below `low`."""
        high, low = self._marks
        self._congested = not (self._over or self._deaf) and self.engine.output_size > (
            low if self._congested else high
        )
        return self._congested

    # --- what stands above the driver calls ------------------------------------------------------------------------

    def next_event(self, now: float) -> Event | Signal:
        """The next event for the program. Those that are questions to the driver it answers itself."""
        while True:
            event = self.engine.next_event(now)
            if isinstance(event, Signal):
                if self._feed(now):
                    continue
            elif self._take(event, now):
                continue
            self.advance(now)  # there may be room for more input
            return event

    def close(self, now: float, error: StreamError | None = None) -> None:
        """Close the stream in order, and pull by itself from now on: the program takes no more events."""
        self.pulling = True
        if not self._over:
            self.engine.close(now, error)
        self.advance(now)

    def advance(self, now: float) -> None:
        """Do all that can be done without the transport. Called after anything that reached the engine by another way."""
        while True:
            moved = self._shake(now) if self._question is not None else self._feed(now)
            while self.pulling and self.ended is None:  # `on_event` may hand the pulling over to the program
                event = self.engine.next_event(now)
                if isinstance(event, Signal):
                    break
                moved = True
                if not self._take(event, now):
                    self.on_event(event)
            if not moved:
                break
        if self.engine.phase is Phase.CLOSED:
            self._end(now)  # a program that is slow to pull the last event need not keep the transport open
        self.on_moved(now)

    @property
    def transport_fault(self) -> str | None:
        """What was wrong with the WebSocket, in words."""
        return None if self._websocket is None else self._websocket.fault

    def _pass_on(self, data: bytes, now: float) -> None:
        """Give bytes to what is above TLS."""
        if self._websocket is not None:
            self._websocket.receive_data(data)
        else:
            self.engine.receive_data(data, now)

    def _feed(self, now: float) -> bool:
        """Unwrap one message, or decrypt one record, for the engine."""
        layer = self._layer
        if self._question is not None or self._over or not self.engine.wants_read:
            return False
        if self._websocket is not None and (message := self._websocket.read()) is not None:
            self.engine.receive_data(message, now)
            return True
        if layer is None or self._layer_end or (plain := layer.read()) is None:
            return False
        if not plain:
            self._layer_end = True
            self.tls_fault = layer.fault
        self._pass_on(plain, now)
        return True

    def _take(self, event: Event, now: float) -> bool:
        """Handle an event that is for the driver."""
        if isinstance(event, StreamEnded):
            self.ended = event
            self._end(now)
        elif isinstance(event, TLSRequested):
            self._begin_tls(event, now)
            return True
        elif isinstance(event, KeyDerivationRequested):
            self._jobs.append(Job(event.request.derive, lambda keys, at: self._derived(event, keys, at)))
            self.wake()
            return True
        return False

    def _derived(self, question: KeyDerivationRequested, keys: object, now: float) -> None:
        if not self._over:
            self.engine.answer(question, keys, now)
            self.advance(now)

    def _begin_tls(self, question: TLSRequested, now: float) -> None:
        self._collect()  # what the peer must get before the first byte of TLS
        try:
            if self._provider is None:
                raise ValueError("no TLS is configured")
            self._layer = self._provider.layer(question.server_side, self._tls_name or _tls_name(question))
        except ValueError as error:
            self._fail_tls(str(error), now)
            return
        self._question = question
        self._shake(now)

    def _shake(self, now: float) -> bool:
        """Go on with the handshake. Whether it is over."""
        layer = self._layer
        assert layer is not None  # noqa: S101
        try:
            if not layer.handshake():
                return False
        except HandshakeFailed as error:
            self._collect()  # the alert
            self.untrusted = error.untrusted
            self._fail_tls(str(error), now)
            return True
        self._question = None
        self.tls_info = layer.info(now)
        self.engine.tls_established(self.tls_info, now)
        return True

    def _fail_tls(self, reason: str, now: float) -> None:
        self._question = None
        self._layer_end = self._silent = True
        self.tls_fault = reason
        self.engine.tls_failed(reason, now)

    def _collect(self) -> None:
        """Move the engine's output, through TLS, to ours."""
        layer = self._layer
        if self._question is None and (data := self._plain()) and not self._silent:
            if layer is None:
                self._output.append(data)
            else:
                layer.write(data)
        if layer is not None and (data := layer.data_to_send()):
            self._output.append(data)

    def _plain(self) -> bytes:
        """The output of what is above TLS."""
        websocket = self._websocket
        if websocket is None:
            return self.engine.data_to_send()
        if websocket.secure and self._layer is None:
            return b""
        while websocket.open and (message := self.engine.data_to_send()):
            websocket.write(message)
        return websocket.data_to_send()

    def _end(self, now: float) -> None:
        if self._over:
            return
        self._collect()
        if self._websocket is not None:
            self._websocket.close()
            self._collect()
        if self._layer is not None:
            self._layer.close()
            self._collect()
        self._over = True
        self._question = None
        self._shut = False
        self._abandon_at = now + self._linger
        self.wake()


def _tls_name(question: TLSRequested) -> str:
    """The name for TLS: A-labels, and IPv6 addresses without brackets. Raises ValueError."""
    name = question.server_name.strip("[]")
    if ":" in name:
        return name
    try:
        return to_ascii_domain(name)
    except IDNAError:
        if question.server_side:
            return ""  # it only chooses among certificates
        raise
