"""Publish-Subscribe (XEP-0060), notifications: what a service tells those who subscribed.

They come in messages. Believe them from the service, or, for personal eventing (XEP-0163), from the account itself.
"""

from __future__ import annotations

from datetime import datetime

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.pubsub import SubscriptionState
from xmppwire.xml import Element

NAMESPACE = "http://jabber.org/protocol/pubsub#event"
PART_OF = "XEP-0060"


class EventItem(Payload, ns=NAMESPACE, name="item", nested=True):
    """An item that was published. Without a payload where the node only notifies."""

    id: str | None = field.attribute(default=None)
    publisher: JID | None = field.attribute(default=None)
    ver: str | None = field.attribute(default=None)
    payload: Payload | Element | None = field.payload(default=None)


class EventRetract(Payload, ns=NAMESPACE, name="retract", nested=True):
    """An item that was deleted."""

    id: str = field.attribute()


class EventItems(Payload, ns=NAMESPACE, name="items", nested=True):
    """What was published at a node, and what was deleted (section 7)."""

    node: str = field.attribute()
    ver: str | None = field.attribute(default=None)
    items: list[EventItem] = field.children()
    retracts: list[EventRetract] = field.children()


class EventConfiguration(Payload, ns=NAMESPACE, name="configuration", nested=True):
    """A node is configured differently now (section 8.2.5); like this, where it sends payloads."""

    node: str | None = field.attribute(default=None)
    form: DataForm | None = field.child(default=None)


class EventPurge(Payload, ns=NAMESPACE, name="purge", nested=True):
    """All items of a node were deleted (section 8.5)."""

    node: str = field.attribute()


class EventRedirect(Payload, ns=NAMESPACE, name="redirect", nested=True):
    """The node that takes the place of a deleted one."""

    uri: str = field.attribute()


class EventDelete(Payload, ns=NAMESPACE, name="delete", nested=True):
    """A node was deleted (section 8.4)."""

    node: str = field.attribute()
    redirect: EventRedirect | None = field.child(default=None)


class EventCreate(Payload, ns=NAMESPACE, name="create", nested=True):
    """A node was created (XEP-0248)."""

    node: str = field.attribute()


class EventAssociate(Payload, ns=NAMESPACE, name="associate", nested=True):
    """A node became part of the collection."""

    node: str = field.attribute()


class EventDisassociate(Payload, ns=NAMESPACE, name="disassociate", nested=True):
    """A node is no part of the collection any more."""

    node: str = field.attribute()


class EventCollection(Payload, ns=NAMESPACE, name="collection", nested=True):
    """A collection of nodes changed (XEP-0248)."""

    node: str | None = field.attribute(default=None)
    change: EventAssociate | EventDisassociate = field.choice()


class EventSubscription(Payload, ns=NAMESPACE, name="subscription", nested=True):
    """A subscription changed (section 13.14), or ends at `expiry` (section 13.19)."""

    jid: JID = field.attribute()
    node: str | None = field.attribute(default=None)
    subid: str | None = field.attribute(default=None)
    subscription: SubscriptionState | None = field.attribute(default=None)
    expiry: datetime | None = field.attribute(default=None)


class PubsubEvent(Payload, ns=NAMESPACE, name="event"):
    """A notification of one event."""

    action: (
        EventItems
        | EventPurge
        | EventDelete
        | EventConfiguration
        | EventSubscription
        | EventCollection
        | EventCreate
        | None
    ) = field.choice(default=None)
