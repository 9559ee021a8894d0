"""Answers of the local server are never longer than those who ask have to take: they come in pages, or what they would list is
bounded."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.localserver.rooms_hall import HALL, SERVICE, Hall, condition
from tests.localserver.town import Client, Town
from xmppwire.im.blocking import block, fetch_blocked
from xmppwire.im.disco import DiscoError, fetch_info, fetch_items, fetch_items_page
from xmppwire.im.pubsub import create_node, fetch_node_affiliations, publish, set_node_affiliations
from xmppwire.im.rooms import fetch_rooms
from xmppwire.im.roster import fetch_roster, set_roster_item
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits, RoomLimits
from xmppwire.operation import IqError
from xmppwire.protocol import rsm
from xmppwire.protocol.muc import MucAffiliation, MucRole
from xmppwire.protocol.muc_admin import MucAdminItem, MucAdminQuery
from xmppwire.protocol.pubsub import NodeAffiliation
from xmppwire.protocol.pubsub_forms import NodeConfig
from xmppwire.protocol.rsm import ResultSet
from xmppwire.protocol.user_nickname import Nick
from xmppwire.protocol.version import Version
from xmppwire.stanza import ErrorCondition, Iq, Presence, write_stanza
from xmppwire.stream.limits import AFTER_LOGIN, Limits

JULIET = "juliet@capulet.lit"


def short(size: int, **more: Any) -> LocalLimits:
    """Stanzas have at most so many bytes."""
    return LocalLimits(stream=Limits(after_login=replace(AFTER_LOGIN, stanza_bytes=size)), **more)


def refused(client: Client, operation: Any) -> ErrorCondition | str:
    with pytest.raises(IqError) as caught:
        client.run(operation)
    return caught.value.error.condition


# --- discovery ------------------------------------------------------------------------------------------------------


def nodes(count: int, limits: LocalLimits | None = None) -> Client:
    """A client whose account has so many nodes."""
    juliet = Town(limits=limits or LocalLimits()).login(f"{JULIET}/balcony")
    for number in range(count):
        juliet.run(create_node(f"urn:example:{number:03}"))
    return juliet


@pytest.mark.spec("XEP-0030", "4.1")
@pytest.mark.spec("XEP-0059", "2.1", "2.2", "2.3", "2.5")
def test_what_belongs_to_an_account_comes_in_pages_that_are_asked_for() -> None:
    juliet = nodes(5)
    assert rsm.NAMESPACE in juliet.run(fetch_info(JULIET)).features
    assert rsm.NAMESPACE in juliet.run(fetch_info("capulet.lit")).features
    first = juliet.run(fetch_items_page(JULIET, set=ResultSet(max=4)))
    assert [item.node for item in first.items] == [None, *(f"urn:example:{number:03}" for number in range(3))]
    assert first.count == 6
    rest = juliet.run(fetch_items_page(JULIET, set=ResultSet(max=4, after=first.last)))
    assert [item.node for item in rest.items] == ["urn:example:003", "urn:example:004"]
    (last,) = juliet.run(fetch_items_page(JULIET, set=ResultSet(max=1, before=""))).items
    assert last.node == "urn:example:004"
    assert juliet.run(fetch_items_page(JULIET, set=ResultSet(max=0))).count == 6
    assert refused(juliet, fetch_items_page(JULIET, set=ResultSet(after="x"))) is ErrorCondition.ITEM_NOT_FOUND
    assert len(juliet.run(fetch_items(JULIET))) == 6
    assert len(juliet.run(fetch_items(JULIET, page=2))) == 6


@pytest.mark.parametrize(("count", "at_once"), [(10, True), (60, False)])
def test_a_list_that_is_too_long_comes_in_pages_by_itself(count: int, at_once: bool) -> None:
    juliet = nodes(count, short(4000))
    page = juliet.run(fetch_items_page(JULIET))
    assert (page.last is None) is at_once
    assert len(juliet.run(fetch_items(JULIET))) == count + 1


def test_items_of_a_node_come_in_pages_too() -> None:
    juliet = Town(limits=short(4000)).login(f"{JULIET}/balcony")
    juliet.run(create_node("urn:example:musings", NodeConfig(max_items=200)))
    assert juliet.run(fetch_items(JULIET, "urn:example:musings")) == []
    for number in range(100):
        juliet.run(publish("urn:example:musings", Nick(name="x"), id=f"{number:03}" + "\N{GRINNING FACE}" * 20))
    try:
        found = juliet.run(fetch_items(JULIET, "urn:example:musings"))
    except DiscoError as error:  # the items of one node have one address: only their names differ
        found = [*error.items]
    assert len(found) >= 17
    page = juliet.run(fetch_items_page(JULIET, "urn:example:musings"))
    assert page.count == 100
    names = {item.name for item in page.items}
    while page.last is not None and page.items:
        page = juliet.run(fetch_items_page(JULIET, "urn:example:musings", set=ResultSet(after=page.last)))
        names |= {item.name for item in page.items}
    assert len(names) == 100


@pytest.mark.spec("XEP-0045", "6.3")
@pytest.mark.parametrize("size", [2000, 20_000])
def test_rooms_come_in_pages_that_fit(size: int) -> None:
    hall = Hall(limits=short(size))
    names = [f"hall{number:02}@conference.capulet.lit" for number in range(20)]
    for name in names:
        hall.open(room=JID(name), room_name="x" * 100)
    juliet = hall.client("juliet")
    whole = juliet.run(fetch_items_page(SERVICE))
    assert (whole.last is None) is (size == 20_000)
    assert [str(item.jid) for item in juliet.run(fetch_rooms(SERVICE))] == names
    back = juliet.run(fetch_items_page(SERVICE, set=ResultSet(before="")))
    assert back.items[-1].jid == JID(names[-1])
    assert back.count == 20
    assert len(back.items) == (20 if size == 20_000 else len(whole.items))


# --- what is kept is bounded, so that the list of it can be sent ----------------------------------------------------


@pytest.mark.parametrize(("size", "fits"), [(4000, True), (2000, False)])
def test_a_block_list_fits_into_a_stanza(size: int, fits: bool) -> None:
    juliet = Town(limits=short(size)).login(f"{JULIET}/balcony")
    people = [f"{number:02}.{'x' * 30}@montague.lit" for number in range(26)]
    for person in people[:20]:
        juliet.run(block(person))
    if fits:
        juliet.run(block(*people[20:]))
        assert len(juliet.run(fetch_blocked())) == 26
    else:
        assert refused(juliet, block(*people[20:])) is ErrorCondition.RESOURCE_CONSTRAINT
        assert len(juliet.run(fetch_blocked())) == 20


@pytest.mark.parametrize(("size", "fits"), [(476, True), (475, False)])
def test_a_roster_has_an_end_in_characters(size: int, fits: bool) -> None:
    juliet = Town(limits=LocalLimits(roster_bytes=size)).login(f"{JULIET}/balcony")
    juliet.run(set_roster_item("romeo@montague.lit", "Romeo"))
    juliet.run(set_roster_item("nurse@capulet.lit", "Nurse", ["House"]))
    last = partial(set_roster_item, "tybalt@capulet.lit", "T", ["Cousins"])
    if fits:
        juliet.run(last())
    else:
        assert refused(juliet, last()) is ErrorCondition.NOT_ALLOWED
        juliet.run(set_roster_item("nurse@capulet.lit", "N", ["House"]))  # what is there may be changed
        juliet.run(set_roster_item("nurse@capulet.lit", "N"))
        juliet.run(last())
    items = juliet.run(fetch_roster()).items
    assert items is not None
    assert len(items) == 3


@pytest.mark.parametrize(("size", "listed"), [(124, True), (123, False)])
def test_who_asks_to_subscribe_gets_no_place_in_a_full_roster(size: int, listed: bool) -> None:
    town = Town(limits=LocalLimits(roster_bytes=size))
    juliet = town.login(f"{JULIET}/balcony")
    juliet.run(set_roster_item("romeo@montague.lit", "Romeo"))
    juliet.say(Presence("nurse@capulet.lit", type="subscribe"))
    items = juliet.run(fetch_roster()).items
    assert items is not None
    assert (len(items) == 2) is listed


def banned(size: int) -> tuple[Hall, int]:
    """A room whose lists have so many bytes, and how many of 30 users could be banned, with reasons."""
    hall = Hall(limits=LocalLimits(rooms=RoomLimits(affiliation_bytes=size)))
    hall.open()
    done = 0
    for number in range(30):
        item = MucAdminItem(jid=JID(f"{number:02}@x.lit"), affiliation=MucAffiliation.OUTCAST, reason="y" * 100)
        reply = hall.set("juliet", item)
        done += reply.type == "result"
        assert reply.error is None or reply.error.condition is ErrorCondition.RESOURCE_CONSTRAINT
    return hall, done


@pytest.mark.spec("XEP-0045", "9.2")
@pytest.mark.parametrize(("size", "count"), [(10_000, 30), (2000, 10)])
def test_the_list_of_the_banned_can_always_be_told(size: int, count: int) -> None:
    """Nobody else is kept where there is no room, and no reasons before that."""
    hall, done = banned(size)
    assert done == count
    reply = hall.get("juliet", MucAdminItem(affiliation=MucAffiliation.OUTCAST))
    query = reply.get(MucAdminQuery)
    assert query is not None
    assert len(query.items) == done
    assert len(write_stanza(reply)) <= size + 200
    assert all(one.reason for one in query.items) is (done == 30)
    if done < 30:  # who is taken off the list leaves room
        hall.set("juliet", MucAdminItem(jid=JID("00@x.lit"), affiliation=MucAffiliation.NONE))
        more = MucAdminItem(jid=JID("99@x.lit"), affiliation=MucAffiliation.OUTCAST)
        assert hall.set("juliet", more).type == "result"


# --- and what is too long all the same ------------------------------------------------------------------------------


@pytest.mark.parametrize(("members", "fits"), [(10, True), (60, False)])
def test_an_answer_that_would_be_too_long_is_an_error(members: int, fits: bool) -> None:
    juliet = Town(limits=short(4000)).login(f"{JULIET}/balcony")
    juliet.run(create_node("urn:example:musings"))
    for number in range(members):
        someone = JID(f"{number:02}{'x' * 30}@montague.lit")
        juliet.run(set_node_affiliations("urn:example:musings", {someone: NodeAffiliation.MEMBER}))
    if fits:
        assert len(juliet.run(fetch_node_affiliations("urn:example:musings"))) == members + 1
    else:
        asked = fetch_node_affiliations("urn:example:musings")
        assert refused(juliet, asked) is ErrorCondition.RESOURCE_CONSTRAINT


@pytest.mark.parametrize(("size", "fits"), [(4000, True), (1050, False)])
def test_so_it_is_in_rooms(size: int, fits: bool) -> None:
    hall = Hall(limits=short(size))
    hall.open()
    for name in ("romeo", "nurse", "tybalt", "paris"):
        hall.enter(name, f"{name}{'x' * 90}")
        hall.affiliate(name, MucAffiliation.ADMIN)
    reply = hall.client("juliet").ask(
        Iq("get", HALL, payload=MucAdminQuery(items=[MucAdminItem(role=MucRole.MODERATOR)]))
    )
    if fits:
        query = reply.get(MucAdminQuery)
        assert query is not None
        assert len(query.items) == 5
    else:
        assert condition(reply) == "resource-constraint"


@pytest.mark.parametrize(("length", "fits"), [(3000, True), (3600, False)])
def test_who_waits_for_an_answer_of_somebody_else_gets_an_error_in_its_place(length: int, fits: bool) -> None:
    """A stanza grows on its way: what is nearly as long as one may be is not passed on."""
    town = Town(limits=short(4000))
    town.befriend(JULIET, "romeo@capulet.lit")
    juliet, romeo = town.login(f"{JULIET}/balcony"), town.login("romeo@capulet.lit/orchard")
    romeo.session.answers.register("get", Version, lambda _: Version(software="x" * length))
    reply = juliet.ask(Iq("get", romeo.jid, payload=Version()))
    assert (reply.type, reply.sender) == ("result" if fits else "error", romeo.jid)
    if not fits:
        assert condition(reply) == "resource-constraint"
