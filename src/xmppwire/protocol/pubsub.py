"""Publish-Subscribe (XEP-0060): what publishers and subscribers say to a service and get from it.

A service has nodes, a node has items; those who subscribe are told of what is published (`pubsub_event`). Owners have a
namespace of their own (`pubsub_owner`), and so have the reasons why something was refused (`pubsub_errors`).
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Integer, Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.rsm import ResultSet
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "http://jabber.org/protocol/pubsub"

STANDARD = Standard(
    "XEP-0060",
    "Publish-Subscribe",
    Status.STABLE,
    "1.30.0",
    namespaces=(NAMESPACE, NAMESPACE + "#errors", NAMESPACE + "#event", NAMESPACE + "#owner"),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class NodeAffiliation(StrEnum):
    """What an entity is to a node (section 4.1)."""

    MEMBER = "member"
    NONE = "none"
    OUTCAST = "outcast"
    OWNER = "owner"
    PUBLISHER = "publisher"
    PUBLISH_ONLY = "publish-only"


class SubscriptionState(StrEnum):
    """Where a subscription to a node stands (section 4.2)."""

    NONE = "none"
    PENDING = "pending"
    """It waits for an owner's approval."""
    SUBSCRIBED = "subscribed"
    UNCONFIGURED = "unconfigured"
    """It waits for the subscriber to set its options."""


class Item(Payload, ns=NAMESPACE, name="item", nested=True):
    """An item of a node. Where an `id` is not given, the service makes one. `publisher` is stamped by the service."""

    id: str | None = field.attribute(default=None)
    publisher: JID | None = field.attribute(default=None)
    ver: str | None = field.attribute(default=None)
    payload: Payload | Element | None = field.payload(default=None)


class Create(Payload, ns=NAMESPACE, name="create", nested=True):
    """Makes a node; without a name, one of the service's choice (section 8.1)."""

    node: str | None = field.attribute(default=None)


class Configure(Payload, ns=NAMESPACE, name="configure", nested=True):
    """The configuration of the node that is created beside it."""

    node: str | None = field.attribute(default=None)
    form: DataForm | None = field.child(default=None)


class Subscribe(Payload, ns=NAMESPACE, name="subscribe", nested=True):
    """Subscribes an address to a node (section 6.1). A service wants to know which; some requests do not say."""

    jid: JID | None = field.attribute(default=None)
    node: str | None = field.attribute(default=None)


class Unsubscribe(Payload, ns=NAMESPACE, name="unsubscribe", nested=True):
    """Ends a subscription (section 6.2)."""

    jid: JID | None = field.attribute(default=None)
    node: str | None = field.attribute(default=None)
    subid: str | None = field.attribute(default=None)


class SubscriptionOptions(Payload, ns=NAMESPACE, name="options", nested=True):
    """The options of a subscription (section 6.3): asked for, or, with a form, set."""

    jid: JID | None = field.attribute(default=None)
    node: str | None = field.attribute(default=None)
    subid: str | None = field.attribute(default=None)
    form: DataForm | None = field.child(default=None)


class DefaultOptions(Payload, ns=NAMESPACE, name="default", nested=True):
    """The options that a new subscription has (section 6.4)."""

    node: str | None = field.attribute(default=None)
    form: DataForm | None = field.child(default=None)


class Publish(Payload, ns=NAMESPACE, name="publish", nested=True):
    """Items to publish (section 7.1); in the answer those that the service gave an id."""

    node: str = field.attribute()
    ver: str | None = field.attribute(default=None)
    items: list[Item] = field.children()


class PublishOptions(Payload, ns=NAMESPACE, name="publish-options", nested=True):
    """What the node must be configured like for the publication to succeed (section 7.1.5)."""

    form: DataForm | None = field.child(default=None)


class Retract(Payload, ns=NAMESPACE, name="retract", nested=True):
    """Deletes items (section 7.2); `notify` says whether subscribers are to be told."""

    node: str = field.attribute()
    notify: bool | None = field.attribute(default=None)
    items: list[Item] = field.children()


class Items(Payload, ns=NAMESPACE, name="items", nested=True):
    """Asks for items, all, some or the latest `max_items` (section 6.5), and answers that.

    `ver` is the version of the node (section 10): in a request, the one from which on items are wanted.
    """

    node: str = field.attribute()
    subid: str | None = field.attribute(default=None)
    max_items: int | None = field.attribute(Integer(1), name="max_items", default=None)
    ver: str | None = field.attribute(default=None)
    items: list[Item] = field.children()


class SubscribeOptions(Payload, ns=NAMESPACE, name="subscribe-options", nested=True):
    """A subscription has options; `required`: they have to be set before it begins."""

    required: bool = field.flag()


class Subscription(Payload, ns=NAMESPACE, name="subscription", nested=True):
    """A subscription of an address."""

    jid: JID = field.attribute()
    node: str | None = field.attribute(default=None)
    subid: str | None = field.attribute(default=None)
    subscription: SubscriptionState | None = field.attribute(default=None)
    options: SubscribeOptions | None = field.child(default=None)


class Subscriptions(Payload, ns=NAMESPACE, name="subscriptions", nested=True):
    """The subscriptions that the entity itself has (section 5.6), at one node or at all."""

    node: str | None = field.attribute(default=None)
    subscriptions: list[Subscription] = field.children()


class Affiliation(Payload, ns=NAMESPACE, name="affiliation", nested=True):
    """What an entity is to a node: the one who asks, or, in a message that tells of a change, `jid`."""

    node: str | None = field.attribute(default=None)
    jid: JID | None = field.attribute(default=None)
    affiliation: NodeAffiliation = field.attribute()


class Affiliations(Payload, ns=NAMESPACE, name="affiliations", nested=True):
    """The affiliations that the entity itself has (section 5.7), at one node or at all."""

    node: str | None = field.attribute(default=None)
    affiliations: list[Affiliation] = field.children()


class Pubsub(Payload, ns=NAMESPACE, name="pubsub"):
    """A request of a publisher or subscriber, or the answer.

    `action` is what it is about; `options` may stand alone. `set` is the page of a long result (section 6.5.4). What other
    standards add to a request, an order of the items (XEP-0413) for instance, is in `extensions`. A push
    service tells of an affiliation to `node` without a list around it (XEP-0357 section 8).
    """

    node: str | None = field.attribute(default=None)
    action: (
        Create
        | Subscribe
        | Unsubscribe
        | Subscription
        | Publish
        | Retract
        | Items
        | DefaultOptions
        | Subscriptions
        | Affiliations
        | Affiliation
        | None
    ) = field.choice(default=None)
    configure: Configure | None = field.child(default=None)
    options: SubscriptionOptions | None = field.child(default=None)
    publish_options: PublishOptions | None = field.child(default=None)
    set: ResultSet | None = field.child(default=None)
    extensions: list[Payload | Element] = field.payloads()
