"""`Session`: a client's or a component's stream with what programs want on top of it: operations, automatic answers, a bounded backlog.

It has the surface of an engine (see `stream.engine.Engine`), so that a driver moves its bytes as it moves a `Connection`'s.
The difference is when things happen. A `Connection` moves only when it is pulled; a session pulls its connection itself,
whenever there is input, time or room. So replies reach their operations and pings are answered although the
program is busy with an earlier event. What is meant for the program waits in the backlog and comes out of `next_event`.
`phase` and `jid` are those of the connection: they may be ahead of the backlog.

    receive_data --> Connection --> reply? --> Runner --> the operation goes on
                                --> get or set? --> AutomaticAnswers --> answer
                                --> anything else --> backlog --> next_event

The backlog is bounded. When it is full the session stops reading (`wants_read`), and so the peer is slowed down. An
operation whose reply is stuck behind a full backlog for `stall_seconds` fails with `BacklogFull`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, TypeVar

from ..jid import JID
from ..operation import BacklogFull, ConnectionLostError, Operation
from ..stanza import Iq, IqType, Stanza
from ..stream.config import SessionConfig
from ..stream.connection import Connection
from ..stream.engine import Engine
from ..stream.errors import LocalProtocolError, StreamError
from ..stream.events import (
    NEED_DATA,
    Established,
    Event,
    PeerClosed,
    Question,
    SeeOtherHost,
    Signal,
    StanzaRejected,
    StreamEnded,
    StreamErrorReceived,
    StreamErrorSent,
    TLSInfo,
)
from ..stream.phases import Phase
from ..xml import Element
from .answers import AutomaticAnswers, default_answers
from .runner import Runner, Running

T = TypeVar("T")


@dataclass(slots=True)
class ReplyIgnored(StanzaRejected):
    """An IQ of type result or error that answers nothing: from an address that was not asked, late, or invented.

    It had no effect. `element` is what came.
    """


SessionEvent = Event
"""What `Session.next_event` may return beside a `Signal`: an event of the stream; `ReplyIgnored` is one as well."""

_UNEXPECTED = ("unexpected-request", "it answers no request of ours", False)
_LAST_WORDS = (StreamErrorReceived, StreamErrorSent, SeeOtherHost, PeerClosed, StreamEnded)


class Session:
    """A client's end of a stream, or a component's, with operations and automatic answers.

    `backlog` is the number of events that may wait for the program. `answers` says which requests are answered without it.
    `connection` takes the place of a `Connection(config)`: a recorded one, for instance.
    """

    def __init__(
        self,
        config: SessionConfig,
        *,
        backlog: int = 1000,
        stall_seconds: float = 1.0,
        answers: AutomaticAnswers | None = None,
        connection: Engine | None = None,
    ) -> None:
        if backlog < 1:
            raise ValueError("the backlog needs room for one event")
        self.config = config
        self.connection: Engine = Connection(config) if connection is None else connection
        self.answers = default_answers(config) if answers is None else answers
        self._backlog: deque[Event] = deque()
        self._room = backlog
        self._stall_seconds = stall_seconds
        self._full_since: float | None = None
        self._signal: Signal = NEED_DATA
        self._runner = Runner(self._send_request, config.random)
        self._ended: StreamEnded | None = None
        self._closing = False

    # --- what a session adds ----------------------------------------------------------------------------------------

    @property
    def jid(self) -> JID | None:
        """Our full JID, once the stream is established."""
        return self._runner.own

    @property
    def backlog(self) -> int:
        """The number of events that wait for the program."""
        return len(self._backlog)

    @property
    def operations(self) -> int:
        """The number of operations under way."""
        return len(self._runner)

    def run(self, operation: Operation[T], now: float, *, timeout: float | None = 30.0) -> Running[T]:
        """Start an operation, which may take `timeout` seconds as a whole (None: as long as it takes).

        Once the stream is over, the operation fails with `ConnectionLostError`. Raises `LocalProtocolError` before the
        stream is established.
        """
        if self.jid is None and self._ended is None:
            operation.close()
            raise LocalProtocolError("the stream is not established yet")
        return self._runner.start(operation, now, timeout)

    def take_finished(self) -> list[Running[Any]]:
        """The operations that finished since the last call, for an adapter that wakes those who wait for them."""
        return self._runner.take_finished()

    # --- the surface of an engine -----------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """Where the stream stands."""
        return self.connection.phase

    @property
    def wants_read(self) -> bool:
        """Whether to read from the transport. False while the backlog is full."""
        return self.connection.wants_read and self._has_room()

    @property
    def output_size(self) -> int:
        """Bytes that wait in `data_to_send`."""
        return self.connection.output_size

    def start(self, now: float) -> None:
        """Begin the stream."""
        self.connection.start(now)
        self._pump(now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take input; `b""` is the end of file. Replies and requests in it are handled at once."""
        self._expire(now)
        self.connection.receive_data(data, now)
        self._pump(now)

    def next_event(self, now: float) -> Event | Signal:
        """The oldest event that waits, or a `Signal`."""
        self._pump(now)
        if not self._backlog:
            return self._signal
        event = self._backlog.popleft()
        self._full_since = None
        return event

    def data_to_send(self) -> bytes:
        """All output since the last call."""
        return self.connection.data_to_send()

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due."""
        stalled = None
        if self._full_since is not None and len(self._runner):
            stalled = self._full_since + self._stall_seconds
        times = (self.connection.next_timeout(), self._runner.next_deadline(), stalled)
        return min((time for time in times if time is not None), default=None)

    def handle_timeout(self, now: float) -> None:
        """Do what is due."""
        self.connection.handle_timeout(now)
        self._pump(now)
        self._expire(now)

    def send(self, item: Stanza | Element, now: float) -> None:
        """Send a stanza. A get or set without an id is given one; the reply to it comes as an event."""
        if isinstance(item, Iq) and item.type in (IqType.GET, IqType.SET):
            if item.id is None:
                item.id = self._runner.fresh_id()
            self.connection.send(item, now)
            self._runner.expect(item)
        else:
            self.connection.send(item, now)

    def close(self, now: float, error: StreamError | None = None) -> None:
        """Begin to close the stream. Operations under way may still get their replies until it has ended.

        From here on a full backlog stops nothing: stanzas that find no room in it any more are dropped.
        """
        self.connection.close(now, error)
        self._closing = True
        self._pump(now)

    def tls_established(self, info: TLSInfo, now: float) -> None:
        """TLS is in place."""
        self.connection.tls_established(info, now)
        self._pump(now)

    def tls_failed(self, reason: str, now: float) -> None:
        """TLS could not be had."""
        self.connection.tls_failed(reason, now)
        self._pump(now)

    def answer(self, question: Question, value: object, now: float) -> None:
        """Answer a question."""
        self.connection.answer(question, value, now)
        self._pump(now)

    def refuse(self, question: Question, condition: str, now: float, text: str | None = None) -> None:
        """Refuse a question."""
        self.connection.refuse(question, condition, now, text)
        self._pump(now)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _has_room(self) -> bool:
        """Whether another event may be pulled: there is room for it, and for the answer to it."""
        # The high mark is for the program, which may stop sending. Answers are owed until far more waits: two peers who
        # stopped pulling at that mark would wait for each other.
        limits = self.config.limits
        congestion = max(limits.output_high, limits.output_bytes // 2)
        return self._closing or (len(self._backlog) < self._room and self.connection.output_size <= congestion)

    def _pump(self, now: float) -> None:
        """Pull the connection for as long as there is room."""
        while self._has_room():
            event = self.connection.next_event(now)
            if isinstance(event, Signal):
                self._signal = event
                self._full_since = None
                return
            self._sort(event, now)
        self._signal = NEED_DATA
        if self._full_since is None and len(self._backlog) >= self._room:
            self._full_since = now

    def _sort(self, event: Event, now: float) -> None:
        """Handle what is for the session, keep what is for the program."""
        if isinstance(event, Iq):
            if event.type in (IqType.GET, IqType.SET):
                self._asked(event, now)
                return
            taken = self._runner.reply(event, now)
            if isinstance(taken, Running):
                return
            self._keep(event if taken else ReplyIgnored(event.to_element(), *_UNEXPECTED))
            return
        if isinstance(event, Established):
            self._runner.own = event.jid
        elif isinstance(event, StreamEnded):
            self._ended = event
            text = event.text or event.reason.value
            self._runner.end(lambda: ConnectionLostError(True, text))
        self._keep(event)

    def _keep(self, event: Event) -> None:
        """Put an event into the backlog. While closing, only what tells of the end is sure of a place."""
        if len(self._backlog) < self._room or not self._closing or isinstance(event, _LAST_WORDS):
            self._backlog.append(event)

    def _asked(self, iq: Iq, now: float) -> None:
        verdict = self.answers.judge(iq, self.jid)
        deliver = verdict.deliver
        if verdict.reply is not None and self.phase is Phase.ESTABLISHED:
            try:
                self.connection.send(verdict.reply, now)
            except LocalProtocolError:  # longer than `Limits.output_bytes`: the program may find a shorter answer
                deliver = True
        if deliver:
            self._keep(iq)

    def _send_request(self, iq: Iq, now: float) -> None:
        if self._ended is not None:
            raise ConnectionLostError(False, self._ended.text or self._ended.reason.value)
        if self.phase is not Phase.ESTABLISHED:
            raise ConnectionLostError(False, "the stream is closing")
        self.connection.send(iq, now)

    def _expire(self, now: float) -> None:
        blocked = self._full_since is not None
        self._runner.expire(now, blocked)
        if self._full_since is not None and now >= self._full_since + self._stall_seconds:
            self._runner.end(lambda: BacklogFull(f"{len(self._backlog)} events wait to be taken"))
