"""The roster (RFC 6121 section 2): what is asked for, what is pushed, what is kept, and who is not believed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.play import JULIET, Play
from xmppwire.im.roster import RefusedPush, Roster, RosterChange, fetch_roster, remove_roster_item, set_roster_item
from xmppwire.jid import JID
from xmppwire.operation import IqError
from xmppwire.protocol.roster import Ask, RosterItem, RosterVersioning, Subscription
from xmppwire.protocol.roster import Roster as RosterQuery
from xmppwire.session import Running
from xmppwire.stanza import Iq, IqType, Message
from xmppwire.stream.events import Established
from xmppwire.xml import Element

OWN = JULIET.bare
ROMEO, NURSE, PARIS = JID("romeo@montague.lit"), JID("nurse@capulet.lit"), JID("paris@escalus.lit")
NS = "jabber:iq:roster"


def item(jid: JID | str, subscription: str = "none", name: str | None = None, **more: Any) -> RosterItem:
    return RosterItem(jid=JID(jid), subscription=Subscription(subscription), name=name, **more)


def push(*items: RosterItem, ver: str | None = None, sender: JID | str | None = OWN) -> Iq:
    return Iq("set", JULIET, payload=RosterQuery(ver=ver, items=list(items)), id="p", sender=sender)


def raw(*items: Element, type: str = "set", ver: str | None = None) -> Iq:
    query = Element((NS, "query"), {} if ver is None else {"ver": ver}, list(items))
    return Iq(type, JULIET, payload=query, id="p", sender=OWN)


def raw_item(**attributes: str) -> Element:
    return Element((NS, "item"), attributes)


def established(*, versions: bool = True) -> Established:
    return Established(JULIET, [RosterVersioning().to_element()] if versions else [])


def versioned(*items: RosterItem, version: str | None = None) -> Roster:
    roster = Roster(items, version)
    roster.feed(established(), JULIET)
    return roster


def fetch(play: Play, roster: Roster, *items: RosterItem, ver: str | None = None) -> tuple[Iq, Running[Any]]:
    """Fetch, and have the server say this."""
    running = play.run(roster.fetch())
    asked = play.asked()
    play.say(asked.result(RosterQuery(ver=ver, items=list(items))).replace(sender=None))
    return asked, running


# --- operations -----------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "2.1.3", "2.1.4", "2.2")
def test_the_roster_is_fetched() -> None:
    play, roster = Play(), Roster()
    asked, running = fetch(play, roster, item(ROMEO, "both", "Romeo"), item(NURSE))
    assert (asked.type, asked.to, asked.get(RosterQuery)) == (IqType.GET, None, RosterQuery(ver=None))
    assert running.result() == [
        RosterChange(ROMEO, None, item(ROMEO, "both", "Romeo")),
        RosterChange(NURSE, None, item(NURSE)),
    ]
    assert list(roster) == [item(ROMEO, "both", "Romeo"), item(NURSE)]
    assert (len(roster), roster.fetched, roster.version) == (2, True, None)
    assert JID("romeo@montague.lit/orchard") in roster
    assert roster[JID("romeo@montague.lit/orchard")].name == "Romeo"
    assert PARIS not in roster
    assert roster.get(PARIS) is None
    with pytest.raises(KeyError):
        roster[PARIS]


@pytest.mark.spec("RFC 6121", "2.2")
def test_a_roster_that_cannot_be_had_leaves_what_there_was() -> None:
    play, roster = Play(), Roster([item(ROMEO)], "v1")
    running = play.run(roster.fetch())
    play.say(play.asked().error_reply("item-not-found").replace(sender=None))
    with pytest.raises(IqError, match="item-not-found"):
        running.result()
    assert (list(roster), roster.version, roster.fetched) == ([item(ROMEO)], "v1", False)


@pytest.mark.spec("RFC 6121", "2.3.1", "2.4.1", "2.5.1")
def test_contacts_are_set_and_removed() -> None:
    play = Play()
    running = play.run(set_roster_item(NURSE, "Nurse", ["Servants", "Women", "Servants"]))
    asked = play.asked()
    assert (asked.type, asked.to) == (IqType.SET, None)
    assert asked.get(RosterQuery) == RosterQuery(items=[item(NURSE, name="Nurse", groups=["Servants", "Women"])])
    play.say(asked.result().replace(sender=None))
    assert running.result() is None
    play.run(remove_roster_item(NURSE))
    assert play.asked().get(RosterQuery) == RosterQuery(items=[item(NURSE, "remove")])


@pytest.mark.spec("RFC 6121", "2.4.1")
def test_names_and_groups_are_changed_one_at_a_time() -> None:
    play = Play()
    romeo = item(ROMEO, "both", "Romeo", groups=["Friends", "Enemies"], ask=None, approved=True)
    roster = Roster([romeo, item(NURSE, groups=["Friends"]), item(PARIS, groups=["Suitors"])])

    def sent(operation: Any) -> RosterItem:
        play.run(operation)
        query = play.asked().get(RosterQuery)
        assert query is not None
        (only,) = query.items
        return only

    # what belongs to the server is not told back to it (section 2.1.2)
    assert sent(roster.rename(ROMEO, "Rom")) == item(ROMEO, name="Rom", groups=["Friends", "Enemies"])
    assert sent(roster.rename("romeo@montague.lit/orchard", None)) == item(ROMEO, groups=["Friends", "Enemies"])
    assert sent(roster.regroup(ROMEO, ["Family"])) == item(ROMEO, name="Romeo", groups=["Family"])
    assert sent(roster.regroup(ROMEO, [])) == item(ROMEO, name="Romeo")
    assert next(iter(roster)) == romeo, "what the server did not tell yet is not so yet"
    for stranger in (roster.rename("tybalt@capulet.lit", "T"), roster.regroup("tybalt@capulet.lit", [])):
        with pytest.raises(KeyError):
            next(stranger)


def test_a_group_gets_another_name() -> None:
    play = Play()
    romeo = item(ROMEO, name="Romeo", groups=["Friends", "Enemies"])
    roster = Roster([romeo, item(NURSE, groups=["Friends"]), item(PARIS, groups=["Suitors"])])
    assert {name: [one.jid for one in found] for name, found in roster.groups.items()} == {
        "Friends": [ROMEO, NURSE],
        "Enemies": [ROMEO],
        "Suitors": [PARIS],
    }
    running = play.run(roster.rename_group("Friends", "Enemies"))
    for expected in (item(ROMEO, name="Romeo", groups=["Enemies"]), item(NURSE, groups=["Enemies"])):
        asked = play.asked()
        assert asked.get(RosterQuery) == RosterQuery(items=[expected])
        play.say(asked.result().replace(sender=None))
    assert running.result() is None


# --- versions -------------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "2.6.1", "2.6.2", "2.1.1")
def test_versions_are_asked_for_where_the_server_offers_them() -> None:
    for roster, expected in (
        (versioned(), ""),
        (versioned(item(ROMEO), version="v1"), "v1"),
        (Roster([item(ROMEO)], "v1"), None),
    ):
        play = Play()
        asked, _ = fetch(play, roster, item(ROMEO), ver="v2")
        assert asked.get(RosterQuery) == RosterQuery(ver=expected)
        assert roster.version == "v2"
    roster.feed(established(), JULIET)
    assert roster.versioning
    roster.feed(established(versions=False), JULIET)
    assert not roster.versioning


@pytest.mark.spec("RFC 6121", "2.6.3")
def test_an_empty_answer_says_that_the_roster_kept_is_right_up_to_the_pushes() -> None:
    play, roster = Play(), versioned(item(ROMEO, "to"), item(NURSE), version="v1")
    running = play.run(roster.fetch())
    play.say(play.asked().result().replace(sender=None))
    assert running.result() == []
    assert (len(roster), roster.version) == (2, "v1")
    assert roster.feed(push(item(ROMEO, "both"), ver="v2"), JULIET) == RosterChange(
        ROMEO, item(ROMEO, "to"), item(ROMEO, "both")
    )
    assert roster.feed(push(item(NURSE, "remove"), ver="v3"), JULIET) == RosterChange(NURSE, item(NURSE), None)
    assert (list(roster), roster.version) == ([item(ROMEO, "both")], "v3")
    again = Roster.restore(roster.export())
    assert (list(again), again.version) == (list(roster), "v3")


@pytest.mark.spec("RFC 6121", "2.6.3", "2.1.4")
def test_a_whole_roster_takes_the_place_of_the_one_kept() -> None:
    roster = versioned(item(ROMEO, "to"), item(NURSE), version="v1")
    _, running = fetch(Play(), roster, item(NURSE), item(PARIS), ver="v9")
    assert running.result() == [RosterChange(ROMEO, item(ROMEO, "to"), None), RosterChange(PARIS, None, item(PARIS))]
    assert [one.jid for one in roster] == [NURSE, PARIS]
    _, running = fetch(Play(), roster, ver="v10")
    assert [change.after for change in running.result()] == [None, None]
    assert (len(roster), roster.version) == (0, "v10")


@pytest.mark.spec("RFC 6121", "2.6.2", "2.6.3")
def test_an_empty_answer_to_who_has_nothing_is_an_empty_roster() -> None:
    play = Play()
    for version in (None, ""):
        running = play.run(fetch_roster(version))
        play.say(play.asked().result().replace(sender=None))
        assert running.result().items == []


@pytest.mark.spec("RFC 6121", "2.6.3")
def test_a_version_counts_only_where_nothing_was_missed_before_it() -> None:
    roster = versioned(item(ROMEO), version="v1")
    roster.feed(push(item(NURSE), ver="v7"), JULIET)  # we do not know what v2 to v6 were
    assert roster.version == "v1"
    play = Play()
    running = play.run(roster.fetch())
    asked = play.asked()
    assert asked.get(RosterQuery) == RosterQuery(ver="v1")
    play.say(asked.result().replace(sender=None))
    running.result()
    roster.feed(push(item(NURSE, "to"), ver="v8"), JULIET)
    assert roster.version == "v8"
    roster.feed(push(item(NURSE, "both")), JULIET)
    assert roster.version == "v8"
    roster.feed(established(), JULIET)
    roster.feed(push(item(NURSE, "from"), ver="v12"), JULIET)
    assert roster.version == "v8"


def test_what_was_exported_is_restored_whole() -> None:
    romeo = item(ROMEO, "from", "R & <J> \N{ROSE}", groups=["a b", "Ж"], ask=Ask.SUBSCRIBE, approved=True)
    extended = item(NURSE, extensions=[Element(("urn:x", "note"), {"a": "1"}, ["text"])])
    roster = Roster([romeo, extended], "v-1")
    again = Roster.restore(roster.export())
    assert list(again) == [romeo, extended]
    assert again.version == "v-1"
    assert not again.fetched
    empty = Roster.restore(Roster().export())
    assert (len(empty), empty.version) == (0, None)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b"<query xmlns='jabber:iq:roster'/>",
        b"<message/>",
        b"<iq type='result' id='roster'/>",
        b"<iq type='result' id='roster'><query xmlns='jabber:iq:roster'>",
        b"<iq type='result' id='roster'><query xmlns='jabber:iq:private'/></iq>",
        b"<iq type='result' id='roster'><query xmlns='jabber:iq:roster'><item jid='@'/></query></iq>",
        b"<!DOCTYPE x><iq type='result' id='roster'><query xmlns='jabber:iq:roster'/></iq>",
    ],
)
def test_something_else_is_not_restored(stored: bytes) -> None:
    with pytest.raises(ValueError, match="no stored roster"):
        Roster.restore(stored)


# --- pushes ---------------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "2.1.6", "2.3.2", "2.4.2", "2.5.2")
def test_pushes_are_told_and_acknowledged() -> None:
    play, roster = Play(), Roster()
    steps = [
        (item(ROMEO), None, item(ROMEO)),
        (item(ROMEO, "to", "Romeo"), item(ROMEO), item(ROMEO, "to", "Romeo")),
        (item(ROMEO, "to", "Romeo"), item(ROMEO, "to", "Romeo"), item(ROMEO, "to", "Romeo")),
        (item(ROMEO, "remove"), item(ROMEO, "to", "Romeo"), None),
        (item(ROMEO, "remove"), None, None),
    ]
    for number, (pushed, before, after) in enumerate(steps):
        play.say(push(pushed, sender=None if number % 2 else OWN))
        (event,) = play.client.take()
        change = roster.feed(event, JULIET)
        assert change == RosterChange(ROMEO, before, after)
        assert isinstance(change, RosterChange)
        assert change.changed is (before != after)
        (answer,) = [event for event in play.server.take() if isinstance(event, Iq)]
        assert (answer.type, answer.id) == (IqType.RESULT, "p")
    assert len(roster) == 0


def test_other_events_are_no_business_of_the_roster() -> None:
    roster = Roster([item(ROMEO)])
    others = [
        "something else",
        Message(JULIET, "hi", sender=ROMEO),
        Iq("get", JULIET, payload=RosterQuery(), sender=ROMEO, id="1"),
        Iq("result", JULIET, payload=RosterQuery(items=[item(NURSE)]), sender=OWN, id="1"),
        Iq("set", JULIET, payload=Element(("urn:x", "query")), sender=OWN, id="1"),
    ]
    assert [roster.feed(event, JULIET) for event in others] == [None] * len(others)
    assert list(roster) == [item(ROMEO)]


@pytest.mark.spec("RFC 6121", "2.1.6")
@pytest.mark.parametrize(
    "sender",
    [
        ROMEO,
        JULIET,
        JID("juliet@capulet.lit/chamber"),
        JID("capulet.lit"),
        JID("capulet.lit/juliet"),
        JID("juliet@capulet.lit.evil.example"),
        JID("juliet@montague.lit"),
    ],
)
def test_cve_2015_8688_the_account_alone_tells_the_roster(sender: JID) -> None:
    """CVE-2015-8688, CVE-2016-9928 and CVE-2019-16236: anybody could put contacts on the roster, and take them away."""
    play, roster = Play(), versioned(item(ROMEO, "both", "Romeo"), version="v1")
    fetch(play, roster, item(ROMEO, "both", "Romeo"), ver="v1")
    play.server.take()
    play.client.take()
    for forged in (item(ROMEO, "remove"), item("tybalt@capulet.lit", "both"), item(ROMEO, "both", "Tybalt")):
        refused = roster.feed(push(forged, ver="v2", sender=sender), JULIET)
        assert refused == RefusedPush(sender, "rosters are told by juliet@capulet.lit only")
        play.say(push(forged, ver="v2", sender=sender))
        assert play.client.take() == []
        (answer,) = [event for event in play.server.take() if isinstance(event, Iq)]
        assert answer.error is not None
        assert answer.error.condition == "service-unavailable"
    assert (list(roster), roster.version) == ([item(ROMEO, "both", "Romeo")], "v1")


@pytest.mark.spec("RFC 6121", "2.1.6")
@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (push(), "a push has one contact, not 0"),
        (push(item(ROMEO), item(NURSE)), "a push has one contact, not 2"),
        (raw(raw_item(jid="@")), "the contact cannot be read"),
        (raw(raw_item(name="nobody")), "the contact cannot be read"),
        (raw(raw_item(jid="a@b", approved="perhaps")), "the contact cannot be read"),
        (raw(raw_item(jid="@"), raw_item(jid="a@b")), "the contact cannot be read"),
    ],
)
def test_a_push_that_is_none_has_no_effect(event: Iq, reason: str) -> None:
    roster = versioned(item(ROMEO), version="v1")
    assert roster.feed(event, JULIET) == RefusedPush(OWN, reason)
    assert list(roster) == [item(ROMEO)]


@pytest.mark.spec("RFC 6121", "2.1.2.5")
def test_what_is_no_subscription_is_ignored() -> None:
    roster = Roster()
    change = roster.feed(raw(raw_item(jid="romeo@montague.lit", subscription="weird", name="R"), ver="v1"), JULIET)
    assert change == RosterChange(ROMEO, None, item(ROMEO, name="R"))

    play = Play()
    running = play.run(roster.fetch())
    items = [
        raw_item(jid="romeo@montague.lit", subscription="weird"),
        raw_item(jid="@"),
        raw_item(jid="nurse@capulet.lit", subscription="remove"),
        raw_item(jid="paris@escalus.lit", subscription="to"),
    ]
    play.say(raw(*items, type="result", ver="v2").replace(id=play.asked().id, sender=None))
    running.result()
    assert list(roster) == [item(ROMEO), item(NURSE), item(PARIS, "to")]
    assert roster.version == "v2"

    running = play.run(fetch_roster())
    play.say(raw(*items, type="result").replace(id=play.asked().id, sender=None))
    assert running.result().unreadable == 1
    running = play.run(fetch_roster())
    play.say(raw(items[2], type="result").replace(id=play.asked().id, sender=None))
    assert (running.result().items, running.result().unreadable) == ([item(NURSE)], 0)


def test_a_contact_with_a_resource_is_not_the_one_without() -> None:
    gateway, registered = JID("icq.montague.lit"), JID("icq.montague.lit/registered")
    roster = Roster([item(gateway, "from"), item(registered, "to")])
    assert (roster[gateway].jid, roster[registered].jid) == (gateway, registered)
    roster.feed(push(item(registered, "remove")), JULIET)
    assert (list(roster), roster[registered].jid) == ([item(gateway, "from")], gateway)


def test_a_roster_has_an_end() -> None:
    roster = Roster([item(ROMEO), item(NURSE)], limit=2)
    assert roster.feed(push(item(PARIS)), JULIET) == RefusedPush(OWN, "there are 2 contacts already")
    assert isinstance(roster.feed(push(item(ROMEO, "both")), JULIET), RosterChange)
    roster.feed(push(item(NURSE, "remove")), JULIET)
    assert isinstance(roster.feed(push(item(PARIS)), JULIET), RosterChange)
    assert [one.jid for one in roster] == [ROMEO, PARIS]
