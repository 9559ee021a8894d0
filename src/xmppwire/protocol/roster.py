"""The roster (RFC 6121, section 2)."""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "jabber:iq:roster"
STANDARD = Standard(
    "RFC 6121",
    "Extensible Messaging and Presence Protocol (XMPP): Instant Messaging and Presence",
    Status.PROPOSED,
    namespaces=(NAMESPACE,),
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
    """A contact. `approved` says that a subscription was approved beforehand (RFC 6121, section 3.4)."""

    jid: JID = field.attribute()
    name: str | None = field.attribute(default=None)
    subscription: Subscription = field.attribute(default=Subscription.NONE, always=True)
    ask: Ask | None = field.attribute(default=None)
    approved: bool = field.attribute(default=False)
    groups: list[str] = field.values(name="group")


class Roster(Payload, ns=NAMESPACE, name="query"):
    """A request for the roster, the roster, a change, or a push. `ver` is the version (RFC 6121, section 2.6)."""

    ver: str | None = field.attribute(default=None)
    items: list[RosterItem] = field.children()
