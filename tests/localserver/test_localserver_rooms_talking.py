"""Rooms of the local server: messages to all and to one, the subject, voice, and IQs between occupants."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.rooms_hall import HALL, Hall, condition, item_of, presences, user_of
from tests.localserver.town import AutomaticAnswers, bodies
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits, RoomLimits
from xmppwire.protocol.data_forms import DataForm, DataFormType
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.muc import MucAffiliation, MucJoin, MucRole
from xmppwire.protocol.muc_admin import MucAdminItem, MucAdminQuery
from xmppwire.protocol.muc_forms import OccupantRole, PrivateMessages, VoiceRequest, Whois
from xmppwire.protocol.muc_user import MucInvite, MucItem, MucStatus, MucStatusCode, MucUser
from xmppwire.protocol.occupant_id import OccupantId
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.stanza_id import OriginId, StanzaId
from xmppwire.protocol.vcard_temp import VCardTemp
from xmppwire.stanza import Iq, IqType, Message, MessageType, Presence, StanzaError, write_stanza
from xmppwire.xml import Element

OCCUPANTS = ("juliet", "romeo", "nurse")


def talking(**config: Any) -> Hall:
    """Juliet's room, with Romeo and the nurse."""
    hall = Hall()
    hall.open(**config)
    hall.enter("romeo")
    hall.enter("nurse")
    hall.forget()
    return hall


# --- to all -----------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.4")
@pytest.mark.spec("XEP-0359", "4", "5")
def test_a_message_is_reflected_to_all() -> None:
    hall = talking()
    hall.shout("romeo", "hello", id="m1", payloads=[OriginId(id="o1")], thread="t1", lang="it")
    said = [hall.client(name).heard() for name in OCCUPANTS]
    ids: set[str] = set()
    for name, (one,) in zip(OCCUPANTS, said, strict=True):
        assert (one.id, one.body, one.type, one.lang) == ("m1", "hello", MessageType.GROUPCHAT, "it")
        assert (one.sender, one.to) == (HALL.with_resource("romeo"), hall.client(name).jid)
        assert (one.get(OriginId), one.thread, one.get(Delay)) == (OriginId(id="o1"), "t1", None)
        (stanza_id,) = one.get_all(StanzaId)
        assert stanza_id.by == HALL
        ids.add(stanza_id.id)
    assert len(ids) == 1
    hall.shout("romeo", "without an id")
    (one,) = hall.client("juliet").heard()
    assert one.id and one.get(StanzaId).id not in ids


@pytest.mark.spec("XEP-0045", "7.4", "17.2")
def test_who_may_not_speak() -> None:
    hall = talking(moderated=True)
    hall.shout("romeo", "visitors do not")
    (refusal,) = hall.client("romeo").heard()
    assert (condition(refusal), refusal.sender) == ("forbidden", HALL)
    hall.shout("tybalt", "strangers do not")
    assert [condition(one) for one in hall.client("tybalt").heard()] == ["not-acceptable"]
    hall.shout("tybalt", "there is no such room", room=JID("nowhere@conference.capulet.lit"))
    assert [condition(one) for one in hall.client("tybalt").heard()] == ["item-not-found"]
    assert hall.client("juliet").heard() == hall.client("nurse").heard() == []


@pytest.mark.spec("XEP-0045", "17.2")
@pytest.mark.parametrize("kind", [MessageType.CHAT, MessageType.NORMAL, MessageType.HEADLINE])
def test_a_message_for_all_is_of_type_groupchat(kind: MessageType) -> None:
    hall = talking()
    hall.client("romeo").say(Message(HALL, "hello", type=kind))
    assert [condition(one) for one in hall.client("romeo").heard()] == ["bad-request"]
    assert hall.client("juliet").heard() == []


