"""Rooms of the local server: the way in, being there, and the way out (XEP-0045 section 7)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.localserver.rooms_hall import HALL, PEOPLE, Hall, condition, item_of, presences, seen, user_of
from tests.localserver.town import Town, bodies
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits, LocalServer, RoomLimits
from xmppwire.protocol.chat_states import ChatState, ChatStateValue
from xmppwire.protocol.data_forms import DataForm, DataFormType
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.hints import NoStore, Store
from xmppwire.protocol.muc import MucAffiliation, MucHistory, MucJoin, MucRole
from xmppwire.protocol.muc_admin import MucAdminItem
from xmppwire.protocol.muc_forms import OccupantRole, Whois
from xmppwire.protocol.muc_owner import MucOwnerQuery
from xmppwire.protocol.occupant_id import OccupantId
from xmppwire.stanza import Iq, Message, MessageType, Presence, ShowValue, StanzaError, write_stanza

MODERATOR, PARTICIPANT, NOBODY = MucRole.MODERATOR, MucRole.PARTICIPANT, MucRole.NONE
OWNER, MEMBER, NONE = MucAffiliation.OWNER, MucAffiliation.MEMBER, MucAffiliation.NONE


def limited(**limits: Any) -> Hall:
    return Hall(limits=LocalLimits(rooms=RoomLimits(**limits)))


# --- in ---------------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.1", "10.1.1")
def test_a_new_room_is_locked_until_its_owner_has_configured_it() -> None:
    hall = Hall()
    own, subject = hall.enter("juliet")
    assert seen(own) == ("juliet", True, MODERATOR, OWNER, (110, 201))
    assert (subject.sender, subject.subject, subject.body) == (HALL, "", None)
    (refusal,) = hall.enter("romeo")
    assert (condition(refusal), refusal.sender) == ("item-not-found", HALL.with_resource("romeo"))
    hall.shout("juliet", "hello?")
    assert [condition(one) for one in hall.client("juliet").heard()] == ["item-not-found"]
    assert hall.configure("juliet").type == "result"
    assert presences(hall.enter("romeo"))[-1] == ("romeo", True, PARTICIPANT, NONE, (110,))


@pytest.mark.spec("XEP-0045", "10.1.3")
@pytest.mark.parametrize("how", ["cancel", "leave", "lost"])
def test_a_room_that_is_never_configured_ends(how: str) -> None:
    hall = Hall()
    hall.enter("juliet")
    juliet = hall.client("juliet")
    if how == "cancel":
        form = DataForm(type=DataFormType.CANCEL)
        assert juliet.ask(Iq.set(MucOwnerQuery(form=form), HALL, id="c")).type == "result"
    elif how == "leave":
        juliet.say(Presence(HALL.with_resource("juliet"), type="unavailable"))
    else:
        juliet.leave()
    if how != "lost":
        (gone,) = [one for one in juliet.heard() if isinstance(one, Presence)]
        assert seen(gone) == ("juliet", False, NOBODY, OWNER, (110,))
        assert user_of(gone).destroy is not None
    assert presences(hall.enter("romeo"))[-1].codes == (110, 201)


@pytest.mark.spec("XEP-0045", "7.1", "7.2.2", "7.2.13", "7.2.15")
def test_the_order_of_what_somebody_gets_who_enters() -> None:
    hall = Hall()
    hall.open(occupants_may_change_subject=True)
    hall.enter("romeo")
    hall.client("romeo").say(Message(HALL, type=MessageType.GROUPCHAT, subject="love"))
    hall.shout("juliet", "first")
    hall.shout("romeo", "second")
    hall.forget()
    got = hall.enter("nurse", id="j1")
    assert presences(got[:3]) == [
        ("juliet", True, MODERATOR, OWNER, ()),
        ("romeo", True, PARTICIPANT, NONE, ()),
        ("nurse", True, PARTICIPANT, NONE, (110,)),
    ]
    assert got[2].id == "j1"
    assert bodies(got[3:5]) == ["first", "second"]
    assert [one.sender.resourcepart for one in got[3:5]] == ["juliet", "romeo"]
    assert [one.subject for one in got[5:]] == ["love"]
    for one in got[3:]:
        delay = one.get(Delay)
        assert one.type is MessageType.GROUPCHAT and delay is not None and delay.sender == HALL
    assert presences(hall.client("romeo").heard()) == [("nurse", True, PARTICIPANT, NONE, ())]


@pytest.mark.spec("XEP-0045", "7.2.3", "7.2.4", "7.2.12")
@pytest.mark.parametrize("whois", list(Whois))
def test_who_sees_the_real_addresses(whois: Whois) -> None:
    hall = Hall()
    hall.open(whois=whois, logging=True)
    hall.enter("romeo")
    (told,) = hall.client("juliet").heard()
    assert item_of(told).jid == hall.client("romeo").jid, "moderators see them in any case"
    got = [one for one in hall.enter("nurse") if isinstance(one, Presence)]
    others = {seen(one).nick: item_of(one).jid for one in got[:-1]}
    (told,) = hall.client("romeo").heard()
    if whois is Whois.ANYONE:
        assert others == {"juliet": hall.client("juliet").jid, "romeo": hall.client("romeo").jid}
        assert item_of(told).jid == hall.client("nurse").jid
        assert seen(got[-1]).codes == (100, 110, 170)
    else:
        assert others == {"juliet": None, "romeo": None}
        assert item_of(told).jid is None
        assert seen(got[-1]).codes == (110, 170)
    assert "capulet.lit/phone" not in str([one.children for one in got[:-1]]) or whois is Whois.ANYONE


@pytest.mark.spec("XEP-0045", "7.2.5")
def test_a_password_is_asked_of_everybody() -> None:
    hall = Hall()
    hall.open(password_protected=True, secret="capulets")
    for password in (None, "", "Capulets", "capulets "):
        (refusal,) = hall.enter("romeo", password=password)
        assert condition(refusal) == "not-authorized"
    assert presences(hall.enter("romeo", password="capulets"))[-1].nick == "romeo"


@pytest.mark.spec("XEP-0045", "7.2.8")
@pytest.mark.parametrize("nick", ["juliet", "Juliet", "JULIET", "juliet ", "ｊuliet", "  juliet"])
def test_nobody_takes_a_nickname_that_looks_like_somebody_elses(nick: str) -> None:
    hall = Hall()
    hall.open()
    (refusal,) = hall.enter("romeo", nick)
    assert condition(refusal) == "conflict"
    assert hall.client("juliet").heard() == []


@pytest.mark.spec("XEP-0045", "7.2.8", "7.12", "9.3")
def test_a_nickname_that_is_reserved_for_somebody_else() -> None:
    hall = Hall()
    hall.open()
    hall.affiliate("nurse", MEMBER, nick="Angelica")
    (refusal,) = hall.enter("romeo", "angelica")
    assert condition(refusal) == "conflict"
    assert presences(hall.enter("nurse", "angelica"))[-1].nick == "angelica"
    hall.enter("romeo")
    hall.forget()
    hall.client("romeo").say(Presence(HALL.with_resource("Angelica")))
    assert [condition(one) for one in hall.client("romeo").heard()] == ["conflict"]


@pytest.mark.spec("XEP-0045", "17.1", "13.6")
@pytest.mark.parametrize(
    ("nick", "error"), [(" ", "not-acceptable"), ("   ", "not-acceptable"), ("x" * 101, "not-acceptable")]
)
def test_a_nickname_must_be_one(nick: str, error: str) -> None:
    hall = Hall()
    hall.open()
    (refusal,) = hall.enter("romeo", nick)
    assert condition(refusal) == error


@pytest.mark.spec("XEP-0045", "7.2.1")
@pytest.mark.parametrize("to", [HALL, JID("conference.capulet.lit"), JID("conference.capulet.lit/romeo")])
def test_without_a_nickname_nobody_enters(to: JID) -> None:
    hall = Hall()
    hall.open()
    hall.client("romeo").say(Presence(to, payloads=[MucJoin()]))
    assert [condition(one) for one in hall.client("romeo").heard()] == ["jid-malformed"]


@pytest.mark.spec("XEP-0045", "7.2.8")
def test_two_clients_of_one_user_share_a_nickname() -> None:
    hall = Hall()
    hall.open(whois=Whois.ANYONE)
    hall.enter("romeo")
    hall.client("romeo", "laptop")
    hall.forget()
    got = hall.enter("romeo", resource="laptop", show="away")
    assert [one.nick for one in presences(got)] == ["juliet", "romeo"]
    phone, laptop = hall.client("romeo"), hall.client("romeo", "laptop")
    (told,) = hall.client("juliet").heard()
    assert (told.show, item_of(told).jid) == (ShowValue.AWAY, laptop.jid)
    assert [one.codes for one in presences(phone.heard())] == [(110,)]
    hall.shout("juliet", "both hear this")
    assert bodies(phone.heard()) == bodies(laptop.heard()) == ["both hear this"]
    phone.say(Message(HALL, "both may speak", type=MessageType.GROUPCHAT))
    laptop.say(Message(HALL, "indeed", type=MessageType.GROUPCHAT))
    assert bodies(hall.client("juliet").heard()) == ["both hear this", "both may speak", "indeed"]
    hall.forget()
    laptop.say(Presence(HALL.with_resource("romeo"), type="unavailable"))
    assert presences(laptop.heard()) == [("romeo", False, NOBODY, NONE, (110,))]
    assert presences(phone.heard()) == [("romeo", True, PARTICIPANT, NONE, (110,))]
    (told,) = hall.client("juliet").heard()
    assert (told.type, told.show, item_of(told).jid) == (None, None, phone.jid)
    phone.leave()
    assert presences(hall.client("juliet").heard()) == [("romeo", False, NOBODY, NONE, ())]


@pytest.mark.spec("XEP-0045", "7.2.9")
def test_a_room_that_is_full() -> None:
    hall = limited(occupants=50, spare_occupants=1)
    hall.open(max_users=2)
    hall.enter("romeo")
    (refusal,) = hall.enter("nurse")
    assert condition(refusal) == "service-unavailable"
    hall.affiliate("nurse", MucAffiliation.ADMIN)
    hall.affiliate("tybalt", MucAffiliation.ADMIN)
    assert presences(hall.enter("nurse"))[-1].role is MODERATOR
    (refusal,) = hall.enter("tybalt")
    assert condition(refusal) == "service-unavailable"
    assert presences(hall.enter("romeo", resource="laptop"))[-1].nick == "romeo", "that takes no place"


@pytest.mark.spec("XEP-0045", "7.2.17")
@pytest.mark.parametrize("room", ["hall", "nowhere"])
def test_presence_without_the_wish_to_enter_is_no_wish_to_enter(room: str) -> None:
    hall = Hall()
    hall.open()
    to = JID(f"{room}@conference.capulet.lit/romeo")
    hall.client("romeo").say(Presence(to, show="away"))
    (kick,) = hall.client("romeo").heard()
    assert seen(kick) == ("romeo", False, NOBODY, NONE, (110, 307, 333))
    assert kick.sender == to
    assert hall.client("juliet").heard() == []


@pytest.mark.spec("XEP-0045", "7.2.1", "17.3")
def test_a_client_that_enters_again_gets_everything_again() -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo", status="here")
    hall.shout("romeo", "one")
    hall.forget()
    got = hall.enter("romeo", status="here")
    assert [one.nick for one in presences(got)] == ["juliet", "romeo"]
    assert bodies(got) == ["one", None]
    assert hall.client("juliet").heard() == [], "it is as it was"
    hall.enter("romeo", status="still here")
    assert [one.status for one in hall.client("juliet").heard()] == ["still here"]
    got = hall.enter("romeo", "montague")
    assert [one.nick for one in presences(got)] == ["romeo", "montague", "juliet", "montague"]


@pytest.mark.spec("XEP-0045", "7.2.1", "10.1.1")
def test_a_room_is_locked_for_all_clients_of_its_owner() -> None:
    hall = Hall()
    hall.enter("juliet")
    assert presences(hall.enter("juliet"))[-1].codes == (110, 201), "it may have missed that"
    assert presences(hall.enter("juliet", "other", resource="laptop"))[-1].codes == (110, 201)
    hall.forget()
    hall.client("juliet").say(Presence(HALL.with_resource("juliet"), type="unavailable"))
    (gone,) = hall.client("juliet").heard()
    assert user_of(gone).destroy is None
    hall.client("juliet", "laptop").say(Presence(HALL.with_resource("other"), type="unavailable"))
    assert user_of(hall.client("juliet", "laptop").heard()[-1]).destroy is not None


# --- history ----------------------------------------------------------------------------------------------------------

EPOCH = 1_700_000_000.0


def talk() -> Hall:
    """Ten messages, one each ten seconds; the last is ten seconds ago."""
    hall = Hall(epoch=EPOCH, management=None)
    hall.open()
    for number in range(10):
        hall.shout("juliet", f"{number}")
        hall.town.world.advance(10)
    hall.forget()
    return hall


def moment(hall: Hall, ago: float) -> datetime:
    return datetime.fromtimestamp(EPOCH + hall.town.world.now - ago, UTC)


@pytest.mark.spec("XEP-0045", "7.2.14")
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, "0123456789"),
        (MucHistory(), "0123456789"),
        (MucHistory(max_stanzas=3), "789"),
        (MucHistory(max_stanzas=0), ""),
        (MucHistory(max_chars=0), ""),
        (MucHistory(seconds=35), "789"),
        (MucHistory(seconds=0), ""),
        (MucHistory(seconds=35, max_stanzas=2), "89"),
        (MucHistory(seconds=15, max_stanzas=5), "9"),
        (MucHistory(max_chars=1_000_000, max_stanzas=4), "6789"),
    ],
)
def test_how_much_history_there_is(wanted: MucHistory | None, expected: str) -> None:
    hall = talk()
    assert "".join(body or "" for body in bodies(hall.enter("romeo", history=wanted))) == expected


@pytest.mark.spec("XEP-0045", "7.2.14")
def test_history_since_a_moment_and_by_characters() -> None:
    hall = talk()
    since = MucHistory(since=moment(hall, 25))
    got = hall.enter("romeo", history=since)
    assert bodies(got)[:-1] == ["8", "9"]
    sizes = [len(write_stanza(one)) for one in got if isinstance(one, Message) and one.body]
    for chars, expected in ((sizes[1], ["9"]), (sum(sizes), ["8", "9"]), (sum(sizes) - 1, ["9"]), (sizes[1] - 1, [])):
        assert bodies(hall.enter("romeo", history=MucHistory(max_chars=chars)))[:-1] == expected
    delays = [one.get(Delay) for one in got if isinstance(one, Message) and one.body]
    assert [delay and delay.stamp for delay in delays] == [moment(hall, 20), moment(hall, 10)]


@pytest.mark.spec("XEP-0045", "7.2.13", "7.2.15", "10.2")
def test_what_is_history_and_what_is_not() -> None:
    hall = Hall()
    hall.open(max_history_fetch=2)
    for number in range(3):
        hall.shout("juliet", str(number))
    hall.shout("juliet", "secret", payloads=[NoStore()])
    hall.client("juliet").say(
        Message(HALL, type=MessageType.GROUPCHAT, payloads=[ChatState(state=ChatStateValue.COMPOSING)])
    )
    hall.client("juliet").say(Message(HALL, type=MessageType.GROUPCHAT, subject="a subject"))
    got = hall.enter("romeo")
    assert bodies(got) == ["1", "2", None]
    hall.client("juliet").say(
        Message(HALL, type=MessageType.GROUPCHAT, payloads=[ChatState(state=ChatStateValue.COMPOSING), Store()])
    )
    assert bodies(hall.enter("nurse")) == ["2", None, None]


@pytest.mark.spec("XEP-0045", "7.2.13")
def test_history_is_bounded() -> None:
    hall = limited(history_messages=5, history_bytes=3000)
    hall.open(max_history_fetch=1000)
    for number in range(8):
        hall.shout("juliet", str(number))
    assert bodies(hall.enter("romeo"))[:-1] == ["3", "4", "5", "6", "7"]
    hall.shout("juliet", "x" * 2000)
    hall.shout("juliet", "y" * 1500)
    assert [len(body or "") for body in bodies(hall.enter("nurse"))[:-1]] == [1500]


# --- being there ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.7")
def test_availability_is_told_to_all() -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    hall.forget()
    hall.client("romeo").say(Presence(HALL.with_resource("romeo"), show="dnd", status="sighing"))
    for name, codes in (("juliet", ()), ("romeo", (110,))):
        (told,) = hall.client(name).heard()
        assert (told.show, told.status, seen(told).codes) == (ShowValue.DND, "sighing", codes)
    got = hall.enter("nurse")
    assert [one.status for one in got[:3]] == [None, "sighing", None]


@pytest.mark.spec("XEP-0045", "7.6")
def test_another_nickname() -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    hall.forget()
    hall.client("romeo").say(Presence(HALL.with_resource("montague"), status="new name"))
    for name, extra in (("juliet", ()), ("romeo", (110,))):
        old, new = hall.client(name).heard()
        assert seen(old) == ("romeo", False, PARTICIPANT, NONE, (*extra, 303))
        assert item_of(old).nick == "montague"
        assert seen(new) == ("montague", True, PARTICIPANT, NONE, extra)
        assert new.status == "new name"
    hall.shout("romeo", "it is me")
    (said,) = hall.client("juliet").heard()
    assert said.sender == HALL.with_resource("montague")
    hall.client("romeo").say(Presence(HALL.with_resource("juliet")))
    assert [condition(one) for one in hall.client("romeo").heard()[1:]] == ["conflict"]
    hall.client("romeo").leave()
    assert presences(hall.client("juliet").heard()) == [("montague", False, NOBODY, NONE, ())], "once"


@pytest.mark.spec("XEP-0045", "7.6")
def test_another_nickname_for_all_clients_of_a_user() -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    hall.enter("romeo", resource="laptop")
    hall.enter("romeo", "other", resource="watch")
    hall.forget()
    hall.client("romeo", "laptop").say(Presence(HALL.with_resource("other")))
    assert [condition(one) for one in hall.client("romeo", "laptop").heard()] == ["conflict"]
    hall.client("romeo", "laptop").say(Presence(HALL.with_resource("montague")))
    for resource in ("phone", "laptop"):
        assert [one.nick for one in presences(hall.client("romeo", resource).heard())] == ["romeo", "montague"]


@pytest.mark.spec("XEP-0421", "3", "4")
def test_an_occupant_has_one_identifier_whatever_the_nickname() -> None:
    hall = Hall()
    hall.open()
    other = JID("garden@conference.capulet.lit")
    hall.open("nurse", room=other)

    def identifier(stanza: Any) -> str:
        (found,) = stanza.get_all(OccupantId)
        return str(found.id)

    first = identifier(hall.enter("romeo")[1])
    hall.client("romeo").say(Presence(HALL.with_resource("montague")))
    assert {identifier(one) for one in hall.client("romeo").heard()} == {first}
    hall.shout("romeo", "hello")
    assert {identifier(one) for one in hall.client("romeo").heard()} == {first}
    hall.client("romeo").say(Presence(HALL.with_resource("montague"), type="unavailable"))
    again = hall.enter("romeo", "rover", resource="laptop")
    assert identifier(again[1]) == first
    assert identifier(again[2]) == first, "in the history too"
    assert identifier(again[0]) != first
    assert identifier(hall.enter("romeo", room=other)[1]) != first


@pytest.mark.spec("XEP-0045", "10.1.3", "7.2.2")
def test_presence_that_is_not_broadcast() -> None:
    hall = Hall()
    hall.open(moderated=True, presence_broadcast=[OccupantRole.MODERATOR, OccupantRole.PARTICIPANT])
    assert presences(hall.enter("romeo"))[-1].codes == (110,)
    assert hall.client("juliet").heard() == []
    assert [one.nick for one in presences(hall.enter("nurse"))] == ["juliet", "nurse"]
    hall.promote("romeo", PARTICIPANT)
    hall.forget()
    hall.set("juliet", MucAdminItem(nick="romeo", role=MucRole.VISITOR))
    assert presences(hall.client("nurse").heard()) == [("romeo", False, NOBODY, NONE, ())]
    assert presences(hall.client("romeo").heard()) == [("romeo", True, MucRole.VISITOR, NONE, (110,))]
    hall.set("juliet", MucAdminItem(nick="romeo", role=PARTICIPANT))
    assert presences(hall.client("nurse").heard()) == [("romeo", True, PARTICIPANT, NONE, ())]
    hall.promote("romeo", MucRole.VISITOR)
    hall.client("romeo").leave()
    assert hall.client("nurse").heard() == []


# --- out --------------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.14")
def test_going_with_a_word() -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    hall.forget()
    hall.client("romeo").say(Presence(HALL.with_resource("romeo"), type="unavailable", status="good night"))
    for name, codes in (("romeo", (110,)), ("juliet", ())):
        (told,) = hall.client(name).heard()
        assert (seen(told), told.status) == (("romeo", False, NOBODY, NONE, codes), "good night")
    hall.client("romeo").say(Presence(HALL.with_resource("romeo"), type="unavailable"))
    assert hall.client("romeo").heard() == [], "who is not there is not answered"


@pytest.mark.spec("XEP-0045", "7.14", "10.1.2")
@pytest.mark.parametrize("persistent", [True, False])
def test_a_room_without_occupants(persistent: bool) -> None:
    hall = Hall()
    hall.open(persistent=persistent, room_name="The hall")
    hall.client("juliet").leave()
    own = presences(hall.enter("romeo"))[-1]
    assert own == (
        ("romeo", True, PARTICIPANT, NONE, (110,)) if persistent else ("romeo", True, MODERATOR, OWNER, (110, 201))
    )


@pytest.mark.spec("XEP-0045", "7.14")
@pytest.mark.parametrize("how", ["close", "cut"])
def test_a_client_that_is_gone_is_gone_from_the_room(how: str) -> None:
    hall = Hall(management=None)
    hall.open()
    hall.enter("romeo")
    hall.forget()
    if how == "close":
        hall.client("romeo").leave()
    else:
        hall.client("romeo").wire.cut_off()
        hall.town.world.settle()
    assert presences(hall.client("juliet").heard()) == [("romeo", False, NOBODY, NONE, ())]


@pytest.mark.spec("XEP-0045", "11.1", "18.1.2")
@pytest.mark.parametrize(
    "error", ["gone", "item-not-found", "recipient-unavailable", "redirect", "remote-server-timeout"]
)
@pytest.mark.parametrize("kind", [Message, Presence])
def test_a_client_that_cannot_be_reached_is_taken_out(error: str, kind: Any) -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    hall.forget()
    hall.client("romeo").say(kind(HALL.with_resource("juliet"), type="error", error=StanzaError(error)))
    assert presences(hall.client("juliet").heard()) == [("romeo", False, NOBODY, NONE, (333,))]
    assert presences(hall.client("romeo").heard()) == [("romeo", False, NOBODY, NONE, (110, 333))]


@pytest.mark.spec("XEP-0045", "18.1.2")
@pytest.mark.parametrize("error", ["service-unavailable", "forbidden", "not-acceptable", "feature-not-implemented"])
def test_other_errors_take_nobody_out(error: str) -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    hall.forget()
    hall.client("romeo").say(Message(HALL, type="error", error=StanzaError(error)))
    assert hall.client("juliet").heard() == hall.client("romeo").heard() == []


@pytest.mark.spec("XEP-0045", "11.2")
def test_the_end_of_the_service() -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    hall.forget()
    hall.town.server.shutdown(hall.town.world.now)
    for name, affiliation in (("juliet", OWNER), ("romeo", NONE)):
        assert presences(hall.client(name).heard()) == [(name, False, NOBODY, affiliation, (110, 332))]


@pytest.mark.spec("XEP-0045", "7.2.16")
def test_rooms_under_another_name_or_none() -> None:
    hall = Hall(rooms="chat")
    room = JID("hall@chat.capulet.lit")
    assert presences(hall.enter("juliet", room=room)) == [("juliet", True, MODERATOR, OWNER, (110, 201))]
    (refusal,) = hall.enter("juliet")
    assert condition(refusal) == "remote-server-not-found"
    hall = Hall(rooms=None)
    (refusal,) = hall.enter("juliet")
    assert condition(refusal) == "remote-server-not-found"


def test_each_domain_has_its_rooms() -> None:
    town = Town(PEOPLE, domains=("capulet.lit", "montague.lit", "192.0.2.1", "[2001:db8::1]"))
    juliet = town.login("juliet@capulet.lit")
    juliet.say(Presence("hall@conference.montague.lit/juliet", payloads=[MucJoin()]))
    assert presences(juliet.heard()) == [("juliet", True, MODERATOR, OWNER, (110, 201))]
    taken = LocalServer(["capulet.lit", "conference.capulet.lit"])
    assert taken.hub.rooms is not None
    assert [str(jid) for jid in taken.hub.rooms.addresses] == ["conference.conference.capulet.lit"]
