"""Any order of calls keeps the promises: two engines, a clock that is set by hand, and everything that a driver could do wrong.

Every call is written down. At the end the log is played to fresh engines, without the calls that raised: what comes out
must be the same, which proves both that the engine is a function of its calls, and that a `LocalProtocolError` left no trace.
"""

from __future__ import annotations

import itertools
from collections import deque
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.pair import seeded
from tests.stream.recut import shown
from tests.stream.streams import (
    AUTH_PLAIN,
    BIND,
    CLIENT_HEADER,
    HEADER,
    JULIET,
    PASSWORD,
    PROCEED,
    SASL,
    STARTTLS,
    SUCCESS,
    client_config,
    credentials,
    features,
    mechanisms,
    server_config,
)
from xmppwire.jid import JID
from xmppwire.sasl import KeyRequest, ScramKeys
from xmppwire.stanza import Iq, Message, Presence
from xmppwire.stream import (
    NEED_DATA,
    TRANSITIONS,
    BindRequested,
    Cause,
    Connection,
    CredentialsRequested,
    KeyDerivationRequested,
    Limits,
    LocalProtocolError,
    PasswordRequested,
    Phase,
    Question,
    Signal,
    StreamEnded,
    StreamError,
    StreamErrorCondition,
    TLSInfo,
    TLSRequested,
)
from xmppwire.stream.phases import move
from xmppwire.xml import Element

SMALL = Limits(
    output_high=1500, output_low=300, output_bytes=4000, input_bytes=3000, handshake_seconds=40, derive_inline=10
)
ROLES = {
    "starttls": {"mechanisms": ["PLAIN"]},
    "direct": {"direct_tls": True, "mechanisms": ["PLAIN"]},
    "scram": {"mechanisms": ["SCRAM-SHA-1"], "limits": SMALL},
    "no tls": {"require_tls": False, "allow_plain_without_tls": True, "mechanisms": ["PLAIN"], "keepalive": 7.0},
    "impatient": {"mechanisms": ["PLAIN"], "idle_timeout": 11.0, "keepalive": 5.0, "limits": SMALL},
}
PIECES = [
    *[
        piece.encode()
        for piece in (AUTH_PLAIN, BIND, CLIENT_HEADER, HEADER, PROCEED, STARTTLS, SUCCESS, features(STARTTLS))
    ],
    features(mechanisms("PLAIN", "SCRAM-SHA-1")).encode(),
    features(BIND).encode(),
    b"</stream:stream>",
    b" ",
    b"\n  ",
    b"<message from='a@b'><body>x</body></message>",
    b"<message",
    b"<iq type='get'/>",
    b"<iq type='set' id='1'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>",
    b"<iq type='set' id='2'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    b"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
    f"<challenge xmlns='{SASL}'>cj1h</challenge>".encode(),
    f"<response xmlns='{SASL}'>Yz1iaXdz</response>".encode(),
    f"<failure xmlns='{SASL}'><not-authorized/></failure>".encode(),
    f"<abort xmlns='{SASL}'/>".encode(),
    b"<presence>" + b"<x xmlns='y'/>" * 300 + b"</presence>",
    b"<!DOCTYPE x>",
    b"&#0;",
    b"\xff\xfe",
    b">",
    b"x" * 5000,
]
ITEMS = [
    lambda: Message(to=JID("romeo@montague.lit"), body="Ay me!"),
    lambda: Message(to=JID("romeo@montague.lit"), body="x" * 700),
    lambda: Message(body="\0"),
    lambda: Presence(),
    lambda: Iq.get(Element(("urn:xmpp:ping", "ping"))),
    lambda: Iq.get(Element(("urn:example", "bad"), {}, ["\ud800"])),
    lambda: Element(("urn:example", "tick")),
    lambda: Element(("urn:example", "no name")),
]
ERRORS = [
    None,
    None,
    StreamError(StreamErrorCondition.CONFLICT, "replaced"),
    StreamError(StreamErrorCondition.RESET, "\0"),
    StreamError(StreamErrorCondition.SEE_OTHER_HOST, content="\ufffe"),
]
MOVES_PHASE = frozenset({"start", "next_event", "tls_established", "tls_failed", "close"})
ROLE = st.sampled_from(["client", "server"])
TLS = TLSInfo("TLSv1.3", peer_expires=1030.0)


