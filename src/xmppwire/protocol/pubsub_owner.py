"""Publish-Subscribe (XEP-0060), the owner's part: configuration of nodes, who may do what, who is subscribed.

Only changes are sent of lists of subscriptions and affiliations; `NONE` removes an entry.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.pubsub import NodeAffiliation, SubscriptionState

NAMESPACE = "http://jabber.org/protocol/pubsub#owner"
PART_OF = "XEP-0060"


class NodeType(StrEnum):
    """What a node holds (section 4.4)."""

    COLLECTION = "collection"
    LEAF = "leaf"


class OwnerConfigure(Payload, ns=NAMESPACE, name="configure", nested=True):
    """The configuration of a node (section 8.2): asked for, or, with a form, set."""

    node: str | None = field.attribute(default=None)
    form: DataForm | None = field.child(default=None)


class OwnerDefault(Payload, ns=NAMESPACE, name="default", nested=True):
    """The configuration that a new node of some type has (section 8.3)."""

    type: NodeType = field.attribute(default=NodeType.LEAF)
    form: DataForm | None = field.child(default=None)


class OwnerRedirect(Payload, ns=NAMESPACE, name="redirect", nested=True):
    """The node that takes the place of a deleted one."""

    uri: str = field.attribute()


class OwnerDelete(Payload, ns=NAMESPACE, name="delete", nested=True):
    """Deletes a node (section 8.4)."""

    node: str = field.attribute()
    redirect: OwnerRedirect | None = field.child(default=None)


class OwnerPurge(Payload, ns=NAMESPACE, name="purge", nested=True):
    """Deletes all items of a node (section 8.5)."""

    node: str = field.attribute()


class OwnerSubscription(Payload, ns=NAMESPACE, name="subscription", nested=True):
    """A subscription to the node. Where `subscription` is left out of a change, it stays as it is."""

    jid: JID = field.attribute()
    subid: str | None = field.attribute(default=None)
    subscription: SubscriptionState | None = field.attribute(default=None)


class OwnerSubscriptions(Payload, ns=NAMESPACE, name="subscriptions", nested=True):
    """Who is subscribed to a node (section 8.8)."""

    node: str = field.attribute()
    subscriptions: list[OwnerSubscription] = field.children()


class OwnerAffiliation(Payload, ns=NAMESPACE, name="affiliation", nested=True):
    """What an entity is to the node. Where `affiliation` is left out of a change, it stays as it is."""

    jid: JID = field.attribute()
    affiliation: NodeAffiliation | None = field.attribute(default=None)


class OwnerAffiliations(Payload, ns=NAMESPACE, name="affiliations", nested=True):
    """Who has an affiliation with a node (section 8.9)."""

    node: str = field.attribute()
    affiliations: list[OwnerAffiliation] = field.children()


class PubsubOwner(Payload, ns=NAMESPACE, name="pubsub"):
    """A request of an owner, or the answer."""

    action: OwnerConfigure | OwnerDefault | OwnerDelete | OwnerPurge | OwnerSubscriptions | OwnerAffiliations | None = (
        field.choice(default=None)
    )
