"""What must hold for any input at all: the properties that every fuzzer here checks, with the standard library alone.

    check_reader(data)   bytes into a `StreamReader`
    check_client(data)   a script for a `Connection` as client: what the server sends, and what happens meanwhile
    check_server(data)   the same for a server
    check_jid(data)      text into `JID`

With `thorough` every property is checked; without it, a choice among them that depends on the input, which is several
times as fast. Each raises `Finding` if a promise is broken; any other exception that leaves it is a finding as well.
What it returns is a short summary of what happened: an input with a new summary is worth keeping, where nothing measures
coverage.

Scripts. The first byte chooses a config (see `CLIENTS`, `SERVERS`). The rest is received from the peer, in one piece up to
each NUL; the letter behind a NUL says what happens then:

    n  nothing: the next piece begins          t  the timer goes off, if one is armed     w  a second passes
    m  we send a message                       q  we send an IQ without an id             b  we send what XML cannot carry
    c  we close                                x  we close with an error                  e  end of file
    r  the next question is refused            f  the next TLS handshake fails

Any other letter: the NUL was received from the peer. TLS is a pretence: once asked for, it is there behind the piece.
"""

from __future__ import annotations

import json
import random
import re
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from xml.parsers import expat

from xmppwire.jid import JID, JIDError, escape_localpart, unescape_localpart
from xmppwire.sasl import ChannelBinding, KeyRequest
from xmppwire.stanza import Iq, Message
from xmppwire.stream import (
    TRANSITIONS,
    AnonymousRequested,
    AuthorizationRequested,
    BindRequested,
    ClientConfig,
    Connection,
    CredentialsRequested,
    ExternalRequested,
    KeyDerivationRequested,
    Limits,
    LocalProtocolError,
    OutputHigh,
    OutputLow,
    PasswordRequested,
    Phase,
    Question,
    ServerConfig,
    Signal,
    StreamConfig,
    StreamEnded,
    StreamError,
    StreamErrorCondition,
    TLSInfo,
    TLSRequested,
    TokenRequested,
)
from xmppwire.trace import record, replay
from xmppwire.trace.values import encode
from xmppwire.xml import Element, StreamReader, StreamStart, XMLError, XMLLimits, write_element

SLOW = 10.0
"""Seconds that no input may take (inputs have a few kilobytes; an honest one takes milliseconds)."""

MAX_EVENTS = 20_000
"""More than a few kilobytes of input can give rise to: beyond it, the engine goes round in circles."""


class Finding(Exception):  # noqa: N818 - it is what a fuzzer looks for
    """A property does not hold. The message says which, and what was seen."""


def require(holds: bool, text: str, *details: object) -> None:
    """Raise Finding unless it holds."""
    if not holds:
        raise Finding(" | ".join([text, *[repr(detail)[:1500] for detail in details]]))


Cut = Callable[[bytes], Iterator[bytes]]


def cuts(seed: int) -> dict[str, Cut]:
    """Ways to cut a piece: byte by byte, behind each `>`, and at random."""

    def single(data: bytes) -> Iterator[bytes]:
        return (data[index : index + 1] for index in range(len(data)))

    def behind(data: bytes) -> Iterator[bytes]:
        return (piece for piece in re.split(rb"(?<=>)", data) if piece)

    def anywhere(data: bytes) -> Iterator[bytes]:
        source = random.Random(seed)
        start = 0
        while start < len(data):
            size = source.choice((1, 2, 3, 7, 30, 200))
            yield data[start : start + size]
            start += size

    return {"single": single, "behind >": behind, "anywhere": anywhere}


def chosen_cuts(data: bytes, thorough: bool) -> list[tuple[str, Cut]]:
    """All cuts, or one of them: the one byte by byte seldom, since it costs most."""
    seed = zlib.crc32(data)
    found = list(cuts(seed).items())
    return found if thorough else [found[0] if seed % 8 == 0 else found[1 + seed % 2]]


