"""What the clients of all adapters have in common. Pure: the session, the driver under it, and what they say.

`Conversation` joins them for one attempt at a connection. `ClientBase` is the part of a client that needs no waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from xmppwire.jid import JID
from xmppwire.operation import Operation
from xmppwire.session import Running, Session, SessionEvent
from xmppwire.stanza import Stanza
from xmppwire.stream.config import SessionConfig
from xmppwire.stream.engine import Engine
from xmppwire.stream.errors import LocalProtocolError
from xmppwire.stream.events import Established, Event, Signal, StreamEnded, TLSInfo
from xmppwire.xml import Element

from .driver import Driver
from .errors import StreamClosedError
from .tls import TLSProvider

T = TypeVar("T")

Trace = Callable[[SessionConfig], Engine]
"""Makes the engine of a connection, for instance a recorded one: `lambda config: record(config, sink)`."""


class Conversation:
    """One session over one driver. `events` is what came before the session was established."""

    def __init__(
        self, config: SessionConfig, tls: TLSProvider | None, *, backlog: int = 1000, trace: Trace | None = None
    ) -> None:
        self.session = Session(config, backlog=backlog, connection=None if trace is None else trace(config))
        self.events: list[Event] = []
        self.established = False
        limits = config.limits
        self.driver = Driver(
            cast("Engine", self.session),
            tls,
            on_event=self._note,
            marks=(limits.output_high, limits.output_low),
        )

    def _note(self, event: Event) -> None:
        if self.established:
            return  # the program has left: nobody takes it
        self.events.append(event)
        if isinstance(event, Established):
            self.established = True
            self.driver.pulling = False

    @property
    def settled(self) -> bool:
        """Whether it is known if the session is established."""
        return self.established or self.driver.ended is not None


class ClientBase:
    """A logged-in client, apart from waiting. Each adapter's `Client` adds that."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._driver = conversation.driver
        self._waiting: dict[Running[Any], Callable[[], None]] = {}
        """Operations under way, with what wakes those who wait for them."""
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
        """The events from the first header to `Established`."""
        return self._conversation.events

    @property
    def ended(self) -> StreamEnded | None:
        """The event that ended the stream, once it was taken."""
        return self._driver.ended

    def _queue(self, item: Stanza | Element, now: float) -> None:
        try:
            self.session.send(item, now)
        except LocalProtocolError:
            self._check_open()
            raise
        self._driver.wake()

    def _check_open(self) -> None:
        """Raise StreamClosedError if nothing can be sent any more."""
        ended = self._driver.ended
        if ended is not None:
            raise StreamClosedError(f"the stream is over: {ended.text or ended.reason.value}", ended)
        if not self._driver.open:
            raise StreamClosedError("the stream is closing")

    @property
    def _exhausted(self) -> bool:
        """Whether the last event was taken, or the client was closed."""
        return self._driver.pulling or self._driver.ended is not None

    def _take(self, now: float) -> SessionEvent | None:
        """The next event; None if there is none yet."""
        event = self._driver.next_event(now)
        self._driver.wake()  # there may be room to read again, or something to write
        return None if isinstance(event, Signal) else event

    def _run(self, operation: Operation[T], now: float, timeout: float | None) -> Running[T]:
        running = self.session.run(operation, now, timeout=timeout)
        self._driver.wake()
        return running

    def _tell(self, now: float) -> None:
        for running in self.session.take_finished():
            if (wake := self._waiting.pop(running, None)) is not None:
                wake()
