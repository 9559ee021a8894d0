"""Privileged Entity (XEP-0356): a component that may see rosters and presence, and send stanzas for users.

The server says what is granted (`Privilege` with permissions). The entity sends a message or IQ of a user wrapped;
answers come back wrapped.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Payload, field
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.stanza import Iq

NAMESPACE = "urn:xmpp:privilege:2"
OLDER_NAMESPACES = ("urn:xmpp:privilege:1",)
STANDARD = Standard(
    "XEP-0356",
    "Privileged Entity",
    Status.EXPERIMENTAL,
    "0.4.1",
    (NAMESPACE, *OLDER_NAMESPACES),
    (Role.SERVER, Role.COMPONENT),
)


class Access(StrEnum):
    """What a permission is about."""

    IQ = "iq"
    MESSAGE = "message"
    PRESENCE = "presence"
    ROSTER = "roster"


class PermissionType(StrEnum):
    """What is permitted: for rosters and namespaces of IQs the types of IQ, for messages and presence the last
    three."""

    NONE = "none"
    GET = "get"
    SET = "set"
    BOTH = "both"
    OUTGOING = "outgoing"
    MANAGED_ENTITY = "managed_entity"
    ROSTER = "roster"


class NamespacePermission(Payload, ns=NAMESPACE, name="namespace", also=OLDER_NAMESPACES, nested=True):
    """What IQs with a payload in the namespace `ns` may be sent for users (section 6)."""

    namespace: str = field.namespace()
    ns: str = field.attribute()
    type: PermissionType = field.attribute()


class PrivilegePermission(Payload, ns=NAMESPACE, name="perm", also=OLDER_NAMESPACES, nested=True):
    """A permission. `push`: whether roster pushes come too; None is yes where the roster may be read (section 4.2)."""

    namespace: str = field.namespace()
    access: Access = field.attribute()
    type: PermissionType | None = field.attribute(default=None)
    push: bool | None = field.attribute(default=None)
    namespaces: list[NamespacePermission] = field.children()


class Privilege(Payload, ns=NAMESPACE, name="privilege", also=OLDER_NAMESPACES):
    """From the server what is granted; either way a message, or the answer to an IQ, of a user."""

    namespace: str = field.namespace()
    permissions: list[PrivilegePermission] = field.children()
    forwarded: Forwarded | None = field.child(default=None)


class PrivilegedIq(Payload, ns=NAMESPACE, name="privileged_iq"):
    """An IQ to be sent for the user whom the outer IQ is addressed to (section 6.3); both are of the same type."""

    iq: Iq = field.child()
