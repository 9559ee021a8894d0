"""Rooms of the local server: configuration, invitations, registration, discovery, and the end of a room."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.rooms_hall import HALL, SERVICE, Hall, address, condition, item_of, presences, user_of
from xmppwire.jid import JID
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field
from xmppwire.protocol.disco import DiscoInfo, DiscoItems
from xmppwire.protocol.in_band_registration import RegistrationQuery
from xmppwire.protocol.muc import MucAffiliation, MucRole
from xmppwire.protocol.muc_admin import MucAdminItem, MucAdminQuery
from xmppwire.protocol.muc_forms import OccupantRole, PrivateMessages, RoomConfig, RoomInfo, RoomRegistration, Whois
from xmppwire.protocol.muc_owner import MucDestroy, MucOwnerQuery
from xmppwire.protocol.muc_user import MucContinue, MucDecline, MucInvite, MucUser
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.rsm import ResultSet
from xmppwire.protocol.version import Version
from xmppwire.stanza import Iq, IqType, Message, MessageType, Presence

OWNER, ADMIN, MEMBER, NONE, OUTCAST = (
    MucAffiliation.OWNER,
    MucAffiliation.ADMIN,
    MucAffiliation.MEMBER,
    MucAffiliation.NONE,
    MucAffiliation.OUTCAST,
)
MODERATOR, PARTICIPANT, VISITOR, NOBODY = MucRole.MODERATOR, MucRole.PARTICIPANT, MucRole.VISITOR, MucRole.NONE


def config_of(hall: Hall, name: str = "juliet") -> tuple[DataForm, RoomConfig]:
    query = hall.client(name).ask(Iq.get(MucOwnerQuery(), HALL, id="get")).get(MucOwnerQuery)
    assert query is not None and query.form is not None
    return query.form, RoomConfig.from_form(query.form)


def submit(hall: Hall, form: DataForm, name: str = "juliet") -> Iq:
    return hall.client(name).ask(Iq.set(MucOwnerQuery(form=form), HALL, id="set"))


# --- configuration ----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "10.1.3", "10.2")
def test_a_reserved_room_is_configured_by_its_form() -> None:
    hall = Hall()
    hall.enter("juliet")
    form, config = config_of(hall)
    assert form.type is DataFormType.FORM
    assert (config.owners, config.admins, config.persistent, config.public) == ([address("juliet")], [], False, True)
    assert (config.max_users, config.whois, config.max_history_fetch) == ("none", Whois.MODERATORS, 20)
    wanted: dict[str, Any] = {
        "room_name": "The hall",
        "description": "Where they dance",
        "lang": "it",
        "persistent": True,
        "public": False,
        "members_only": True,
        "moderated": True,
        "password_protected": True,
        "secret": "capulets",
        "whois": Whois.ANYONE,
        "max_users": 50,
        "max_history_fetch": 7,
        "private_messages": PrivateMessages.PARTICIPANTS,
        "members_may_invite": True,
        "occupants_may_change_subject": True,
        "logging": True,
        "member_list_for": [OccupantRole.MODERATOR],
        "presence_broadcast": [OccupantRole.MODERATOR, OccupantRole.PARTICIPANT],
        "admins": [address("nurse")],
        "owners": [address("juliet"), address("romeo")],
    }
    assert submit(hall, RoomConfig.answer(form, **wanted)).type is IqType.RESULT
    _, after = config_of(hall)
    assert {name: getattr(after, name) for name in wanted} == wanted
    form, _ = config_of(hall)
    assert submit(hall, form.submit()).type is IqType.RESULT, "the form as it stands is a good answer"
    assert config_of(hall)[1] == after


@pytest.mark.spec("XEP-0045", "10.1.3", "10.2")
@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"password_protected": True}, "not-acceptable"),
        ({"password_protected": True, "secret": ""}, "not-acceptable"),
        ({"max_users": 100_000}, "not-acceptable"),
        ({"max_users": 0}, "not-acceptable"),
        ({"whois": "nobody"}, "not-acceptable"),
        ({"private_messages": "sometimes"}, "not-acceptable"),
        ({"presence_broadcast": ["king"]}, "not-acceptable"),
        ({"room_name": "x" * 201}, "not-acceptable"),
        ({"secret": "x" * 201}, "not-acceptable"),
        ({"lang": "x" * 201}, "not-acceptable"),
        ({"description": "x" * 2001}, "not-acceptable"),
        ({"admins": [JID("capulet.lit")]}, "not-acceptable"),
        ({"admins": [JID(f"n{n}@capulet.lit") for n in range(101)]}, "not-acceptable"),
        ({"owners": [address("romeo")], "whois": "nobody"}, "not-acceptable"),
    ],
)
def test_a_configuration_that_is_not_possible_changes_nothing(config: dict[str, Any], error: str) -> None:
    hall = Hall()
    hall.open(moderated=True)
    hall.enter("romeo")
    before = config_of(hall)[1]
    assert condition(hall.configure("juliet", moderated=False, **config)) == error
    assert config_of(hall)[1] == before
    assert hall.client("juliet").heard()[-1].sender == HALL.with_resource("romeo")


@pytest.mark.spec("XEP-0045", "10.1.2", "10.2")
def test_forms_that_are_none() -> None:
    hall = Hall()
    hall.open()
    wrong = RoomRegistration(nick="x").to_form()
    broken = DataForm(
        type=DataFormType.SUBMIT,
        fields=[
            Field(var="FORM_TYPE", values=["http://jabber.org/protocol/muc#roomconfig"]),
            Field(var="muc#roomconfig_publicroom", values=["perhaps"]),
        ],
    )
    for query in (
        MucOwnerQuery(form=wrong),
        MucOwnerQuery(form=broken),
        MucOwnerQuery(form=DataForm(type=DataFormType.RESULT)),
        MucOwnerQuery(),
    ):
        assert condition(hall.client("juliet").ask(Iq.set(query, HALL, id="s"))) == "bad-request"
    cancel = MucOwnerQuery(form=DataForm(type=DataFormType.CANCEL))
    assert hall.client("juliet").ask(Iq.set(cancel, HALL, id="s")).type is IqType.RESULT
    assert hall.client("juliet").heard() == [], "the room goes on as it was"


@pytest.mark.spec("XEP-0045", "10.2.1")
@pytest.mark.parametrize(
    ("first", "then", "codes"),
    [
        ({}, {"whois": Whois.ANYONE}, ["172"]),
        ({"whois": Whois.ANYONE}, {"whois": Whois.MODERATORS}, ["173"]),
        ({}, {"logging": True}, ["170"]),
        ({"logging": True}, {"logging": False}, ["171"]),
        ({}, {"room_name": "Hall"}, ["104"]),
        ({}, {"members_may_invite": True, "logging": True, "whois": Whois.ANYONE}, ["104", "170", "172"]),
        ({"public": False}, {"public": False}, None),
    ],
)
def test_occupants_are_told_of_another_configuration(
    first: dict[str, Any], then: dict[str, Any], codes: list[str] | None
) -> None:
    hall = Hall()
    hall.open(**first)
    hall.enter("romeo")
    hall.forget()
    hall.configure("juliet", **then)
    for name in ("juliet", "romeo"):
        told = hall.client(name).heard()
        if codes is None:
            assert told == []
        else:
            (notice,) = told
            assert (notice.sender, notice.type) == (HALL, MessageType.GROUPCHAT)
            assert [status.code for status in user_of(notice).statuses] == codes


@pytest.mark.spec("XEP-0045", "10.2")
def test_a_room_becomes_one_for_members() -> None:
    hall = Hall()
    hall.open()
    hall.affiliate("nurse", MEMBER)
    for name in ("romeo", "nurse", "tybalt"):
        hall.enter(name)
    hall.forget()
    hall.configure("juliet", members_only=True)
    out = [(name, False, NOBODY, NONE) for name in ("romeo", "tybalt")]
    assert presences(hall.client("nurse").heard()) == [(*one, (322,)) for one in out]
    assert presences(hall.client("romeo").heard()) == [(*out[0], (110, 322))]
    assert presences(hall.client("tybalt").heard()) == [(*out[1], (110, 322))], "who is out hears of nobody"


@pytest.mark.spec("XEP-0045", "5.1.1", "10.2")
def test_where_the_room_is_not_moderated_any_more_everybody_has_voice() -> None:
    hall = Hall()
    hall.open(moderated=True, presence_broadcast=[OccupantRole.MODERATOR, OccupantRole.PARTICIPANT])
    hall.enter("romeo")
    hall.enter("nurse")
    hall.forget()
    hall.configure("juliet", moderated=False)
    for name, codes in (("juliet", ()), ("romeo", (110,))):
        (told,) = [one for one in presences(hall.client(name).heard()) if one.nick == "romeo"]
        assert told == ("romeo", True, PARTICIPANT, NONE, codes)


@pytest.mark.spec("XEP-0045", "7.2.2", "10.2")
def test_presence_is_shown_or_hidden_by_the_configuration() -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    hall.enter("nurse")
    hall.forget()
    hall.configure("juliet", presence_broadcast=[OccupantRole.MODERATOR])
    assert presences(hall.client("nurse").heard()) == [("romeo", False, NOBODY, NONE, ())]
    hall.configure("juliet", presence_broadcast=[OccupantRole.MODERATOR, OccupantRole.PARTICIPANT])
    assert presences(hall.client("nurse").heard()) == [("romeo", True, PARTICIPANT, NONE, ())]


@pytest.mark.spec("XEP-0045", "10.2")
def test_owners_and_admins_by_the_configuration() -> None:
    hall = Hall()
    hall.open(moderated=True)
    for name in ("romeo", "nurse"):
        hall.enter(name)
    hall.forget()
    hall.configure("juliet", owners=[address("juliet"), address("romeo")], admins=[address("nurse")])
    told = {one.nick: one for one in presences(hall.client("juliet").heard())}
    assert told == {
        "romeo": ("romeo", True, MODERATOR, OWNER, ()),
        "nurse": ("nurse", True, MODERATOR, ADMIN, ()),
    }
    form, _ = config_of(hall, "romeo")
    assert submit(hall, RoomConfig.answer(form, admins=[]), "romeo").type is IqType.RESULT
    assert ("nurse", True, VISITOR, NONE, ()) in presences(hall.client("juliet").heard())
    hall.forget()
    hall.configure("romeo", owners=[address("romeo")])
    assert ("juliet", True, MODERATOR, ADMIN, ()) in presences(hall.client("romeo").heard())
    assert condition(hall.configure("juliet", public=False)) == "forbidden"
    assert condition(hall.configure("romeo", owners=[address("romeo")], public=False, whois="x")) == "not-acceptable"
    empty = RoomConfig().to_form()
    empty.fields.append(Field(var="muc#roomconfig_roomowners", values=[]))
    assert condition(submit(hall, empty, "romeo")) == "conflict"


@pytest.mark.spec("XEP-0045", "10.9")
def test_a_room_is_destroyed() -> None:
    hall = Hall()
    hall.open(persistent=True)
    hall.enter("romeo")
    hall.forget()
    place = JID("garden@conference.capulet.lit")
    juliet = hall.client("juliet")
    juliet.say(Iq.set(MucOwnerQuery(destroy=MucDestroy(jid=place, reason="Macbeth doth come.")), HALL, id="d1"))
    gone, result = juliet.heard()
    assert result.type is IqType.RESULT
    (other,) = hall.client("romeo").heard()
    for name, one in (("juliet", gone), ("romeo", other)):
        destroyed = user_of(one).destroy
        assert (one.type, one.sender) == ("unavailable", HALL.with_resource(name))
        assert destroyed is not None and (destroyed.jid, destroyed.reason) == (place, "Macbeth doth come.")
        assert item_of(one).role is NOBODY
    assert presences(hall.enter("romeo"))[-1].codes == (110, 201)


# --- invitations ------------------------------------------------------------------------------------------------------


def invite(*people: str, **more: Any) -> Message:
    return Message(HALL, payloads=[MucUser(invites=[MucInvite(to=JID(person), **more) for person in people])], id="v1")


@pytest.mark.spec("XEP-0045", "7.8.2", "7.9")
@pytest.mark.parametrize("whois", list(Whois))
def test_an_invitation_and_its_refusal(whois: Whois) -> None:
    hall = Hall()
    hall.open(whois=whois, password_protected=True, secret="capulets")
    hall.enter("romeo", password="capulets")
    nurse = hall.client("nurse")
    hall.forget()
    romeo = hall.client("romeo")
    romeo.say(invite("nurse@capulet.lit", reason="come", continuation=MucContinue(thread="t1")))
    (told,) = nurse.heard()
    (invitation,) = user_of(told).invites
    who = romeo.jid.bare if whois is Whois.ANYONE else HALL.with_resource("romeo")
    assert (told.sender, told.type, told.to) == (HALL, MessageType.NORMAL, address("nurse"))
    assert (invitation.sender, invitation.to, invitation.reason) == (who, None, "come")
    assert invitation.continuation == MucContinue(thread="t1")
    assert user_of(told).password == "capulets"
    refusal = Message(HALL, payloads=[MucUser(decline=MucDecline(to=who, reason="no"))], id="d1")
    hall.client("tybalt").say(refusal)
    assert [condition(one) for one in hall.client("tybalt").heard()] == ["item-not-found"], "nobody invited him"
    nurse.say(refusal)
    (told,) = romeo.heard()
    declined = user_of(told).decline
    assert declined is not None and (declined.sender, declined.reason, told.sender) == (address("nurse"), "no", HALL)
    nurse.say(refusal)
    assert [condition(one) for one in nurse.heard()] == ["item-not-found"], "once"
    assert romeo.heard() == hall.client("juliet").heard() == []


@pytest.mark.spec("XEP-0045", "7.8.2", "9.5")
@pytest.mark.parametrize("lets", [True, False])
def test_invitations_into_a_room_for_members(lets: bool) -> None:
    hall = Hall()
    hall.open(members_only=True, members_may_invite=lets)
    for name in ("romeo", "nurse", "tybalt", "paris"):
        hall.client(name)
    hall.affiliate("romeo", MEMBER)
    assert [user_of(one).invites[0].sender for one in hall.client("romeo").heard()] == []
    hall.enter("romeo")
    hall.client("romeo").say(invite("nurse@capulet.lit"))
    hall.client("juliet").say(invite("paris@capulet.lit"))
    assert len(hall.client("paris").heard()) == 1
    assert presences(hall.enter("paris"))[-1].affiliation is MEMBER
    if lets:
        assert len(hall.client("nurse").heard()) == 1
        assert presences(hall.enter("nurse"))[-1].affiliation is MEMBER
    else:
        assert [condition(one) for one in hall.client("romeo").heard() if one.type == "error"] == ["forbidden"]
        assert hall.client("nurse").heard() == []
        assert condition(hall.enter("nurse")[0]) == "registration-required"


@pytest.mark.spec("XEP-0045", "9.5")
def test_who_is_made_a_member_of_a_room_for_members_is_invited() -> None:
    hall = Hall()
    hall.open(members_only=True)
    nurse = hall.client("nurse")
    hall.forget()
    item = MucAdminItem(jid=address("nurse"), affiliation=MEMBER, reason="welcome")
    assert hall.set("juliet", item).type is IqType.RESULT
    (told,) = nurse.heard()
    (invitation,) = user_of(told).invites
    assert (invitation.sender, invitation.reason) == (HALL.with_resource("juliet"), "welcome")


@pytest.mark.spec("XEP-0045", "7.8.2")
@pytest.mark.parametrize(
    ("message", "error"),
    [
        (invite("mercutio@capulet.lit"), "item-not-found"),
        (invite("tybalt@capulet.lit"), "not-allowed"),
        (Message(HALL, payloads=[MucUser(invites=[MucInvite()])]), "bad-request"),
        (invite(*["nurse@capulet.lit"] * 21), "policy-violation"),
        (Message(HALL, payloads=[MucUser(decline=MucDecline())]), "bad-request"),
        (Message(HALL, payloads=[MucUser()]), "bad-request"),
        (Message(HALL), "bad-request"),
    ],
)
def test_invitations_that_are_refused(message: Message, error: str) -> None:
    hall = Hall()
    hall.open()
    hall.affiliate("tybalt", OUTCAST)
    hall.enter("romeo")
    nurse, tybalt = hall.client("nurse"), hall.client("tybalt")
    hall.forget()
    hall.client("romeo").say(message)
    assert [condition(one) for one in hall.client("romeo").heard()] == [error]
    nurse.say(invite("tybalt@capulet.lit"))
    assert [condition(one) for one in nurse.heard()] == ["not-acceptable"], "who is outside invites nobody"
    assert tybalt.heard() == []


# --- registration -----------------------------------------------------------------------------------------------------


def register(hall: Hall, name: str, nick: str | None) -> Iq:
    query = RegistrationQuery(form=RoomRegistration(nick=nick).to_form())
    return hall.client(name).ask(Iq.set(query, HALL, id="r"))


@pytest.mark.spec("XEP-0045", "7.10", "7.12")
def test_registration_reserves_a_nickname() -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    romeo = hall.client("romeo")
    query = romeo.ask(Iq.get(RegistrationQuery(), HALL, id="g")).get(RegistrationQuery)
    assert query is not None and query.form is not None and not query.registered
    assert [one.var for one in query.form.fields if one.required] == ["muc#register_roomnick"]
    hall.forget()
    assert romeo.ask(
        Iq.set(RegistrationQuery(form=RoomRegistration.answer(query.form, nick="rover")), HALL, id="s")
    ).type
    assert presences(hall.client("juliet").heard()) == [("romeo", True, PARTICIPANT, MEMBER, ())]
    query = romeo.ask(Iq.get(RegistrationQuery(), HALL, id="g2")).get(RegistrationQuery)
    assert query is not None and (query.registered, query.username) == (True, "rover")
    info = romeo.ask(Iq.get(DiscoInfo(node="x-roomuser-item"), HALL, id="n")).get(DiscoInfo)
    assert info is not None and [one.name for one in info.identities] == ["rover"]
    info = hall.client("nurse").ask(Iq.get(DiscoInfo(node="x-roomuser-item"), HALL, id="n")).get(DiscoInfo)
    assert info is not None and info.identities == []
    assert condition(hall.enter("nurse", "Rover")[0]) == "conflict"
    assert condition(register(hall, "nurse", "Rover")) == "conflict"
    assert condition(register(hall, "nurse", "Juliet")) == "conflict", "somebody who is there has it"
    assert condition(register(hall, "nurse", None)) == "not-acceptable"
    assert condition(register(hall, "nurse", " ")) == "not-acceptable"
    empty = Iq.set(RegistrationQuery(), HALL, id="e")
    assert condition(hall.client("nurse").ask(empty)) == "bad-request"
    hall.forget()
    assert romeo.ask(Iq.set(RegistrationQuery(remove=True), HALL, id="x")).type is IqType.RESULT
    assert presences(hall.client("juliet").heard()) == [("romeo", True, PARTICIPANT, NONE, ())]
    assert condition(romeo.ask(Iq.set(RegistrationQuery(remove=True), HALL, id="x"))) == "registration-required"
    assert register(hall, "nurse", "Rover").type is IqType.RESULT


@pytest.mark.spec("XEP-0045", "7.10")
def test_an_owner_who_registers_stays_an_owner() -> None:
    hall = Hall()
    hall.open()
    assert register(hall, "juliet", "jule").type is IqType.RESULT
    assert hall.client("juliet").ask(Iq.set(RegistrationQuery(remove=True), HALL, id="x")).type is IqType.RESULT
    assert presences(hall.client("juliet").heard()) == []
    query = hall.get("juliet", MucAdminItem(affiliation=OWNER)).get(MucAdminQuery)
    assert query is not None and [(item.jid, item.nick) for item in query.items] == [(address("juliet"), None)]


@pytest.mark.spec("XEP-0045", "7.10")
@pytest.mark.parametrize(
    ("config", "banned"), [({"members_only": True}, False), ({"moderated": True}, False), ({}, True)]
)
def test_registration_is_no_way_around_admins(config: dict[str, Any], banned: bool) -> None:
    hall = Hall()
    hall.open(**config)
    if banned:
        hall.affiliate("romeo", OUTCAST)
    assert condition(register(hall, "romeo", "romeo")) == "not-allowed"
    assert condition(hall.client("romeo").ask(Iq.get(RegistrationQuery(), HALL, id="g"))) == "not-allowed"
    if config.get("moderated"):
        hall.enter("romeo")
        assert condition(register(hall, "romeo", "romeo")) == "not-allowed"
        hall.promote("romeo", PARTICIPANT)
        assert register(hall, "romeo", "romeo").type is IqType.RESULT


# --- discovery --------------------------------------------------------------------------------------------------------


def info_of(hall: Hall, to: JID, name: str = "romeo") -> DiscoInfo:
    info = hall.client(name).ask(Iq.get(DiscoInfo(), to, id="i")).get(DiscoInfo)
    assert info is not None
    return info


@pytest.mark.spec("XEP-0045", "6.2", "6.3")
def test_discovery_of_the_service() -> None:
    hall = Hall()
    info = info_of(hall, SERVICE)
    assert [(one.category, one.type) for one in info.identities] == [("conference", "text")]
    assert {"http://jabber.org/protocol/muc", "urn:xmpp:occupant-id:0", "muc_rooms"} <= set(info.features)
    romeo = hall.client("romeo")
    assert romeo.ask(Iq.get(Ping(), SERVICE, id="p")).type is IqType.RESULT
    assert condition(romeo.ask(Iq.get(Version(), SERVICE, id="v"))) == "service-unavailable"
    for payload in (DiscoInfo(node="x"), DiscoItems(node="x")):
        assert condition(romeo.ask(Iq.get(payload, SERVICE, id="n"))) == "item-not-found"
    romeo.say(Message(SERVICE, "hello"), Message(SERVICE, "hello", type=MessageType.GROUPCHAT))
    assert [condition(one) for one in romeo.heard()] == ["item-not-found"] * 2


@pytest.mark.spec("XEP-0045", "6.3")
@pytest.mark.spec("XEP-0059", "2.1", "2.2", "2.3", "2.5", "2.7")
def test_public_rooms_are_listed() -> None:
    hall = Hall()
    rooms = [JID(f"r{number}@conference.capulet.lit") for number in range(5)]
    for room in rooms:
        hall.open(room=room, room_name=f"Room {room.localpart}")
    hall.open(room=JID("secret@conference.capulet.lit"), public=False)
    hall.enter("juliet", room=JID("unfinished@conference.capulet.lit"))

    def ask(**wish: Any) -> DiscoItems:
        query = DiscoItems(set=ResultSet(**wish) if wish else None)
        items = hall.client("romeo").ask(Iq.get(query, SERVICE, id="i")).get(DiscoItems)
        assert items is not None
        return items

    assert [(one.jid, one.name) for one in ask().items] == [(room, f"Room {room.localpart}") for room in rooms]
    assert ask().set is None
    page = ask(max=2)
    assert [one.jid for one in page.items] == rooms[:2]
    assert page.set is not None and (page.set.count, page.set.last) == (5, str(rooms[1]))
    assert page.set.first is not None and (page.set.first.index, page.set.first.id) == (0, str(rooms[0]))
    assert [one.jid for one in ask(max=2, after=str(rooms[1])).items] == rooms[2:4]
    assert [one.jid for one in ask(max=2, before="").items] == rooms[3:]
    assert [one.jid for one in ask(max=2, before=str(rooms[3])).items] == rooms[1:3]
    counted = ask(max=0)
    assert counted.items == [] and counted.set is not None and counted.set.count == 5


@pytest.mark.spec("XEP-0045", "6.4", "16.3")
@pytest.mark.parametrize(
    ("config", "features"),
    [
        ({}, "public open unmoderated semianonymous unsecured temporary"),
        (
            {
                "public": False,
                "members_only": True,
                "moderated": True,
                "whois": Whois.ANYONE,
                "password_protected": True,
                "secret": "x",
                "persistent": True,
            },
            "hidden membersonly moderated nonanonymous passwordprotected persistent",
        ),
    ],
)
def test_discovery_of_a_room(config: dict[str, Any], features: str) -> None:
    hall = Hall()
    hall.open(room_name="The hall", description="big", lang="it", max_history_fetch=9, **config)
    hall.client("juliet").say(Message(HALL, type=MessageType.GROUPCHAT, subject="love"))
    info = info_of(hall, HALL)
    assert [(one.category, one.type, one.name) for one in info.identities] == [("conference", "text", "The hall")]
    assert {one for one in info.features if one.startswith("muc_")} == {f"muc_{name}" for name in features.split()}
    assert {
        "http://jabber.org/protocol/muc",
        "http://jabber.org/protocol/muc#stable_id",
        "http://jabber.org/protocol/muc#self-ping-optimization",
        "urn:xmpp:occupant-id:0",
        "urn:xmpp:sid:0",
    } <= set(info.features)
    form = info.get_form("http://jabber.org/protocol/muc#roominfo")
    assert form is not None
    about = RoomInfo.from_form(form)
    assert (about.description, about.occupants, about.lang, about.max_history_fetch) == ("big", 1, "it", 9)
    assert about.subject == (None if config else "love"), "what is said in a hidden room is not for strangers"


@pytest.mark.spec("XEP-0045", "6.4", "6.5", "18.1.1")
def test_what_discovery_does_not_tell() -> None:
    hall = Hall()
    hall.open()
    romeo = hall.client("romeo")
    nowhere = JID("nowhere@conference.capulet.lit")
    for payload in (DiscoInfo(), DiscoItems(), MucOwnerQuery(), MucAdminQuery(), RegistrationQuery(), Ping()):
        assert condition(romeo.ask(Iq.get(payload, nowhere, id="i"))) == "item-not-found"
    assert condition(romeo.ask(Iq.get(Version(), HALL, id="i"))) == "service-unavailable"
    traffic = DiscoInfo(node="http://jabber.org/protocol/muc#traffic")
    assert condition(romeo.ask(Iq.get(traffic, HALL, id="i"))) == "service-unavailable"
    for query in (DiscoInfo(node="x"), DiscoItems(node="x")):
        assert condition(romeo.ask(Iq.get(query, HALL, id="i"))) == "item-not-found"
    items = romeo.ask(Iq.get(DiscoItems(), HALL, id="i")).get(DiscoItems)
    assert items is not None and items.items == [], "who is there is for those who are"
    hall.enter("romeo")
    items = romeo.ask(Iq.get(DiscoItems(), HALL, id="i")).get(DiscoItems)
    assert items is not None
    assert [one.jid for one in items.items] == [HALL.with_resource("juliet"), HALL.with_resource("romeo")]
    hall.enter("nurse", room=nowhere)
    assert condition(romeo.ask(Iq.get(DiscoInfo(), nowhere, id="i"))) == "item-not-found", "it is locked"
    assert info_of(hall, nowhere, "nurse").identities


@pytest.mark.spec("RFC 6121", "3.1.3", "4.3.2")
def test_nobody_subscribes_to_a_room() -> None:
    hall = Hall()
    hall.open()
    romeo = hall.login("romeo", "roster", roster=True)
    romeo.say(Presence(HALL, type="subscribe"))
    assert [(one.type, one.sender) for one in romeo.heard() if isinstance(one, Presence)] == [("unsubscribed", HALL)]
    romeo.say(Presence(HALL, type="probe"), Presence(HALL.with_resource("juliet"), type="probe"))
    assert romeo.heard() == hall.client("juliet").heard() == []
