"""Contact Addresses for XMPP Services (XEP-0157): whom to ask, by service discovery.

The form is one of those that `DiscoInfo.forms` has; a server gives its own, whoever looks decodes it.
"""

from __future__ import annotations

from xmppwire.payload import URI
from xmppwire.protocol import form
from xmppwire.protocol.data_forms import FieldType
from xmppwire.protocol.form import TypedForm
from xmppwire.protocol.standard import Role, Standard, Status

STANDARD = Standard(
    "XEP-0157",
    "Contact Addresses for XMPP Services",
    Status.ACTIVE,
    "1.1.1",
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="A typed form; no elements of its own.",
)


class ServerInfo(TypedForm, form_type="http://jabber.org/network/serverinfo"):
    """Addresses of a service (section 3), each a URI: `mailto:`, `xmpp:`, `https:`. With them the node that has more about
    the service (XEP-0485)."""

    abuse: list[str] = form.fields("abuse-addresses", URI, type=FieldType.LIST_MULTI)
    admin: list[str] = form.fields("admin-addresses", URI, type=FieldType.LIST_MULTI)
    feedback: list[str] = form.fields("feedback-addresses", URI, type=FieldType.LIST_MULTI)
    sales: list[str] = form.fields("sales-addresses", URI, type=FieldType.LIST_MULTI)
    security: list[str] = form.fields("security-addresses", URI, type=FieldType.LIST_MULTI)
    status: list[str] = form.fields("status-addresses", URI, type=FieldType.LIST_MULTI)
    support: list[str] = form.fields("support-addresses", URI, type=FieldType.LIST_MULTI)
    pubsub_node: str | None = form.field("serverinfo-pubsub-node", URI, default=None)
