"""Presence (RFC 6121 section 4): who is there, what is told, and what strangers cannot do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.session.play import JULIET, Play
from xmppwire.im.presence import Available, OwnPresence, PresenceChange, PresenceMap
from xmppwire.im.roster import Roster, RosterChange
from xmppwire.im.subscriptions import Subscriptions, accept_all
from xmppwire.jid import JID
from xmppwire.protocol.last_interaction import Idle
from xmppwire.protocol.roster import Roster as RosterQuery
from xmppwire.protocol.roster import RosterItem, Subscription
from xmppwire.stanza import Iq, Message, Presence, PresenceType, ShowValue, StanzaError
from xmppwire.stream.events import Established, Resumed
from xmppwire.xml import Element

OWN = JULIET.bare
ROMEO, NURSE = JID("romeo@montague.lit"), JID("nurse@capulet.lit")
ORCHARD, STREET = ROMEO.with_resource("orchard"), ROMEO.with_resource("street")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BOTH = RosterItem(jid=ROMEO, subscription=Subscription.BOTH)


def told(sender: JID | str | None, **more: Any) -> Presence:
    return Presence(OWN, sender=sender, **more)


def gone(sender: JID | str | None, **more: Any) -> Presence:
    return Presence(OWN, type="unavailable", sender=sender, **more)


def with_romeo(*presences: Presence, **keywords: Any) -> PresenceMap:
    """A map of which Romeo is a contact."""
    found = PresenceMap(Roster([BOTH]), **keywords)
    for presence in presences:
        assert found.feed(presence, JULIET) is not None
    return found


def change(presences: PresenceMap, event: object) -> PresenceChange:
    found = presences.feed(event, JULIET)
    assert found is not None
    return found


def jids(found: list[Available]) -> list[JID]:
    return [one.jid for one in found]


# --- who is there ---------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "4.2.4", "4.4.4", "4.5.4", "4.7.1", "4.7.2.1", "4.7.2.2", "4.7.2.3")
def test_somebody_comes_changes_and_goes() -> None:
    presences = with_romeo()
    came = change(presences, told(ORCHARD))
    assert (came.jid, came.before, came.stranger, came.error) == (ROMEO, None, False, None)
    assert came.now is not None
    assert (came.now.jid, came.now.show, came.now.status, came.now.priority) == (ORCHARD, None, None, 0)
    assert ROMEO in presences
    assert ORCHARD in presences
    assert STREET not in presences
    assert NURSE not in presences
    assert len(presences) == 1

    presence = told(ORCHARD, show="away", status="climbing", priority=-3)
    changed = change(presences, presence)
    assert changed.before == came.now
    assert changed.now == presences.get(ORCHARD) == presences.best(ROMEO)
    assert changed.now == Available(ORCHARD, ShowValue.AWAY, "climbing", -3, None, presence)

    went = change(presences, gone(ORCHARD, status="good night"))
    assert (went.before, went.now) == (changed.now, None)
    assert ROMEO not in presences
    assert presences.get(ORCHARD) is presences.best(ROMEO) is None
    assert presences.resources(ROMEO) == []
    assert presences.feed(gone(ORCHARD), JULIET) is None
    assert len(presences) == 0


@pytest.mark.spec("RFC 6121", "4.5.4")
def test_who_is_gone_with_the_bare_address_is_gone_everywhere() -> None:
    presences = with_romeo(told(ORCHARD), told(STREET), told(NURSE.with_resource("hall")))
    went = change(presences, gone(ROMEO))
    assert (went.jid, went.now) == (ROMEO, None)
    assert went.before is not None
    assert went.before.jid == STREET
    assert ROMEO not in presences
    assert list(presences) == [NURSE]
    assert presences.feed(gone(ROMEO), JULIET) is None


@pytest.mark.spec("RFC 6121", "4.7.2.3")
@pytest.mark.parametrize(
    ("there", "best"),
    [
        ({"a": (0, None), "b": (5, "dnd"), "c": (-1, "chat")}, "b"),
        ({"a": (1, "away"), "b": (1, "chat"), "c": (1, None)}, "b"),
        ({"a": (1, "away"), "b": (1, "xa"), "c": (1, None), "d": (1, "dnd")}, "c"),
        ({"a": (1, "dnd"), "b": (1, "xa"), "c": (0, "chat")}, "b"),
        ({"a": (0, None), "b": (0, None)}, "b"),
        ({"b": (0, None), "a": (0, None)}, "a"),
        ({"a": (-2, None), "b": (-1, None)}, "b"),
    ],
)
def test_which_resource_is_most_available(there: dict[str, tuple[int, str | None]], best: str) -> None:
    presences = with_romeo(
        *(told(ROMEO.with_resource(name), priority=priority, show=show) for name, (priority, show) in there.items())
    )
    found = presences.best(ROMEO)
    assert found is not None
    assert found.jid.resourcepart == best
    assert presences.best(ORCHARD) == found
    assert jids(presences.resources(ROMEO)) == [ROMEO.with_resource(name) for name in there]


def test_of_two_that_are_alike_the_one_heard_of_last_is_best() -> None:
    presences = with_romeo(told(ORCHARD), told(STREET), told(ORCHARD, status="still here"))
    found = presences.best(ROMEO)
    assert found is not None
    assert found.jid == ORCHARD


@pytest.mark.spec("RFC 6121", "4.2.2", "4.4.2")
def test_our_own_resources_are_no_strangers() -> None:
    chamber = OWN.with_resource("chamber")
    presences = PresenceMap(strangers=0)
    assert change(presences, told(JULIET)).stranger is False
    assert change(presences, told(chamber, priority=3)).stranger is False
    assert jids(presences.resources(OWN)) == [JULIET, chamber]
    change(presences, gone(chamber))
    assert jids(presences.resources(OWN)) == [JULIET]


def test_who_has_no_resource_is_there_too() -> None:
    gateway = JID("icq.montague.lit")
    presences = PresenceMap(Roster([RosterItem(jid=gateway, subscription=Subscription.BOTH)]))
    assert change(presences, told(gateway)).stranger is False
    assert gateway in presences
    assert change(presences, gone(gateway)).now is None
    assert gateway not in presences


@pytest.mark.spec("XEP-0319", "3.1", "3.2")
def test_since_when_somebody_is_idle() -> None:
    presences = with_romeo(told(ORCHARD, show="away", payloads=[Idle(since=NOON)]))
    found = presences.get(ORCHARD)
    assert found is not None
    assert found.idle_since == NOON
    back = change(presences, told(ORCHARD)).now
    assert back is not None
    assert back.idle_since is None


# --- what is not presence, or void ----------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "4.7.1")
def test_who_cannot_be_reached_is_not_there() -> None:
    presences = with_romeo(told(ORCHARD), told(STREET))
    error = StanzaError("recipient-unavailable")
    failed = change(presences, told(ORCHARD, type="error", error=error))
    assert (failed.jid, failed.now, failed.error) == (ROMEO, None, error)
    assert failed.before is not None
    assert jids(presences.resources(ROMEO)) == [STREET]
    failed = change(presences, told(ROMEO, type="error", error=StanzaError("remote-server-not-found")))
    assert ROMEO not in presences
    failed = change(presences, told(ROMEO, type="error"))
    assert (failed.before, failed.error) == (None, StanzaError("undefined-condition"))
    broken = told(NURSE, type="error")
    broken.children = [Element(("jabber:client", "error"), {"by": "@"})]
    assert change(presences, broken).error == StanzaError("undefined-condition")


@pytest.mark.spec("RFC 6121", "3.3.3", "3.2.3", "2.5.2")
@pytest.mark.parametrize("after", [None, Subscription.NONE, Subscription.FROM])
def test_presence_is_void_when_the_subscription_ends(after: Subscription | None) -> None:
    presences = with_romeo(told(ORCHARD), told(STREET))
    item = None if after is None else RosterItem(jid=ROMEO, subscription=after)
    ended = change(presences, RosterChange(ROMEO, BOTH, item))
    assert (ended.jid, ended.now) == (ROMEO, None)
    assert ROMEO not in presences
    assert presences.feed(RosterChange(ROMEO, BOTH, item), JULIET) is None


def test_other_changes_of_the_roster_are_none_of_presence() -> None:
    to = RosterItem(jid=ROMEO, subscription=Subscription.TO)
    none = RosterItem(jid=ROMEO)
    presences = with_romeo(told(ORCHARD))
    for before, after in ((BOTH, to), (to, BOTH), (none, to), (None, none), (none, RosterItem(jid=ROMEO, name="R"))):
        assert presences.feed(RosterChange(ROMEO, before, after), JULIET) is None
    assert ORCHARD in presences
    assert presences.feed(RosterChange(ROMEO, none, None), JULIET) is not None


def test_a_new_stream_begins_with_nobody() -> None:
    presences = with_romeo(told(ORCHARD), told(NURSE.with_resource("hall")))
    assert presences.feed(Resumed(JULIET, [], []), JULIET) is None
    assert len(presences) == 2
    assert presences.feed(Established(JULIET, []), JULIET) is None
    assert len(presences) == 0
    assert presences.best(ROMEO) is None


def test_what_is_no_presence_information() -> None:
    presences = with_romeo(told(ORCHARD))
    types = ("subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe")
    others = [*(told(STREET, type=type_) for type_ in types), told(None), gone(None), Message(sender=STREET), "other"]
    assert [presences.feed(event, JULIET) for event in others] == [None] * len(others)
    assert jids(presences.resources(ROMEO)) == [ORCHARD]


@pytest.mark.spec("RFC 6121", "4.7.2.1", "4.7.2.3")
@pytest.mark.parametrize(
    ("name", "content"), [("show", "here"), ("show", ""), ("priority", "high"), ("priority", "128"), ("priority", "")]
)
def test_what_cannot_be_read_counts_as_left_out(name: str, content: str) -> None:
    play, presences = Play(), with_romeo()
    wrong = Element(("jabber:client", name), {}, [content] if content else [])
    play.say(told(ORCHARD, status="in the garden", payloads=[wrong, Element(("urn:xmpp:idle:1", "idle"))]))
    (event,) = play.client.take()
    now = change(presences, event).now
    assert now is not None
    assert (now.show, now.status, now.priority, now.idle_since) == (None, "in the garden", 0, None)
    assert presences.best(ROMEO) == now


@pytest.mark.parametrize("type_", [None, *PresenceType])
def test_nothing_in_presence_makes_a_tracker_raise(type_: PresenceType | None) -> None:
    client = "jabber:client"
    broken = [
        Element((client, "show"), {}, [Element((client, "away"))]),
        Element((client, "priority"), {}, ["1e3"]),
        Element((client, "status"), {"{http://www.w3.org/XML/1998/namespace}lang": ""}, [Element(("urn:x", "y"))]),
        Element((client, "error"), {"type": "nothing", "by": "@"}),
        Element(("urn:xmpp:idle:1", "idle"), {"since": "yesterday"}),
        Element(("http://jabber.org/protocol/nick", "nick"), {}, [Element(("urn:x", "y"))]),
    ]
    play = Play()
    play.say(
        *(told(ORCHARD, type=type_, payloads=[one]) for one in broken),
        *(told(ORCHARD, type=type_, payloads=[one, one]) for one in broken),
        told(ORCHARD, type=type_, payloads=broken),
    )
    events = [event for event in play.client.take() if isinstance(event, Presence)]
    assert len(events) == 2 * len(broken) + 1
    presences, subscriptions = with_romeo(), Subscriptions(Roster([BOTH]), accept_all)
    subscriptions.request(NURSE)
    for event in events:
        presences.feed(event, JULIET)
        subscriptions.feed(event, JULIET)
    assert (ORCHARD in presences) is (type_ is None)


# --- strangers, floods and rooms ------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "4.6.5")
def test_strangers_are_told_from_contacts() -> None:
    presences = with_romeo()
    assert change(presences, told("tybalt@capulet.lit/hall")).stranger
    assert change(presences, gone("tybalt@capulet.lit/hall")).stranger
    assert not change(presences, told(ORCHARD)).stranger
    assert change(presences, told("romeo@montague.lit.evil.example/orchard")).stranger


def test_a_flood_by_strangers_has_an_end_and_costs_no_contact_anything() -> None:
    presences = with_romeo(told(ORCHARD), told(STREET), strangers=20)
    for number in range(200):
        change(presences, told(f"user{number % 50}@evil.example/{number}", status="spam"))
    assert sum(len(presences.resources(JID(f"user{number}@evil.example"))) for number in range(50)) == 20
    assert len(presences) == 21
    assert jids(presences.resources(ROMEO)) == [ORCHARD, STREET]


def test_the_stranger_of_whom_nothing_was_heard_for_longest_is_forgotten() -> None:
    presences = PresenceMap(strangers=2)
    found = [change(presences, told(sender)).forgotten for sender in ("a@x/1", "b@x/1", "a@x/1", "c@x/1")]
    assert found == [None, None, None, JID("b@x/1")]
    assert [str(jid) for jid in map(JID, ("a@x", "b@x", "c@x")) if jid in presences] == ["a@x", "c@x"]


def test_a_stranger_that_became_a_contact_is_not_forgotten() -> None:
    roster = Roster()
    presences = PresenceMap(roster, strangers=2)
    change(presences, told(ORCHARD))
    roster.feed(Iq("set", JULIET, payload=RosterQuery(items=[BOTH]), id="p", sender=OWN), JULIET)
    for number in range(10):
        change(presences, told(f"user{number}@evil.example/x"))
    assert ORCHARD in presences
    assert len(presences) == 3


def test_a_flood_of_resources_of_one_contact_has_an_end() -> None:
    presences = with_romeo(told(ORCHARD), resources=5)
    found = [change(presences, told(ROMEO.with_resource(str(number)))).forgotten for number in range(100)]
    assert found[3:6] == [None, ORCHARD, ROMEO.with_resource("0")]
    assert jids(presences.resources(ROMEO)) == [ROMEO.with_resource(str(number)) for number in range(95, 100)]
    for number in range(100):
        change(presences, told(f"tybalt@capulet.lit/{number}"))
    assert len(presences.resources(JID("tybalt@capulet.lit"))) == 5


def test_presence_in_rooms_is_kept_apart() -> None:
    room = JID("ball@rooms.capulet.lit")
    presences = with_romeo(told(ORCHARD), apart=[room])
    occupants = [
        told(room.with_resource("Romeo")),
        gone(room.with_resource("Romeo")),
        gone(room),
        told(room, type="error", error=StanzaError("conflict")),
    ]
    assert [presences.feed(event, JULIET) for event in occupants] == [None] * len(occupants)
    assert jids(presences.resources(ROMEO)) == [ORCHARD]
    presences.apart.discard(room)
    assert change(presences, told(room.with_resource("Romeo"))).stranger


# --- our own --------------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "4.2.1", "4.4.1", "4.7.2")
@pytest.mark.spec("XEP-0319", "3.1", "3.2")
def test_our_own_presence_is_built() -> None:
    own = OwnPresence()
    assert own.stanzas() == [Presence()]
    nick = Element(("urn:x", "extra"))
    own = OwnPresence(show="away", status="at the ball", priority=5, idle_since=NOON, payloads=[nick])
    stanza = own.stanza()
    assert (stanza.to, stanza.type, stanza.show, stanza.status) == (None, None, ShowValue.AWAY, "at the ball")
    assert (stanza.priority, stanza.get(Idle)) == (5, Idle(since=NOON))
    assert stanza.find(("urn:x", "extra")) == nick
    own.idle_since, own.show, own.status = None, None, {"en": "back", "it": "eccomi"}
    assert own.stanza().get(Idle) is None
    assert own.stanza().statuses == {"en": "back", "it": "eccomi"}
    own.idle_since = NOON.astimezone(timezone(timedelta(hours=2)))
    assert Presence.from_element(own.stanza().to_element()).get(Idle) == Idle(since=NOON)
    for wrong in (OwnPresence(priority=128), OwnPresence(show="here")):
        with pytest.raises(ValueError, match=r"128|here"):
            wrong.stanza()


@pytest.mark.spec("RFC 6121", "4.6.1", "4.6.2", "4.6.3")
def test_directed_presence_is_kept_up_to_date() -> None:
    own = OwnPresence(show="chat")
    assert own.direct("tybalt@capulet.lit/hall") == Presence("tybalt@capulet.lit/hall", show="chat")
    assert own.direct(NURSE) == Presence(NURSE, show="chat")
    own.show = "dnd"
    assert own.stanzas() == [
        Presence(show="dnd"),
        Presence(NURSE, show="dnd"),
        Presence("tybalt@capulet.lit/hall", show="dnd"),
    ]
    withdrawn = own.withdraw("nurse@capulet.lit")
    assert (withdrawn.to, withdrawn.type) == (NURSE, PresenceType.UNAVAILABLE)
    assert [stanza.to for stanza in own.stanzas()] == [None, JID("tybalt@capulet.lit/hall")]
