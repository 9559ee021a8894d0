"""Namespace Delegation (XEP-0355): a server leaves the IQs of some namespaces to another entity, mostly a component.

The server says what it delegates; then it wraps each such IQ for the managing entity, which answers with the wrapped
reply. In client mode that entity asks first (`DelegationQuery`), and the server asks the user with a form.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:delegation:2"
OLDER_NAMESPACES = ("urn:xmpp:delegation:1",)
STANDARD = Standard(
    "XEP-0355",
    "Namespace Delegation",
    Status.EXPERIMENTAL,
    "0.5",
    (NAMESPACE, *OLDER_NAMESPACES),
    (Role.SERVER, Role.COMPONENT),
)


class DelegatedNamespace(Payload, ns=NAMESPACE, name="delegated", also=OLDER_NAMESPACES, nested=True):
    """The delegated namespace `ns`; where `attributes` are named, only payloads that have them all (section 4.2)."""

    namespace: str = field.namespace()
    ns: str = field.attribute(name="namespace")
    attributes: list[str] = field.values(name="attribute", attribute="name")


class Delegation(Payload, ns=NAMESPACE, name="delegation", also=OLDER_NAMESPACES):
    """In a message what is delegated, of the account `to` or of all; in an IQ the forwarded request or its answer."""

    namespace: str = field.namespace()
    to: JID | None = field.attribute(default=None)
    forwarded: Forwarded | None = field.child(default=None)
    delegated: list[DelegatedNamespace] = field.children()


class DelegationQuery(Payload, ns=NAMESPACE, name="query", also=OLDER_NAMESPACES):
    """Asks for namespaces of the account `to` (section 5.1)."""

    namespace: str = field.namespace()
    to: JID = field.attribute()
    namespaces: list[str] = field.values(name="delegate", attribute="namespace")
