"""Security Labels in XMPP (XEP-0258): how confidential a message is, by the rules of an organisation, and how to show
it.

A label is in some format of its own; `ESSSecurityLabel` is the one that the standard defines. Catalogs list labels to
choose from.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Base64Lines, Int, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:sec-label:0"
CATALOG_NAMESPACE = "urn:xmpp:sec-label:catalog:2"
ESS_NAMESPACE = "urn:xmpp:sec-label:ess:0"
STANDARD = Standard(
    "XEP-0258",
    "Security Labels in XMPP",
    Status.STABLE,
    "1.1.1",
    (NAMESPACE, CATALOG_NAMESPACE, ESS_NAMESPACE),
    (Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class ESSSecurityLabel(Payload, ns=ESS_NAMESPACE, name="esssecuritylabel"):
    """An S/MIME security label (RFC 2634), as BER or DER."""

    label: bytes = field.text(Base64Lines)


class DisplayMarking(Payload, ns=NAMESPACE, name="displaymarking", nested=True):
    """What to show with the message. The colours are names of CSS or `#rrggbb`."""

    bgcolor: str = field.attribute(default="white")
    fgcolor: str = field.attribute(default="black")
    text: str = field.text(default="")


class PrimaryLabel(Payload, ns=NAMESPACE, name="label", nested=True):
    """The label by the sender's policy; an empty one stands for the default."""

    label: Payload | Element | None = field.payload(default=None)


class EquivalentLabel(Payload, ns=NAMESPACE, name="equivalentlabel", nested=True):
    """The same by another policy."""

    label: Payload | Element | None = field.payload(default=None)


class SecurityLabel(Payload, ns=NAMESPACE, name="securitylabel"):
    """The label of a message (section 3); never in presence."""

    display_marking: DisplayMarking | None = field.child(default=None)
    label: PrimaryLabel = field.child()
    equivalent_labels: list[EquivalentLabel] = field.children()


class CatalogItem(Payload, ns=CATALOG_NAMESPACE, name="item", nested=True):
    """A label to choose. `selector` is its place in a hierarchy, steps apart by `|`; without a label it means none."""

    selector: str | None = field.attribute(default=None)
    default: bool = field.attribute(default=False)
    label: SecurityLabel | None = field.child(default=None)


class LabelCatalog(Payload, ns=CATALOG_NAMESPACE, name="catalog"):
    """Labels for messages to `to` (section 4). `sender` is the user it was made for, `restrict` forbids other
    labels."""

    to: JID | None = field.attribute(default=None)
    sender: JID | None = field.attribute(name="from", default=None)
    name: str | None = field.attribute(default=None)
    desc: str | None = field.attribute(default=None)
    id: str | None = field.attribute(default=None)
    size: int | None = field.attribute(Int, default=None)
    restrict: bool = field.attribute(default=False)
    items: list[CatalogItem] = field.children()
