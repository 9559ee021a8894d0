"""Copies of messages (XEP-0280): who gets one of what, and that nobody else does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.town import Client, Town, bodies
from xmppwire.im.carbons import Carbon, disable_carbons, enable_carbons, read_carbon
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.carbons import EnableCarbons, PrivateMessage, ReceivedCarbon
from xmppwire.protocol.chat_states import ChatState, ChatStateValue
from xmppwire.protocol.direct_muc_invitations import DirectInvitation
from xmppwire.protocol.displayed_markers import Displayed
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.hints import NoCopy
from xmppwire.protocol.muc_user import MucUser
from xmppwire.protocol.receipts import Receipt
from xmppwire.stanza import ErrorCondition, Iq, IqType, Message, MessageType, StanzaError
from xmppwire.stream import SASL2
from xmppwire.stream.phases import Phase

JULIET = "juliet@capulet.lit"


class Place:
    """Juliet with three clients, two of which want copies, and Romeo."""

    def __init__(self) -> None:
        self.town = Town()
        self.romeo = self.town.login("romeo@capulet.lit/orchard")
        self.phone = self.town.login(f"{JULIET}/phone", priority=5)
        self.tablet = self.town.login(f"{JULIET}/tablet", priority=-1)
        self.watch = self.town.login(f"{JULIET}/watch", priority=None)
        for client in (self.phone, self.tablet):
            client.run(enable_carbons())
        for client in (self.phone, self.tablet, self.watch, self.romeo):
            client.heard()

    def copies(self, client: Client) -> list[Carbon]:
        """What a client is copied, all of which must be genuine."""
        found = [read_carbon(one, client.jid) for one in client.heard()]
        assert all(isinstance(one, Carbon) for one in found), found
        return [one for one in found if isinstance(one, Carbon)]


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.mark.spec("XEP-0280", "3", "4", "5", "7", "10.1")
@pytest.mark.parametrize("to", [JULIET, f"{JULIET}/phone"])
def test_what_one_client_receives_the_others_are_copied(place: Place, to: str) -> None:
    original = Message(to, "O Juliet", type=MessageType.CHAT, id="m1")
    place.romeo.say(original)
    (received,) = place.phone.heard()
    assert received == original.replace(sender=place.romeo.jid)
    (wrapper,) = place.tablet.heard()
    assert (wrapper.sender, wrapper.to, wrapper.type) == (JID(JULIET), place.tablet.jid, MessageType.CHAT)
    assert read_carbon(wrapper, place.tablet.jid) == Carbon(received, sent=False)
    assert place.watch.heard() == []  # it did not ask
    place.tablet.run(disable_carbons())
    place.tablet.run(disable_carbons())
    place.watch.run(enable_carbons())
    place.watch.run(enable_carbons())
    place.romeo.say(original)
    assert place.tablet.heard() == []
    assert [copy.message.body for copy in place.copies(place.watch)] == ["O Juliet"]
    assert place.romeo.heard() == []


@pytest.mark.spec("XEP-0280", "8")
def test_what_one_client_sends_the_others_are_copied(place: Place) -> None:
    place.watch.say(Message("romeo@capulet.lit", "good night", type=MessageType.CHAT))
    (said,) = place.romeo.heard()
    assert said.body == "good night"
    for client in (place.phone, place.tablet):
        (copy,) = place.copies(client)
        assert copy == Carbon(said, sent=True)
    assert place.watch.heard() == []
    place.phone.say(Message("romeo@capulet.lit", "again", type=MessageType.CHAT))
    assert place.phone.heard() == []
    assert len(place.copies(place.tablet)) == 1


def of(*payloads: Payload, type_: str = "normal", body: str | None = None) -> Message:
    return Message(f"{JULIET}/phone", body, type=type_, payloads=payloads)


ROOM = MucUser()
CASES: list[tuple[Message, bool, bool]] = [
    # the message, whether it is copied to the receiver's clients, and to the sender's
    (of(type_="chat"), True, True),
    (of(body="x"), True, True),
    (of(), False, False),
    (of(body="x", type_="headline"), False, False),
    (of(body="x", type_="groupchat"), False, False),
    (of(Receipt(id="1")), True, True),
    (of(ChatState(state=ChatStateValue.COMPOSING)), True, True),
    (of(Displayed(id="1"), type_="headline"), True, True),
    (of(DirectInvitation(jid=JID("room@muc.lit"))), True, True),
    (of(PrivateMessage(), NoCopy(), body="x", type_="chat"), False, False),
    (of(NoCopy(), body="x", type_="chat"), True, True),  # the hint alone does not say it here (section 9)
    (of(ROOM, body="x", type_="chat"), False, True),
]


@pytest.mark.spec("XEP-0280", "6.1", "9")
@pytest.mark.parametrize(("message", "received", "sent"), CASES)
def test_which_messages_are_copied(place: Place, message: Message, received: bool, sent: bool) -> None:
    other = place.town.login("romeo@capulet.lit/tablet", priority=-1)
    other.run(enable_carbons())
    other.heard()
    place.romeo.say(message)
    assert len(place.phone.heard()) == 1
    assert len(place.copies(place.tablet)) == received
    assert len(place.copies(other)) == sent


@pytest.mark.spec("XEP-0280", "6.1", "10.3")
def test_errors_are_not_copied_and_those_about_copies_go_nowhere(place: Place) -> None:
    error = StanzaError(ErrorCondition.SERVICE_UNAVAILABLE)
    place.romeo.say(Message(place.phone.jid, type="error", error=error), Message(JULIET, "hi", type="chat"))
    assert [one.type for one in place.phone.heard()] == [MessageType.ERROR, MessageType.CHAT]
    (wrapper,) = place.tablet.heard()
    place.tablet.say(wrapper.error_reply(error))
    for client in (place.romeo, place.phone, place.tablet):
        assert client.heard() == []


def test_a_note_to_oneself_comes_once_to_each_client(place: Place) -> None:
    place.tablet.say(Message(JULIET, "milk", type="chat"))
    assert bodies(place.phone.heard()) == ["milk"]
    assert place.tablet.heard() == []
    place.phone.say(Message(place.tablet.jid, "bread", type="chat"))
    assert bodies(place.tablet.heard()) == ["bread"]
    assert place.phone.heard() == []


@pytest.mark.spec("XEP-0280", "11")
def test_a_forged_copy_stays_what_it_is(place: Place) -> None:
    inner = Message(JULIET, "I love you", sender="rosaline@capulet.lit")
    forged = ReceivedCarbon(forwarded=Forwarded(stanza=inner))
    place.romeo.say(Message(place.tablet.jid, type="chat", sender=JULIET, payloads=[forged]))
    assert place.tablet.heard() == []
    assert place.romeo.session.phase is not Phase.ESTABLISHED  # who lies about the sender is thrown out
    nurse = place.town.login("nurse@capulet.lit/hall")
    nurse.say(Message(place.tablet.jid, type="chat", payloads=[forged]))
    (message,) = place.tablet.heard()
    assert message.sender == nurse.jid
    assert not isinstance(read_carbon(message, place.tablet.jid), Carbon)


@pytest.mark.spec("XEP-0280", "4.1")
def test_nobody_else_switches_it_on(place: Place) -> None:
    for to in (JULIET, "capulet.lit"):
        reply = place.romeo.ask(Iq("set", to, payload=EnableCarbons()))
        assert reply.error == StanzaError(ErrorCondition.SERVICE_UNAVAILABLE)
    reply = place.romeo.ask(Iq("get", payload=EnableCarbons()))
    assert (reply.type, reply.error) == (IqType.ERROR, StanzaError(ErrorCondition.FEATURE_NOT_IMPLEMENTED))


def test_the_copy_of_a_client_that_is_gone_goes_nowhere(place: Place) -> None:
    """It is not delivered to another client, nor kept: they have the message, or a copy."""
    lost: Any = place.tablet.link
    wrapper = Message(place.tablet.jid, type="chat", sender=JULIET, payloads=[])
    place.tablet.leave()
    place.town.server.redeliver([(wrapper, None)], place.town.world.now)
    assert place.phone.heard()[-1].sender == lost.jid  # that it is gone, and no more
    account = place.town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    assert len(account.offline) == 0


@pytest.mark.spec("XEP-0386", "3.2")
def test_they_are_switched_on_with_the_login() -> None:
    town = Town(sasl2=True)
    romeo = town.login("romeo@capulet.lit/orchard")
    phone = town.login(f"{JULIET}/phone")
    wish = SASL2(tag="tablet", inline=[EnableCarbons().to_element()])
    tablet = town.connect(JULIET, sasl2=wish)
    tablet.heard()
    romeo.say(Message(phone.jid, "hi", type="chat"))
    (copy,) = tablet.heard()
    assert isinstance(read_carbon(copy, tablet.jid), Carbon)
