"""A session that outlives its connection, on a virtual clock: what goes on, what is told, when it dials again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from tests.pair import End, Wire, World, seeded
from xmppwire.im.ping import ping
from xmppwire.jid import JID
from xmppwire.operation import ConnectionLostError, Operation
from xmppwire.protocol.ping import Ping
from xmppwire.sasl import Condition
from xmppwire.session import Disconnected, Leg, ReconnectPolicy, ReplyIgnored, Session, StanzasUnsent, is_final
from xmppwire.session.policy import Outages
from xmppwire.stanza import Iq, IqType, Message
from xmppwire.stream import (
    AuthenticationFailed,
    BindRequested,
    ClientConfig,
    Connection,
    EndReason,
    Established,
    Event,
    LocalProtocolError,
    PasswordRequested,
    Phase,
    Resumed,
    ResumeRequested,
    Resumption,
    ResumptionFailed,
    ServerConfig,
    Signal,
    StanzasAcknowledged,
    StanzasUnknown,
    StreamEnded,
    StreamError,
    StreamErrorCondition,
    StreamErrorReceived,
    StreamManagement,
    StreamSuspended,
    TokenReceived,
    TokenUsed,
)
from xmppwire.stream.fast import FastToken
from xmppwire.stream.sasl2 import SASL2, UserAgent

JULIET = JID("juliet@capulet.lit/balcony")
ROMEO = JID("romeo@montague.lit/orchard")
MANAGEMENT = StreamManagement(ask_stanzas=3)
POLICY = ReconnectPolicy(first=4, maximum=60)
E = TypeVar("E")


class Town:
    """A session, and the server's ends of its connections one after the other. `known` are the streams to be resumed."""

    def __init__(
        self, *, managed: bool = True, server_managed: bool = True, location: str | None = None, **options: Any
    ) -> None:
        self.world = World()
        self.managed = server_managed
        plain: dict[str, Any] = {"require_tls": False, "allow_plain_without_tls": True}
        self.config = ClientConfig(
            jid=JULIET, password="secret", random=seeded(1), management=MANAGEMENT if managed else None, **plain
        )
        options.setdefault("reconnect", POLICY)
        self.session = Session(self.config, **options)
        self.known: dict[str, Resumption] = {}
        self.password = "secret"
        self.number = 0
        self.location = location
        self.dial()
        self.taken: list[Any] = []

    def dial(self) -> Wire:
        """The adapter's part: a connection, for what `dial` gives."""
        return self.join(self.session.dial())

    def join(self, leg: Leg) -> Wire:
        self.number += 1
        management = replace(MANAGEMENT, location=self.location) if self.managed else None
        config = ServerConfig(
            domains=["capulet.lit"],
            offer_tls=False,
            require_tls=False,
            allow_plain_without_tls=True,
            mechanisms=["PLAIN"],
            random=seeded(100 + self.number),
            management=management,
        )
        self.wire = self.world.join(leg, Connection(config), start=False)
        self.wire.server.on_event = self.serve
        self.wire.client.engine.start(self.world.now)
        self.wire.server.engine.start(self.world.now)
        self.world.settle()
        return self.wire

    @property
    def server(self) -> End:
        return self.wire.server

    def serve(self, end: End, event: Event) -> None:
        match event:
            case PasswordRequested(password=password):
                end.engine.answer(event, password == self.password, self.world.now)
            case BindRequested(resource=resource):
                end.engine.answer(event, resource, self.world.now)
            case ResumeRequested(id=identifier):
                end.engine.answer(event, self.known.pop(identifier, None), self.world.now)
            case StreamSuspended(resumption=state):
                self.known[state.id] = state
            case _:
                pass

    def take(self) -> list[Any]:
        """What the program gets: all that waits."""
        found: list[Any] = []
        while not isinstance(event := self.session.next_event(self.world.now), Signal):
            found.append(event)
        self.world.settle()
        self.taken += found
        return found

    def next_body(self) -> str | None:
        """The text of the next message that the program takes."""
        event = self.session.next_event(self.world.now)
        assert isinstance(event, Message)
        return event.body

    def one(self, kind: type[E]) -> E:
        """The only event of a kind among those that wait."""
        (found,) = [event for event in self.take() if isinstance(event, kind)]
        return found

    def cut(self) -> None:
        self.wire.cut_off()
        self.world.settle()

    def say(self, *stanzas: Any) -> None:
        for stanza in stanzas:
            self.server.engine.send(stanza, self.world.now)
        self.world.settle()

    def send(self, *texts: str) -> None:
        for text in texts:
            self.session.send(Message(ROMEO, text), self.world.now)
        self.world.settle()

    def heard(self) -> list[str]:
        """The messages that reached the server since the last look."""
        return [event.body or "" for event in self.server.take() if isinstance(event, Message)]

    def come_back(self) -> Wire:
        """Wait as long as the session says, and dial."""
        assert self.session.retry_at is not None
        self.world.now = max(self.world.now, self.session.retry_at)
        return self.dial()

    def run(self, operation: Operation[Any], **keywords: Any) -> Any:
        running = self.session.run(operation, self.world.now, **keywords)
        self.world.settle()
        return running


