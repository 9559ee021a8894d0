"""Rosters and subscriptions, as both users' clients see them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.town import Client, Town, bodies
from xmppwire.im.roster import fetch_roster, remove_roster_item, set_roster_item
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.operation import IqError
from xmppwire.protocol.roster import Ask, Roster, RosterItem, Subscription
from xmppwire.stanza import Iq, Message, Presence, PresenceType, StanzaError
from xmppwire.stream.events import Established
from xmppwire.xml import Element

JULIET, ROMEO, NURSE = "juliet@capulet.lit", "romeo@capulet.lit", "nurse@capulet.lit"
NS = "jabber:iq:roster"


def item(jid: str, subscription: str = "none", **keywords: Any) -> RosterItem:
    return RosterItem(jid=JID(jid), subscription=Subscription(subscription), **keywords)


def story(client: Client) -> list[Any]:
    """What a client heard, in order: pushed items, and presence as (bare sender or full, type)."""
    told: list[Any] = []
    for event in client.heard():
        if isinstance(event, Iq):
            roster = event.get(Roster)
            assert roster is not None
            told += roster.items
        else:
            told.append((str(event.sender), event.type_value or "available"))
    return told


def pair(**keywords: Any) -> tuple[Town, Client, Client]:
    town = Town(**keywords)
    romeo, juliet = town.login(f"{ROMEO}/orchard", roster=True), town.login(f"{JULIET}/balcony", roster=True)
    return town, romeo, juliet


@pytest.mark.spec("RFC 6121", "2.1.4")
def test_a_long_roster_arrives_and_so_does_everybodys_presence() -> None:
    """3 000 contacts with long names in one stanza, and what they say behind it: more waits than was read."""
    town = Town()
    account = town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    for number in range(3000):
        jid = f"somebody.with.a.long.name.{number:04}@the.branch.office.in.the.north.example"
        name = f"Somebody With A Long Name And Many Titles, The {number}th Of Them"
        groups = [f"Colleagues from the department with the number {number % 40}", f"Floor {number % 7} of our house"]
        account.roster.changed(account.roster.put(item(jid, name=name, groups=groups)))
    romeo, juliet = town.login(f"{ROMEO}/orchard"), town.connect(f"{JULIET}/balcony")
    running = juliet.session.run(fetch_roster(), town.world.now)
    juliet.end.write()
    juliet.end.frozen = True
    town.world.settle()
    for number in range(300):
        romeo.say(Message(juliet.jid, f"{number}" + " and so on" * 100))
    assert juliet.link.output_size > 1024 * 1024
    juliet.end.frozen = False
    town.world.settle()
    items = running.result().items
    assert items is not None
    assert len(items) == 3000
    assert items[-1].name == "Somebody With A Long Name And Many Titles, The 2999th Of Them"
    assert len(items[-1].groups) == 2
    assert len(bodies(juliet.heard())) == 300


# --- the roster by itself -------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "2.1.3", "2.1.4", "2.1.5", "2.1.6", "2.2", "2.3.2", "2.4.2", "2.5.2")
def test_add_change_and_remove() -> None:
    town = Town()
    juliet, chamber = town.login(f"{JULIET}/balcony", roster=True), town.login(f"{JULIET}/chamber", roster=True)
    indifferent = town.login(f"{JULIET}/hall")
    for client in (juliet, chamber, indifferent):
        client.heard()
    assert juliet.run(fetch_roster()).items == []
    juliet.run(set_roster_item(NURSE, "Nurse", ["Servants", "Women"]))
    added = item(NURSE, name="Nurse", groups=["Servants", "Women"])
    assert story(juliet) == story(chamber) == [added]
    juliet.run(set_roster_item(NURSE))
    assert story(juliet) == story(chamber) == [item(NURSE)]
    assert juliet.run(fetch_roster()).items == [item(NURSE)]
    juliet.run(remove_roster_item(NURSE))
    assert story(juliet) == story(chamber) == [item(NURSE, "remove")]
    assert juliet.run(fetch_roster()).items == []
    assert indifferent.heard() == []


@pytest.mark.spec("RFC 6121", "2.1.6")
@pytest.mark.spec("RFC 6120", "8.1.2.1")
def test_a_push_is_from_the_account_and_for_one_resource() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony", roster=True)
    juliet.run(set_roster_item(NURSE))
    (push,) = juliet.heard()
    assert (push.sender, push.to) == (None, juliet.jid)
    assert len(push.id) >= 16


def roster_set(*items: Element, to: str | None = None) -> Iq:
    return Iq("set", to, payload=Element((NS, "query"), {}, list(items)), id="rs1")


def raw(jid: str | None, *groups: str, **attributes: str) -> Element:
    named = {} if jid is None else {"jid": jid}
    children: list[Any] = [Element((NS, "group"), {}, [group] if group else []) for group in groups]
    return Element((NS, "item"), {**named, **attributes}, children)


@pytest.mark.spec("RFC 6121", "2.1.5", "2.3.3", "2.4.3", "2.5.3")
@pytest.mark.parametrize(
    ("iq", "condition"),
    [
        (roster_set(raw(NURSE), to=ROMEO), "forbidden"),
        (Iq("get", ROMEO, payload=Roster(), id="rs1"), "forbidden"),
        (roster_set(raw(NURSE), to="tybalt@capulet.lit"), "service-unavailable"),
        (roster_set(raw(NURSE), to="capulet.lit"), "service-unavailable"),
        (Iq("get", "capulet.lit", payload=Roster(), id="rs1"), "service-unavailable"),
        (roster_set(), "bad-request"),
        (roster_set(raw(NURSE), raw(ROMEO)), "bad-request"),
        (roster_set(raw(NURSE, "a", "a")), "bad-request"),
        (roster_set(raw(None)), "bad-request"),
        (roster_set(raw("@")), "bad-request"),
        (Iq("get", payload=Roster(items=[item(NURSE)]), id="rs1"), "bad-request"),
        (roster_set(raw(NURSE, "")), "not-acceptable"),
        (roster_set(raw(NURSE, "g" * 257)), "not-acceptable"),
        (roster_set(raw(NURSE, name="n" * 257)), "not-acceptable"),
        (roster_set(raw(NURSE, *map(str, range(33)))), "not-acceptable"),
        (roster_set(raw(JULIET)), "not-allowed"),
        (roster_set(raw(NURSE, subscription="remove")), "item-not-found"),
    ],
)
def test_what_a_roster_refuses(iq: Iq, condition: str) -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony", roster=True)
    reply = juliet.ask(iq)
    assert reply.error is not None
    assert reply.error.condition == condition
    assert juliet.heard() == []
    assert juliet.run(fetch_roster()).items == []


def test_the_longest_names_are_accepted() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony")
    groups = [f"{number:02}" + "g" * 254 for number in range(32)]
    assert juliet.ask(roster_set(raw(NURSE, *groups, name="n" * 256))).error is None


@pytest.mark.spec("RFC 6121", "2.1.2.1", "2.1.2.2", "2.1.2.5", "2.1.5")
def test_what_a_client_cannot_set_is_ignored() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony", roster=True)
    assert juliet.ask(roster_set(raw(NURSE, subscription="both", ask="subscribe", approved="true"))).error is None
    assert juliet.ask(roster_set(raw(NURSE + "/kitchen", subscription="nonsense")).replace(id="rs2")).error is None
    assert juliet.run(fetch_roster()).items == [item(NURSE)]


def test_the_roster_is_bounded() -> None:
    town = Town(limits=LocalLimits(roster_items=2))
    juliet = town.login(f"{JULIET}/balcony")
    for name in ("a", "b", "a"):
        juliet.run(set_roster_item(f"{name}@capulet.lit"))
    with pytest.raises(IqError) as caught:
        juliet.run(set_roster_item("c@capulet.lit"))
    assert caught.value.error.condition == "not-allowed"
    juliet.say(Presence(ROMEO, type="subscribe"), Presence(ROMEO, type="subscribed"))
    assert [event.error for event in juliet.heard()] == [StanzaError("resource-constraint")] * 2


# --- versions -------------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "2.6.1", "3.4")
def test_versions_and_pre_approval_are_announced() -> None:
    town = Town()
    client = town.connect(f"{JULIET}/balcony")
    (established,) = client.end.of(Established)
    names = {feature.name for feature in established.features}
    assert {("urn:xmpp:features:rosterver", "ver"), ("urn:xmpp:features:pre-approval", "sub")} <= names


@pytest.mark.spec("RFC 6121", "2.6.2", "2.6.3")
def test_a_known_version_brings_only_what_changed() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony")
    for name in ("a", "b", "c"):
        juliet.run(set_roster_item(f"{name}@capulet.lit"))
    version = juliet.run(fetch_roster("")).version
    assert juliet.run(fetch_roster(version)).items is None
    juliet.heard()
    chamber = town.login(f"{JULIET}/chamber")
    chamber.run(set_roster_item("b@capulet.lit", "B"))
    chamber.run(remove_roster_item("a@capulet.lit"))
    chamber.run(set_roster_item("b@capulet.lit", "Bee"))
    versions = [push.get(Roster).ver for push in juliet.heard()]
    assert len(set(versions)) == 3
    hall = town.login(f"{JULIET}/hall")
    assert hall.run(fetch_roster(version)).items is None
    pushes = hall.heard()
    assert [push.get(Roster).items[0] for push in pushes] == [
        item("a@capulet.lit", "remove"),
        item("b@capulet.lit", name="Bee"),
    ]
    assert [push.get(Roster).ver for push in pushes] == versions[1:]
    assert hall.run(fetch_roster(versions[-1])).items is None
    assert hall.heard() == []


@pytest.mark.spec("RFC 6121", "2.6.3")
@pytest.mark.parametrize(
    "version", ["", "nonsense", "0000-1", "{instance}-", "{instance}-99", "{instance}-x", "{instance}-" + "9" * 30]
)
def test_an_unknown_version_brings_everything(version: str) -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony")
    juliet.run(set_roster_item(NURSE))
    current = juliet.run(fetch_roster()).version
    assert current is not None
    result = juliet.run(fetch_roster(version.format(instance=current.split("-")[0])))
    assert result.items == [item(NURSE)]
    assert result.version == current


def test_removals_are_not_remembered_for_ever() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony")
    juliet.run(set_roster_item(NURSE))
    old = juliet.run(fetch_roster()).version
    for number in range(202):
        juliet.run(set_roster_item(f"u{number}@capulet.lit"))
        juliet.run(remove_roster_item(f"u{number}@capulet.lit"))
    assert juliet.run(fetch_roster(old)).items == [item(NURSE)]


# --- subscriptions --------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "3.1.2", "3.1.3", "3.1.5", "3.1.6")
def test_the_handshake_of_a_subscription() -> None:
    _, romeo, juliet = pair()
    romeo.say(Presence(JULIET, type="subscribe", id="sub1", status="It is my lady"))
    assert story(romeo) == [item(JULIET, ask=Ask.SUBSCRIBE)]
    (request,) = juliet.heard()
    assert request == Presence(JULIET, sender=ROMEO, type="subscribe", id="sub1", status="It is my lady")
    assert juliet.run(fetch_roster()).items == []  # nothing is listed before the approval
    juliet.say(Presence(f"{ROMEO}/orchard", type="subscribed"))
    assert story(romeo) == [
        (JULIET, "subscribed"),
        item(JULIET, "to"),
        (f"{JULIET}/balcony", "available"),
    ]
    assert story(juliet) == [item(ROMEO, "from")]
    juliet.say(Presence(ROMEO, type="subscribe"))
    romeo.say(Presence(JULIET, type="subscribed"))
    assert romeo.run(fetch_roster()).items == [item(JULIET, "both")]
    assert juliet.run(fetch_roster()).items == [item(ROMEO, "both")]
    assert (f"{ROMEO}/orchard", "available") in story(juliet)


@pytest.mark.spec("RFC 6121", "3.2.1", "3.2.2", "3.2.3")
@pytest.mark.parametrize("granted", [True, False])
def test_cancelling_and_denying(granted: bool) -> None:
    _, romeo, juliet = pair()
    romeo.say(Presence(JULIET, type="subscribe"))
    if granted:
        juliet.say(Presence(ROMEO, type="subscribed"))
    romeo.heard()
    juliet.heard()
    juliet.say(Presence(ROMEO, type="unsubscribed"))
    gone = [(f"{JULIET}/balcony", "unavailable")] if granted else []
    assert story(romeo) == [*gone, (JULIET, "unsubscribed"), item(JULIET)]
    assert story(juliet) == ([item(ROMEO)] if granted else [])
    juliet.say(Presence(show="away"))
    assert romeo.heard() == []


@pytest.mark.spec("RFC 6121", "3.3.1", "3.3.2", "3.3.3")
def test_unsubscribing() -> None:
    town, romeo, juliet = pair()
    town.befriend(JULIET, ROMEO)
    romeo.say(Presence(JULIET, type="unsubscribe"))
    assert story(juliet) == [(ROMEO, "unsubscribe"), item(ROMEO, "to")]
    assert story(romeo) == [(f"{JULIET}/balcony", "unavailable"), item(JULIET, "from")]
    juliet.say(Presence(show="away"))
    assert romeo.heard() == []
    romeo.say(Presence(show="away"))
    assert (f"{ROMEO}/orchard", "available") in story(juliet)


@pytest.mark.spec("RFC 6121", "3.1.3")
def test_a_request_waits_until_it_is_answered() -> None:
    town = Town()
    romeo = town.login(f"{ROMEO}/orchard")
    romeo.say(Presence(JULIET, type="subscribe", status="please"))
    for _ in range(2):
        juliet = town.connect(f"{JULIET}/balcony")
        juliet.end.take()
        juliet.say(Presence())
        (_, request) = juliet.heard()
        assert request == Presence(JULIET, sender=ROMEO, type="subscribe", status="please")
        juliet.leave()
    romeo.say(Presence(JULIET, type="unsubscribe"))  # taken back
    juliet = town.connect(f"{JULIET}/balcony")
    juliet.end.take()
    juliet.say(Presence())
    assert len(juliet.heard()) == 1


@pytest.mark.spec("RFC 6121", "3.1.3", "A.3.1")
def test_who_is_subscribed_already_is_answered_by_the_server() -> None:
    town, romeo, juliet = pair()
    town.befriend(JULIET, ROMEO)
    account = town.server.hub.accounts.get(JID(ROMEO))
    assert account is not None
    account.roster.known(JID(JULIET)).state.to = False  # as after a loss of the approval
    romeo.say(Presence(JULIET, type="subscribe", id="again"))
    assert story(romeo) == [
        item(JULIET, "from", ask=Ask.SUBSCRIBE),
        (JULIET, "subscribed"),
        item(JULIET, "both"),
        (f"{JULIET}/balcony", "available"),
    ]
    assert juliet.heard() == []


@pytest.mark.spec("RFC 6121", "3.4.1", "3.4.2")
def test_pre_approval() -> None:
    _, romeo, juliet = pair()
    juliet.say(Presence(ROMEO, type="subscribed"))
    assert story(juliet) == [item(ROMEO, approved=True)]
    assert romeo.heard() == []
    romeo.say(Presence(JULIET, type="subscribe"))
    assert story(juliet) == [item(ROMEO, "from", approved=True)]
    assert story(romeo) == [
        item(JULIET, ask=Ask.SUBSCRIBE),
        (JULIET, "subscribed"),
        item(JULIET, "to"),
        (f"{JULIET}/balcony", "available"),
    ]
    juliet.say(Presence(ROMEO, type="unsubscribed"))
    assert story(juliet) == [item(ROMEO)]


@pytest.mark.spec("RFC 6121", "2.5.2")
@pytest.mark.parametrize("states", ["both", "to", "from", "ask"])
def test_removing_a_contact_ends_the_subscriptions(states: str) -> None:
    town, romeo, juliet = pair()
    if states == "ask":
        romeo.say(Presence(JULIET, type="subscribe"))
    else:
        town.befriend(JULIET, ROMEO)
        for jid, other in ((ROMEO, JULIET), (JULIET, ROMEO)):
            account = town.server.hub.accounts.get(JID(jid))
            assert account is not None
            state = account.roster.known(JID(other)).state
            state.to = states == "both" or (states == "to") is (jid == ROMEO)
            state.from_ = states == "both" or (states == "from") is (jid == ROMEO)
    romeo.heard()
    juliet.heard()
    romeo.run(remove_roster_item(JULIET))
    told = story(romeo)
    assert told[-1] == item(JULIET, "remove")
    expected = {
        "both": [
            (ROMEO, "unsubscribe"),
            item(ROMEO, "to"),
            (f"{ROMEO}/orchard", "unavailable"),
            (ROMEO, "unsubscribed"),
            item(ROMEO),
        ],
        "to": [(ROMEO, "unsubscribe"), item(ROMEO)],
        "from": [(f"{ROMEO}/orchard", "unavailable"), (ROMEO, "unsubscribed"), item(ROMEO)],
        "ask": [(ROMEO, "unsubscribe")],
    }[states]
    assert story(juliet) == expected
    assert romeo.run(fetch_roster()).items == []


def test_a_request_survives_that_its_sender_is_taken_off_the_roster() -> None:
    _, romeo, juliet = pair()
    juliet.run(set_roster_item(ROMEO))
    romeo.say(Presence(JULIET, type="subscribe"))
    juliet.heard()
    juliet.run(remove_roster_item(ROMEO))
    romeo.heard()
    juliet.say(Presence(ROMEO, type="subscribed"))
    assert (JULIET, "subscribed") in story(romeo)


@pytest.mark.spec("RFC 6121", "3.1.2")
@pytest.mark.parametrize(
    ("to", "condition"),
    [("tybalt@capulet.lit", "item-not-found"), ("capulet.lit", "item-not-found"), (ROMEO, "not-allowed")],
)
def test_who_cannot_be_subscribed_to(to: str, condition: str) -> None:
    _, romeo, _ = pair()
    romeo.say(Presence(to, type="subscribe", id="s"))
    (reply,) = romeo.heard()
    assert (reply.type, reply.id, reply.error) == (PresenceType.ERROR, "s", StanzaError(condition))
    assert romeo.run(fetch_roster()).items == []


@pytest.mark.spec("RFC 6121", "8.5.1")
@pytest.mark.parametrize("type_", ["unsubscribe", "unsubscribed"])
def test_other_subscription_stanzas_to_nobody_are_ignored(type_: str) -> None:
    _, romeo, _ = pair()
    romeo.say(Presence("tybalt@capulet.lit", type=type_))
    assert romeo.heard() == []
    assert romeo.run(fetch_roster()).items == []


@pytest.mark.spec("RFC 6121", "3.1.3")
def test_the_requests_that_wait_are_bounded() -> None:
    town = Town(limits=LocalLimits(requests=1))
    romeo, nurse = town.login(f"{ROMEO}/orchard"), town.login(f"{NURSE}/kitchen")
    romeo.say(Presence(JULIET, type="subscribe"), Presence(JULIET, type="subscribe"))
    assert romeo.heard() == []
    nurse.say(Presence(JULIET, type="subscribe"))
    (reply,) = nurse.heard()
    assert reply.error == StanzaError("resource-constraint")


@pytest.mark.spec("RFC 6120", "8.1.2.1", "10.1")
def test_what_one_client_sends_arrives_in_order() -> None:
    town, romeo, juliet = pair()
    town.befriend(JULIET, ROMEO)
    mixed = [
        Message(juliet.jid, "1"),
        Presence(show="away"),
        Message(JULIET, "2"),
        Presence(juliet.jid),
        Message(juliet.jid, "3"),
    ]
    for stanza in mixed:
        romeo.session.send(stanza, town.world.now)
    order = [getattr(event, "body", "presence") for event in juliet.heard()]
    assert order == ["1", "presence", "2", "presence", "3"]
