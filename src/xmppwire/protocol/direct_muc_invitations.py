"""Direct MUC Invitations (XEP-0249): an invitation to a room that goes to the contact itself, not through the room."""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "jabber:x:conference"
STANDARD = Standard(
    "XEP-0249",
    "Direct MUC Invitations",
    Status.STABLE,
    "1.2",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class DirectInvitation(Payload, ns=NAMESPACE, name="x"):
    """Invites the recipient to the room `jid`. `continue_`: the room goes on with the conversation `thread`."""

    jid: JID = field.attribute()
    password: str | None = field.attribute(default=None)
    reason: str | None = field.attribute(default=None)
    continue_: bool | None = field.attribute(name="continue", default=None)
    thread: str | None = field.attribute(default=None)