def reachable() -> dict[Phase, set[Phase]]:
    """The phases that some causes lead to."""
    found = {phase: {phase} for phase in Phase}
    for _ in Phase:
        for (phase, _cause), target in TRANSITIONS.items():
            for reached in found.values():
                if phase in reached:
                    reached.add(target)
    return found


REACHABLE = reachable()


class Player:
    """One engine; each call is checked and written down."""

    def __init__(self, role: str, kind: str) -> None:
        self.role, self.kind = role, kind
        self.engine = self.fresh()
        self.log: list[tuple[str, tuple[Any, ...], object]] = []
        self.questions: list[Question] = []
        self.inbox: deque[bytes] = deque()
        self.signal: Signal = NEED_DATA
        self.ended = False
        self.written = b""

    def fresh(self) -> Connection:
        make = client_config if self.role == "client" else server_config
        return Connection(make(**ROLES[self.kind], random=seeded(7)))

    def state(self) -> tuple[object, ...]:
        engine = self.engine
        return engine.phase, engine.output_size, engine.next_timeout(), engine.wants_read, engine.jid

    def call(self, name: str, *arguments: Any) -> Any:
        """Call the engine. None if it said that the call was wrong."""
        before = self.state()
        try:
            result = getattr(self.engine, name)(*arguments)
        except LocalProtocolError:
            assert self.state() == before, f"{name} raised, and changed something"
            return None
        if self.engine.phase is not before[0]:
            assert name in MOVES_PHASE, f"{name} moved the phase"
            assert self.engine.phase in REACHABLE[before[0]]
        if isinstance(result, Question):
            self.questions.append(result)
        arguments = tuple(self.questions.index(item) if isinstance(item, Question) else item for item in arguments)
        self.log.append((name, arguments, shown_result(result)))
        if isinstance(result, bytes):
            self.written += result
            assert b"</stream:stream>" not in self.written[:-16], "the closing tag is the last that is written"
        return result

    def pull(self, now: float) -> Any:
        event = self.call("next_event", now)
        if isinstance(event, Signal):
            self.signal = event
        else:
            assert not self.ended, f"{event} behind StreamEnded"
            self.ended = isinstance(event, StreamEnded)
            assert self.ended <= (self.engine.phase is Phase.CLOSED)
        return event

    def pull_all(self, now: float, *, oblige: bool = False) -> None:
        for _ in range(5000):
            event = self.pull(now)
            if isinstance(event, Signal):
                self.at_rest(now)
                return
            if oblige and isinstance(event, Question) and not isinstance(event, TLSRequested):
                self.call("answer", event, good_answer(event), now)
        raise AssertionError("the events never end")

    def at_rest(self, now: float) -> None:
        """What holds once the events are out."""
        engine = self.engine
        if self.ended:
            self.call("data_to_send")
            assert self.pull(now) is NEED_DATA
        elif self.signal is NEED_DATA and engine.phase is not Phase.CONNECTED:
            assert engine.wants_read or engine.output_size > engine.config.limits.output_high, (
                "it will never read again"
            )

    def replay(self) -> None:
        """The same calls, without those that raised, give the same."""
        engine = self.fresh()
        questions: list[Question] = []
        for name, arguments, expected in self.log:
            if name in ("answer", "refuse"):
                arguments = (questions[arguments[0]], *arguments[1:])
            result = getattr(engine, name)(*arguments)
            if isinstance(result, Question):
                questions.append(result)
            assert shown_result(result) == expected, name


def shown_result(result: object) -> object:
    return result.name if isinstance(result, Signal) else shown(result)


def good_answer(question: Question) -> object:
    match question:
        case CredentialsRequested(hash=hash):
            return credentials(hash)
        case PasswordRequested(password=password):
            return password == PASSWORD
        case KeyDerivationRequested(request=request):
            return request.derive()
        case BindRequested(resource=resource):
            return resource or "chosen"
        case _:
            return True


