"""The moving parts of one stream, shared by the scripts that negotiate, by those that close, and by `Connection`.

It knows how things are done (write a header, answer a stanza, move to a phase, put in a fresh parser) and nothing of when.
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import cast

from ..jid import JID, JIDError
from ..protocol.delay import Delay
from ..stanza import ErrorCondition, Message, Presence, Stanza, StanzaError, write_stanza
from ..xml import Element, Name, StreamReader, XMLLimits, write_element
from ..xml.node import tag_of
from .clock import Clock
from .compression import Deflater, Inflater
from .config import (
    COMPONENT_NAMESPACE,
    ClientConfig,
    Config,
    InitiatingConfig,
    S2SIncomingConfig,
    S2SOutgoingConfig,
    ServerConfig,
)
from .errors import STREAM_NS, StreamError
from .federation import NAMESPACE as DIALBACK_NS
from .federation import Federation
from .framing import Framing, MessageOutput, MessageReader, write_close, write_message, write_open
from .header import FOOTER, write_header
from .management import REQUEST, Acks, Resumption, Sendable, answer
from .output import Output
from .phases import Cause, Phase, move

PREFIXES = {STREAM_NS: "stream"}
SERVER_PREFIXES = {**PREFIXES, DIALBACK_NS: "db"}
STANZAS = frozenset({"message", "presence", "iq"})

_ESTABLISHED = Phase.ESTABLISHED  # Python 3.11 looks up the members of an Enum slowly


class StreamCore:
    """Parser, output, timers and phase of one stream."""

    __slots__ = (
        "_header_sent",
        "acks",
        "certificate_expires",
        "chunks",
        "chunks_size",
        "client_active",
        "clock",
        "config",
        "content_namespace",
        "deferred",
        "eof",
        "federation",
        "footer_sent",
        "framed",
        "inflater",
        "jid",
        "now",
        "output",
        "peer_bytes",
        "peer_lang",
        "peer_seconds",
        "phase",
        "prefixes",
        "reader",
        "server_name",
        "starved",
        "takes_states",
        "tls_unoffered",
        "untold",
    )

    def __init__(self, config: Config) -> None:
        self.config = config
        self.content_namespace = config.content_namespace
        self.framed = config.framing is Framing.WEBSOCKET
        """Whether each first-level element is a message (RFC 7395)."""
        self.reader = self._make_reader(config.limits.before_login)
        self.output = MessageOutput(config.limits) if self.framed else Output(config.limits)
        self.inflater: Inflater | None = None
        """Stands in front of the parser on a compressed stream."""
        self.clock = Clock()
        self.phase = Phase.CONNECTED
        self.chunks: deque[tuple[bytes, float]] | None = None
        """Input that the parser was not given yet, with the time at which each piece was received. None while there is
        none: an empty deque is 760 bytes, and most streams are idle."""
        self.chunks_size = 0
        self.eof = False
        """The end of the transport is among the input."""
        self.starved = True
        """The parser cannot go on without more input; what it holds is the beginning of something."""
        self.certificate_expires: float | None = None
        """When the peer's certificate does: of interest once the stream is established."""
        self.deferred: list[Element] = []
        """Stanzas that came before negotiation was complete, for the program after `Established`; the first one last."""
        self.now = 0.0
        self.peer_lang: str | None = None
        self.peer_bytes: int | None = None
        """How long an element may be that the peer takes, and `peer_seconds` how long a silence, if it said so (XEP-0478)."""
        self.peer_seconds: int | None = None
        self.jid: JID | None = None
        """The full JID of the client's end, once it is bound."""
        self.server_name = config.domain if isinstance(config, InitiatingConfig) else config.domains[0]
        self.footer_sent = False
        self._header_sent = False
        self.acks: Acks | None = None
        """Counts the stanzas, where the stream is managed (XEP-0198)."""
        self.untold: Sequence[Sendable] = ()
        """What was confirmed when the stream was resumed, until the program hears of it."""
        self.client_active = True
        """What the client said last of its state (XEP-0352)."""
        self.tls_unoffered = False
        """The peer was asked for TLS that it does not offer: should it end the stream now, that is why."""
        self.takes_states = False
        """Client: whether the server wants to hear of that."""
        self.federation: Federation | None = None
        """Which domains may speak to which, between servers."""
        self.prefixes = PREFIXES
        if isinstance(config, S2SIncomingConfig | S2SOutgoingConfig):
            self.federation = config.federation()
            if config.dialback_secret is not None:
                self.prefixes = SERVER_PREFIXES

    def _make_reader(self, limits: XMLLimits) -> StreamReader:
        """A reader that stands before the first byte."""
        if self.framed:
            return cast("StreamReader", MessageReader(limits, self.content_namespace))
        return StreamReader(limits)

    def move(self, cause: Cause) -> None:
        self.phase = move(self.phase, cause)

    # --- input -----------------------------------------------------------------------------------------------------

    def store(self, data: bytes) -> None:
        """Keep input for later."""
        if self.chunks is None:
            self.chunks = deque()
        self.chunks.append((data, self.now))
        self.chunks_size += len(data)

    @property
    def flowing(self) -> bool:
        """Whether nothing depends on when input is received: it may go to the parser at once."""
        clock = self.clock
        steady = clock.idle_after is None and clock.handshake is None and self.inflater is None
        return self.phase is _ESTABLISHED and self.chunks is None and not self.eof and steady

    def take_in(self, data: bytes) -> None:
        """Give input to the parser, which stores it until it is asked."""
        self.clock.last_received = self.now
        self.starved = False
        self.reader.feed(data)

    @property
    def has_rest(self) -> bool:
        """Whether bytes were received behind the element that is being handled. The end of file is none."""
        return self.chunks_size > 0 or self.reader.has_rest

    def forget_input(self) -> None:
        """A new layer begins: a fresh parser, for bytes that come through that layer."""
        self.reader = self._make_reader(self.reader.limits)
        self.chunks = None
        self.chunks_size = 0
        if self.eof:
            self.store(b"")
        self._header_sent = False

    def restart_input(self) -> None:
        """A new stream begins with the next byte."""
        self.reader.restart()
        self._header_sent = False

    def compress(self) -> None:
        """From the next byte on, in both directions, a new stream is compressed."""
        self.move(Cause.COMPRESSION_AGREED)
        limits = self.config.limits
        self.inflater = Inflater(limits.inflate_ratio, limits.inflate_ahead)
        self.inflater.feed(self.reader.take_rest())
        self.output.compress(Deflater().compress)
        self._header_sent = False
        self.move(Cause.COMPRESSION_ON)

    @property
    def waiting(self) -> int:
        """Bytes received that the program has not pulled yet."""
        size = self.chunks_size + (0 if self.starved else self.reader.buffered)
        return size if self.inflater is None else size + self.inflater.waiting

    def allow_more(self) -> None:
        """The peer has logged in: it may use more of us."""
        self.reader.limits = self.config.limits.after_login

    def establish(self, jid: JID | None) -> None:
        """Negotiation is complete, and `jid` is the address of the client's end. None: dialback has yet to show it, in time."""
        self.jid = jid
        self.deferred.reverse()
        self.move(Cause.COMPLETE)
        self.reader.stepping = False
        if jid is not None:
            self.clock.handshake = None
        self.clock.keepalive_after = self._keepalive()
        self.clock.last_sent = self.now  # silence counts from here on
        self.clock.certificate = self.certificate_expires

    def _keepalive(self) -> float | None:
        """How long we may be silent: well within what the peer takes for a dead connection."""
        if self.config.keepalive is None or self.peer_seconds is None:
            return self.config.keepalive
        return min(self.config.keepalive, max(1.0, self.peer_seconds * 0.75))

    # --- output ----------------------------------------------------------------------------------------------------

    def write(self, text: str) -> None:
        self.output.append(text.encode())
        self.clock.last_sent = self.now

    def text_of(self, item: Stanza | Element) -> str:
        """The text of a first-level element, for this stream. Raises ValueError, `XMLCharacterError`, `PayloadError`."""
        if self.framed:
            return write_message(item)
        if isinstance(item, Element):
            return write_element(item, self.content_namespace, self.prefixes)
        return write_stanza(item, self.content_namespace)

    def write_element(self, element: Element) -> None:
        text = self.text_of(element)
        self.write(text)
        if self.acks is not None and element.name[0] == self.content_namespace and element.name[1] in STANZAS:
            self.count(element, len(text))

    def open_stream(
        self, *, sender: str | None, to: str | None, lang: str, id: str | None = None, version: str | None = "1.0"
    ) -> None:
        """Write our stream header."""
        if self.framed:
            self.write(write_open(sender=sender, to=to, id=id, version=version, lang=lang))
        else:
            dialback = self.prefixes is SERVER_PREFIXES
            text = write_header(
                self.content_namespace, sender=sender, to=to, id=id, version=version, lang=lang, dialback=dialback
            )
            self.write(text)
        self._header_sent = True

    def close_stream(self, error: StreamError | None = None, see_other_uri: str | None = None) -> None:
        """Write a stream error, if there is one, and our closing tag; before them our header, if it is still owed
        (RFC 6120 section 4.9.1.2). Over WebSocket the closing tag may say where to go on."""
        if not self._header_sent:
            client = isinstance(self.config, InitiatingConfig)
            self.open_stream(
                sender=None if client else self.server_name,
                to=self.server_name if client else None,
                id=None if client else random_id(self.config.random),
                version=None if self.content_namespace == COMPONENT_NAMESPACE else "1.0",
                lang=self.config.lang,
            )
        if error is not None:
            self.write_element(error.to_element())
        elif self.acks is not None:
            self.write(answer(self.acks.handled))  # the last word about what arrived
        self.write(write_close(see_other_uri) if self.framed else FOOTER)
        self.footer_sent = True

    # --- management (XEP-0198) -------------------------------------------------------------------------------------

    def count(self, item: Sendable, size: int) -> None:
        """A stanza is in the output: it is kept until the peer has confirmed it."""
        acks = self.acks
        assert acks is not None  # noqa: S101 - only managed streams count
        if acks.sent(item, size, self.now) and not self.footer_sent:
            self.ask()
        elif self.clock.ask is None and not acks.requested:
            self.clock.ask = self.now + acks.config.ask_seconds
        self.output.crowded = acks.crowded()

    def ask(self) -> None:
        """Ask the peer what it has handled."""
        acks = self.acks
        assert acks is not None  # noqa: S101 - only managed streams ask
        self.write(REQUEST)
        if not acks.requested and acks.config.answer_seconds is not None:
            self.clock.answer_after = acks.config.answer_seconds
            self.clock.asked = self.now
        acks.ask()
        self.clock.ask = None

    def acknowledge(self) -> None:
        """Tell the peer what we have handled."""
        acks = self.acks
        assert acks is not None  # noqa: S101 - only managed streams answer
        acks.answered_for = acks.delivered
        if not self.footer_sent:
            self.write(answer(acks.handled))

    def acknowledged(self) -> None:
        """The peer has answered: what it did not confirm is asked for later."""
        acks = self.acks
        assert acks is not None  # noqa: S101 - only managed streams ask
        acks.requested = False
        self.clock.asked = None
        self.output.crowded = acks.crowded()
        if self.footer_sent or self.phase is not _ESTABLISHED:
            return
        if acks.queue and acks.eager:
            self.ask()
        else:
            self.clock.ask = self.now + acks.config.ask_seconds if acks.queue else None

    def resend(self) -> list[Sendable]:
        """Send what the peer has not confirmed once more, each with the time when it was first sent."""
        acks = self.acks
        assert acks is not None  # noqa: S101 - only managed streams are resumed
        acks.pending = deque(acks.left())
        acks.queue.clear()
        acks.queue_size = 0
        if acks.pending:
            self.resend_more()
        self.output.crowded = acks.crowded()
        return list(acks.leftover())

    def resend_more(self) -> None:
        """Write as much of that as the output takes."""
        acks = self.acks
        assert acks is not None  # noqa: S101 - only managed streams are resumed
        before = len(acks.pending)
        while acks.pending and not self.footer_sent:
            item, when = acks.pending[0]
            stamped = item if when is None else _delayed(item, when)
            text = self.text_of(stamped)
            data = text.encode()
            if self.output.size and self.output.size + len(data) > self.config.limits.output_bytes:
                break
            self.output.append(data)
            self.clock.last_sent = self.now
            acks.pending.popleft()
            acks.queue.append((item, when, len(data)))
            acks.queue_size += len(data)
        if len(acks.pending) < before:
            self.ask()

    @property
    def resumption(self) -> Resumption | None:
        """What another connection needs to go on with this stream; None where it cannot."""
        if self.acks is None or self.jid is None:
            return None
        if isinstance(self.config, ClientConfig) and not self.config.logs_in_as(self.jid):
            return None  # the server gave us another address than we asked for: who knows whether it would again
        return self.acks.resumption(self.jid, states=self.takes_states)

    def end(self) -> None:
        """Nothing more is sent or received."""
        if self.phase is not Phase.CLOSED:
            self.move(Cause.END)
        self.chunks = None
        self.chunks_size = 0
        clock = self.clock
        clock.handshake = clock.close = clock.certificate = clock.idle_after = clock.keepalive_after = None
        clock.ask = clock.asked = clock.dialback = None

    def reject(self, element: Element, condition: str, text: str) -> bool:
        """Answer a stanza with a stanza error (RFC 6120 section 8.3). An error is never answered, nor is a result."""
        if element.get("type") in ("error", "result") or self.footer_sent:
            return False
        if self.acks is not None and (self.acks.full or self.acks.pending):
            return False  # who confirms nothing is told nothing more
        federation = self.federation
        component = self.content_namespace == COMPONENT_NAMESPACE
        attributes = {"type": "error"}
        if (identifier := element.get("id")) is not None:
            attributes["id"] = identifier
        server = isinstance(self.config, ServerConfig)
        if (sender := _address(element.get("to"))) is not None and (server or component or federation):
            attributes["from"] = sender
        recipient = str(self.jid) if server and self.jid is not None else _address(element.get("from"))
        if recipient is not None:
            attributes["to"] = recipient
        if (component or federation) and not {"from", "to"} <= attributes.keys():
            return False  # nobody can be told
        if federation is not None and (JID(attributes["from"]).domainpart, JID(attributes["to"]).domainpart) not in (
            federation.granted
        ):
            return False  # the answer would have to take the stream of the other direction
        error = StanzaError(ErrorCondition(condition), text=text).to_element()
        self.write_element(Element(element.name, attributes, [error]))
        return True


@cache
def stanza_names(namespace: str) -> tuple[frozenset[Name], frozenset[str]]:
    """The names of the stanzas of a content namespace, as elements and as nodes have them. All streams share them."""
    names = frozenset((namespace, local) for local in STANZAS)
    return names, frozenset(map(tag_of, names))


def _delayed(item: Sendable, when: float) -> Sendable:
    """A message or presence with the time when it was first sent (XEP-0203), unless it has one."""
    if not isinstance(item, (Message, Presence)) or item.find(Delay.element_names[0]) is not None:
        return item
    return item.with_(Delay(stamp=datetime.fromtimestamp(when, UTC)))


def _address(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return str(JID(text))
    except JIDError:
        return None


def random_id(random: Callable[[int], bytes]) -> str:
    """An identifier of 120 random bits, in characters that every attribute takes."""
    return base64.urlsafe_b64encode(random(15)).decode("ascii")