def texts(events: list[Any]) -> list[str | None]:
    return [event.body for event in events if isinstance(event, Message)]


def message(text: str) -> Message:
    return Message(JULIET, text, sender=ROMEO)


@pytest.mark.spec("XEP-0198", "5")
def test_the_stream_goes_on_over_another_connection() -> None:
    town = Town()
    assert town.take() == []  # how it began is in the leg's negotiation
    assert isinstance(town.session.leg.negotiation[-1], Established)  # type: ignore[union-attr]
    town.send("1")
    town.say(message("a"))
    assert texts(town.take()) == ["a"]
    town.cut()
    assert town.session.phase is Phase.CLOSED
    suspended, gone = town.take()
    assert isinstance(suspended, StreamSuspended)
    assert isinstance(gone, Disconnected)
    assert gone.resumable
    assert gone.retry_at == town.session.retry_at
    assert gone.ended is not None
    assert gone.ended.reason is EndReason.CONNECTION_LOST
    assert town.world.now <= gone.retry_at < town.world.now + POLICY.first
    assert "1" in town.heard()
    town.send("2", "3")  # they wait
    town.come_back()
    (resumed,) = [event for event in town.take() if not isinstance(event, StanzasAcknowledged)]
    assert isinstance(resumed, Resumed)
    assert resumed.jid == JULIET
    assert texts(list(resumed.acknowledged)) == ["1"]
    assert town.heard() == ["2", "3"]
    town.say(message("b"))
    assert texts(town.take()) == ["b"]
    town.session.close(town.world.now)
    town.world.settle()
    assert town.one(StreamEnded).reason is EndReason.LOCAL_CLOSE
    assert town.session.ended is not None


@pytest.mark.spec("XEP-0198", "5")
def test_operations_under_way_go_on_where_the_stream_does() -> None:
    town = Town()
    running = town.run(ping("capulet.lit"))
    (iq,) = [event for event in town.server.take() if isinstance(event, Iq)]
    town.cut()
    assert not running.done
    late = town.run(ping("capulet.lit"))  # without a connection: it waits for one
    town.come_back()
    town.say(iq.result())
    assert running.result() is None
    (other,) = [event for event in town.server.take() if isinstance(event, Iq) and event.id != iq.id]
    town.say(other.result())
    assert late.result() is None


@pytest.mark.spec("XEP-0198", "5")
def test_a_server_that_forgot_the_stream() -> None:
    town = Town()
    town.send("1")
    running = town.run(ping("capulet.lit"))
    town.cut()
    town.known.clear()
    town.send("3")
    waiting = town.run(ping("capulet.lit"))
    town.come_back()
    events = town.take()
    failed = next(event for event in events if isinstance(event, ResumptionFailed))
    assert failed.condition == "item-not-found"
    assert [getattr(item, "body", None) for item in failed.unknown] == ["1", None]
    assert isinstance(events[-1], Established)
    with pytest.raises(ConnectionLostError) as caught:
        running.result()
    assert caught.value.unknown
    assert town.heard() == ["3"]
    assert not waiting.done
    town.cut()  # the new stream can be resumed as well
    town.come_back()
    assert town.one(Resumed).jid == JULIET