class Streams(RuleBasedStateMachine):
    """Two engines, joined by inboxes that may lose, hold back, or be told lies."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.players: dict[str, Player] = {}

    @initialize(
        kind=st.sampled_from(sorted(ROLES)),
        other=st.sampled_from([None, None, None, *sorted(ROLES)]),
        rounds=st.sampled_from([0, 3, 6, 20, 20, 20]),
        oblige=st.sampled_from([True, True, False]),
    )
    def begin(self, kind: str, other: str | None, rounds: int, oblige: bool) -> None:
        """Most runs begin with a good part of a login: without it, nothing interesting would ever be reached."""
        self.players = {"client": Player("client", kind), "server": Player("server", other or kind)}
        if rounds:
            self.behave(rounds, oblige)

    def other(self, role: str) -> Player:
        return self.players["server" if role == "client" else "client"]

    @rule(role=ROLE)
    def start(self, role: str) -> None:
        self.players[role].call("start", self.now)

    @rule(role=ROLE)
    def pull_once(self, role: str) -> None:
        self.players[role].pull(self.now)

    @rule(role=ROLE)
    def write(self, role: str) -> None:
        data = self.players[role].call("data_to_send")
        if data:
            self.other(role).inbox.append(data)

    @rule(role=ROLE, size=st.integers(1, 3000))
    def read(self, role: str, size: int) -> None:
        player = self.players[role]
        if player.inbox:
            data = player.inbox.popleft()
            if data[size:]:
                player.inbox.appendleft(data[size:])
            player.call("receive_data", data[:size], self.now)

    @rule(role=ROLE, data=st.sampled_from(PIECES), times=st.sampled_from([1, 1, 3]))
    def lie(self, role: str, data: bytes, times: int) -> None:
        self.players[role].call("receive_data", data * times, self.now)

    @rule(role=ROLE)
    def end_of_file(self, role: str) -> None:
        self.players[role].call("receive_data", b"", self.now)

    @rule(seconds=st.sampled_from([-5.0, 0.5, 3.0, 12.0, 45.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(role=ROLE)
    def spurious_timeout(self, role: str) -> None:
        self.players[role].call("handle_timeout", self.now)

    @rule(role=ROLE, seconds=st.sampled_from([0.0, 6.0, 8.0, 31.0]))
    def timeout(self, role: str, seconds: float) -> None:
        """Once a timer was handled and the events are out, nothing is due."""
        self.now += seconds
        player = self.players[role]
        player.call("handle_timeout", self.now)
        player.pull_all(self.now)
        due = player.engine.next_timeout()
        assert due is None or due > self.now or self.now < 1000, f"due at {due}, it is {self.now}"

    @rule(role=ROLE, item=st.sampled_from(ITEMS))
    def send(self, role: str, item: Any) -> None:
        player = self.players[role]
        player.call("send", item(), self.now)
        assert player.engine.output_size <= 16 * 1024 * 1024

    @rule(role=ROLE, error=st.sampled_from(ERRORS))
    def close(self, role: str, error: StreamError | None) -> None:
        self.players[role].call("close", self.now, error)

    @precondition(lambda self: any(player.questions for player in self.players.values()))
    @rule(
        role=ROLE,
        back=st.integers(1, 2),
        value=st.sampled_from([None, True, False, "x", "", "a\0b", 5, JID("a@b"), JULIET, "good"]),
    )
    def answer(self, role: str, back: int, value: object) -> None:
        player = self.players[role]
        if len(player.questions) >= back:
            question = player.questions[-back]
            player.call("answer", question, good_answer(question) if value == "good" else value, self.now)

    @precondition(lambda self: any(player.questions for player in self.players.values()))
    @rule(
        role=ROLE,
        back=st.integers(1, 2),
        condition=st.sampled_from(["not-authorized", "conflict", "temporary-auth-failure", "no such thing"]),
        text=st.sampled_from([None, "because", "\0"]),
    )
    def refuse(self, role: str, back: int, condition: str, text: str | None) -> None:
        player = self.players[role]
        if len(player.questions) >= back:
            player.call("refuse", player.questions[-back], condition, self.now, text)

    @rule(role=ROLE, info=st.sampled_from([TLS, TLSInfo("TLSv1.2"), None]))
    def tls_established(self, role: str, info: Any) -> None:
        self.players[role].call("tls_established", info, self.now)

    @rule(role=ROLE)
    def tls_failed(self, role: str) -> None:
        self.players[role].call("tls_failed", "no", self.now)

    @rule(rounds=st.integers(1, 12), oblige=st.booleans())
    def behave(self, rounds: int, oblige: bool) -> None:
        """What good drivers do, for a while; perhaps without an answer to the questions."""
        for player in self.players.values():
            if player.engine.phase is Phase.CONNECTED:
                player.call("start", self.now)
        for _ in range(rounds):
            for role, player in self.players.items():
                player.pull_all(self.now, oblige=oblige)
                self.write(role)
            ends = self.players.values()
            if all(end.engine.phase is Phase.TLS_HANDSHAKE and end.signal is Signal.PAUSED for end in ends):
                for end in ends:
                    if not end.inbox:
                        end.call("tls_established", TLS, self.now)
            for role, player in self.players.items():
                while player.inbox and player.engine.phase is not Phase.TLS_HANDSHAKE:
                    self.read(role, 3000)
                    player.pull_all(self.now, oblige=oblige)

    @rule(role=ROLE, count=st.integers(2, 8))
    def talk(self, role: str, count: int) -> None:
        """Until it is too much."""
        for _ in range(count):
            self.players[role].call("send", ITEMS[1](), self.now)
        self.players[role].pull_all(self.now)

    @rule(
        role=ROLE,
        data=st.sampled_from(
            [
                b"<message><body>" + b"x" * 3500,
                b"<iq type='set' id='9'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>",
            ]
        ),
    )
    def say(self, role: str, data: bytes) -> None:
        """What a peer may well say on an established stream."""
        player = self.players[role]
        if player.engine.jid is not None:
            player.call("receive_data", data, self.now)
            player.pull_all(self.now)

    @invariant()
    def promises(self) -> None:
        for player in self.players.values():
            engine = player.engine
            if player.ended:
                assert engine.phase is Phase.CLOSED
                assert engine.next_timeout() is None
                assert not engine.wants_read

    @rule(role=ROLE, data=st.sampled_from(PIECES), how=st.sampled_from(["close", "receive_data", "neither"]))
    def say_when_it_is_over(self, role: str, data: bytes, how: str) -> None:
        """What comes while a stream closes, or has ended."""
        player = self.players[role]
        if how == "close":
            player.call("close", self.now)
        elif how == "receive_data":
            player.call("receive_data", b"</stream:stream>", self.now)
        player.call("receive_data", data, self.now)
        player.pull_all(self.now)

    def teardown(self) -> None:
        for player in self.players.values():
            player.call("data_to_send")
            player.replay()


Streams.TestCase.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestStreams = Streams.TestCase


# --- the table ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6120", "4.3.5")
@pytest.mark.parametrize(("phase", "cause"), list(itertools.product(Phase, Cause)), ids=lambda item: item.name)
def test_every_move_is_in_the_table_or_impossible(phase: Phase, cause: Cause) -> None:
    if (phase, cause) in TRANSITIONS:
        assert move(phase, cause) is TRANSITIONS[phase, cause]
    else:
        with pytest.raises(KeyError):
            move(phase, cause)


def test_what_the_table_promises() -> None:
    assert not [phase for phase, _ in TRANSITIONS if phase is Phase.CLOSED], "CLOSED is the end"
    assert all(Phase.CLOSED in REACHABLE[phase] for phase in Phase), "every stream can end"
    assert REACHABLE[Phase.CONNECTED] == set(Phase), "nothing is there that cannot be reached"
    for phase in Phase:
        if phase is not Phase.CLOSED:
            assert TRANSITIONS[phase, Cause.END] is Phase.CLOSED, "the transport may go at any time"
    assert Phase.ESTABLISHED not in {
        target for (phase, _), target in TRANSITIONS.items() if phase is not Phase.NEGOTIATING
    }
    assert not REACHABLE[Phase.CLOSING] - {Phase.CLOSING, Phase.CLOSED}, "nobody comes back from closing"


def test_keys_are_what_a_derivation_gives() -> None:
    """The rule `answer` relies on it: the right answer is right."""
    question = KeyDerivationRequested(KeyRequest("sha1", "p", b"s", 4096))
    answer = good_answer(question)
    assert isinstance(answer, ScramKeys)
    assert question.problem(answer) is None
