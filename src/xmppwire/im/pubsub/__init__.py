"""Publish-subscribe (XEP-0060), for publishers, subscribers and owners of nodes.

    await client.run(publish("musings", entry, service="pubsub.shakespeare.lit"))
    for item in await client.run(fetch_items("musings", service="pubsub.shakespeare.lit", newest=3)):
        entry = payload_of(item, Entry)

    events = NodeEvents()
    events.expect("pubsub.shakespeare.lit", "musings")
    await client.run(subscribe("musings", client.jid.bare, service="pubsub.shakespeare.lit"))
    async for event in client:
        for change in events.feed(event):
            match change:
                case ItemsPublished(items=items): ...
                case ItemsRetracted(ids=ids): ...

`service` is the address of the service. None is the own account, which is a service too (XEP-0163): `xmppwire.im.pep` has more
of that. What a service refuses is a `PubsubIqError`, whose `condition` says why in the words of XEP-0060.
"""

from __future__ import annotations

from .affiliations import fetch_affiliations, fetch_node_affiliations, set_node_affiliations
from .errors import PreconditionNotMet, PubsubAnswerError, PubsubIqError
from .events import (
    ItemsPublished,
    ItemsRetracted,
    NodeConfigured,
    NodeDeleted,
    NodeEvent,
    NodeEvents,
    NodePurged,
    RefusedEvent,
    SubscriptionChanged,
    read_events,
)
from .items import (
    ItemPage,
    ItemReader,
    fetch_all_items,
    fetch_item,
    fetch_items,
    payload_of,
    publish,
    purge,
    retract,
)
from .nodes import (
    change_node,
    configure_node,
    create_node,
    delete_node,
    fetch_default_node_form,
    fetch_node_form,
    fetch_node_metadata,
)
from .subscriptions import (
    answer_subscription_request,
    change_subscription,
    fetch_subscribers,
    fetch_subscription_form,
    fetch_subscriptions,
    read_subscription_request,
    set_subscribers,
    set_subscription_options,
    subscribe,
    unsubscribe,
)

__all__ = [
    "ItemPage",
    "ItemReader",
    "ItemsPublished",
    "ItemsRetracted",
    "NodeConfigured",
    "NodeDeleted",
    "NodeEvent",
    "NodeEvents",
    "NodePurged",
    "PreconditionNotMet",
    "PubsubAnswerError",
    "PubsubIqError",
    "RefusedEvent",
    "SubscriptionChanged",
    "answer_subscription_request",
    "change_node",
    "change_subscription",
    "configure_node",
    "create_node",
    "delete_node",
    "fetch_affiliations",
    "fetch_all_items",
    "fetch_default_node_form",
    "fetch_item",
    "fetch_items",
    "fetch_node_affiliations",
    "fetch_node_form",
    "fetch_node_metadata",
    "fetch_subscribers",
    "fetch_subscription_form",
    "fetch_subscriptions",
    "payload_of",
    "publish",
    "purge",
    "read_events",
    "read_subscription_request",
    "retract",
    "set_node_affiliations",
    "set_subscribers",
    "set_subscription_options",
    "subscribe",
    "unsubscribe",
]
