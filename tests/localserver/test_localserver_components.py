"""Components at the local server (XEP-0114): the way in, and stanzas between users and the addresses of a component."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.town import Client, Town, bodies
from tests.pair import CUTS, Cut, seeded, whole
from xmppwire.im.ping import ping
from xmppwire.im.roster import fetch_roster
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits, LocalServer
from xmppwire.operation import request
from xmppwire.protocol.disco import DiscoInfo, DiscoItems
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.roster import Roster, Subscription
from xmppwire.session import Session
from xmppwire.stanza import Iq, IqType, Message, MessageType, Presence, PresenceType
from xmppwire.stream import ComponentConfig, Phase, StreamEnded, StreamErrorReceived, StreamErrorSent

GATE = JID("gate.capulet.lit")
BOT = JID("bot@gate.capulet.lit")
SECRETS = {"gate.capulet.lit": "open sesame", "music.capulet.lit": "lute"}
JULIET = JID("juliet@capulet.lit")


def town(**keywords: Any) -> Town:
    return Town(components=SECRETS, **keywords)


def connect(town: Town, domain: str = "gate.capulet.lit", *, cut: Cut = whole, **config: Any) -> Client:
    """Begin to connect a component, and settle."""
    config.setdefault("secret", SECRETS.get(domain, "none"))
    engine = Session(ComponentConfig(jid=JID(domain), random=seeded(50 + len(town.world.wires)), **config))
    component = Client(town, town.world.join(engine, cut=cut))
    town.world.settle()
    return component


def enter(town: Town, domain: str = "gate.capulet.lit", **config: Any) -> Client:
    """A component that is connected."""
    component = connect(town, domain, **config)
    assert component.session.phase is Phase.ESTABLISHED, component.end.events
    assert component.jid == JID(domain)
    component.end.take()
    return component


def error_of(client: Client) -> str:
    (event,) = [event for event in client.end.events if isinstance(event, StreamErrorReceived)]
    assert isinstance(client.end.events[-1], StreamEnded)
    return event.error.condition.value


# --- the way in ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0114", "3")
@pytest.mark.parametrize("cut", CUTS)
def test_clients_and_components_come_through_the_same_door(cut: str) -> None:
    place = town()
    juliet = place.connect("juliet@capulet.lit/balcony", cut=CUTS[cut]())
    assert juliet.session.phase is Phase.ESTABLISHED
    gate = connect(place, cut=CUTS[cut]())
    assert gate.session.phase is Phase.ESTABLISHED
    assert gate.link.component == GATE
    juliet.say(Message(BOT, "hello"))
    assert bodies(gate.heard()) == ["hello"]


@pytest.mark.spec("XEP-0114", "3")
@pytest.mark.parametrize(
    ("domain", "secret", "condition"),
    [
        ("gate.capulet.lit", "wrong", "not-authorized"),
        ("gate.capulet.lit", "lute", "not-authorized"),
        ("other.capulet.lit", "open sesame", "host-unknown"),
        ("capulet.lit", "open sesame", "host-unknown"),
    ],
)
def test_who_is_not_let_in(domain: str, secret: str, condition: str) -> None:
    place = town()
    juliet = place.login("juliet@capulet.lit/balcony")
    assert error_of(connect(place, domain, secret=secret)) == condition
    assert len(place.server.links) == 1
    juliet.run(ping())


@pytest.mark.spec("XEP-0114", "3")
def test_the_second_component_of_a_domain_is_a_conflict() -> None:
    place = town()
    first = enter(place)
    assert error_of(connect(place)) == "conflict"
    juliet = place.login("juliet@capulet.lit/balcony")
    juliet.say(Message(BOT, "still there?"))
    assert bodies(first.heard()) == ["still there?"]
    first.leave()
    enter(place)


def test_of_two_that_come_at_once_one_is_a_conflict() -> None:
    place = town()
    config = ComponentConfig(jid=GATE, secret=SECRETS[str(GATE)], random=seeded(9))
    wires = [place.world.join(Session(config)) for _ in range(2)]
    place.world.settle()
    phases = [wire.client.engine.phase for wire in wires]
    assert sorted(phase.value for phase in phases) == ["closed", "established"]


def test_without_components_there_is_no_such_door() -> None:
    place = Town()
    (event,) = [event for event in connect(place).end.events if isinstance(event, StreamErrorSent)]
    assert event.error.condition == "invalid-namespace"


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n\r\n", b"<stream xmlns='jabber:client'>", b"<a" + b" " * 20_000, b""]
)
def test_neither_client_nor_component(data: bytes) -> None:
    place = town()
    link = place.server.accept(0.0)
    link.start(0.0)
    link.receive_data(data, 0.0)
    while link.phase is not Phase.CLOSED:
        event = link.next_event(0.0)
        if event is not None and isinstance(event, StreamEnded):
            break
        if link.next_event(1.0) and link.phase in (Phase.NEGOTIATING, Phase.CLOSING):
            link.receive_data(b"", 1.0)
    assert not place.server.links


def test_half_a_header_ends_with_the_time() -> None:
    place = town()
    link = place.server.accept(0.0)
    link.start(0.0)
    link.receive_data(b"<stream:stream xmlns='jabber:component:accept' ", 0.0)
    link.next_event(0.0)
    link.handle_timeout(61.0)
    link.next_event(61.0)
    assert b"connection-timeout" in link.data_to_send()


def test_components_can_be_added_while_the_server_runs() -> None:
    place = Town()
    place.server.add_component("gate.capulet.lit", "open sesame")
    enter(place)
    for domain, secret in (("capulet.lit", "x"), ("bot@gate.capulet.lit", "x"), ("late.capulet.lit", "")):
        with pytest.raises(ValueError):
            place.server.add_component(domain, secret)
    with pytest.raises(ValueError):
        LocalServer(["capulet.lit"], components={"capulet.lit": "x"})


def test_a_component_that_does_not_read_is_closed() -> None:
    place = town(limits=LocalLimits(queue_bytes=10_000))
    gate = enter(place)
    juliet = place.login("juliet@capulet.lit/balcony")
    gate.end.frozen = True
    for _ in range(30):
        juliet.say(Message(BOT, "x" * 1000))
    assert gate.link.component is None
    juliet.end.take()
    juliet.say(Message(BOT, "anybody?", type=MessageType.CHAT))
    (error,) = juliet.heard()
    assert error.error.condition == "service-unavailable"


# --- messages and requests -------------------------------------------------------------------------------------------


def test_messages_both_ways_and_between_components() -> None:
    place = town()
    gate, music = enter(place), enter(place, "music.capulet.lit")
    juliet = place.login("juliet@capulet.lit/balcony")
    gate.say(Message(JULIET, "from the bot", sender=BOT), Message(juliet.jid, "from the gate"))
    heard = juliet.heard()
    assert [(message.sender, message.body) for message in heard] == [(BOT, "from the bot"), (GATE, "from the gate")]
    gate.say(Message("lute@music.capulet.lit", "play", sender=BOT))
    (heard,) = music.heard()
    assert (heard.sender, heard.body) == (BOT, "play")


@pytest.mark.spec("RFC 6120", "8.3.1")
def test_what_cannot_be_delivered_comes_back() -> None:
    place = town()
    gate = enter(place)
    juliet = place.login("juliet@capulet.lit/balcony")
    for to in ("nobody@capulet.lit", "lute@music.capulet.lit", "juliet@elsewhere.lit"):
        gate.say(Message(to, "?", sender=BOT))
        (error,) = gate.heard()
        assert (error.to, error.sender) == (BOT, JID(to))
        assert error.error.condition == (
            "remote-server-not-found" if to.endswith("elsewhere.lit") else "service-unavailable"
        )
    juliet.say(Message("lute@music.capulet.lit", "?"))
    (error,) = juliet.heard()
    assert error.error.condition == "service-unavailable"


def test_messages_for_who_is_away_are_kept() -> None:
    place = town()
    enter(place).say(Message(JULIET, "later", sender=BOT, type=MessageType.CHAT))
    juliet = place.connect("juliet@capulet.lit/balcony")
    juliet.say(Presence())
    assert bodies(juliet.heard()) == ["later"]


@pytest.mark.spec("XEP-0030", "3.1")
def test_requests_both_ways() -> None:
    place = town()
    gate = enter(place)
    juliet = place.login("juliet@capulet.lit/balcony")
    juliet.run(ping(BOT))
    info = juliet.run(request(Iq.get(DiscoInfo(), to=GATE))).get(DiscoInfo)
    assert info is not None
    assert info.identities[0].category == "component"
    gate.run(ping(juliet.jid))
    gate.run(ping("capulet.lit"))
    items = juliet.run(request(Iq.get(DiscoItems(), to="capulet.lit"))).get(DiscoItems)
    assert items is not None
    assert [item.jid for item in items.items] == [GATE, JID("conference.capulet.lit"), JID("pubsub.capulet.lit")]


def test_a_component_has_no_roster_and_sees_no_account() -> None:
    place = town()
    gate = enter(place)
    for to, payload in ((JULIET, Roster()), (JULIET, DiscoItems()), (JID("capulet.lit"), Roster())):
        iq = Iq.get(payload, to=to, id="q1")
        iq.sender = BOT
        reply = gate.ask(iq)
        assert reply.type is IqType.ERROR
        assert reply.to == BOT


def test_answers_of_a_component_reach_the_client_that_asked() -> None:
    place = town()
    gate = enter(place)
    gate.session.answers.ping = gate.session.answers.unhandled = False
    juliet = place.login("juliet@capulet.lit/balcony")
    running = juliet.session.run(request(Iq.get(Ping(), to=BOT)), place.world.now)
    (asked,) = gate.heard()
    assert (asked.sender, asked.to) == (juliet.jid, BOT)
    gate.say(asked.result())
    assert running.result().sender == BOT


# --- presence --------------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "3.1")
def test_a_user_subscribes_to_an_address_of_a_component() -> None:
    place = town()
    gate = enter(place)
    juliet = place.login("juliet@capulet.lit/balcony", roster=True)
    juliet.say(Presence(BOT, type=PresenceType.SUBSCRIBE))
    (asked,) = gate.heard()
    assert (asked.sender, asked.to, asked.type) == (JULIET, BOT, PresenceType.SUBSCRIBE)
    juliet.end.take()
    gate.say(Presence(JULIET, sender=BOT, type=PresenceType.SUBSCRIBED), Presence(JULIET, sender=BOT, show="chat"))
    kinds = [(type(stanza), getattr(stanza, "type", None)) for stanza in juliet.heard()]
    assert (Presence, PresenceType.SUBSCRIBED) in kinds
    assert (Presence, None) in kinds
    (item,) = juliet.run(fetch_roster()).items
    assert (item.jid, item.subscription) == (BOT, Subscription.TO)
    juliet.leave()
    gate.heard()
    place.connect("juliet@capulet.lit/orchard").say(Presence())
    (probe,) = gate.heard()
    assert (probe.sender, probe.to, probe.type) == (JULIET, BOT, PresenceType.PROBE)


@pytest.mark.spec("RFC 6121", "3.1", "4.2", "4.5")
def test_an_address_of_a_component_subscribes_to_a_user() -> None:
    place = town()
    gate = enter(place)
    juliet = place.login("juliet@capulet.lit/balcony", roster=True)
    gate.say(Presence(JULIET, sender=BOT, type=PresenceType.SUBSCRIBE))
    (asked,) = juliet.heard()
    assert (asked.sender, asked.type) == (BOT, PresenceType.SUBSCRIBE)
    juliet.say(Presence(BOT, type=PresenceType.SUBSCRIBED))
    heard = gate.heard()
    assert [(stanza.sender, stanza.to, stanza.type) for stanza in heard] == [
        (JULIET, BOT, PresenceType.SUBSCRIBED),
        (juliet.jid, BOT, None),
    ]
    juliet.say(Presence(show="away"))
    assert [(stanza.to, stanza.show) for stanza in gate.heard()] == [(BOT, "away")]
    gate.say(Presence(JULIET, sender=BOT, type=PresenceType.PROBE))
    assert [(stanza.sender, stanza.to, stanza.show) for stanza in gate.heard()] == [(juliet.jid, BOT, "away")]
    gate.say(Presence(JULIET, sender=BOT, type=PresenceType.SUBSCRIBE))
    assert [stanza.type for stanza in gate.heard()] == [PresenceType.SUBSCRIBED, None]
    juliet.leave()
    assert [(stanza.sender, stanza.type) for stanza in gate.heard()] == [(juliet.jid, PresenceType.UNAVAILABLE)]


@pytest.mark.spec("RFC 6121", "4.6")
def test_directed_presence_and_its_end() -> None:
    place = town()
    gate = enter(place)
    juliet = place.login("juliet@capulet.lit/balcony")
    room = JID("room@gate.capulet.lit/juliet")
    juliet.say(Presence(room))
    assert [(stanza.to, stanza.type) for stanza in gate.heard()] == [(room, None)]
    gate.say(Presence(juliet.jid, sender=room))
    assert [stanza.sender for stanza in juliet.heard()] == [room]
    juliet.leave()
    assert [(stanza.to, stanza.type) for stanza in gate.heard()] == [(room, PresenceType.UNAVAILABLE)]


def test_presence_that_leads_nowhere() -> None:
    place = town()
    gate = enter(place)
    gate.say(Presence("nobody@capulet.lit", sender=BOT, type=PresenceType.SUBSCRIBE))
    gate.say(Presence("juliet@elsewhere.lit", sender=BOT))
    assert [stanza.error.condition for stanza in gate.heard()] == ["item-not-found", "remote-server-not-found"]
    juliet = place.login("juliet@capulet.lit/balcony")
    juliet.say(Presence("lute@music.capulet.lit", type=PresenceType.SUBSCRIBE))
    assert [stanza.error.condition for stanza in juliet.heard()] == ["service-unavailable"]
    gate.say(Presence(JULIET, sender=BOT, type=PresenceType.PROBE))
    assert [stanza.type for stanza in gate.heard()] == [PresenceType.UNSUBSCRIBED]


@pytest.mark.spec("RFC 6121", "3.1.3")
def test_requests_of_a_component_are_bounded() -> None:
    place = town(limits=LocalLimits(requests=3))
    gate = enter(place)
    for number in range(5):
        gate.say(Presence(JULIET, sender=JID(f"bot{number}@gate.capulet.lit"), type=PresenceType.SUBSCRIBE))
    assert [stanza.error.condition for stanza in gate.heard()] == ["resource-constraint"] * 2


def test_the_server_goes_down_with_all_of_them() -> None:
    place = town()
    gate = connect(place)
    place.server.shutdown(place.world.now)
    place.world.settle()
    assert error_of(gate) == "system-shutdown"
