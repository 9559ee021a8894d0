"""Subscriptions to nodes (XEP-0060): one's own, those of others, and what owners are asked."""

from __future__ import annotations

import pytest

from tests.im.service import ENTRY, SERVICE, answered, event, owner, query
from tests.session.play import JULIET, Play
from xmppwire.im.pubsub import (
    ItemsPublished,
    ItemsRetracted,
    NodeConfigured,
    NodeDeleted,
    NodeEvents,
    NodePurged,
    PubsubAnswerError,
    RefusedEvent,
    SubscriptionChanged,
    answer_subscription_request,
    change_subscription,
    fetch_subscribers,
    fetch_subscription_form,
    fetch_subscriptions,
    read_events,
    read_subscription_request,
    set_subscribers,
    set_subscription_options,
    subscribe,
    unsubscribe,
)
from xmppwire.jid import JID
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.pubsub import (
    Pubsub,
    Subscribe,
    Subscription,
    SubscriptionOptions,
    Subscriptions,
    SubscriptionState,
    Unsubscribe,
)
from xmppwire.protocol.pubsub_event import (
    EventAssociate,
    EventCollection,
    EventConfiguration,
    EventDelete,
    EventItem,
    EventItems,
    EventPurge,
    EventRedirect,
    EventRetract,
    EventSubscription,
)
from xmppwire.protocol.pubsub_forms import NodeConfig, SubscribeAuthorization, SubscribeOptionsForm
from xmppwire.protocol.pubsub_owner import OwnerSubscription, OwnerSubscriptions, PubsubOwner
from xmppwire.stanza import Message, Presence
from xmppwire.xml import Element

ROMEO = JID("romeo@montague.lit")
OWN = JULIET.bare
EVENT = "http://jabber.org/protocol/pubsub#event"


@pytest.mark.spec("XEP-0060", "6.1.1", "6.1.2", "6.1.5")
def test_somebody_subscribes() -> None:
    play = Play()
    running = play.run(subscribe("musings", OWN, service=SERVICE))
    pending = Subscription(jid=OWN, node="musings", subscription=SubscriptionState.PENDING)
    iq = answered(play, Pubsub(action=pending))
    assert query(iq) == Pubsub(action=Subscribe(jid=OWN, node="musings"))
    assert running.result() == pending

    options = SubscribeOptionsForm(deliver=True)
    running = play.run(subscribe("musings", str(OWN), options=options, service=SERVICE))
    iq = answered(play)
    assert query(iq).options == SubscriptionOptions(form=options.to_form())
    with pytest.raises(PubsubAnswerError, match="what became"):
        running.result()


@pytest.mark.spec("XEP-0060", "5.6", "6.2")
def test_somebody_looks_at_the_own_subscriptions_and_ends_one() -> None:
    play = Play()
    running = play.run(fetch_subscriptions("musings", service=SERVICE))
    mine = [Subscription(jid=OWN, subid="1", subscription=SubscriptionState.SUBSCRIBED)]
    iq = answered(play, Pubsub(action=Subscriptions(node="musings", subscriptions=mine)))
    assert query(iq).action == Subscriptions(node="musings")
    assert running.result() == [mine[0].replace(node="musings")]
    running = play.run(fetch_subscriptions(service=SERVICE))
    answered(play)
    assert running.result() == []
    running = play.run(unsubscribe("musings", OWN, subid="1", service=SERVICE))
    assert query(answered(play)).action == Unsubscribe(jid=OWN, node="musings", subid="1")
    assert running.result() is None


@pytest.mark.spec("XEP-0060", "6.3")
def test_options_of_a_subscription() -> None:
    play = Play()
    form = SubscribeOptionsForm(deliver=True, digest=False).to_form(DataFormType.FORM)
    known = Pubsub(options=SubscriptionOptions(jid=OWN, node="musings", subid="1", form=form))
    running = play.run(fetch_subscription_form("musings", OWN, subid="1", service=SERVICE))
    iq = answered(play, known)
    assert query(iq) == Pubsub(options=SubscriptionOptions(jid=OWN, node="musings", subid="1"))
    assert running.result() == form

    running = play.run(change_subscription("musings", OWN, service=SERVICE, digest=True))
    answered(play, known)
    sent = query(answered(play)).options
    assert sent is not None
    assert sent.form is not None
    read = SubscribeOptionsForm.from_form(sent.form)
    assert (read.digest, read.deliver) == (True, True)
    assert running.result() is None

    options = SubscribeOptionsForm(deliver=False)
    play.run(set_subscription_options("musings", OWN, options, service=SERVICE))
    sent = query(answered(play)).options
    assert sent == SubscriptionOptions(jid=OWN, node="musings", form=options.to_form())

    for answer in (None, Pubsub(options=SubscriptionOptions()), Pubsub(options=SubscriptionOptions(form=DataForm()))):
        running = play.run(fetch_subscription_form("musings", OWN))
        answered(play, answer)
        with pytest.raises(PubsubAnswerError, match="no form"):
            running.result()


