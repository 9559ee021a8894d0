"""Publish-subscribe services of real servers, over each adapter."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.interop.harness import Connect, account, play, until
from tests.interop.servers import Lab, Server
from xmppwire import JID, ErrorCondition, Message, Presence
from xmppwire.im.disco import fetch_info
from xmppwire.im.pubsub import (
    ItemReader,
    ItemsPublished,
    ItemsRetracted,
    NodeDeleted,
    NodeEvents,
    NodePurged,
    PreconditionNotMet,
    PubsubIqError,
    SubscriptionChanged,
    answer_subscription_request,
    change_node,
    change_subscription,
    create_node,
    delete_node,
    fetch_affiliations,
    fetch_default_node_form,
    fetch_item,
    fetch_items,
    fetch_node_affiliations,
    fetch_node_form,
    fetch_node_metadata,
    fetch_subscribers,
    fetch_subscription_form,
    fetch_subscriptions,
    payload_of,
    publish,
    purge,
    read_subscription_request,
    retract,
    set_node_affiliations,
    set_subscribers,
    subscribe,
    unsubscribe,
)
from xmppwire.operation import IqError
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.pubsub import NAMESPACE, NodeAffiliation, SubscriptionState
from xmppwire.protocol.pubsub_errors import PubsubCondition, PubsubFeature
from xmppwire.protocol.pubsub_forms import (
    AccessModel,
    NodeConfig,
    PublishOptionsForm,
    SubscribeOptionsForm,
)
from xmppwire.protocol.user_nickname import Nick


async def service_of(client: Any, server: Server) -> tuple[JID, set[str]]:
    """The service of a server and its features; skips where there is none."""
    service = JID(f"pubsub.{server.domain}")
    try:
        info = await client.run(fetch_info(service))
    except IqError as error:
        pytest.skip(f"{server.name} has no publish-subscribe service: {error}")
    if not any(one.category == "pubsub" for one in info.identities):
        pytest.skip(f"{server.name} has no publish-subscribe service at {service}")
    return service, set(info.features)


def has(features: set[str], feature: PubsubFeature) -> bool:
    return f"{NAMESPACE}#{feature}" in features


def fresh() -> str:
    return f"musings-{uuid.uuid4().hex}"


@pytest.mark.spec("XEP-0060", "6.1", "6.5", "7.1", "7.2", "8.1", "8.4", "8.5")
def test_items_and_what_subscribers_are_told(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            service, _ = await service_of(alice, im_server)
            node, events = fresh(), NodeEvents()
            config = NodeConfig(access_model=AccessModel.OPEN, persist_items=True, max_items=5)
            config = config.replace(notify_retract=True, notify_delete=True)
            assert await alice.run(create_node(node, config, service=service)) == node
            subscription = await bob.run(subscribe(node, bob.jid, service=service))
            assert subscription.subscription is SubscriptionState.SUBSCRIBED
            events.expect(service, node)

            async def told() -> Any:
                (happened,) = events.feed(await until(bob, Message, lambda message: message.sender == service))
                return happened

            for number in range(3):
                assert await alice.run(publish(node, Nick(name=f"{number}"), id=f"i{number}", service=service))
                happened = await told()
                assert isinstance(happened, ItemsPublished)
                assert [payload_of(item, Nick) for item in happened.items] == [Nick(name=f"{number}")]
            chosen = await alice.run(publish(node, Nick(name="last"), service=service))
            assert chosen
            assert isinstance(await told(), ItemsPublished)

            assert {item.id for item in await bob.run(fetch_items(node, service=service))} == {"i0", "i1", "i2", chosen}
            (newest,) = await bob.run(fetch_items(node, newest=1, service=service))
            assert newest.id == chosen
            one = await bob.run(fetch_item(node, "i1", service=service))
            assert one is not None
            assert payload_of(one, Nick) == Nick(name="1")
            reader, read = ItemReader(node, service, limit=2), list[str | None]()
            while not reader.done:
                read += [item.id for item in await bob.run(reader.next_page())]
            assert set(read) == {"i0", "i1", "i2", chosen}
            assert len(read) == 4

            await alice.run(retract(node, "i0", service=service))
            assert await told() == ItemsRetracted(service, node, ("i0",))
            await alice.run(purge(node, service=service))
            assert await told() == NodePurged(service, node)
            assert await bob.run(fetch_items(node, service=service)) == []
            await alice.run(delete_node(node, service=service))
            assert await told() == NodeDeleted(service, node)
            with pytest.raises(PubsubIqError) as caught:
                await bob.run(fetch_items(node, service=service))
            assert caught.value.error.condition is ErrorCondition.ITEM_NOT_FOUND

    play(adapter, scenario)


@pytest.mark.spec("XEP-0060", "5.4", "7.1.5", "8.2", "8.3")
def test_configuration_and_options(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            service, features = await service_of(alice, im_server)
            if has(features, PubsubFeature.RETRIEVE_DEFAULT):
                assert NodeConfig.from_form(await alice.run(fetch_default_node_form(service=service))).access_model
            node = await alice.run(create_node(service=service))
            assert node
            await alice.run(change_node(node, service=service, max_items=7, access_model=AccessModel.OPEN))
            form = await alice.run(fetch_node_form(node, service=service))
            config = NodeConfig.from_form(form)
            assert (config.max_items, config.access_model) == (7, AccessModel.OPEN)
            if NodeConfig.field_of(form, "title") is not None:
                await alice.run(change_node(node, service=service, title="Musings"))
            if has(features, PubsubFeature.META_DATA):
                metadata = await alice.run(fetch_node_metadata(node, service=service))
                assert metadata is not None
                assert metadata.title == "Musings"

            options = PublishOptionsForm(access_model=AccessModel.WHITELIST)
            with pytest.raises(PreconditionNotMet) as caught:
                await alice.run(publish(node, Nick(name="x"), options=options, service=service))
            assert caught.value.condition is PubsubCondition.PRECONDITION_NOT_MET
            await alice.run(publish(node, Nick(name="x"), id="x", options=options, reconfigure=True, service=service))
            config = NodeConfig.from_form(await alice.run(fetch_node_form(node, service=service)))
            assert (config.max_items, config.access_model) == (7, AccessModel.WHITELIST)
            assert [item.id for item in await alice.run(fetch_items(node, service=service))] == ["x"]
            await alice.run(delete_node(node, service=service))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0060", "5.6", "5.7", "6.2", "6.3", "8.8", "8.9")
def test_who_is_what_to_a_node(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            service, features = await service_of(alice, im_server)
            node = fresh()
            await alice.run(create_node(node, NodeConfig(access_model=AccessModel.OPEN), service=service))
            with pytest.raises(PubsubIqError) as caught:
                await bob.run(publish(node, Nick(name="b"), service=service))
            assert caught.value.error.condition is ErrorCondition.FORBIDDEN
            await alice.run(set_node_affiliations(node, {bob.jid.bare: NodeAffiliation.PUBLISHER}, service=service))
            known = await alice.run(fetch_node_affiliations(node, service=service))
            assert known[bob.jid.bare] is NodeAffiliation.PUBLISHER
            if has(features, PubsubFeature.RETRIEVE_AFFILIATIONS):
                mine = await bob.run(fetch_affiliations(service=service))
                assert [one.affiliation for one in mine if one.node == node] == [NodeAffiliation.PUBLISHER]
            assert await bob.run(publish(node, Nick(name="b"), service=service))

            subscription = await bob.run(subscribe(node, bob.jid.bare, service=service))
            (mine,) = await bob.run(fetch_subscriptions(node, service=service))
            assert (mine.jid, mine.subscription) == (bob.jid.bare, SubscriptionState.SUBSCRIBED)
            if has(features, PubsubFeature.SUBSCRIPTION_OPTIONS):
                where: dict[str, Any] = {"subid": subscription.subid, "service": service}
                await bob.run(change_subscription(node, bob.jid.bare, **where, include_body=True))
                form = await bob.run(fetch_subscription_form(node, bob.jid.bare, **where))
                assert SubscribeOptionsForm.from_form(form).include_body
            await bob.run(unsubscribe(node, bob.jid.bare, subid=subscription.subid, service=service))
            assert not await bob.run(fetch_subscriptions(node, service=service))
            if has(features, PubsubFeature.MANAGE_SUBSCRIPTIONS):
                await bob.run(subscribe(node, bob.jid.bare, service=service))
                subscribers = await alice.run(fetch_subscribers(node, service=service))
                assert [one.jid for one in subscribers] == [bob.jid.bare]
                await alice.run(set_subscribers(node, {bob.jid.bare: SubscriptionState.NONE}, service=service))
                assert await alice.run(fetch_subscribers(node, service=service)) == []
            await alice.run(delete_node(node, service=service))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0060", "8.6")
def test_an_owner_is_asked(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            service, features = await service_of(alice, im_server)
            if not has(features, PubsubFeature.ACCESS_AUTHORIZE):
                pytest.skip(f"{im_server.name} does not ask owners")
            await alice.send(Presence())  # those who are not there are told nothing
            await bob.send(Presence())
            node, events = fresh(), NodeEvents()
            events.expect(service, node)
            await alice.run(create_node(node, NodeConfig(access_model=AccessModel.AUTHORIZE), service=service))
            subscription = await bob.run(subscribe(node, bob.jid.bare, service=service))
            assert subscription.subscription is SubscriptionState.PENDING
            message = await until(alice, Message, lambda message: message.get(DataForm) is not None)
            asked = read_subscription_request(message, service)
            assert asked is not None
            assert (asked.node, asked.subscriber) == (node, bob.jid.bare)
            await alice.send(answer_subscription_request(message, True))
            while True:
                happened = events.feed(await until(bob, Message))
                states = [one.subscription.subscription for one in happened if isinstance(one, SubscriptionChanged)]
                if states == [SubscriptionState.SUBSCRIBED]:
                    break
            (mine,) = await bob.run(fetch_subscriptions(node, service=service))
            assert mine.subscription is SubscriptionState.SUBSCRIBED
            await alice.run(delete_node(node, service=service))

    play(adapter, scenario)