# --- the reader --------------------------------------------------------------------------------------------------------

READER_LIMITS = (
    XMLLimits(),
    XMLLimits(
        stanza_bytes=300, depth=4, elements=12, attributes=3, name_bytes=20, namespace_bytes=60, names=20, namespaces=6
    ),
    XMLLimits(stanza_bytes=2000, header_bytes=400, renew_bytes=200),
    XMLLimits(stanza_bytes=5000, renew_bytes=1),
)
CONDITIONS = frozenset({"bad-format", "not-well-formed", "restricted-xml", "unsupported-encoding", "policy-violation"})
_SLICE = 4096


def check_reader(data: bytes, thorough: bool = True) -> object:
    """The same items and the same error however the bytes are cut; nothing but `XMLError`; bounded memory; what was read
    can be written and read again."""
    choice, data = (data[0], data[1:]) if data else (0, b"")
    limits = READER_LIMITS[choice % len(READER_LIMITS)]
    stepping = bool(choice & 0x10)
    restarts = bool(choice & 0x20)
    whole = _read([data], limits, stepping, restarts)
    for name, cut in chosen_cuts(data, thorough):
        other = _read(list(cut(data)), limits, stepping, restarts)
        require(other == whole, f"the items depend on the cut ({name})", whole, other)
    require(_read([data], limits, not stepping, restarts) == whole, "the items depend on stepping", whole)
    return tuple((kind, text[:12] if kind == "error" else "") for kind, text in whole)


def _read(pieces: list[bytes], limits: XMLLimits, stepping: bool, restarts: bool) -> list[tuple[str, str]]:
    """What comes out, as text."""
    reader = StreamReader(limits, stepping=stepping)
    bound = max(limits.stanza_bytes, limits.header_bytes) + _SLICE
    result: list[tuple[str, str]] = []
    for piece in [*pieces, None]:
        if piece is None:
            reader.feed_eof()
        else:
            reader.feed(piece)
        while True:
            try:
                item = reader.next()
            except XMLError as error:
                require(error.condition in CONDITIONS, "an undocumented condition", error.condition)
                result.append(("error", f"{error.condition}: {error.text}"))
                try:
                    reader.next()
                except XMLError as again:
                    require(str(again) == str(error), "another error the second time", str(error), str(again))
                else:
                    raise Finding("no error the second time")
                return result
            if item is None:
                require(reader.buffered <= bound, "more is held than the limits allow", reader.buffered, bound)
                break
            if isinstance(item, Element):
                text = write_element(item, "jabber:client")
                result.append(("element", text))
                _reread(item, text)
                if restarts and item.local == "restart":
                    reader.restart()
            elif isinstance(item, StreamStart):
                result.append(("start", repr(item)))
            else:
                result.append(("end", ""))
    require(reader.at_eof, "neither at the end nor an error")
    result.append(("eof", str(reader.truncated)))
    return result


def _reread(element: Element, text: str) -> None:
    reader = StreamReader(XMLLimits(stanza_bytes=10_000_000, elements=10**6, depth=500, names=10**6, namespaces=10**6,
                                    attributes=10**4, namespace_bytes=10**5, name_bytes=10**5))  # fmt: skip
    reader.feed(
        b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>" + text.encode()
    )
    require(isinstance(reader.next(), StreamStart), "the writer's own header is refused")
    again = reader.next()
    require(again == element, "what was read and written is read differently", text)


# --- the engine ----------------------------------------------------------------------------------------------------------

