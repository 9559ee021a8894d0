"""`Connection`: one XMPP stream as a state machine (RFC 6120). Bytes and the time go in; events and bytes come out.

How it moves. Input is only stored by `receive_data`. `next_event` takes the next thing that is whole from it and either
hands it to the script that is running (negotiation, closing) or, once the stream is established, makes a stanza of it.
A script is a generator: it yields `AWAIT` for the next element, a question, or an event, and between two yields it changes
the state. It is resumed only when the program pulls again, so the state never runs ahead of the events.

Time is what the caller says it is. Each piece of input keeps the time at which it came, and a deadline is held against that:
an answer that came in time is in time, whenever it is pulled.
"""

from __future__ import annotations

from ..jid import JID
from ..stanza import Iq, IqType, Message, Presence, PresenceType, Stanza, StanzaSyntaxError, read_stanza, write_stanza
from ..xml import Element, StreamEnd, StreamStart, XMLCharacterError, XMLError, write_element
from . import closing
from .clock import Due
from .config import ClientConfig, ServerConfig
from .core import PREFIXES, StreamCore, random_id
from .errors import ERROR_NAME, LocalProtocolError, StreamError, StreamErrorCondition
from .events import (
    NEED_DATA,
    PAUSED,
    CertificateExpired,
    EndReason,
    Event,
    FeaturesReceived,
    OutputHigh,
    OutputLow,
    Question,
    Signal,
    StanzaRejected,
    TLSInfo,
    TLSRequested,
)
from .features import DEFAULT_FEATURES
from .features.base import AWAIT, Feature, GiveUp, Outcome, Refused, Step
from .header import StreamFault
from .initiating import FEATURES, Script, initiate
from .negotiation import Negotiation
from .phases import Phase
from .receiving import receive

_SUBSCRIPTION = frozenset(
    {PresenceType.SUBSCRIBE, PresenceType.SUBSCRIBED, PresenceType.UNSUBSCRIBE, PresenceType.UNSUBSCRIBED}
)


