"""A session that lets an object decide when what is sent leaves, such as `RadioHabits` (XEP-0286)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.localserver.town import Town, bodies
from tests.pair import Wire, seeded
from tests.session.play import Play as Scripted
from xmppwire import CLIENT_LIMITS
from xmppwire.im.csi_habits import PATIENCE, SILENCE, TAIL, RadioHabits
from xmppwire.im.ping import ping
from xmppwire.jid import JID
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.receipts import Receipt
from xmppwire.session import Disconnected, MakeHabits, ReconnectPolicy, Session, StanzasUnsent
from xmppwire.session.habits import ANSWER_SECONDS
from xmppwire.stanza import Iq, Message, Presence, Stanza
from xmppwire.stream import (
    ClientConfig,
    ClientStateChanged,
    ComponentConfig,
    EndReason,
    Established,
    LocalProtocolError,
    Phase,
    Resumed,
    ServerConfig,
    Signal,
    StreamEnded,
    StreamManagement,
)
from xmppwire.stream.csi import LATER
from xmppwire.xml import Element

ROMEO = "romeo@capulet.lit/orchard"
ACK_REQUEST = b"<r xmlns='urn:xmpp:sm:3'/>"


def receipt(number: int = 1) -> Message:
    return Message(ROMEO, payloads=[Receipt(id=str(number))])


class Phone:
    """Juliet's phone, whose session has habits, at a local server; Romeo hears it."""

    def __init__(
        self,
        *,
        habits: MakeHabits = RadioHabits,
        managed: bool = True,
        lasting: bool = True,
        state: bytes | None = None,
        town: Town | None = None,
        **config: Any,
    ) -> None:
        silent = ServerConfig(domains=["capulet.lit"], keepalive=None)
        self.town = town or Town({"juliet": "secret1", "romeo": "secret2"}, config=silent, epoch=0.0, iterations=1)
        self.world = self.town.world
        if town is None:
            self.romeo = self.town.login(ROMEO, mechanisms=["PLAIN"])
        settings = ClientConfig(
            jid=JID("juliet@capulet.lit"),
            password="secret1",
            mechanisms=["PLAIN"],
            random=seeded(7 if town is None else 8),
            management=StreamManagement() if managed else None,
            **config,
        )
        policy = ReconnectPolicy(first=1) if lasting else None
        self.session = Session(settings, reconnect=policy, habits=habits, state=state)
        self.dial()

    def dial(self) -> Wire:
        self.wire = self.world.join(self.session.dial())
        self.world.settle()
        assert self.session.phase is Phase.ESTABLISHED
        return self.wire

    def sleep(self) -> None:
        """Nobody looks, and the radio falls asleep."""
        self.session.set_active(False, self.world.now)
        self.world.settle()
        self.world.advance(3 * TAIL)  # there may be an acknowledgement under way
        self.told()

    def say(self, *stanzas: Stanza) -> None:
        for stanza in stanzas:
            self.session.send(stanza, self.world.now)
        self.world.settle()

    def take(self) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self.session.next_event(self.world.now), Signal):
            found.append(event)
        self.world.settle()
        return found

    def told(self) -> list[Any]:
        """What Romeo heard since the last call."""
        return self.romeo.heard()

    def receipts(self) -> list[str]:
        return [found.id for one in self.told() if (found := one.get(Receipt)) is not None]


# --- what waits -----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0286", "4.2")
def test_what_can_wait_goes_with_what_cannot() -> None:
    phone = Phone()
    phone.say(receipt(1))
    assert phone.receipts() == ["1"], "an active client holds nothing back"
    phone.sleep()
    sent = len(phone.wire.client.sent)
    phone.say(receipt(2), receipt(3))
    assert phone.told() == []
    assert len(phone.wire.client.sent) == sent, "not a byte leaves"
    phone.say(Message(ROMEO, "hello"))
    first, second, third = phone.told()
    assert (first.get(Receipt), second.get(Receipt), third.body) == (Receipt(id="2"), Receipt(id="3"), "hello")


@pytest.mark.spec("XEP-0286", "4.2")
@pytest.mark.parametrize("how", ["input", "request", "operation", "patience", "active", "close"])
def test_good_moments(how: str) -> None:
    phone = Phone()
    phone.sleep()
    phone.say(receipt())
    assert phone.receipts() == []
    if how == "input":
        phone.romeo.say(Message(phone.session.jid, "wake up"))
    elif how == "request":
        phone.say(Iq.get(Ping()))
    elif how == "operation":
        assert phone.session.run(ping(), phone.world.now).done is False
    elif how == "patience":
        phone.world.advance(PATIENCE - 1)
        assert phone.receipts() == []
        phone.world.advance(1)
    elif how == "active":
        assert phone.session.set_active(True, phone.world.now)
    else:
        phone.session.close(phone.world.now)
    phone.world.settle()
    assert phone.receipts() == ["1"]


