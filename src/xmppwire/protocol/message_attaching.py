"""Message Attaching (XEP-0367): a message that belongs to an earlier one and is shown with it."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:message-attaching:1"
STANDARD = Standard(
    "XEP-0367",
    "Message Attaching",
    Status.DEFERRED,
    "0.3",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class AttachTo(Payload, ns=NAMESPACE, name="attach-to"):
    """Names the message that this one is attached to; in rooms by the id that the room gave to it."""

    id: str = field.attribute()