def test_without_stream_management_a_new_stream_follows() -> None:
    town = Town(managed=False)
    running = town.run(ping("capulet.lit"))
    town.cut()
    gone = town.one(Disconnected)
    assert not gone.resumable
    with pytest.raises(ConnectionLostError):
        running.result()
    town.come_back()
    assert town.one(Established).jid == JULIET


def test_a_server_that_manages_no_streams() -> None:
    town = Town(server_managed=False)
    town.cut()
    assert not town.one(Disconnected).resumable
    assert town.session.export() is None
    town.come_back()
    assert town.one(Established).jid == JULIET


def test_without_a_policy_a_loss_is_the_end() -> None:
    town = Town(reconnect=None)
    town.cut()
    suspended, ended = town.take()
    assert isinstance(suspended, StreamSuspended)
    assert isinstance(ended, StreamEnded)
    assert town.session.retry_at is None
    with pytest.raises(LocalProtocolError):
        town.session.dial()
    with pytest.raises(LocalProtocolError):
        town.send("lost")


# --- what counts as handled -----------------------------------------------------------------------------------------


def known_handled(town: Town) -> int:
    """What the server was told that we handled, asked for just now."""
    town.server.engine.ask(town.world.now)
    town.world.settle()
    told: int = town.server.engine._core.acks.acknowledged
    return told


@pytest.mark.spec("XEP-0198", "4")
def test_a_stanza_counts_once_the_program_comes_back_for_the_next() -> None:
    town = Town()
    town.say(message("a"), message("b"), message("c"))
    assert known_handled(town) == 0
    assert town.next_body() == "a"
    assert known_handled(town) == 0
    assert town.next_body() == "b"
    assert known_handled(town) == 1
    town.take()
    assert known_handled(town) == 3


@pytest.mark.spec("XEP-0198", "4")
def test_automatic_answers_and_replies_count_in_their_place() -> None:
    town = Town()
    town.say(message("a"), Iq("get", JULIET, sender=ROMEO, id="p", payload=Ping()))
    running = town.run(ping("capulet.lit"))
    events = town.server.take()
    assert [event.id for event in events if isinstance(event, Iq) and event.type is IqType.RESULT] == ["p"]
    (asked,) = [event for event in events if isinstance(event, Iq) and event.type is IqType.GET]
    town.say(asked.result())
    assert running.done
    assert known_handled(town) == 0
    assert texts(town.take()) == ["a"]
    assert known_handled(town) == 3


@pytest.mark.spec("XEP-0198", "5")
def test_what_waits_in_the_backlog_comes_once() -> None:
    """The server sends it again, since it was not counted; the session knows it."""
    town = Town()
    town.say(message("a"), Iq("get", JULIET, sender=ROMEO, id="p", payload=Ping()), message("b"), message("c"))
    assert town.next_body() == "a"
    town.cut()
    town.come_back()
    assert [event.id for event in town.server.take() if isinstance(event, Iq)] == []
    town.say(message("d"))
    assert texts(town.take()) == ["b", "c", "d"]
    assert known_handled(town) == 5
    town.cut()
    town.come_back()
    town.say(message("e"))
    assert texts(town.take()) == ["e"]


@pytest.mark.spec("XEP-0198", "5")
def test_taken_while_there_was_no_connection() -> None:
    town = Town()
    town.say(*[message(str(number)) for number in range(6)])
    town.cut()
    for number in range(3):
        assert town.next_body() == str(number)
    town.come_back()  # with h = 2
    for number in range(3, 6):
        assert town.next_body() == str(number)
    town.say(message("6"))
    assert texts(town.take()) == ["6"]
    assert known_handled(town) == 7


@pytest.mark.spec("XEP-0198", "5")
def test_what_waits_in_the_backlog_comes_once_after_many_losses() -> None:
    town = Town()
    town.say(message("0"), message("1"))
    found: list[Any] = []
    for number in range(2, 20):
        town.say(message(str(number)))
        for _ in range(2):
            town.cut()
            town.come_back()
        if number % 2:
            found.append(town.session.next_event(town.world.now))
    assert len(texts(found)) < 10  # it lags behind
    assert texts([*found, *town.take()]) == [str(number) for number in range(20)]
    assert known_handled(town) == 20


