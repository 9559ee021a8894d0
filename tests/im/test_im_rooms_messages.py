"""What is said in rooms (XEP-0045): history, subject, ours and others' messages, private ones, notices, and errors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.im.rooms_stage import HAG, NICK, ROOM, at, fresh, gone, here, inside, say, user
from tests.session.play import Play
from xmppwire.im.rooms import (
    AffiliationNotice,
    ConfigurationChanged,
    DepartureCause,
    InvitationDeclined,
    Joined,
    Left,
    Occupant,
    PrivateMessage,
    Refused,
    RegistrationRequested,
    Room,
    RoomError,
    RoomMessage,
    RoomState,
    SubjectChanged,
    VoiceRequested,
    self_ping,
)
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.chat_states import ChatState, ChatStateValue
from xmppwire.protocol.data_forms import DataForm, DataFormType
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.muc import MucAffiliation, MucHistory, MucJoin, MucRole
from xmppwire.protocol.muc_forms import OccupantRole, RoomRegistration, VoiceRequest
from xmppwire.protocol.muc_self_ping import SelfPingResult
from xmppwire.protocol.muc_user import MucDecline, MucInvite, MucStatus, MucStatusCode, MucUser
from xmppwire.protocol.occupant_id import OccupantId
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.stanza_id import OriginId, StanzaId
from xmppwire.stanza import ErrorCondition, Iq, Message, MessageType
from xmppwire.xml import Element

BEFORE = datetime(2002, 10, 13, 23, 58, 37, tzinfo=UTC)
LATER = datetime(2002, 10, 13, 23, 59, 0, tzinfo=UTC)
MUC_USER = "http://jabber.org/protocol/muc#user"


def delay(stamp: datetime = BEFORE, sender: JID | None = ROOM) -> Delay:
    return Delay(stamp=stamp, sender=sender)


def entered(**more: Any) -> Room:
    """A room that has just let us in."""
    room = fresh(**more)
    room.join()
    room.feed(here("firstwitch", extra=[OccupantId(id="first")]))
    assert isinstance(room.feed(here(NICK, "110", extra=[OccupantId(id="third")])), Joined)
    return room


def heard(room: Room, message: Message, now: datetime | None = None) -> RoomMessage:
    told = room.feed(message, now)
    assert isinstance(told, RoomMessage)
    return told


# --- history and subject --------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.1", "7.2.13", "7.2.15", "7.2.16")
def test_history_comes_before_the_subject() -> None:
    room = entered()
    past = heard(room, say("firstwitch", "Thrice the brinded cat hath mew'd.", delay()))
    assert (past.history, past.stamp, past.nick, past.occupant, past.own) == (True, BEFORE, "firstwitch", None, False)
    past = heard(room, say(None, "The room is old.", delay()))
    assert (past.history, past.nick, past.occupant) == (True, None, None)
    assert not room.live
    subject = room.feed(say("secondwitch", None, delay(LATER), subject="Fire Burn and Cauldron Bubble!"))
    text = "Fire Burn and Cauldron Bubble!"
    assert subject == SubjectChanged(text, {"": text}, "secondwitch", initial=True, stamp=LATER)
    assert (room.live, room.subject) == (True, text)
    now = heard(room, say("firstwitch", "By the pricking of my thumbs"))
    assert (now.history, now.stamp, now.occupant) == (False, None, room.occupants["firstwitch"])


@pytest.mark.spec("XEP-0045", "7.2.15", "8.1")
def test_the_subject() -> None:
    room = entered()
    assert room.subject is None
    told = room.feed(say(None, subject=""))  # there is none, and the room says so itself, without a delay
    assert told == SubjectChanged("", {"": ""}, None, initial=True, stamp=None)
    changed = room.feed(say("firstwitch", subject={"en": "Fire", "de": "Feuer"}))
    assert isinstance(changed, SubjectChanged)
    assert (changed.subject, changed.subjects, changed.initial) == ("Fire", {"en": "Fire", "de": "Feuer"}, False)
    assert isinstance(room.feed(say("firstwitch", "with a body", subject="no subject of the room")), RoomMessage)
    assert room.subject == "Fire"
    change = room.change_subject("")
    assert (change.to, change.type, change.subject, change.body) == (ROOM, MessageType.GROUPCHAT, "", None)


@pytest.mark.spec("XEP-0045", "7.2.13")
@pytest.mark.spec("XEP-0203", "5")
@pytest.mark.parametrize(
    "forged",
    [
        [delay(sender=at("firstwitch"))],
        [delay(sender=None)],
        [delay(sender=JID("chat.shakespeare.lit.evil.example"))],
        [Element(("urn:xmpp:delay", "delay"), {"stamp": "in the thirtieth century", "from": str(ROOM)}, [])],
    ],
)
def test_what_others_say_of_the_time(forged: list[Payload | Element]) -> None:
    room = entered()
    assert heard(room, say("firstwitch", "boo", *forged)).stamp is None
    both = heard(room, say("firstwitch", "boo", delay(LATER), delay(BEFORE)))
    assert both.stamp == BEFORE  # the room writes behind what the sender wrote
    room.feed(say(None, subject=""))
    now = heard(room, say("firstwitch", "boo", delay()))
    assert (now.history, now.stamp) == (False, None)  # live messages were not delayed by the room


@pytest.mark.spec("XEP-0421", "2", "4")
def test_who_said_it_then() -> None:
    room = entered(occupant_ids=True)
    same = heard(room, say("firstwitch", "boo", delay(), OccupantId(id="first")))
    assert same.occupant == room.occupants["firstwitch"]
    other = heard(room, say("firstwitch", "boo", delay(), OccupantId(id="somebody else")))
    assert (other.occupant, other.occupant_id) == (None, "somebody else")
    assert heard(room, say(NICK, "boo", delay(), OccupantId(id="third"))).own
    assert not heard(room, say(NICK, "boo", delay(), OccupantId(id="somebody else"))).own
    assert heard(entered(), say(NICK, "boo", delay(), OccupantId(id="any"))).own  # as far as anybody can tell


# --- what we say ----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.4")
@pytest.mark.spec("XEP-0359", "2")
def test_our_messages_come_back() -> None:
    room = inside()
    sent = room.message("Harpier cries: 'tis time", ChatState(state=ChatStateValue.ACTIVE))
    assert (sent.to, sent.type, sent.get(OriginId)) == (ROOM, MessageType.GROUPCHAT, OriginId(id=sent.id or ""))
    assert sent.get(ChatState) is not None
    back = heard(room, sent.replace(sender=at(NICK), to=HAG))
    assert (back.own, back.reflects) == (True, sent.id)
    again = heard(room, sent.replace(sender=at(NICK), to=HAG))
    assert (again.own, again.reflects) == (True, None)  # each comes back once

    renamed = room.message("the room gives ids of its own")
    back = heard(room, renamed.replace(sender=at(NICK), to=HAG, id="r1"))
    assert back.reflects == renamed.id
    stripped = room.message("the room takes out what it does not know")
    back = heard(room, stripped.without(OriginId).replace(sender=at(NICK), to=HAG))
    assert back.reflects == stripped.id
    assert room.message({"en": "twice", "de": "zweimal"}).bodies == {"en": "twice", "de": "zweimal"}


def test_others_do_not_pass_for_us() -> None:
    room = inside()
    sent = room.message("Harpier cries: 'tis time")
    stolen = heard(room, sent.replace(sender=at("firstwitch"), to=HAG))
    assert (stolen.own, stolen.reflects) == (False, None)
    assert heard(room, sent.replace(sender=at(NICK), to=HAG)).reflects == sent.id
    other = heard(room, say(NICK, "from another device of ours", OriginId(id="elsewhere")))
    assert (other.own, other.reflects) == (True, None)
    broken = heard(room, say(NICK, "x", Element(("urn:xmpp:sid:0", "origin-id"), {}, [])))
    assert (broken.own, broken.reflects) == (True, None)


def test_what_never_comes_back_is_forgotten() -> None:
    room = inside()
    first = room.message("first")
    for number in range(1000):
        room.message(f"{number}")
    assert heard(room, first.replace(sender=at(NICK), to=HAG)).reflects is None


def test_what_was_heard_long_ago_is_forgotten() -> None:
    room = entered()
    for number in range(1001):
        heard(room, say("firstwitch", "boo", delay(), id=f"m{number}"))
    assert heard(room, say("firstwitch", "boo", delay(), id="m1000")).repeated
    assert not heard(room, say("firstwitch", "boo", delay(), id="m0")).repeated


@pytest.mark.spec("XEP-0359", "3", "6")
def test_ids_of_the_archive_count_where_the_room_announces_them() -> None:
    room, wary = inside(stanza_ids=True), inside()
    for ids, known in (
        ([StanzaId(id="m1", by=ROOM)], "m1"),
        ([StanzaId(id="evil", by=HAG.bare), StanzaId(id="m2", by=ROOM)], "m2"),
        ([StanzaId(id="evil", by=ROOM), StanzaId(id="m3", by=ROOM)], None),
        ([StanzaId(id="evil", by=at("firstwitch"))], None),
        ([Element(("urn:xmpp:sid:0", "stanza-id"), {}, [])], None),
    ):
        assert heard(room, say("firstwitch", "boo", *ids)).id == known
        assert heard(wary, say("firstwitch", "boo", *ids)).id is None


# --- entering again -------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.2.14")
def test_entering_again_asks_for_what_was_missed() -> None:
    room = entered()
    heard(room, say("firstwitch", "one", delay(BEFORE), id="m1"))
    room.feed(say(None, None, delay(datetime(1990, 1, 1, tzinfo=UTC)), subject="old"))
    assert room.last == BEFORE
    heard(room, say("firstwitch", "two", id="m2"), LATER)
    assert room.last == LATER
    heard(room, say("firstwitch", "three", id="m3"))  # nobody says when
    assert room.last == LATER
    join = room.join().get(MucJoin)
    assert join is not None and join.history == MucHistory(since=LATER)
    join = room.join(MucHistory(max_chars=0)).get(MucJoin)
    assert join is not None and join.history == MucHistory(max_chars=0)

    room.feed(here(NICK, "110"))
    told = [
        heard(room, say("firstwitch", "two", delay(LATER), id="m2")),
        heard(room, say("firstwitch", "three", delay(LATER), id="m3")),
        heard(room, say("firstwitch", "four", delay(LATER), id="m4")),
        heard(room, say("secondwitch", "two", delay(LATER), id="m2")),  # ids of others are theirs
        heard(room, say("firstwitch", "no id", delay(LATER))),
        heard(room, say("firstwitch", "no id", delay(LATER))),
    ]
    assert [one.repeated for one in told] == [True, True, False, False, False, False]
    room.feed(say(None, subject="old"))
    assert not heard(room, say("firstwitch", "two", id="m2")).repeated  # live: said once more


def test_what_was_heard_is_known_by_the_id_of_the_archive() -> None:
    room = inside(stanza_ids=True)
    heard(room, say("firstwitch", "one", StanzaId(id="a1", by=ROOM), id="m1"))
    room.join()
    room.feed(here(NICK, "110"))
    assert heard(room, say("firstwitch", "one", delay(), StanzaId(id="a1", by=ROOM), id="m9")).repeated
    assert not heard(room, say("firstwitch", "one", delay(), StanzaId(id="a2", by=ROOM), id="m1")).repeated


def test_our_message_may_come_back_with_the_history() -> None:
    room = inside()
    sent = room.message("did you hear me?")
    room.join()
    room.feed(here(NICK, "110"))
    back = heard(room, sent.replace(sender=at(NICK), to=HAG).with_(delay()))
    assert (back.history, back.own, back.reflects) == (True, True, sent.id)


# --- to us alone ----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.5")
def test_private_messages() -> None:
    room = inside(occupant_ids=True)
    sent = room.private_message("firstwitch", "I'll give thee a wind.", ChatState(state=ChatStateValue.ACTIVE))
    assert (sent.to, sent.type, sent.get(MucUser)) == (at("firstwitch"), MessageType.CHAT, MucUser())
    for kind in ("chat", "normal"):  # with the extension or without
        message = Message(HAG, "Thou'rt kind.", type=kind, sender=at("firstwitch"), payloads=[OccupantId(id="first")])
        told = room.feed(message)
        assert told == PrivateMessage(message, "firstwitch", room.occupants["firstwitch"], "first")
    stranger = Message(HAG, "boo", type="chat", sender=at("nobody who is seen"))
    assert room.feed(stranger) == PrivateMessage(stranger, "nobody who is seen", None, None)
    room.feed(gone(NICK, "307"))
    assert isinstance(room.feed(stranger), Refused)


@pytest.mark.spec("XEP-0045", "7.2.3", "7.2.12", "10.2.1")
@pytest.mark.parametrize(
    ("codes", "privacy"),
    [
        (["102"], False),
        (["103"], False),
        (["104"], False),
        (["170"], True),
        (["171"], True),
        (["172"], True),
        (["104", "173"], True),
    ],
)
@pytest.mark.parametrize("kind", ["groupchat", "normal"])
def test_the_configuration_changes(codes: list[str], privacy: bool, kind: str) -> None:
    room = inside()
    statuses = [MucStatus(code=code) for code in codes]
    told = room.feed(Message(HAG, type=kind, sender=ROOM, payloads=[MucUser(statuses=statuses)]))
    assert isinstance(told, ConfigurationChanged)
    assert told.codes == frozenset(codes)
    assert told.privacy is privacy
    said = room.feed(Message(HAG, type=kind, sender=at("firstwitch"), payloads=[MucUser(statuses=statuses)]))
    assert isinstance(said, RoomMessage | PrivateMessage)  # no occupant configures the room


@pytest.mark.spec("XEP-0045", "10.3", "10.6", "10.7", "18.1")
@pytest.mark.parametrize("kind", ["groupchat", "normal"])
def test_affiliations_of_those_who_are_not_there(kind: str) -> None:
    room = inside()
    absent = JID("hecate@shakespeare.lit")
    notice = user(affiliation="owner", role=None, jid=absent, reason="a worthy witch")
    told = room.feed(Message(HAG, type=kind, sender=ROOM, payloads=[notice]))
    assert told == AffiliationNotice(absent, MucAffiliation.OWNER, "a worthy witch", own=False)
    said = room.feed(Message(HAG, type=kind, sender=at("firstwitch"), payloads=[notice]))
    assert isinstance(said, RoomMessage | PrivateMessage)
    ours = user("101", affiliation="none", role=None, jid=HAG.bare)
    told = fresh().feed(Message(HAG, "Your affiliation changed", sender=ROOM, payloads=[ours]))
    assert told == AffiliationNotice(HAG.bare, MucAffiliation.NONE, None, own=True)
    assert room.feed(Message(HAG, sender=ROOM, payloads=[user(affiliation=None, role=None)])) is None


@pytest.mark.spec("XEP-0045", "7.8.2")
def test_an_invitation_is_declined() -> None:
    room = inside()
    declined = MucUser(decline=MucDecline(sender=JID("hecate@shakespeare.lit"), reason="too busy"))
    told = room.feed(Message(HAG, sender=ROOM, payloads=[declined]))
    assert told == InvitationDeclined(JID("hecate@shakespeare.lit"), "too busy")
    assert isinstance(room.feed(Message(HAG, sender=at("firstwitch"), payloads=[declined])), PrivateMessage)
    invited = MucUser(invites=[MucInvite(sender=JID("hecate@shakespeare.lit"))])
    assert room.feed(Message(HAG, sender=ROOM, payloads=[invited])) is None  # see `read_invitation`


@pytest.mark.spec("XEP-0045", "8.6")
def test_somebody_wants_to_speak() -> None:
    room = inside()
    request = VoiceRequest(role=OccupantRole.PARTICIPANT, jid=HAG, nick="hag", allow=False)
    form = request.to_form(DataFormType.FORM)
    told = room.feed(Message(HAG, sender=ROOM, payloads=[form]))
    assert isinstance(told, VoiceRequested)
    assert (told.request.nick, told.request.jid, told.form) == ("hag", HAG, form)
    assert isinstance(room.feed(Message(HAG, sender=at("firstwitch"), payloads=[form])), PrivateMessage)
    assert room.feed(Message(HAG, sender=ROOM, payloads=[request.to_form()])) is None  # filled in already
    assert room.feed(Message(HAG, sender=ROOM, payloads=[DataForm(type=DataFormType.FORM)])) is None
    assert room.feed(Message(HAG, "Good evening", sender=ROOM)) is None
    assert form.get_field("muc#jid") is not None
    for field in form.fields:
        if field.var == "muc#jid":
            field.values = ["@"]
    assert isinstance(room.feed(Message(HAG, sender=ROOM, payloads=[form])), Refused)


@pytest.mark.spec("XEP-0045", "9.9")
def test_somebody_wants_to_be_a_member() -> None:
    room = inside()
    form = RoomRegistration(nick="hag").to_form(DataFormType.FORM)
    told = room.feed(Message(HAG, sender=ROOM, payloads=[form]))
    assert isinstance(told, RegistrationRequested) and told.request.nick == "hag"


# --- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.4", "7.5", "8.1")
@pytest.mark.parametrize(
    ("condition", "nick", "suspicious"),
    [
        ("forbidden", None, False),
        ("not-acceptable", None, True),
        ("policy-violation", None, False),
        ("item-not-found", "firstwitch", False),
        ("not-acceptable", "firstwitch", False),
    ],
)
def test_messages_that_are_not_taken(condition: str, nick: str | None, suspicious: bool) -> None:
    room = inside()
    sent = room.message("Double, double toil and trouble")
    error = sent.replace(to=None).error_reply(condition).replace(sender=at(nick), to=HAG)
    told = room.feed(error)
    assert isinstance(told, RoomError)
    assert (told.error.condition, told.id) == (ErrorCondition(condition), sent.id)
    assert (told.nick, told.suspicious) == (nick, suspicious)
    assert room.state is RoomState.INSIDE
    reflected = heard(room, sent.replace(sender=at(NICK), to=HAG)).reflects
    assert reflected == (None if nick is None else sent.id)  # an error by an occupant proves nothing


def test_what_was_said_with_broken_contents() -> None:
    room = inside()
    broken = Element((MUC_USER, "x"), {}, [Element((MUC_USER, "status"), {}, [])])
    assert heard(room, say("firstwitch", "boo", broken)).nick == "firstwitch"  # nothing there that counts
    assert isinstance(room.feed(say(None, None, broken)), Refused)
    assert isinstance(room.feed(Message(HAG, sender=ROOM, payloads=[broken])), Refused)
    assert room.state is RoomState.INSIDE


# --- are we there still? --------------------------------------------------------------------------------------------


def pinged(play: Play, room: Room, answer: str | None, timeout: float | None = None) -> SelfPingResult:
    """What becomes of a self-ping that the room answers with this error, or with a result."""
    running = play.run(room.self_ping(timeout))
    iq = play.asked()
    assert (iq.to, iq.get(Ping)) == (room.occupant_jid, Ping())
    assert iq.to is not None
    reply = iq.result() if answer is None else iq.error_reply(answer)
    play.say(reply.replace(sender=iq.to))
    result = running.result()
    assert isinstance(result, SelfPingResult)
    return result


@pytest.mark.spec("XEP-0410", "3.2", "3.3")
@pytest.mark.parametrize(
    ("answer", "result", "lost"),
    [
        (None, SelfPingResult.JOINED, False),
        ("service-unavailable", SelfPingResult.JOINED, False),
        ("feature-not-implemented", SelfPingResult.JOINED, False),
        ("item-not-found", SelfPingResult.JOINED, False),
        ("remote-server-not-found", SelfPingResult.UNKNOWN, False),
        ("remote-server-timeout", SelfPingResult.UNKNOWN, False),
        ("not-acceptable", SelfPingResult.NOT_JOINED, True),
        ("not-allowed", SelfPingResult.NOT_JOINED, True),
        ("bad-request", SelfPingResult.NOT_JOINED, True),
    ],
)
def test_are_we_there_still(answer: str | None, result: SelfPingResult, lost: bool) -> None:
    play, room = Play(), inside()
    assert pinged(play, room, answer) is result
    assert room.lost is lost
    assert room.state is (RoomState.OUTSIDE if lost else RoomState.INSIDE)
    assert len(room.occupants) == (0 if lost else 3)


@pytest.mark.spec("XEP-0410", "3.2")
def test_nobody_answers_whether_we_are_there() -> None:
    play, room = Play(), inside()
    running = play.run(room.self_ping(10.0))
    iq = play.asked()
    play.say(iq.error_reply("not-acceptable").replace(sender=ROOM))  # not who was asked
    play.world.advance(11)
    assert running.result() is SelfPingResult.UNKNOWN
    assert room.state is RoomState.INSIDE
    alone = play.run(self_ping(at("hag")))
    play.say(play.asked().result().replace(sender=at("hag")))
    assert alone.result() is SelfPingResult.JOINED


@pytest.mark.spec("XEP-0410", "3.2")
def test_how_long_the_room_has_been_silent() -> None:
    room = inside()
    assert room.heard is None
    room.feed(here("firstwitch"), BEFORE)
    room.feed(say("firstwitch", "boo"))
    assert room.heard == BEFORE
    room.feed(here("firstwitch").replace(sender=JID("elsewhere@chat.shakespeare.lit/firstwitch")), LATER)
    assert room.heard == BEFORE
    room.feed(say("firstwitch", "boo"), LATER)
    assert room.heard == LATER
    with pytest.raises(ValueError, match="time zone"):
        room.feed(say("firstwitch", "boo"), LATER.replace(tzinfo=None))


@pytest.mark.spec("XEP-0410", "4")
def test_when_not_to_ask() -> None:
    play, room = Play(), fresh()
    assert play.run(room.self_ping()).result() is SelfPingResult.NOT_JOINED
    room.join()
    assert play.run(room.self_ping()).result() is SelfPingResult.UNKNOWN
    room.feed(here(NICK, "110"))
    room.change_nick("oldhag")
    assert play.run(room.self_ping()).result() is SelfPingResult.UNKNOWN
    assert [event for event in play.server.take() if isinstance(event, Iq)] == []


def test_an_answer_about_an_earlier_visit() -> None:
    play, room = Play(), inside()
    running = play.run(room.self_ping())
    room.join()
    room.feed(here(NICK, "110"))
    iq = play.asked()
    play.say(iq.error_reply("not-acceptable").replace(sender=at(NICK)))
    assert running.result() is SelfPingResult.UNKNOWN
    assert (room.state, room.lost) == (RoomState.INSIDE, False)
    told = room.feed(gone(NICK, "110", "333"))
    assert isinstance(told, Left) and told.departure.cause is DepartureCause.ERROR


def test_a_room_over_a_stream() -> None:
    """The stanzas of a visit as they come off the wire."""
    play, room = Play(), fresh()
    play.session.send(room.join(), play.world.now)
    play.world.settle()
    play.server.take()
    play.say(
        here("firstwitch", role="moderator", show="dnd"),
        here(NICK, "110", "170"),
        say("firstwitch", "one", delay(), id="m1"),
        say("firstwitch", subject="Fire"),
        say("firstwitch", "two", id="m2"),
    )
    told = [room.feed(event) for event in play.client.take()]
    assert [type(one).__name__ for one in told] == [
        "OccupantJoined",
        "Joined",
        "RoomMessage",
        "SubjectChanged",
        "RoomMessage",
    ]
    assert room.occupants["firstwitch"] == Occupant(
        "firstwitch", MucAffiliation.MEMBER, MucRole.MODERATOR, show=room.occupants["firstwitch"].show
    )
    assert MucStatusCode.LOGGING_ENABLED in room.codes
