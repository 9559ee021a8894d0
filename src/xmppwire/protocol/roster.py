"""The roster (RFC 6121, section 2): a user's contacts, kept by the server; and the stream features that belong to it."""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "jabber:iq:roster"
VERSIONING_NAMESPACE = "urn:xmpp:features:rosterver"
PRE_APPROVAL_NAMESPACE = "urn:xmpp:features:pre-approval"

STANDARD = Standard(
    "RFC 6121",
    "Extensible Messaging and Presence Protocol (XMPP): Instant Messaging and Presence",
    Status.PROPOSED,
    namespaces=(NAMESPACE, VERSIONING_NAMESPACE, PRE_APPROVAL_NAMESPACE),
)


class Subscription(StrEnum):
    """The state of a subscription, seen from the user (RFC 6121, section 2.1.2.5)."""

    NONE = "none"
    TO = "to"
    FROM = "from"
    BOTH = "both"
    REMOVE = "remove"
    """Not a state: in a roster set the wish to remove the item, in a push the news that it is gone."""


class Ask(StrEnum):
    """Sub-states of a subscription (RFC 6121, section 2.1.2.2)."""

    SUBSCRIBE = "subscribe"
    """The user has asked for a subscription and waits for the answer."""


class RosterItem(Payload, ns=NAMESPACE, name="item", nested=True):
    """A contact. `approved` says that a subscription was approved beforehand (RFC 6121, section 3.4). `extensions` is
    what others add.
    """

    jid: JID = field.attribute()
    name: str | None = field.attribute(default=None)
    subscription: Subscription = field.attribute(default=Subscription.NONE, always=True)
    ask: Ask | None = field.attribute(default=None)
    approved: bool = field.attribute(default=False)
    groups: list[str] = field.values(name="group")
    extensions: list[Payload | Element] = field.payloads()


class Roster(Payload, ns=NAMESPACE, name="query"):
    """A request for the roster, the roster, a change, or a push. `ver` is the version (RFC 6121, section 2.6)."""

    ver: str | None = field.attribute(default=None)
    items: list[RosterItem] = field.children()
    extensions: list[Payload | Element] = field.payloads()


class RosterVersioning(Payload, ns=VERSIONING_NAMESPACE, name="ver"):
    """The stream feature: the server sends only changes to who names the version that it has (section 2.6.1)."""


class SubscriptionPreApproval(Payload, ns=PRE_APPROVAL_NAMESPACE, name="sub"):
    """The stream feature: the server approves subscriptions beforehand (section 3.4.1)."""
