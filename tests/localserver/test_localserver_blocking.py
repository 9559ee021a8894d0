"""Block lists (XEP-0191): nothing passes, in neither direction, and whoever is blocked sees somebody who is not there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.town import Client, Town, bodies
from xmppwire.im.blocking import BlockedAddresses, block, fetch_blocked, unblock, unblock_all
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.operation import IqError
from xmppwire.protocol.blocking import Block, Blocked, Unblock
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.ping import Ping
from xmppwire.stanza import ErrorCondition, Iq, IqType, Message, MessageType, Presence, PresenceType, StanzaError

JULIET, ROMEO = "juliet@capulet.lit", "romeo@capulet.lit"
BLOCKED = StanzaError(ErrorCondition.NOT_ACCEPTABLE, application=Blocked())


@pytest.fixture
def town() -> Town:
    town = Town()
    town.befriend(JULIET, ROMEO)
    return town


def both(town: Town) -> tuple[Client, Client]:
    return town.login(f"{JULIET}/balcony"), town.login(f"{ROMEO}/orchard")


def presences(client: Client) -> list[tuple[str, Any]]:
    return [(str(one.sender), one.type) for one in client.heard() if isinstance(one, Presence)]


@pytest.mark.spec("XEP-0191", "3.1", "3.2", "3.3", "3.4", "3.5")
def test_the_list_is_kept_and_pushed_to_those_who_asked_for_it(town: Town) -> None:
    juliet, tablet, watch = (town.login(f"{JULIET}/{name}") for name in ("balcony", "tablet", "watch"))
    juliet.heard()
    info = juliet.ask(Iq("get", "capulet.lit", payload=DiscoInfo())).get(DiscoInfo)
    assert info is not None
    assert "urn:xmpp:blocking" in info.features
    seen = tablet.run(fetch_blocked())
    assert len(seen) == 0
    tablet.heard()
    watch.heard()

    juliet.run(block(ROMEO, "montague.lit"))
    (push,) = tablet.heard()
    assert (push.type, push.to, push.get(Block)) == (IqType.SET, tablet.jid, push.get(Block))
    assert seen.feed(push, tablet.jid)
    assert list(seen) == [JID(ROMEO), JID("montague.lit")] == list(juliet.run(fetch_blocked()))
    assert watch.heard() == []

    juliet.run(unblock(ROMEO))
    tablet.heard()
    assert list(juliet.run(fetch_blocked())) == [JID("montague.lit")]
    juliet.run(unblock_all())
    (push,) = tablet.heard()
    assert push.get(Unblock) == Unblock(items=[])
    assert list(juliet.run(fetch_blocked())) == []


@pytest.mark.spec("XEP-0191", "3.3")
def test_nothing_arrives_from_who_is_blocked(town: Town) -> None:
    juliet, romeo = both(town)
    juliet.run(block(ROMEO))
    for client in (juliet, romeo):
        client.heard()
    unavailable = StanzaError(ErrorCondition.SERVICE_UNAVAILABLE)
    for type_ in (MessageType.CHAT, MessageType.NORMAL):
        romeo.say(Message(JULIET, "hear me", type=type_), Message(juliet.jid, "hear me", type=type_))
        assert [reply.error for reply in romeo.heard()] == [unavailable, unavailable]
    for quiet in (MessageType.HEADLINE, MessageType.GROUPCHAT):
        romeo.say(Message(juliet.jid, "hear me", type=quiet))
    romeo.say(Iq("result", juliet.jid, id="x"), Message(juliet.jid, type="error", error=unavailable))
    for presence in (None, "subscribe", "unsubscribe", "unsubscribed", "probe", "unavailable"):
        romeo.say(Presence(JULIET, type=presence))
    romeo.say(Presence(show="away"), Presence(type="unavailable"))
    assert [one for one in romeo.heard() if one.sender.bare != JID(ROMEO)] == []
    assert romeo.ask(Iq("get", juliet.jid, payload=Ping())).error == unavailable
    assert romeo.ask(Iq("get", JULIET, payload=DiscoInfo())).error == unavailable
    assert juliet.heard() == []
    account = town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    assert len(account.offline) == 0
    assert account.roster.shares_presence_with(JID(ROMEO))  # politely: he is not told


@pytest.mark.spec("XEP-0191", "3.3")
def test_nothing_goes_out_to_who_is_blocked(town: Town) -> None:
    juliet, romeo = both(town)
    juliet.run(block(ROMEO))
    romeo.heard()
    for stanza in (Message(ROMEO, "hi"), Presence(ROMEO), Presence(romeo.jid, type="subscribe")):
        juliet.say(stanza)
        (reply,) = juliet.heard()
        assert (reply.sender, reply.error) == (stanza.to, BLOCKED)
    assert juliet.ask(Iq("get", romeo.jid, payload=Ping())).error == BLOCKED
    juliet.say(Message(ROMEO, type="error", error=BLOCKED), Iq("result", romeo.jid, id="1"), Presence(show="dnd"))
    juliet.say(Presence(type="unavailable"))
    assert [one for one in juliet.heard() if not isinstance(one, Presence)] == []
    assert romeo.heard() == []


@pytest.mark.spec("XEP-0191", "3.3", "3.4")
def test_presence_says_goodbye_and_comes_back(town: Town) -> None:
    juliet, romeo = both(town)
    juliet.heard()
    romeo.heard()
    juliet.run(block(ROMEO))
    assert presences(romeo) == [(str(juliet.jid), PresenceType.UNAVAILABLE)]
    later = town.login(f"{ROMEO}/later")
    assert [one for one in presences(later) if one[0].startswith(JULIET)] == []
    romeo.heard()
    assert presences(juliet) == []
    juliet.run(unblock(ROMEO))
    assert presences(romeo) == [(str(juliet.jid), None)] == presences(later)
    assert sorted(presences(juliet)) == sorted([(str(romeo.jid), None), (str(later.jid), None)])
    romeo.say(Message(JULIET, "at last"))
    assert bodies(juliet.heard()) == ["at last"]


@pytest.mark.spec("XEP-0191", "3.3")
def test_who_is_no_contact_learns_nothing_from_being_blocked() -> None:
    town = Town()
    juliet, romeo = both(town)
    nurse = town.login("nurse@capulet.lit/kitchen")
    juliet.say(Presence(nurse.jid))
    nurse.heard()
    juliet.run(block(ROMEO, nurse.jid.bare))
    assert romeo.heard() == []
    assert presences(nurse) == [(str(juliet.jid), PresenceType.UNAVAILABLE)]  # she was told that Juliet is there
    juliet.run(unblock_all())
    assert romeo.heard() == []
    assert nurse.heard() == []


@pytest.mark.spec("XEP-0191", "5")
@pytest.mark.parametrize(
    ("listed", "orchard", "square"),
    [
        (f"{ROMEO}/orchard", True, False),
        (ROMEO, True, True),
        ("capulet.lit", True, True),
        ("montague.lit", False, False),
    ],
)
def test_addresses_match_as_far_as_they_go(town: Town, listed: str, orchard: bool, square: bool) -> None:
    juliet, romeo = both(town)
    other = town.login(f"{ROMEO}/square")
    romeo.heard()
    juliet.run(block(listed))
    for client, blocked in ((romeo, orchard), (other, square)):
        gone = [(str(juliet.jid), PresenceType.UNAVAILABLE)]
        assert presences(client) == (gone if blocked else [])
    for client, blocked in ((romeo, orchard), (other, square)):
        client.heard()
        juliet.heard()
        client.say(Message(juliet.jid, "hi"))
        assert bodies(juliet.heard()) == ([] if blocked else ["hi"])
        client.heard()
        juliet.say(Presence(show="away"))
        assert presences(client) == ([] if blocked else [(str(juliet.jid), None)])


def test_one_s_own_clients_are_never_blocked(town: Town) -> None:
    juliet = town.login(f"{JULIET}/balcony")
    tablet = town.login(f"{JULIET}/tablet")
    juliet.run(block(JULIET, "capulet.lit"))
    juliet.heard()
    tablet.say(Message(juliet.jid, "hi"), Presence(show="away"))
    heard = juliet.heard()
    assert bodies(heard) == ["hi"]
    assert tablet.jid in [one.sender for one in heard if isinstance(one, Presence)]
    assert tablet.ask(Iq("get", juliet.jid, payload=Ping())).type is IqType.RESULT


def test_what_was_kept_from_before_is_not_delivered(town: Town) -> None:
    romeo = town.login(f"{ROMEO}/orchard")
    nurse = town.login("nurse@capulet.lit/kitchen")
    romeo.say(Message(JULIET, "kept"))
    nurse.say(Message(JULIET, "kept too"), Presence(JULIET, type="subscribe"))
    juliet = town.login(f"{JULIET}/balcony", priority=None)
    juliet.run(block(ROMEO, nurse.jid.bare))
    juliet.run(unblock(nurse.jid.bare))
    juliet.heard()
    juliet.say(Presence())
    assert bodies(juliet.heard()) == ["kept too"]


@pytest.mark.spec("XEP-0191", "3.3")
def test_requests_that_make_no_sense_and_those_of_others() -> None:
    town = Town(limits=LocalLimits(blocked=2))
    juliet, romeo = both(town)
    with pytest.raises(IqError) as error:
        juliet.run(block("a.lit", "b.lit", "c.lit"))
    assert error.value.error.condition is ErrorCondition.RESOURCE_CONSTRAINT
    juliet.run(block("a.lit", "a.lit", "b.lit"))
    juliet.run(block("b.lit"))
    reply = juliet.ask(Iq("set", payload=Block(items=[])))
    assert reply.error is not None
    assert reply.error.condition is ErrorCondition.BAD_REQUEST
    for to in (JULIET, "capulet.lit"):
        reply = romeo.ask(Iq("set", to, payload=Unblock(items=[])))
        assert reply.error == StanzaError(ErrorCondition.SERVICE_UNAVAILABLE)
    assert isinstance(listed := juliet.run(fetch_blocked()), BlockedAddresses)
    assert list(listed) == [JID("a.lit"), JID("b.lit")]