@pytest.mark.spec("XEP-0060", "8.8.1", "8.8.2")
def test_who_is_subscribed() -> None:
    play = Play()
    running = play.run(fetch_subscribers("musings", service=SERVICE))
    known = [OwnerSubscription(jid=ROMEO, subscription=SubscriptionState.SUBSCRIBED)]
    answered(play, PubsubOwner(action=OwnerSubscriptions(node="musings", subscriptions=known)))
    assert running.result() == known
    running = play.run(fetch_subscribers("musings", service=SERVICE))
    answered(play)
    assert running.result() == []
    running = play.run(set_subscribers("musings", {ROMEO: SubscriptionState.NONE}, service=SERVICE))
    ended = [OwnerSubscription(jid=ROMEO, subscription=SubscriptionState.NONE)]
    assert owner(answered(play)).action == OwnerSubscriptions(node="musings", subscriptions=ended)
    assert running.result() is None


def request_for(subscriber: JID) -> DataForm:
    asked = SubscribeAuthorization(node="musings", subscriber=subscriber, allow=False)
    return asked.to_form(DataFormType.FORM)


@pytest.mark.spec("XEP-0060", "8.6")
def test_an_owner_approves_a_subscription() -> None:
    message = Message(JULIET, sender=SERVICE, id="approve1", payloads=[request_for(ROMEO)])
    asked = read_subscription_request(message, SERVICE)
    assert asked is not None
    assert (asked.node, asked.subscriber) == ("musings", ROMEO)
    answer = answer_subscription_request(message, True)
    assert (answer.to, answer.id, answer.sender) == (SERVICE, "approve1", None)
    form = answer.get(DataForm)
    assert form is not None
    assert form.type is DataFormType.SUBMIT
    assert form.form_type == "http://jabber.org/protocol/pubsub#subscribe_authorization"
    assert (form["pubsub#allow"], form["pubsub#subscriber_jid"]) == ("1", str(ROMEO))


@pytest.mark.spec("XEP-0060", "8.6")
def test_nobody_else_asks_an_owner() -> None:
    form = request_for(ROMEO)
    broken = request_for(ROMEO)
    broken.fields.append(Field(var="pubsub#subscriber_jid", values=["@"]))
    other = DataForm(type=DataFormType.FORM)
    for message in (
        Message(JULIET, sender=ROMEO, payloads=[form]),
        Message(JULIET, sender=JID(f"{SERVICE}/x"), payloads=[form]),
        Message(JULIET, payloads=[form]),
        Message(JULIET, sender=SERVICE, type="error", payloads=[form]),
        Message(JULIET, sender=SERVICE, payloads=[form.replace(type=DataFormType.SUBMIT)]),
        Message(JULIET, sender=SERVICE, payloads=[broken]),
        Message(JULIET, sender=SERVICE, payloads=[other]),
        Message(JULIET, sender=SERVICE, payloads=[Element(("jabber:x:data", "x"), {"type": "odd"})]),
        Message(JULIET, "hello", sender=SERVICE),
    ):
        assert read_subscription_request(message, SERVICE) is None
    with pytest.raises(ValueError, match="no request"):
        answer_subscription_request(Message(JULIET, "hello", sender=SERVICE), True)
    with pytest.raises(ValueError, match="no request"):
        answer_subscription_request(Message(JULIET, payloads=[form]), True)


ITEM = EventItem(id="today", payload=ENTRY)
STAMP = Delay.from_element(Element(("urn:xmpp:delay", "delay"), {"stamp": "2026-11-23T12:00:00Z"})).stamp
CONFIG = NodeConfig(title="Musings")