@pytest.mark.spec("XEP-0198", "5")
@pytest.mark.parametrize("taken", range(6))
def test_taken_while_the_stream_is_being_resumed(taken: int) -> None:
    """Behind the request to resume: the server was told of less than is handled by now."""
    town = Town()
    town.say(*[message(str(number)) for number in range(5)])
    found = [town.next_body()]
    town.cut()
    found.append(town.next_body())
    assert town.session.retry_at is not None
    leg = town.session.dial()
    found += [town.next_body() for _ in range(min(taken, 3))]
    if taken == 4:
        leg.start(town.world.now)  # and this attempt fails
        leg.receive_data(b"", town.world.now)
    if taken > 3:
        town.session.failed("it broke", town.world.now)
        town.come_back()
    else:
        town.join(leg)
    town.say(message("5"))
    town.cut()
    town.come_back()
    assert [*found, *texts(town.take())] == [str(number) for number in range(6)]
    assert known_handled(town) == 6


@pytest.mark.spec("XEP-0198", "5")
def test_a_server_that_sends_something_else_again_is_believed() -> None:
    town = Town()
    town.say(*[message(str(number)).replace(id=f"m{number}") for number in range(3)])
    town.cut()
    (state,) = town.known.values()
    kept = state.unacknowledged
    town.known[state.id] = replace(state, unacknowledged=(kept[0], kept[2]))  # it lost one
    town.come_back()
    assert texts(town.take()) == ["0", "1", "2", "2"]
    town.say(message("3"))
    assert texts(town.take()) == ["3"]
    assert known_handled(town) == 3


# --- when to dial ---------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6120", "3.3")
def test_waits_are_random_and_grow() -> None:
    policy = ReconnectPolicy(first=2, factor=3, maximum=50, tries=None)
    assert [policy.longest(number) for number in range(6)] == [2, 6, 18, 50, 50, 50]
    assert policy.longest(10**9) == 50
    half = Outages(policy, lambda size: b"\x80" + bytes(size - 1))
    assert [half.failed(100.0) for _ in range(5)] == [101, 103, 109, 125, 125]
    none = Outages(policy, lambda size: bytes(size))
    assert none.failed(100.0) == 100
    everybody = [Outages(policy, seeded(number)).failed(0.0) for number in range(50)]
    assert len(set(everybody)) == 50
    assert all(0 <= wait < 2 for wait in everybody if wait is not None)


def test_a_stream_that_was_stable_ends_the_row() -> None:
    outages = Outages(ReconnectPolicy(first=2, stable=60), lambda size: b"\xff" * size)
    for wait in (2, 4, 8):
        outages.established(0.0)
        assert outages.failed(59.0) == pytest.approx(59 + wait)
    outages.established(0.0)
    assert outages.failed(60.0) == pytest.approx(62)


@pytest.mark.parametrize("wrong", [{"first": -1.0}, {"factor": 0.5}, {"queue": -1}])
def test_a_policy_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="negative"):
        ReconnectPolicy(**wrong)


def test_failed_attempts_are_told_and_the_last_one_ends_the_session() -> None:
    town = Town(reconnect=ReconnectPolicy(first=4, tries=3))
    town.send("1")
    town.cut()
    town.send("2")
    for number in (1, 2):
        town.session.dial()
        assert town.session.retry_at is None
        town.session.failed(f"refused {number}", town.world.now)
    suspended, gone = town.take()
    assert isinstance(suspended, StreamSuspended)
    assert (gone.text, gone.resumable, gone.ended) == ("refused 2", True, None)  # only the newest
    town.session.dial()
    town.session.failed("refused for good", town.world.now)
    unknown, unsent, ended = town.take()
    assert isinstance(unknown, StanzasUnknown)
    assert texts(list(unknown.stanzas)) == ["1"]
    assert isinstance(unsent, StanzasUnsent)
    assert texts(list(unsent.stanzas)) == ["2"]
    assert (ended.reason, ended.text) == (EndReason.CONNECTION_LOST, "refused for good")
    assert town.session.retry_at is None
    town.session.failed("no more", town.world.now)
    assert town.take() == []


