"""Clients that lose their connection and come back, or do not (XEP-0198), at the local server."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from tests.localserver.town import Town, bodies
from tests.pair import Wire, seeded
from xmppwire.jid import JID
from xmppwire.localserver import ConflictPolicy, LocalLimits
from xmppwire.protocol.blocking import Block, BlockItem, BlockList
from xmppwire.protocol.carbons import EnableCarbons, ReceivedCarbon
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.roster import Roster
from xmppwire.stanza import Iq, IqType, Message, MessageType, Presence, PresenceType, Stanza
from xmppwire.stream import (
    ClientConfig,
    Connection,
    EndReason,
    Established,
    ManagementEnabled,
    Phase,
    Resumed,
    Resumption,
    ResumptionFailed,
    StanzasUnknown,
    StreamErrorReceived,
    StreamManagement,
)

MANAGED = StreamManagement(max_seconds=120, answer_seconds=None)


class Guest:
    """A client that does what a program with stream management does: keeps the state of a stream, and goes on with it."""

    def __init__(self, town: Town, address: str, *, priority: int | None = 0, **config: Any) -> None:
        self.town = town
        self.address = address
        self.config = config
        self.state: Resumption | None = None
        self.connect()
        assert self.wire.client.of(ManagementEnabled), self.wire.client.events
        if priority is not None:
            self.say(Presence(priority=priority))
        self.wire.client.take()

    def connect(self, **changes: Any) -> None:
        """Log in, and go on with the stream that was lost."""
        jid = JID(self.address)
        settings: dict[str, Any] = {
            "management": MANAGED,
            "password": self.town.passwords[jid.localpart or ""],
            "resume": self.state,
            **self.config,
            **changes,
        }
        engine = Connection(ClientConfig(jid=jid, random=seeded(len(self.town.world.wires)), **settings))
        self.wire: Wire = self.town.world.join(engine)
        self.town.world.settle()

    @property
    def connection(self) -> Connection:
        connection: Connection = self.wire.client.engine
        return connection

    def say(self, *stanzas: Stanza, settle: bool = True) -> None:
        for stanza in stanzas:
            self.connection.send(stanza, self.town.world.now)
        if settle:
            self.town.world.settle()

    def heard(self) -> list[Any]:
        """The stanzas since the last call."""
        self.town.world.settle()
        return [event for event in self.wire.client.take() if isinstance(event, Stanza)]

    def vanish(self) -> None:
        """The connection breaks, and both sides notice."""
        self.state = self.connection.resumption
        self.wire.cut_off()
        self.town.world.settle()

    def freeze(self) -> None:
        """The connection breaks without anybody noticing: what either side writes is lost."""
        self.town.world.settle()
        self.state = self.connection.resumption
        self.wire.client.frozen = True

    @property
    def resumed(self) -> Resumed:
        return self.wire.client.one(Resumed)


@pytest.fixture
def town() -> Town:
    return Town(epoch=1_000_000.0)


ROMEO, JULIET, NURSE = "romeo@capulet.lit/orchard", "juliet@capulet.lit/balcony", "nurse@capulet.lit/hall"


def times(messages: list[Any]) -> list[float]:
    """When the messages came to the server first, in seconds since 1970."""
    delays = [message.get(Delay) for message in messages]
    return [delay.stamp.timestamp() for delay in delays]


def send(town: Town, sender: Guest, to: str, *texts: str, **fields: Any) -> None:
    sender.say(*(Message(to, text, **fields) for text in texts))


@pytest.mark.spec("XEP-0198", "5")
def test_a_client_that_lost_its_connection_is_still_there(town: Town) -> None:
    town.befriend("romeo@capulet.lit", "juliet@capulet.lit")
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    romeo.heard()
    juliet.vanish()
    assert town.server.suspended == [JID(JULIET)]
    assert romeo.heard() == []  # nobody is told
    send(town, romeo, JULIET, "one", type=MessageType.CHAT)
    send(town, romeo, "juliet@capulet.lit", "two")
    romeo.say(Presence(priority=0, status="away"))
    romeo.say(Iq(IqType.GET, JULIET, payload=Ping(), id="p1"))
    juliet.connect()
    assert not juliet.resumed.resent
    heard = juliet.heard()
    assert bodies(heard) == ["one", "two"]
    assert [type(stanza) for stanza in heard] == [Message, Message, Presence, Iq]
    assert town.server.suspended == []
    assert [stanza.sender for stanza in romeo.heard()] == [JID(ROMEO)]  # nothing but the own presence
    juliet.say(heard[-1].result())
    (pong,) = romeo.heard()
    assert pong.id == "p1"
    send(town, juliet, ROMEO, "three")
    assert bodies(romeo.heard()) == ["three"]


@pytest.mark.spec("XEP-0198", "5")
def test_stanzas_that_waited_carry_the_time_when_they_came(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.vanish()
    send(town, romeo, JULIET, "late")
    town.world.advance(60)
    juliet.connect()
    assert times(juliet.heard()) == [1_001_000.0]


@pytest.mark.spec("XEP-0198", "5")
def test_pushes_and_directed_presence_survive(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.say(Iq(IqType.GET, payload=Roster(), id="r"), Presence(ROMEO))
    juliet.heard()
    juliet.vanish()
    romeo.heard()
    romeo.say(Presence("juliet@capulet.lit", type=PresenceType.SUBSCRIBE))
    juliet.connect()
    (request,) = juliet.heard()
    assert request.type is PresenceType.SUBSCRIBE
    juliet.say(Presence("romeo@capulet.lit", type=PresenceType.SUBSCRIBED))
    assert any(isinstance(stanza, Iq) and stanza.get(Roster) for stanza in juliet.heard())
    romeo.heard()
    juliet.connection.close(town.world.now)
    assert [presence.sender for presence in romeo.heard()] == [JID(JULIET)]


@pytest.mark.spec("XEP-0198", "4")
def test_time_is_up(town: Town) -> None:
    """The client never comes back: it becomes unavailable, messages are kept with the time at which they came."""
    town.befriend("romeo@capulet.lit", "juliet@capulet.lit")
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.vanish()
    send(town, romeo, JULIET, "one", type=MessageType.CHAT)
    romeo.say(Iq(IqType.GET, JULIET, payload=Ping(), id="p1"))
    send(town, romeo, JULIET, "direct")
    romeo.heard()
    town.world.advance(119)
    assert romeo.heard() == []
    town.world.advance(2)
    heard = romeo.heard()
    assert [stanza.type_value for stanza in heard] == ["unavailable", "error", "error"]
    assert heard[1].id == "p1"
    assert [stanza.error.condition.value for stanza in heard[1:]] == ["service-unavailable"] * 2
    assert town.server.suspended == []
    again = Guest(town, JULIET, priority=None)
    again.say(Presence())
    messages = [stanza for stanza in again.heard() if isinstance(stanza, Message)]
    assert bodies(messages) == ["one"]
    assert times(messages) == [1_001_000.0]


@pytest.mark.spec("XEP-0198", "4")
def test_messages_go_to_another_resource(town: Town) -> None:
    romeo, juliet, chamber = Guest(town, ROMEO), Guest(town, JULIET), Guest(town, "juliet@capulet.lit/chamber")
    chamber.heard()
    juliet.freeze()
    send(town, romeo, JULIET, "one", type=MessageType.CHAT)
    send(town, romeo, "juliet@capulet.lit", "both")
    assert bodies(chamber.heard()) == ["both"]
    juliet.vanish()
    town.world.advance(121)
    heard = [stanza for stanza in chamber.heard() if isinstance(stanza, Message)]
    assert bodies(heard) == ["one"]  # the other one is there already
    assert times(heard) == [1_001_000.0]


@pytest.mark.spec("XEP-0198", "4")
def test_a_message_for_several_that_none_got_is_kept_once(town: Town) -> None:
    romeo, juliet, chamber = Guest(town, ROMEO), Guest(town, JULIET), Guest(town, "juliet@capulet.lit/chamber")
    for guest in (juliet, chamber):
        guest.vanish()
    send(town, romeo, "juliet@capulet.lit", "both")
    town.world.advance(121)
    again = Guest(town, JULIET, priority=None)
    again.say(Presence())
    assert bodies(again.heard()) == ["both"]


@pytest.mark.spec("XEP-0198", "4")
def test_what_was_not_confirmed_when_a_stream_is_closed(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    send(town, romeo, JULIET, "seen", type=MessageType.CHAT)
    juliet.connection.ask(town.world.now)
    juliet.wire.server.engine.connection.ask(town.world.now)
    juliet.wire.server.dirty = True
    juliet.freeze()
    send(town, romeo, JULIET, "one", type=MessageType.CHAT)
    juliet.wire.server.engine.close(town.world.now)
    juliet.wire.cut_off()
    town.world.settle()
    assert town.server.suspended == []
    again = Guest(town, JULIET, priority=None)
    again.say(Presence())
    assert bodies(again.heard()) == ["one"]


@pytest.mark.spec("XEP-0198", "5")
def test_a_live_old_stream_ends_with_conflict(town: Town) -> None:
    town.befriend("romeo@capulet.lit", "juliet@capulet.lit")
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    romeo.heard()
    juliet.freeze()
    old = juliet.wire
    send(town, romeo, JULIET, "one", "two", type=MessageType.CHAT)
    juliet.connect()
    assert bodies(list(juliet.resumed.resent)) == []
    assert bodies(juliet.heard()) == ["one", "two"]
    assert romeo.heard() == []  # nobody is told
    old.client.frozen = False
    town.world.settle()
    assert old.client.one(StreamErrorReceived).error.condition.value == "conflict"
    assert town.server.suspended == []
    send(town, romeo, JULIET, "three")
    assert bodies(juliet.heard()) == ["three"]
    town.world.advance(1000)
    assert bodies(romeo.heard() + juliet.heard()) == []


@pytest.mark.spec("XEP-0198", "5")
def test_the_old_stream_says_nothing_any_more(town: Town) -> None:
    """What the server has read, but not handled, when the stream is resumed, the client sends again: it counts once."""
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.say(Message(ROMEO, "once"), settle=False)
    state = juliet.connection.resumption
    data = juliet.connection.data_to_send()
    old = juliet.wire
    old.server.engine.receive_data(data, town.world.now)  # read, not pulled
    old.client.frozen = old.server.frozen = True
    juliet.state = state
    juliet.connect()
    assert bodies(list(juliet.resumed.resent)) == ["once"]
    old.server.frozen = False
    old.server.dirty = True
    assert bodies(romeo.heard()) == ["once"]


@pytest.mark.spec("XEP-0198", "5", "8")
def test_the_stream_of_somebody_else(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.vanish()
    romeo.vanish()
    assert juliet.state is not None
    romeo.state = replace(juliet.state, jid=JID(ROMEO).with_resource("x"))
    romeo.connect()
    failed = romeo.wire.client.one(ResumptionFailed)
    assert failed.condition == "item-not-found"
    assert romeo.wire.client.of(Established)  # a stream of their own
    juliet.connect()
    assert juliet.wire.client.of(Resumed)


@pytest.mark.spec("XEP-0198", "5", "8")
def test_a_live_stream_of_somebody_else(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    romeo.vanish()
    state = juliet.connection.resumption
    assert state is not None
    romeo.state = replace(state, jid=JID(ROMEO).with_resource("x"))
    romeo.connect()
    assert romeo.wire.client.one(ResumptionFailed).condition == "item-not-found"
    assert juliet.connection.phase is Phase.ESTABLISHED


@pytest.mark.spec("XEP-0198", "5")
def test_an_expired_stream_still_tells_what_arrived(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.say(Message(ROMEO, "arrived"))
    juliet.say(Message(ROMEO, "lost"), settle=False)
    juliet.vanish()
    town.world.advance(200)
    juliet.connect()
    failed = juliet.wire.client.one(ResumptionFailed)
    assert bodies(list(failed.acknowledged)) == ["arrived"]
    assert bodies(list(failed.unknown)) == ["lost"]
    assert bodies(romeo.heard()) == ["arrived"]
    # ... to its own account only
    romeo.vanish()
    assert juliet.state is not None
    romeo.state = replace(juliet.state, jid=JID(ROMEO).with_resource("x"))
    romeo.connect()
    assert not romeo.wire.client.one(ResumptionFailed).acknowledged


@pytest.mark.spec("XEP-0198", "5")
def test_a_count_that_cannot_be_leaves_the_stream_for_its_owner(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.vanish()
    send(town, romeo, JULIET, "one")
    right = juliet.state
    assert right is not None
    juliet.state = Resumption(jid=right.jid, id=right.id, handled=right.handled + 50, acknowledged=0)
    juliet.connect()
    error = juliet.wire.client.one(StreamErrorReceived).error
    assert error.condition.value == "undefined-condition"
    juliet.state = right
    juliet.connect()
    assert juliet.resumed
    assert bodies(juliet.heard()) == ["one"]


@pytest.mark.spec("XEP-0198", "5")
def test_a_stream_is_resumed_once(town: Town) -> None:
    """The state of an earlier moment, used again: the second stream ends the first."""
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.vanish()
    state = juliet.state
    juliet.connect()
    first = juliet.wire
    send(town, romeo, JULIET, "one")
    assert bodies(juliet.heard()) == ["one"]
    juliet.state = state
    juliet.connect()
    # Nobody confirmed it yet, so it comes again, to a client that says that it has not got it.
    assert bodies(juliet.heard()) == ["one"]
    assert first.client.one(StreamErrorReceived).error.condition.value == "conflict"


@pytest.mark.parametrize("policy", list(ConflictPolicy))
def test_a_new_client_takes_the_resource_of_one_that_is_away(policy: ConflictPolicy) -> None:
    town = Town(conflict=policy)
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.vanish()
    send(town, romeo, JULIET, "one", type=MessageType.CHAT)
    juliet.state = None
    juliet.connect()
    juliet.say(Presence())
    if policy is ConflictPolicy.GENERATE:
        assert juliet.connection.jid != JID(JULIET)
        assert town.server.suspended == [JID(JULIET)]
    else:
        assert juliet.connection.jid == JID(JULIET)
        assert town.server.suspended == []
        assert bodies(juliet.heard()) == ["one"]


def test_too_much_waits(town: Town) -> None:
    town = Town(limits=LocalLimits(queue_bytes=2000, offline_messages=5))
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.vanish()
    for number in range(40):
        send(town, romeo, JULIET, f"{number:050}", type=MessageType.CHAT, id=str(number))
    assert town.server.suspended == []
    again = Guest(town, JULIET, priority=None)
    again.say(Presence())
    assert [int(body or "") for body in bodies(again.heard())] == [0, 1, 2, 3, 4]
    bounced = [stanza for stanza in romeo.heard() if isinstance(stanza, Message)]
    assert [message.id for message in bounced] == [str(number) for number in range(5, 40)]


def test_too_many_are_away() -> None:
    town = Town(limits=LocalLimits(suspended=2))
    guests = [Guest(town, f"juliet@capulet.lit/{number}") for number in range(4)]
    for guest in guests:
        guest.vanish()
    Guest(town, ROMEO)
    assert town.server.suspended == [JID("juliet@capulet.lit/2"), JID("juliet@capulet.lit/3")]


def test_those_who_are_there_come_before_those_who_are_away() -> None:
    town = Town(limits=LocalLimits(resources=2))
    one, two = Guest(town, "juliet@capulet.lit/1"), Guest(town, "juliet@capulet.lit/2")
    one.vanish()
    Guest(town, "juliet@capulet.lit/3")
    assert town.server.suspended == []
    assert two.connection.phase is Phase.ESTABLISHED


def test_the_last_one_out(town: Town) -> None:
    """Nobody is left to carry the timer: the next call finds that the time is up."""
    juliet = Guest(town, JULIET)
    juliet.vanish()
    town.world.now += 1000
    assert town.world.next_timeout() is None
    romeo = Guest(town, ROMEO)
    assert town.server.suspended == []
    # Those who carry it may leave as well.
    juliet.connect()
    juliet.say(Presence())
    nurse = Guest(town, NURSE)
    juliet.vanish()
    romeo.connection.close(town.world.now)
    town.world.settle()
    town.world.advance(121)
    assert town.server.suspended == []
    assert nurse.connection.phase is Phase.ESTABLISHED


def test_deleted_accounts_and_shutdowns(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.vanish()
    town.server.remove_account("juliet", town.world.now)
    assert town.server.suspended == []
    romeo.vanish()
    town.server.shutdown(town.world.now)
    assert town.server.suspended == []


def test_who_is_anonymous_cannot_come_back() -> None:
    town = Town(anonymous=True)
    jid = JID("capulet.lit")
    config = ClientConfig(jid=jid, anonymous=True, mechanisms=["ANONYMOUS"], management=MANAGED, random=seeded(3))
    wire = town.world.join(Connection(config))
    town.world.settle()
    romeo = Guest(town, ROMEO)
    wire.client.frozen = True
    send(town, romeo, str(wire.client.engine.jid), "one", id="m1")
    wire.client.frozen = False
    wire.cut_off()
    town.world.settle()
    assert town.server.suspended == []
    assert [stanza.id for stanza in romeo.heard()] == ["m1"]  # it comes back as an error


@pytest.mark.spec("XEP-0198", "3")
def test_without_management() -> None:
    town = Town(management=None)
    wire = town.world.join(
        Connection(ClientConfig(jid=JID(JULIET), password="secret1", management=MANAGED, random=seeded(3)))
    )
    town.world.settle()
    assert wire.client.of(Established)
    assert not wire.client.of(ManagementEnabled)


def test_managed_but_not_resumable() -> None:
    town = Town(management=StreamManagement(resume=False))
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.freeze()
    send(town, romeo, JULIET, "one", type=MessageType.CHAT)
    juliet.vanish()
    assert town.server.suspended == []
    again = Guest(town, JULIET, priority=None)
    again.say(Presence())
    assert bodies(again.heard()) == ["one"]


@pytest.mark.spec("XEP-0198", "4", "5")
@pytest.mark.parametrize("seed", range(2))
def test_three_hundred_messages_each_way_through_fifty_cuts(seed: int) -> None:
    """Exactly once and in order, whatever was under way when the connection broke, noticed or not."""
    source = random.Random(seed)
    town = Town()
    town.befriend("romeo@capulet.lit", "juliet@capulet.lit")
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    got: dict[str, list[str | None]] = {ROMEO: [], JULIET: []}
    confirmed = {ROMEO: 0, JULIET: 0}
    sent = {ROMEO: 0, JULIET: 0}
    cuts = 0
    guests = ((romeo, juliet), (juliet, romeo))

    def collect() -> None:
        for guest in (romeo, juliet):
            events = guest.wire.client.take()
            got[guest.address] += bodies(events)
            for event in events:
                assert not isinstance(event, (ResumptionFailed, StanzasUnknown)), event
                confirmed[guest.address] += len(getattr(event, "acknowledged", getattr(event, "stanzas", ())))

    def pump(rounds: int) -> None:
        """Move a little, so that things are under way when the connection breaks."""
        for _ in range(rounds):
            wire = source.choice([romeo.wire, juliet.wire])
            source.choice([wire.client, wire.server]).pump()
        for link in town.server.take_ready():
            for wire in town.world.wires:
                if wire.server.engine is link:
                    wire.server.dirty = True

    while sent[ROMEO] < 300 or sent[JULIET] < 300 or cuts < 50:
        guest, other = source.choice(guests)
        if sent[guest.address] < 300:
            for _ in range(source.randrange(1, 9)):
                if sent[guest.address] < 300:
                    guest.say(Message(other.address, f"{sent[guest.address]}"), settle=False)
                    sent[guest.address] += 1
        pump(source.randrange(6))
        if source.random() < 0.6 and cuts < 50:
            cuts += 1
            guest = source.choice((romeo, juliet))
            collect()
            guest.state = guest.connection.resumption
            if source.random() < 0.5:
                guest.wire.cut_off()
            else:  # only the client knows
                guest.wire.client.frozen = True
            pump(source.randrange(4))
            old = guest.wire
            guest.connect()
            assert guest.resumed.jid == JID(guest.address)
            town.world.wires.remove(old)
        town.world.now += 0.5
        collect()
    town.world.advance(30)
    collect()
    assert got[ROMEO] == [str(number) for number in range(300)]
    assert got[JULIET] == [str(number) for number in range(300)]
    assert confirmed[ROMEO] == confirmed[JULIET] == 301  # with the initial presence
    assert cuts == 50


def test_a_peer_that_closes_in_order_is_gone_at_once(town: Town) -> None:
    town.befriend("romeo@capulet.lit", "juliet@capulet.lit")
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    romeo.heard()
    juliet.connection.close(town.world.now)
    town.world.settle()
    assert [presence.type for presence in romeo.heard()] == [PresenceType.UNAVAILABLE]
    assert town.server.suspended == []
    assert juliet.wire.client.ended is not None
    assert juliet.wire.client.ended.reason is EndReason.LOCAL_CLOSE


@pytest.mark.spec("XEP-0280", "4")
@pytest.mark.spec("XEP-0191", "3.3")
def test_what_a_client_asked_to_be_told_of_goes_on_with_its_stream(town: Town) -> None:
    romeo, juliet, other = Guest(town, ROMEO), Guest(town, JULIET), Guest(town, "juliet@capulet.lit/chamber")
    juliet.say(Iq(IqType.SET, payload=EnableCarbons(), id="c1"), Iq(IqType.GET, payload=BlockList(), id="b1"))
    juliet.heard()
    juliet.vanish()
    send(town, romeo, other.address, "one", type=MessageType.CHAT)
    juliet.connect()
    send(town, romeo, other.address, "two", type=MessageType.CHAT)
    other.say(Iq(IqType.SET, payload=Block(items=[BlockItem(jid=JID(NURSE))]), id="b2"))
    heard = juliet.heard()
    copies = [one.get(ReceivedCarbon) for one in heard if isinstance(one, Message)]
    assert [copy.forwarded.stanza.body for copy in copies] == ["one", "two"]
    assert [one.type for one in heard if isinstance(one, Iq)] == [IqType.SET]


@pytest.mark.spec("XEP-0280", "10.3")
def test_a_copy_for_a_client_that_does_not_come_back_is_nobody_s(town: Town) -> None:
    romeo, juliet, other = Guest(town, ROMEO), Guest(town, JULIET), Guest(town, "juliet@capulet.lit/chamber")
    juliet.say(Iq(IqType.SET, payload=EnableCarbons(), id="c1"))
    juliet.vanish()
    send(town, romeo, other.address, "one", type=MessageType.CHAT)
    town.world.advance(121)
    assert town.server.suspended == []
    assert bodies(other.heard()) == ["one"]
    assert romeo.heard() == []
    account = town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    assert len(account.offline) == 0