FORGED: list[Any] = [
    StanzaId(id="forged", by=HALL),
    StanzaId(id="forged", by=HALL.with_resource("juliet")),
    StanzaId(id="forged", by=HALL.domain),
    Element(("urn:xmpp:sid:0", "stanza-id"), {"id": "forged", "by": "@"}),
    OccupantId(id="forged"),
    Element(("urn:xmpp:occupant-id:0", "occupant-id"), {}),
    MucUser(statuses=[MucStatus(code=MucStatusCode.LOGGING_ENABLED)]),
    MucUser(items=[MucItem(affiliation=MucAffiliation.OWNER, role=MucRole.MODERATOR, jid=HALL)]),
    Element(
        ("http://jabber.org/protocol/muc#user", "x"), {}, [Element(("http://jabber.org/protocol/muc#user", "item"))]
    ),
    MucUser(invites=[MucInvite(sender=JID("juliet@capulet.lit"))]),
    Element(("urn:xmpp:hats:0", "hats")),
    Element(("urn:xmpp:delay", "delay"), {"from": str(HALL), "stamp": "2002-09-10T23:08:25Z"}),
]


@pytest.mark.spec("XEP-0421", "3")
@pytest.mark.spec("XEP-0359", "5")
@pytest.mark.spec("XEP-0045", "17.3")
@pytest.mark.parametrize("kind", ["all", "subject", "one", "presence", "enter", "leave"])
@pytest.mark.parametrize("forged", FORGED, ids=str)
def test_what_only_the_room_may_say_is_taken_out(kind: str, forged: Any) -> None:
    hall = talking()
    romeo, to = hall.client("romeo"), HALL.with_resource("romeo")
    if kind == "all":
        romeo.say(Message(HALL, "x", type=MessageType.GROUPCHAT, payloads=[forged]))
    elif kind == "subject":
        romeo = hall.client("juliet")
        romeo.say(Message(HALL, type=MessageType.GROUPCHAT, subject="x", payloads=[forged]))
    elif kind == "one":
        romeo.say(Message(HALL.with_resource("nurse"), "x", type=MessageType.CHAT, payloads=[forged]))
    elif kind == "presence":
        romeo.say(Presence(to, payloads=[forged]))
    elif kind == "enter":
        hall.client("paris")
        hall.client("paris").say(Presence(HALL.with_resource("paris"), payloads=[forged, MucJoin()]))
    else:
        romeo.say(Presence(to, type="unavailable", payloads=[forged]))
    (told,) = hall.client("nurse").heard()
    assert "forged" not in write_stanza(told)
    identifiers = told.get_all(OccupantId)
    assert len(identifiers) == 1 and len(identifiers[0].id) == 40
    assert [one.by for one in told.get_all(StanzaId)] == ([HALL] if kind in ("all", "subject") else [])
    users = told.get_all(MucUser)
    if kind in ("all", "subject"):
        assert users == []
    elif kind == "one":
        assert users == [MucUser()]
    else:
        assert [item.role for item in users[0].items] == [MucRole.NONE if kind == "leave" else MucRole.PARTICIPANT]
        assert not users[0].statuses and not users[0].invites and len(users) == 1
    assert told.get_all(Delay) == []
    assert told.find(("urn:xmpp:hats:0", "hats")) is None


def test_what_others_say_of_messages_stays() -> None:
    hall = talking()
    theirs = StanzaId(id="a1", by=JID("romeo@capulet.lit"))
    copied = Element(("urn:xmpp:delay", "delay"), {"from": "romeo@capulet.lit", "stamp": "2002-09-10T23:08:25Z"})
    hall.shout("romeo", "as I said", payloads=[theirs, copied])
    (told,) = hall.client("nurse").heard()
    assert told.get_all(StanzaId)[0] == theirs
    assert told.get(Delay).sender == JID("romeo@capulet.lit")


# --- to one -----------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.5")
@pytest.mark.parametrize("kind", [MessageType.CHAT, MessageType.NORMAL])
def test_a_private_message(kind: MessageType) -> None:
    hall = talking()
    hall.enter("nurse", resource="laptop")
    hall.forget()
    hall.client("romeo").say(Message(HALL.with_resource("nurse"), "psst", type=kind, id="p1"))
    for resource in ("phone", "laptop"):
        (told,) = hall.client("nurse", resource).heard()
        assert (told.body, told.type, told.id, told.sender) == ("psst", kind, "p1", HALL.with_resource("romeo"))
        assert user_of(told) == MucUser()
        assert told.get(StanzaId) is None
    assert hall.client("juliet").heard() == hall.client("romeo").heard() == []


