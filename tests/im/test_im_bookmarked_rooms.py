"""Being in the rooms that are bookmarked for it, as the bookmarks of the own account say, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.im.service import answered, event, published, query, refused, retracted
from tests.session.play import JULIET, Play
from xmppwire.im.bookmarked_rooms import (
    AutojoinFailed,
    AutojoinProblem,
    BookmarkedRooms,
    RoomGone,
    RoomTold,
)
from xmppwire.im.bookmarks import BookmarkChanged, BookmarkRemoved, Bookmarks, BookmarkStore
from xmppwire.im.pep import PepSupport
from xmppwire.im.pubsub import RefusedEvent
from xmppwire.im.rooms import DepartureCause, Joined, JoinFailed, JoinProblem, Left, RoomMessage, RoomState
from xmppwire.jid import JID, JIDError
from xmppwire.operation import IqError
from xmppwire.protocol.bookmark_storage import BookmarkStorage, StoredConference
from xmppwire.protocol.bookmarks import NAMESPACE, Bookmark
from xmppwire.protocol.muc import MucAffiliation, MucJoin, MucRole
from xmppwire.protocol.muc_user import MucDestroyed, MucItem, MucStatus, MucUser
from xmppwire.protocol.private_xml import PrivateQuery
from xmppwire.protocol.pubsub import Item, Items, Publish, Pubsub, Retract
from xmppwire.protocol.pubsub_event import EventPurge
from xmppwire.stanza import ErrorCondition, Iq, Message, Presence, ShowValue, StanzaError
from xmppwire.stream.events import Established, Resumed
from xmppwire.xml import Element

OWN = JULIET.bare
ORCHARD, BALL, CRYPT = (JID(f"{name}@rooms.capulet.lit") for name in ("orchard", "ball", "crypt"))
OPTIONS = "http://jabber.org/protocol/pubsub#publish-options"
NATIVE = PepSupport(True, frozenset({OPTIONS, "urn:xmpp:bookmarks:1#compat"}))
NEW_STREAM, SAME_STREAM = Established(JULIET, []), Resumed(JULIET, [], [])


def marked(*rooms: JID, **fields: Any) -> dict[JID, Bookmark]:
    return {room: Bookmark(autojoin=True, **fields) for room in rooms}


def following(bookmarks: dict[JID, Bookmark], **options: Any) -> BookmarkedRooms:
    rooms = BookmarkedRooms("Juliet", **options)
    rooms.bookmarks = Bookmarks(BookmarkStore.NATIVE, NATIVE, bookmarks)
    assert rooms.sync() == []
    return rooms


def user(*codes: str, **more: Any) -> MucUser:
    role = MucRole(more.pop("role", "participant"))
    item = MucItem(affiliation=MucAffiliation.NONE, role=role)
    return MucUser(items=[item], statuses=[MucStatus(code=code) for code in codes], **more)


def here(room: JID, nick: str = "Juliet", *codes: str) -> Presence:
    """We are in the room."""
    return Presence(JULIET, sender=room.with_resource(nick), payloads=[user("110", *codes)])


def gone(room: JID, *codes: str, **more: Any) -> Presence:
    """We are not in it any more."""
    extension = user("110", *codes, role="none", **more)
    return Presence(JULIET, type="unavailable", sender=room.with_resource("Juliet"), payloads=[extension])


def refusal(presence: Presence, error: StanzaError) -> Presence:
    return Presence(JULIET, type="error", sender=presence.to, id=presence.id, error=error)


def addresses(presences: list[Presence]) -> list[str]:
    """Where to, with a minus for leaving."""
    return [("-" if presence.type == "unavailable" else "") + str(presence.to) for presence in presences]


def entered(*names: JID, **options: Any) -> BookmarkedRooms:
    """In all of these rooms."""
    rooms = following(marked(*names), **options)
    rooms.to_send(0)
    for name in names:
        (told,) = rooms.feed(here(name), JULIET, 0)
        assert isinstance(told, RoomTold)
        assert isinstance(told.event, Joined)
    return rooms


# --- at login -------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0402", "3.2")
def test_what_is_bookmarked_for_it_is_entered_at_login() -> None:
    play = Play()
    rooms = BookmarkedRooms("Juliet")
    assert rooms.to_send(0) == []
    running = play.run(rooms.fetch(NATIVE))
    bookmarks = {
        ORCHARD: Bookmark(autojoin=True, nick="JC", password="ivy"),
        BALL: Bookmark(name="Ball"),
        CRYPT: Bookmark(autojoin=True),
    }
    items = [Item(id=str(jid), payload=bookmark) for jid, bookmark in bookmarks.items()]
    answered(play, Pubsub(action=Items(node=NAMESPACE, items=items)))
    assert running.result() == []
    first, second = rooms.to_send(0, show="away", status="asleep")
    assert (first.to, second.to) == (ORCHARD.with_resource("JC"), CRYPT.with_resource("Juliet"))
    assert (first.get(MucJoin), second.get(MucJoin)) == (MucJoin(password="ivy"), MucJoin())
    assert (first.show, first.status) == (ShowValue.AWAY, "asleep")
    assert rooms.to_send(0) == []
    assert rooms.rooms[CRYPT].state is RoomState.ENTERING
    (told,) = rooms.feed(here(CRYPT), JULIET, 1)
    assert isinstance(told, RoomTold)
    assert told.jid == CRYPT
    assert rooms.rooms[CRYPT].state is RoomState.INSIDE
    message = Message(JULIET, "still", type="groupchat", sender=CRYPT.with_resource("Tybalt"))
    (told,) = rooms.feed(message, JULIET, 2)
    assert isinstance(told, RoomTold)
    assert isinstance(told.event, RoomMessage)


@pytest.mark.spec("XEP-0048", "2.1")
def test_where_bookmarks_are_kept_as_of_old_they_are_followed_when_they_are_fetched() -> None:
    play = Play()
    rooms = BookmarkedRooms("Juliet")

    def fetch(*stored: StoredConference) -> None:
        running = play.run(rooms.fetch(PepSupport(True)))
        answered(play, PrivateQuery(payloads=[BookmarkStorage(bookmarks=list(stored))]))
        assert running.result() == []

    fetch(StoredConference(jid=ORCHARD, autojoin=True, nick="JC"), StoredConference(jid=BALL))
    assert addresses(rooms.to_send(0)) == [f"{ORCHARD}/JC"]
    rooms.feed(here(ORCHARD, "JC"), JULIET, 0)
    fetch(StoredConference(jid=BALL, autojoin=True))
    assert addresses(rooms.to_send(0)) == [f"-{ORCHARD}/JC", f"{BALL}/Juliet"]


def test_bookmarks_that_cannot_be_had_change_nothing() -> None:
    play = Play()
    rooms = entered(ORCHARD)
    running = play.run(rooms.fetch(NATIVE))
    refused(play, ErrorCondition.INTERNAL_SERVER_ERROR)
    with pytest.raises(IqError):
        running.result()
    assert rooms.to_send(0) == []
    assert rooms.rooms[ORCHARD].state is RoomState.INSIDE


def test_rooms_are_entered_in_order_and_a_few_at_a_time() -> None:
    names = [JID(f"r{number}@rooms.capulet.lit") for number in range(5)]
    rooms = following(marked(*names), at_once=2, answer_seconds=10)
    assert addresses(rooms.to_send(0)) == [f"{name}/Juliet" for name in names[:2]]
    assert rooms.to_send(1) == []
    assert rooms.next_timeout() == 10
    rooms.feed(here(names[1]), JULIET, 2)
    (third,) = rooms.to_send(3)
    assert third.to == names[2].with_resource("Juliet")
    rooms.feed(refusal(third, StanzaError(ErrorCondition.FORBIDDEN)), JULIET, 4)
    assert addresses(rooms.to_send(4)) == [f"{names[3]}/Juliet"]
    assert rooms.handle_timeout(9) == []
    assert rooms.handle_timeout(10) == [AutojoinFailed(names[0], AutojoinProblem.NO_ANSWER)]
    assert addresses(rooms.to_send(10)) == [f"{names[4]}/Juliet"]
    rooms.feed(here(names[0]), JULIET, 11)  # late, but there
    rooms.feed(here(names[3]), JULIET, 11)
    rooms.feed(here(names[4]), JULIET, 11)
    assert rooms.next_timeout() is None
    assert [room.state for room in rooms.rooms.values()].count(RoomState.INSIDE) == 4


def test_what_cannot_be_entered_is_said_once() -> None:
    rooms = BookmarkedRooms("Juliet", most=1)
    service, no_nick = JID("rooms.capulet.lit"), Bookmark(autojoin=True, nick="\u0000")
    marks = {service: Bookmark(autojoin=True), CRYPT: no_nick, **marked(ORCHARD, BALL)}
    rooms.bookmarks = Bookmarks(BookmarkStore.NATIVE, NATIVE, marks)
    assert rooms.sync() == [
        AutojoinFailed(service, AutojoinProblem.NOT_A_ROOM),
        AutojoinFailed(CRYPT, AutojoinProblem.NO_NICK),
        AutojoinFailed(BALL, AutojoinProblem.TOO_MANY),
    ]
    assert rooms.sync() == []
    assert addresses(rooms.to_send(0)) == [f"{ORCHARD}/Juliet"]
    changes = rooms.feed(published(NAMESPACE, OWN, **{str(CRYPT): Bookmark(autojoin=True)}), JULIET, 0)
    assert changes[1:] == [AutojoinFailed(CRYPT, AutojoinProblem.TOO_MANY)]


# --- as bookmarks change --------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0402", "4")
def test_what_other_clients_bookmark_is_followed() -> None:
    rooms = entered(ORCHARD, BALL)
    told = rooms.feed(published(NAMESPACE, OWN, **{str(CRYPT): Bookmark(autojoin=True, nick="J")}), JULIET, 1)
    assert told == [BookmarkChanged(CRYPT, Bookmark(autojoin=True, nick="J"))]
    assert addresses(rooms.to_send(1)) == [f"{CRYPT}/J"]
    rooms.feed(here(CRYPT, "J"), JULIET, 1)
    rooms.feed(published(NAMESPACE, OWN, **{str(ORCHARD): Bookmark()}), JULIET, 2)
    assert addresses(rooms.to_send(2)) == [f"-{ORCHARD}/Juliet"]
    (told_left,) = rooms.feed(gone(ORCHARD), JULIET, 2)
    assert isinstance(told_left, RoomTold)
    assert isinstance(told_left.event, Left)
    assert rooms.feed(retracted(NAMESPACE, OWN, str(BALL)), JULIET, 3) == [
        BookmarkRemoved(BALL, Bookmark(autojoin=True))
    ]
    assert addresses(rooms.to_send(3)) == [f"-{BALL}/Juliet"]
    rooms.feed(gone(BALL), JULIET, 3)
    assert list(rooms.rooms) == [CRYPT]
    rooms.feed(published(NAMESPACE, OWN, **{str(CRYPT): Bookmark(autojoin=True, nick="Other")}), JULIET, 4)
    assert rooms.to_send(4) == []  # the nickname is for the next time
    rooms.feed(NEW_STREAM, JULIET, 5)
    assert addresses(rooms.to_send(5)) == [f"{CRYPT}/Other"]


def test_what_is_changed_by_ourselves_is_followed() -> None:
    play = Play()
    rooms = entered(ORCHARD)
    play.run(rooms.bookmarks.save(BALL, Bookmark(autojoin=True)))
    answered(play)
    play.run(rooms.bookmarks.remove(ORCHARD))
    answered(play)
    assert rooms.sync() == []
    assert addresses(rooms.to_send(0)) == [f"-{ORCHARD}/Juliet", f"{BALL}/Juliet"]
    assert rooms.sync() == []
    assert rooms.to_send(0) == []


@pytest.mark.parametrize("sooner", [True, False])
def test_switching_off_and_on_again_leaves_and_enters(sooner: bool) -> None:
    rooms = entered(ORCHARD)
    off, on = ({str(ORCHARD): Bookmark(autojoin=autojoin)} for autojoin in (False, True))
    rooms.feed(published(NAMESPACE, OWN, **off), JULIET, 1)
    assert addresses(rooms.to_send(1)) == [f"-{ORCHARD}/Juliet"]
    rooms.feed(published(NAMESPACE, OWN, **on), JULIET, 1)
    if sooner:
        assert addresses(rooms.to_send(1)) == [f"{ORCHARD}/Juliet"]
        assert rooms.feed(gone(ORCHARD), JULIET, 2) == []
    else:
        (told,) = rooms.feed(gone(ORCHARD), JULIET, 2)
        assert isinstance(told, RoomTold)
        assert addresses(rooms.to_send(2)) == [f"{ORCHARD}/Juliet"]
    rooms.feed(here(ORCHARD), JULIET, 3)
    assert rooms.rooms[ORCHARD].state is RoomState.INSIDE


def test_a_flood_of_changes_comes_to_one_presence() -> None:
    rooms = entered(ORCHARD)
    for number in range(50):
        rooms.feed(published(NAMESPACE, OWN, **{str(ORCHARD): Bookmark(autojoin=bool(number % 2))}), JULIET, 1)
    assert addresses(rooms.to_send(1)) == [f"-{ORCHARD}/Juliet", f"{ORCHARD}/Juliet"]
    assert rooms.feed(gone(ORCHARD), JULIET, 2) == []
    rooms.feed(here(ORCHARD), JULIET, 3)
    assert rooms.rooms[ORCHARD].state is RoomState.INSIDE


def test_a_room_that_is_being_entered_is_left() -> None:
    rooms = following(marked(ORCHARD))
    rooms.to_send(0)
    rooms.feed(retracted(NAMESPACE, OWN, str(ORCHARD)), JULIET, 1)
    assert addresses(rooms.to_send(1)) == [f"-{ORCHARD}/Juliet"]
    rooms.feed(here(ORCHARD), JULIET, 2)
    rooms.feed(gone(ORCHARD), JULIET, 2)
    assert dict(rooms.rooms) == {}


def test_a_room_that_said_nothing_is_left_all_the_same() -> None:
    rooms = following(marked(ORCHARD), answer_seconds=5)
    rooms.to_send(0)
    rooms.handle_timeout(5)
    rooms.feed(retracted(NAMESPACE, OWN, str(ORCHARD)), JULIET, 6)
    assert addresses(rooms.to_send(6)) == [f"-{ORCHARD}/Juliet"]


def test_one_that_waits_or_failed_needs_no_leaving() -> None:
    rooms = following(marked(ORCHARD, BALL), at_once=1)
    (join,) = rooms.to_send(0)
    rooms.feed(refusal(join, StanzaError(ErrorCondition.FORBIDDEN)), JULIET, 0)
    rooms.feed(event(EventPurge(node=NAMESPACE), OWN), JULIET, 1)
    assert rooms.to_send(1) == []
    assert dict(rooms.rooms) == {}


@pytest.mark.spec("XEP-0402", "4")
@pytest.mark.parametrize(
    "sender", ["tybalt@capulet.lit", "capulet.lit", "orchard@rooms.capulet.lit", "juliet@evil.lit"]
)
def test_cve_2023_28686_bookmarks_of_others_move_us_nowhere(sender: str) -> None:
    rooms = entered(ORCHARD)
    trap = published(NAMESPACE, JID(sender), **{"trap@evil.lit": Bookmark(autojoin=True)})
    (told,) = rooms.feed(trap, JULIET, 1)[:1]
    assert isinstance(told, RefusedEvent)
    told, *_ = rooms.feed(retracted(NAMESPACE, JID(sender), str(ORCHARD)), JULIET, 1)
    assert isinstance(told, RefusedEvent)
    assert rooms.to_send(1) == []
    assert list(rooms.rooms) == [ORCHARD]


@pytest.mark.parametrize(
    "payload",
    [
        Element((NAMESPACE, "conference"), {"autojoin": "perhaps"}),
        Element((NAMESPACE, "bookmark"), {"autojoin": "true"}),
        Element((NAMESPACE, "conference"), {}, [Element((NAMESPACE, "nick")), Element((NAMESPACE, "nick"))]),
    ],
)
def test_what_is_no_bookmark_moves_us_nowhere(payload: Element) -> None:
    rooms = entered(ORCHARD)
    for id_ in (str(BALL), "@", f"{BALL}/x", ""):
        assert rooms.feed(published(NAMESPACE, OWN, **{id_: payload}), JULIET, 1) == []
    broken = Element(("http://jabber.org/protocol/pubsub#event", "event"), {}, [Element(("urn:example:x", "items"))])
    rooms.feed(Message(JULIET, sender=OWN, payloads=[broken]), JULIET, 1)
    assert rooms.to_send(1) == []


# --- what fails -----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.2.6", "7.2.8")
def test_a_room_that_does_not_let_us_in_is_asked_again_when_its_bookmark_changes() -> None:
    rooms = following(marked(ORCHARD))
    (join,) = rooms.to_send(0)
    told, failed = rooms.feed(refusal(join, StanzaError(ErrorCondition.NOT_AUTHORIZED)), JULIET, 0)
    assert isinstance(told, RoomTold)
    assert isinstance(failed, AutojoinFailed)
    assert isinstance(failed.event, JoinFailed)
    assert (failed.problem, failed.event.problem) == (AutojoinProblem.REFUSED, JoinProblem.PASSWORD)
    assert rooms.sync() == []
    assert rooms.to_send(1e6) == []
    bookmark = Bookmark(autojoin=True, password="nightingale")
    rooms.feed(published(NAMESPACE, OWN, **{str(ORCHARD): bookmark}), JULIET, 1)
    (again,) = rooms.to_send(1)
    assert again.get(MucJoin) == MucJoin(password="nightingale")


def test_another_nickname_is_tried_when_the_program_says_so() -> None:
    rooms = following(marked(ORCHARD, BALL), at_once=1)
    (join,) = rooms.to_send(0)
    rooms.feed(refusal(join, StanzaError(ErrorCondition.CONFLICT)), JULIET, 0)
    rooms.to_send(0)
    rooms.feed(here(BALL), JULIET, 0)
    with pytest.raises(JIDError):
        rooms.retry(ORCHARD, "\u0000")
    with pytest.raises(ValueError, match="wait"):
        rooms.retry(BALL)
    with pytest.raises(ValueError, match="wait"):
        rooms.retry(CRYPT)
    rooms.retry(ORCHARD, "Juliet_")
    assert addresses(rooms.to_send(0)) == [f"{ORCHARD}/Juliet_"]


@pytest.mark.spec("XEP-0045", "8.2", "9.1")
def test_who_is_removed_stays_out_until_the_next_stream() -> None:
    rooms = entered(ORCHARD)
    told, failed = rooms.feed(gone(ORCHARD, "307"), JULIET, 1)
    assert isinstance(told, RoomTold)
    assert isinstance(failed, AutojoinFailed)
    assert isinstance(failed.event, Left)
    assert (failed.problem, failed.event.departure.cause) == (AutojoinProblem.REMOVED, DepartureCause.KICKED)
    assert rooms.to_send(1e6) == []
    rooms.feed(NEW_STREAM, JULIET, 2)
    assert addresses(rooms.to_send(2)) == [f"{ORCHARD}/Juliet"]


def test_a_room_that_we_fall_out_of_is_entered_again_each_time_later() -> None:
    rooms = entered(ORCHARD)
    now, waits = 0.0, list[float]()
    for _ in range(6):
        told = rooms.feed(gone(ORCHARD, "333"), JULIET, now)
        assert [type(one) for one in told] == [RoomTold]
        due = rooms.next_timeout()
        assert due is not None
        assert rooms.to_send(due - 0.1) == []
        waits.append(due - now)
        now = due
        assert len(rooms.to_send(now)) == 1
        rooms.feed(here(ORCHARD), JULIET, now)
    assert waits == [0, 30, 120, 600, 3600, 3600]
    rooms.feed(gone(ORCHARD, "332"), JULIET, now + 600)
    assert len(rooms.to_send(now + 600)) == 1, "after a long stay it counts anew"


# --- rooms that are gone --------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "10.9")
def test_a_room_that_is_gone_is_followed_when_the_program_says_so_and_without_the_password() -> None:
    play = Play()
    rooms = following(marked(ORCHARD, nick="Juliet", password="ivy", name="Orchard"))
    rooms.to_send(0)
    rooms.feed(here(ORCHARD), JULIET, 0)
    destroyed = MucDestroyed(jid=CRYPT, reason="winter")
    told, over = rooms.feed(gone(ORCHARD, destroy=destroyed), JULIET, 1)
    assert isinstance(told, RoomTold)
    assert over == RoomGone(ORCHARD, CRYPT, "winter")
    assert rooms.to_send(1) == []
    rooms.feed(NEW_STREAM, JULIET, 2)
    assert rooms.to_send(2) == [], "it would be made anew"
    running = play.run(rooms.follow(ORCHARD))
    action = query(answered(play)).action
    assert isinstance(action, Publish)
    assert action.items == [Item(id=str(CRYPT), payload=Bookmark(autojoin=True, nick="Juliet", name="Orchard"))]
    assert isinstance(query(answered(play)).action, Retract)
    assert running.result() == CRYPT
    assert addresses(rooms.to_send(3)) == [f"{CRYPT}/Juliet"]


@pytest.mark.spec("RFC 6120", "8.3.3.5")
@pytest.mark.parametrize(
    ("uri", "alternate"),
    [
        ("xmpp:crypt@rooms.capulet.lit?join", CRYPT),
        ("xmpp:crypt@rooms.capulet.lit/somebody", CRYPT),
        (None, None),
        ("https://rooms.capulet.lit/", None),
        ("xmpp:rooms.capulet.lit", None),
        ("xmpp:orchard@rooms.capulet.lit", None),
        ("xmpp:@", None),
    ],
)
def test_a_room_may_say_that_it_is_gone_when_it_is_entered(uri: str | None, alternate: JID | None) -> None:
    rooms = following(marked(ORCHARD))
    (join,) = rooms.to_send(0)
    _, over = rooms.feed(refusal(join, StanzaError(ErrorCondition.GONE, uri=uri)), JULIET, 0)
    assert over == RoomGone(ORCHARD, alternate)
    if alternate is None:
        with pytest.raises(ValueError, match="in place of"):
            next(rooms.follow(ORCHARD))
    rooms.retry(ORCHARD)
    assert addresses(rooms.to_send(0)) == [f"{ORCHARD}/Juliet"]


def test_a_place_that_is_bookmarked_already_keeps_its_bookmark() -> None:
    play = Play()
    rooms = entered(ORCHARD)
    rooms.feed(gone(ORCHARD, destroy=MucDestroyed(jid=BALL)), JULIET, 1)
    rooms.bookmarks = Bookmarks(BookmarkStore.NATIVE, NATIVE, {**rooms.bookmarks, BALL: Bookmark(name="Ball")})
    running = play.run(rooms.follow(ORCHARD))
    assert isinstance(query(answered(play)).action, Retract)
    assert running.result() == BALL
    assert dict(rooms.bookmarks) == {BALL: Bookmark(name="Ball")}
    assert rooms.to_send(2) == []


# --- streams --------------------------------------------------------------------------------------------------------


def test_a_new_stream_enters_all_again() -> None:
    rooms = entered(ORCHARD, BALL, CRYPT)
    rooms.feed(retracted(NAMESPACE, OWN, str(CRYPT)), JULIET, 1)
    told = rooms.feed(NEW_STREAM, JULIET, 2)
    assert [one.jid for one in told if isinstance(one, RoomTold)] == [ORCHARD, BALL, CRYPT]
    assert not rooms.unsure
    assert addresses(rooms.to_send(2)) == [f"{ORCHARD}/Juliet", f"{BALL}/Juliet"]


@pytest.mark.spec("XEP-0410", "3.2")
def test_on_a_stream_that_goes_on_rooms_are_asked_whether_we_are_there() -> None:
    play = Play()
    rooms = entered(ORCHARD, BALL)
    assert rooms.feed(SAME_STREAM, JULIET, 1) == []
    assert rooms.unsure
    assert rooms.to_send(1) == []
    running = play.run(rooms.check())
    iq = play.asked()
    assert iq.to == ORCHARD.with_resource("Juliet")
    play.say(Iq("error", iq.sender, id=iq.id, sender=iq.to, error=StanzaError(ErrorCondition.NOT_ACCEPTABLE)))
    answered(play)
    assert running.result() == [ORCHARD]
    assert not rooms.unsure
    assert addresses(rooms.to_send(1)) == [f"{ORCHARD}/Juliet"]
    running = play.run(rooms.check([CRYPT, ORCHARD]))
    assert running.result() == [], "neither is one that we are in"


def test_others_are_nothing_to_it() -> None:
    rooms = entered(ORCHARD)
    for other in (object(), Presence(sender=JID("romeo@montague.lit/x")), Message(JULIET, "hello"), Presence(JULIET)):
        assert rooms.feed(other, JULIET, 1) == []