@pytest.mark.spec("XEP-0060", "7.1.2", "7.2.2", "8.2.5", "8.4", "8.5")
@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            event(EventItems(node="n", items=[ITEM])),
            [ItemsPublished(SERVICE, "n", (ITEM,))],
        ),
        (
            event(EventItems(node="n", items=[ITEM]), SERVICE, Delay(stamp=STAMP)),
            [ItemsPublished(SERVICE, "n", (ITEM,), STAMP)],
        ),
        (
            event(EventItems(node="n", retracts=[EventRetract(id="a"), EventRetract(id="b")])),
            [ItemsRetracted(SERVICE, "n", ("a", "b"))],
        ),
        (
            event(EventItems(node="n", items=[ITEM], retracts=[EventRetract(id="a")])),
            [ItemsPublished(SERVICE, "n", (ITEM,)), ItemsRetracted(SERVICE, "n", ("a",))],
        ),
        (event(EventItems(node="n")), []),
        (event(EventPurge(node="n")), [NodePurged(SERVICE, "n")]),
        (event(EventDelete(node="n")), [NodeDeleted(SERVICE, "n")]),
        (
            event(EventDelete(node="n", redirect=EventRedirect(uri="xmpp:x"))),
            [NodeDeleted(SERVICE, "n", "xmpp:x")],
        ),
        (event(EventConfiguration(node="n")), [NodeConfigured(SERVICE, "n")]),
        (
            event(EventConfiguration(node="n", form=CONFIG.to_form(DataFormType.RESULT))),
            [NodeConfigured(SERVICE, "n", CONFIG)],
        ),
        (
            event(EventConfiguration(node="n", form=DataForm(fields=[Field(var="pubsub#max_items", values=["many"])]))),
            [NodeConfigured(SERVICE, "n")],
        ),
        (event(EventConfiguration()), []),
        (
            event(EventSubscription(node="n", jid=OWN, subscription=SubscriptionState.NONE)),
            [
                SubscriptionChanged(
                    SERVICE, "n", EventSubscription(node="n", jid=OWN, subscription=SubscriptionState.NONE)
                )
            ],
        ),
        (event(EventSubscription(jid=OWN)), []),
        (event(EventCollection(change=EventAssociate(node="n"))), []),
        (event(None), []),
    ],
)
def test_what_events_say(message: Message, expected: list[object]) -> None:
    assert read_events(message) == expected
    events = NodeEvents()
    events.expect(SERVICE)
    assert events.feed(message) == expected


@pytest.mark.parametrize(
    "message",
    [
        Message(JULIET, "hello", sender=SERVICE),
        event(EventPurge(node="n"), None),
        event(EventPurge(node="n"), type="error"),
        event(EventPurge(node="n"), type="groupchat"),
        Message(JULIET, sender=SERVICE, payloads=[Element((EVENT, "event"), {}, [Element((EVENT, "purge"))])]),
        Message(JULIET, sender=SERVICE, payloads=[Element((EVENT, "event"), {}, [Element((EVENT, "items"))])]),
    ],
)
def test_what_is_no_event(message: Message) -> None:
    events = NodeEvents()
    events.expect(SERVICE)
    assert events.feed(message) == []


def test_a_stamp_that_is_none_does_not_cost_the_event() -> None:
    message = event(EventItems(node="n", items=[ITEM])).with_(Element(("urn:xmpp:delay", "delay"), {"stamp": "noon"}))
    assert read_events(message) == [ItemsPublished(SERVICE, "n", (ITEM,))]


@pytest.mark.spec("XEP-0060", "7.1.2")
def test_only_services_that_were_named_are_believed() -> None:
    play = Play()
    events = NodeEvents()
    events.expect(SERVICE, "musings")
    play.say(event(EventPurge(node="musings")), event(EventPurge(node="other")), Presence(JULIET, sender=ROMEO))
    play.say(*(event(EventPurge(node="musings"), sender) for sender in (ROMEO, OWN, JID(f"{SERVICE}/x"))))
    seen = [one for happened in play.client.take() for one in events.feed(happened)]
    reason = "nothing is expected from there"
    assert seen == [
        NodePurged(SERVICE, "musings"),
        RefusedEvent(SERVICE, "other", reason),
        RefusedEvent(ROMEO, "musings", reason),
        RefusedEvent(OWN, "musings", reason),
        RefusedEvent(JID(f"{SERVICE}/x"), "musings", reason),
    ]
    events.expect(SERVICE)
    assert events.feed(event(EventPurge(node="other"))) == [NodePurged(SERVICE, "other")]
    events.ignore(SERVICE)
    assert events.feed(event(EventPurge(node="musings"))) == [NodePurged(SERVICE, "musings")]
    events.ignore(SERVICE, "musings")
    events.ignore(SERVICE, "musings")
    assert events.feed(event(EventPurge(node="musings"))) == [RefusedEvent(SERVICE, "musings", reason)]
