"""`Connection`: one XMPP stream as a state machine (RFC 6120). Bytes and the time go in; events and bytes come out.

How it moves. Input is only stored by `receive_data`. `next_event` takes the next thing that is whole from it and either
hands it to the script that is running (negotiation, closing) or, once the stream is established, makes a stanza of it.
A script is a generator: it yields `AWAIT` for the next element, a question, or an event, and between two yields it changes
the state. It is resumed only when the program pulls again, so the state never runs ahead of the events.

Time is what the caller says it is. Each piece of input keeps the time at which it came, and a deadline is held against that:
an answer that came in time is in time, whenever it is pulled.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..jid import JID
from ..payload import PayloadError
from ..stanza import Iq, Stanza, write_stanza
from ..xml import Element, XMLCharacterError, escape_text, write_element
from . import closing, dialback
from .addressing import complete_sender, sending_problem
from .component import initiate_component, receive_component
from .config import (
    COMPONENT_NAMESPACE,
    ClientConfig,
    ComponentConfig,
    InitiatingConfig,
    S2SIncomingConfig,
    ServerConfig,
)
from .core import StreamCore, random_id
from .errors import LocalProtocolError, StreamError, StreamErrorCondition
from .events import (
    DialbackRequested,
    EndReason,
    Question,
    TLSInfo,
    TLSRequested,
)
from .features import csi
from .features.base import Refused
from .federation import Federation
from .initiating import initiate
from .machine import Machine
from .management import WRAP, Resumption
from .phases import Phase
from .receiving import receive

_STAND_IN = "x" * 20
"""As long as an id that is drawn: none is drawn for a request that cannot be sent."""
_ESTABLISHED = Phase.ESTABLISHED  # Python 3.11 looks up the members of an Enum slowly


class Connection(Machine):
    """One stream, in the role that `config` gives it.

    Call `start` first. After each call, pull `next_event` until it returns `NEED_DATA` or `PAUSED`, write
    `data_to_send()`, and arm a timer for `next_timeout()`. Peers never make it raise; `LocalProtocolError` is raised for a
    mistake of the caller, and then nothing was changed.
    """

    __slots__ = ()

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
    def resumption(self) -> Resumption | None:
        """What another connection needs to go on with this stream should it be lost now (XEP-0198 section 5); None if it
        cannot be resumed. It counts every event that was pulled as handled (with `StreamManagement.hold`: those that
        `handled` was told of)."""
        return None if self._core.phase in (Phase.CLOSING, Phase.CLOSED) else self._core.resumption

    @property
    def delivered(self) -> int:
        """The stanzas of the peer that were pulled and are counted (XEP-0198 section 4), modulo 2^32; 0 on a stream that
        is not managed. With `StreamManagement.hold` they wait for `handled`."""
        return 0 if self._core.acks is None else self._core.acks.delivered

    @property
    def unacknowledged(self) -> Sequence[Stanza | Element]:
        """Stanzas of ours that the peer has not confirmed, the oldest first; empty on a stream that is not managed."""
        return () if self._core.acks is None else self._core.acks.leftover()

    @property
    def asked(self) -> bool:
        """Whether the peer owes an acknowledgement."""
        return self._core.acks is not None and self._core.acks.requested

    @property
    def crowded(self) -> bool:
        """Whether much waits for acknowledgement, from half of `StreamManagement.queue` down to a quarter: a good time to
        pause sending."""
        return self._core.output.crowded

    @property
    def wants_read(self) -> bool:
        """Whether to go on reading from the transport. False when input waits to be pulled, or when half of
        `Limits.output_bytes` wait to be written: a peer that does not read must not make us answer more."""
        core = self._core
        if core.phase is Phase.CLOSED:
            return False
        return core.waiting < core.config.limits.input_bytes and not core.output.congested

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
        core.clock.idle_after = core.config.idle_timeout
        core.clock.handshake = core.now + core.config.limits.handshake_seconds
        if core.content_namespace == COMPONENT_NAMESPACE:
            script = initiate_component if isinstance(self.config, InitiatingConfig) else receive_component
        else:
            script = initiate if isinstance(self.config, InitiatingConfig) else receive
        self._begin(script(core, self._negotiation))

    def receive_data(self, data: bytes, now: float) -> None:
        """Store bytes from the transport, or one message with `Framing.WEBSOCKET`, where a blank is a sign of life and anything
        that is not text begins with a byte that text cannot have; b"" is the end.

        Raises `LocalProtocolError` before `start`, while the bytes
        on the wire belong to TLS, and for bytes behind the end. After the end of the stream, input is ignored."""
        core = self._core
        if core.flowing and type(data) is bytes and data:
            self._tick(now)
            if core.clock.asked is None or core.clock.fatal(core.now) is None:
                core.take_in(data)
            else:
                core.store(data)  # it came too late
            return
        if core.phase is Phase.CONNECTED:
            raise LocalProtocolError("start() comes first")
        if core.phase is Phase.TLS_HANDSHAKE and data:
            raise LocalProtocolError("the bytes on the wire belong to TLS until tls_established()")
        if core.phase is Phase.CLOSED:
            return
        if core.eof:
            if data:
                raise LocalProtocolError("there are no bytes behind the end of the transport")
            return
        if type(data) is not bytes:
            data = bytes(memoryview(data))  # a buffer may be filled again before it is pulled
        self._tick(now)
        core.eof = not data
        core.store(data)

    def handle_timeout(self, now: float) -> None:
        """The time of `next_timeout` has come. Pull `next_event` afterwards. A call at any other time does no harm."""
        self._tick(now)
        core = self._core
        if core.phase is Phase.ESTABLISHED and core.clock.ask is not None and core.clock.ask <= core.now:
            core.ask()
        if core.phase is Phase.ESTABLISHED and core.clock.keepalive_due(core.now):
            if core.output.size:
                core.clock.last_sent = core.now  # what waits keeps the path open as well
            elif core.framed and core.acks is not None:
                core.ask()
            else:
                core.write(" ")  # in place of a message it stands for a ping (RFC 7395 section 3.8)

    def tls_established(self, info: TLSInfo, now: float) -> None:
        """The answer to `TLSRequested`: the handshake succeeded. Bytes given to `receive_data` from now on are what TLS
        decrypted."""
        if not isinstance(info, TLSInfo):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a checker
            raise LocalProtocolError("tls_established() takes a TLSInfo")
        if not isinstance(self._open_question, TLSRequested):
            raise LocalProtocolError("no TLS was asked for")
        self._tick(now)
        core = self._core
        core.certificate_expires = info.peer_expires
        core.clock.last_received = core.now
        self._advance(info)

    def tls_failed(self, reason: str, now: float) -> None:
        """The answer to `TLSRequested`: the handshake failed, and the transport is of no use any more. `StreamEnded` with
        `TLS_FAILED` follows."""
        if not isinstance(self._open_question, TLSRequested):
            raise LocalProtocolError("no TLS was asked for")
        self._tick(now)
        self._begin(closing.lost(self._core, EndReason.TLS_FAILED, reason), at_next_pull=True)

    def answer(self, question: Question, value: object, now: float) -> None:
        """Answer an open question. What fits is said at each question; anything else is a `LocalProtocolError`."""
        if isinstance(question, TLSRequested):
            raise LocalProtocolError("TLSRequested is answered by tls_established() or tls_failed()")
        if not question.pauses:
            self._conclude(question, value, None, now)
            return
        self._check_open(question)
        if (problem := question.problem(value)) is not None:
            raise LocalProtocolError(problem)
        self._tick(now)
        self._reply = (value, None)

    def _conclude(self, question: Question, value: object, refused: Refused | None, now: float) -> None:
        """An answer that nothing waits for: of no use any more if the stream or its time is over."""
        if refused is None and (problem := question.problem(value)) is not None:
            raise LocalProtocolError(problem)
        self._tick(now)
        if self._core.phase is not Phase.ESTABLISHED or not isinstance(question, DialbackRequested):
            return
        if not dialback.conclude(self._core, question, value is True, refused):
            text = f"the dialback key of {question.sender} is wrong"
            self._begin(closing.close(self._core, None, EndReason.AUTHENTICATION_FAILED, text))
        elif self._script is None and self._core.federation is not None and self._core.federation.told:
            self._begin(dialback.tell(self._core), at_next_pull=True)

    def refuse(self, question: Question, condition: str, now: float, text: str | None = None) -> None:
        """Refuse what an open question asks: the peer gets this error condition (SASL failure, or stanza error for
        binding), and `text` for a person."""
        if question.pauses:
            self._check_open(question)
        if (problem := question.refusal_problem(condition)) is not None:
            raise LocalProtocolError(problem)
        try:
            escape_text(text or "")
        except XMLCharacterError as error:
            raise LocalProtocolError(str(error)) from None
        if not question.pauses:
            self._conclude(question, None, Refused(condition, text), now)
            return
        self._tick(now)
        self._reply = (None, Refused(condition, text))

    def send(self, item: Stanza | Element, now: float) -> None:
        """Queue a stanza, or another first-level element, on an established stream. On a managed one it is kept until the peer
        has confirmed it, and may be sent again: do not change it any more.

        An IQ request without an id is given one, and a component's stanza without a sender the component's address. Raises
        `LocalProtocolError` when the stream is not established, for characters that XML does not allow, for addresses that a
        component must not use, for a payload that cannot be written, for one that is longer than the peer said it takes
        (XEP-0478), and when the output (`Limits.output_bytes`) or the queue of a managed stream is full: nothing was queued
        then, and no id drawn.
        """
        core = self._core
        if core.phase is not Phase.ESTABLISHED:
            raise LocalProtocolError(
                f"stanzas can be sent on an established stream only; this one is {core.phase.value}"
            )
        if core.federation is not None:
            self._check_federation(core.federation, item)
        nameless = isinstance(self.config, ComponentConfig) and complete_sender(item, self.config.jid)
        output = core.output
        request = item if isinstance(item, Iq) and item.id is None else None
        if request is not None:
            request.id = _STAND_IN
        try:
            if core.framed:
                data = core.text_of(item).encode()
            elif isinstance(item, Element):
                data = write_element(item, core.content_namespace, core.prefixes).encode()
            else:
                data = write_stanza(item, core.content_namespace).encode()
            if output.size + len(data) > core.config.limits.output_bytes or (
                core.acks is not None and core.acks.pending
            ):
                raise LocalProtocolError(f"the output is full: {output.size} bytes wait to be written")
            if core.peer_bytes is not None and len(data) > core.peer_bytes:
                raise LocalProtocolError(f"the peer takes {core.peer_bytes} bytes at once, and these are {len(data)}")
            if core.acks is not None and core.acks.full:
                raise LocalProtocolError(f"the peer has not acknowledged {len(core.acks.leftover())} stanzas")
        except Exception as error:
            if request is not None:
                request.id = None
            if nameless and isinstance(item, Stanza):
                item.sender = None
            if isinstance(error, (XMLCharacterError, PayloadError)):
                raise LocalProtocolError(str(error)) from None
            raise
        if request is not None:
            request.id = random_id(core.config.random)
            data = core.text_of(request).encode()
        output.append(data)
        if now > core.now:
            core.now = now
        core.clock.last_sent = core.now
        if core.acks is not None and (isinstance(item, Stanza) or item.name in self._names):
            core.count(item, len(data))

    def _check_federation(self, federation: Federation, item: Stanza | Element) -> None:
        if isinstance(self.config, S2SIncomingConfig) and not federation.bidirectional:
            raise LocalProtocolError("stanzas to that server go over the stream that we opened to it")
        if (problem := sending_problem(federation, item)) is not None:
            raise LocalProtocolError(problem)

    @property
    def bidirectional(self) -> bool:
        """Whether both servers may send stanzas on this stream (XEP-0288)."""
        return self._core.federation is not None and self._core.federation.bidirectional

    def may_send(self, local: str, remote: str) -> bool:
        """Between servers: whether stanzas from the domain `local` to the domain `remote` can be sent now."""
        core = self._core
        open_ = core.phase is Phase.ESTABLISHED and core.federation is not None
        return open_ and core.federation is not None and (local, remote) in core.federation.granted

    def request_pair(self, local: str, remote: str, now: float, *, same_host: bool = False) -> None:
        """Ask the peer to take stanzas from `local`, a domain of ours, to `remote` on this stream as well (XEP-0220
        section 2.6).

        `PairVerified` or `PairRefused` follows. A further remote domain must be named by the peer's certificate, or say with
        `same_host` that its name leads to the very address of this connection; the peer must have said that it takes dialback
        errors. Raises `LocalProtocolError` where that is not so, without a `dialback_secret`, and where the pair was asked for.
        """
        dialback.request_pair(self._open_server(), local, remote, now, same_host)

    def verify_key(self, request: DialbackRequested, now: float) -> None:
        """Ask the peer, the authoritative server of `request.sender`, about the key of a `DialbackRequested` that came by
        another stream. `KeyVerified` follows, once, whatever happens.

        Raises `LocalProtocolError` on a stream that we did not open to that very domain, or by which the key came.
        """
        dialback.verify_key(self._open_server(), request, now)

    def _open_server(self) -> StreamCore:
        if self._core.phase is not Phase.ESTABLISHED or not dialback.in_use(self._core):
            raise LocalProtocolError("dialback needs an established stream between servers, and a secret")
        return self._core

    def handled(self, count: int = 1) -> None:
        """The program has handled `count` more of the stanzas that it pulled, in their order: for streams with
        `StreamManagement.hold`. Raises `LocalProtocolError` for more than were pulled."""
        acks = self._core.acks
        if acks is None or not acks.config.hold:
            raise LocalProtocolError("stanzas are counted by themselves here")
        if not 0 <= count <= (acks.delivered - acks.handled) % WRAP:
            raise LocalProtocolError("so many stanzas were not pulled")
        owed = (acks.answered_for - acks.handled) % WRAP
        acks.handled = (acks.handled + count) % WRAP
        if 0 < owed <= count and self._core.phase is Phase.ESTABLISHED:
            self._core.acknowledge()  # what the peer asked about is done

    def ask(self, now: float) -> None:
        """Ask the peer which stanzas it has handled; `StanzasAcknowledged` tells. Raises `LocalProtocolError` where the
        stream is not managed."""
        core = self._core
        if core.acks is None or core.phase is not Phase.ESTABLISHED:
            raise LocalProtocolError("this stream is not managed")
        self._tick(now)
        core.ask()

    def set_active(self, active: bool, now: float) -> bool:
        """Client: tell the server whether anybody looks at us (XEP-0352); it may hold back what can wait while nobody does.

        False, and nothing happens, where the server does not offer it. Every stream begins active, a resumed one too, unless
        `ClientConfig.active` says otherwise. Raises `LocalProtocolError` when the stream is not established, or not a client's.
        """
        core = self._core
        if core.phase is not Phase.ESTABLISHED or not isinstance(self.config, ClientConfig):
            raise LocalProtocolError("only a client has a state, on an established stream")
        if not core.takes_states:
            return False
        self._tick(now)
        csi.indicate(core, active)
        return True

    def hand_over(self, now: float) -> Resumption:
        """Another connection goes on with this stream, which is still open here: end it with `conflict` (XEP-0198 section 5).
        What its stanzas come to is told there and not here, and what the peer still sends here counts for nothing.

        Call it once `Resumed` came there, and hand in there what was sent here meanwhile: the result is the state as of now.
        Raises `LocalProtocolError` where the stream cannot be resumed.
        """
        state = self.resumption
        core = self._core
        if state is None or core.phase is not _ESTABLISHED:
            raise LocalProtocolError("this stream cannot be resumed")
        self._tick(now)
        core.acks, core.deferred, core.untold = None, [], ()
        text = "the stream was resumed on another connection"
        self._begin(closing.fault(core, StreamError(StreamErrorCondition.CONFLICT, text, "en")))
        return state

    def close(self, now: float, error: StreamError | None = None, *, see_other_uri: str | None = None) -> None:
        """Begin the closing handshake (RFC 6120 section 4.4), with a stream error if there is a reason to give. A server may
        send a client over WebSocket to another endpoint, by its URI (RFC 7395 section 3.6.1).

        What the peer still sends is delivered until its own closing tag, or until the deadline. A second call does nothing.
        """
        core = self._core
        if core.phase in (Phase.SUSPENDED, Phase.CLOSING, Phase.CLOSED):
            return
        if see_other_uri is not None and not (core.framed and isinstance(self.config, ServerConfig)):
            raise LocalProtocolError("only a server sends elsewhere by a URI, and over WebSocket")
        if error is not None or see_other_uri is not None:
            try:
                escape_text(see_other_uri or "")
                if error is not None:
                    core.text_of(error.to_element())
            except XMLCharacterError as wrong:
                raise LocalProtocolError(str(wrong)) from None
        self._tick(now)
        if core.phase in (Phase.CONNECTED, Phase.TLS_HANDSHAKE):
            script = closing.lost(core, EndReason.LOCAL_CLOSE, "closed before the stream was open")
            self._begin(script, at_next_pull=True)
        else:
            self._begin(closing.close(core, error, EndReason.LOCAL_CLOSE, see_other_uri=see_other_uri))

    # --- what comes out --------------------------------------------------------------------------------------------

    def data_to_send(self) -> bytes:
        """Everything that waits to be written, in order (with `Framing.WEBSOCKET` the next message, where a blank stands for a
        ping); b"" if there is nothing. There may be more at the next call, of what is sent again after a
        resumption."""
        core = self._core
        data = core.output.take()
        if core.acks is not None and core.acks.pending and core.phase is _ESTABLISHED:
            core.resend_more()
        return data

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due, on the caller's clock; None if nothing is awaited."""
        return self._core.clock.next()