@pytest.mark.spec("XEP-0045", "7.5")
def test_private_messages_that_are_refused() -> None:
    hall = talking()
    romeo, nurse = hall.client("romeo"), HALL.with_resource("nurse")
    romeo.say(Message(nurse, "x", type=MessageType.GROUPCHAT))
    assert [condition(one) for one in romeo.heard()] == ["bad-request"]
    romeo.say(Message(HALL.with_resource("mercutio"), "x", type=MessageType.CHAT))
    assert [condition(one) for one in romeo.heard()] == ["item-not-found"]
    hall.client("tybalt").say(Message(nurse, "x", type=MessageType.CHAT))
    assert [condition(one) for one in hall.client("tybalt").heard()] == ["not-acceptable"]
    assert hall.client("nurse").heard() == []


@pytest.mark.spec("XEP-0045", "7.5", "10.1.3")
@pytest.mark.parametrize(
    ("policy", "may"),
    [
        (PrivateMessages.ANYONE, "mpv"),
        (PrivateMessages.PARTICIPANTS, "mp"),
        (PrivateMessages.MODERATORS, "m"),
        (PrivateMessages.NONE, ""),
    ],
)
def test_who_may_send_private_messages(policy: PrivateMessages, may: str) -> None:
    hall = talking(private_messages=policy, moderated=True)
    hall.promote("nurse", MucRole.PARTICIPANT)
    hall.enter("tybalt")
    hall.forget()
    for name, letter in (("juliet", "m"), ("nurse", "p"), ("romeo", "v")):
        hall.client(name).say(Message(HALL.with_resource("tybalt"), letter, type=MessageType.CHAT))
        refused = [condition(one) for one in hall.client(name).heard()]
        assert refused == ([] if letter in may else ["forbidden"])
    assert "".join(body or "" for body in bodies(hall.client("tybalt").heard())) == may


@pytest.mark.spec("XEP-0045", "7.5")
def test_the_refusal_of_a_private_message_comes_back_without_the_address() -> None:
    hall = talking()
    error = StanzaError("forbidden", by=hall.client("nurse").jid)
    reply = Message(HALL.with_resource("romeo"), type="error", id="p1", error=error)
    hall.client("nurse").say(reply)
    (told,) = hall.client("romeo").heard()
    assert (condition(told), told.sender, told.id) == ("forbidden", HALL.with_resource("nurse"), "p1")
    assert told.error.by is None
    hall.client("tybalt").say(reply)
    assert hall.client("romeo").heard() == []


# --- the subject ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.3", "8.1")
@pytest.mark.parametrize("lets", [True, False])
def test_who_may_set_the_subject(lets: bool) -> None:
    hall = talking(occupants_may_change_subject=lets)
    hall.promote("nurse", MucRole.VISITOR)
    for name, may in (("juliet", True), ("romeo", lets), ("nurse", False)):
        hall.client(name).say(Message(HALL, type=MessageType.GROUPCHAT, subject=f"of {name}"))
        *_, told = hall.client(name).heard()
        if may:
            assert (told.subject, told.sender) == (f"of {name}", HALL.with_resource(name))
        else:
            assert condition(told) == "forbidden"
    got = hall.enter("tybalt")
    assert got[-1].subject == ("of romeo" if lets else "of juliet")