@pytest.mark.parametrize("condition", list(StreamErrorCondition))
@pytest.mark.spec("RFC 6120", "4.9.3")
def test_stream_errors(condition: StreamErrorCondition) -> None:
    passing = {
        "connection-timeout",
        "internal-server-error",
        "remote-connection-failed",
        "reset",
        "resource-constraint",
        "see-other-host",
        "system-shutdown",
        "undefined-condition",
    }
    town = Town()
    town.send("1")
    running = town.run(ping("capulet.lit"))
    town.server.engine.close(town.world.now, StreamError(condition, content="other.lit:5269"))
    town.world.settle()
    events = town.take()
    assert any(isinstance(event, StreamErrorReceived) for event in events)
    with pytest.raises(ConnectionLostError):
        running.result()
    if condition in passing:
        assert isinstance(events[-1], Disconnected)
        assert not events[-1].resumable
        assert town.session.place == (("other.lit", 5269) if condition == "see-other-host" else None)
        town.come_back()
        assert town.one(Established).jid == JULIET
        assert town.session.place is None
    else:
        assert isinstance(events[-1], StreamEnded)
        assert town.session.retry_at is None


@pytest.mark.parametrize("condition", ["bad-format", "bad-namespace-prefix", "invalid-xml", "not-well-formed"])
@pytest.mark.spec("XEP-0198", "5")
def test_a_server_that_reads_a_resumed_stream_with_the_rest_of_a_stanza(condition: str) -> None:
    """Prosody goes on with the reader of the connection that was lost, in which the beginning of a stanza may be left. What
    was sent is told as unknown, and the stream that follows is a fresh one: there the error is believed."""
    town = Town()
    town.wire.client.cut = lambda data: ()
    town.send("1")
    town.cut()
    town.take()
    resume_deaf(town)
    assert town.one(Resumed).jid == JULIET
    town.server.engine.close(town.world.now, StreamError(StreamErrorCondition(condition)))
    town.world.settle()
    events = town.take()
    (unknown,) = [event for event in events if isinstance(event, StanzasUnknown)]
    assert texts(list(unknown.stanzas)) == ["1"]
    assert isinstance(events[-1], Disconnected)
    assert not events[-1].resumable
    town.come_back()
    assert town.one(Established).jid == JULIET
    assert town.heard() == []
    town.server.engine.close(town.world.now, StreamError(StreamErrorCondition(condition)))
    town.world.settle()
    assert isinstance(town.take()[-1], StreamEnded)
    assert town.session.retry_at is None


def test_a_server_that_closes_in_order_is_dialled_again() -> None:
    town = Town()
    town.server.engine.close(town.world.now)
    town.world.settle()
    assert town.one(Disconnected).ended.reason is EndReason.PEER_CLOSE  # type: ignore[union-attr]
    town.come_back()
    assert town.one(Established).jid == JULIET


@pytest.mark.spec("RFC 6120", "6.5")
def test_a_password_that_was_changed_meanwhile() -> None:
    town = Town()
    town.send("1")
    town.cut()
    town.password = "another"
    town.come_back()
    assert town.session.ended is None
    town.session.failed("the login was refused", town.world.now)
    *_, ended = town.take()
    assert isinstance(ended, StreamEnded)
    assert ended.reason is EndReason.AUTHENTICATION_FAILED
    assert any(isinstance(event, StanzasUnknown) for event in town.taken)


def test_a_login_that_is_refused_for_now() -> None:
    ended = StreamEnded(EndReason.AUTHENTICATION_FAILED, True)
    refused = AuthenticationFailed("PLAIN", Condition.TEMPORARY_AUTH_FAILURE, None, True)
    assert not is_final(ended, refused)
    assert is_final(ended, replace(refused, condition=Condition.NOT_AUTHORIZED))
    assert is_final(ended)


def test_a_failure_that_only_the_adapter_knows_to_be_final() -> None:
    town = Town()
    town.cut()
    town.session.dial()
    town.session.failed("the certificate is not trusted", town.world.now, final=True)
    assert town.one(StreamEnded).text == "the certificate is not trusted"


@pytest.mark.spec("XEP-0198", "3")
def test_the_place_where_the_server_would_have_it_resumed() -> None:
    for location, place in (("[2001:db8::1]:5299", ("2001:db8::1", 5299)), ("b.lit", ("b.lit", None)), ("a b", None)):
        town = Town(location=location)
        town.cut()
        assert town.session.place == place
        state = town.session.export()
        town.come_back()
        assert town.session.place is None
        assert Session(town.config, state=state).place == place


