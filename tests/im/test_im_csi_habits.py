"""What a client that nobody looks at holds back for its radio (XEP-0286)."""

from __future__ import annotations

import pytest

from xmppwire.im.csi_habits import PATIENCE, TAIL, RadioHabits
from xmppwire.protocol.chat_states import ChatState, ChatStateValue
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.receipts import Receipt
from xmppwire.stanza import Iq, Message, Presence, Stanza

ROMEO = "romeo@montague.lit"
ASLEEP = 1000.0
RECEIPT = Message(ROMEO, payloads=[Receipt(id="1")])
HELLO = Message(ROMEO, "hello")


def asleep() -> RadioHabits:
    """An inactive client whose radio sleeps."""
    habits = RadioHabits(0.0)
    assert list(habits.set_active(False, 0.0)) == []
    assert list(habits.heard(ASLEEP - TAIL)) == []
    return habits


def typing(state: ChatStateValue, to: str = ROMEO) -> Message:
    return Message(to, type="chat", payloads=[ChatState(state=state)])


@pytest.mark.spec("XEP-0286", "4.2")
def test_what_can_wait_goes_with_what_cannot() -> None:
    habits = asleep()
    away = Presence(show="away")
    assert list(habits.offer(away, ASLEEP)) == []
    assert list(habits.offer(RECEIPT, ASLEEP)) == []
    assert len(habits) == 2
    assert list(habits.offer(HELLO, ASLEEP + 5)) == [away, RECEIPT, HELLO]
    assert len(habits) == 0


@pytest.mark.spec("XEP-0286", "4.2")
def test_while_the_radio_is_awake_nothing_waits() -> None:
    habits = asleep()
    assert list(habits.offer(RECEIPT, ASLEEP)) == []
    assert list(habits.heard(ASLEEP + 1)) == [RECEIPT]
    assert list(habits.offer(RECEIPT, ASLEEP + TAIL)) == [RECEIPT]  # which keeps it awake
    assert list(habits.offer(RECEIPT, ASLEEP + 2 * TAIL - 1)) == [RECEIPT]
    assert list(habits.offer(RECEIPT, ASLEEP + 4 * TAIL)) == []


@pytest.mark.spec("XEP-0286", "4.1")
def test_what_is_outdated_is_not_said() -> None:
    habits = asleep()
    assert list(habits.offer(Presence(show="away"), ASLEEP)) == []
    assert list(habits.offer(Presence(show="xa"), ASLEEP)) == []
    for state in (ChatStateValue.COMPOSING, ChatStateValue.PAUSED):
        assert list(habits.offer(typing(state), ASLEEP)) == []
    assert list(habits.offer(typing(ChatStateValue.GONE, "nurse@capulet.lit"), ASLEEP)) == []
    told = [Presence(show="xa"), typing(ChatStateValue.PAUSED), typing(ChatStateValue.GONE, "nurse@capulet.lit")]
    assert list(habits.heard(ASLEEP)) == told


@pytest.mark.parametrize(
    "stanza",
    [HELLO, Presence("room@muc.montague.lit/me"), Presence(type="unavailable"), Iq("get", ROMEO, payload=Ping())],
)
def test_what_cannot_wait(stanza: Stanza) -> None:
    assert list(asleep().offer(stanza, ASLEEP)) == [stanza]


@pytest.mark.spec("XEP-0286", "4.2")
def test_nothing_waits_for_ever() -> None:
    habits = asleep()
    habits.offer(RECEIPT, ASLEEP)
    habits.offer(Presence(), ASLEEP + 100)
    assert habits.next_timeout() == ASLEEP + PATIENCE  # of the first
    assert list(habits.handle_timeout(ASLEEP + PATIENCE - 1)) == []
    assert len(habits.handle_timeout(ASLEEP + PATIENCE)) == 2
    assert list(habits.handle_timeout(ASLEEP + PATIENCE)) == []
    for n in range(600):
        if habits.offer(Message(ROMEO, payloads=[Receipt(id=str(n))]), ASLEEP + PATIENCE + TAIL):
            break
    assert n == 500


@pytest.mark.spec("XEP-0286", "4.1")
def test_pings_are_far_apart() -> None:
    habits = RadioHabits(0.0, silence=100.0, patience=1000.0)
    habits.set_active(False, 0.0)
    assert habits.next_timeout() == 100.0
    assert not habits.take_ping(99.0)
    habits.heard(99.0)
    assert not habits.take_ping(100.0)
    habits.offer(RECEIPT, 150.0)
    assert habits.next_timeout() == 199.0
    assert list(habits.handle_timeout(199.0)) == [RECEIPT]  # along with the ping
    assert habits.take_ping(199.0)
    assert not habits.take_ping(199.0)
    assert habits.next_timeout() == 299.0


def test_an_active_client_holds_nothing_back() -> None:
    habits = RadioHabits(0.0)
    assert habits.active
    assert list(habits.offer(RECEIPT, ASLEEP)) == [RECEIPT]
    habits = asleep()
    assert not habits.active
    habits.offer(RECEIPT, ASLEEP)
    assert list(habits.set_active(True, ASLEEP)) == [RECEIPT]