@pytest.mark.spec("XEP-0045", "7.2.15", "8.1")
def test_what_a_subject_is_and_what_is_not() -> None:
    hall = talking()
    juliet = hall.client("juliet")
    juliet.say(Message(HALL, type=MessageType.GROUPCHAT, subject={"en": "love", "it": "amore"}))
    juliet.say(Message(HALL, "a body", type=MessageType.GROUPCHAT, subject="no subject"))
    juliet.say(Message(HALL, type=MessageType.GROUPCHAT, subject="no subject either", thread="t"))
    got = hall.enter("tybalt")
    assert got[-1].subjects == {"en": "love", "it": "amore"}
    assert got[-1].get(Delay).sender == HALL
    juliet.say(Message(HALL, type=MessageType.GROUPCHAT, subject=""))
    got = hall.enter("paris")
    assert (got[-1].subject, got[-1].body) == ("", None)
    assert got[-1].get(Delay) is not None, "it was cleared by somebody"


# --- voice ------------------------------------------------------------------------------------------------------------


def voice(**fields: Any) -> Message:
    return Message(HALL, payloads=[VoiceRequest(**fields).to_form()], id="v1")


@pytest.mark.spec("XEP-0045", "7.13", "8.6")
def test_voice_is_asked_for_and_granted() -> None:
    hall = talking(moderated=True)
    hall.client("romeo").say(voice(role=OccupantRole.PARTICIPANT))
    assert hall.client("romeo").heard() == hall.client("nurse").heard() == [], "moderators decide"
    (asked,) = hall.client("juliet").heard()
    assert (asked.sender, asked.type) == (HALL, MessageType.NORMAL)
    form = asked.get(DataForm)
    assert form.type is DataFormType.FORM
    request = VoiceRequest.from_form(form)
    assert (request.role, request.nick, request.jid, request.allow) == (
        OccupantRole.PARTICIPANT,
        "romeo",
        hall.client("romeo").jid,
        False,
    )
    hall.client("juliet").say(Message(HALL, id="v2", payloads=[VoiceRequest.answer(form, allow=False)]))
    assert hall.client("romeo").heard() == []
    hall.client("juliet").say(Message(HALL, id="v2", payloads=[VoiceRequest.answer(form, allow=True)]))
    for name in OCCUPANTS:
        assert [(one.nick, one.role) for one in presences(hall.client(name).heard())] == [
            ("romeo", MucRole.PARTICIPANT)
        ]
    hall.shout("romeo", "thanks")
    assert bodies(hall.client("nurse").heard()) == ["thanks"]


@pytest.mark.spec("XEP-0045", "7.13", "8.6")
def test_voice_is_not_taken() -> None:
    hall = talking(moderated=True)
    romeo = hall.client("romeo")
    romeo.say(voice(role=OccupantRole.PARTICIPANT, nick="romeo", jid=romeo.jid, allow=True))
    assert presences(romeo.heard()) == [], "that was a request"
    hall.client("juliet").heard()
    romeo.say(voice(role=OccupantRole.MODERATOR))
    romeo.say(voice())
    assert [condition(one) for one in romeo.heard()] == ["bad-request", "bad-request"]
    hall.client("tybalt").say(voice(role=OccupantRole.PARTICIPANT))
    assert [condition(one) for one in hall.client("tybalt").heard()] == ["not-acceptable"]
    hall.promote("nurse", MucRole.PARTICIPANT)
    hall.client("nurse").say(voice(role=OccupantRole.PARTICIPANT))
    assert [condition(one) for one in hall.client("nurse").heard()] == ["not-allowed"]
    assert hall.client("juliet").heard() == []


@pytest.mark.spec("XEP-0045", "8.6")
def test_a_grant_that_fits_nobody_who_is_there() -> None:
    hall = talking(moderated=True)
    for grant in (
        voice(role=OccupantRole.PARTICIPANT, nick="romeo", jid=JID("tybalt@capulet.lit/phone"), allow=True),
        voice(role=OccupantRole.PARTICIPANT, nick="mercutio", allow=True),
        voice(role=OccupantRole.PARTICIPANT, nick="juliet", allow=True),
    ):
        hall.client("juliet").say(grant)
    assert [hall.client(name).heard() for name in OCCUPANTS] == [[], [], []]