class Connection:
    """One stream, in the role that `config` gives it.

    Call `start` first. After each call, pull `next_event` until it returns `NEED_DATA` or `PAUSED`, write
    `data_to_send()`, and arm a timer for `next_timeout()`. Peers never make it raise; `LocalProtocolError` is raised for a
    mistake of the caller, and then nothing was changed.
    """

    __slots__ = (
        "_core",
        "_delivered",
        "_extensions",
        "_feature_names",
        "_names",
        "_negotiation",
        "_script",
        "_server",
        "_step",
        "config",
    )

    def __init__(self, config: ClientConfig | ServerConfig) -> None:
        self.config = config
        self._core = core = StreamCore(config)
        known = config.features if config.features is not None else DEFAULT_FEATURES
        self._negotiation = Negotiation(core, config, known)
        self._server = isinstance(config, ServerConfig)
        self._script: Script | None = None
        self._step: Step | None = None
        """What the script yielded last."""
        self._delivered = False
        """Whether that, if it is an event, was handed out."""
        namespace = core.content_namespace
        self._names = frozenset((namespace, local) for local in ("message", "presence", "iq"))
        self._extensions = frozenset(config.elements)
        self._feature_names = frozenset(feature.element for feature in known)

    # --- what it is ------------------------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """Where the stream stands, as of the event last returned. After `Phase.CLOSED`: write what is left, then close
        the transport."""
        return self._core.phase

    @property
    def jid(self) -> JID | None:
        """The full JID of the client's end, or None until it is bound."""
        return self._core.jid

    @property
    def wants_read(self) -> bool:
        """Whether to go on reading from the transport. False when input waits to be pulled, or output to be written."""
        core = self._core
        if core.phase is Phase.CLOSED:
            return False
        waiting = core.chunks_size + core.reader.buffered
        return waiting < core.config.limits.input_bytes and not core.output.above_high

    @property
    def output_size(self) -> int:
        """Bytes that wait in `data_to_send`."""
        return self._core.output.size

    # --- what goes in ----------------------------------------------------------------------------------------------

    def start(self, now: float) -> None:
        """The transport is connected. A client's stream header is queued; with direct TLS, TLS is asked for first.

        Times are seconds on any clock that never runs backwards. Raises `LocalProtocolError` when called twice.
        """
        core = self._core
        if core.phase is not Phase.CONNECTED or self._script is not None:
            raise LocalProtocolError("start() was called already")
        self._tick(now)
        core.clock.last_received = core.clock.last_sent = core.now
        core.clock.handshake = core.now + core.config.limits.handshake_seconds
        script = initiate if isinstance(self.config, ClientConfig) else receive
        self._begin(script(core, self._negotiation))

    def receive_data(self, data: bytes, now: float) -> None:
        """Store bytes from the transport; b"" is its end. Raises `LocalProtocolError` before `start`, and while the bytes
        on the wire belong to TLS. After the end of the stream, input is ignored."""
        core = self._core
        if core.phase is Phase.CONNECTED:
            raise LocalProtocolError("start() comes first")
        if core.phase is Phase.TLS_HANDSHAKE and data:
            raise LocalProtocolError("the bytes on the wire belong to TLS until tls_established()")
        if core.phase is Phase.CLOSED:
            return
        self._tick(now)
        core.store(data)

    def handle_timeout(self, now: float) -> None:
        """The time of `next_timeout` has come. Pull `next_event` afterwards. A call at any other time does no harm."""
        self._tick(now)
        core = self._core
        if core.phase is Phase.ESTABLISHED and core.clock.keepalive_due(core.now):
            if core.output.size:
                core.clock.last_sent = core.now  # what waits keeps the path open as well
            else:
                core.write(" ")

    def tls_established(self, info: TLSInfo, now: float) -> None:
        """The answer to `TLSRequested`: the handshake succeeded. Bytes given to `receive_data` from now on are what TLS
        decrypted."""
        if not isinstance(info, TLSInfo):
            raise LocalProtocolError("tls_established() takes a TLSInfo")
        if not isinstance(self._open_question, TLSRequested):
            raise LocalProtocolError("no TLS was asked for")
        self._tick(now)
        self._core.clock.certificate = info.peer_expires
        self._advance(info)

    def tls_failed(self, reason: str, now: float) -> None:
        """The answer to `TLSRequested`: the handshake failed, and the transport is of no use any more. `StreamEnded` with
        `TLS_FAILED` follows."""
        if not isinstance(self._open_question, TLSRequested):
            raise LocalProtocolError("no TLS was asked for")
        self._tick(now)
        self._begin(closing.lost(self._core, EndReason.TLS_FAILED, reason))

    def answer(self, question: Question, value: object, now: float) -> None:
        """Answer an open question. What fits is said at each question; anything else is a `LocalProtocolError`."""
        self._check_open(question)
        if isinstance(question, TLSRequested):
            raise LocalProtocolError("TLSRequested is answered by tls_established() or tls_failed()")
        if (problem := question.problem(value)) is not None:
            raise LocalProtocolError(problem)
        self._tick(now)
        self._advance(value)

    def refuse(self, question: Question, condition: str, now: float, text: str | None = None) -> None:
        """Refuse what an open question asks: the peer gets this error condition (SASL failure, or stanza error for
        binding), and `text` for a person."""
        self._check_open(question)
        if (problem := question.refusal_problem(condition)) is not None:
            raise LocalProtocolError(problem)
        self._tick(now)
        self._advance(None, Refused(condition, text))

    def send(self, item: Stanza | Element, now: float) -> None:
        """Queue a stanza, or another first-level element, on an established stream.

        An IQ request without an id is given one. Raises `LocalProtocolError` when the stream is not established, for
        characters that XML does not allow, and when the output is full (`Limits.output_bytes`): nothing was queued then.
        """
        core = self._core
        if core.phase is not Phase.ESTABLISHED:
            raise LocalProtocolError(
                f"stanzas can be sent on an established stream only; this one is {core.phase.value}"
            )
        output = core.output
        try:
            if isinstance(item, Element):
                text = write_element(item, core.content_namespace, PREFIXES)
            else:
                if item.id is None and type(item) is Iq:
                    item.id = random_id(core.config.random)
                text = write_stanza(item, core.content_namespace)
        except XMLCharacterError as error:
            raise LocalProtocolError(str(error)) from None
        data = text.encode()
        if output.size + len(data) > core.config.limits.output_bytes:
            raise LocalProtocolError(f"the output is full: {output.size} bytes wait to be written")
        output.append(data)
        if now > core.now:
            core.now = now
        core.clock.last_sent = core.now

    def close(self, now: float, error: StreamError | None = None) -> None:
        """Begin the closing handshake (RFC 6120 section 4.4), with a stream error if there is a reason to give.

        What the peer still sends is delivered until its own closing tag, or until the deadline. A second call does nothing.
        """
        core = self._core
        if core.phase in (Phase.CLOSING, Phase.CLOSED) or (core.footer_sent):
            return
        self._tick(now)
        if core.phase in (Phase.CONNECTED, Phase.TLS_HANDSHAKE):
            self._begin(closing.lost(core, EndReason.LOCAL_CLOSE, "closed before the stream was open"))
        else:
            self._begin(closing.close(core, error, EndReason.LOCAL_CLOSE))

    # --- what comes out --------------------------------------------------------------------------------------------

    def data_to_send(self) -> bytes:
        """Everything that waits to be written, in order."""
        return self._core.output.take()

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due, on the caller's clock; None if nothing is awaited."""
        return self._core.clock.next()

    def next_event(self, now: float) -> Event | Signal:
        """The next event; `NEED_DATA` when everything received was handled, `PAUSED` while a question is open."""
        core = self._core
        if now > core.now:
            core.now = now
        if core.output.level_changed:
            size = core.output.size
            return OutputHigh(size) if core.output.announce() else OutputLow(size)
        while True:
            step = self._step
            if step is None:
                if core.phase is not Phase.ESTABLISHED:
                    return NEED_DATA  # not started, or over
                item = core.deferred.pop() if core.deferred else self._next_item()
                if item is not None:
                    event = self._dispatch(item)
                    if event is not None:
                        return event
                elif self._step is None:
                    return self._nothing_to_do()
            elif step is AWAIT:
                item = self._next_item()
                if item is not None:
                    event = self._feed(item)
                    if event is not None:
                        return event
                elif self._step is step:
                    return NEED_DATA
            elif not self._delivered:
                self._delivered = True
                return step
            elif not isinstance(step, Question):
                self._advance(None)
            elif not self._give_up_waiting(step):
                return PAUSED

    # --- input to items --------------------------------------------------------------------------------------------

    def _next_item(self) -> StreamStart | Element | StreamEnd | None:
        """The next whole thing in the input. None if there is none yet, or if what is there ended the stream: then another
        script runs."""
        core = self._core
        reader = core.reader
        while True:
            try:
                item = reader.next()
            except XMLError as error:
                self._fault(StreamError(StreamErrorCondition(error.condition), error.text, "en"))
                return None
            if item is not None:
                return item
            chunks = core.chunks
            if chunks is None:
                if reader.at_eof:
                    self._lost()
                elif (due := core.clock.fatal(core.now)) is not None:
                    self._expire(due)
                return None
            data, received = chunks[0]
            if (due := core.clock.fatal(received)) is not None:
                self._expire(due)
                return None
            chunks.popleft()
            if not chunks:
                core.chunks = None
            core.chunks_size -= len(data)
            if data:
                core.clock.last_received = received
                reader.feed(data)
            else:
                reader.feed_eof()

    def _feed(self, item: StreamStart | Element | StreamEnd) -> Event | None:
        """Hand an item to the script that is running; while we are closing, stanzas still reach the program."""
        core = self._core
        if core.phase is Phase.CLOSING:
            if isinstance(item, Element) and core.jid is not None and item.name != ERROR_NAME:
                return self._dispatch(item) if item.name in self._names or item.name in self._extensions else None
            self._advance(item)
            return None
        if isinstance(item, StreamEnd):
            self._begin(closing.peer_closed(core))
        elif isinstance(item, Element) and item.name == ERROR_NAME:
            self._begin(closing.peer_error(core, StreamError.from_element(item)))
        else:
            self._advance(item)
        return None

    def _dispatch(self, item: StreamStart | Element | StreamEnd) -> Event | None:
        """What came on an established stream."""
        if type(item) is not Element:
            if isinstance(item, StreamEnd):
                self._begin(closing.peer_closed(self._core))
            return None
        name = item.name
        if name in self._names:
            return self._stanza(item)
        if name in self._extensions:
            return item
        if name == ERROR_NAME:
            self._begin(closing.peer_error(self._core, StreamError.from_element(item)))
        elif name == FEATURES and isinstance(self.config, ClientConfig):
            return FeaturesReceived(list(item.elements()))
        else:
            self._fault(
                StreamError(StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, f"<{item.local}/> is not known here", "en")
            )
        return None

    def _stanza(self, element: Element) -> Event | None:
        core = self._core
        try:
            stanza = read_stanza(element, core.peer_lang)
        except StanzaSyntaxError as error:
            answered = core.reject(element, error.condition, str(error))
            return StanzaRejected(element, error.condition, str(error), answered)
        return self._stamp(stanza, element) if self._server else stanza

    def _stamp(self, stanza: Message | Presence | Iq, element: Element) -> Event | None:
        """Server: the stanza is from this client, whatever it says (RFC 6120 section 8.1.2.1)."""
        jid = self._core.jid
        assert jid is not None  # noqa: S101 - the stream is established
        if stanza.sender is not None and stanza.sender not in (jid, jid.bare):
            self._fault(
                StreamError(StreamErrorCondition.INVALID_FROM, "'from' is not the address of this client", "en")
            )
            return None
        subscription = type(stanza) is Presence and stanza.type in _SUBSCRIPTION
        stanza.sender = jid.bare if subscription else jid
        if type(stanza) is Iq and stanza.type is IqType.SET and self._feature(element):
            return None
        return stanza

    def _feature(self, element: Element) -> bool:
        """Whether a stream feature takes this element, on an established stream; then its conversation has begun."""
        if not any(child.name in self._feature_names for child in element.elements()):
            return False
        for feature in self._negotiation.known:
            if feature.ready(self._negotiation) and feature.accepts(self._negotiation, element):
                self._begin(self._conversation(feature, element))
                return True
        return False

    def _conversation(self, feature: Feature, element: Element) -> Script:
        if (yield from feature.receive(self._negotiation, element)) is not Outcome.NEXT:
            self._negotiation.done.add(feature.name)

    # --- the script ------------------------------------------------------------------------------------------------

    @property
    def _open_question(self) -> Question | None:
        return self._step if self._delivered and isinstance(self._step, Question) else None

    def _check_open(self, question: Question) -> None:
        if question is not self._open_question:
            raise LocalProtocolError(f"this question is not open: {type(question).__name__}")

    def _begin(self, script: Script) -> None:
        """Run another script from here on."""
        if self._script is not None:
            self._script.close()
        self._script = script
        self._advance(None)

    def _advance(self, value: object, error: Exception | None = None) -> None:
        """Resume the script, up to its next step."""
        script = self._script
        if script is None:
            return
        self._delivered = False
        try:
            self._step = script.send(value) if error is None else script.throw(error)
        except StopIteration:
            self._script = self._step = None
        except StreamFault as fault:
            self._script = self._step = None
            self._fault(fault.error)
        except GiveUp as end:
            self._script = self._step = None
            self._begin(closing.close(self._core, None, end.reason, end.text))

    def _fault(self, error: StreamError) -> None:
        if self._core.phase is Phase.CLOSING:
            self._advance(None)  # our closing tag is out: there is nothing to answer, and nothing more to expect
        else:
            self._begin(closing.fault(self._core, error))

    # --- time ------------------------------------------------------------------------------------------------------

    def _tick(self, now: float) -> None:
        if now > self._core.now:
            self._core.now = now

    def _nothing_to_do(self) -> Event | Signal:
        clock = self._core.clock
        if clock.certificate_due(self._core.now):
            clock.certificate = None
            return CertificateExpired()
        return NEED_DATA

    def _give_up_waiting(self, question: Question) -> bool:
        """Whether an open question is void: the time is up, or the transport ended below a TLS handshake."""
        core = self._core
        if isinstance(question, TLSRequested) and core.chunks:
            self._begin(
                closing.lost(core, EndReason.TLS_FAILED, "the peer ended the connection instead of starting TLS")
            )
        elif (due := core.clock.fatal(core.now)) is not None:
            self._expire(due)
        return self._step is not question

    def _expire(self, due: Due) -> None:
        core = self._core
        if core.phase is Phase.CLOSING:
            self._advance(None)
            return
        text = {
            Due.HANDSHAKE: f"the stream was not ready after {core.config.limits.handshake_seconds:g} seconds",
            Due.IDLE: f"nothing was received for {core.config.idle_timeout or 0:g} seconds",
        }[due]
        self._fault(StreamError(StreamErrorCondition.CONNECTION_TIMEOUT, text, "en"))

    def _lost(self) -> None:
        core = self._core
        if core.phase is Phase.CLOSING:
            self._advance(None)
        else:
            text = "the connection ended without a closing tag"
            self._begin(closing.lost(core, EndReason.CONNECTION_LOST, text))
