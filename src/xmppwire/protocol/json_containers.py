"""JSON Containers (XEP-0335): JSON where XMPP has XML."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:json:0"

STANDARD = Standard(
    "XEP-0335",
    "JSON Containers",
    Status.DEFERRED,
    "0.1.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class JsonContainer(Payload, ns=NAMESPACE, name="json"):
    """The JSON as text; it is for the reader to parse."""

    text: str = field.text()