PASSWORD = "r0m30"
SALT = b"fuzzed salt 1234"
BINDINGS = (ChannelBinding("tls-exporter", b"\x07" * 32), ChannelBinding("tls-server-end-point", b"\x08" * 32))
KEYS = {name: KeyRequest(name, PASSWORD, SALT, 4096).derive() for name in ("sha1", "sha256", "sha512")}
JULIET = JID("juliet@capulet.lit/balcony")
SMALL = Limits(
    before_login=XMLLimits(stanza_bytes=600, depth=5, elements=20, header_bytes=400),
    after_login=XMLLimits(stanza_bytes=800, depth=6, elements=20, header_bytes=400, renew_bytes=500),
    output_high=400,
    output_low=200,
    output_bytes=1500,
    handshake_seconds=10,
    close_seconds=2,
)
BRIEF = Limits(scram_iterations=(4096, 5000))
_PLAIN: dict[str, Any] = {"require_tls": False, "allow_plain_without_tls": True}


def _client(**fields: Any) -> ClientConfig:
    common: dict[str, Any] = {"jid": JULIET, "password": PASSWORD, "keys": tuple(KEYS.values()), "limits": BRIEF}
    return ClientConfig(**{**common, **fields})


def _server(**fields: Any) -> ServerConfig:
    return ServerConfig(**{"domains": ("capulet.lit",), **fields})


CLIENTS: tuple[ClientConfig, ...] = (
    _client(**_PLAIN, starttls_unoffered=False),
    _client(),
    _client(direct_tls=True, mechanisms=("PLAIN", "SCRAM-SHA-1")),
    _client(**_PLAIN, jid=JID("capulet.lit"), password=None, keys=(), anonymous=True),
    _client(**_PLAIN, starttls_unoffered=False, limits=replace(SMALL, scram_iterations=(4096, 5000)), keepalive=5.0),
    _client(keys=(), limits=replace(BRIEF, derive_inline=1), elements=(("urn:x", "y"),), idle_timeout=30.0),
)
SERVERS: tuple[ServerConfig, ...] = (
    _server(**_PLAIN, mechanisms=("SCRAM-SHA-1", "PLAIN")),
    _server(),
    _server(direct_tls=True),
    _server(**_PLAIN, mechanisms=("EXTERNAL", "OAUTHBEARER", "ANONYMOUS", "PLAIN"), elements=(("urn:x", "y"),)),
    _server(**_PLAIN, limits=SMALL, keepalive=5.0),
    _server(idle_timeout=20.0, mechanisms=("EXTERNAL", "SCRAM-SHA-256-PLUS"), decoy_secret=b"decoy"),
)


def _closure() -> dict[Phase, frozenset[Phase]]:
    """The phases that can be reached from each phase."""
    reach = {phase: {phase} for phase in Phase}
    for _ in Phase:
        for (before, _cause), after in TRANSITIONS.items():
            for reached in reach.values():
                if before in reached:
                    reached.add(after)
    return {phase: frozenset(reached) for phase, reached in reach.items()}


REACHABLE = _closure()


