"""Nicknames (XEP-0172): published, told, and sent along."""

from __future__ import annotations

import pytest

from tests.im.service import answered, event, published, query, refused, retracted
from tests.session.play import JULIET, Play
from xmppwire.im.nicknames import (
    LONGEST,
    NOTIFY_FEATURE,
    NicknameChanged,
    Nicknames,
    fetch_nickname,
    publish_nickname,
    read_nickname,
)
from xmppwire.im.pubsub import RefusedEvent
from xmppwire.jid import JID
from xmppwire.operation import IqError
from xmppwire.protocol.pubsub import Item, Items, Publish, Pubsub
from xmppwire.protocol.pubsub_event import EventConfiguration, EventDelete
from xmppwire.protocol.user_nickname import NAMESPACE, Nick
from xmppwire.stanza import ErrorCondition, Message, Presence
from xmppwire.xml import Element

ROMEO = JID("romeo@montague.lit")


@pytest.mark.spec("XEP-0172", "4.3")
def test_a_nickname_is_published_and_fetched() -> None:
    play = Play()
    running = play.run(publish_nickname("Julie"))
    iq = answered(play)
    assert query(iq).action == Publish(node=NAMESPACE, items=[Item(id="current", payload=Nick(name="Julie"))])
    assert running.result() is None
    for items, expected in (
        ([Item(payload=Nick(name="Romo"))], "Romo"),
        ([Item(payload=Nick())], None),
        ([Item()], None),
        ([], None),
    ):
        running = play.run(fetch_nickname(ROMEO))
        iq = answered(play, Pubsub(action=Items(node=NAMESPACE, items=items)))
        assert iq.to == ROMEO
        assert running.result() == expected
    running = play.run(fetch_nickname())
    refused(play, ErrorCondition.ITEM_NOT_FOUND)
    assert running.result() is None
    running = play.run(fetch_nickname(ROMEO))
    refused(play, ErrorCondition.FORBIDDEN)
    with pytest.raises(IqError):
        running.result()


@pytest.mark.spec("XEP-0172", "4.3")
def test_what_contacts_want_to_be_called_is_told() -> None:
    assert NOTIFY_FEATURE == "http://jabber.org/protocol/nick+notify"
    play = Play()
    nicknames = Nicknames()
    play.say(
        published(NAMESPACE, ROMEO, current=Nick(name="Romo")),
        published(NAMESPACE, ROMEO, current=Nick(name="Romo")),
        published(NAMESPACE, JULIET.bare, current=Nick(name="Julie")),
        published(NAMESPACE, ROMEO, current=Nick(name="x" * (LONGEST + 1))),
        published(NAMESPACE, ROMEO, current=Element((NAMESPACE, "other"))),
        published(NAMESPACE, ROMEO, current=Nick()),
        published(NAMESPACE, ROMEO, current=Nick(name="Romo")),
        retracted(NAMESPACE, ROMEO, "current"),
        event(EventConfiguration(node=NAMESPACE), ROMEO),
        event(EventDelete(node=NAMESPACE), JULIET.bare),
    )
    happened = play.client.take()
    assert [one for message in happened[:3] for one in nicknames.feed(message, JULIET)] == [
        NicknameChanged(ROMEO, "Romo"),
        NicknameChanged(JULIET.bare, "Julie"),
    ]
    assert nicknames.get(JID("romeo@montague.lit/orchard")) == "Romo"
    assert [one for message in happened[3:] for one in nicknames.feed(message, JULIET)] == [
        NicknameChanged(ROMEO, None),
        NicknameChanged(ROMEO, "Romo"),
        NicknameChanged(ROMEO, None),
        NicknameChanged(JULIET.bare, None),
    ]
    assert nicknames.get(ROMEO) is None
    assert len(nicknames) == 0


@pytest.mark.spec("XEP-0172", "7")
def test_nobody_names_somebody_else() -> None:
    nicknames = Nicknames()
    full = JID("romeo@montague.lit/orchard")
    (refusal,) = nicknames.feed(published(NAMESPACE, full, current=Nick(name="Tybalt")), JULIET)
    assert refusal == RefusedEvent(full, NAMESPACE, "a full JID does not speak for an account")
    assert nicknames.feed(Presence(JULIET, sender=ROMEO, payloads=[Nick(name="Tybalt")]), JULIET) == []
    assert len(nicknames) == 0


def test_a_flood_of_nicknames_is_forgotten() -> None:
    nicknames = Nicknames()
    people = [JID(f"u{number}@montague.lit") for number in range(10_001)]
    for jid in people:
        nicknames.feed(published(NAMESPACE, jid, current=Nick(name="x")), JULIET)
    assert len(nicknames) == 10_000
    assert (nicknames.get(people[0]), nicknames.get(people[-1])) == (None, "x")


@pytest.mark.spec("XEP-0172", "4.1", "4.2")
@pytest.mark.parametrize(
    ("stanza", "expected"),
    [
        (Presence(JULIET, type="subscribe", payloads=[Nick(name="Romo")]), "Romo"),
        (Message(JULIET, "hi", payloads=[Nick(name="Romo")]), "Romo"),
        (Presence(JULIET, payloads=[Nick(name="Romo")]), None),
        (Message(JULIET, "hi", payloads=[Nick()]), None),
        (Message(JULIET, "hi", payloads=[Nick(name="x" * (LONGEST + 1))]), None),
        (Message(JULIET, "hi"), None),
    ],
)
def test_a_nickname_that_is_sent_along(stanza: Message | Presence, expected: str | None) -> None:
    assert read_nickname(stanza) == expected