class Telling:
    """An engine that tells some events, and that its stream is over then."""

    def __init__(self, config: Any, events: list[Event]) -> None:
        self.config = config
        self.events = events
        self.phase = Phase.CONNECTED
        self.output_size = 0
        self.wants_read = True

    def start(self, now: float) -> None:
        self.phase = Phase.NEGOTIATING

    def next_event(self, now: float) -> Event | Signal:
        if self.phase is Phase.CONNECTED or not self.events:
            return Signal.NEED_DATA
        return self.events.pop(0)


@pytest.mark.spec("XEP-0484", "3.3", "3.4")
def test_the_next_login_has_the_newest_token() -> None:
    expiry = datetime(2030, 1, 1, tzinfo=UTC)
    first, second, third = (
        FastToken(mechanism="HT-SHA-256-NONE", token=text, expiry=expiry) for text in ("first", "second", "third")
    )
    told: list[list[Event]] = [
        [TokenUsed(replace(first, count=4)), TokenReceived(second), StreamEnded(EndReason.CONNECTION_LOST, False)],
        [TokenUsed(replace(second, count=1)), Established(JULIET, []), TokenReceived(third)],
        [],
    ]
    agent = UserAgent(id="d4565fa7-4d72-4749-b3d3-740edbf87770")
    config = ClientConfig(jid=JULIET, password="secret", sasl2=SASL2(user_agent=agent, token=first))
    made: list[Telling] = []

    def engine(config: Any) -> Any:
        made.append(Telling(config, told[len(made)]))
        return made[-1]

    session = Session(config, engine=engine, reconnect=POLICY)
    session.dial().start(0.0)
    session.dial().start(0.0)
    made[1].events.append(StreamEnded(EndReason.CONNECTION_LOST, False))
    session.pump(0.0)
    session.dial()
    assert [one.config.sasl2.token.token for one in made] == ["first", "second", "third"]


# --- a server that resumes, and goes on with nothing -----------------------------------------------------------------


def resume_deaf(town: Town) -> None:
    """Dial, and be resumed by a server that nothing reaches from then on."""
    serve = town.serve

    def deaf(end: End, event: Event) -> None:
        if isinstance(event, ResumeRequested):
            end.peer.cut = lambda data: ()
        serve(end, event)

    town.serve = deaf  # type: ignore[method-assign]
    town.come_back()
    town.serve = serve  # type: ignore[method-assign]


@pytest.mark.spec("XEP-0198", "5")
def test_a_stream_that_does_not_go_on_is_given_up() -> None:
    town = Town()
    town.wire.client.cut = lambda data: ()
    running = town.run(ping("capulet.lit"), timeout=600)
    town.send("1", "2")
    town.cut()
    for last in (False, True):
        resume_deaf(town)
        assert town.one(Resumed).jid == JULIET
        town.world.advance(31)
        events = town.take()
        (gone,) = [event for event in events if isinstance(event, Disconnected)]
        assert gone.resumable is not last
        unknown = [event for event in events if isinstance(event, StanzasUnknown)]
        assert len(unknown) == last
    assert [getattr(item, "body", None) for item in unknown[0].stanzas] == [None, "1", "2"]
    assert len(unknown[0].times) == 3
    with pytest.raises(ConnectionLostError) as caught:
        running.result()
    assert caught.value.unknown
    town.send("3")
    town.come_back()
    assert town.one(Established).jid == JULIET
    assert town.heard() == ["3"]


@pytest.mark.spec("XEP-0198", "5")
@pytest.mark.parametrize("between", ["brief", "idle", "acknowledged"])
def test_a_stream_that_may_yet_go_on_is_resumed_again(between: str) -> None:
    """Where a resumed stream was lost before the server had the time to answer, had nothing to acknowledge, or did so."""
    town = Town()
    if between != "idle":
        town.wire.client.cut = lambda data: ()
        town.send("1")
    town.cut()
    for number in range(6):
        if between == "acknowledged" and number % 2:
            town.come_back()
            town.send(f"{number}")
            town.world.advance(5)
        else:
            resume_deaf(town)
            town.world.advance(29 if between == "brief" else 31)
        town.cut()
        events = town.take()
        assert [event for event in events if isinstance(event, Resumed)]
        assert not [event for event in events if isinstance(event, StanzasUnknown)]
        assert town.session.resumable


