"""Forms of Publish-Subscribe (XEP-0060): the configuration of nodes, preconditions of publishing, options of subscriptions,
approval of subscriptions, and what service discovery tells about a node.

The fields of collection nodes (XEP-0248) are there too.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from xmppwire.jid import JID
from xmppwire.payload import Codec, DateTime, Enumeration, Unknown, UnsignedInt
from xmppwire.protocol import form
from xmppwire.protocol.data_forms import FieldType
from xmppwire.protocol.form import TypedForm
from xmppwire.protocol.pubsub_owner import NodeType

PART_OF = "XEP-0060"

NAMESPACE = "http://jabber.org/protocol/pubsub"


class AccessModel(StrEnum):
    """Who may subscribe and retrieve items (section 4.5)."""

    AUTHORIZE = "authorize"
    OPEN = "open"
    PRESENCE = "presence"
    ROSTER = "roster"
    WHITELIST = "whitelist"


class PublishModel(StrEnum):
    """Who may publish."""

    PUBLISHERS = "publishers"
    SUBSCRIBERS = "subscribers"
    OPEN = "open"


class SendLastItem(StrEnum):
    """When subscribers are sent the item published last."""

    NEVER = "never"
    ON_SUB = "on_sub"
    ON_SUB_AND_PRESENCE = "on_sub_and_presence"


class ItemReply(StrEnum):
    """Who receives replies to items."""

    OWNER = "owner"
    PUBLISHER = "publisher"


class FullNode(StrEnum):
    """What becomes of an item that is published where there is no room for it."""

    RETRACT_OLDEST = "retract-oldest"
    DISCARD_OLDEST = "discard-oldest"
    REJECT = "reject"


class NotificationType(StrEnum):
    """The type of the messages that notify."""

    NORMAL = "normal"
    HEADLINE = "headline"


class ChildrenPolicy(StrEnum):
    """Who may put nodes into a collection (XEP-0248)."""

    ALL = "all"
    OWNERS = "owners"
    WHITELIST = "whitelist"


class SubscriptionType(StrEnum):
    """Whether a subscription is about items, nodes, or both."""

    ITEMS = "items"
    NODES = "nodes"
    ALL = "all"


class PresenceShow(StrEnum):
    """States of presence in which notifications are wanted."""

    AWAY = "away"
    CHAT = "chat"
    DND = "dnd"
    ONLINE = "online"
    XA = "xa"


def _open(kind: type[StrEnum]) -> Codec[Any]:
    return Enumeration(kind, Unknown.KEEP)


class NodeSettings(TypedForm):
    """The settings of a node (section 17.4.4). What is None stays as the service has it."""

    access_model: AccessModel | str | None = form.field("pubsub#access_model", _open(AccessModel), default=None)
    body_xslt: str | None = form.field("pubsub#body_xslt", default=None)
    children: list[str] = form.fields("pubsub#children")
    children_association_policy: ChildrenPolicy | str | None = form.field(
        "pubsub#children_association_policy", _open(ChildrenPolicy), default=None
    )
    children_association_whitelist: list[JID] = form.fields("pubsub#children_association_whitelist")
    children_max: int | None = form.field("pubsub#children_max", UnsignedInt, default=None)
    collections: list[str] = form.fields("pubsub#collection")
    contacts: list[JID] = form.fields("pubsub#contact")
    dataform_xslt: str | None = form.field("pubsub#dataform_xslt", default=None)
    deliver_notifications: bool | None = form.field("pubsub#deliver_notifications", default=None)
    deliver_payloads: bool | None = form.field("pubsub#deliver_payloads", default=None)
    description: str | None = form.field("pubsub#description", default=None)
    item_expire: int | Literal["max"] | None = form.field(
        "pubsub#item_expire", form.or_word(UnsignedInt, "max"), default=None
    )
    """Seconds."""
    item_reply: ItemReply | str | None = form.field("pubsub#itemreply", _open(ItemReply), default=None)
    language: str | None = form.field("pubsub#language", default=None, type=FieldType.LIST_SINGLE)
    max_items: int | Literal["max"] | None = form.field(
        "pubsub#max_items", form.or_word(UnsignedInt, "max"), default=None
    )
    max_payload_size: int | None = form.field("pubsub#max_payload_size", UnsignedInt, default=None)
    """Bytes."""
    node_type: NodeType | str | None = form.field("pubsub#node_type", _open(NodeType), default=None)
    notification_type: NotificationType | str | None = form.field(
        "pubsub#notification_type", _open(NotificationType), default=None
    )
    notify_config: bool | None = form.field("pubsub#notify_config", default=None)
    notify_delete: bool | None = form.field("pubsub#notify_delete", default=None)
    notify_retract: bool | None = form.field("pubsub#notify_retract", default=None)
    notify_sub: bool | None = form.field("pubsub#notify_sub", default=None)
    persist_items: bool | None = form.field("pubsub#persist_items", default=None)
    presence_based_delivery: bool | None = form.field("pubsub#presence_based_delivery", default=None)
    publish_model: PublishModel | str | None = form.field("pubsub#publish_model", _open(PublishModel), default=None)
    publish_node_full: FullNode | str | None = form.field("pubsub#publish_node_full", _open(FullNode), default=None)
    purge_offline: bool | None = form.field("pubsub#purge_offline", default=None)
    roster_groups_allowed: list[str] = form.fields("pubsub#roster_groups_allowed", type=FieldType.LIST_MULTI)
    send_last_published_item: SendLastItem | str | None = form.field(
        "pubsub#send_last_published_item", _open(SendLastItem), default=None
    )
    tempsub: bool | None = form.field("pubsub#tempsub", default=None)
    subscribe: bool | None = form.field("pubsub#subscribe", default=None)
    title: str | None = form.field("pubsub#title", default=None)
    payload_type: str | None = form.field("pubsub#type", default=None)


class NodeConfig(NodeSettings, form_type=f"{NAMESPACE}#node_config"):
    """The configuration of a node, for its owners (section 8.2)."""


class PublishOptionsForm(NodeSettings, form_type=f"{NAMESPACE}#publish-options"):
    """Settings that a node must have for something to be published there, or gets when it is made for it (section 7.1.5)."""


class SubscribeAuthorization(TypedForm, form_type=f"{NAMESPACE}#subscribe_authorization"):
    """The wish of somebody to subscribe, and an owner's decision about it (section 8.6): `allow`."""

    allow: bool | None = form.field("pubsub#allow", default=None)
    node: str | None = form.field("pubsub#node", default=None)
    subscriber: JID | None = form.field("pubsub#subscriber_jid", default=None)
    subid: str | None = form.field("pubsub#subid", default=None)


