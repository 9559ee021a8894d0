"""Service Discovery (XEP-0030)."""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

INFO_NAMESPACE = "http://jabber.org/protocol/disco#info"
ITEMS_NAMESPACE = "http://jabber.org/protocol/disco#items"
STANDARD = Standard("XEP-0030", "Service Discovery", Status.FINAL, "2.5.0", (INFO_NAMESPACE, ITEMS_NAMESPACE))


class Identity(Payload, ns=INFO_NAMESPACE, name="identity", nested=True):
    """What an entity is: a category and a type of the registrar, and a name in the language `lang`."""

    category: str = field.attribute()
    type: str = field.attribute()
    name: str | None = field.attribute(default=None)
    lang: str | None = field.language()


class DiscoInfo(Payload, ns=INFO_NAMESPACE, name="query"):
    """Asks what an entity (or a node of it) is and can do, and answers that. Forms (XEP-0128) are among the unknown
    children."""

    node: str | None = field.attribute(default=None)
    identities: list[Identity] = field.children()
    features: list[str] = field.values(name="feature", attribute="var")


class DiscoItem(Payload, ns=ITEMS_NAMESPACE, name="item", nested=True):
    """An entity, or a node at an entity."""

    jid: JID = field.attribute()
    node: str | None = field.attribute(default=None)
    name: str | None = field.attribute(default=None)


class DiscoItems(Payload, ns=ITEMS_NAMESPACE, name="query"):
    """Asks what belongs to an entity (or a node of it), and answers that."""

    node: str | None = field.attribute(default=None)
    items: list[DiscoItem] = field.children()
