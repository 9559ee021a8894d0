"""Rooms (XEP-0045): what moderators, admins and owners ask for, and what everybody finds out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.im.rooms_stage import ROOM
from tests.session.play import Play
from xmppwire.im.disco import DiscoError
from xmppwire.im.rooms import (
    RoomDetails,
    accept_defaults,
    ban,
    cancel_configuration,
    configure,
    destroy,
    fetch_affiliated,
    fetch_configuration,
    fetch_occupants,
    fetch_reserved_nick,
    fetch_room_info,
    fetch_rooms,
    find_room_services,
    kick,
    register_nick,
    set_affiliation,
    set_affiliations,
    set_role,
    set_roles,
    submit_configuration,
)
from xmppwire.jid import JID
from xmppwire.operation import IqError, Operation, OperationError
from xmppwire.payload import Payload, PayloadError
from xmppwire.protocol.data_forms import DataForm, DataFormType
from xmppwire.protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from xmppwire.protocol.in_band_registration import RegistrationQuery
from xmppwire.protocol.muc import NAMESPACE, MucAffiliation, MucRole, MucRoomFeature
from xmppwire.protocol.muc_admin import MucAdminItem, MucAdminQuery
from xmppwire.protocol.muc_forms import RoomConfig, RoomInfo, RoomRegistration
from xmppwire.protocol.muc_owner import MucDestroy, MucOwnerQuery
from xmppwire.protocol.rsm import First, ResultSet
from xmppwire.session import Running
from xmppwire.stanza import ErrorCondition, Iq, IqType
from xmppwire.xml import Element

SERVICE = JID("chat.shakespeare.lit")
PISTOL = JID("pistol@shakespeare.lit/harfleur")


def asks(play: Play, operation: Operation[Any]) -> tuple[Running[Any], Iq]:
    running = play.run(operation)
    return running, play.asked()


def answered(play: Play, running: Running[Any], iq: Iq, payload: Payload | None = None) -> Any:
    play.say(iq.result(payload).replace(sender=iq.to))
    return running.result()


def refused(play: Play, running: Running[Any], iq: Iq, condition: str) -> ErrorCondition:
    play.say(iq.error_reply(condition).replace(sender=iq.to))
    with pytest.raises(IqError) as caught:
        running.result()
    return caught.value.error.condition


# --- roles and affiliations -----------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "8.2", "8.3", "8.4", "8.5", "9.6", "9.7", "9.8", "17.4")
@pytest.mark.parametrize(
    ("operation", "items"),
    [
        (kick(ROOM, "pistol", "Avaunt!"), [MucAdminItem(nick="pistol", role=MucRole.NONE, reason="Avaunt!")]),
        (set_role(ROOM, "pistol", MucRole.PARTICIPANT), [MucAdminItem(nick="pistol", role=MucRole.PARTICIPANT)]),
        (
            set_role(ROOM, "pistol", MucRole.VISITOR, "hush"),
            [MucAdminItem(nick="pistol", role=MucRole.VISITOR, reason="hush")],
        ),
        (set_role(str(ROOM), "pistol", MucRole.MODERATOR), [MucAdminItem(nick="pistol", role=MucRole.MODERATOR)]),
        (
            set_roles(ROOM, {"pistol": MucRole.VISITOR, "nym": MucRole.MODERATOR}),
            [MucAdminItem(nick="pistol", role=MucRole.VISITOR), MucAdminItem(nick="nym", role=MucRole.MODERATOR)],
        ),
    ],
)
def test_roles_go_by_nickname(operation: Operation[None], items: list[MucAdminItem]) -> None:
    play = Play()
    running, iq = asks(play, operation)
    assert (iq.type, iq.to, iq.get(MucAdminQuery)) == (IqType.SET, ROOM, MucAdminQuery(items=items))
    assert answered(play, running, iq) is None


@pytest.mark.spec("XEP-0045", "9.1", "9.2", "9.3", "9.4", "9.5", "10.3", "10.4", "10.5", "10.6", "10.7", "10.8", "17.4")
@pytest.mark.parametrize(
    ("operation", "items"),
    [
        (
            ban(ROOM, PISTOL, "Treason"),
            [MucAdminItem(jid=PISTOL.bare, affiliation=MucAffiliation.OUTCAST, reason="Treason")],
        ),
        *(
            (set_affiliation(ROOM, str(PISTOL), one), [MucAdminItem(jid=PISTOL.bare, affiliation=one)])
            for one in MucAffiliation
        ),
        (
            set_affiliation(ROOM, PISTOL, MucAffiliation.MEMBER, nick="pistol"),
            [MucAdminItem(jid=PISTOL.bare, affiliation=MucAffiliation.MEMBER, nick="pistol")],
        ),
        (
            set_affiliations(ROOM, {PISTOL: MucAffiliation.NONE, JID("nym@shakespeare.lit"): MucAffiliation.ADMIN}),
            [
                MucAdminItem(jid=PISTOL.bare, affiliation=MucAffiliation.NONE),
                MucAdminItem(jid=JID("nym@shakespeare.lit"), affiliation=MucAffiliation.ADMIN),
            ],
        ),
    ],
)
def test_affiliations_go_by_address(operation: Operation[None], items: list[MucAdminItem]) -> None:
    play = Play()
    running, iq = asks(play, operation)
    assert (iq.type, iq.to, iq.get(MucAdminQuery)) == (IqType.SET, ROOM, MucAdminQuery(items=items))
    assert answered(play, running, iq) is None


@pytest.mark.spec("XEP-0045", "8.2", "9.1")
@pytest.mark.parametrize("condition", ["not-allowed", "forbidden", "conflict"])
def test_what_we_may_not_do(condition: str) -> None:
    play = Play()
    for operation in (kick(ROOM, "falstaff"), ban(ROOM, PISTOL), fetch_affiliated(ROOM, MucAffiliation.OWNER)):
        assert refused(play, *asks(play, operation), condition) == condition


def test_nobody_is_named() -> None:
    for operation in (set_roles(ROOM, {}), set_affiliations(ROOM, {})):
        with pytest.raises(ValueError, match="nobody"):
            next(operation)


@pytest.mark.spec("XEP-0045", "7.11", "9.2", "9.5")
def test_lists_by_affiliation() -> None:
    play = Play()
    running, iq = asks(play, fetch_affiliated(ROOM, MucAffiliation.OUTCAST))
    asked = MucAdminQuery(items=[MucAdminItem(affiliation=MucAffiliation.OUTCAST)])
    assert (iq.type, iq.to, iq.get(MucAdminQuery)) == (IqType.GET, ROOM, asked)
    banned = MucAdminItem(jid=PISTOL.bare, affiliation=MucAffiliation.OUTCAST, reason="Treason")
    beside = [MucAdminItem(jid=PISTOL.bare, affiliation=MucAffiliation.OWNER), MucAdminItem(nick="nym")]
    found = answered(play, running, iq, MucAdminQuery(items=[banned, *beside]))
    assert found == [banned]
    assert answered(play, *asks(play, fetch_affiliated(ROOM, MucAffiliation.MEMBER))) == []


@pytest.mark.spec("XEP-0045", "8.5", "9.8")
def test_lists_by_role() -> None:
    play = Play()
    running, iq = asks(play, fetch_occupants(ROOM, MucRole.MODERATOR))
    assert iq.get(MucAdminQuery) == MucAdminQuery(items=[MucAdminItem(role=MucRole.MODERATOR)])
    item = MucAdminItem(nick="fluellen", role=MucRole.MODERATOR, affiliation=MucAffiliation.OWNER, jid=PISTOL)
    beside = [MucAdminItem(nick="nym", role=MucRole.VISITOR), MucAdminItem(jid=PISTOL)]
    assert answered(play, running, iq, MucAdminQuery(items=[*beside, item])) == [item]


# --- configuration --------------------------------------------------------------------------------------------------


def configuration() -> DataForm:
    return RoomConfig(room_name="The coven", members_only=False, max_users=10).to_form(DataFormType.FORM)


@pytest.mark.spec("XEP-0045", "10.1.3", "10.2")
def test_a_room_is_configured() -> None:
    play = Play()
    running, get = asks(play, configure(ROOM, members_only=True, secret="cauldronburn"))
    assert (get.type, get.to, get.get(MucOwnerQuery)) == (IqType.GET, ROOM, MucOwnerQuery())
    play.say(get.result(MucOwnerQuery(form=configuration())).replace(sender=ROOM))
    iq = play.asked()
    assert (iq.type, iq.to) == (IqType.SET, ROOM)
    query = iq.get(MucOwnerQuery)
    assert query is not None and query.form is not None
    assert query.form.type is DataFormType.SUBMIT
    sent = RoomConfig.from_form(query.form)
    assert (sent.members_only, sent.secret, sent.room_name) == (True, "cauldronburn", "The coven")
    assert answered(play, running, iq) is None


@pytest.mark.spec("XEP-0045", "10.2")
def test_configuration_that_cannot_be() -> None:
    play = Play()
    small = DataForm(type=DataFormType.FORM, fields=[])
    for changes, error in (
        ({"members_only": True}, PayloadError),
        ({"no_such_thing": True}, TypeError),
    ):
        running, get = asks(play, configure(ROOM, **changes))
        play.say(get.result(MucOwnerQuery(form=small)).replace(sender=ROOM))
        with pytest.raises(error):
            running.result()
    running, get = asks(play, configure(ROOM, members_only=True))
    play.say(get.result(MucOwnerQuery()).replace(sender=ROOM))
    with pytest.raises(OperationError, match="nothing to configure"):
        running.result()
    assert [event for event in play.server.take() if isinstance(event, Iq)] == []
    assert refused(play, *asks(play, fetch_configuration(ROOM)), "forbidden") is ErrorCondition.FORBIDDEN
    assert answered(play, *asks(play, fetch_configuration(ROOM))) is None


@pytest.mark.spec("XEP-0045", "10.1.2", "10.1.3", "10.9")
@pytest.mark.parametrize(
    ("operation", "query"),
    [
        (accept_defaults(ROOM), MucOwnerQuery(form=DataForm(type=DataFormType.SUBMIT))),
        (cancel_configuration(ROOM), MucOwnerQuery(form=DataForm(type=DataFormType.CANCEL))),
        (submit_configuration(ROOM, configuration().submit()), MucOwnerQuery(form=configuration().submit())),
        (destroy(ROOM), MucOwnerQuery(destroy=MucDestroy())),
        (
            destroy(ROOM, "Macbeth doth come.", alternate="heath@chat.shakespeare.lit", password="x"),
            MucOwnerQuery(
                destroy=MucDestroy(jid=JID("heath@chat.shakespeare.lit"), reason="Macbeth doth come.", password="x")
            ),
        ),
    ],
)
def test_a_room_is_made_and_ended(operation: Operation[None], query: MucOwnerQuery) -> None:
    play = Play()
    running, iq = asks(play, operation)
    assert (iq.type, iq.to, iq.get(MucOwnerQuery)) == (IqType.SET, ROOM, query)
    assert answered(play, running, iq) is None


# --- finding out ----------------------------------------------------------------------------------------------------


def conference(*features: str, name: str | None = None, forms: list[DataForm] | None = None) -> DiscoInfo:
    identity = Identity(category="conference", type="text", name=name)
    return DiscoInfo(identities=[identity], features=[NAMESPACE, *features], forms=forms or [])


@pytest.mark.spec("XEP-0045", "6.1", "6.2")
def test_the_services_of_a_server() -> None:
    play = Play()
    running, iq = asks(play, find_room_services("shakespeare.lit"))
    parts = [SERVICE, JID("pubsub.shakespeare.lit"), ROOM, JID("dead.shakespeare.lit")]
    play.say(iq.result(DiscoItems(items=[DiscoItem(jid=jid) for jid in parts])).replace(sender=iq.to))
    answers = {
        JID("shakespeare.lit"): DiscoInfo(features=[NAMESPACE]),
        SERVICE: conference(),
        JID("pubsub.shakespeare.lit"): DiscoInfo(identities=[Identity(category="pubsub", type="service")]),
        ROOM: conference(),  # a room is no service
    }
    for _ in range(5):
        iq = play.asked()
        assert iq.to is not None
        info = answers.get(iq.to)
        play.say(
            (iq.result(info) if info is not None else iq.error_reply("remote-server-not-found")).replace(sender=iq.to)
        )
    assert running.result() == [SERVICE]


@pytest.mark.spec("XEP-0045", "6.3")
def test_the_rooms_of_a_service() -> None:
    play = Play()
    running, iq = asks(play, fetch_rooms(SERVICE))
    items = [
        DiscoItem(jid=ROOM, name="The coven"),
        DiscoItem(jid=JID("heath@elsewhere.lit")),
        DiscoItem(jid=ROOM.with_resource("firstwitch")),
        DiscoItem(jid=SERVICE),
        DiscoItem(jid=JID("forres@chat.shakespeare.lit"), node="x"),
    ]
    found = ResultSet(first=First(id="a"), last="b", count=6)
    play.say(iq.result(DiscoItems(items=items, set=found)).replace(sender=SERVICE))
    second = play.asked()
    query = second.get(DiscoItems)
    assert query is not None and query.set is not None and query.set.after == "b"
    more = DiscoItem(jid=JID("heath@chat.shakespeare.lit"))
    rooms = answered(play, running, second, DiscoItems(items=[more], set=ResultSet(last="c", count=6)))
    assert rooms == [items[0], more]


@pytest.mark.spec("XEP-0059", "2.2")
def test_a_service_with_endless_pages() -> None:
    play = Play()
    running, iq = asks(play, fetch_rooms(SERVICE))
    for number in range(200):
        page = [DiscoItem(jid=JID(f"{number}-{part}@{SERVICE}")) for part in range(100)]
        play.say(iq.result(DiscoItems(items=page, set=ResultSet(last=str(number)))).replace(sender=SERVICE))
        if running.done:
            break
        iq = play.asked()
    with pytest.raises(DiscoError):
        running.result()


@pytest.mark.spec("XEP-0045", "6.4")
def test_what_a_room_says_of_itself() -> None:
    play = Play()
    form = RoomInfo(description="The place for all good witches!", occupants=3).to_form(DataFormType.RESULT)
    details = answered(
        play, *asks(play, fetch_room_info(ROOM)), conference("muc_open", name="A Dark Cave", forms=[form])
    )
    assert isinstance(details, RoomDetails)
    assert details.name == "A Dark Cave"
    assert MucRoomFeature.OPEN in details
    assert MucRoomFeature.HIDDEN not in details
    assert details.form is not None and details.form.occupants == 3


@pytest.mark.spec("XEP-0045", "6.4")
def test_a_room_that_says_little_or_nonsense() -> None:
    play = Play()
    bare = answered(play, *asks(play, fetch_room_info(ROOM)), conference())
    assert (bare.name, bare.form) == (None, None)
    form = RoomInfo(occupants=3).to_form(DataFormType.RESULT)
    for field in form.fields:
        if field.var == "muc#roominfo_occupants":
            field.values = ["many"]
    odd = answered(play, *asks(play, fetch_room_info(ROOM)), conference(forms=[form]))
    assert odd.form is None
    running, iq = asks(play, fetch_room_info(ROOM))
    play.say(iq.result(DiscoInfo(identities=[Identity(category="account", type="registered")])).replace(sender=ROOM))
    with pytest.raises(OperationError, match="room"):
        running.result()
    assert refused(play, *asks(play, fetch_room_info(ROOM)), "item-not-found") is ErrorCondition.ITEM_NOT_FOUND


# --- nicknames ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0045", "7.12")
def test_the_reserved_nickname() -> None:
    play = Play()
    running, iq = asks(play, fetch_reserved_nick(ROOM))
    assert iq.get(DiscoInfo) == DiscoInfo(node="x-roomuser-item")
    assert answered(play, running, iq, conference(name="thirdwitch")) == "thirdwitch"
    assert answered(play, *asks(play, fetch_reserved_nick(ROOM)), DiscoInfo(node="x-roomuser-item")) is None
    for condition in ("feature-not-implemented", "service-unavailable", "item-not-found"):
        running, iq = asks(play, fetch_reserved_nick(ROOM))
        play.say(iq.error_reply(condition).replace(sender=ROOM))
        assert running.result() is None
    assert refused(play, *asks(play, fetch_reserved_nick(ROOM)), "forbidden") is ErrorCondition.FORBIDDEN


@pytest.mark.spec("XEP-0045", "7.10")
def test_registration_with_a_room() -> None:
    play = Play()
    running, get = asks(play, register_nick(ROOM, "thirdwitch", email="hag66@witchesonline"))
    assert (get.type, get.to, get.get(RegistrationQuery)) == (IqType.GET, ROOM, RegistrationQuery())
    play.say(get.result(RegistrationQuery(form=RoomRegistration.blank())).replace(sender=ROOM))
    iq = play.asked()
    query = iq.get(RegistrationQuery)
    assert iq.type is IqType.SET and query is not None and query.form is not None
    sent = RoomRegistration.from_form(query.form)
    assert (sent.nick, sent.email) == ("thirdwitch", "hag66@witchesonline")
    assert refused(play, running, iq, "conflict") is ErrorCondition.CONFLICT


@pytest.mark.spec("XEP-0045", "7.10")
@pytest.mark.parametrize(
    ("query", "text"),
    [(RegistrationQuery(registered=True, username="hag"), "already"), (RegistrationQuery(), "no form")],
)
def test_no_form_to_register_with(query: RegistrationQuery, text: str) -> None:
    play = Play()
    running, get = asks(play, register_nick(ROOM, "thirdwitch"))
    play.say(get.result(query).replace(sender=ROOM))
    with pytest.raises(OperationError, match=text):
        running.result()


def test_rooms_that_answer_nonsense() -> None:
    play = Play()
    for operation, namespace in (
        (fetch_affiliated(ROOM, MucAffiliation.OWNER), "http://jabber.org/protocol/muc#admin"),
        (fetch_occupants(ROOM, MucRole.MODERATOR), "http://jabber.org/protocol/muc#admin"),
        (fetch_configuration(ROOM), "http://jabber.org/protocol/muc#owner"),
    ):
        running, iq = asks(play, operation)
        item = Element((namespace, "item"), {"jid": "@", "role": "king"}, [])
        form = Element(("jabber:x:data", "x"), {"type": "king"}, [])
        reply = iq.result().replace(sender=ROOM)
        reply.children = [Element((namespace, "query"), {}, [item, form])]
        play.say(reply)
        with pytest.raises(PayloadError):
            running.result()
