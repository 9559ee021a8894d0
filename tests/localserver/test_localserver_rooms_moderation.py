"""Moderators take messages back (XEP-0425), in rooms of the local server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.rooms_hall import HALL, Hall, address, condition
from xmppwire.im.disco import fetch_info
from xmppwire.localserver import LocalLimits, RoomLimits
from xmppwire.payload import Payload
from xmppwire.protocol.message_fastening import ApplyTo
from xmppwire.protocol.message_moderation import NAMESPACE, OLDER_NAMESPACES, Moderate, Moderated, moderation_of
from xmppwire.protocol.message_retraction import Retract, Retracted
from xmppwire.protocol.muc import MucRole
from xmppwire.protocol.occupant_id import OccupantId
from xmppwire.protocol.stanza_id import StanzaId
from xmppwire.stanza import Iq, Message
from xmppwire.xml import Element

SPAM = "free potions"


@pytest.fixture
def hall() -> Hall:
    """Juliet owns the room; Romeo and the nurse are there."""
    hall = Hall()
    hall.open()
    for name in ("romeo", "nurse"):
        hall.enter(name)
    hall.forget()
    return hall


def messages(hall: Hall, name: str) -> list[Message]:
    return [one for one in hall.client(name).heard() if isinstance(one, Message)]


def said(hall: Hall, text: str = SPAM, by: str = "romeo") -> str:
    """Say something; the id that the room gives to it."""
    hall.shout(by, text)
    (message,) = messages(hall, "nurse")
    hall.forget()
    marked = message.get(StanzaId)
    assert marked is not None
    return marked.id


def take_back(hall: Hall, by: str, id: str | None, reason: str | None = None, **more: Any) -> Iq:
    more = {"retract": Retract(), **more}
    return hall.client(by).ask(Iq("set", HALL, payload=Moderate(id=id, reason=reason, **more)))


@pytest.mark.spec("XEP-0425", "2", "3.1")
def test_a_message_is_taken_back(hall: Hall) -> None:
    assert NAMESPACE in hall.client("romeo").run(fetch_info(HALL)).features
    id_ = said(hall)
    assert take_back(hall, "juliet", id_, "No trade here").type == "result"
    for name in ("juliet", "romeo", "nurse"):
        (message,) = messages(hall, name)
        assert message.sender == HALL
        assert message.body is None
        told = moderation_of(message)
        assert told is not None
        assert (told.id, told.by, told.reason) == (id_, HALL.with_resource("juliet"), "No trade here")
        own = message.get(StanzaId)
        assert own is not None
        assert own.by == HALL
    assert condition(take_back(hall, "juliet", id_)) == "item-not-found"  # it was


@pytest.mark.spec("XEP-0425", "4", "5")
def test_who_enters_later_gets_a_tombstone(hall: Hall) -> None:
    first, id_ = said(hall, "good morrow"), said(hall)
    hall.shout("romeo", "farewell")
    take_back(hall, "juliet", id_, "No trade here")
    (mark,) = [one for one in hall.enter("nurse", resource="tablet") if isinstance(one, Message) and one.get(Retracted)]
    others = [one.body for one in hall.enter("paris") if isinstance(one, Message) and one.body]
    assert others == ["good morrow", "farewell"]
    kept = mark.get(StanzaId)
    assert kept is not None
    assert kept.id == id_ != first
    assert mark.sender == HALL.with_resource("romeo")
    assert mark.get(OccupantId) is not None
    assert SPAM not in str(mark.children)
    retracted = mark.get(Retracted)
    assert retracted is not None
    assert retracted.moderated is not None
    assert retracted.stamp is not None
    assert (retracted.moderated.by, retracted.reason) == (HALL.with_resource("juliet"), "No trade here")
    assert retracted.moderated.occupant_id is not None


@pytest.mark.spec("XEP-0425", "3.2")
def test_who_may_not(hall: Hall) -> None:
    id_ = said(hall)
    assert condition(take_back(hall, "romeo", id_)) == "forbidden"
    assert condition(take_back(hall, "tybalt", id_)) == "not-acceptable"
    assert messages(hall, "nurse") == []
    hall.promote("nurse", MucRole.MODERATOR)
    assert take_back(hall, "nurse", id_).type == "result"


@pytest.mark.spec("XEP-0425", "3.2")
def test_what_makes_no_sense(hall: Hall) -> None:
    id_ = said(hall)
    assert condition(take_back(hall, "juliet", "made-up")) == "item-not-found"
    assert condition(take_back(hall, "juliet", None)) == "bad-request"
    assert condition(take_back(hall, "juliet", id_, retract=None)) == "bad-request"
    reply = hall.client("juliet").ask(Iq("get", HALL, payload=Moderate(id=id_, retract=Retract())))
    assert condition(reply) == "bad-request"
    nobody = Iq("set", "nowhere@conference.capulet.lit", payload=Moderate(id=id_, retract=Retract()))
    assert condition(hall.client("juliet").ask(nobody)) == "item-not-found"
    assert messages(hall, "nurse") == []


@pytest.mark.parametrize(("length", "told"), [(10, 10), (11, 10)])
def test_a_reason_is_kept_so_far(length: int, told: int) -> None:
    hall = Hall(limits=LocalLimits(rooms=RoomLimits(reason=10)))
    hall.open()
    hall.enter("nurse")
    hall.forget()
    take_back(hall, "juliet", said(hall, by="juliet"), "x" * length)
    (message,) = messages(hall, "nurse")
    moderation = moderation_of(message)
    assert moderation is not None
    assert moderation.reason == "x" * told


@pytest.mark.parametrize(("kept", "found"), [(2, True), (1, False)])
def test_what_the_room_has_forgotten_cannot_be_taken_back(kept: int, found: bool) -> None:
    hall = Hall(limits=LocalLimits(rooms=RoomLimits(history_messages=kept)))
    hall.open()
    hall.enter("nurse")
    hall.forget()
    id_ = said(hall, by="juliet")
    said(hall, "more", by="juliet")
    assert (take_back(hall, "juliet", id_).type == "result") is found


@pytest.mark.spec("XEP-0425", "5", "6")
def test_nobody_but_the_room_says_that_something_was_moderated(hall: Hall) -> None:
    id_ = said(hall, by="juliet")
    moderated = Moderated(by=HALL.with_resource("juliet"))
    older = Moderated(namespace=OLDER_NAMESPACES[0], by=HALL.with_resource("juliet"), retract=Retract())
    forged: list[Payload | Element] = [
        Retract(id=id_, moderated=moderated),
        Retracted(moderated=moderated),
        ApplyTo(id=id_, payloads=[older]),
        moderated,
    ]
    for payload in forged:
        hall.client("romeo").say(Message(HALL, "x", type="groupchat", payloads=[payload]))
        hall.client("romeo").say(Message(HALL.with_resource("nurse"), "x", type="chat", payloads=[payload]))
        for message in messages(hall, "nurse"):
            assert moderation_of(message) is None
            assert "moderated" not in str([one.name for one in message.elements()])
            assert message.get(Retracted) is None
    hall.client("romeo").say(Message(HALL, type="groupchat", payloads=[Retract(id=id_)]))
    (message,) = messages(hall, "nurse")  # what people take back themselves passes
    assert message.get(Retract) == Retract(id=id_)
    assert address("romeo") not in (message.sender, message.to)