class Run:
    """One script through one engine. `comparable` is false where TLS began in the middle of a piece: then it matters for
    good reason how that piece was cut."""

    def __init__(self, config: StreamConfig, make: Callable[[StreamConfig], Any], cut: Cut | None) -> None:
        self.engine = make(replace(config, random=random.Random(5).randbytes))
        self.limits = config.limits
        self.cut = cut
        self.now = 1000.0
        self.phase = self.engine.phase
        self.events: list[str] = []
        """Without those that tell how full the output is, which depends on when one pulls."""
        self.kinds: list[str] = []
        self.output = bytearray()
        self.ended = False
        self.tls: TLSRequested | None = None
        self.refuse = self.fail_tls = False
        self.comparable = True

    def play(self, script: bytes) -> None:
        """The whole script, and the end of the transport behind it."""
        self.engine.start(self.now)
        self.pull()
        self.piece_done()
        first, *others = script.split(b"\0")
        self.receive(first)
        for part in others:
            action = _ACTIONS.get(part[:1])
            if action is None:
                self.receive(b"\0" + part)
                continue
            action(self)
            self.pull()
            self.piece_done()
            self.receive(part[1:])
        self.engine.receive_data(b"", self.now)
        self.pull()
        self.piece_done()
        self.afterwards()

    def receive(self, data: bytes) -> None:
        pieces = list(self.cut(data)) if self.cut is not None else [data]
        for piece in pieces:
            if not piece:
                continue
            if self.tls is not None or self.engine.phase is Phase.TLS_HANDSHAKE:
                self.comparable = False
                break
            self.engine.receive_data(piece, self.now)
            self.pull()
        self.piece_done()

    def pull(self) -> None:
        """All events, with the answers to all questions."""
        for _ in range(MAX_EVENTS):
            event = self.engine.next_event(self.now)
            self.see_phase()
            if isinstance(event, Signal):
                self.see_rest()
                return
            require(not self.ended, "an event behind StreamEnded", event)
            self.kinds.append(type(event).__name__)
            if not isinstance(event, OutputHigh | OutputLow):
                self.events.append(json.dumps(encode(event, secrets=True)))
            if isinstance(event, StreamEnded):
                self.ended = True
                require(
                    self.engine.phase is Phase.CLOSED, "StreamEnded, but the phase is not CLOSED", self.engine.phase
                )
            elif isinstance(event, TLSRequested):
                self.tls = event
            elif isinstance(event, Question):
                self.settle(event)
        raise Finding("events without end: " + " ".join(self.kinds[-20:]))

    def see_phase(self) -> None:
        phase = self.engine.phase
        require(phase in REACHABLE[self.phase], "a move that is not in the table", self.phase, phase)
        self.phase = phase

    def see_rest(self) -> None:
        """What the engine holds when it wants more."""
        core = getattr(self.engine, "_core", None)
        if core is None or self.tls is not None:
            return
        held = core.reader.buffered + core.chunks_size
        limits = self.limits.after_login
        bound = max(limits.stanza_bytes, self.limits.before_login.stanza_bytes, limits.header_bytes) + _SLICE
        require(held <= bound or self.ended, "more input is held than the limits allow", held, bound)

    def settle(self, question: Question) -> None:
        """Answer, or refuse if the script says so."""
        engine, now = self.engine, self.now
        if self.refuse:
            self.refuse = False
            engine.refuse(
                question, "conflict" if isinstance(question, BindRequested) else "temporary-auth-failure", now
            )
            return
        match question:
            case KeyDerivationRequested():
                engine.answer(question, question.request.derive(), now)
            case CredentialsRequested():
                known = question.username == "juliet"
                engine.answer(question, KEYS[question.hash].credentials() if known else None, now)
            case PasswordRequested():
                engine.answer(question, question.password == PASSWORD, now)
            case TokenRequested():
                engine.answer(question, "juliet" if question.token == "good" else None, now)
            case ExternalRequested():
                engine.answer(question, "juliet", now)
            case AnonymousRequested():
                engine.answer(question, "visitor", now)
            case AuthorizationRequested():
                engine.answer(question, question.authzid == JID("nurse@capulet.lit"), now)
            case BindRequested():
                engine.answer(question, question.resource or "made-up", now)
            case _:
                raise Finding(f"an unknown question: {type(question).__name__}")

    def piece_done(self) -> None:
        """Behind each piece: write, and begin TLS if it was asked for."""
        self.write()
        question, self.tls = self.tls, None
        if question is None or self.ended:
            return
        if self.fail_tls:
            self.fail_tls = False
            self.engine.tls_failed("the script says so", self.now)
        else:
            info = TLSInfo("TLSv1.3", "NONE", BINDINGS, b"DER", ("juliet@capulet.lit",), self.now + 40)
            self.engine.tls_established(info, self.now)
        self.pull()
        self.piece_done()

    def write(self) -> None:
        data = self.engine.data_to_send()
        require(self.engine.output_size == 0, "output is left behind", self.engine.output_size)
        self.output += data
        self.pull()

    def send(self, item: Any) -> None:
        """Sending is refused where it is not possible, and nothing else."""
        before = self.engine.output_size
        try:
            self.engine.send(item, self.now)
        except LocalProtocolError:
            require(self.engine.output_size == before, "a refused stanza left something behind")
        else:
            require(self.phase is Phase.ESTABLISHED, "a stanza was accepted", self.phase)

    def send_bad(self) -> None:
        try:
            self.engine.send(Message(body="\ud800\0"), self.now)
        except LocalProtocolError:
            return
        raise Finding("XML cannot carry that, but it was accepted")

    def timer(self) -> None:
        due = self.engine.next_timeout()
        if due is None:
            return
        self.now = max(self.now, due)
        self.engine.handle_timeout(self.now)
        self.pull()
        again = self.engine.next_timeout()
        require(again is None or again > self.now or self.ended, "a timer that is due for ever", due, again, self.now)

    def wait(self) -> None:
        self.now += 1.0
        self.engine.handle_timeout(self.now)

    def end_of_file(self) -> None:
        self.engine.receive_data(b"", self.now)

    def close(self, error: StreamError | None = None) -> None:
        self.engine.close(self.now, error)

    def set_refuse(self) -> None:
        self.refuse = True

    def set_fail_tls(self) -> None:
        self.fail_tls = True

    def afterwards(self) -> None:
        """Behind the end of the file, with all timers: the stream is over, and stays so."""
        for _ in range(20):
            if self.ended:
                break
            self.timer()
            self.pull()
            self.piece_done()
        require(self.ended, "the transport has ended, all timers have run, and there is no StreamEnded", self.phase)
        require(self.kinds[-1] == "StreamEnded", "StreamEnded is not last", self.kinds[-3:])
        self.now += 1000.0
        self.engine.receive_data(b"<message/></stream:stream>", self.now)
        self.engine.handle_timeout(self.now)
        self.engine.close(self.now)
        self.engine.receive_data(b"", self.now)
        size = len(self.output)
        self.pull()
        self.write()
        require(len(self.output) == size, "output behind the end", bytes(self.output[size:]))
        require(not self.engine.wants_read, "input is wanted behind the end")


