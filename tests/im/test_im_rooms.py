"""Rooms (XEP-0045): entering, who is there, leaving; and what others may not do about it."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from tests.im.rooms_stage import HAG, NICK, ROOM, at, fresh, gone, here, inside, refusal, say
from xmppwire.im.rooms import (
    Departure,
    DepartureCause,
    Joined,
    JoinFailed,
    JoinProblem,
    Left,
    NickChanged,
    NickRefused,
    Occupant,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    Refused,
    Room,
    RoomDetails,
    RoomError,
    RoomMessage,
    RoomState,
)
from xmppwire.jid import JID, JIDError
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.muc import MucAffiliation, MucHistory, MucJoin, MucRole
from xmppwire.protocol.muc_user import MucActor, MucDestroyed, MucItem, MucStatus, MucStatusCode, MucUser
from xmppwire.protocol.occupant_id import NAMESPACE as OCCUPANT_IDS
from xmppwire.protocol.occupant_id import OccupantId
from xmppwire.stanza import ErrorCondition, Message, Presence, PresenceType, ShowValue
from xmppwire.stream.events import Established
from xmppwire.xml import Element

MUC_USER = "http://jabber.org/protocol/muc#user"


# --- entering -------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.1", "7.2.1", "7.2.2")
def test_the_order_of_a_join() -> None:
    room = fresh()
    presence = room.join(status="by the pricking of my thumbs")
    assert (presence.to, presence.type, presence.status) == (at(NICK), None, "by the pricking of my thumbs")
    assert presence.get(MucJoin) == MucJoin()
    assert room.state is RoomState.ENTERING
    assert room.own is None

    first = room.feed(here("firstwitch", affiliation="owner", role="moderator"))
    assert first == OccupantJoined(Occupant("firstwitch", MucAffiliation.OWNER, MucRole.MODERATOR), initial=True)
    assert room.state is RoomState.ENTERING
    joined = room.feed(here(NICK, "110", id=presence.id))
    assert isinstance(joined, Joined)
    assert joined.own == room.own == Occupant(NICK, MucAffiliation.MEMBER, MucRole.PARTICIPANT)
    assert not (joined.created or joined.nick_assigned or joined.logged or joined.non_anonymous)
    assert list(room.occupants) == ["firstwitch", NICK]
    assert not room.live
    assert room.feed(here("secondwitch")) == OccupantJoined(room.occupants["secondwitch"], initial=False)


@pytest.mark.spec("XEP-0045", "7.2.2", "7.2.3", "7.2.12", "10.1.1")
def test_what_the_room_says_of_itself_on_the_way_in() -> None:
    room = fresh("ThirdWitch")
    room.join()
    joined = room.feed(here(NICK, "100", "110", "170", "201", "210", jid=HAG))
    assert isinstance(joined, Joined)
    assert joined.created and joined.nick_assigned and joined.logged and joined.non_anonymous
    assert room.nick == NICK
    assert room.occupant_jid == at(NICK)
    assert room.own is not None and room.own.jid == HAG
    assert MucStatusCode.ROOM_CREATED in room.codes


@pytest.mark.spec("XEP-0045", "7.2.5", "7.2.14")
def test_password_and_history_are_asked_for() -> None:
    room = Room(str(ROOM), NICK, "cauldronburn")
    since = datetime(1970, 1, 1, tzinfo=UTC)
    history = MucHistory(max_stanzas=20, max_chars=65000, seconds=180, since=since)
    join = room.join(history, show="chat")
    assert join.get(MucJoin) == MucJoin(history=history, password="cauldronburn")
    assert join.show is ShowValue.CHAT
    nothing = room.join(MucHistory(max_chars=0)).get(MucJoin)
    assert nothing is not None and nothing.history == MucHistory(max_chars=0)


@pytest.mark.parametrize("jid", ["chat.shakespeare.lit", "coven@chat.shakespeare.lit/witch"])
def test_what_is_no_room(jid: str) -> None:
    with pytest.raises(ValueError, match="not the address of a room"):
        Room(jid, NICK)


@pytest.mark.spec("XEP-0045", "17.1")
def test_what_is_no_nickname() -> None:
    with pytest.raises(JIDError):
        Room(ROOM, "")
    with pytest.raises(JIDError):
        fresh().join(nick="\u0000")


@pytest.mark.spec("XEP-0045", "7.2.5", "7.2.6", "7.2.7", "7.2.8", "7.2.9", "7.2.10", "7.2.17")
@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("not-authorized", JoinProblem.PASSWORD),
        ("forbidden", JoinProblem.BANNED),
        ("registration-required", JoinProblem.MEMBERS_ONLY),
        ("conflict", JoinProblem.NICK_CONFLICT),
        ("not-acceptable", JoinProblem.NICK_LOCKED),
        ("service-unavailable", JoinProblem.FULL),
        ("item-not-found", JoinProblem.LOCKED),
        ("not-allowed", JoinProblem.NO_CREATION),
        ("gone", JoinProblem.MOVED),
        ("internal-server-error", JoinProblem.OTHER),
    ],
)
def test_the_room_does_not_let_us_in(condition: str, problem: JoinProblem) -> None:
    room = fresh()
    room.feed(refusal(condition, room.join()))  # and once more, as people do
    failed = room.feed(refusal(condition, room.join()))
    assert isinstance(failed, JoinFailed)
    assert (failed.problem, failed.departure) == (problem, None)
    assert failed.error is not None and failed.error.condition is ErrorCondition(condition)
    assert (room.state, room.lost, len(room.occupants)) == (RoomState.OUTSIDE, False, 0)


@pytest.mark.spec("XEP-0045", "7.2.1")
def test_the_room_itself_refuses_who_has_no_nickname() -> None:
    room = fresh()
    failed = room.feed(refusal("jid-malformed", room.join(), nick=None))
    assert isinstance(failed, JoinFailed) and failed.problem is JoinProblem.NO_NICK


@pytest.mark.spec("XEP-0045", "7.2.8")
def test_another_nickname_after_a_conflict() -> None:
    room = fresh()
    room.feed(refusal("conflict", room.join()))
    again = room.join(nick="fourthwitch")
    assert again.to == at("fourthwitch")
    assert isinstance(room.feed(here("fourthwitch", "110")), Joined)
    assert room.own is not None and room.own.nick == "fourthwitch"


def test_errors_that_are_not_about_our_join() -> None:
    room = fresh()
    old = room.join()
    room.join(nick="fourthwitch")
    assert isinstance(room.feed(refusal("conflict", old)), Refused)  # of an earlier try, under another nickname
    assert isinstance(room.feed(refusal("forbidden", Presence(id="x"), nick="fourthwitch")), RoomError)
    assert isinstance(room.feed(refusal("forbidden", Presence(), nick="firstwitch")), Refused)
    assert room.state is RoomState.ENTERING
    assert isinstance(room.feed(refusal("forbidden", Presence(), nick=None)), JoinFailed)


def test_an_error_that_cannot_be_read() -> None:
    room = fresh()
    room.join()
    broken = Element(("jabber:client", "error"), {"type": "auth", "by": "@@"}, [])
    refused = room.feed(Presence(HAG, type="error", sender=at(NICK), payloads=[broken]))
    assert isinstance(refused, Refused) and "error" in refused.reason
    assert room.state is RoomState.ENTERING


@pytest.mark.spec("XEP-0045", "7.2.18")
def test_let_in_and_out_again_at_once() -> None:
    room = fresh()
    room.join()
    failed = room.feed(gone(NICK, "110", "307", "333", reason="You are not in the room."))
    assert isinstance(failed, JoinFailed) and failed.problem is JoinProblem.REMOVED
    assert failed.departure is not None and failed.departure.cause is DepartureCause.ERROR
    assert room.lost


@pytest.mark.spec("XEP-0045", "7.2.8", "18.1.2")
def test_our_own_ghost_leaves_while_we_enter() -> None:
    room = fresh()
    room.join()
    room.feed(here(NICK))  # an earlier connection of ours, which the room still has
    assert room.own is None
    left = room.feed(gone(NICK, "333"))
    assert isinstance(left, OccupantLeft) and left.departure.cause is DepartureCause.ERROR
    assert room.state is RoomState.ENTERING
    assert isinstance(room.feed(here(NICK, "110")), Joined)


# --- who is there ---------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.7", "8.3", "8.4", "9.3", "9.6")
def test_occupants_change() -> None:
    room = inside()
    before = room.occupants["firstwitch"]
    changed = room.feed(here("firstwitch", affiliation="owner", role="moderator", show="xa", status="with the goblins"))
    assert changed == OccupantChanged(before, room.occupants["firstwitch"])
    assert room.occupants["firstwitch"].show is ShowValue.XA
    assert room.occupants["firstwitch"].status == "with the goblins"
    changed = room.feed(here(NICK, "110", affiliation="none", role="visitor"))
    assert isinstance(changed, OccupantChanged)
    assert (changed.before.role, changed.occupant.role) == (MucRole.PARTICIPANT, MucRole.VISITOR)
    assert room.own == changed.occupant
    assert room.feed(here(NICK, "110", affiliation="none", role="visitor")) is None


def test_what_an_occupant_writes_wrong_is_the_occupants_loss() -> None:
    room = inside()
    show = Element(("jabber:client", "show"), {}, ["starving"])
    told = room.feed(here("fourthwitch", extra=[show]))
    assert isinstance(told, OccupantJoined) and told.occupant.show is None


def test_of_a_long_status_not_all_is_kept() -> None:
    room = inside()
    room.feed(here("firstwitch", status="x" * 100_000))
    assert room.occupants["firstwitch"].status == "x" * 1000


@pytest.mark.spec("XEP-0045", "7.6")
def test_an_occupant_has_another_nickname() -> None:
    room = inside()
    before = room.occupants["firstwitch"]
    changed = room.feed(gone("firstwitch", "303", nick="oldhag", affiliation="owner", role="moderator"))
    assert isinstance(changed, NickChanged)
    assert (changed.before, changed.occupant.nick, changed.own) == (before, "oldhag", False)
    assert list(room.occupants) == ["secondwitch", NICK, "oldhag"]
    assert room.feed(here("oldhag", affiliation="owner", role="moderator")) is None


@pytest.mark.spec("XEP-0045", "7.6")
def test_we_have_another_nickname() -> None:
    room = inside()
    asked = room.change_nick("oldhag", show="away")
    assert (asked.to, asked.type, asked.show) == (at("oldhag"), None, ShowValue.AWAY)
    assert room.nick == NICK
    changed = room.feed(gone(NICK, "303", "110", nick="oldhag", role="participant"))
    assert isinstance(changed, NickChanged) and changed.own
    assert room.feed(here("oldhag", "110")) is None
    assert room.nick == "oldhag" and room.own is not None and room.own.nick == "oldhag"
    assert room.state is RoomState.INSIDE
    assert NICK not in room.occupants


@pytest.mark.spec("XEP-0045", "7.6", "7.10")
def test_the_room_changes_our_nickname_in_its_own_way() -> None:
    room = inside()
    room.change_nick("OldHag")
    changed = room.feed(here("oldhag", "110", "210"))
    assert isinstance(changed, NickChanged) and changed.own
    assert (changed.before.nick, room.nick) == (NICK, "oldhag")
    assert list(room.occupants) == ["firstwitch", "secondwitch", "oldhag"]
    assert isinstance(room.feed(gone("oldhag", "303", "110", nick="hag66")), NickChanged)  # without a wish of ours
    assert room.nick == "hag66"


@pytest.mark.spec("XEP-0045", "7.6")
@pytest.mark.parametrize(
    ("condition", "problem", "nick"),
    [
        ("conflict", JoinProblem.NICK_CONFLICT, NICK),
        ("conflict", JoinProblem.NICK_CONFLICT, "oldhag"),
        ("not-acceptable", JoinProblem.NICK_LOCKED, None),
    ],
)
def test_we_cannot_have_that_nickname(condition: str, problem: JoinProblem, nick: str | None) -> None:
    room = inside()
    refused = room.feed(refusal(condition, room.change_nick("oldhag"), nick))
    assert isinstance(refused, NickRefused)
    assert (refused.nick, refused.problem) == ("oldhag", problem)
    assert (room.nick, room.state) == (NICK, RoomState.INSIDE)
    assert isinstance(room.feed(here("oldhag", "110")), Refused)  # nothing is asked for any more


def test_a_nickname_is_changed_inside_only() -> None:
    with pytest.raises(ValueError, match="inside"):
        fresh().change_nick("oldhag")
    room = inside()
    assert room.change_nick(NICK).to == at(NICK)  # no change
    assert isinstance(room.feed(here("oldhag", "110")), Refused)


# --- leaving --------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.14")
def test_leaving() -> None:
    room = inside()
    leave = room.leave("gone where the goblins go")
    assert (leave.to, leave.type, leave.status) == (at(NICK), PresenceType.UNAVAILABLE, "gone where the goblins go")
    assert room.state is RoomState.INSIDE
    left = room.feed(gone(NICK, "110", status="gone where the goblins go"))
    codes = frozenset({MucStatusCode.SELF_PRESENCE})
    assert left == Left(Departure(DepartureCause.LEFT, status="gone where the goblins go", codes=codes))
    assert (room.state, room.lost, room.own, len(room.occupants)) == (RoomState.OUTSIDE, False, None, 0)


@pytest.mark.spec("XEP-0045", "7.14")
def test_leaving_and_entering_at_once() -> None:
    room = inside()
    room.leave()
    room.join()
    assert room.feed(gone(NICK, "110")) is None
    assert room.feed(here("firstwitch")) == OccupantJoined(room.occupants["firstwitch"], initial=True)
    assert isinstance(room.feed(here(NICK, "110")), Joined)
    assert isinstance(room.feed(gone(NICK, "110")), Left)


@pytest.mark.spec("XEP-0045", "7.14")
@pytest.mark.parametrize("let_in", [False, True])
@pytest.mark.parametrize("visited", [False, True])
def test_leaving_before_we_are_in(let_in: bool, visited: bool) -> None:
    room = inside() if visited else fresh()
    if visited:
        room.leave()
    room.join()
    room.leave()
    if visited:
        assert room.feed(gone(NICK, "110")) is None  # of the visit before
    if let_in:
        assert isinstance(room.feed(here(NICK, "110")), Joined)
    assert isinstance(room.feed(gone(NICK, "110")), Left)
    assert (room.state, room.lost, len(room.occupants)) == (RoomState.OUTSIDE, False, 0)


def test_who_wants_to_leave_is_not_lost_when_the_room_ends_first() -> None:
    room = fresh()
    room.join()
    room.leave()
    room.feed(here(NICK, "110"))
    assert isinstance(room.feed(gone(NICK, "110", "332")), Left)
    assert not room.lost


@pytest.mark.spec("XEP-0045", "8.2", "9.1", "9.4", "10.2", "11.1", "11.2")
@pytest.mark.parametrize(
    ("codes", "cause", "lost"),
    [
        (["307"], DepartureCause.KICKED, False),
        (["301"], DepartureCause.BANNED, False),
        (["301", "307"], DepartureCause.BANNED, False),
        (["321"], DepartureCause.AFFILIATION, False),
        (["322"], DepartureCause.MEMBERS_ONLY, False),
        (["332"], DepartureCause.SHUTDOWN, True),
        (["333"], DepartureCause.ERROR, True),
        (["307", "333"], DepartureCause.ERROR, True),
        (["999"], DepartureCause.LEFT, False),
        ([], DepartureCause.LEFT, False),
    ],
)
def test_why_somebody_is_gone(codes: list[str], cause: DepartureCause, lost: bool) -> None:
    room = inside()
    actor = MucActor(nick="Fluellen", jid=JID("fluellen@shakespeare.lit"))
    was = room.occupants["secondwitch"]
    left = room.feed(gone("secondwitch", *codes, reason="Avaunt, you cullion!", actor=actor))
    assert isinstance(left, OccupantLeft)
    assert left.occupant == was
    departure = left.departure
    assert (departure.cause, departure.reason) == (cause, "Avaunt, you cullion!")
    assert (departure.actor, departure.actor_jid) == ("Fluellen", JID("fluellen@shakespeare.lit"))
    assert "secondwitch" not in room.occupants

    ours = room.feed(gone(NICK, *codes))  # also without 110, as in the example of section 9.1
    assert isinstance(ours, Left) and ours.departure.cause is cause
    assert (room.state, room.lost) == (RoomState.OUTSIDE, lost)
    assert ours.departure.cause.is_technical is lost


@pytest.mark.spec("XEP-0045", "10.9")
def test_the_room_is_destroyed() -> None:
    room = inside()
    destroyed = MucDestroyed(jid=JID("heath@chat.shakespeare.lit"), reason="Macbeth doth come.")
    left = room.feed(gone(NICK, affiliation="none", destroy=destroyed))
    assert isinstance(left, Left)
    assert left.departure.cause is DepartureCause.DESTROYED
    assert (left.departure.alternate, left.departure.reason) == (destroyed.jid, "Macbeth doth come.")
    assert not room.lost


@pytest.mark.spec("XEP-0045", "10.2.1")
def test_who_is_not_there_leaves_nothing() -> None:
    room = inside()
    assert room.feed(gone("graymalkin", affiliation="member")) is None  # a member who is shown while absent (102)
    assert room.feed(Presence(HAG, type="unavailable", sender=at("secondwitch"))) == OccupantLeft(
        Occupant("secondwitch", MucAffiliation.ADMIN, MucRole.MODERATOR), Departure(DepartureCause.LEFT)
    )


@pytest.mark.spec("XEP-0045", "7.2.1", "7.6")
def test_entering_again_under_another_nickname() -> None:
    room = inside()
    room.join(nick="oldhag")
    assert room.feed(gone(NICK, "303", "110", nick="oldhag")) is None  # the room has it as a change of nickname
    room.feed(here("firstwitch"))
    assert isinstance(room.feed(here("oldhag", "110")), Joined)
    assert list(room.occupants) == ["firstwitch", "oldhag"]


def test_a_leave_that_nobody_heard_of_counts_no_more() -> None:
    room = inside()
    room.leave()
    room.join()
    assert isinstance(room.feed(here(NICK, "110")), Joined)
    assert isinstance(room.feed(gone(NICK, "110", "332")), Left)
    assert room.lost


# --- lost -----------------------------------------------------------------------------------------------------------


def test_a_new_stream_means_a_new_join() -> None:
    room = inside()
    left = room.feed(Established(HAG, ()))
    assert left == Left(Departure(DepartureCause.NEW_STREAM))
    assert room.lost and room.state is RoomState.OUTSIDE
    assert room.feed(Established(HAG, ())) is None
    room.join()
    assert not room.lost
    assert isinstance(room.feed(Established(HAG, ())), Left)  # asked, and lost before the answer
    assert room.lost


@pytest.mark.spec("XEP-0045", "7.2.1", "17.3")
def test_entering_again_after_a_desync_begins_anew() -> None:
    room = inside()
    room.join()
    room.feed(here("firstwitch", affiliation="owner", role="moderator"))
    assert isinstance(room.feed(here(NICK, "110")), Joined)
    assert list(room.occupants) == ["firstwitch", NICK]  # the second witch left meanwhile
    assert not room.live


@pytest.mark.spec("XEP-0045", "7.2.18")
def test_an_error_about_our_presence_may_mean_that_we_are_not_there() -> None:
    room = inside()
    presence = room.availability("dnd", "stirring")
    assert (presence.to, presence.show, presence.status) == (at(NICK), ShowValue.DND, "stirring")
    told = room.feed(refusal("item-not-found", presence))
    assert isinstance(told, RoomError)
    assert (told.suspicious, told.id, told.nick) == (True, presence.id, NICK)
    told = room.feed(refusal("policy-violation", presence, nick=None))
    assert isinstance(told, RoomError) and not told.suspicious
    assert room.state is RoomState.INSIDE


# --- believe nobody -------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "17.3")
@pytest.mark.parametrize(
    "sender",
    [
        "coven@chat.shakespeare.lit.evil.example/thirdwitch",
        "heath@chat.shakespeare.lit/thirdwitch",
        "chat.shakespeare.lit/thirdwitch",
        "thirdwitch@chat.shakespeare.lit",
        "hag66@shakespeare.lit/pda",
        None,
    ],
)
def test_others_change_nothing(sender: str | None) -> None:
    for state in (fresh(), inside()):
        if state.state is RoomState.OUTSIDE:
            state.join()
        before = (state.state, dict(state.occupants), state.subject, state.live)
        for stanza in (
            here("x", "110", "201"),
            gone(NICK, "110", "307"),
            refusal("forbidden", Presence()),
            say("x", subject="Boil and bubble"),
            say("x", "boo"),
        ):
            assert state.feed(stanza.replace(sender=sender)) is None
        assert (state.state, dict(state.occupants), state.subject, state.live) == before
    assert inside().feed(object()) is None


def test_nobody_else_is_us() -> None:
    room = inside()
    before = dict(room.occupants)
    assert isinstance(room.feed(here("firstwitch", "110")), Refused)
    assert isinstance(room.feed(gone("firstwitch", "110", "307")), Refused)
    room.change_nick("oldhag")
    assert isinstance(room.feed(here("firstwitch", "110")), Refused)
    assert dict(room.occupants) == before
    assert (room.nick, room.state) == (NICK, RoomState.INSIDE)


def test_nobody_takes_our_nickname() -> None:
    room = inside()
    assert isinstance(room.feed(gone("firstwitch", "303", nick=NICK)), Refused)
    assert room.own == Occupant(NICK, MucAffiliation.MEMBER, MucRole.PARTICIPANT)
    assert "firstwitch" not in room.occupants
    assert isinstance(room.feed(gone("secondwitch", "303", nick="\u0000")), OccupantLeft)  # no nickname at all


def test_a_second_extension_is_none_of_the_rooms() -> None:
    room = inside()
    forged = MucUser(
        items=[MucItem(affiliation=MucAffiliation.OWNER, role=MucRole.MODERATOR)],
        statuses=[MucStatus(code=MucStatusCode.SELF_PRESENCE)],
    )
    presence = here("firstwitch")
    presence.children.insert(0, forged)
    told = room.feed(presence)
    assert isinstance(told, Refused) and "more than one" in told.reason


@pytest.mark.parametrize(
    "extension",
    [
        [],
        [MucUser()],
        [MucUser(items=[MucItem(affiliation=MucAffiliation.OWNER)])],
        [MucUser(items=[MucItem(role=MucRole.NONE)])],
        [Element((MUC_USER, "x"), {}, [Element((MUC_USER, "item"), {"role": "king"}, [])])],
        [Element((MUC_USER, "x"), {}, [Element((MUC_USER, "item"), {"role": "visitor", "jid": "@"}, [])])],
        [Element((MUC_USER, "x"), {}, [Element((MUC_USER, "status"), {}, [])])],
    ],
)
def test_presence_that_says_not_what_the_occupant_is(extension: list[MucUser | Element]) -> None:
    room = inside()
    for nick in ("fourthwitch", NICK):
        assert isinstance(room.feed(Presence(HAG, sender=at(nick), payloads=extension)), Refused)
    assert "fourthwitch" not in room.occupants
    assert room.own is not None


def test_outside_nothing_is_tracked() -> None:
    room = fresh()
    assert isinstance(room.feed(here("firstwitch", "110")), Refused)
    assert room.feed(gone("firstwitch")) is None
    assert isinstance(room.feed(say("firstwitch", "boo")), Refused)
    assert room.state is RoomState.OUTSIDE and not room.occupants
    assert room.feed(Presence(HAG, sender=ROOM)) is None  # a room may have a picture (XEP-0486)
    assert room.feed(Presence(HAG, type="subscribe", sender=ROOM)) is None


@pytest.mark.spec("XEP-0421", "2", "5")
def test_occupant_ids_count_where_the_room_announces_them() -> None:
    trusting, wary = inside(occupant_ids=True), inside()
    for room, known in ((trusting, "dd72"), (wary, None)):
        room.feed(here("fourthwitch", extra=[OccupantId(id="dd72")]))
        assert room.occupants["fourthwitch"].id == known
        said = room.feed(say("fourthwitch", "boo", OccupantId(id="dd72")))
        assert isinstance(said, RoomMessage) and said.occupant_id == known


@pytest.mark.spec("XEP-0421", "4", "5")
@pytest.mark.parametrize(
    "ids",
    [
        [OccupantId(id="forged"), OccupantId(id="dd72")],
        [OccupantId(id="")],
        [OccupantId(id="x" * 129)],
        [Element((OCCUPANT_IDS, "occupant-id"), {}, [])],
        [],
    ],
)
def test_forged_occupant_ids(ids: list[OccupantId | Element]) -> None:
    room = inside(occupant_ids=True)
    room.feed(here("fourthwitch", extra=[*ids]))
    assert room.occupants["fourthwitch"].id is None
    said = room.feed(say("fourthwitch", "boo", *ids))
    assert isinstance(said, RoomMessage) and said.occupant_id is None


@pytest.mark.spec("XEP-0421", "2")
@pytest.mark.spec("XEP-0359", "5")
def test_the_room_says_which_ids_it_gives() -> None:
    room = fresh()
    room.learn(RoomDetails("coven", frozenset({OCCUPANT_IDS}), None))
    assert (room.occupant_ids, room.stanza_ids) == (True, False)
    room.learn(DiscoInfo(features=["urn:xmpp:sid:0"]))
    assert (room.occupant_ids, room.stanza_ids) == (False, True)


def test_a_flood_of_occupants_is_bounded() -> None:
    room = fresh(limit=100)
    room.join()
    told = [room.feed(here(f"witch {number}")) for number in range(1000)]
    assert sum(isinstance(one, OccupantJoined) for one in told) == 100
    (refused,) = [one for one in told if isinstance(one, Refused)]
    assert "100" in refused.reason
    assert room.crowded
    assert isinstance(room.feed(here(NICK, "110")), Joined)
    assert room.own is not None and len(room.occupants) == 101
    assert room.feed(gone("witch 999")) is None
    assert room.feed(gone("witch 999", "303", nick="witch 1001")) is None
    room.feed(gone("witch 1"))
    room.feed(gone("witch 2"))
    assert isinstance(room.feed(here("witch 999")), OccupantJoined)


def test_nothing_that_the_room_sends_raises() -> None:
    draw = random.Random(45)
    names = ["x", "item", "status", "destroy", "invite", "decline", "subject", "body", "delay", "occupant-id", "error"]
    spaces = [MUC_USER, "jabber:client", "urn:xmpp:delay", OCCUPANT_IDS, "urn:xmpp:sid:0", "jabber:x:data"]
    keys = ["code", "role", "affiliation", "nick", "jid", "stamp", "from", "id", "type", "by", "to"]
    values = ["110", "303", "member", "moderator", NICK, "@", "", "2002-10-13T23:58:37Z", str(ROOM), "\u0000", "form"]

    def anything(depth: int) -> Element:
        name = (draw.choice(spaces), draw.choice(names))
        attributes = {draw.choice(keys): draw.choice(values) for _ in range(draw.randrange(4))}
        inner = [anything(depth - 1) for _ in range(draw.randrange(3))] if depth else []
        return Element(name, attributes, [*inner, draw.choice(values)])

    room = inside(occupant_ids=True, stanza_ids=True, limit=5)
    for _ in range(3000):
        sender = at(draw.choice([None, NICK, "firstwitch", "x"]))
        content = [anything(3) for _ in range(draw.randrange(3))]
        if draw.random() < 0.5:
            kind = draw.choice(["groupchat", "chat", "normal", "error", "headline"])
            room.feed(Message(HAG, type=kind, sender=sender, payloads=content))
        else:
            room.feed(Presence(HAG, type=draw.choice([None, "unavailable", "error"]), sender=sender, payloads=content))
        assert len(room.occupants) <= 6
        if room.state is RoomState.OUTSIDE:
            room.join()
            room.feed(here(NICK, "110"))
