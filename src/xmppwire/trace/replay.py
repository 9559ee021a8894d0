"""Runs a trace through a new engine and says where it behaves differently.

A trace with secrets is repeated exactly: same config, same calls at the same times, same random bytes. Output, events and
phases must be the same to the byte.

A trace without them cannot be: the messages of the login are blanked. There the engine logs in with a made-up password
against a stand-in (see `standin`), while everything else comes from the trace. Compared is what comes before the login
and all that comes from its end on, the event `Authenticated` included: events, output and phases, with blanks for the
same places. Left out is the login itself: its SASL messages, its questions, failed tries in between. A trace in which no
login succeeds is compared up to where the first one begins.
"""

from __future__ import annotations

import base64
import dataclasses
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ..stream import (
    AuthorizationRequested,
    ClientConfig,
    Connection,
    CredentialsRequested,
    Engine,
    KeyDerivationRequested,
    LocalProtocolError,
    PasswordRequested,
    Question,
    S2SIncomingConfig,
    S2SOutgoingConfig,
    Signal,
    StreamConfig,
)
from ..stream.features import DEFAULT_FEATURES, Feature
from .blank import Blanker
from .record import VERSION
from .standin import PASSWORD, Attempt, StandIn, StandInClient, StandInServer, stand_in_credentials, stand_in_value
from .values import BLANK, Json, Missing, TraceError, decode, decode_bytes, encode, encode_bytes, member, parse_line

_NO_MESSAGE = re.compile(r"<auth\b[^>]*(?:/>|></)")
"""The beginning of a login without its first message: the first challenge only asks for it."""

_ENOUGH = 20
"""Differences after which a replay stops: what follows a difference differs as well."""


@dataclass(slots=True)
class Difference:
    """One place where the replay went another way: the line of the trace (from 1), what differs, and how."""

    line: int
    what: str
    recorded: Json
    replayed: Json

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}: recorded {self.recorded!r}, replayed {self.replayed!r}"


@dataclass(slots=True)
class Replay:
    """How a replay went.

    `exact` says that the trace had its secrets, so that every byte was compared. `compared` counts the events and pieces
    of output that were held against the trace. `output` is all that the new engine wrote, `events` all events it gave.
    """

    exact: bool
    compared: int = 0
    differences: list[Difference] = field(default_factory=list[Difference])
    output: bytes = b""
    events: list[Any] = field(default_factory=list[Any])

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def replay(
    lines: Iterable[str],
    *,
    config: StreamConfig | None = None,
    features: Iterable[Feature] = (),
    make: Callable[[Any], Engine] | None = None,
) -> Replay:
    """Repeat a trace with a new engine.

    A trace holds stream features by the name of their class: `features` are those that did not come with the engine.
    `config` replaces the recorded one altogether; its `random` does not count. `make` makes the engine (None: a
    `Connection`). Raises TraceError if this is no trace, or if its config cannot be had.
    """
    records = [(number, parse_line(line)) for number, line in enumerate(lines, 1) if line.strip()]
    if not records or records[0][1].get("xmppwire-trace") != VERSION:
        raise TraceError(f"not a trace of version {VERSION}")
    header = records.pop(0)[1]
    exact = header.get("secrets") is True
    missing = Missing(stand_in_value, {type(feature).__name__: feature for feature in (*DEFAULT_FEATURES, *features)})
    if config is None:
        config = _config(header.get("config"), exact, records, missing)
    draws = _Draws()
    config = dataclasses.replace(config, random=draws)
    engine = make(config) if make is not None else cast("Engine", Connection(cast("Any", config)))
    player = _Player(engine, draws, exact, isinstance(config, ClientConfig), records)
    return player.play()


def _config(
    recorded: Json, exact: bool, records: Sequence[tuple[int, dict[str, Json]]], missing: Missing
) -> StreamConfig:
    between_servers = member(recorded, "class") in (S2SIncomingConfig.__name__, S2SOutgoingConfig.__name__)
    if between_servers and not exact:
        raise TraceError("a stream between servers is replayed from a trace with its secrets")
    config = decode(recorded, missing, "config")
    if not isinstance(config, StreamConfig):
        raise TraceError("the trace does not hold its config")
    if exact or not isinstance(config, ClientConfig):
        return config
    # The stand-in knows nothing of earlier logins, and has a password where there were keys.
    known = frozenset(name.removesuffix("-PLUS") for name in config.known_mechanisms)
    config = dataclasses.replace(config, known_mechanisms=known, known_bindings=frozenset())
    if recorded.get("keys") == BLANK:
        used = tuple(attempt.mechanism for attempt in _attempts(records))
        config = dataclasses.replace(config, password=PASSWORD, mechanisms=used or config.mechanisms)
    return config


class _Draws:
    """The recorded random bytes, in order."""

    def __init__(self) -> None:
        self.waiting: deque[bytes] = deque()
        self.missing = 0

    def __call__(self, size: int) -> bytes:
        if self.waiting and len(self.waiting[0]) == size:
            return self.waiting.popleft()
        self.missing += 1
        return bytes(size)


