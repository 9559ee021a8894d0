"""Service Discovery (XEP-0030): what an entity is, what it can do, and what belongs to it.

Two questions, one IQ each. `DiscoInfo` asks for identities and features, to which forms may add details (XEP-0128);
`DiscoItems` asks for further entities and nodes. A `node` narrows either question to a part of the entity.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.rsm import ResultSet
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

INFO_NAMESPACE = "http://jabber.org/protocol/disco#info"
ITEMS_NAMESPACE = "http://jabber.org/protocol/disco#items"

STANDARD = Standard(
    "XEP-0030",
    "Service Discovery",
    Status.FINAL,
    "2.5.0",
    namespaces=(INFO_NAMESPACE, ITEMS_NAMESPACE),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Identity(Payload, ns=INFO_NAMESPACE, name="identity", nested=True):
    """What an entity is: a category and a type of the registrar, and a name in the language `lang`."""

    category: str = field.attribute()
    type: str = field.attribute()
    name: str | None = field.attribute(default=None)
    lang: str | None = field.language()


class DiscoInfo(Payload, ns=INFO_NAMESPACE, name="query"):
    """Asks what an entity (or a node of it) is and can do, and answers that (section 3). `extensions` is what others add."""

    node: str | None = field.attribute(default=None)
    identities: list[Identity] = field.children()
    features: list[str] = field.values(name="feature", attribute="var")
    forms: list[DataForm] = field.children()
    extensions: list[Payload | Element] = field.payloads()

    def get_form(self, form_type: str) -> DataForm | None:
        """The first form with this FORM_TYPE (XEP-0128), or None."""
        return next((form for form in self.forms if form.form_type == form_type), None)


class DiscoItem(Payload, ns=ITEMS_NAMESPACE, name="item", nested=True):
    """An entity, or a node at an entity."""

    jid: JID = field.attribute()
    node: str | None = field.attribute(default=None)
    name: str | None = field.attribute(default=None)


class DiscoItems(Payload, ns=ITEMS_NAMESPACE, name="query"):
    """Asks what belongs to an entity (or a node of it), and answers that (section 4), in pages where `set` says so."""

    node: str | None = field.attribute(default=None)
    items: list[DiscoItem] = field.children()
    set: ResultSet | None = field.child(default=None)
    extensions: list[Payload | Element] = field.payloads()
