"""What drives a stream: input becomes items, items go to the script that is running or become stanzas.

`Machine` is the inner half of `Connection`; the outer half is what the program calls. How it moves: `_step` is what the script
yielded last. `AWAIT` means that the next item of the input resumes it; a question, that the program's answer does; any
other event is handed out once and resumes it at the next pull. Without a script the stream is established (or over, or not
begun), and what comes in goes through `_dispatch`.
"""

from __future__ import annotations

from ..stanza import Iq, IqType, Message, Presence, PresenceType, StanzaSyntaxError, read_stanza
from ..xml import Element, StreamEnd, StreamStart, XMLError
from ..xml.element import Node
from ..xml.node import as_element, element_of
from . import closing, dialback
from .addressing import addressing_problem
from .clock import Due
from .config import ClientConfig, ComponentConfig, Config, InitiatingConfig, ReceivingConfig, ServerConfig
from .core import StreamCore, stanza_names
from .errors import ERROR_NAME, LocalProtocolError, StreamError, StreamErrorCondition
from .events import (
    NEED_DATA,
    PAUSED,
    CertificateExpired,
    ClientStateChanged,
    EndReason,
    Event,
    FeaturesReceived,
    OutputHigh,
    OutputLow,
    Question,
    Signal,
    StanzaRejected,
    StreamErrorReceived,
    TLSRequested,
)
from .features import csi, default_features, management
from .features.base import AWAIT, AWAIT_PULL, Feature, GiveUp, Outcome, Step
from .federation import NAMESPACE as DIALBACK_NS
from .header import StreamFault
from .initiating import FEATURES, Script
from .management import NS as MANAGEMENT_NS
from .negotiation import Negotiation
from .phases import Phase

_SUBSCRIPTION = frozenset(
    {PresenceType.SUBSCRIBE, PresenceType.SUBSCRIBED, PresenceType.UNSUBSCRIBE, PresenceType.UNSUBSCRIBED}
)

# Python 3.11 looks up the members of an Enum slowly.
_ESTABLISHED = Phase.ESTABLISHED
_CLOSED = Phase.CLOSED