class _Player:
    """One replay under way."""

    def __init__(
        self,
        engine: Engine,
        draws: _Draws,
        exact: bool,
        client: bool,
        records: list[tuple[int, dict[str, Json]]],
    ) -> None:
        self.engine = engine
        self.draws = draws
        self.records = records
        self.result = Replay(exact)
        self.phase = engine.phase.value
        self.questions: dict[int, Question] = {}
        self.line = 0
        self.written = bytearray()
        self.early = b""
        """Output of the login that was taken before the trace took it."""
        self.last_login_line = 0 if exact else _login_end(records)
        self.in_login = False
        self.attempts = _attempts(records)
        self.tries = 0
        self.stand_in: StandIn = StandInServer() if client else StandInClient(self.attempts)
        self.filler = Blanker(self.stand_in.fill)
        self.blanker = Blanker()

    def play(self) -> Replay:
        for number, record in self.records:
            self.line = number
            if "raised" in record:
                continue
            self._draw(record)
            try:
                self._do(record)
            except LocalProtocolError as error:
                self._differ("call", record.get("call"), f"LocalProtocolError: {error}")
                break
            except (KeyError, TypeError) as error:
                raise TraceError(f"line {number}: {error!r} is missing or wrong") from error
            self._check_phase(record)
            self._check_draws()
            if len(self.result.differences) >= _ENOUGH or (self.in_login and self.last_login_line == 0):
                break
        self.result.output = bytes(self.written)
        return self.result

    # --- calls ------------------------------------------------------------------------------------------------------

    def _do(self, record: dict[str, Json]) -> None:
        engine = self.engine
        call = record.get("call")
        now: float = record["at"] if call not in ("data_to_send", "handled") else 0.0
        match call:
            case "start":
                engine.start(now)
            case "receive_data":
                self._receive(record["in"], now)
            case "next_event":
                self._pull(record, now)
            case "data_to_send":
                self._take(decode_bytes(record["out"]))
            case "handle_timeout":
                engine.handle_timeout(now)
            case "send":
                engine.send(self._decode(record["item"]), now)
            case "ask":
                cast("Connection", engine).ask(now)
            case "set_active":
                cast("Connection", engine).set_active(record["active"], now)
            case "request_pair":
                pair = (record["local"], record["remote"])
                cast("Connection", engine).request_pair(*pair, now, same_host=record["same_host"])
            case "verify_key":
                cast("Connection", engine).verify_key(self._decode(record["request"]), now)
            case "handled":
                cast("Connection", engine).handled(record["count"])
            case "close":
                engine.close(now, self._decode(record["error"]))
            case "tls_established":
                engine.tls_established(self._decode(record["info"]), now)
                self.filler.restart()
                self.blanker.restart()
            case "tls_failed":
                engine.tls_failed(record["reason"], now)
            case "answer":
                self._answer(record, now)
            case "refuse":
                if (question := self._question(record)) is not None:
                    engine.refuse(question, record["condition"], now, record["text"])
            case _:
                raise TraceError(f"line {self.line}: unknown call {call!r}")

    def _receive(self, recorded: Json, now: float) -> None:
        if recorded is None:
            self.engine.receive_data(b"", now)
            return
        data = decode_bytes(recorded)
        if not self.result.exact:
            self._overtake()
            data = self.filler.feed(data)
            self.stand_in.told(data)
        if data:  # nothing is left of a piece from the middle of a secret, and b"" would be the end of the file
            self.engine.receive_data(data, now)

    def _overtake(self) -> None:
        """During the login: show the stand-in what the engine wrote, before it has to answer."""
        if self.in_login:
            data = self.engine.data_to_send()
            self.stand_in.observe(data)
            self.early += data

    def _take(self, recorded: bytes) -> None:
        data = self.engine.data_to_send()
        if not self.result.exact:
            if self.in_login or self.last_login_line > self.line:
                self.stand_in.observe(data)
            data, self.early = self.early + data, b""
        self.written += data
        shown = data if self.result.exact else self.blanker.feed(data)
        self._compare("output", encode_bytes(recorded), encode_bytes(shown))

    def _pull(self, record: dict[str, Json], now: float) -> None:
        event = self.engine.next_event(now)
        if self.in_login:
            if _event_type(record) == "KeyDerivationRequested":
                # The stand-in asks for so few iterations that there was no such question; if there was, answer it.
                self._note(event, record, compare=False)
                return
            while isinstance(event, Question) and _event_type(record) != type(event).__name__:
                self._settle(event, now)
                event = self.engine.next_event(now)
        ends_login = self.line == self.last_login_line
        if ends_login:
            self.in_login = False
        if ends_login or _event_type(record) == "Established":
            self.filler.authenticated = self.blanker.authenticated = True
        self._note(event, record, compare=True)
        if not self.result.exact and _event_type(record) == "AuthenticationStarted":
            self.in_login = self.line < self.last_login_line or self.last_login_line == 0
            self.tries += 1

    def _settle(self, question: Question, now: float) -> None:
        """Answer a question of the login that the recorded run did not ask."""
        match question:
            case KeyDerivationRequested():
                self.engine.answer(question, question.request.derive(), now)
            case CredentialsRequested():
                self.engine.answer(question, stand_in_credentials(question.hash), now)
            case _:
                self.engine.refuse(question, "not-authorized", now)

    def _note(self, event: Any, record: dict[str, Json], *, compare: bool) -> None:
        if isinstance(event, Question) and "question" in record:
            self.questions[record["question"]] = event
        if isinstance(event, Signal):
            got: Json = event.name
        else:
            self.result.events.append(event)
            got = encode(event, self.result.exact)
        if compare:
            self._compare("event", record.get("event", record.get("signal")), got)

    def _answer(self, record: dict[str, Json], now: float) -> None:
        question = self._question(record)
        if question is None:
            return
        value = record["value"]
        if value == BLANK and isinstance(question, CredentialsRequested):
            answer: object = stand_in_credentials(question.hash)
        elif isinstance(question, KeyDerivationRequested) and value == BLANK:
            answer = question.request.derive()
        elif (
            self.in_login
            and not self.attempts[self.tries - 1].succeeded
            and not isinstance(question, CredentialsRequested)
        ):
            answer = False if isinstance(question, PasswordRequested | AuthorizationRequested) else None
        else:
            answer = self._decode(value)
        self.engine.answer(question, answer, now)

    def _question(self, record: dict[str, Json]) -> Question | None:
        number = record["question"]
        question = self.questions.get(number)
        if question is None or question.pauses:
            self.questions.pop(number, None)
        if question is None and not self.in_login:
            self._differ("question", record["question"], None)
        return question

    def _decode(self, value: Json) -> Any:
        return decode(value, Missing(stand_in_value, {}))

    # --- comparisons ------------------------------------------------------------------------------------------------

    def _draw(self, record: dict[str, Json]) -> None:
        try:
            self.draws.waiting.extend(base64.b64decode(draw, validate=True) for draw in record.get("random", ()))
        except (TypeError, ValueError):
            raise TraceError(f"line {self.line}: random bytes that are no base64") from None

    def _check_draws(self) -> None:
        if self.in_login:
            return
        if self.draws.missing or (self.draws.waiting and self.result.exact):
            self._differ("random draws", f"{len(self.draws.waiting)} left over", f"{self.draws.missing} too many")
        self.draws.waiting.clear()
        self.draws.missing = 0

    def _check_phase(self, record: dict[str, Json]) -> None:
        recorded = record.get("phase")
        phase = self.engine.phase.value
        if recorded is not None or phase != self.phase:
            self._compare("phase", recorded or self.phase, phase)
            self.phase = phase

    def _compare(self, what: str, recorded: Json, got: Json) -> None:
        if self.in_login:
            return
        self.result.compared += 1
        if recorded != got:
            self._differ(what, recorded, got)

    def _differ(self, what: str, recorded: Json, got: Json) -> None:
        if not self.in_login:
            self.result.differences.append(Difference(self.line, what, recorded, got))


