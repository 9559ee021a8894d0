"""The publish-subscribe service of the local server (XEP-0060): who may do what, who is told, and how much is kept."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.countries import Countries
from tests.localserver.town import Client, Town
from xmppwire.im.disco import fetch_info
from xmppwire.im.disco import fetch_items as fetch_disco_items
from xmppwire.im.ping import ping
from xmppwire.im.pubsub import (
    ItemsPublished,
    NodeDeleted,
    NodeEvents,
    PreconditionNotMet,
    PubsubIqError,
    SubscriptionChanged,
    answer_subscription_request,
    change_node,
    create_node,
    delete_node,
    fetch_affiliations,
    fetch_default_node_form,
    fetch_items,
    fetch_node_affiliations,
    fetch_node_form,
    fetch_node_metadata,
    fetch_subscribers,
    fetch_subscriptions,
    publish,
    purge,
    read_subscription_request,
    retract,
    set_node_affiliations,
    set_subscribers,
    subscribe,
    unsubscribe,
)
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.operation import IqError, Operation
from xmppwire.protocol.data_forms import DataForm, DataFormType
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.disco import DiscoInfo, DiscoItem
from xmppwire.protocol.pubsub import (
    Affiliations,
    DefaultOptions,
    Item,
    NodeAffiliation,
    Publish,
    Pubsub,
    Retract,
    Subscribe,
    SubscriptionOptions,
    SubscriptionState,
    Unsubscribe,
)
from xmppwire.protocol.pubsub_errors import PubsubCondition
from xmppwire.protocol.pubsub_event import PubsubEvent
from xmppwire.protocol.pubsub_forms import (
    AccessModel,
    NodeConfig,
    PublishModel,
    PublishOptionsForm,
    SendLastItem,
    SubscribeAuthorization,
)
from xmppwire.protocol.pubsub_owner import (
    OwnerAffiliation,
    OwnerAffiliations,
    OwnerConfigure,
    OwnerPurge,
    OwnerSubscription,
    OwnerSubscriptions,
    PubsubOwner,
)
from xmppwire.protocol.user_nickname import Nick
from xmppwire.stanza import ErrorCondition, Iq, Message, Presence
from xmppwire.xml import Element

JULIET, ROMEO, NURSE = (JID(f"{name}@capulet.lit") for name in ("juliet", "romeo", "nurse"))
SERVICE = JID("pubsub.capulet.lit")
NODE = "urn:example:musings"


def people(**keywords: Any) -> tuple[Town, Client, Client]:
    """Juliet, who has made a node, and Romeo."""
    limits = keywords.pop("limits", LocalLimits())
    town = Town(limits=limits, **keywords)
    juliet, romeo = town.login(f"{JULIET}/balcony"), town.login(f"{ROMEO}/orchard")
    return town, juliet, romeo


def make(client: Client, node: str = NODE, **config: Any) -> None:
    assert client.run(create_node(node, NodeConfig(**config), service=SERVICE)) == node


def put(client: Client, text: str = "x", id: str | None = None, node: str = NODE) -> str | None:
    return client.run(publish(node, Nick(name=text), id=id, service=SERVICE))


def refused(client: Client, operation: Operation[Any]) -> tuple[ErrorCondition, PubsubCondition | None]:
    with pytest.raises(PubsubIqError) as caught:
        client.run(operation)
    return caught.value.error.condition, caught.value.condition


def condition(client: Client, iq: Iq) -> str | None:
    error = client.ask(iq).error
    return None if error is None else error.condition.value


def told(client: Client) -> list[Any]:
    """The events of the service."""
    events = NodeEvents()
    events.expect(SERVICE, NODE)
    return [one for message in client.heard() if isinstance(message, Message) for one in events.feed(message)]


# --- discovery ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0060", "5.1", "5.2", "5.3", "5.4", "5.5")
def test_what_there_is() -> None:
    _, juliet, romeo = people(rooms=None)
    assert juliet.run(fetch_disco_items("capulet.lit")) == [DiscoItem(jid=SERVICE, name="Publish-subscribe")]
    (identity,) = juliet.run(fetch_info(SERVICE)).identities
    assert (identity.category, identity.type) == ("pubsub", "service")
    juliet.run(ping(SERVICE))
    make(juliet, title="Musings", description="deep")
    make(juliet, "urn:example:closed", access_model=AccessModel.WHITELIST)
    put(juliet, id="one")
    assert [item.node for item in juliet.run(fetch_disco_items(SERVICE))] == [NODE, "urn:example:closed"]
    assert [item.node for item in romeo.run(fetch_disco_items(SERVICE))] == [NODE]
    assert [item.name for item in romeo.run(fetch_disco_items(SERVICE, NODE))] == ["one"]
    metadata = romeo.run(fetch_node_metadata(NODE, service=SERVICE))
    assert metadata is not None
    assert (metadata.title, metadata.description, metadata.owners) == ("Musings", "deep", [JULIET])
    for node, expected in (("urn:example:closed", "not-allowed"), ("urn:example:none", "item-not-found")):
        assert condition(romeo, Iq("get", SERVICE, payload=DiscoInfo(node=node))) == expected
    none = Town(pubsub=None).login(f"{JULIET}/balcony")
    with pytest.raises(IqError):
        none.run(fetch_info(SERVICE))


# --- what is wrong with requests ------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0060", "6.1.3", "6.2.3", "7.1.3", "7.2.3", "8.2.3")
@pytest.mark.parametrize(
    ("type_", "payload", "expected"),
    [
        ("get", Pubsub(), "bad-request"),
        ("set", Pubsub(), "bad-request"),
        ("get", PubsubOwner(), "bad-request"),
        ("set", PubsubOwner(), "bad-request"),
        ("get", Pubsub(action=DefaultOptions()), "feature-not-implemented"),
        ("set", Pubsub(action=Affiliations()), "feature-not-implemented"),
        ("set", Pubsub(action=Publish(node=NODE)), "bad-request"),
        ("set", Pubsub(action=Publish(node=NODE, items=[Item(), Item()])), "not-allowed"),
        ("set", Pubsub(action=Publish(node=NODE, items=[Item(id="x")])), "bad-request"),
        (
            "set",
            Pubsub(action=Publish(node=NODE, items=[Item(id="x" * 1024, payload=Nick(name="x"))])),
            "not-acceptable",
        ),
        ("set", Pubsub(action=Publish(node="nowhere", items=[Item(payload=Nick(name="x"))])), "item-not-found"),
        ("set", Pubsub(action=Retract(node=NODE)), "bad-request"),
        ("set", Pubsub(action=Retract(node=NODE, items=[Item(id="nothing")])), "item-not-found"),
        ("set", Pubsub(action=Subscribe(node=NODE)), "bad-request"),
        ("set", Pubsub(action=Subscribe(node=NODE, jid=ROMEO)), "bad-request"),
        ("set", Pubsub(action=Subscribe(jid=JULIET)), "bad-request"),
        ("set", Pubsub(action=Unsubscribe(node=NODE, jid=JULIET)), "unexpected-request"),
        (
            "set",
            Pubsub(action=Subscribe(node=NODE, jid=JULIET), options=SubscriptionOptions(jid=JULIET)),
            "feature-not-implemented",
        ),
        ("set", PubsubOwner(action=OwnerConfigure(node=NODE)), "bad-request"),
        ("set", PubsubOwner(action=OwnerConfigure(form=DataForm())), "bad-request"),
        ("set", PubsubOwner(action=OwnerPurge(node="nowhere")), "item-not-found"),
        ("get", Nick(name="x"), "service-unavailable"),
        (
            "set",
            Element(
                ("http://jabber.org/protocol/pubsub", "pubsub"),
                {},
                [Element(("http://jabber.org/protocol/pubsub", "subscribe"), {"jid": "@"})],
            ),
            "bad-request",
        ),
    ],
)
def test_requests_that_make_no_sense(type_: str, payload: Any, expected: str) -> None:
    _, juliet, _ = people()
    make(juliet)
    assert condition(juliet, Iq(type_, SERVICE, payload=payload)) == expected
    assert juliet.run(fetch_items(NODE, service=SERVICE)) == []


def test_what_is_no_request_is_not_answered() -> None:
    town, juliet, _ = people()
    make(juliet)
    form = SubscribeAuthorization(node=NODE, subscriber=ROMEO, allow=True)
    bad = SubscribeAuthorization(node="nowhere", subscriber=ROMEO, allow=True)
    juliet.say(
        Message(SERVICE, "hello"),
        Message(SERVICE, type="error"),
        Message(SERVICE, payloads=[form.to_form()]),  # he did not ask
        Message(SERVICE, payloads=[form.to_form(DataFormType.CANCEL)]),
        Message(SERVICE, payloads=[bad.to_form()]),
        Message(SERVICE, payloads=[DataForm()]),
        Message(SERVICE, payloads=[Element(("jabber:x:data", "x"), {"type": "odd"})]),
        Presence(SERVICE),
    )
    assert juliet.heard() == []
    result = Iq("result", SERVICE, id="nobody asked")
    juliet.say(result)
    assert juliet.heard() == []
    juliet.say(Presence(SERVICE, type="subscribe"))
    account = town.server.hub.accounts.get(JULIET)
    assert account is not None
    contact = account.roster.get(SERVICE)
    assert contact is None or not contact.state.ask  # it was refused
    assert juliet.run(fetch_subscribers(NODE, service=SERVICE)) == []
    assert condition(juliet, Iq("get", f"x@{SERVICE}", payload=DiscoInfo())) == "service-unavailable"


# --- who may do what ------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0060", "4.1", "7.1.3.1", "8.9")
@pytest.mark.parametrize(
    ("affiliation", "may"),
    [
        (NodeAffiliation.OWNER, "read publish retract own"),
        (NodeAffiliation.PUBLISHER, "read publish retract"),
        (NodeAffiliation.PUBLISH_ONLY, "publish"),
        (NodeAffiliation.MEMBER, "read"),
        (NodeAffiliation.NONE, ""),
        (NodeAffiliation.OUTCAST, ""),
    ],
)
def test_affiliations(affiliation: NodeAffiliation, may: str) -> None:
    _, juliet, romeo = people()
    make(juliet, access_model=AccessModel.WHITELIST)
    put(juliet, id="first")
    juliet.run(set_node_affiliations(NODE, {ROMEO: affiliation}, service=SERVICE))
    attempts: dict[str, Operation[Any]] = {
        "read": fetch_items(NODE, service=SERVICE),
        "publish": publish(NODE, Nick(name="r"), id="mine", service=SERVICE),
        "retract": retract(NODE, "first", service=SERVICE),
        "own": fetch_node_form(NODE, service=SERVICE),
    }
    for name, operation in attempts.items():
        if name in may.split():
            romeo.run(operation)
        else:
            assert refused(romeo, operation)[0] in (ErrorCondition.FORBIDDEN, ErrorCondition.NOT_ALLOWED)
    known = romeo.run(fetch_affiliations(service=SERVICE))
    assert [one.affiliation for one in known] == ([] if affiliation is NodeAffiliation.NONE else [affiliation])
    subscribes = subscribe(NODE, ROMEO, service=SERVICE)
    if "read" in may:
        romeo.run(subscribes)
    else:
        refused(romeo, subscribes)


@pytest.mark.spec("XEP-0060", "8.9.2")
def test_a_node_keeps_an_owner() -> None:
    _, juliet, romeo = people()
    make(juliet)
    unsaid = OwnerAffiliations(node=NODE, affiliations=[OwnerAffiliation(jid=JULIET)])
    assert condition(juliet, Iq("set", SERVICE, payload=PubsubOwner(action=unsaid))) is None
    lost = set_node_affiliations(NODE, {JULIET: NodeAffiliation.MEMBER}, service=SERVICE)
    assert refused(juliet, lost)[0] is ErrorCondition.NOT_ACCEPTABLE
    both = {ROMEO: NodeAffiliation.OWNER, JULIET: NodeAffiliation.NONE}
    juliet.run(set_node_affiliations(NODE, both, service=SERVICE))
    assert romeo.run(fetch_node_affiliations(NODE, service=SERVICE)) == {ROMEO: NodeAffiliation.OWNER}
    assert refused(juliet, delete_node(NODE, service=SERVICE))[0] is ErrorCondition.FORBIDDEN


@pytest.mark.spec("XEP-0060", "8.1", "8.2", "8.3")
def test_who_makes_nodes_and_how_they_are() -> None:
    _, juliet, romeo = people()
    default = NodeConfig.from_form(juliet.run(fetch_default_node_form(service=SERVICE)))
    assert (default.access_model, default.publish_model) == (AccessModel.OPEN, PublishModel.PUBLISHERS)
    make(juliet)
    assert refused(romeo, create_node(NODE, service=SERVICE))[0] is ErrorCondition.CONFLICT
    for config in (NodeConfig(access_model=AccessModel.PRESENCE), NodeConfig(access_model="none such")):
        made = create_node("urn:example:other", config, service=SERVICE)
        assert refused(juliet, made)[1] is PubsubCondition.UNSUPPORTED_ACCESS_MODEL
    assert refused(romeo, change_node(NODE, title="Mine", service=SERVICE))[0] is ErrorCondition.FORBIDDEN
    options = PublishOptionsForm(access_model=AccessModel.WHITELIST)
    with pytest.raises(PreconditionNotMet):
        juliet.run(publish(NODE, Nick(name="x"), options=options, service=SERVICE))
    options = PublishOptionsForm(access_model=AccessModel.OPEN)
    assert juliet.run(publish(NODE, Nick(name="x"), options=options, service=SERVICE))


def test_users_of_other_servers_read_and_subscribe_but_make_no_nodes() -> None:
    countries = Countries()
    juliet, romeo = countries.login("juliet@capulet.lit"), countries.login("romeo@montague.lit")
    countries.roads[str(SERVICE)] = countries.capulet
    countries.certificates[str(SERVICE)] = (str(SERVICE),)
    make(juliet)

    def run(operation: Operation[Any]) -> Any:
        running = romeo.session.run(operation, countries.world.now)
        countries.settle()
        return running.result()

    with pytest.raises(PubsubIqError) as caught:
        run(create_node("urn:example:his", service=SERVICE))
    assert caught.value.error.condition is ErrorCondition.FORBIDDEN
    run(subscribe(NODE, romeo.jid, service=SERVICE))
    juliet.session.run(publish(NODE, Nick(name="x"), id="x", service=SERVICE), countries.world.now)
    countries.settle()
    (event,) = told(romeo)
    assert isinstance(event, ItemsPublished)
    assert [item.id for item in run(fetch_items(NODE, service=SERVICE))] == ["x"]


# --- events and subscriptions ---------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0060", "6.1", "6.2", "7.1.2", "8.2.5")
def test_who_subscribed_is_told_and_who_may_not_read_any_more_is_not() -> None:
    town, juliet, romeo = people(epoch=0.0)
    make(juliet, send_last_published_item=SendLastItem.ON_SUB, notify_config=True)
    put(juliet, "before", "a")
    romeo.run(subscribe(NODE, romeo.jid, service=SERVICE))
    (message,) = [one for one in romeo.heard() if isinstance(one, Message)]
    assert message.get(Delay) is not None
    nurse = town.login(f"{NURSE}/house")
    put(juliet, "now", "b")
    assert len(told(romeo)) == 1
    assert nurse.heard() == []
    juliet.run(change_node(NODE, title="Other", service=SERVICE))
    assert [isinstance(one, Message) for one in romeo.heard()] == [True]
    juliet.run(set_node_affiliations(NODE, {ROMEO: NodeAffiliation.OUTCAST}, service=SERVICE))
    put(juliet, "then", "c")
    juliet.run(purge(NODE, service=SERVICE))
    assert told(romeo) == []
    juliet.run(set_node_affiliations(NODE, {ROMEO: NodeAffiliation.NONE}, service=SERVICE))
    juliet.run(change_node(NODE, deliver_notifications=False, service=SERVICE))
    romeo.heard()
    put(juliet, "quiet", "d")
    assert told(romeo) == []
    juliet.run(change_node(NODE, deliver_notifications=True, notify_retract=False, service=SERVICE))
    romeo.heard()
    juliet.run(retract(NODE, "d", notify=False, service=SERVICE))
    juliet.run(purge(NODE, service=SERVICE))
    cancel = PubsubOwner(action=OwnerConfigure(node=NODE, form=DataForm(type=DataFormType.CANCEL)))
    assert condition(juliet, Iq("set", SERVICE, payload=cancel)) is None
    assert told(romeo) == []
    romeo.run(unsubscribe(NODE, romeo.jid, service=SERVICE))
    assert refused(romeo, unsubscribe(NODE, romeo.jid, service=SERVICE))[1] is PubsubCondition.NOT_SUBSCRIBED


@pytest.mark.spec("XEP-0060", "16.4.4")
def test_who_may_publish_by_the_publish_model() -> None:
    _, juliet, romeo = people()
    make(juliet, publish_model=PublishModel.SUBSCRIBERS)
    assert refused(romeo, publish(NODE, Nick(name="r"), service=SERVICE))[0] is ErrorCondition.FORBIDDEN
    romeo.run(subscribe(NODE, ROMEO, service=SERVICE))
    put(romeo)
    romeo.run(unsubscribe(NODE, ROMEO, service=SERVICE))
    juliet.run(change_node(NODE, publish_model=PublishModel.OPEN, service=SERVICE))
    put(romeo)
    juliet.run(set_node_affiliations(NODE, {ROMEO: NodeAffiliation.OUTCAST}, service=SERVICE))
    assert refused(romeo, publish(NODE, Nick(name="r"), service=SERVICE))[0] is ErrorCondition.FORBIDDEN


@pytest.mark.spec("XEP-0060", "6.1.3.3", "8.6")
@pytest.mark.parametrize("allow", [True, False])
def test_an_owner_decides_who_subscribes(allow: bool) -> None:
    town, juliet, romeo = people()
    nurse = town.login(f"{NURSE}/house")
    make(juliet, access_model=AccessModel.AUTHORIZE)
    assert refused(romeo, fetch_items(NODE, service=SERVICE))[1] is PubsubCondition.NOT_SUBSCRIBED
    for _ in range(2):
        waiting = romeo.run(subscribe(NODE, ROMEO, service=SERVICE))
        assert waiting.subscription is SubscriptionState.PENDING
    (message,) = [one for one in juliet.heard() if isinstance(one, Message)]  # she is asked once
    asked = read_subscription_request(message, SERVICE)
    assert asked is not None
    assert (asked.node, asked.subscriber) == (NODE, ROMEO)
    forged = answer_subscription_request(message, True)
    for client in (romeo, nurse):
        client.say(forged.replace(id="forged"))  # that is not theirs to say
    (state,) = romeo.run(fetch_subscriptions(NODE, service=SERVICE))
    assert state.subscription is SubscriptionState.PENDING
    juliet.say(answer_subscription_request(message, allow))
    (change,) = told(romeo)
    assert isinstance(change, SubscriptionChanged)
    expected = SubscriptionState.SUBSCRIBED if allow else SubscriptionState.NONE
    assert change.subscription.subscription is expected
    put(juliet, id="x")
    assert len(told(romeo)) == allow
    if allow:
        assert [item.id for item in romeo.run(fetch_items(NODE, service=SERVICE))] == ["x"]
    juliet.say(answer_subscription_request(message, True))  # it is decided
    assert told(romeo) == []


@pytest.mark.spec("XEP-0060", "8.8")
def test_owners_see_end_and_approve_subscriptions_but_subscribe_nobody() -> None:
    _, juliet, romeo = people()
    make(juliet, access_model=AccessModel.AUTHORIZE)
    romeo.run(subscribe(NODE, ROMEO, service=SERVICE))
    (pending,) = juliet.run(fetch_subscribers(NODE, service=SERVICE))
    assert (pending.jid, pending.subscription) == (ROMEO, SubscriptionState.PENDING)
    stranger = set_subscribers(NODE, {NURSE: SubscriptionState.SUBSCRIBED}, service=SERVICE)
    assert refused(juliet, stranger)[0] is ErrorCondition.NOT_ACCEPTABLE
    odd = set_subscribers(NODE, {ROMEO: SubscriptionState.UNCONFIGURED}, service=SERVICE)
    assert refused(juliet, odd)[0] is ErrorCondition.NOT_ACCEPTABLE
    for state in (SubscriptionState.SUBSCRIBED, SubscriptionState.SUBSCRIBED, SubscriptionState.NONE):
        juliet.run(set_subscribers(NODE, {ROMEO: state}, service=SERVICE))
    states = [one.subscription.subscription for one in told(romeo) if isinstance(one, SubscriptionChanged)]
    assert states == [SubscriptionState.SUBSCRIBED, SubscriptionState.NONE]
    assert juliet.run(fetch_subscribers(NODE, service=SERVICE)) == []
    assert refused(romeo, fetch_subscribers(NODE, service=SERVICE))[0] is ErrorCondition.FORBIDDEN
    unsaid = OwnerSubscriptions(node=NODE, subscriptions=[OwnerSubscription(jid=NURSE)])
    assert condition(juliet, Iq("set", SERVICE, payload=PubsubOwner(action=unsaid))) is None


@pytest.mark.spec("XEP-0060", "7.2", "8.4", "8.5")
def test_the_end_of_a_node() -> None:
    _, juliet, romeo = people()
    make(juliet, "urn:example:quiet", notify_delete=False)
    romeo.run(subscribe("urn:example:quiet", ROMEO, service=SERVICE))
    juliet.run(delete_node("urn:example:quiet", service=SERVICE))
    assert romeo.heard() == []
    make(juliet, notify_delete=True)
    romeo.run(subscribe(NODE, ROMEO, service=SERVICE))
    assert refused(romeo, delete_node(NODE, service=SERVICE))[0] is ErrorCondition.FORBIDDEN
    juliet.run(delete_node(NODE, service=SERVICE))
    assert told(romeo) == [NodeDeleted(SERVICE, NODE)]
    assert refused(juliet, fetch_items(NODE, service=SERVICE))[0] is ErrorCondition.ITEM_NOT_FOUND


def test_nodes_go_with_the_account_of_their_last_owner() -> None:
    town, juliet, romeo = people()
    make(juliet)
    make(juliet, "urn:example:both")
    make(romeo, "urn:example:his")
    juliet.run(set_node_affiliations("urn:example:both", {ROMEO: NodeAffiliation.OWNER}, service=SERVICE))
    juliet.run(subscribe("urn:example:his", juliet.jid, service=SERVICE))
    town.server.remove_account(JULIET, town.world.now)
    assert {item.node for item in romeo.run(fetch_disco_items(SERVICE))} == {"urn:example:both", "urn:example:his"}
    assert romeo.run(fetch_node_affiliations("urn:example:both", service=SERVICE)) == {ROMEO: NodeAffiliation.OWNER}
    assert romeo.run(fetch_subscribers("urn:example:his", service=SERVICE)) == []


def test_events_of_others_cannot_be_forged() -> None:
    """What somebody sends through the service reaches nobody."""
    _, juliet, romeo = people()
    make(juliet)
    romeo.run(subscribe(NODE, romeo.jid, service=SERVICE))
    juliet.say(Message(SERVICE, payloads=[PubsubEvent()]))
    assert romeo.heard() == []
    assert condition(juliet, Iq("set", SERVICE, payload=PubsubOwner(action=OwnerAffiliations(node=NODE)))) is None


# --- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("limits", "fits"), [(LocalLimits(nodes=2), True), (LocalLimits(nodes=1), False)])
def test_a_user_makes_so_many_nodes(limits: LocalLimits, fits: bool) -> None:
    _, juliet, romeo = people(limits=limits)
    make(juliet)
    make(romeo, "urn:example:his")  # each has places of its own
    if fits:
        make(juliet, "urn:example:second")
    else:
        second = create_node("urn:example:second", service=SERVICE)
        assert refused(juliet, second)[1] is PubsubCondition.MAX_NODES_EXCEEDED


@pytest.mark.parametrize(("length", "fits"), [(20, True), (21, False)])
def test_the_name_of_a_node_has_an_end(length: int, fits: bool) -> None:
    _, juliet, _ = people(limits=LocalLimits(node_name=20))
    if fits:
        make(juliet, "x" * length)
    else:
        assert refused(juliet, create_node("x" * length, service=SERVICE))[0] is ErrorCondition.NOT_ACCEPTABLE


@pytest.mark.parametrize("length", [40, 140])
def test_the_items_of_one_users_nodes_have_an_end_together(length: int) -> None:
    _, juliet, romeo = people(limits=LocalLimits(node_bytes=300))
    make(juliet, publish_model=PublishModel.OPEN)
    make(juliet, "urn:example:second")
    put(juliet, "x" * 40, node="urn:example:second")
    if length == 40:
        put(romeo, "y" * length)
    else:  # it counts as hers whoever publishes
        long = publish(NODE, Nick(name="y" * length), service=SERVICE)
        assert refused(romeo, long) == (ErrorCondition.RESOURCE_CONSTRAINT, PubsubCondition.PAYLOAD_TOO_BIG)
        make(romeo, "urn:example:his")
        put(romeo, "y" * length, node="urn:example:his")


@pytest.mark.parametrize(("most", "fits"), [(2, True), (1, False)])
def test_so_many_subscribe_and_have_affiliations(most: int, fits: bool) -> None:
    _, juliet, romeo = people(limits=LocalLimits(node_members=most))
    make(juliet)
    juliet.run(subscribe(NODE, JULIET, service=SERVICE))
    juliet.run(subscribe(NODE, JULIET, service=SERVICE))  # the same again
    more: list[tuple[Client, Operation[Any]]] = [
        (romeo, subscribe(NODE, ROMEO, service=SERVICE)),
        (juliet, set_node_affiliations(NODE, {ROMEO: NodeAffiliation.MEMBER}, service=SERVICE)),
    ]
    for client, operation in more:
        if fits:
            client.run(operation)
        else:
            assert refused(client, operation)[0] is ErrorCondition.RESOURCE_CONSTRAINT


@pytest.mark.parametrize(("published", "kept"), [(3, 3), (4, 3)])
def test_a_node_keeps_so_many_items(published: int, kept: int) -> None:
    _, juliet, _ = people(limits=LocalLimits(node_items=3))
    make(juliet, max_items="max")
    for number in range(published):
        put(juliet, id=f"{number}")
    items = juliet.run(fetch_items(NODE, service=SERVICE))
    assert [item.id for item in items] == [f"{number}" for number in range(published - kept, published)]
