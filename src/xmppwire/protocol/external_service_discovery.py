"""External Service Discovery (XEP-0215): services outside XMPP, STUN and TURN above all, and credentials for them.

Version 1 of the namespace is still in use and is read as well.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from xmppwire.payload import Payload, UnsignedShort, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:extdisco:2"
OLDER_NAMESPACES = ("urn:xmpp:extdisco:1",)
STANDARD = Standard("XEP-0215", "External Service Discovery", Status.STABLE, "1.0.0", (NAMESPACE, *OLDER_NAMESPACES))


class ServiceAction(StrEnum):
    """What a push does to the list (section 3.2)."""

    ADD = "add"
    DELETE = "delete"
    MODIFY = "modify"


class Service(Payload, ns=NAMESPACE, name="service", also=OLDER_NAMESPACES, nested=True):
    """A service, by host and type. `restricted`: credentials are needed. `expires`: until when those given are good.

    `form` has further information.
    """

    namespace: str = field.namespace()
    action: ServiceAction = field.attribute(default=ServiceAction.ADD)
    expires: datetime | None = field.attribute(default=None)
    host: str = field.attribute()
    name: str | None = field.attribute(default=None)
    password: str | None = field.attribute(default=None)
    port: int | None = field.attribute(UnsignedShort, default=None)
    restricted: bool = field.attribute(default=False)
    transport: str | None = field.attribute(default=None)
    type: str = field.attribute()
    username: str | None = field.attribute(default=None)
    form: DataForm | None = field.child(default=None)


class Services(Payload, ns=NAMESPACE, name="services", also=OLDER_NAMESPACES):
    """Asks for services, all or those of a type (get); names them (result); or tells of changes (set)."""

    namespace: str = field.namespace()
    type: str | None = field.attribute(default=None)
    services: list[Service] = field.children()


class Credentials(Payload, ns=NAMESPACE, name="credentials", also=OLDER_NAMESPACES):
    """Asks for credentials at a service, and gives them."""

    namespace: str = field.namespace()
    services: list[Service] = field.children()