# --- kicks and the like, as people see them -----------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "8.2", "9.1")
@pytest.mark.parametrize("ban", [True, False])
def test_who_is_put_out_is_told_why(ban: bool) -> None:
    hall = talking()
    hall.promote("nurse", MucRole.MODERATOR)
    hall.enter("romeo", resource="laptop")
    hall.forget()
    item = MucAdminItem(nick="romeo", role=MucRole.NONE, reason="loud")
    if ban:
        item = MucAdminItem(jid=JID("romeo@capulet.lit/phone"), affiliation=MucAffiliation.OUTCAST, reason="loud")
    juliet = hall.client("juliet")
    juliet.say(Iq.set(MucAdminQuery(items=[item]), HALL, id="k1"))
    codes, affiliation = ((301,), MucAffiliation.OUTCAST) if ban else ((307,), MucAffiliation.NONE)
    result, told = juliet.heard()
    assert result.type is IqType.RESULT, "the moderator is told first"
    assert presences([told]) == [("romeo", False, MucRole.NONE, affiliation, codes)]
    for resource in ("phone", "laptop"):
        (own,) = hall.client("romeo", resource).heard()
        assert presences([own]) == [("romeo", False, MucRole.NONE, affiliation, (110, *codes))]
        actor = item_of(own).actor
        assert (item_of(own).reason, actor and actor.nick, actor and actor.jid) == ("loud", "juliet", None)
    (seen,) = hall.client("nurse").heard()
    actor = item_of(seen).actor
    assert actor and actor.jid == JID("juliet@capulet.lit"), "moderators see addresses"
    (again,) = [one for one in hall.enter("romeo") if isinstance(one, Presence)][-1:]
    if ban:
        assert condition(again) == "forbidden"
    else:
        assert presences([again])[0].there


@pytest.mark.spec("XEP-0045", "9.2")
def test_a_domain_is_banned_where_nobody_is() -> None:
    hall = Hall(domains=("capulet.lit",))
    hall.open()
    hall.affiliate("nurse", MucAffiliation.MEMBER)
    hall.enter("romeo")
    hall.enter("nurse")
    hall.affiliate("tybalt", MucAffiliation.OWNER)
    tybalt = hall.client("tybalt")
    hall.forget()
    reply = hall.set("tybalt", MucAdminItem(jid=JID("verona.lit"), affiliation=MucAffiliation.OUTCAST))
    assert (reply.type, hall.client("romeo").heard(), tybalt.heard()) == (IqType.RESULT, [], [])
    assert (
        condition(hall.set("juliet", MucAdminItem(jid=JID("capulet.lit"), affiliation=MucAffiliation.OUTCAST)))
        == "conflict"
    )


@pytest.mark.spec("XEP-0045", "9.4", "9.5")
def test_who_is_no_member_any_more_has_to_leave_a_room_for_members() -> None:
    hall = Hall()
    hall.open(members_only=True)
    hall.affiliate("romeo", MucAffiliation.MEMBER)
    hall.enter("romeo")
    hall.forget()
    hall.set("juliet", MucAdminItem(jid=JID("romeo@capulet.lit"), affiliation=MucAffiliation.NONE))
    expected = ("romeo", False, MucRole.NONE, MucAffiliation.NONE)
    assert presences(hall.client("romeo").heard()) == [(*expected, (110, 321))]
    assert presences(hall.client("juliet").heard()) == [(*expected, (321,))]


@pytest.mark.spec("XEP-0045", "9.5", "10.3")
def test_what_becomes_of_people_who_are_not_there() -> None:
    hall = talking(members_only=False)
    hall.set("juliet", MucAdminItem(jid=JID("tybalt@capulet.lit"), affiliation=MucAffiliation.ADMIN))
    (told,) = hall.client("juliet").heard()
    item = item_of(told)
    assert (told.sender, item.jid, item.affiliation) == (HALL, JID("tybalt@capulet.lit"), MucAffiliation.ADMIN)
    assert hall.client("romeo").heard() == [], "only moderators see addresses here"