_ACTIONS: dict[bytes, Callable[[Run], None]] = {
    b"n": lambda _run: None,
    b"t": Run.timer,
    b"w": Run.wait,
    b"m": lambda run: run.send(Message(to=JID("romeo@montague.lit"), body="<&>\"'\r\n")),
    b"q": lambda run: run.send(Iq.get(Element(("urn:xmpp:ping", "ping")))),
    b"b": Run.send_bad,
    b"c": Run.close,
    b"x": lambda run: run.close(
        StreamError(StreamErrorCondition.RESET, "<reset>", "en", None, Element(("urn:x", "y")))
    ),
    b"e": Run.end_of_file,
    b"r": Run.set_refuse,
    b"f": Run.set_fail_tls,
}


def check_client(data: bytes, thorough: bool = True) -> object:
    """The properties of a `Connection` that is a client."""
    return _check(data, CLIENTS, thorough)


def check_server(data: bytes, thorough: bool = True) -> object:
    """The properties of a `Connection` that is a server."""
    return _check(data, SERVERS, thorough)


def _check(data: bytes, configs: tuple[Any, ...], thorough: bool) -> object:
    choice, script = (data[0], data[1:]) if data else (0, b"")
    config = configs[choice % len(configs)]
    began = time.monotonic()
    whole = Run(config, Connection, None)  # type: ignore[arg-type]
    whole.play(script)
    well_formed(bytes(whole.output))
    for name, cut in chosen_cuts(data, thorough):
        other = Run(config, Connection, cut)  # type: ignore[arg-type]
        other.play(script)
        if not (whole.comparable and other.comparable):
            continue
        require(
            other.events == whole.events, f"the events depend on the cut ({name})", *_first(whole.events, other.events)
        )
        require(other.output == whole.output, f"the output depends on the cut ({name})", whole.output, other.output)
    if thorough or zlib.crc32(data) % 5 == 0:
        _check_replay(config, script, whole)
    took = time.monotonic() - began
    require(took < SLOW, f"{took:.1f} seconds for {len(data)} bytes")
    return (choice % len(configs), *_runs(whole.kinds))