class SubscribeOptionsForm(TypedForm, form_type=f"{NAMESPACE}#subscribe_options"):
    """The options of a subscription (section 6.3)."""

    deliver: bool | None = form.field("pubsub#deliver", default=None)
    digest: bool | None = form.field("pubsub#digest", default=None)
    digest_frequency: int | None = form.field("pubsub#digest_frequency", UnsignedInt, default=None)
    """Milliseconds."""
    expire: datetime | Literal["presence"] | None = form.field(
        "pubsub#expire", form.or_word(DateTime, "presence"), default=None
    )
    include_body: bool | None = form.field("pubsub#include_body", default=None)
    show_values: list[PresenceShow | str] = form.fields("pubsub#show-values", _open(PresenceShow))
    subscription_type: SubscriptionType | str | None = form.field(
        "pubsub#subscription_type", _open(SubscriptionType), default=None
    )
    subscription_depth: int | Literal["all"] | None = form.field(
        "pubsub#subscription_depth", form.or_word(UnsignedInt, "all"), default=None, type=FieldType.LIST_SINGLE
    )


class NodeMetadata(TypedForm, form_type=f"{NAMESPACE}#meta-data"):
    """What service discovery tells about a node (section 5.4)."""

    contacts: list[JID] = form.fields("pubsub#contact")
    creation_date: datetime | None = form.field("pubsub#creation_date", default=None)
    creator: JID | None = form.field("pubsub#creator", default=None)
    description: str | None = form.field("pubsub#description", default=None)
    language: str | None = form.field("pubsub#language", default=None, type=FieldType.LIST_SINGLE)
    access_model: AccessModel | str | None = form.field("pubsub#access_model", _open(AccessModel), default=None)
    publish_model: PublishModel | str | None = form.field("pubsub#publish_model", _open(PublishModel), default=None)
    num_subscribers: int | None = form.field("pubsub#num_subscribers", UnsignedInt, default=None)
    owners: list[JID] = form.fields("pubsub#owner")
    publishers: list[JID] = form.fields("pubsub#publisher")
    title: str | None = form.field("pubsub#title", default=None)
    payload_type: str | None = form.field("pubsub#type", default=None)
    max_items: int | Literal["max"] | None = form.field(
        "pubsub#max_items", form.or_word(UnsignedInt, "max"), default=None
    )
