"""Clients that nobody looks at (XEP-0352), at the local server."""

from __future__ import annotations

import pytest

from tests.localserver.test_localserver_resumption import JULIET, ROMEO, Guest
from tests.localserver.town import Town, bodies
from tests.pair import Wire, seeded
from xmppwire.jid import JID
from xmppwire.protocol.chat_states import ChatState, ChatStateValue
from xmppwire.protocol.displayed_markers import Displayed
from xmppwire.protocol.ping import Ping
from xmppwire.stanza import Iq, IqType, Message, MessageType, Presence, PresenceType
from xmppwire.stream import ClientConfig, Connection


@pytest.fixture
def town() -> Town:
    town = Town()
    town.befriend("romeo@capulet.lit", "juliet@capulet.lit")
    return town


def sleep(guest: Guest, active: bool = False) -> None:
    assert guest.connection.set_active(active, guest.town.world.now)
    guest.town.world.settle()


def typing() -> Message:
    return Message(JULIET, type=MessageType.CHAT).with_(ChatState(state=ChatStateValue.COMPOSING))


@pytest.mark.spec("XEP-0352", "3", "5")
def test_presence_waits_until_somebody_looks(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.heard()
    sleep(juliet)
    romeo.say(Presence(status="one"), typing(), Presence(status="two"))
    assert juliet.heard() == []
    # Flushed before the answer to what comes behind (section 5).
    juliet.connection.set_active(True, town.world.now)
    juliet.say(Iq(IqType.GET, payload=Ping(), id="p"))
    heard = juliet.heard()
    assert [type(stanza) for stanza in heard] == [Presence, Iq]
    assert heard[0].status == "two"
    romeo.say(Presence(status="three"))
    assert len(juliet.heard()) == 1


@pytest.mark.spec("XEP-0286", "4")
def test_a_message_brings_along_what_waits(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    town.world.advance(10)  # whatever is asked about the beginning is asked
    juliet.heard()
    sleep(juliet)
    romeo.say(Presence(status="one"), Message(JULIET, "wake up"))
    assert [type(stanza) for stanza in juliet.heard()] == [Presence, Message]
    # ... and the question what arrived, which would wake it once more a few seconds later.
    assert juliet.wire.server.sent.endswith(b"<r xmlns='urn:xmpp:sm:3'/>")
    before = len(juliet.wire.server.sent)
    town.world.advance(20)
    assert len(juliet.wire.server.sent) == before


@pytest.mark.spec("XEP-0286", "4")
def test_when_the_client_speaks_its_radio_is_on(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.heard()
    sleep(juliet)
    romeo.say(Presence(status="one"))
    juliet.say(Message(ROMEO, "still here"))
    assert [stanza.status for stanza in juliet.heard()] == ["one"]


@pytest.mark.spec("XEP-0352", "5")
def test_nobody_else_can_tell(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    romeo.heard()
    sleep(juliet)
    assert romeo.heard() == []
    romeo.say(Presence(JULIET, type=PresenceType.PROBE))
    assert [presence.type for presence in romeo.heard()] == [None]


@pytest.mark.spec("XEP-0352", "6")
def test_what_waits_survives_a_loss_and_the_state_does_not(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.heard()
    sleep(juliet)
    romeo.say(Presence(status="one"))
    juliet.vanish()
    romeo.say(Presence(status="two"), Message(JULIET, "hi"))
    juliet.connect()
    heard = juliet.heard()
    assert [getattr(stanza, "status", None) for stanza in heard] == ["one", "two", None]
    assert bodies(heard) == ["hi"]
    romeo.say(Presence(status="three"))  # a resumed stream is active
    assert len(juliet.heard()) == 1


@pytest.mark.spec("XEP-0352", "6")
def test_what_waits_on_a_live_stream_that_is_resumed(town: Town) -> None:
    romeo, juliet = Guest(town, ROMEO), Guest(town, JULIET)
    juliet.heard()
    sleep(juliet)
    romeo.say(Presence(status="one"))
    juliet.freeze()
    juliet.connect()
    assert [stanza.status for stanza in juliet.heard()] == ["one"]


def test_what_waits_for_one_that_goes_may_be_for_another(town: Town) -> None:
    romeo, juliet, chamber = Guest(town, ROMEO), Guest(town, JULIET), Guest(town, "juliet@capulet.lit/chamber")
    sleep(juliet)
    romeo.say(Message(JULIET, type=MessageType.CHAT).with_(Displayed(id="m1")))
    chamber.heard()
    juliet.connection.close(town.world.now)
    assert [stanza.get(Displayed) for stanza in chamber.heard() if isinstance(stanza, Message)] == [Displayed(id="m1")]


def test_without_management() -> None:
    town = Town(management=None)
    town.befriend("romeo@capulet.lit", "juliet@capulet.lit")
    clients: list[Wire] = []
    for address, password in ((ROMEO, "secret2"), (JULIET, "secret1")):
        wire = town.world.join(
            Connection(ClientConfig(jid=JID(address), password=password, random=seeded(len(clients))))
        )
        town.world.settle()
        wire.client.engine.send(Presence(), town.world.now)
        town.world.settle()
        clients.append(wire)
    romeo, juliet = clients
    juliet.client.engine.set_active(False, town.world.now)
    town.world.settle()
    juliet.client.take()
    romeo.client.engine.send(Presence(status="one"), town.world.now)
    town.world.settle()
    assert not juliet.client.take()
    romeo.client.engine.send(Message(JULIET, "hi"), town.world.now)
    town.world.settle()
    assert [type(event) for event in juliet.client.take()] == [Presence, Message]