def test_a_reply_to_what_the_program_asked_still_comes() -> None:
    phone = Phone()
    phone.sleep()
    running = phone.session.run(ping(), phone.world.now)
    asked = Iq.get(Ping())
    phone.say(receipt(), asked)
    assert running.done
    assert [event.id for event in phone.take() if isinstance(event, Iq)] == [asked.id]
    assert phone.receipts() == ["1"]


def test_a_client_that_begins_inactive_holds_back_from_the_beginning() -> None:
    phone = Phone(active=False)
    assert any(isinstance(event, ClientStateChanged) for event in phone.wire.server.events)
    phone.world.advance(TAIL + 1)
    phone.say(receipt())
    assert phone.receipts() == []


def test_what_cannot_be_sent_is_refused_at_once() -> None:
    phone = Phone()
    phone.sleep()
    with pytest.raises(LocalProtocolError):
        phone.say(Message(ROMEO, payloads=[Receipt(id="\0")]))
    phone.say(receipt(), Message(ROMEO, "hello"))
    assert phone.receipts() == ["1"]
    assert phone.session.phase is Phase.ESTABLISHED


def test_what_finds_no_room_later_is_told() -> None:
    small = replace(CLIENT_LIMITS, output_low=10, output_high=100, output_bytes=2000)
    phone = Phone(limits=small)
    phone.sleep()
    late = [Message(ROMEO, payloads=[Receipt(id=str(number) * 900)]) for number in range(4)]
    for stanza in late:
        phone.session.send(stanza, phone.world.now)
    phone.session.set_active(True, phone.world.now)
    phone.world.settle()
    arrived = [id_[0] for id_ in phone.receipts()]
    unsent = [event.stanzas for event in phone.take() if isinstance(event, StanzasUnsent)]
    assert unsent == [(stanza,) for stanza in late[len(arrived) :]]
    assert arrived == ["0", "1", "2", "3"][: len(arrived)]
    assert 0 < len(arrived) < 4


# --- more than one connection ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("resumed", [True, False])
def test_what_waits_survives_the_connection(resumed: bool) -> None:
    phone = Phone()
    phone.sleep()
    phone.say(receipt(1))
    phone.wire.cut_off()
    phone.world.settle()
    phone.say(receipt(2))
    if not resumed:
        for link in phone.town.server.hub.sessions.suspended:
            phone.town.server.expire(link, phone.world.now)
    assert phone.session.retry_at is not None
    phone.world.now = max(phone.world.now, phone.session.retry_at)
    phone.dial()
    assert any(isinstance(event, Resumed if resumed else Established) for event in phone.take())
    assert phone.receipts() == ["1", "2"]
    phone.world.advance(3 * TAIL)
    phone.say(receipt(3))
    assert phone.receipts() == [], "nobody looks still"


def test_what_waits_is_part_of_the_state() -> None:
    phone = Phone(lasting=False)
    phone.sleep()
    phone.say(receipt())
    state = phone.session.detach(phone.world.now)
    phone.world.settle()
    assert not any(isinstance(event, StanzasUnsent) for event in phone.take())
    other = Phone(town=phone.town, state=state)
    assert other.session.phase is Phase.ESTABLISHED
    assert phone.receipts() == ["1"]


def test_what_waits_when_all_is_over_is_told() -> None:
    phone = Phone(lasting=False, managed=False)
    phone.sleep()
    stanza = receipt()
    phone.say(stanza)
    phone.wire.cut_off()
    phone.world.settle()
    events = phone.take()
    assert [event.stanzas for event in events if isinstance(event, StanzasUnsent)] == [(stanza,)]
    assert isinstance(events[-1], StreamEnded)
    with pytest.raises(LocalProtocolError):
        phone.session.send(receipt(), phone.world.now)


# --- is the server still there? -------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0286", "4.1")
@pytest.mark.spec("XEP-0198", "4")
def test_silence_is_broken_by_a_request_for_an_acknowledgement_only_every_quarter_of_an_hour() -> None:
    phone = Phone()
    phone.sleep()
    sent = len(phone.wire.client.sent)
    phone.world.advance(SILENCE - 3 * TAIL - 2)
    assert len(phone.wire.client.sent) == sent, "no blank, no ping"
    phone.world.advance(2)
    assert bytes(phone.wire.client.sent)[sent:] == ACK_REQUEST
    phone.world.advance(4 * SILENCE)
    assert bytes(phone.wire.client.sent)[sent:] == ACK_REQUEST * 5
    assert phone.session.phase is Phase.ESTABLISHED


