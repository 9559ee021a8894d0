"""How far chats were read (XEP-0490): published for the own clients, and believed from these alone."""

from __future__ import annotations

import pytest

from tests.im.service import answered, published, query, refused, retracted
from tests.session.play import JULIET, Play
from xmppwire.im.displayed import (
    NOTIFY_FEATURE,
    DisplayedChanged,
    DisplayedStates,
    fetch_displayed,
    publish_displayed,
    with_displayed,
)
from xmppwire.im.pep import NotPrivateError, PepSupport
from xmppwire.im.pubsub import RefusedEvent
from xmppwire.jid import JID
from xmppwire.operation import IqError
from xmppwire.protocol.displayed_markers import Displayed
from xmppwire.protocol.displayed_synchronization import NAMESPACE, DisplayedUpTo
from xmppwire.protocol.pubsub import Item, Items, Publish, Pubsub
from xmppwire.protocol.pubsub_forms import AccessModel, PublishOptionsForm
from xmppwire.protocol.stanza_id import StanzaId
from xmppwire.stanza import ErrorCondition, Message
from xmppwire.xml import Element

OWN = JULIET.bare
ROMEO = JID("romeo@montague.lit")
ROOM = JID("ball@rooms.capulet.lit")
FULL = PepSupport(True, frozenset({"http://jabber.org/protocol/pubsub#publish-options"}))


def up_to(id: str, by: JID = OWN) -> DisplayedUpTo:
    return DisplayedUpTo(stanza_id=StanzaId(id=id, by=by))


def position(chat: JID, id: str) -> float | None:
    """A history where the messages are m0 to m9."""
    return int(id[1:]) if id in {f"m{number}" for number in range(10)} else None


@pytest.mark.spec("XEP-0490", "4.2", "7")
def test_what_was_displayed_is_published_for_the_own_clients() -> None:
    assert NOTIFY_FEATURE == "urn:xmpp:mds:displayed:0+notify"
    play = Play()
    running = play.run(publish_displayed(str(ROMEO), "m1", OWN, support=FULL))
    iq = answered(play)
    assert query(iq).action == Publish(node=NAMESPACE, items=[Item(id=str(ROMEO), payload=up_to("m1"))])
    options = query(iq).publish_options
    assert options is not None
    assert options.form is not None
    read = PublishOptionsForm.from_form(options.form)
    assert (read.access_model, read.max_items) == (AccessModel.WHITELIST, "max")
    assert running.result() is None
    running = play.run(publish_displayed(ROMEO, "m1", str(OWN), support=PepSupport(True)))
    with pytest.raises(NotPrivateError):
        running.result()
    assert play.server.take() == []


@pytest.mark.spec("XEP-0490", "4.4")
def test_a_client_catches_up() -> None:
    play = Play()
    running = play.run(fetch_displayed())
    items = [
        Item(id=str(ROMEO), payload=up_to("m3")),
        Item(id=str(ROOM), payload=up_to("m4", ROOM)),
        Item(id=f"{ROOM}/tybalt", payload=up_to("m5", ROOM)),
        Item(id="paris@capulet.lit", payload=up_to("unknown")),
        Item(id="@", payload=up_to("m1")),
        Item(payload=up_to("m1")),
        Item(id="nurse@capulet.lit", payload=Element((NAMESPACE, "displayed"))),
        Item(id="nurse@capulet.lit", payload=up_to("m1", ROMEO)),
    ]
    answered(play, Pubsub(action=Items(node=NAMESPACE, items=items)))
    displayed = DisplayedStates(position)
    assert displayed.load(running.result(), JULIET) == [
        DisplayedChanged(ROMEO, "m3"),
        DisplayedChanged(ROOM, "m4"),
        DisplayedChanged(JID(f"{ROOM}/tybalt"), "m5"),
    ]
    assert (displayed.get(ROMEO), displayed.get(ROOM), displayed.get(JID("nurse@capulet.lit"))) == ("m3", "m4", None)
    running = play.run(fetch_displayed())
    refused(play, ErrorCondition.ITEM_NOT_FOUND)
    assert running.result() == []
    running = play.run(fetch_displayed())
    refused(play, ErrorCondition.FORBIDDEN)
    with pytest.raises(IqError):
        running.result()


@pytest.mark.spec("XEP-0490", "5.1")
def test_it_only_moves_forward() -> None:
    play = Play()
    displayed = DisplayedStates(position)
    ids = ("m3", "m3", "m2", "unknown", "m5")
    play.say(*(published(NAMESPACE, OWN, **{str(ROMEO): up_to(id_)}) for id_ in ids))
    play.say(retracted(NAMESPACE, OWN, str(ROMEO)))
    changes = [one for happened in play.client.take() for one in displayed.feed(happened, JULIET)]
    assert changes == [DisplayedChanged(ROMEO, "m3"), DisplayedChanged(ROMEO, "m5")]
    assert not displayed.mark(ROMEO, "m4")
    assert not displayed.mark(ROMEO, "unknown")
    assert displayed.mark(ROMEO, "m6")
    assert displayed.get(ROMEO) == "m6"


def test_a_state_that_the_history_has_lost_is_replaced() -> None:
    known = {"m1"}
    displayed = DisplayedStates(lambda _, known_as: 1 if known_as in known else None)
    assert displayed.mark(ROMEO, "m1")
    known.clear()
    known.add("m0")
    assert displayed.mark(ROMEO, "m0")


@pytest.mark.spec("XEP-0163", "4.3.1")
@pytest.mark.parametrize("sender", [ROMEO, JULIET, ROOM, JID("capulet.lit")])
def test_nobody_else_says_what_we_have_read(sender: JID) -> None:
    displayed = DisplayedStates(position)
    changes = displayed.feed(published(NAMESPACE, sender, **{str(ROMEO): up_to("m9")}), JULIET)
    assert changes == [RefusedEvent(sender, NAMESPACE, f"{NAMESPACE} is believed from {OWN} only")]
    assert len(displayed) == 0


def test_a_flood_of_chats_is_forgotten() -> None:
    displayed = DisplayedStates(position)
    for number in range(10_001):
        assert displayed.mark(JID(f"u{number}@montague.lit"), "m1")
    assert len(displayed) == 10_000


@pytest.mark.spec("XEP-0490", "4.5.3", "5.1")
def test_the_server_publishes_it_along_with_a_marker() -> None:
    marker = Message(ROMEO, payloads=[Displayed(id="the-msg-1")])
    sent = with_displayed(marker, "m1", OWN)
    assert sent.get(DisplayedUpTo) == up_to("m1")
    assert sent.get(Displayed) == Displayed(id="the-msg-1")
    for wrong, why in (
        (Message(JID(f"{ROMEO}/x"), payloads=[Displayed(id="1")]), "bare JID"),
        (Message(payloads=[Displayed(id="1")]), "bare JID"),
        (Message(ROMEO), "empty"),
    ):
        with pytest.raises(ValueError, match=why):
            with_displayed(wrong, "m1", OWN)
