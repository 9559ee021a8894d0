"""Presence: who is told when a resource comes, changes, goes; directed presence; probes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.localserver.town import Client, Town
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.ping import Ping
from xmppwire.stanza import Iq, Presence, PresenceType, StanzaError
from xmppwire.stream.errors import StreamErrorCondition
from xmppwire.xml import Element

JULIET, ROMEO, NURSE = "juliet@capulet.lit", "romeo@capulet.lit", "nurse@capulet.lit"
UNAVAILABLE = PresenceType.UNAVAILABLE


def friends(**keywords: object) -> Town:
    town = Town(**keywords)  # type: ignore[arg-type]
    town.befriend(JULIET, ROMEO)
    return town


def seen(client: Client) -> list[tuple[str, str | None]]:
    """Who was reported, and as what."""
    return [(str(event.sender), event.type_value) for event in client.heard() if isinstance(event, Presence)]


@pytest.mark.spec("RFC 6121", "4.2.2", "4.2.3", "4.3.1")
def test_initial_presence_goes_to_subscribers_and_to_oneself() -> None:
    town = friends()
    romeo, orchard = town.login(f"{ROMEO}/orchard"), town.login(f"{ROMEO}/street")
    nurse = town.login(f"{NURSE}/kitchen")
    chamber = town.login(f"{JULIET}/chamber")
    town.login(f"{ROMEO}/silent", priority=None)
    for client in (romeo, orchard):
        client.heard()
    balcony = town.connect(f"{JULIET}/balcony")
    balcony.end.take()
    balcony.say(Presence(show="away", status="at the window", priority=3, id="p1"))
    expected = Presence(ROMEO, sender=balcony.jid, show="away", status="at the window", priority=3, id="p1")
    assert romeo.heard() == [expected]
    assert orchard.heard() == [expected]
    assert chamber.heard() == [expected.replace(to=JULIET)]
    assert nurse.heard() == []
    got = balcony.heard()
    assert got[0] == expected.replace(to=JULIET)
    assert {str(presence.sender) for presence in got[1:]} == {
        f"{ROMEO}/orchard",
        f"{ROMEO}/street",
        f"{JULIET}/chamber",
    }
    assert {str(presence.to) for presence in got[1:]} == {str(balcony.jid)}


@pytest.mark.spec("RFC 6121", "4.4.2", "4.4.3")
def test_later_presence_goes_the_same_way_but_nobody_is_asked_again() -> None:
    town = friends()
    romeo, juliet = town.login(f"{ROMEO}/orchard"), town.login(f"{JULIET}/balcony")
    romeo.heard()
    juliet.say(Presence(show="dnd"))
    assert seen(romeo) == [(f"{JULIET}/balcony", None)]
    assert seen(juliet) == [(f"{JULIET}/balcony", None)]


@pytest.mark.spec("RFC 6121", "4.5.2", "4.5.3")
@pytest.mark.parametrize("way", ["said", "closed", "lost", "timed out"])
def test_going_is_told_however_it_happens(way: str) -> None:
    town = friends()
    romeo, juliet, chamber = (town.login(jid) for jid in (f"{ROMEO}/orchard", f"{JULIET}/balcony", f"{JULIET}/chamber"))
    for client in (romeo, juliet, chamber):
        client.heard()
    if way == "said":
        juliet.say(Presence(type=UNAVAILABLE, status="gone to Friar Laurence"))
    elif way == "closed":
        juliet.leave()
    elif way == "lost":
        juliet.wire.cut_off()
    else:
        juliet.link.drop(town.world.now, StreamErrorCondition.CONNECTION_TIMEOUT, "too slow")
    (told,) = romeo.heard()
    assert (told.type, str(told.sender), str(told.to)) == (UNAVAILABLE, f"{JULIET}/balcony", ROMEO)
    assert told.status == ("gone to Friar Laurence" if way == "said" else None)
    assert seen(chamber) == [(f"{JULIET}/balcony", "unavailable")]
    assert seen(juliet) == ([(f"{JULIET}/balcony", "unavailable")] if way == "said" else [])
    if way == "said":
        juliet.leave()
        assert romeo.heard() == []  # once is enough


@pytest.mark.spec("RFC 6121", "4.5.2")
def test_presence_after_going_is_initial_presence_again() -> None:
    town = friends()
    romeo, juliet = town.login(f"{ROMEO}/orchard"), town.login(f"{JULIET}/balcony")
    juliet.say(Presence(type=UNAVAILABLE))
    juliet.heard()
    juliet.say(Presence())
    assert seen(juliet) == [(f"{JULIET}/balcony", None), (f"{ROMEO}/orchard", None)]
    assert seen(romeo)[-1] == (f"{JULIET}/balcony", None)


@pytest.mark.spec("RFC 6121", "4.7.2.3")
def test_a_priority_that_is_none_is_refused() -> None:
    town = friends()
    romeo, juliet = town.login(f"{ROMEO}/orchard"), town.login(f"{JULIET}/balcony", priority=None)
    juliet.say(Presence(payloads=[Element(("jabber:client", "priority"), {}, ["high"])]))
    (reply,) = juliet.heard()
    assert reply.error == StanzaError("bad-request")
    assert romeo.heard() == []
    juliet.say(Presence(type="subscribe"))
    (reply,) = juliet.heard()
    assert reply.error == StanzaError("bad-request")
    juliet.say(Presence(type="error", error=StanzaError("gone")))
    assert juliet.heard() == []


# --- directed presence ----------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "4.6.1", "4.6.3", "4.6.4")
@pytest.mark.parametrize("available", [True, False])
@pytest.mark.parametrize("to", [NURSE, f"{NURSE}/kitchen"])
def test_directed_presence_is_taken_back_at_the_end(to: str, available: bool) -> None:
    town = friends()
    nurse, cellar = town.login(f"{NURSE}/kitchen"), town.login(f"{NURSE}/cellar")
    juliet = town.login(f"{JULIET}/balcony", priority=0 if available else None)
    for client in (nurse, cellar):
        client.heard()
    juliet.say(Presence(to, show="chat"))
    assert nurse.heard() == [Presence(to, show="chat", sender=juliet.jid)]
    both = to == NURSE
    assert len(cellar.heard()) == both
    juliet.say(Presence(show="away"))  # a broadcast is not for her
    assert nurse.heard() == []
    juliet.leave()
    assert seen(nurse) == [(f"{JULIET}/balcony", "unavailable")]
    assert len(cellar.heard()) == both


@pytest.mark.spec("RFC 6121", "4.6.3")
def test_directed_presence_taken_back_by_oneself() -> None:
    town = Town()
    nurse, juliet = town.login(f"{NURSE}/kitchen"), town.login(f"{JULIET}/balcony")
    juliet.say(Presence(NURSE), Presence(NURSE, type=UNAVAILABLE))
    assert seen(nurse) == [(f"{JULIET}/balcony", None), (f"{JULIET}/balcony", "unavailable")]
    juliet.leave()
    assert nurse.heard() == []


@pytest.mark.spec("RFC 6121", "4.6.3")
def test_a_subscriber_is_told_once_that_a_resource_is_gone() -> None:
    town = friends()
    romeo, juliet = town.login(f"{ROMEO}/orchard"), town.login(f"{JULIET}/balcony")
    juliet.say(Presence(ROMEO), Presence(JULIET))
    romeo.heard()
    juliet.heard()
    juliet.say(Presence(type=UNAVAILABLE))
    assert seen(romeo) == [(f"{JULIET}/balcony", "unavailable")]
    assert seen(juliet) == [(f"{JULIET}/balcony", "unavailable")]


@pytest.mark.spec("RFC 6121", "4.6.1")
def test_who_goes_away_needs_not_be_told() -> None:
    town = Town()
    nurse, juliet = town.login(f"{NURSE}/kitchen"), town.login(f"{JULIET}/balcony")
    juliet.say(Presence(nurse.jid))
    nurse.say(Presence(juliet.jid, type=UNAVAILABLE))
    assert juliet.link.directed == {}


def test_the_number_of_addresses_told_directly_is_bounded() -> None:
    town = Town(limits=LocalLimits(directed=2))
    juliet = town.login(f"{JULIET}/balcony")
    juliet.say(*(Presence(f"{name}@capulet.lit") for name in ("a", "b", "a")))
    assert juliet.heard() == []
    juliet.say(Presence("c@capulet.lit"))
    (reply,) = juliet.heard()
    assert reply.error == StanzaError("resource-constraint")


@pytest.mark.spec("RFC 6121", "8.5.1", "8.5.2.1.2", "8.5.2.2.2", "8.5.3.1", "8.5.3.2.2")
@pytest.mark.parametrize("type_", [None, "unavailable"])
@pytest.mark.parametrize("to", ["tybalt@capulet.lit", NURSE, f"{NURSE}/nowhere", "capulet.lit"])
def test_presence_for_nobody_is_ignored(to: str, type_: str | None) -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony")
    juliet.say(Presence(to, type=type_))
    assert juliet.heard() == []


@pytest.mark.spec("RFC 6121", "8.3")
@pytest.mark.spec("RFC 6120", "10.4.3")
def test_presence_for_another_domain_is_not_found() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony")
    juliet.say(Presence("benvolio@montague.lit"), Presence("benvolio@montague.lit", type="subscribe"))
    assert [event.error for event in juliet.heard()] == [StanzaError("remote-server-not-found")] * 2
    juliet.say(Presence("benvolio@montague.lit", type="error", error=StanzaError("gone")))
    assert juliet.heard() == []


def test_presence_errors_reach_a_resource_only() -> None:
    town = Town()
    juliet, nurse = town.login(f"{JULIET}/balcony"), town.login(f"{NURSE}/kitchen")
    error = Presence(juliet.jid, type="error", error=StanzaError("gone"))
    nurse.say(error, error.replace(to=JULIET))
    assert juliet.heard() == [error.replace(sender=nurse.jid)]
    assert nurse.heard() == []


# --- probes ---------------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "4.3.2", "4.3.2.1")
def test_a_probe_is_answered_with_all_resources() -> None:
    town = friends()
    romeo = town.login(f"{ROMEO}/orchard")
    for name in ("balcony", "chamber"):
        client = town.login(f"{JULIET}/{name}", priority=None)
        client.say(Presence(show="away", id=name))
    romeo.heard()
    romeo.say(Presence(JULIET, type="probe", id="probe1"))
    assert romeo.heard() == [
        Presence(romeo.jid, sender=f"{JULIET}/{name}", show="away", id=name) for name in ("balcony", "chamber")
    ]


@pytest.mark.spec("RFC 6121", "4.3.2", "4.3.2.1")
def test_a_probe_for_somebody_who_is_away() -> None:
    town = friends(epoch=0.0)
    romeo = town.login(f"{ROMEO}/orchard")
    romeo.say(Presence(JULIET, type="probe", id="probe1"))
    assert romeo.heard() == [Presence(romeo.jid, sender=JULIET, type=UNAVAILABLE, id="probe1")]
    town.login(f"{JULIET}/balcony").leave()
    town.world.advance(100)
    romeo.heard()
    romeo.say(Presence(JULIET, type="probe", id="probe2"))
    (answer,) = romeo.heard()
    assert answer.without(Delay) == Presence(romeo.jid, sender=JULIET, type=UNAVAILABLE, id="probe2")
    assert answer.get(Delay).stamp == datetime.fromtimestamp(1000, UTC)


@pytest.mark.spec("RFC 6121", "4.3.2")
def test_a_probe_for_one_resource_tells_only_that_it_is_there() -> None:
    town = friends()
    romeo, juliet = town.login(f"{ROMEO}/orchard"), town.login(f"{JULIET}/balcony", priority=None)
    juliet.say(Presence(show="dnd"))
    romeo.heard()
    romeo.say(Presence(juliet.jid, type="probe"), Presence(f"{JULIET}/attic", type="probe", id="x"))
    assert romeo.heard() == [
        Presence(romeo.jid, sender=juliet.jid),
        Presence(romeo.jid, sender=f"{JULIET}/attic", type=UNAVAILABLE, id="x"),
    ]


@pytest.mark.spec("RFC 6121", "4.3.2", "4.6.6")
def test_a_probe_without_a_subscription() -> None:
    town = Town()
    nurse, juliet = town.login(f"{NURSE}/kitchen"), town.login(f"{JULIET}/balcony")
    refused = Presence(nurse.jid, sender=JULIET, type="unsubscribed", id="x")
    nurse.say(Presence(JULIET, type="probe", id="x"), Presence(juliet.jid, type="probe", id="x"))
    assert nurse.heard() == [refused, refused]
    nurse.say(Presence("tybalt@capulet.lit", type="probe", id="y"))
    assert nurse.heard() == [Presence(nurse.jid, sender="tybalt@capulet.lit", type="unsubscribed", id="y")]
    juliet.say(Presence(nurse.jid, show="chat"))
    nurse.heard()
    nurse.say(Presence(juliet.jid, type="probe", id="x"))
    assert nurse.heard() == [Presence(nurse.jid, sender=juliet.jid)]
    nurse.say(Presence(JULIET, type="probe", id="x"))
    assert nurse.heard() == [refused]


def test_a_probe_does_not_answer_a_request_that_waits() -> None:
    town = Town()
    nurse = town.login(f"{NURSE}/kitchen", roster=True)
    nurse.say(Presence(JULIET, type="subscribe"))
    nurse.heard()
    nurse.say(Presence(JULIET, type="probe"))
    assert nurse.heard() == []


@pytest.mark.spec("RFC 6121", "4.2.2")
def test_everybody_sees_the_own_resources() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony")
    chamber = town.login(f"{JULIET}/chamber")
    juliet.heard()
    juliet.say(Presence(JULIET, type="probe"))
    assert seen(juliet) == [(str(chamber.jid), None)]


# --- who may ask ----------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "8.5.3.1")
def test_iqs_reach_a_resource_that_shares_its_presence() -> None:
    town = friends()
    juliet = town.login(f"{JULIET}/balcony")
    chamber, romeo, nurse = (town.login(jid) for jid in (f"{JULIET}/chamber", f"{ROMEO}/orchard", f"{NURSE}/kitchen"))
    ping = Iq("get", juliet.jid, payload=Ping())
    for client, allowed in ((chamber, True), (romeo, True), (nurse, False)):
        client.heard()
        reply = client.ask(ping.replace(id=f"to-{client.jid.localpart}"))
        assert reply.error == (None if allowed else StanzaError("service-unavailable"))
        assert reply.sender == juliet.jid
    juliet.say(Presence(nurse.jid))
    assert nurse.ask(ping.replace(id="now")).error is None
    juliet.say(Presence(nurse.jid, type=UNAVAILABLE))
    assert nurse.ask(ping.replace(id="no longer")).error is not None


def test_a_server_that_is_not_private_lets_everybody_ask() -> None:
    town = Town(private=False)
    juliet, nurse = town.login(f"{JULIET}/balcony"), town.login(f"{NURSE}/kitchen")
    assert nurse.ask(Iq("get", juliet.jid, payload=Ping(), id="p")).error is None


@pytest.mark.spec("RFC 6121", "8.5.1", "8.5.3.2.3")
@pytest.mark.parametrize("to", ["tybalt@capulet.lit/x", f"{JULIET}/nowhere", "tybalt@capulet.lit"])
def test_an_iq_for_nobody_is_answered(to: str) -> None:
    town = friends()
    romeo = town.login(f"{ROMEO}/orchard")
    reply = romeo.ask(Iq("get", to, payload=Ping(), id="p"))
    assert reply.error == StanzaError("service-unavailable")
    assert reply.sender == JID(to)


def test_answers_to_nobody_are_dropped() -> None:
    town = friends()
    romeo = town.login(f"{ROMEO}/orchard")
    romeo.say(
        *(Iq("result", to, id="r") for to in ("tybalt@capulet.lit/x", JULIET, "capulet.lit", "montague.lit", None))
    )
    assert romeo.heard() == []
