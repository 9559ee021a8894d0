"""What a conversation costs when somebody gives all their messages one id."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from xmppwire.im.conversation import Conversation, EntryAdded, EntryCorrected, EntryRetracted
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.message_correction import Replace
from xmppwire.protocol.message_retraction import Retract
from xmppwire.protocol.occupant_id import OccupantId
from xmppwire.protocol.replies import Reply
from xmppwire.stanza import Message

OWN = JID("juliet@capulet.lit/balcony")
MALLORY = JID("mallory@evil.example/x")
ROOM = JID("coven@chat.shakespeare.lit")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def calls(action: Callable[[], object]) -> int:
    """How many functions are called: the cost, whatever the machine does meanwhile."""
    count = 0

    def seen(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def same_id(number: int, *payloads: Payload, **more: Any) -> Message:
    values: dict[str, Any] = {"type": "chat", "sender": MALLORY, "id": "same", **more}
    return Message(OWN, f"text {number}", payloads=payloads, **values)


@pytest.mark.parametrize(
    "payloads",
    [(), (Replace(id="same"),), (Reply(to=MALLORY.bare, id="same"),)],
    ids=["messages", "corrections", "replies"],
)
@pytest.mark.spec("XEP-0308", "3")
def test_a_message_costs_the_same_however_many_have_its_id(payloads: tuple[Payload, ...]) -> None:
    def cost(messages: int) -> int:
        conversation = Conversation(OWN, MALLORY.bare)
        for number in range(messages):
            conversation.feed(same_id(number), NOON)
        return calls(lambda: conversation.feed(same_id(messages, *payloads), NOON))

    assert cost(400) < 2 * cost(100)


def test_the_newest_of_one_id_are_still_found() -> None:
    conversation = Conversation(OWN, MALLORY.bare)
    for number in range(100):
        (added,) = conversation.feed(same_id(number), NOON)
        assert isinstance(added, EntryAdded)
    (corrected,) = conversation.feed(same_id(100, Replace(id="same"), id="other"), NOON)
    assert isinstance(corrected, EntryCorrected)
    assert corrected.entry is conversation.entries[-1]
    assert conversation.feed(same_id(99), NOON) == []  # this very message came already


def test_whose_names_are_forgotten_leaves_the_history_like_others() -> None:
    conversation = Conversation(OWN, MALLORY.bare, limit=20)
    for number in range(100):
        conversation.feed(same_id(number), NOON)
    assert [entry.text for entry in conversation.entries] == [f"text {number}" for number in range(80, 100)]


def test_nobody_takes_the_name_of_somebody_elses_message_away() -> None:
    conversation = Conversation(OWN, ROOM, room=True, nick="juliet", features=["urn:xmpp:occupant-id:0"])
    romeo = ROOM.with_resource("romeo")
    said = Message(OWN, "hi", type="groupchat", sender=romeo, id="same", payloads=[OccupantId(id="r")])
    conversation.feed(said, NOON)
    for number in range(100):
        payload = OccupantId(id="m")
        conversation.feed(
            same_id(number, payload, type="groupchat", sender=ROOM.with_resource(f"mallory {number}")), NOON
        )
    back = Message(type="groupchat", sender=romeo, id="2", payloads=[OccupantId(id="r"), Retract(id="same")])
    (taken,) = conversation.feed(back, NOON)
    assert isinstance(taken, EntryRetracted)
    assert taken.entry is conversation.entries[0]
