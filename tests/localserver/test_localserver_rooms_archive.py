"""Archives of rooms (XEP-0313) at the local server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.rooms_hall import HALL, Hall, condition
from xmppwire.im.archive import fetch_archive_page
from xmppwire.im.disco import fetch_info
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits, RoomLimits
from xmppwire.operation import IqError
from xmppwire.protocol import mam
from xmppwire.protocol.hints import NoStore
from xmppwire.protocol.mam import ArchiveMetadata, ArchiveQuery
from xmppwire.protocol.message_moderation import Moderate
from xmppwire.protocol.message_retraction import Retract, Retracted
from xmppwire.protocol.muc import MucAffiliation
from xmppwire.protocol.occupant_id import OccupantId
from xmppwire.protocol.stanza_id import StanzaId
from xmppwire.stanza import Iq, Message


def logged(**keywords: Any) -> Hall:
    """A room that keeps what is said; Juliet owns it, and Romeo is there."""
    config = keywords.pop("config", {})
    hall = Hall(epoch=0.0, **keywords)
    hall.open(logging=True, **config)
    hall.enter("romeo")
    hall.forget()
    return hall


def read(hall: Hall, name: str, **more: Any) -> list[Any]:
    return list(hall.client(name).run(fetch_archive_page(archive=HALL, **more)))


def refused(hall: Hall, name: str) -> str:
    with pytest.raises(IqError) as caught:
        read(hall, name)
    return str(caught.value.error.condition)


@pytest.mark.spec("XEP-0313", "7")
def test_what_is_said_is_read_again_under_the_ids_of_the_room() -> None:
    hall = logged()
    assert mam.NAMESPACE in hall.client("romeo").run(fetch_info(HALL)).features
    hall.shout("romeo", "good morrow")
    hall.shout("juliet", "not this", payloads=[NoStore()])
    (said, _) = [one for one in hall.client("juliet").heard() if isinstance(one, Message)]
    hall.client("romeo").say(Message(HALL.with_resource("juliet"), "between us", type="chat"))
    hall.client("juliet").heard()
    (found,) = read(hall, "juliet")
    mark = said.get(StanzaId)
    assert mark is not None
    assert (found.id, found.message.body) == (mark.id, "good morrow")
    assert found.message.sender == HALL.with_resource("romeo")
    assert found.message.to is None
    assert found.message.get(OccupantId) is not None
    reply = hall.client("juliet").ask(Iq("get", HALL, payload=ArchiveMetadata()))
    metadata = reply.get(ArchiveMetadata)
    assert metadata is not None
    assert metadata.start is not None
    assert metadata.start.id == mark.id
    form = hall.client("juliet").ask(Iq("get", HALL, payload=ArchiveQuery())).get(ArchiveQuery)
    assert form is not None
    assert form.form is not None


@pytest.mark.spec("XEP-0313", "7")
def test_rooms_that_are_not_logged_have_no_archive_and_neither_have_servers_without_a_date() -> None:
    for hall in (Hall(epoch=0.0), Hall(), Hall(epoch=0.0, archive=False)):
        hall.open(logging=hall.town.server.hub.stamp(0.0) is None)
        assert mam.NAMESPACE not in hall.client("juliet").run(fetch_info(HALL)).features
        assert refused(hall, "juliet") == "service-unavailable"
    hall = logged()
    hall.shout("romeo", "before")
    for logging in (False, True):
        hall.configure("juliet", logging=logging)
    hall.forget()
    assert read(hall, "juliet") == []  # nobody wanted it to be kept
    hall.shout("romeo", "after")
    assert [one.message.body for one in read(hall, "juliet")] == ["after"]


@pytest.mark.spec("XEP-0313", "7.1")
def test_those_who_may_enter_may_read() -> None:
    hall = logged()
    hall.shout("romeo", "good morrow")
    assert len(read(hall, "nurse")) == 1
    hall.affiliate("nurse", MucAffiliation.OUTCAST)
    assert refused(hall, "nurse") == "forbidden"
    hall = logged(config={"password_protected": False})
    hall.shout("romeo", "good morrow")
    hall.affiliate("nurse", MucAffiliation.MEMBER)
    hall.configure("juliet", password_protected=True, secret="cave")
    hall.forget()
    assert len(read(hall, "romeo")) == 1  # he is there
    assert refused(hall, "tybalt") == "forbidden"
    hall.configure("juliet", password_protected=False, members_only=True)
    hall.forget()
    assert refused(hall, "romeo") == "forbidden"  # he was put out
    assert len(read(hall, "nurse")) == 1


def test_what_was_taken_back_leaves_a_tombstone() -> None:
    hall = logged()
    for text in ("free potions", "farewell"):
        hall.shout("romeo", text)
    first, _ = read(hall, "juliet")
    reply = hall.client("juliet").ask(Iq("set", HALL, payload=Moderate(id=first.id, retract=Retract(), reason="no")))
    assert reply.type == "result"
    hall.forget()
    (tombstone, other) = read(hall, "nurse")
    assert (tombstone.id, tombstone.message.body, other.message.body) == (first.id, None, "farewell")
    retracted = tombstone.message.get(Retracted)
    assert retracted is not None
    assert retracted.reason == "no"


@pytest.mark.parametrize(("history", "kept", "found"), [(1, 3, True), (1, 1, False)])
def test_a_message_that_only_the_archive_has_is_taken_back(history: int, kept: int, found: bool) -> None:
    limits = RoomLimits(history_messages=history, archive_messages=kept)
    hall = logged(limits=LocalLimits(rooms=limits))
    hall.shout("romeo", "free potions")
    (first,) = read(hall, "juliet")
    hall.shout("romeo", "farewell")
    hall.forget()
    reply = hall.client("juliet").ask(Iq("set", HALL, payload=Moderate(id=first.id, retract=Retract())))
    assert (reply.type == "result") is found
    if not found:
        assert condition(reply) == "item-not-found"


@pytest.mark.spec("XEP-0313", "4.1", "4.2")
def test_what_makes_no_sense() -> None:
    hall = logged()
    hall.shout("romeo", "good morrow")
    juliet = hall.client("juliet")
    with pytest.raises(IqError) as caught:
        read(hall, "juliet", after="x")
    assert caught.value.error.condition == "item-not-found"
    assert condition(juliet.ask(Iq("set", HALL, payload=ArchiveMetadata()))) == "bad-request"
    assert condition(juliet.ask(Iq("set", HALL, payload=ArchiveQuery(node="x")))) == "bad-request"
    nowhere = JID("nowhere@conference.capulet.lit")
    assert condition(juliet.ask(Iq("set", nowhere, payload=ArchiveQuery()))) == "item-not-found"


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        (RoomLimits(archive_messages=3), ["0", "1", "2"]),
        (RoomLimits(archive_messages=2), ["1", "2"]),
        (RoomLimits(archive_bytes=100_000), ["0", "1", "2"]),
        (RoomLimits(archive_bytes=650), ["1", "2"]),
    ],
)
def test_so_much_is_kept(limits: RoomLimits, kept: list[str]) -> None:
    hall = logged(limits=LocalLimits(rooms=limits))
    for number in range(3):
        hall.shout("romeo", f"{number}")
    hall.forget()
    assert [one.message.body for one in read(hall, "juliet")] == kept