# --- attempts that break --------------------------------------------------------------------------------------------


def test_lost_again_at_any_byte_of_the_resumption() -> None:
    """The attempt breaks anywhere, in both directions: the next one resumes the same stream, and nothing is lost or twice."""

    def scenario(limit: int | None) -> tuple[int, bool]:
        town = Town()
        town.send("1", "2")
        town.say(message("a"), message("b"), message("c"))
        town.session.next_event(town.world.now)
        before = [event.body for event in town.server.take() if isinstance(event, Message)]
        town.cut()
        town.send("3")
        assert town.session.retry_at is not None
        town.world.now = town.session.retry_at
        carried, broken = 0, False
        plain_dial, settle = town.dial, town.world.settle

        def carry() -> None:
            nonlocal carried, broken
            while True:
                moved = False
                for end in (town.wire.client, town.wire.server):
                    end.pull()
                    data = end.engine.data_to_send()
                    if limit is not None and carried + len(data) > limit:
                        data, broken = data[: limit - carried], True
                    carried += len(data)
                    if data:
                        moved = True
                        end.peer.engine.receive_data(data, town.world.now)
                        end.peer.pull()
                    if broken:
                        return
                if not moved:
                    return

        town.world.settle = carry  # type: ignore[method-assign]
        plain_dial()
        town.world.settle = settle  # type: ignore[method-assign]
        heard = before + town.heard()
        if broken:
            town.cut()
            town.world.settle()
            if not isinstance(town.session.retry_at, float):
                town.session.failed("it broke", town.world.now)
            heard += town.heard()
            town.come_back()
        town.say(message("d"))
        heard += town.heard()
        taken = ["a", *texts(town.take())]
        assert taken == ["a", "b", "c", "d"], limit
        assert heard == ["1", "2", "3"], limit
        return carried, broken

    total, _ = scenario(None)
    assert total > 500
    for limit in range(total):
        assert scenario(limit)[1]


def test_the_new_stream_breaks_before_it_is_established() -> None:
    town = Town()
    town.send("1")
    town.cut()
    town.known.clear()
    town.password = "secret"
    town.world.now = town.session.retry_at or 0.0
    leg = town.session.dial()
    leg.start(town.world.now)
    leg.data_to_send()
    leg.receive_data(b"", town.world.now)
    ended = leg.next_event(town.world.now)
    assert isinstance(ended, StreamEnded)
    assert isinstance(leg.next_event(town.world.now), Signal)
    assert town.session.ended is None
    town.session.failed("broken", town.world.now)
    town.come_back()
    assert town.one(ResumptionFailed).unknown


# --- sending without a connection -----------------------------------------------------------------------------------


def test_what_waits_is_bounded_and_checked() -> None:
    town = Town(reconnect=ReconnectPolicy(first=4, queue=4))
    town.cut()
    assert not town.session.crowded
    with pytest.raises(LocalProtocolError):
        town.send("\0")
    town.send("1", "2")
    assert town.session.crowded
    iq = Iq("get", "capulet.lit", payload=Ping())
    town.session.send(iq, town.world.now)
    town.send("4")
    with pytest.raises(LocalProtocolError, match="no connection, and 4 stanzas wait"):
        town.send("5")
    running = town.run(ping("capulet.lit"))
    with pytest.raises(LocalProtocolError):
        running.result()
    town.come_back()
    assert town.heard() == ["1", "2", "4"]
    assert not town.session.crowded


def test_what_waits_keeps_its_order_where_the_peer_acknowledges_slowly() -> None:
    town = Town()
    management = StreamManagement(queue=4, ask_stanzas=1, answer_seconds=None)
    town.session = Session(replace(town.config, management=management), reconnect=POLICY)
    town.dial()
    town.server.take()
    town.server.frozen = True
    for number in range(4):
        town.session.send(Message(ROMEO, str(number)), town.world.now)
    assert town.session.crowded
    with pytest.raises(LocalProtocolError, match="not acknowledged 4 stanzas"):
        town.session.send(Message(ROMEO, "4"), town.world.now)
    town.wire.cut_off()
    town.wire.client.pump()
    town.session.send(Message(ROMEO, "4"), town.world.now)
    town.server.frozen = False
    town.world.settle()
    town.come_back()
    assert town.heard() == ["0", "1", "2", "3", "4"]


