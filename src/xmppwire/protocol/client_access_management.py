"""Client Access Management (XEP-0494): which clients have access to an account; access is taken back here.

A user asks the own server with an IQ. Where access is by password only, the server says that the password has to be changed.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:cam:0"
STANDARD = Standard("XEP-0494", "Client Access Management", Status.EXPERIMENTAL, "0.1.0", namespaces=(NAMESPACE,))


class ClientType(StrEnum):
    """Whether a client ever had a session, or only access (section 3.1)."""

    ACCESS = "access"
    SESSION = "session"


class PermissionStatus(StrEnum):
    """How much a client may do (section 3.1)."""

    NORMAL = "normal"
    RESTRICTED = "restricted"
    UNRESTRICTED = "unrestricted"


class ListClients(Payload, ns=NAMESPACE, name="list"):
    """Asks for the clients of the account."""


class Grant(Payload, ns=NAMESPACE, name="grant", nested=True):
    """The client was granted access, by OAuth for example; `payloads` has the details."""

    payloads: list[Payload | Element] = field.payloads()


class ClientAuth(Payload, ns=NAMESPACE, name="auth", nested=True):
    """How the client authenticates: by password, by a grant, by a token of FAST, and what others define."""

    password: bool = field.flag()
    grant: Grant | None = field.child(default=None)
    fast: bool = field.flag()
    payloads: list[Payload | Element] = field.payloads()


class Permission(Payload, ns=NAMESPACE, name="permission", nested=True):
    """How much the client may do; `payloads` has the restrictions."""

    status: PermissionStatus | str = field.attribute(Enumeration(PermissionStatus, Unknown.KEEP))
    payloads: list[Payload | Element] = field.payloads()


class ClientUserAgent(Payload, ns=NAMESPACE, name="user-agent", nested=True):
    """What the client is, where it comes from, and what people call the device that it is on."""

    software: str | None = field.value(default=None)
    uri: str | None = field.value(default=None)
    device: str | None = field.value(default=None)


class AccountClient(Payload, ns=NAMESPACE, name="client", nested=True):
    """A client, whether it is connected now, when it first and last had access, and the `id` to take it back by."""

    connected: bool = field.attribute()
    id: str = field.attribute()
    type: ClientType | str = field.attribute(Enumeration(ClientType, Unknown.KEEP))
    first_seen: datetime | None = field.value(default=None)
    last_seen: datetime | None = field.value(default=None)
    auth: ClientAuth = field.child()
    permission: Permission = field.child()
    user_agent: ClientUserAgent | None = field.child(default=None)


class Clients(Payload, ns=NAMESPACE, name="clients"):
    """All clients that have access."""

    clients: list[AccountClient] = field.children()


class RevokeAccess(Payload, ns=NAMESPACE, name="revoke"):
    """Takes the access of a client back (section 3.2)."""

    id: str = field.attribute()


class PasswordResetRequired(Payload, ns=NAMESPACE, name="password-reset-required"):
    """Stands in the stanza error: the client has the password, so only a new one keeps it out."""