@pytest.mark.spec("XEP-0286", "4.1", "4.2")
@pytest.mark.spec("XEP-0199", "4.1")
def test_without_acknowledgements_it_is_a_ping_with_what_waits() -> None:
    phone = Phone(managed=False)
    phone.sleep()
    phone.world.advance(SILENCE - 3 * TAIL - 10)
    phone.say(receipt())
    sent = len(phone.wire.client.sent)
    phone.world.advance(10)
    out = bytes(phone.wire.client.sent)[sent:]
    assert out.startswith(b"<message")
    assert out.count(b"urn:xmpp:ping") == 1
    assert phone.receipts() == ["1"]
    assert phone.session.operations == 0
    assert phone.take()[1:] == []


def test_a_server_that_counts_no_stanzas_is_pinged() -> None:
    silent = ServerConfig(domains=["capulet.lit"], keepalive=None)
    town = Town({"juliet": "secret1"}, config=silent, management=None, iterations=1)
    phone = Phone(town=town)
    sent = len(phone.wire.client.sent)
    phone.world.advance(SILENCE)
    assert b"urn:xmpp:ping" in bytes(phone.wire.client.sent)[sent:]


@pytest.mark.parametrize("managed", [True, False])
def test_a_server_that_does_not_answer_is_gone(managed: bool) -> None:
    phone = Phone(managed=managed)
    phone.sleep()
    phone.take()
    phone.wire.server.frozen = True
    phone.world.advance(SILENCE - TAIL)
    assert phone.session.phase is Phase.ESTABLISHED
    phone.world.advance(ANSWER_SECONDS + 5)
    (lost,) = [event for event in phone.take() if isinstance(event, Disconnected)]
    assert lost.resumable is managed
    phone.dial()
    assert phone.session.phase is Phase.ESTABLISHED


def test_an_answer_that_is_an_error_is_one_and_so_is_anything_else() -> None:
    play = Scripted(habits=partial(RadioHabits, silence=100.0), server_keepalive=None)
    play.session.set_active(False, play.world.now)
    play.world.advance(100)
    asked = play.asked()
    play.say(asked.error_reply("service-unavailable").replace(sender=None))
    play.world.advance(100)
    play.asked()
    play.say(Presence(sender="romeo@montague.lit"))  # and never an answer
    play.world.advance(ANSWER_SECONDS + 1)
    assert play.session.phase is Phase.ESTABLISHED
    play.world.advance(100)
    assert play.session.ended is not None
    ended = play.client.events[-1]
    assert isinstance(ended, StreamEnded)
    assert ended.reason is EndReason.CONNECTION_LOST


def test_an_answer_that_nobody_can_read_is_one() -> None:
    play = Scripted(habits=partial(RadioHabits, silence=100.0), server_keepalive=None)
    play.world.advance(100)
    asked = play.asked()
    play.say(Iq("error", asked.sender, id=asked.id, payload=Element(("jabber:client", "error"), {"type": "?"})))
    play.world.advance(ANSWER_SECONDS)
    assert play.session.phase is Phase.ESTABLISHED


def test_a_server_that_wants_to_hear_from_us_more_often_does() -> None:
    phone = Phone(keepalive=None)
    assert phone.session.config.keepalive is None
    assert Phone(keepalive=5.0).session.config.keepalive == 2 * SILENCE
    assert Phone(keepalive=7200.0).session.config.keepalive == 7200.0


# --- who can have them ----------------------------------------------------------------------------------------------


def test_they_are_for_clients_that_do_not_write_ahead() -> None:
    with pytest.raises(ValueError, match="habits"):
        Session(ComponentConfig(jid=JID("echo.capulet.lit"), secret="s"), habits=RadioHabits)
    config = ClientConfig(jid=JID("juliet@capulet.lit"), management=StreamManagement())
    with pytest.raises(ValueError, match="habits"):
        Session(config, habits=RadioHabits, write_ahead=True)


def test_other_habits_may_let_requests_wait() -> None:
    phone = Phone(habits=partial(RadioHabits, judge=lambda _: LATER))
    phone.sleep()
    running = phone.session.run(ping(), phone.world.now)
    asked = Iq.get(Ping())
    phone.say(asked)
    assert not running.done
    phone.romeo.say(Message(phone.session.jid, "wake up"))
    phone.world.settle()
    assert running.done
    assert asked.id in [event.id for event in phone.take() if isinstance(event, Iq)]


def test_bodies_are_never_held_back() -> None:
    phone = Phone()
    phone.sleep()
    phone.say(Message(ROMEO, "one"))
    phone.world.advance(TAIL + 1)
    phone.say(Message(ROMEO, "two"))
    assert bodies(phone.told()) == ["one", "two"]
