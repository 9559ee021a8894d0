"""Personal eventing (XEP-0163): publishing, who may read, who is told, and how much is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.localserver.town import Client, Town
from xmppwire.im.blocking import block, unblock
from xmppwire.im.caps import OwnCaps
from xmppwire.im.disco import OwnInfo, fetch_info
from xmppwire.im.disco import fetch_items as fetch_disco_items
from xmppwire.im.pep import PepEvents, fetch_pep_support, publish_private, publish_public
from xmppwire.im.pubsub import (
    ItemReader,
    ItemsPublished,
    ItemsRetracted,
    NodeDeleted,
    NodePurged,
    PreconditionNotMet,
    PubsubIqError,
    change_node,
    create_node,
    delete_node,
    fetch_item,
    fetch_items,
    fetch_node_affiliations,
    fetch_node_form,
    fetch_node_metadata,
    fetch_subscriptions,
    payload_of,
    publish,
    purge,
    retract,
    set_node_affiliations,
    subscribe,
    unsubscribe,
)
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.operation import Operation
from xmppwire.protocol.caps import Caps
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.disco import DiscoInfo, Identity
from xmppwire.protocol.pubsub import Item, Items, NodeAffiliation, Publish, Pubsub
from xmppwire.protocol.pubsub_errors import PubsubCondition
from xmppwire.protocol.pubsub_forms import AccessModel, NodeConfig, PublishOptionsForm, SendLastItem
from xmppwire.protocol.user_nickname import Nick
from xmppwire.stanza import ErrorCondition, Iq, IqType, Message, MessageType, Presence, StanzaError
from xmppwire.xml import Element

JULIET, ROMEO, NURSE = (f"{name}@capulet.lit" for name in ("juliet", "romeo", "nurse"))
NICK = "http://jabber.org/protocol/nick"


@pytest.fixture
def town() -> Town:
    town = Town()
    town.befriend(JULIET, ROMEO)
    return town


class Listener:
    """A client that says what it is interested in, and takes the events."""

    def __init__(self, town: Town, address: str, *nodes: str) -> None:
        self.events = PepEvents(contacts=nodes or (NICK,))
        self.client = town.login(address, priority=None)
        self.client.session.answers.features += self.events.features
        self.caps = OwnCaps(OwnInfo(self.client.session.answers), "https://example.com")
        self.appear()

    def appear(self) -> None:
        self.client.say(self.caps.annotate(Presence()))

    def told(self) -> list[Any]:
        heard = [one for one in self.client.heard() if isinstance(one, Message)]
        return [change for one in heard for change in self.events.feed(one, self.client.jid)]

    def names(self) -> list[tuple[str, str]]:
        """Who told of which nickname."""
        told = [(one.service, one.items) for one in self.told() if isinstance(one, ItemsPublished)]
        return [(str(service), _name(payload_of(items[0], Nick))) for service, items in told]


def _name(nick: Nick | None) -> str:
    return "" if nick is None else nick.name or ""


def nick(name: str = "Jule") -> Nick:
    return Nick(name=name)


def refused(client: Client, operation: Operation[Any]) -> tuple[ErrorCondition, PubsubCondition | None]:
    with pytest.raises(PubsubIqError) as caught:
        client.run(operation)
    return caught.value.error.condition, caught.value.condition


# --- publishing -----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0163", "3", "6.1")
@pytest.mark.spec("XEP-0060", "6.5", "7.1", "7.2", "8.5")
def test_items_are_published_read_and_taken_back(town: Town) -> None:
    juliet, romeo = town.login(f"{JULIET}/balcony"), town.login(f"{ROMEO}/orchard")
    assert juliet.run(fetch_pep_support()).publish_options
    assert juliet.run(publish(NICK, nick(), id="now")) == "now"  # the node makes itself
    for client in (juliet, romeo):
        (item,) = client.run(fetch_items(NICK, service=JULIET))
        assert (item.id, payload_of(item, Nick)) == ("now", nick())
    chosen = juliet.run(publish(NICK, nick("J")))
    assert chosen
    assert [item.id for item in juliet.run(fetch_items(NICK))] == [chosen]  # one is kept, unless configured otherwise
    juliet.run(change_node(NICK, max_items="max"))
    for number in range(7):
        juliet.run(publish(NICK, nick(f"{number}"), id=f"i{number}"))
    assert [item.id for item in romeo.run(fetch_items(NICK, newest=2, service=JULIET))] == ["i5", "i6"]
    juliet.run(publish(NICK, nick("again"), id="i0"))  # an item that is replaced is the newest
    assert [item.id for item in romeo.run(fetch_items(NICK, newest=2, service=JULIET))] == ["i6", "i0"]
    one = romeo.run(fetch_item(NICK, "i0", service=JULIET))
    assert one is not None
    assert payload_of(one, Nick) == nick("again")
    reader, pages = ItemReader(NICK, JULIET, limit=3), list[list[str | None]]()
    while not reader.done:
        pages.append([item.id for item in romeo.run(reader.next_page())])
    assert [one for one in pages if one] == [[chosen, "i1", "i2"], ["i3", "i4", "i5"], ["i6", "i0"]]
    juliet.run(retract(NICK, "i6"))
    assert refused(juliet, retract(NICK, "i6"))[0] is ErrorCondition.ITEM_NOT_FOUND
    assert romeo.run(fetch_item(NICK, "i6", service=JULIET)) is None
    juliet.run(purge(NICK))
    assert romeo.run(fetch_items(NICK, service=JULIET)) == []
    juliet.run(delete_node(NICK))
    assert refused(romeo, fetch_items(NICK, service=JULIET))[0] is ErrorCondition.ITEM_NOT_FOUND


def test_a_payload_is_kept_as_it_came(town: Town) -> None:
    juliet = town.login(f"{JULIET}/balcony")
    odd = Element((NICK, "nick"), {"extra": "1"}, ["J ", Element(("urn:other", "x"), {}, ["<&"])])
    juliet.run(publish(NICK, odd, id="1"))
    reply = juliet.ask(Iq("get", payload=Pubsub(action=Items(node=NICK))))
    (inner,) = reply.elements()
    for _ in ("items", "item", "payload"):
        (inner,) = inner.elements()
    assert inner == odd


@pytest.mark.spec("XEP-0060", "7.1.3")
@pytest.mark.parametrize(
    ("action", "condition", "reason"),
    [
        (Publish(node="n", items=[]), "bad-request", PubsubCondition.ITEM_REQUIRED),
        (Publish(node="n", items=[Item(id="1")]), "bad-request", PubsubCondition.PAYLOAD_REQUIRED),
        (Publish(node="n", items=[Item(payload=nick())] * 2), "not-allowed", PubsubCondition.MAX_ITEMS_EXCEEDED),
        (Publish(node="", items=[Item(payload=nick())]), "not-acceptable", None),
        (Publish(node="x" * 2000, items=[Item(payload=nick())]), "not-acceptable", None),
        (Publish(node="n", items=[Item(id="x" * 2000, payload=nick())]), "not-acceptable", None),
        (None, "bad-request", None),
    ],
)
def test_what_cannot_be_published(town: Town, action: Any, condition: str, reason: PubsubCondition | None) -> None:
    juliet = town.login(f"{JULIET}/balcony")
    reply = juliet.ask(Iq("set", payload=Pubsub(action=action)))
    assert reply.error is not None
    assert reply.error.condition == condition
    assert PubsubIqError(reply.error, reply).condition is reason
    account = town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    assert account.nodes == {}


@pytest.mark.spec("XEP-0060", "7.1.5", "8.1", "8.2")
@pytest.mark.spec("XEP-0222", "3")
@pytest.mark.spec("XEP-0223", "4")
def test_configuration_and_options(town: Town) -> None:
    juliet, romeo = town.login(f"{JULIET}/balcony"), town.login(f"{NURSE}/hall")
    juliet.run(publish_private("urn:x:secret", nick()))
    config = NodeConfig.from_form(juliet.run(fetch_node_form("urn:x:secret")))
    assert (config.access_model, config.send_last_published_item) == (AccessModel.WHITELIST, SendLastItem.NEVER)
    juliet.run(publish_public("urn:x:public", nick()))
    assert len(romeo.run(fetch_items("urn:x:public", service=JULIET))) == 1
    with pytest.raises(PreconditionNotMet):
        juliet.run(publish("urn:x:public", nick(), options=PublishOptionsForm(access_model=AccessModel.PRESENCE)))
    with pytest.raises(PreconditionNotMet):  # what is not known cannot be met
        juliet.run(publish("urn:x:new", nick(), options=PublishOptionsForm(item_expire=60)))
    same = PublishOptionsForm(access_model=AccessModel.OPEN, persist_items=True)
    assert juliet.run(publish("urn:x:public", nick(), options=same))
    assert juliet.run(create_node("urn:x:made", NodeConfig(title="Made", max_items=10**6))) == "urn:x:made"
    assert refused(juliet, create_node("urn:x:made"))[0] is ErrorCondition.CONFLICT
    about = juliet.run(fetch_node_metadata("urn:x:made", service=JULIET))
    assert about is not None
    assert (about.title, about.max_items, about.owners) == ("Made", 1000, [JID(JULIET)])
    assert juliet.run(create_node())
    wrong = NodeConfig(access_model=AccessModel.AUTHORIZE)
    reason = ErrorCondition.NOT_ACCEPTABLE, PubsubCondition.UNSUPPORTED_ACCESS_MODEL
    assert refused(juliet, create_node("urn:x:other", wrong)) == reason
    for long in (NodeConfig(title="x" * 2000), NodeConfig(roster_groups_allowed=["x"] * 100)):
        reason = ErrorCondition.NOT_ACCEPTABLE, PubsubCondition.INVALID_OPTIONS
        assert refused(juliet, create_node("urn:x:other", long)) == reason
    assert refused(juliet, fetch_node_form("urn:x:other"))[0] is ErrorCondition.ITEM_NOT_FOUND


# --- who may read ---------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0060", "4.5", "6.5.9")
@pytest.mark.parametrize(
    ("model", "friend", "stranger", "reason"),
    [
        (AccessModel.OPEN, True, True, None),
        (AccessModel.PRESENCE, True, False, None),
        (AccessModel.ROSTER, False, False, PubsubCondition.NOT_IN_ROSTER_GROUP),
        (AccessModel.WHITELIST, False, False, PubsubCondition.CLOSED_NODE),
    ],
)
def test_access(town: Town, model: AccessModel, friend: bool, stranger: bool, reason: PubsubCondition | None) -> None:
    juliet, romeo, nurse = (town.login(f"{who}/r") for who in (JULIET, ROMEO, NURSE))
    juliet.run(create_node(NICK, NodeConfig(access_model=model, roster_groups_allowed=["Friends"])))
    juliet.run(publish(NICK, nick()))
    for client, allowed in ((juliet, True), (romeo, friend), (nurse, stranger)):
        if allowed:
            assert len(client.run(fetch_items(NICK, service=JULIET))) == 1
        elif client is romeo:
            assert refused(client, fetch_items(NICK, service=JULIET))[1] is reason
        else:  # as if there was nobody
            assert refused(client, fetch_items(NICK, service=JULIET)) == (ErrorCondition.SERVICE_UNAVAILABLE, None)
    visible = [item.node for item in romeo.run(fetch_disco_items(JULIET)) if item.node]
    assert visible == ([NICK] if friend else [])


@pytest.mark.spec("XEP-0060", "8.9")
def test_groups_and_affiliations_open_a_node(town: Town) -> None:
    juliet, romeo, nurse = (town.login(f"{who}/r") for who in (JULIET, ROMEO, NURSE))
    account = town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    juliet.run(create_node(NICK, NodeConfig(access_model=AccessModel.ROSTER, roster_groups_allowed=["Friends"])))
    account.roster.known(JID(ROMEO)).groups = ("Friends",)
    assert romeo.run(fetch_items(NICK, service=JULIET)) == []
    juliet.run(set_node_affiliations(NICK, {JID(NURSE): NodeAffiliation.MEMBER, JID(ROMEO): NodeAffiliation.OUTCAST}))
    assert nurse.run(fetch_items(NICK, service=JULIET)) == []
    assert refused(romeo, fetch_items(NICK, service=JULIET))[0] is ErrorCondition.FORBIDDEN
    assert juliet.run(fetch_node_affiliations(NICK)) == {
        JID(JULIET): NodeAffiliation.OWNER,
        JID(NURSE): NodeAffiliation.MEMBER,
        JID(ROMEO): NodeAffiliation.OUTCAST,
    }
    juliet.run(set_node_affiliations(NICK, {JID(NURSE): NodeAffiliation.NONE}))
    assert refused(nurse, fetch_items(NICK, service=JULIET))[0] is ErrorCondition.SERVICE_UNAVAILABLE
    for jid, affiliation in ((ROMEO, NodeAffiliation.PUBLISHER), (JULIET, NodeAffiliation.NONE)):
        refusal = refused(juliet, set_node_affiliations(NICK, {JID(jid): affiliation}))
        assert refusal[0] is ErrorCondition.NOT_ACCEPTABLE


def test_nobody_else_publishes_or_configures(town: Town) -> None:
    juliet, romeo, nurse = (town.login(f"{who}/r") for who in (JULIET, ROMEO, NURSE))
    juliet.run(publish_public(NICK, nick()))
    attempts: list[Any] = [
        lambda: publish(NICK, nick("forged"), service=JULIET),
        lambda: publish("urn:x:new", nick("forged"), service=JULIET),
        lambda: retract(NICK, "current", service=JULIET),
        lambda: purge(NICK, service=JULIET),
        lambda: delete_node(NICK, service=JULIET),
        lambda: create_node("urn:x:new", service=JULIET),
        lambda: fetch_node_form(NICK, service=JULIET),
        lambda: set_node_affiliations(NICK, {}, service=JULIET),
    ]
    for attempt in attempts:
        assert refused(romeo, attempt())[0] is ErrorCondition.FORBIDDEN
        assert refused(nurse, attempt())[0] is ErrorCondition.SERVICE_UNAVAILABLE
    (item,) = juliet.run(fetch_items(NICK))
    assert payload_of(item, Nick) == nick()


# --- who is told ----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0163", "4.2", "4.3.1", "4.3.3")
def test_events_go_to_those_who_are_interested(town: Town) -> None:
    juliet = town.login(f"{JULIET}/balcony")
    tablet = Listener(town, f"{JULIET}/tablet")
    romeo, other = Listener(town, f"{ROMEO}/orchard"), Listener(town, f"{ROMEO}/square", "urn:x:other")
    plain = town.login(f"{ROMEO}/plain")
    stranger = Listener(town, f"{NURSE}/hall")
    for listener in (tablet, romeo, other, stranger):
        listener.told()
    plain.heard()
    juliet.run(publish(NICK, nick()))
    raw = romeo.client.heard()
    (message,) = raw
    assert (message.sender, message.to, message.type) == (JID(JULIET), romeo.client.jid, MessageType.HEADLINE)
    assert tablet.names() == [(JULIET, "Jule")]
    assert other.told() == stranger.told() == plain.heard() == []
    juliet.run(retract(NICK, juliet.run(fetch_items(NICK))[0].id or ""))
    assert [type(one) for one in romeo.told()] == [ItemsRetracted]
    juliet.run(publish(NICK, nick("x"), id="x"))
    juliet.run(purge(NICK))
    juliet.run(delete_node(NICK))
    assert [type(one) for one in romeo.told()] == [ItemsPublished, NodePurged, NodeDeleted]
    juliet.run(publish_private(NICK, nick("secret")))
    assert romeo.told() == []
    assert [type(one) for one in tablet.told()][-1:] == [ItemsPublished]


@pytest.mark.spec("XEP-0163", "4.3.3", "4.3.4")
def test_who_comes_is_told_of_the_last_items() -> None:
    town = Town(epoch=datetime(2026, 5, 1, tzinfo=UTC).timestamp() - 1000)
    town.befriend(JULIET, ROMEO)
    juliet = town.login(f"{JULIET}/balcony")
    juliet.run(create_node(NICK, NodeConfig(max_items=5)))
    for name in ("old", "new"):
        juliet.run(publish(NICK, nick(name)))
    juliet.run(publish("urn:x:quiet", nick(), options=PublishOptionsForm(send_last_published_item=SendLastItem.NEVER)))
    romeo = Listener(town, f"{ROMEO}/orchard", NICK, "urn:x:quiet")
    (event,) = [one for one in romeo.client.heard() if isinstance(one, Message)]
    delay = event.get(Delay)
    assert delay is not None
    assert delay.stamp == datetime(2026, 5, 1, tzinfo=UTC)
    romeo.appear()
    assert romeo.told() == []  # once
    tablet = Listener(town, f"{JULIET}/tablet")
    assert tablet.names() == [(JULIET, "new")]
    # The second client with the same hash is not asked what that means.
    square = Listener(town, f"{ROMEO}/square", NICK, "urn:x:quiet")
    assert square.names() == [(JULIET, "new")]
    romeo.client.say(Presence(type="unavailable"))
    romeo.told()
    romeo.appear()
    assert romeo.names() == [(JULIET, "new")]


def test_who_gets_to_see_presence_is_told_then() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony", roster=True)
    juliet.run(publish(NICK, nick()))
    romeo = Listener(town, f"{ROMEO}/orchard")
    assert romeo.told() == []
    romeo.client.say(Presence(JULIET, type="subscribe"))
    juliet.say(Presence(ROMEO, type="subscribed"))
    assert romeo.names() == [(JULIET, "Jule")]


def test_who_is_blocked_is_told_nothing(town: Town) -> None:
    juliet, romeo = town.login(f"{JULIET}/balcony"), Listener(town, f"{ROMEO}/orchard")
    juliet.run(block(ROMEO))
    romeo.told()
    juliet.run(publish(NICK, nick()))
    assert romeo.told() == []
    romeo.client.say(Presence(type="unavailable"))
    romeo.appear()
    assert romeo.told() == []
    juliet.run(unblock(ROMEO))
    juliet.run(publish(NICK, nick("free")))
    assert romeo.names()[-1] == (JULIET, "free")


@pytest.mark.spec("XEP-0115", "5.4")
def test_a_wrong_hash_holds_for_the_one_who_says_it_alone(town: Town) -> None:
    """Else somebody could decide what others hear of."""
    town.befriend(JULIET, NURSE)
    juliet = town.login(f"{JULIET}/balcony")
    liar = town.login(f"{NURSE}/hall", priority=None)
    liar.session.answers.disco = liar.session.answers.unhandled = False
    wrong = Caps(node="https://example.com", ver="AAAA", hash="sha-1")
    liar.say(Presence().with_(wrong))
    (asked,) = [one for one in liar.heard() if isinstance(one, Iq)]
    assert (asked.type, asked.sender, asked.get(DiscoInfo)) == (
        IqType.GET,
        JID(NURSE),
        DiscoInfo(node=wrong.disco_node),
    )
    info = DiscoInfo(
        node=wrong.disco_node,
        identities=[Identity(category="client", type="bot")],
        features=[f"{NICK}+notify"] + [f"urn:x:{number}+notify" for number in range(1000)],
    )
    stranger = town.login("romeo@capulet.lit/liar")
    stranger.say(Iq("result", NURSE, id=asked.id, payload=info))  # an answer that was not asked for
    liar.say(asked.result(info))
    assert len(liar.link.interests) == 200
    juliet.run(publish(NICK, nick()))
    assert [one for one in liar.heard() if isinstance(one, Message)] != []
    victim = town.login(f"{ROMEO}/victim", priority=None)
    victim.session.answers.disco = victim.session.answers.unhandled = False
    victim.say(Presence().with_(wrong))
    assert [one.get(DiscoInfo) for one in victim.heard() if isinstance(one, Iq)] == [DiscoInfo(node=wrong.disco_node)]
    assert victim.link.interests == frozenset()


# --- subscriptions --------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0060", "5.6", "6.1", "6.2")
def test_explicit_subscriptions(town: Town) -> None:
    juliet, romeo, nurse = (town.login(f"{who}/r") for who in (JULIET, ROMEO, NURSE))
    juliet.run(publish_public(NICK, nick()))
    nurse.run(subscribe(NICK, NURSE, service=JULIET))
    assert [type(one) for one in nurse.heard()] == [Message]  # the last item
    juliet.run(publish(NICK, nick("news"), id="current"))
    (message,) = nurse.heard()
    assert message.sender == JID(JULIET)
    assert [one.jid for one in nurse.run(fetch_subscriptions(service=JULIET))] == [JID(NURSE)]
    assert refused(nurse, subscribe(NICK, ROMEO, service=JULIET))[1] is PubsubCondition.INVALID_JID
    juliet.run(change_node(NICK, access_model=AccessModel.WHITELIST))
    juliet.run(publish(NICK, nick("secret"), id="current"))
    assert nurse.heard() == []
    juliet.run(change_node(NICK, access_model=AccessModel.OPEN))
    nurse.run(unsubscribe(NICK, NURSE, service=JULIET))
    assert refused(nurse, unsubscribe(NICK, NURSE, service=JULIET))[1] is PubsubCondition.NOT_SUBSCRIBED
    juliet.run(publish(NICK, nick("more"), id="current"))
    assert nurse.heard() == []
    assert romeo.run(fetch_subscriptions(service=JULIET)) == []


# --- limits ---------------------------------------------------------------------------------------------------------


def test_there_is_an_end_to_it() -> None:
    town = Town(limits=LocalLimits(nodes=2, node_bytes=500, node_members=1))
    juliet, romeo, nurse = (town.login(f"{who}/r") for who in (JULIET, ROMEO, NURSE))
    for name in ("a", "b"):
        juliet.run(publish_public(name, nick()))
    assert refused(juliet, publish("c", nick())) == (
        ErrorCondition.RESOURCE_CONSTRAINT,
        PubsubCondition.MAX_NODES_EXCEEDED,
    )
    assert refused(juliet, create_node("c"))[1] is PubsubCondition.MAX_NODES_EXCEEDED
    assert refused(juliet, publish("a", nick("x" * 500)))[1] is PubsubCondition.PAYLOAD_TOO_BIG
    juliet.run(purge("b"))
    juliet.run(publish("a", nick("x" * 300), id="current"))
    romeo.run(subscribe("a", ROMEO, service=JULIET))
    assert refused(nurse, subscribe("a", NURSE, service=JULIET))[1] is PubsubCondition.TOO_MANY_SUBSCRIPTIONS
    many = {JID(f"a{number}.lit"): NodeAffiliation.MEMBER for number in range(2)}
    assert refused(juliet, set_node_affiliations("a", many))[0] is ErrorCondition.RESOURCE_CONSTRAINT


def test_the_names_of_items_count_too() -> None:
    town = Town(limits=LocalLimits(node_items=1000, node_bytes=5000))
    juliet = town.login(f"{JULIET}/balcony")
    juliet.run(create_node("a", NodeConfig(max_items=1000)))
    for number in range(4):
        juliet.run(publish("a", nick(), id=f"{number}" + "x" * 1000))
    assert refused(juliet, publish("a", nick(), id="4" + "x" * 1000))[1] is PubsubCondition.PAYLOAD_TOO_BIG
    juliet.run(retract("a", "0" + "x" * 1000))
    juliet.run(publish("a", nick(), id="4" + "x" * 1000))


def test_items_that_are_too_much_for_one_answer_come_in_pages(town: Town) -> None:
    juliet = town.login(f"{JULIET}/balcony")
    juliet.run(create_node(NICK, NodeConfig(max_items=10)))
    for number in range(5):
        juliet.run(publish(NICK, nick("x" * 60_000), id=f"{number}"))
    reader, found = ItemReader(NICK, limit=10), list[str | None]()
    while not reader.done:
        found += [item.id for item in juliet.run(reader.next_page())]
    assert found == [f"{number}" for number in range(5)]


def test_discovery(town: Town) -> None:
    juliet, nurse = town.login(f"{JULIET}/balcony"), town.login(f"{NURSE}/hall")
    juliet.run(publish(NICK, nick()))
    info = juliet.run(fetch_info(JULIET))
    assert Identity(category="pubsub", type="pep") in info.identities
    leaf = juliet.run(fetch_info(JULIET, NICK))
    assert leaf.identities == [Identity(category="pubsub", type="leaf")]
    reply = nurse.ask(Iq("get", JULIET, payload=DiscoInfo(node=NICK)))
    assert reply.error == StanzaError(ErrorCondition.SERVICE_UNAVAILABLE)
