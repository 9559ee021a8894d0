"""Copies of messages (XEP-0280): what they say, and who may hand them out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.session.play import JULIET, Play
from xmppwire.im.carbons import Carbon, ForgedCarbon, disable_carbons, enable_carbons, read_carbon
from xmppwire.jid import JID
from xmppwire.protocol.carbons import DisableCarbons, EnableCarbons, ReceivedCarbon, SentCarbon
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.forward import Forwarded
from xmppwire.stanza import IqType, Message, Presence, Stanza
from xmppwire.xml import Element

OWN = JULIET.bare
ROMEO = JID("romeo@montague.lit/orchard")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SAID = Message(ROMEO, "said", sender=JID("juliet@capulet.lit/garden"), type="chat")
HEARD = Message(JID("juliet@capulet.lit/garden"), "heard", sender=ROMEO, type="chat")


def sent(inner: Stanza | None = SAID, sender: JID | None = OWN, type: str = "chat") -> Message:
    forwarded = Forwarded(delay=Delay(stamp=NOON), stanza=inner)
    return Message(JULIET, sender=sender, type=type, payloads=[SentCarbon(forwarded=forwarded)])


def received(inner: Stanza = HEARD, sender: JID | None = OWN) -> Message:
    return Message(JULIET, sender=sender, type="chat", payloads=[ReceivedCarbon(forwarded=Forwarded(stanza=inner))])


@pytest.mark.spec("XEP-0280", "4", "5")
def test_they_are_asked_for() -> None:
    play = Play()
    for operation, kind in ((enable_carbons(), EnableCarbons), (disable_carbons(), DisableCarbons)):
        running = play.run(operation)
        iq = play.asked()
        assert (iq.type, iq.to) == (IqType.SET, None)
        assert iq.get(kind) is not None
        play.say(iq.result().replace(sender=None))
        assert running.result() is None


@pytest.mark.spec("XEP-0280", "7", "8")
def test_what_a_copy_says() -> None:
    play = Play()
    play.say(sent(), received(), Message(JULIET, "plain", sender=ROMEO))
    copies = [read_carbon(event, JULIET) for event in play.client.take() if isinstance(event, Message)]
    first, second, third = copies
    assert isinstance(first, Carbon)
    assert (first.message.body, first.sent, first.stamp) == ("said", True, NOON)
    assert isinstance(second, Carbon)
    assert (second.message.body, second.sent, second.stamp) == ("heard", False, None)
    assert second.message.sender == ROMEO
    assert third is None


@pytest.mark.spec("XEP-0280", "11")
@pytest.mark.parametrize(
    "sender", [None, ROMEO, ROMEO.bare, JULIET, JID("capulet.lit"), JID("juliet@capulet.lit.evil.example")]
)
def test_cve_2017_5589_copies_come_from_the_account_alone(sender: JID | None) -> None:
    """CVE-2017-5589 and those after it: whoever sends a message could put any other into anybody's mouth."""
    for message in (sent(sender=sender), received(sender=sender)):
        answer = read_carbon(message, JULIET)
        assert isinstance(answer, ForgedCarbon)
        assert answer.sender == sender
        assert answer.reason == "copies come from juliet@capulet.lit only"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (sent(inner=None), "there is no message in it"),
        (sent(inner=Presence(sender=ROMEO)), "there is no message in it"),
        (sent(type="error"), "it is an error"),
    ],
)
def test_what_cannot_be_a_copy(message: Message, reason: str) -> None:
    assert read_carbon(message, JULIET) == ForgedCarbon(OWN, reason)


def test_what_cannot_be_read() -> None:
    play = Play()
    broken = Element(("urn:xmpp:carbons:2", "sent"))
    play.say(Message(JULIET, sender=OWN, payloads=[broken]))
    (message,) = play.client.take()
    assert isinstance(message, Message)
    assert isinstance(read_carbon(message, JULIET), ForgedCarbon)
