"""XMPP Ping (XEP-0199): is there anybody at the other end? A question that needs no answer but that there is one."""

from __future__ import annotations

from xmppwire.payload import Payload
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:ping"

STANDARD = Standard(
    "XEP-0199",
    "XMPP Ping",
    Status.FINAL,
    "2.0.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Ping(Payload, ns=NAMESPACE, name="ping"):
    """Asks whether the other entity is there; the answer is an empty result."""