def _check_replay(config: StreamConfig, script: bytes, whole: Run) -> None:
    """The same run again, recorded, and the replay of the record."""
    lines: list[str] = []
    recorded = Run(config, lambda made: record(made, lines.append, secrets=True), None)
    recorded.play(script)
    require(recorded.events == whole.events and recorded.output == whole.output, "the second run differs")
    again = replay(lines)
    require(again.equal, "the replay differs", *[str(difference) for difference in again.differences[:3]])
    require(again.output == bytes(whole.output), "the replay's output differs")


def _first(one: list[str], other: list[str]) -> tuple[object, object]:
    """The first event in which two runs differ."""
    for index in range(max(len(one), len(other))):
        if one[index : index + 1] != other[index : index + 1]:
            return one[index : index + 2], other[index : index + 2]
    return (), ()


def _runs(kinds: list[str]) -> list[str]:
    """The kinds without immediate repetitions."""
    return [kind for index, kind in enumerate(kinds) if index == 0 or kinds[index - 1] != kind]


def well_formed(output: bytes) -> None:
    """What we wrote is XML: one document for each stream header, closed or cut off between elements."""
    for number, stream in enumerate(output.split(b"<?xml")):
        if number == 0:
            require(not stream.strip(), "output in front of the header", stream)
            continue
        document = b"<?xml" + stream
        parser = expat.ParserCreate(namespace_separator="\n")
        try:
            parser.Parse(document, False)
            if not document.rstrip().endswith(b"</stream:stream>"):
                parser.Parse(b"</stream:stream>", False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Finding(f"the output is not well-formed: {error}: {document!r}") from None


# --- addresses -------------------------------------------------------------------------------------------------------------


def check_jid(data: bytes, thorough: bool = True) -> object:  # noqa: ARG001 - as the others
    """Nothing but `JIDError`; preparation is done once for all; parts have 1 to 1023 octets; parts make the whole."""
    began = time.monotonic()
    text = data.decode("utf-8", "surrogateescape")
    summary: list[object] = []
    try:
        jid = JID(text)
    except JIDError as error:
        require(bool(error.part) and bool(error.rule) and bool(str(error)), "an error without a reason")
        summary = [error.part, error.rule]
    else:
        _prepared(jid)
        summary = [jid.localpart is not None, jid.resourcepart is not None, str(jid) == text, str(jid).isascii()]
    try:
        escaped = escape_localpart(text)
    except JIDError:
        pass
    else:
        require(unescape_localpart(escaped) == text, "escaped and unescaped is something else", text, escaped)
        summary.append(escaped != text)
    unescape_localpart(text)
    took = time.monotonic() - began
    require(took < SLOW, f"{took:.1f} seconds for {len(text)} characters")
    return tuple(summary)


def _prepared(jid: JID) -> None:
    whole = str(jid)
    again = JID(whole)
    require(
        again == jid and hash(again) == hash(jid) and str(again) == whole, "preparation is not done once for all", whole
    )
    parts = (jid.localpart, jid.domainpart, jid.resourcepart)
    for part in parts:
        require(part is None or 1 <= len(part.encode()) <= 1023, "a part of the wrong length", whole)
    require(JID.from_parts(*parts) == jid, "the parts make another address", whole)
    require(jid.bare == JID(str(jid.bare)) and jid.bare.resourcepart is None, "the bare address", whole)
    require(not jid < again and jid <= again, "the order", whole)
    require(
        (jid < jid.bare) is False and (jid == jid.bare) is (jid.resourcepart is None), "a bare one comes first", whole
    )


HARNESSES: dict[str, Callable[..., object]] = {
    "reader": check_reader,
    "client": check_client,
    "server": check_server,
    "jid": check_jid,
}