# --- IQs --------------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0410", "3.2", "3.3")
def test_a_client_asks_whether_it_is_still_there() -> None:
    hall = talking()
    romeo = hall.client("romeo")
    assert romeo.ask(Iq.get(Ping(), HALL.with_resource("romeo"), id="s1")).type is IqType.RESULT
    assert hall.client("romeo", "laptop").ask(Iq.get(Ping(), HALL.with_resource("romeo"), id="s2")).type is IqType.ERROR
    assert condition(romeo.ask(Iq.get(Ping(), HALL.with_resource("mercutio"), id="s3"))) == "item-not-found"
    romeo.say(Presence(HALL.with_resource("romeo"), type="unavailable"))
    reply = romeo.ask(Iq.get(Ping(), HALL.with_resource("romeo"), id="s4"))
    assert (condition(reply), reply.error and reply.error.by) == ("not-acceptable", HALL)
    nowhere = JID("nowhere@conference.capulet.lit/romeo")
    assert condition(romeo.ask(Iq.get(Ping(), nowhere, id="s5"))) == "not-acceptable"


@pytest.mark.spec("XEP-0045", "17.4", "6.6")
@pytest.mark.parametrize("whois", list(Whois))
def test_a_request_between_occupants_goes_through_the_room(whois: Whois) -> None:
    hall = talking(whois=whois)
    romeo = hall.client("romeo")
    query = Element(("urn:example:q", "query"))
    romeo.say(Iq.get(query, HALL.with_resource("nurse"), id="i1"))
    (answer,) = romeo.heard()
    assert (condition(answer), answer.sender, answer.id) == ("service-unavailable", HALL.with_resource("nurse"), "i1")
    info = romeo.ask(Iq.get(DiscoInfo(), HALL.with_resource("nurse"), id="i2"))
    assert info.type is IqType.RESULT and info.get(DiscoInfo) is not None
    tybalt = hall.client("tybalt")
    assert condition(tybalt.ask(Iq.get(DiscoInfo(), HALL.with_resource("nurse"), id="i3"))) == "bad-request"
    assert condition(tybalt.ask(Iq.get(query, HALL.with_resource("nurse"), id="i4"))) == "not-acceptable"


@pytest.mark.spec("XEP-0045", "17.4")
def test_what_the_account_answers_is_asked_of_the_account() -> None:
    hall = talking()
    reply = hall.client("romeo").ask(Iq.get(VCardTemp(), HALL.with_resource("nurse"), id="i1"))
    assert reply.sender == HALL.with_resource("nurse")


def test_nobody_answers_for_somebody_else() -> None:
    hall = Hall()
    hall.open()
    silent = hall.login("romeo", "silent", session={"answers": AutomaticAnswers(ping=False, unhandled=False)})
    silent.say(Presence(HALL.with_resource("romeo"), payloads=[MucJoin()]))
    silent.heard()
    juliet = hall.client("juliet")
    juliet.heard()
    juliet.say(Iq.get(Ping(), HALL.with_resource("romeo"), id="i1"))
    (asked,) = silent.heard()
    assert asked.sender == HALL.with_resource("juliet")
    forged = Iq("result", asked.sender, id=asked.id)
    hall.client("tybalt").say(forged)
    assert juliet.heard() == []
    silent.say(forged)
    (answer,) = juliet.heard()
    assert (answer.type, answer.sender, answer.id) == (IqType.RESULT, HALL.with_resource("romeo"), "i1")
    silent.say(forged)
    assert juliet.heard() == [], "once"


def test_only_so_many_requests_wait() -> None:
    hall = Hall(limits=LocalLimits(rooms=RoomLimits(requests=2)))
    hall.open()
    silent = hall.login("romeo", "silent", session={"answers": AutomaticAnswers(ping=False, unhandled=False)})
    silent.say(Presence(HALL.with_resource("romeo"), payloads=[MucJoin()]))
    silent.heard()
    juliet = hall.client("juliet")
    juliet.heard()
    for number in range(3):
        juliet.say(Iq.get(Ping(), HALL.with_resource("romeo"), id=f"i{number}"))
    for asked in silent.heard():
        silent.say(Iq("result", asked.sender, id=asked.id))
    assert [one.id for one in juliet.heard()] == ["i1", "i2"]