# --- the end --------------------------------------------------------------------------------------------------------


def test_closing_without_a_connection() -> None:
    town = Town()
    town.send("1")
    running = town.run(ping("capulet.lit"))
    town.cut()
    town.send("2")
    town.session.close(town.world.now)
    *_, unknown, unsent, ended = town.take()
    assert isinstance(unknown, StanzasUnknown)
    assert isinstance(unsent, StanzasUnsent)
    assert ended.reason is EndReason.LOCAL_CLOSE
    assert town.session.retry_at is None
    with pytest.raises(ConnectionLostError):
        running.result()
    town.session.close(town.world.now)
    assert town.take() == []


def test_closing_during_an_attempt() -> None:
    town = Town()
    town.cut()
    leg = town.session.dial()
    town.session.close(town.world.now)
    leg.start(town.world.now)  # the adapter was just about to
    assert leg.data_to_send() == b""
    assert isinstance(leg.next_event(town.world.now), StreamEnded)
    assert town.one(StreamEnded).reason is EndReason.LOCAL_CLOSE


def test_an_attempt_that_fails_after_the_program_has_left() -> None:
    town = Town()
    town.cut()
    leg = town.session.dial()
    leg.start(town.world.now)
    town.session.close(town.world.now)
    assert town.session.closing
    with pytest.raises(LocalProtocolError, match="over"):
        town.session.dial()
    town.session.failed("refused", town.world.now)
    assert town.session.retry_at is None
    leg.receive_data(b"", town.world.now)
    assert len([event for event in town.take() if isinstance(event, StreamEnded)]) == 1


def test_what_was_taken_last_is_dealt_with_when_the_program_leaves() -> None:
    town = Town()
    town.say(message("a"), message("b"))
    assert town.next_body() == "a"
    town.session.close(town.world.now)
    town.world.settle()
    (left,) = town.server.one(StanzasUnknown).stanzas
    assert left.body == "b"  # type: ignore[union-attr]


# --- another process ------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0198", "5")
def test_the_state_goes_to_another_process() -> None:
    town = Town()
    town.send("1")
    town.say(message("a"), message("b"), message("c"))
    running = town.run(ping("capulet.lit"))
    (iq,) = [event for event in town.server.take() if isinstance(event, Iq)]
    town.say(iq.result())
    assert running.done
    lost = town.run(ping("capulet.lit"))
    assert town.next_body() == "a"
    assert town.next_body() == "b"
    assert town.session.export() == town.session.export()
    state = town.session.detach(town.world.now)
    assert state is not None
    town.world.settle()
    with pytest.raises(ConnectionLostError) as caught:
        lost.result()
    assert caught.value.unknown
    assert [type(event) for event in town.take()] == [StreamEnded]  # "c" is for the other process
    town.heard()
    town.session = Session(town.config, state=state, reconnect=POLICY)
    town.dial()
    events = town.take()
    assert isinstance(events[0], Resumed)
    assert texts(events) == ["c"]
    assert [event.condition for event in events if isinstance(event, ReplyIgnored)] == ["unexpected-request"]
    assert not any(isinstance(event, Established) for event in events)
    assert known_handled(town) == 4


def test_the_state_of_a_session_without_a_connection() -> None:
    town = Town()
    town.send("1")
    town.cut()
    town.send("2")
    state = town.session.detach(town.world.now)
    assert state is not None
    assert town.take()[-1].text == "left to be resumed elsewhere"
    town.heard()
    town.session = Session(town.config, state=state)
    town.dial()
    assert town.heard() == ["2"]
    town.session.close(town.world.now)
    town.world.settle()
    assert town.session.export() is None
    assert town.session.detach(town.world.now) is None


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"version":2}', b'{"version":1,"resumption":"{}","unsent":[]}'])
def test_what_is_no_state(data: bytes) -> None:
    town = Town()
    with pytest.raises(ValueError, match="no state of a session"):
        Session(town.config, state=data)


def test_a_state_without_management() -> None:
    town = Town()
    state = town.session.export()
    with pytest.raises(ValueError, match="management"):
        Session(replace(town.config, management=None), state=state)
