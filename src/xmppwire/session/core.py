"""The inner half of a session: what becomes of each event, what counts as handled, and losses.

The outer half, `Session`, is what the program calls; `Sending`, below, is what it sends. Here events are pulled from the
connection (`pump`) and sorted: some are for operations, some are answered, the rest waits in the backlog. `_up` says whether
there is a connection that carries the stream; between two of them, `_state` is the stream that waits to be resumed, if it can.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ..operation import BacklogFull, ConnectionLostError
from ..stanza import ErrorCondition, Iq, IqType, Message, Stanza
from ..stream.config import ClientConfig, SessionConfig
from ..stream.connection import Connection
from ..stream.engine import Engine
from ..stream.errors import LocalProtocolError
from ..stream.events import (
    NEED_DATA,
    EndReason,
    Established,
    Event,
    Question,
    Registered,
    Resumed,
    ResumptionFailed,
    SeeOtherHost,
    SeeOtherURI,
    Signal,
    StanzaRejected,
    StanzasUnknown,
    StreamEnded,
    StreamSuspended,
    TokenReceived,
    TokenUsed,
)
from ..stream.management import WRAP, Resumption
from ..stream.phases import Phase
from ..xml import Element
from .ahead import Ahead
from .answers import AutomaticAnswers, default_answers
from .events import CaughtUp, Disconnected, HandlerFailed, ReplyIgnored, SessionEvent, StanzasUnsent
from .habits import KEEPALIVE, MakeHabits, Moments
from .leg import Leg
from .policy import Outages, ReconnectPolicy, is_final
from .progress import Progress
from .runner import Runner, Running
from .sending import Sending, words
from .state import Place, import_state, place_of
from .tally import Tally, Ticket

_UNEXPECTED = ("unexpected-request", "it answers no request of ours", False)
_COUNTED = (Stanza, StanzaRejected)


class SessionCore(Sending):
    """The state of a session, and what moves it."""

    def __init__(
        self,
        config: SessionConfig,
        *,
        backlog: int = 1000,
        stall_seconds: float = 1.0,
        answers: AutomaticAnswers | None = None,
        connection: Engine | None = None,
        engine: Callable[[SessionConfig], Engine] = Connection,
        reconnect: ReconnectPolicy | None = None,
        state: bytes | None = None,
        write_ahead: bool = False,
        habits: MakeHabits | None = None,
    ) -> None:
        if backlog < 1:
            raise ValueError("the backlog needs room for one event")
        if write_ahead and config.management is None:
            raise ValueError("write_ahead needs management: without it there is no state to store")
        if habits is not None and (write_ahead or not isinstance(config, ClientConfig)):
            raise ValueError("habits are for clients, and what they hold back is not stored: no write_ahead with them")
        if habits is not None and config.keepalive is not None:
            config = replace(config, keepalive=max(config.keepalive, KEEPALIVE))
        if connection is None and config.management is not None:
            config = replace(config, management=replace(config.management, hold=True))
        self._state: Resumption | None = None
        """The stream that waits to be resumed."""
        self._unsent: deque[Stanza | Element] = deque()
        if isinstance(config, ClientConfig):
            self._state, config = config.resume, replace(config, resume=None)
        if state is not None:
            self._state, unsent = import_state(state)
            self._unsent.extend(unsent)
        self.config: SessionConfig = config
        self._ahead = Ahead() if write_ahead else None
        self._tally = Tally(write_ahead)
        self._make = engine
        self.connection: Engine = self._fresh(config.direct_tls) if connection is None else connection
        self.answers = default_answers(config) if answers is None else answers
        self.leg: Leg | None = None
        """The engine of the present connection, if it was made by `dial`."""
        self.retry_at: float | None = None
        """When to `dial`, on the engine's clock; None while there is a connection, an attempt, or nothing to hope for."""
        self.place: Place | None = place_of(self._state)
        """Where to connect next before all other places: what `see-other-host` said, or the `location` of the stream
        that waits to be resumed. The certificate to expect and the demands on TLS stay what they are."""
        self.uri: str | None = None
        """Over WebSocket: where to connect next before all other places, as the server said when it closed the stream."""
        self._backlog: deque[tuple[SessionEvent, Ticket | None]] = deque()
        self._room = backlog
        self._stall_seconds = stall_seconds
        self._full_since: float | None = None
        self._signal: Signal = NEED_DATA
        self._runner = Runner(self._send_request, config.random)
        self._outages = None if reconnect is None else Outages(reconnect, config.random)
        self._progress = Progress()
        self._counting = config.management is not None and config.management.hold
        self._in_hand: Ticket | None = None  # of the stanza that the program took last
        self._up = False
        self._was_up = False
        self._resumed = False  # the present stream, on the present connection
        self._ended: StreamEnded | None = None
        self._closing = False
        self._detached = False
        self._habits = habits
        self._moments: Moments | None = None
        self._catching_up = self._state is not None and self._state.snapshot
        """What comes now may have reached a former process."""

    def _fresh(self, direct_tls: bool) -> Engine:
        """An engine for another connection."""
        if isinstance(self.config, ClientConfig):
            state = self._state
            if state is not None and (claimed := self._tally.claim()):
                state = replace(state, handled=(state.handled + claimed) % WRAP)
            return self._make(replace(self.config, resume=state, direct_tls=direct_tls))
        return self._make(replace(self.config, direct_tls=direct_tls))

    @property
    def _has_room(self) -> bool:
        """Whether another event may be pulled: there is room for it, and for the answer to it."""
        if self._closing or (self.leg is not None and not self._up):
            return True
        # The high mark is for the program, which may stop sending. Answers are owed until far more waits: two peers who
        # stopped pulling at that mark would wait for each other.
        limits = self.config.limits
        congestion = max(limits.output_high, limits.output_bytes // 2)
        return len(self._backlog) < self._room and self.connection.output_size <= congestion

    def pump(self, now: float) -> Signal:
        """Pull the connection for as long as there is room. Every other call does it; it is harmless at any time."""
        while self._has_room:
            before = self._stream.delivered if self._counting else 0
            event = self.connection.next_event(now)
            if isinstance(event, Signal):
                self._signal = event
                self._full_since = None
                self._look_if_caught_up()
                break
            if self._detached and not isinstance(event, StreamEnded):
                continue
            ticket = None
            # What is resumed counts from where it was, so that only stanzas say anything.
            if self._counting and isinstance(event, _COUNTED) and self._stream.delivered != before:
                ticket = self._tally.received(event)
                if ticket is None:
                    self._count()
                    continue
            self._sort(event, ticket, now)
            self._look_if_caught_up()
        else:
            self._signal = NEED_DATA
            if self._full_since is None and len(self._backlog) >= self._room:
                self._full_since = now
        if self._unsent and self._up:
            self._send_waiting(now)
        return self._signal

    def _sort(self, event: Event, ticket: Ticket | None, now: float) -> None:
        """Handle what is for the session, keep what is for the program."""
        leg = self.leg
        if isinstance(event, Iq):
            if event.type in (IqType.GET, IqType.SET):
                self._asked(event, ticket, now)
                return
            taken = self._runner.reply(event, now)
            if isinstance(taken, Running):
                self._done(ticket)
                return
            self._keep(event if taken else ReplyIgnored(event.to_element(), *_UNEXPECTED), ticket)
        elif isinstance(event, StreamEnded):
            self._lost(event, now)
        elif isinstance(event, Message) and self._runner.collect(event, now):
            self._done(ticket)
        elif leg is None or self._up:
            self._note(event, now)
            self._keep(event, ticket)
        elif isinstance(event, Question):
            leg.question = event
        else:
            leg.negotiation.append(event)
            first = isinstance(event, Established) and not self._was_up
            self._note(event, now)
            if isinstance(event, Established | Resumed | ResumptionFailed | StanzasUnknown) and not first:
                self._keep(event)

    def _note(self, event: Event, now: float) -> None:
        """What an event of the stream means for the session."""
        if isinstance(event, Established | Resumed):
            self._up = self._was_up = True
            self._state = self.place = self.uri = None
            self._runner.own = event.jid
            self._resumed = isinstance(event, Resumed)
            if isinstance(event, Resumed):
                self._tally.resumed()
                self._progress.resumed(self._stream.unacknowledged, now)
                if self._catching_up and not self._stream.asked:
                    self._stream.ask(now)
            else:
                self._catching_up = False
            if self._outages is not None:
                self._outages.established(now)
            inactive = isinstance(self.config, ClientConfig) and not self.config.active
            if inactive:
                self._stream.set_active(False, now)  # where that was not the state yet when the connection began
            if self._habits is not None and self._moments is None:
                run = partial(self._runner.start, timeout=None)
                self._moments = Moments(self._habits(now), self._put_late, run)
                self._moments.set_active(not inactive, now)
        elif isinstance(event, ResumptionFailed | StanzasUnknown):
            self._forget_stream("the stream could not be resumed")
        elif isinstance(event, StreamSuspended):
            self._state = event.resumption
            self.place = place_of(self._state)
        elif isinstance(event, TokenReceived | TokenUsed):
            config = self.config
            if isinstance(config, ClientConfig) and config.sasl2 is not None:  # for the next connection
                self.config = replace(config, sasl2=replace(config.sasl2, token=event.token))
        elif isinstance(event, Registered):
            if isinstance(self.config, ClientConfig):
                self.config = replace(self.config, register=None)  # it is there now
        elif isinstance(event, SeeOtherHost):
            self.place = (event.host, event.port)
        elif isinstance(event, SeeOtherURI):
            self.uri = event.uri

    # --- what counts as handled -------------------------------------------------------------------------------------

    def _look_if_caught_up(self) -> None:
        """What a server sends again comes before its answer to our first question."""
        if self._catching_up and self._up and not self._stream.asked:
            self._catching_up = False
            self._keep(CaughtUp())

    def _done(self, ticket: Ticket | None) -> None:
        """A stanza is dealt with."""
        if ticket is not None:
            ticket.done = True
            self._count()

    def _dealt_with(self) -> None:
        """The program came back: it is done with the event that it took last."""
        ticket, self._in_hand = self._in_hand, None
        self._done(ticket)

    def _count(self) -> None:
        """Tell the stream what is handled. What waits to be resumed says so with its request."""
        if self._up and self._state is None and (count := self._tally.take()):
            self._stream.handled(count)

    # --- the end of a connection ------------------------------------------------------------------------------------

    def _lost(self, event: StreamEnded, now: float) -> None:
        """A connection ended, or an attempt at one."""
        leg, up = self.leg, self._up
        self._up = False
        if leg is not None:
            leg.ended = event
            if not up:
                leg.negotiation.append(event)
                if self._closing:
                    self._finish(event)
                return  # whoever dials tries another place, or says that it failed
        final = self._closing or self._outages is None or not self._was_up or is_final(event, resumed=self._resumed)
        if not final and self._state is not None:
            self._give_up_if_stuck(self._state, now)
        if not final and self._state is None:
            self._forget_stream(words(event))
        self._disconnected(words(event), event, now, final)

    def _give_up_if_stuck(self, state: Resumption, now: float) -> None:
        """Resume no stream again that does not go on."""
        management = self.config.management
        items = [item for item, _ in state.unacknowledged]
        if management is not None and self._progress.lost(items, now, management.answer_seconds):
            self._keep_unknown(state)
            self._state = self.place = None

    def _keep_unknown(self, state: Resumption) -> None:
        """Tell what was sent on a stream that is given up, and nobody knows whether it arrived."""
        if left := state.unacknowledged:
            self._keep(StanzasUnknown([item for item, _ in left], [when for _, when in left]))

    def _disconnected(self, text: str, ended: StreamEnded | None, now: float, final: bool) -> None:
        self.retry_at = None if final or self._outages is None else self._outages.failed(now)
        if self.retry_at is None:
            self._finish(ended or StreamEnded(EndReason.CONNECTION_LOST, False, None, text))
            return
        if self._backlog and isinstance(self._backlog[-1][0], Disconnected):
            self._backlog.pop()
        self._backlog.append((Disconnected(self.retry_at, self._state is not None, text, ended), None))

    def _forget_stream(self, text: str) -> None:
        """The stream is gone, and with it the replies that were awaited on it."""
        self._state = None
        self._tally = Tally(self._ahead is not None)
        waiting = {item.id for item in self._waiting if isinstance(item, Iq)}
        self._runner.end(lambda: ConnectionLostError(True, text), waiting)

    def _finish(self, event: StreamEnded) -> None:
        """The session is over for good."""
        if self._ended is not None:
            return
        self._ended = event
        self.retry_at = None
        text = words(event)
        waiting = {item.id for item in self._waiting if isinstance(item, Iq)}
        self._runner.end(lambda: ConnectionLostError(True, text), waiting)
        self._runner.end(lambda: ConnectionLostError(False, text))
        if not self._detached:
            if self._state is not None and self._outages is not None:
                self._keep_unknown(self._state)
                self._state = None
            if unsent := self._waiting:
                self._keep(StanzasUnsent(tuple(unsent)))
        self._unsent.clear()
        self._moments = None
        self._ahead = None
        self._keep(event)

    # --- requests of the peer, and time -----------------------------------------------------------------------------

    def _asked(self, iq: Iq, ticket: Ticket | None, now: float) -> None:
        verdict = self.answers.judge(iq, self._runner.own, now)
        deliver, failure = verdict.deliver, verdict.failure
        if verdict.reply is not None and self.connection.phase is Phase.ESTABLISHED:
            try:
                self._reply(verdict.reply, now)
            except Exception as error:  # whatever a handler put into it
                failure = failure or error
                try:
                    self._reply(iq.error_reply(ErrorCondition.INTERNAL_SERVER_ERROR), now)
                except LocalProtocolError:  # nothing can be sent now: the program may answer later
                    deliver = True
        if deliver:
            self._keep(iq, ticket)
        elif failure is not None:
            self._keep(HandlerFailed(iq, failure), ticket)
        else:
            self._done(ticket)

    def _reply(self, reply: Iq, now: float) -> None:
        """Send what answers a request. Raises LocalProtocolError."""
        self._put(reply, now) if self._ahead is not None else self.connection.send(reply, now)

    def _expire(self, now: float) -> None:
        blocked = self._full_since is not None
        self._runner.expire(now, blocked)
        if self._full_since is not None and now >= self._full_since + self._stall_seconds:
            self._runner.end(lambda: BacklogFull(f"{len(self._backlog)} events wait to be taken"))
