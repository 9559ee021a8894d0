"""`Session`: a client's or a component's stream, and what programs want on top: operations, automatic answers, a backlog.

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

With a `ReconnectPolicy` a session outlives its connection. After a loss `retry_at` says when to dial; `dial` then gives a
fresh engine for the next connection, a `Leg`. It resumes the stream if it can (XEP-0198, with `ClientConfig.management`):
then operations go on, and nothing is lost or doubled. Else a new stream begins, and the program hears what has an
uncertain fate. A stanza counts as handled when the program comes back for the next event.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from ..jid import JID
from ..operation import Operation
from ..stanza import Iq, IqType, Stanza
from ..stream.config import ClientConfig
from ..stream.errors import LocalProtocolError, StreamError
from ..stream.events import (
    AuthenticationFailed,
    EndReason,
    Question,
    Signal,
    StreamEnded,
    TLSInfo,
)
from ..stream.management import WRAP
from ..stream.phases import Phase
from ..xml import Element
from .core import SessionCore
from .events import SessionEvent
from .leg import Leg
from .policy import is_final
from .runner import Running
from .state import export_state

T = TypeVar("T")


class Session(SessionCore):
    """A client's end of a stream, or a component's, with operations and automatic answers.

    `backlog` is the number of events that may wait for the program. `answers` says which requests are answered without it.
    `connection` takes the place of a `Connection(config)`: a recorded one, for instance; `engine` makes one for each
    connection. `reconnect` makes the session outlive a connection. `state` is what `export` gave, perhaps in another
    process: that stream is resumed (needs `ClientConfig.management`; ValueError where it is no such state).

    With `write_ahead` the session keeps to what is stored of it: the server hears that a stanza was handled, and what the
    program sends leaves, once the program said (`stored`) that the state of which they are part is kept. A process may die at
    any moment then, and another one that has the state goes on: nothing is lost, and nothing comes twice.

    `habits` makes an object that says when what the program sends leaves, such as `im.csi_habits.RadioHabits`: see
    `session.habits`. For clients only, and not with `write_ahead` (ValueError).
    """

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

    @property
    def ended(self) -> StreamEnded | None:
        """How the session ended, once it is over for good."""
        return self._ended

    @property
    def closing(self) -> bool:
        """Whether the program has closed the session: there is nothing to dial for any more."""
        return self._closing

    @property
    def resumable(self) -> bool:
        """Whether a stream without a connection waits to be resumed."""
        return self._state is not None

    @property
    def crowded(self) -> bool:
        """Whether to pause sending: half of what may wait for a connection, or for acknowledgement, does. Not so with a full
        backlog, since then no acknowledgement is read."""
        if not self._has_room:
            return False
        if self._outages is not None and self._unsent and len(self._unsent) * 2 >= self._outages.policy.queue:
            return True
        return self._counting and self._up and self._stream.crowded

    def set_active(self, active: bool, now: float) -> bool:
        """Tell the server whether anybody looks at us (XEP-0352): now, and again on each later connection, since every stream
        begins active. The result is whether the server was told: not without a connection, and not where it does not offer it.
        Raises `LocalProtocolError` for a component.
        """
        if not isinstance(self.config, ClientConfig):
            raise LocalProtocolError("only a client has a state")
        self.config = replace(self.config, active=active)
        if self._moments is not None:
            self._moments.set_active(active, now)
        if not self._up or self.connection.phase is not Phase.ESTABLISHED:
            return False
        told = self._stream.set_active(active, now)
        self.pump(now)
        return told

    def run(self, operation: Operation[T], now: float, *, timeout: float | None = 30.0) -> Running[T]:
        """Start an operation, which may take `timeout` seconds as a whole (None: as long as it takes).

        Where the stream ends and is not resumed, the operation fails with `ConnectionLostError`. Without a connection its
        request waits for the next one, as `send` has it. Raises `LocalProtocolError` before the stream is established.
        """
        if self.jid is None and self._ended is None:
            operation.close()
            raise LocalProtocolError("the stream is not established yet")
        return self._runner.start(operation, now, timeout)

    def take_finished(self) -> list[Running[Any]]:
        """The operations that finished since the last call, for an adapter that wakes those who wait for them."""
        return self._runner.take_finished()

    # --- more than one connection -----------------------------------------------------------------------------------

    def dial(self, *, direct_tls: bool | None = None) -> Leg:
        """The engine for the next connection: to be started once its transport is connected.

        For the first connection as well, where a driver is to see questions only. An attempt of which nothing came is
        followed by another `dial`, or by `failed`. `direct_tls` is in place of what the config says. Raises
        `LocalProtocolError` while there is a connection, and when the session is over.
        """
        if self._up or self._ended is not None or self._closing:
            raise LocalProtocolError("there is a connection" if self._up else "the session is over")
        fresh = self.leg is None and self.connection.phase is Phase.CONNECTED
        if not fresh or direct_tls not in (None, self.config.direct_tls):
            self.connection = self._fresh(self.config.direct_tls if direct_tls is None else direct_tls)
        self.retry_at = None
        self.leg = Leg(self)
        return self.leg

    def failed(self, text: str, now: float, *, final: bool = False) -> None:
        """An attempt to connect came to nothing: `text` says why, `final` that another is of no use. `retry_at` is set, or
        the session is over."""
        if self._up or self._ended is not None:
            return
        ended = self.leg.ended if self.leg is not None else None
        failures = [] if self.leg is None else [e for e in self.leg.negotiation if isinstance(e, AuthenticationFailed)]
        final = final or self._closing or (ended is not None and is_final(ended, failures[-1] if failures else None))
        self._disconnected(text, ended, now, final)

    def export(self) -> bytes | None:
        """All that another process needs to go on with this stream, as bytes (stanzas are in it in clear); None if it cannot
        be resumed. The event that was taken last counts as dealt with, those in the backlog do not: they come again.
        Operations under way are not part of it: of their requests nobody knows whether they were carried out.

        The session goes on. Who resumes with an older state than the server knows of us is refused, or gets some of what we
        had again, before `CaughtUp`; see `write_ahead`."""
        return self._export(snapshot=self._ended is None)

    def _export(self, snapshot: bool) -> bytes | None:
        self._dealt_with()
        state = self._state
        if state is None and self._counting and self._up:
            state = self._stream.resumption
        unsent: list[Stanza | Element] = self._waiting
        if self._ahead is not None and snapshot:
            self._tally.seal()
            self._ahead.seal()
            if state is not None:
                # As if it had left: on the wire it stands in this order, and the server says how far it came.
                left = (*state.unacknowledged, *((item, None) for item in self._waiting))
                state, unsent = replace(state, unacknowledged=left), []
        if state is None:
            return None
        handled = (state.handled + self._tally.ready) % WRAP
        return export_state(replace(state, handled=handled, snapshot=snapshot), unsent)

    def stored(self, now: float) -> None:
        """What `export` returned last is kept, so that it can be told and sent (`write_ahead`). Raises `LocalProtocolError`
        where nothing was exported since the last time, or the session does not write ahead."""
        if self._ended is not None:
            return
        if self._ahead is None or self._ahead.sealed is None:
            raise LocalProtocolError("nothing was exported" if self._ahead is not None else "it does not write ahead")
        self._tally.stored()
        self._unsent.extend(self._ahead.release())
        self._count()
        self.pump(now)

    def detach(self, now: float) -> bytes | None:
        """`export`, and leave the connection without closing the stream, so that another process can resume it. The session
        is over then, and what waits in the backlog is dropped. None, and nothing happens, if the stream cannot be resumed."""
        state = self._export(snapshot=False)
        if state is None:
            return None
        self._detached = self._closing = True
        self._backlog.clear()
        if self.connection.phase is Phase.ESTABLISHED:
            self.connection.receive_data(b"", now)
            self.pump(now)
        if self._ended is None:
            self._finish(StreamEnded(EndReason.LOCAL_CLOSE, False, None, "left to be resumed elsewhere"))
        return state

    # --- the surface of an engine -----------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """Where the stream stands."""
        return self.connection.phase

    @property
    def wants_read(self) -> bool:
        """Whether to read from the transport. False while the backlog is full."""
        return self.connection.wants_read and self._has_room

    @property
    def output_size(self) -> int:
        """Bytes that wait in `data_to_send`."""
        return self.connection.output_size

    def start(self, now: float) -> None:
        """Begin the stream."""
        self.connection.start(now)
        self.pump(now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take input; `b""` is the end of file. Replies and requests in it are handled at once."""
        self._expire(now)
        self.connection.receive_data(data, now)
        self.pump(now)
        if data and (moments := self._steady) is not None:
            moments.heard(now)

    def next_event(self, now: float) -> SessionEvent | Signal:
        """The oldest event that waits, or a `Signal`. The event before it counts as dealt with."""
        self._dealt_with()
        self.pump(now)
        if not self._backlog:
            return self._signal
        event, self._in_hand = self._backlog.popleft()
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
        habits = None if self._steady is None else self._steady.next_timeout
        times = (self.connection.next_timeout(), self._runner.next_deadline(), stalled, habits)
        return min((time for time in times if time is not None), default=None)

    def handle_timeout(self, now: float) -> None:
        """Do what is due."""
        self.connection.handle_timeout(now)
        self.pump(now)
        self._expire(now)
        moments = self._steady
        if moments is not None and not moments.handle_timeout(now, self._acknowledge):
            self.connection.receive_data(b"", now)
            self.pump(now)

    def send(self, item: Stanza | Element, now: float) -> None:
        """Send a stanza. A get or set without an id is given one; the reply to it comes as an event.

        While a session that reconnects has no connection, the stanza waits for the next one, be the stream resumed or new;
        beyond `ReconnectPolicy.queue` it is a `LocalProtocolError`. With `write_ahead` it waits for `stored`, and with `habits`
        perhaps for a better moment.
        """
        if isinstance(item, Iq) and item.type in (IqType.GET, IqType.SET):
            if item.id is None:
                item.id = self._runner.fresh_id()
            self._program_sends(item, now)
            self._runner.expect(item)
        else:
            self._program_sends(item, now)

    def _program_sends(self, item: Stanza | Element, now: float) -> None:
        if self._offer(item, now):
            self._put(item, now, stored_first=True)

    def close(self, now: float, error: StreamError | None = None) -> None:
        """Begin to close the stream. Operations under way may still get their replies until it has ended.

        From here on a full backlog stops nothing: stanzas that find no room in it any more are dropped. A stream that waits
        to be resumed is given up.
        """
        self._dealt_with()
        if (moments := self._steady) is not None:
            moments.set_active(True, now)  # no better moment will come
        self._closing = True
        self.connection.close(now, error)
        self.pump(now)
        if self._was_up and self._ended is None and self.connection.phase is Phase.CLOSED:
            self._finish(StreamEnded(EndReason.LOCAL_CLOSE, False, None, "closed while there was no connection"))

    def tls_established(self, info: TLSInfo, now: float) -> None:
        """TLS is in place."""
        self.connection.tls_established(info, now)
        self.pump(now)

    def tls_failed(self, reason: str, now: float) -> None:
        """TLS could not be had."""
        self.connection.tls_failed(reason, now)
        self.pump(now)

    def answer(self, question: Question, value: object, now: float) -> None:
        """Answer a question."""
        self.connection.answer(question, value, now)
        self.pump(now)

    def refuse(self, question: Question, condition: str, now: float, text: str | None = None) -> None:
        """Refuse a question."""
        self.connection.refuse(question, condition, now, text)
        self.pump(now)
