"""What the clients of all adapters have in common. Pure: the session, the driver under it, and what they say.

`Conversation` joins them for one connection, or an attempt at one. `ClientBase` is the part of a client that needs no waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from xmppwire.jid import JID
from xmppwire.operation import Operation
from xmppwire.session import Running, Session, SessionEvent
from xmppwire.stanza import Stanza
from xmppwire.stream.config import SessionConfig
from xmppwire.stream.engine import Engine
from xmppwire.stream.errors import LocalProtocolError
from xmppwire.stream.events import Established, Event, Resumed, Signal, StreamEnded, TLSInfo
from xmppwire.stream.phases import Phase
from xmppwire.xml import Element

from .driver import Driver
from .errors import StreamClosedError
from .tls import TLSProvider

if TYPE_CHECKING:
    from .dial import Errand
    from .websocket import WebSocketLayer

T = TypeVar("T")

MakeDriver = Callable[[Engine, TLSProvider | None, tuple[int, int]], Driver]
"""Makes the driver of a connection from its engine, the TLS and the water marks of the output."""
Trace = Callable[[SessionConfig], Engine]
"""Makes the engine of a connection, for instance a recorded one: `lambda config: record(config, sink)`."""


class Conversation:
    """One connection of a session: the session's leg, and the driver under it."""

    def __init__(
        self,
        session: Session,
        tls: TLSProvider | None,
        *,
        direct_tls: bool | None = None,
        websocket: WebSocketLayer | None = None,
        tls_name: str | None = None,
        make: MakeDriver | None = None,
    ) -> None:
        self.session = session
        self.leg = session.dial(direct_tls=direct_tls)
        limits = session.config.limits
        marks = (limits.output_high, limits.output_low)
        if make is not None:
            self.driver = make(self.leg, tls, marks)
        else:
            self.driver = Driver(self.leg, tls, marks=marks, websocket=websocket, tls_name=tls_name)
        self.errand: Errand | None = None
        """What is to be done beside the program, if anything."""
        self.lasting = False
        """Whether that is a plan that keeps the session connected."""

    @property
    def events(self) -> list[Event]:
        """What came until the stream was established, or ended."""
        return self.leg.negotiation

    @property
    def established(self) -> bool:
        """Whether the stream was established, be it a new one or one that goes on."""
        return bool(self.events) and isinstance(self.events[-1], Established | Resumed)

    @property
    def settled(self) -> bool:
        """Whether it is known if the stream is established."""
        return self.established or self.driver.ended is not None


class ClientBase:
    """A logged-in client, apart from waiting. Each adapter's `Client` adds that."""

    def __init__(self, conversation: Conversation, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: dict[Running[Any], Callable[[], None]] = {}
        """Operations under way, with what wakes those who wait for them."""
        self._left = False
        self._ended: StreamEnded | None = None
        self._attach(conversation)

    def _attach(self, conversation: Conversation) -> None:
        """Go on with this connection."""
        self._conversation = conversation
        self._driver = conversation.driver
        self._driver.on_moved = self._tell

    @property
    def session(self) -> Session:
        """The session: operations, automatic answers, the backlog."""
        return self._conversation.session

    @property
    def jid(self) -> JID:
        """Our full JID; the domain of a component."""
        jid = self.session.jid
        assert jid is not None  # noqa: S101  # connect() returns once it is known
        return jid

    @property
    def tls(self) -> TLSInfo | None:
        """TLS as it was negotiated: version, cipher, certificate. None on a plaintext stream."""
        return self._driver.tls_info

    @property
    def negotiation(self) -> list[Event]:
        """The events of the present connection from the first header to `Established` or `Resumed`."""
        return self._conversation.events

    @property
    def ended(self) -> StreamEnded | None:
        """The event that ended the session, once it was taken."""
        return self.session.ended if self._left else self._ended

    def _queue(self, item: Stanza | Element, now: float) -> None:
        try:
            self.session.send(item, now)
        except LocalProtocolError:
            self._check_open()
            raise
        self._driver.wake()

    def _check_open(self) -> None:
        """Raise StreamClosedError if nothing can be sent any more."""
        ended = self.session.ended
        if ended is not None:
            raise StreamClosedError(f"the stream is over: {ended.text or ended.reason.value}", ended)
        if self.session.phase is not Phase.ESTABLISHED and not self._conversation.lasting:
            raise StreamClosedError("the stream is closing")

    @property
    def _congested(self) -> bool:
        """Whether to wait before sending more."""
        return self._driver.congested or self.session.crowded

    @property
    def _exhausted(self) -> bool:
        """Whether the last event was taken, or the client was closed."""
        return self._left or self._ended is not None

    def _take(self, now: float) -> SessionEvent | None:
        """The next event; None if there is none yet."""
        event = self.session.next_event(now)
        if isinstance(event, StreamEnded):
            self._ended = event
        self._driver.advance(now)  # there may be room for more input
        self._driver.wake()  # and to read again, or something to write
        return None if isinstance(event, Signal) else event

    def _leave(self, now: float) -> None:
        """Begin to close the stream, or give up the one that waits to be resumed. Events are dropped."""
        self._left = True
        if self._driver.over:
            self.session.close(now)
        else:
            self._driver.close(now)
        self._driver.wake()

    def set_active(self, active: bool) -> bool:
        """Tell the server whether anybody looks at us (XEP-0352): now, and on each later connection. Whether it was told."""
        told = self.session.set_active(active, self._clock())
        self._look()
        return told

    def export(self) -> bytes | None:
        """The state of the stream as of now, for a process that goes on should this one die: `connect(..., state=...)`. The
        event taken last counts as dealt with. None if the stream cannot be resumed. With `write_ahead`, keep it and then call
        `stored`."""
        return self.session.export()

    def stored(self) -> None:
        """What `export` returned last is kept (`write_ahead`): what it lists can leave. Raises LocalProtocolError where
        nothing was exported since the last time."""
        self.session.stored(self._clock())
        self._look()

    def _look(self) -> None:
        """The session was told something: there may be something to write, or to take."""
        self._driver.advance(self._clock())
        self._driver.wake()

    def _detach(self, now: float) -> bytes | None:
        """Leave the stream to be resumed elsewhere."""
        state = self.session.detach(now)
        self._driver.advance(now)
        self._driver.wake()
        return state

    def _overdue(self, now: float) -> None:
        """Without a connection nobody else keeps the deadlines of operations."""
        due = self.session.next_timeout()
        if self._driver.over and due is not None and due <= now:
            self.session.handle_timeout(now)
        self._tell(now)

    def _due(self, until: float | None) -> float | None:
        """When to look again while waiting for `until`."""
        due = self.session.next_timeout() if self._driver.over else None
        return until if due is None or (until is not None and until < due) else due

    def _run(self, operation: Operation[T], now: float, timeout: float | None) -> Running[T]:
        running = self.session.run(operation, now, timeout=timeout)
        self._driver.wake()
        return running

    def _tell(self, now: float) -> None:
        for running in self.session.take_finished():
            if (wake := self._waiting.pop(running, None)) is not None:
                wake()