class Machine:
    """The state of one stream, and `next_event`."""

    __slots__ = (
        "_core",
        "_delivered",
        "_extensions",
        "_feature_names",
        "_names",
        "_negotiation",
        "_plain",
        "_reply",
        "_script",
        "_step",
        "_tags",
        "config",
    )

    def __init__(self, config: Config) -> None:
        self.config = config
        self._core = core = StreamCore(config)
        known = config.features if config.features is not None else default_features(config.content_namespace)
        if core.framed:  # both belong to the transport, or are nowhere (RFC 7395 section 3.9)
            known = tuple(feature for feature in known if feature.name not in ("starttls", "compression"))
        self._negotiation = Negotiation(core, config, known)
        self._plain = isinstance(config, ClientConfig | ComponentConfig)
        """Whether what comes is handed on as it is: a server looks at the addresses first."""
        self._script: Script | None = None
        self._step: Step | None = None
        """What the script yielded last."""
        self._delivered = False
        """Whether that, if it is an event, was handed out."""
        self._reply: tuple[object, Exception | None] | None = None
        """What the program said to the open question: the script goes on with it at the next pull."""
        self._names, self._tags = stanza_names(core.content_namespace)
        self._extensions = frozenset(config.elements)
        self._feature_names = frozenset(feature.element[0] for feature in known)

    def next_event(self, now: float) -> Event | Signal:
        """The next event; `NEED_DATA` when everything received was handled, `PAUSED` while a question is open."""
        core = self._core
        if now > core.now:
            core.now = now
        output = core.output
        if (
            (output.size > output.high or output.announced_high or output.crowded)
            and output.level_changed
            and core.phase is not _CLOSED
        ):
            return OutputHigh(output.size) if output.announce() else OutputLow(output.size)
        while True:
            step = self._step
            if step is None:
                if core.phase is not _ESTABLISHED:
                    return NEED_DATA  # not started, or over
                # This is the way of every stanza, so it is spelled out here.
                try:
                    item = core.deferred.pop() if core.deferred else core.reader.pull()
                    if item is None:
                        if core.flowing:
                            core.starved = True
                            if core.clock.asked is not None and (due := core.clock.fatal(core.now)) is not None:
                                self._expire(due)
                                continue
                            return self._nothing_to_do()
                        item = self._next_item()
                except XMLError as error:
                    self._broken(error)
                    continue
                if isinstance(item, Node) and item.tag not in self._tags:
                    item = element_of(item)
                if isinstance(item, Node) or (type(item) is Element and item.name in self._names):
                    if core.acks is not None:
                        core.acks.received()
                    try:
                        stanza = read_stanza(item, core.peer_lang)
                    except StanzaSyntaxError as error:
                        return self._rejected(item, error)
                    if self._plain:
                        return stanza
                    event = self._check(stanza, item)
                elif item is not None:
                    event = self._dispatch(item)
                elif self._step is None:
                    return self._nothing_to_do()
                else:
                    continue
                if event is not None:
                    return event
            elif step is AWAIT:
                # What came before `Established` was kept; it is for the program also if that closes at once.
                item = core.deferred.pop() if core.deferred and core.jid is not None else self._next_item()
                if item is not None:
                    event = self._feed(item)
                    if event is not None:
                        return event
                elif self._step is step:
                    return self._nothing_to_do()
            elif step is AWAIT_PULL:
                self._advance(None)
            elif not self._delivered:
                self._delivered = True
                return step
            elif not isinstance(step, Question):
                self._advance(None)
            elif self._reply is not None:
                self._advance(*self._reply)
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
                self._broken(error)
                return None
            if item is not None:
                return item
            inflater = core.inflater
            if inflater is not None and inflater.waiting:
                try:
                    reader.feed(inflater.next())
                except StreamFault as fault:
                    self._fault(fault.error)
                    return None
                continue
            chunks = core.chunks
            if chunks is None:
                core.starved = True
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
            core.starved = False
            if data:
                core.clock.last_received = received
                (reader if inflater is None else inflater).feed(data)
            else:
                reader.feed_eof()

    def _feed(self, item: StreamStart | Element | StreamEnd) -> Event | None:
        """Hand an item to the script that is running; while we are closing, stanzas still reach the program."""
        core = self._core
        if core.phase is Phase.CLOSING:
            if isinstance(item, Element):
                if item.name == ERROR_NAME:
                    return StreamErrorReceived(StreamError.from_element(item))
                if item.name == management.A and core.acks is not None:
                    return self._managed(item)
                mine = core.jid is not None and (item.name in self._names or item.name in self._extensions)
                return self._dispatch(item) if mine else None
            self._advance(item)
            return None
        if isinstance(item, StreamEnd):
            self._begin(closing.peer_closed(core, item))
        elif isinstance(item, Element) and item.name == ERROR_NAME:
            self._begin(closing.peer_error(core, StreamError.from_element(item)))
        else:
            self._advance(item)
        return None

    def _dispatch(self, item: StreamStart | Element | StreamEnd) -> Event | None:
        """What came on an established stream."""
        if type(item) is not Element:
            if isinstance(item, StreamEnd):
                self._begin(closing.peer_closed(self._core, item))
            return None
        name = item.name
        if name in self._names:
            return self._stanza(item)
        if name in self._extensions:
            return item
        if name == ERROR_NAME:
            self._begin(closing.peer_error(self._core, StreamError.from_element(item)))
        elif name == FEATURES and isinstance(self.config, InitiatingConfig):
            return FeaturesReceived(list(item.elements()))
        elif name[0] == MANAGEMENT_NS:
            return self._managed(item)
        elif name[0] == DIALBACK_NS and dialback.in_use(self._core):
            try:
                return dialback.handle(self._core, item)
            except StreamFault as fault:
                self._fault(fault.error)
        elif name in csi.STATES and isinstance(self.config, ServerConfig) and self.config.client_state:
            return self._client_state(csi.STATES[name])
        else:
            self._fault(
                StreamError(StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, f"<{item.local}/> is not known here", "en")
            )
        return None

    def _managed(self, element: Element) -> Event | None:
        """What belongs to stream management (XEP-0198)."""
        if (
            self._core.phase is _ESTABLISHED
            and isinstance(self.config, ReceivingConfig)
            and self._feature(element, element)
        ):
            return None
        try:
            return management.handle(self._core, element)
        except StreamFault as fault:
            self._fault(fault.error)
            return None

    def _client_state(self, active: bool) -> Event | None:
        """The client says whether anybody looks at it (XEP-0352)."""
        core = self._core
        changed, core.client_active = core.client_active != active, active
        return ClientStateChanged(active) if changed else None

    def _stanza(self, element: Element) -> Event | None:
        core = self._core
        if core.acks is not None:
            core.acks.received()
        try:
            stanza = read_stanza(element, core.peer_lang)
        except StanzaSyntaxError as error:
            return self._rejected(element, error)
        return stanza if self._plain else self._check(stanza, element)

    def _rejected(self, item: Element | Node, error: StanzaSyntaxError) -> StanzaRejected:
        element = as_element(item)
        answered = self._core.reject(element, error.condition, str(error))
        return StanzaRejected(element, error.condition, str(error), answered)

    def _check(self, stanza: Message | Presence | Iq, item: Element | Node) -> Event | None:
        """A server looks at who a stanza is from and for."""
        if isinstance(self.config, ServerConfig):
            return self._stamp(stanza, item)
        if (problem := addressing_problem(self._core.federation, stanza, self._core.jid)) is not None:
            self._fault(problem)
            return None
        return stanza

    def _stamp(self, stanza: Message | Presence | Iq, item: Element | Node) -> Event | None:
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
        open_ = self._core.phase is Phase.ESTABLISHED  # while we are closing, nothing may follow our closing tag
        if open_ and type(stanza) is Iq and stanza.type is IqType.SET:
            element = as_element(item)
            if self._feature(element, *element.elements()):
                return None
        return stanza

    def _feature(self, element: Element, *signs: Element) -> bool:
        """Whether a stream feature takes this element, on an established stream; then its conversation has begun. One of
        `signs` must be in the namespace of a feature."""
        if not any(sign.name[0] in self._feature_names for sign in signs):
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
        return self._step if self._delivered and isinstance(self._step, Question) and self._reply is None else None

    def _check_open(self, question: Question) -> None:
        if question is not self._open_question:
            raise LocalProtocolError(f"this question is not open: {type(question).__name__}")

    def _begin(self, script: Script, *, at_next_pull: bool = False) -> None:
        """Run another script from here on."""
        if self._script is not None:
            self._script.close()
        self._script = script
        if at_next_pull:
            self._step, self._delivered, self._reply = AWAIT_PULL, False, None
        else:
            self._advance(None)

    def _advance(self, value: object, error: Exception | None = None) -> None:
        """Resume the script, up to its next step."""
        script = self._script
        if script is None:
            return
        self._delivered = False
        self._reply = None
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

    def _broken(self, error: XMLError) -> None:
        self._fault(StreamError(StreamErrorCondition(error.condition), error.text, "en"))

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
        core, clock = self._core, self._core.clock
        if core.federation is not None and (event := dialback.next_event(core)) is not None:
            return event
        if clock.certificate_due(self._core.now):
            clock.certificate = None
            return CertificateExpired()
        return NEED_DATA

    def _give_up_waiting(self, question: Question) -> bool:
        """Whether an open question is void: the time is up, or the transport ended below a TLS handshake."""
        core = self._core
        if core.chunks:
            core.clock.last_received = core.chunks[-1][1]  # what waits for the answer was received all the same
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
            Due.ANSWER: f"no acknowledgement came for {core.clock.answer_after:g} seconds",
            Due.IDLE: f"nothing was received for {core.config.idle_timeout or 0:g} seconds",
        }[due]
        if core.resumption is not None or due is Due.ANSWER:
            # A stream error would end what can be resumed, and nobody is there to read it.
            self._begin(closing.lost(core, EndReason.CONNECTION_LOST, text))
        else:
            self._fault(StreamError(StreamErrorCondition.CONNECTION_TIMEOUT, text, "en"))

    def _lost(self) -> None:
        core = self._core
        if core.phase is Phase.CLOSING:
            self._advance(None)
        else:
            text = "the connection ended without a closing tag"
            self._begin(closing.lost(core, EndReason.CONNECTION_LOST, text))
