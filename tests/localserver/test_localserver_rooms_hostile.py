"""Rooms of the local server: what hostile clients may try, and who comes from elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.countries import CAPULET, MONTAGUE, Countries
from tests.localserver.rooms_hall import HALL, PEOPLE, Hall, address, condition, presences
from tests.localserver.town import Client, Town, bodies
from tests.pair import seeded
from xmppwire.im.rooms import Joined, Room, RoomMessage, SubjectChanged, accept_defaults, fetch_room_info
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits, RoomLimits
from xmppwire.protocol.data_forms import DataForm, DataFormType
from xmppwire.protocol.muc import MucAffiliation, MucJoin, MucRole
from xmppwire.protocol.muc_admin import MucAdminItem
from xmppwire.protocol.muc_owner import MucOwnerQuery
from xmppwire.protocol.muc_user import MucDecline, MucInvite, MucUser
from xmppwire.protocol.occupant_id import OccupantId
from xmppwire.session import Session
from xmppwire.stanza import Iq, IqType, Message, MessageType, Presence
from xmppwire.stream import ComponentConfig
from xmppwire.stream.management import StreamManagement
from xmppwire.xml import Element

MUC, USER, ADMIN, REGISTER = (
    "http://jabber.org/protocol/muc",
    "http://jabber.org/protocol/muc#user",
    "http://jabber.org/protocol/muc#admin",
    "jabber:iq:register",
)


def limited(**limits: Any) -> Hall:
    return Hall(limits=LocalLimits(rooms=RoomLimits(**limits)))


def room(number: int) -> JID:
    return JID(f"r{number}@conference.capulet.lit")


# --- bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "10.1.1", "13.6")
def test_only_so_many_rooms() -> None:
    hall = limited(rooms=3, rooms_of_one=2)
    for number in range(2):
        hall.open("romeo", room=room(number))
    assert condition(hall.enter("romeo", room=room(2))[0]) == "not-allowed"
    hall.open("nurse", room=room(2))
    assert condition(hall.enter("tybalt", room=room(3))[0]) == "resource-constraint"
    hall.client("romeo").leave()
    assert presences(hall.enter("tybalt", room=room(3)))[-1].codes == (110, 201)


def test_only_so_many_clients_with_one_nickname_and_in_all_rooms() -> None:
    hall = limited(sessions=2, occupancies=4)
    hall.open()
    for resource in ("phone", "laptop"):
        assert presences(hall.enter("romeo", resource=resource))
    assert condition(hall.enter("romeo", resource="watch")[0]) == "resource-constraint"
    assert presences(hall.enter("romeo", "other", resource="watch"))
    assert condition(hall.enter("nurse")[0]) == "resource-constraint"
    hall.client("romeo", "watch").leave()
    assert presences(hall.enter("nurse"))


@pytest.mark.parametrize("how", ["enter", "change", "leave"])
def test_so_much_presence_is_neither_kept_nor_sent_on(how: str) -> None:
    hall = limited(presence_bytes=1000)
    hall.open()
    text = "x" * 2000
    if how == "enter":
        assert condition(hall.enter("romeo", status=text)[0]) == "policy-violation"
        assert hall.client("juliet").heard() == []
        return
    hall.enter("romeo")
    hall.forget()
    hall.client("romeo").say(
        Presence(HALL.with_resource("romeo"), type="unavailable" if how == "leave" else None, status=text)
    )
    if how == "change":
        assert [condition(one) for one in hall.client("romeo").heard()] == ["policy-violation"]
        assert hall.client("juliet").heard() == []
    else:
        (told,) = hall.client("juliet").heard()
        assert (told.type, told.status) == ("unavailable", None)


@pytest.mark.parametrize("kind", ["all", "subject", "one", "iq", "error"])
def test_a_message_that_is_too_long_for_a_room(kind: str) -> None:
    hall = limited(message_bytes=2000)
    hall.open()
    hall.enter("nurse")
    hall.forget()
    juliet, text, nurse = hall.client("juliet"), "x" * 3000, HALL.with_resource("nurse")
    juliet.say(
        {
            "all": Message(HALL, text, type=MessageType.GROUPCHAT),
            "subject": Message(HALL, type=MessageType.GROUPCHAT, subject=text),
            "one": Message(nurse, text, type=MessageType.CHAT),
            "iq": Iq.get(Element(("urn:example", "q"), {}, [text]), nurse, id="i"),
            "error": Message(nurse, text, type=MessageType.ERROR),
        }[kind]
    )
    assert [condition(one) for one in juliet.heard()] == ([] if kind == "error" else ["policy-violation"])
    assert hall.client("nurse").heard() == []
    assert bodies(hall.enter("romeo")) == [None], "there is no history"


def test_only_so_many_users_have_an_affiliation() -> None:
    hall = limited(affiliations=3, items=2)
    hall.open()
    items = [MucAdminItem(jid=address(f"n{number}"), affiliation=MucAffiliation.MEMBER) for number in range(4)]
    assert condition(hall.set("juliet", *items[:3])) == "policy-violation"
    assert hall.set("juliet", *items[:2]).type is IqType.RESULT
    assert condition(hall.set("juliet", items[2])) == "resource-constraint"
    change = MucAdminItem(jid=address("n0"), affiliation=MucAffiliation.OUTCAST)
    assert hall.set("juliet", change).type is IqType.RESULT, "who is known already takes no more room"
    full = [JID("juliet@capulet.lit"), JID("n7@capulet.lit"), JID("n8@capulet.lit")]
    assert condition(hall.configure("juliet", owners=full[:2])) == "resource-constraint"


def test_only_so_many_invitations_are_remembered() -> None:
    hall = limited(invitations=2)
    hall.open()
    for name in ("romeo", "nurse", "tybalt"):
        hall.client(name)
        hall.client("juliet").say(Message(HALL, payloads=[MucUser(invites=[MucInvite(to=address(name))])]))
    hall.forget()
    refusal = Message(HALL, payloads=[MucUser(decline=MucDecline(to=HALL.with_resource("juliet")))])
    outcome = {name: hall.client(name) for name in ("romeo", "nurse", "tybalt")}
    for client in outcome.values():
        client.say(refusal)
    assert {name: [condition(one) for one in client.heard()] for name, client in outcome.items()} == {
        "romeo": ["item-not-found"],
        "nurse": [],
        "tybalt": [],
    }


# --- payloads that are none -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "child",
    [
        Element((MUC, "x"), {}, [Element((MUC, "history"), {"maxstanzas": "many"})]),
        Element((MUC, "x"), {}, [Element((MUC, "history"), {"since": "yesterday"})]),
        Element((MUC, "x"), {}, [Element((MUC, "history"), {"seconds": "-1"})]),
    ],
)
def test_a_wish_to_enter_that_cannot_be_read(child: Element) -> None:
    hall = Hall()
    hall.open()
    hall.client("romeo").say(Presence(HALL.with_resource("romeo"), payloads=[child]))
    assert [condition(one) for one in hall.client("romeo").heard()] == ["bad-request"]
    hall.client("romeo").say(Presence("new@conference.capulet.lit/romeo", payloads=[child]))
    assert [condition(one) for one in hall.client("romeo").heard()] == ["bad-request"]
    assert hall.client("juliet").heard() == []
    assert presences(hall.enter("nurse", room=JID("new@conference.capulet.lit")))[-1].codes == (110, 201)


@pytest.mark.parametrize(
    "query",
    [
        Element((ADMIN, "query"), {}, [Element((ADMIN, "item"), {"affiliation": "king", "jid": "romeo@capulet.lit"})]),
        Element((ADMIN, "query"), {}, [Element((ADMIN, "item"), {"affiliation": "none", "jid": "@"})]),
        Element((ADMIN, "query"), {}, [Element((ADMIN, "item"), {"role": "king", "nick": "juliet"})]),
        Element((REGISTER, "query"), {}, [Element(("jabber:x:data", "x"), {"type": "king"})]),
    ],
)
def test_a_request_that_cannot_be_read(query: Element) -> None:
    hall = Hall()
    hall.open()
    for kind in ("get", "set"):
        reply = hall.client("juliet").ask(Iq(kind, HALL, payload=query, id="q"))
        assert condition(reply) == "bad-request"


@pytest.mark.parametrize(
    "child",
    [
        Element((USER, "x"), {}, [Element((USER, "invite"), {"to": "@"})]),
        Element((USER, "x"), {}, [Element((USER, "decline"), {"to": "@"})]),
        Element(("jabber:x:data", "x"), {"type": "king"}),
    ],
)
def test_a_message_for_the_room_that_cannot_be_read(child: Element) -> None:
    hall = Hall()
    hall.open()
    hall.client("juliet").say(Message(HALL, payloads=[child]))
    assert [condition(one) for one in hall.client("juliet").heard()] == ["bad-request"]


def test_errors_that_cannot_be_read_are_not_answered() -> None:
    hall = Hall()
    hall.open()
    broken = Element(("jabber:client", "error"), {"by": "@"})
    for to in (
        HALL,
        HALL.with_resource("juliet"),
        JID("nowhere@conference.capulet.lit"),
        JID("conference.capulet.lit"),
    ):
        for kind in (Message, Presence):
            hall.client("romeo").say(kind(to, type="error"), kind(to, type="error", payloads=[broken]))
        hall.client("romeo").say(Iq("error", to, id="1"), Iq("result", to, id="2"))
    hall.client("juliet").say(Presence(HALL.with_resource("juliet"), type="error", payloads=[broken]))
    assert hall.client("romeo").heard() == hall.client("juliet").heard() == []


# --- tricks -----------------------------------------------------------------------------------------------------------


def test_rooms_do_not_talk_to_each_other_for_ever() -> None:
    hall = Hall()
    hall.open()
    hall.open("romeo", room=room(1))
    people = [HALL, room(1), room(1).with_resource("romeo"), room(7), JID("conference.capulet.lit")]
    user = MucUser(invites=[MucInvite(to=one) for one in people])
    hall.client("juliet").say(Message(HALL, payloads=[user]))
    assert hall.client("juliet").heard() == hall.client("romeo").heard() == []


def test_nobody_reads_what_is_said_where_he_is_not() -> None:
    hall = Hall()
    hall.open()
    hall.client("romeo").say(Presence(HALL, payloads=[]))
    hall.client("romeo").heard()
    hall.shout("juliet", "a secret")
    hall.client("juliet").say(Message(HALL, type=MessageType.GROUPCHAT, subject="secret"))
    assert hall.client("romeo").heard() == []


def test_a_client_that_does_not_read_is_gone_from_the_room_and_costs_the_others_nothing() -> None:
    limits = LocalLimits(queue_bytes=20_000, rooms=RoomLimits(message_bytes=10_000))
    hall = Hall(limits=limits, management=None)
    hall.open()
    for name in ("romeo", "nurse", "tybalt"):
        hall.enter(name)
    hall.forget()
    for name in ("romeo", "nurse"):
        hall.client(name).wire.server.frozen = True
    for number in range(12):
        hall.shout("juliet", f"{number}" + "x" * 5000)
    heard = hall.client("tybalt").heard()
    assert [body[:2].strip("x") for body in bodies(heard) if body] == [str(number) for number in range(12)]
    out = [one for one in presences(heard) if not one.there]
    assert sorted(one.nick or "" for one in out) == ["nurse", "romeo"]
    assert all(one.role is MucRole.NONE for one in out)


def test_a_flood_of_nicknames_leaves_nothing_behind() -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    for number in range(50):
        hall.client("romeo").say(Presence(HALL.with_resource(f"n{number}")))
    hall.client("romeo").heard()
    hall.client("romeo").leave()
    assert [seen.nick for seen in presences(hall.enter("nurse"))] == ["juliet", "nurse"]
    hall.client("nurse").leave()
    hall.client("juliet").leave()
    rooms = hall.town.server.hub.rooms
    assert rooms is not None and rooms.rooms == {}


def test_a_cancelled_configuration_ends_no_room_that_was_configured() -> None:
    hall = Hall()
    hall.open()
    hall.affiliate("romeo", MucAffiliation.OWNER)
    cancel = MucOwnerQuery(form=DataForm(type=DataFormType.CANCEL))
    assert hall.client("romeo").ask(Iq.set(cancel, HALL, id="c")).type is IqType.RESULT
    assert presences(hall.enter("nurse"))[-1].nick == "nurse"


def test_the_identifiers_of_occupants_tell_nothing_of_the_server_next_door() -> None:
    def identifier(seed: int) -> str:
        town = Town(PEOPLE)
        town.server.hub.random = seeded(seed)
        juliet = town.login("juliet@capulet.lit")
        juliet.say(Presence(HALL.with_resource("j"), payloads=[MucJoin()]))
        found = juliet.heard()[0].get(OccupantId)
        assert found is not None
        return str(found.id)

    assert identifier(1) == identifier(1) != identifier(2)


# --- clients that come back, and people from elsewhere ----------------------------------------------------------------


@pytest.mark.spec("XEP-0198", "5")
def test_a_client_that_may_resume_stays_in_the_room() -> None:
    hall = Hall()
    hall.open()
    hall.login("romeo", management=StreamManagement(max_seconds=120))
    hall.enter("romeo")
    hall.forget()
    hall.client("romeo").wire.cut_off()
    hall.town.world.settle()
    assert hall.client("juliet").heard() == []
    hall.town.world.advance(130)
    assert [(one.nick, one.there) for one in presences(hall.client("juliet").heard())] == [("romeo", False)]


@pytest.mark.spec("XEP-0114", "3")
def test_a_component_brings_people_into_a_room() -> None:
    hall = Hall(components={"gate.capulet.lit": "open sesame"})
    hall.open()
    engine = Session(ComponentConfig(jid=JID("gate.capulet.lit"), secret="open sesame", random=seeded(77)))
    gate = Client(hall.town, hall.town.world.join(engine))
    hall.town.world.settle()
    gate.heard()
    for bot in ("bot@gate.capulet.lit", "gate.capulet.lit"):
        gate.say(Presence(HALL.with_resource(f"of {bot}"), sender=bot, payloads=[MucJoin()]))
    assert [(one.nick, one.codes) for one in presences(gate.heard()) if 110 in one.codes] == [
        ("of bot@gate.capulet.lit", (110,)),
        ("of gate.capulet.lit", (110,)),
    ]
    gate.say(Message(HALL, "beep", type=MessageType.GROUPCHAT, sender="bot@gate.capulet.lit"))
    assert bodies(hall.client("juliet").heard())[-1:] == ["beep"]


@pytest.mark.spec("XEP-0045", "5.2", "9.2")
def test_what_a_domain_is_to_a_room_its_users_are_not() -> None:
    hall = Hall(components={"gate.capulet.lit": "open sesame"})
    engine = Session(ComponentConfig(jid=JID("gate.capulet.lit"), secret="open sesame", random=seeded(77)))
    gate = Client(hall.town, hall.town.world.join(engine))
    hall.town.world.settle()
    gate.say(Presence(HALL.with_resource("gate"), sender="gate.capulet.lit", payloads=[MucJoin()]))
    gate.say(Iq.set(MucOwnerQuery(form=DataForm(type=DataFormType.SUBMIT)), HALL, id="c"))
    gate.heard()
    gate.say(Presence(HALL.with_resource("bot"), sender="bot@gate.capulet.lit", payloads=[MucJoin()]))
    own = [one for one in presences(gate.heard()) if 110 in one.codes]
    assert own == [("bot", True, MucRole.PARTICIPANT, MucAffiliation.NONE, (110,))]


@pytest.mark.spec("XEP-0045", "9.2")
def test_users_of_a_domain_that_is_banned_are_put_out_and_stay_out() -> None:
    hall = Hall(components={"gate.capulet.lit": "open sesame"})
    hall.open()
    engine = Session(ComponentConfig(jid=JID("gate.capulet.lit"), secret="open sesame", random=seeded(77)))
    gate = Client(hall.town, hall.town.world.join(engine))
    hall.town.world.settle()
    for name in ("bot", "friend"):
        bot = JID(f"{name}@gate.capulet.lit")
        gate.say(Presence(HALL.with_resource(name), sender=bot, payloads=[MucJoin()]))
    assert hall.set("juliet", MucAdminItem(jid=JID("friend@gate.capulet.lit"), affiliation=MucAffiliation.MEMBER)).type
    gate.heard()
    hall.forget()
    ban = MucAdminItem(jid=JID("gate.capulet.lit"), affiliation=MucAffiliation.OUTCAST)
    assert hall.set("juliet", ban).type is IqType.RESULT
    out = ("bot", False, MucRole.NONE, MucAffiliation.OUTCAST)
    assert presences(hall.client("juliet").heard()) == [(*out, (301,))]
    assert (*out, (110, 301)) in presences(gate.heard())
    for name, welcome in (("bot", False), ("friend", True)):
        bot = JID(f"{name}@gate.capulet.lit")
        gate.say(Presence(HALL.with_resource(f"{name}2"), sender=bot, payloads=[MucJoin()]))
        answers = [one for one in gate.heard() if one.to == bot and isinstance(one, Presence)]
        assert [condition(one) for one in answers if one.type == "error"] == ([] if welcome else ["forbidden"])
    lifted = MucAdminItem(jid=JID("gate.capulet.lit"), affiliation=MucAffiliation.NONE)
    assert hall.set("juliet", lifted).type is IqType.RESULT
    gate.say(Presence(HALL.with_resource("bot"), sender="bot@gate.capulet.lit", payloads=[MucJoin()]))
    assert [one.nick for one in presences(gate.heard()) if 110 in one.codes] == ["bot"]


def test_a_component_may_take_the_place_of_the_rooms() -> None:
    hall = Hall(components={"conference.capulet.lit": "open sesame"})
    engine = Session(ComponentConfig(jid=JID("conference.capulet.lit"), secret="open sesame", random=seeded(77)))
    gate = Client(hall.town, hall.town.world.join(engine))
    hall.town.world.settle()
    gate.heard()
    assert hall.enter("juliet") == []
    (asked,) = gate.heard()
    assert asked.sender == hall.client("juliet").jid


def abroad() -> Countries:
    countries = Countries()
    service = "conference.capulet.lit"
    countries.roads[service] = countries.capulet
    countries.certificates[service] = (service,)
    return countries


@pytest.mark.spec("RFC 6120", "10.4")
def test_people_from_other_servers_enter() -> None:
    countries = abroad()
    juliet, romeo = countries.login(f"juliet@{CAPULET}/balcony"), countries.login(f"romeo@{MONTAGUE}/orchard")
    juliet.say(Presence(HALL.with_resource("juliet"), payloads=[MucJoin()]))
    juliet.say(Iq.set(MucOwnerQuery(form=DataForm(type=DataFormType.SUBMIT)), HALL, id="c"))
    romeo.say(Presence(HALL.with_resource("romeo"), payloads=[MucJoin()]))
    assert [one.nick for one in presences(romeo.heard())] == ["juliet", "romeo"]
    romeo.say(Message(HALL, "from Mantua", type=MessageType.GROUPCHAT))
    assert bodies(juliet.heard())[-1:] == ["from Mantua"]
    juliet.say(Message(HALL.with_resource("romeo"), "psst", type=MessageType.CHAT))
    assert bodies(romeo.heard())[-1:] == ["psst"]
    romeo.leave()
    assert presences(juliet.heard()) == [("romeo", False, MucRole.NONE, MucAffiliation.NONE, ())]


@pytest.mark.spec("XEP-0045", "11.1")
def test_people_whose_server_cannot_be_reached_any_more_are_taken_out() -> None:
    countries = abroad()
    juliet, romeo = countries.login(f"juliet@{CAPULET}/balcony"), countries.login(f"romeo@{MONTAGUE}/orchard")
    juliet.say(Presence(HALL.with_resource("juliet"), payloads=[MucJoin()]))
    juliet.say(Iq.set(MucOwnerQuery(form=DataForm(type=DataFormType.SUBMIT)), HALL, id="c"))
    romeo.say(Presence(HALL.with_resource("romeo"), payloads=[MucJoin()]))
    juliet.heard()
    del countries.roads[MONTAGUE]
    for stream in countries.streams:
        stream.cut_off()
    countries.settle()
    juliet.say(Message(HALL, "is he there?", type=MessageType.GROUPCHAT))
    heard = juliet.heard()
    assert presences(heard) == [("romeo", False, MucRole.NONE, MucAffiliation.NONE, (333,))]


# --- with the client's half -------------------------------------------------------------------------------------------


def test_the_clients_half_understands_all_of_it() -> None:
    hall = Hall()
    juliet, romeo = hall.client("juliet"), hall.client("romeo")
    mine = Room(HALL, "juliet")
    juliet.say(mine.join())
    events = [mine.feed(one) for one in juliet.heard()]
    (joined,) = [one for one in events if isinstance(one, Joined)]
    assert joined.created
    juliet.run(accept_defaults(HALL))
    his = Room(HALL, "romeo")
    his.learn(romeo.run(fetch_room_info(HALL)))
    romeo.say(his.join())
    hall.shout("juliet", "welcome")
    events = [his.feed(one) for one in romeo.heard()]
    assert [type(one) for one in events if isinstance(one, Joined | SubjectChanged | RoomMessage)] == [
        Joined,
        SubjectChanged,
        RoomMessage,
    ]
    assert sorted(his.occupants) == ["juliet", "romeo"]
    assert his.live