# --- what the trace tells about the login ----------------------------------------------------------------------------


def _event_type(record: dict[str, Json]) -> str | None:
    name = member(record.get("event"), "class")
    return name if isinstance(name, str) else None


def _login_end(records: Iterable[tuple[int, dict[str, Json]]]) -> int:
    """The line of the event that ends the login; 0 if none does."""
    return next((number for number, record in records if _event_type(record) == "Authenticated"), 0)


def _attempts(records: Iterable[tuple[int, dict[str, Json]]]) -> list[Attempt]:
    """The tries to log in."""
    attempts: list[Attempt] = []
    at_hand: str | None = None
    late = False
    for _, record in records:
        late |= _NO_MESSAGE.search(str(record.get("in", ""))) is not None
        kind = _event_type(record)
        if record.get("call") == "tls_established":
            bindings: Json = member(record.get("info"), "bindings")
            at_hand = member(bindings[0], "type") if bindings else None
        if kind == "AuthenticationStarted":
            event = record["event"]
            attempts.append(Attempt(event.get("mechanism") or "", event.get("binding") or at_hand))
        elif attempts and "<challenge" in str(record.get("out", "")):
            attempts[-1].heard |= not late
            late = False
        if kind is None or not attempts:
            continue
        attempt, event = attempts[-1], record["event"]
        attempt.heard |= "question" in record
        if isinstance(event.get("username"), str):
            attempt.username = event["username"]
        if kind == "AuthorizationRequested" and isinstance(event.get("authzid"), dict):
            attempt.authzid = event["authzid"].get("jid")
        if kind == "Authenticated":
            attempt.succeeded = True
            attempt.username = attempt.username or event.get("authcid") or ""
    return attempts
