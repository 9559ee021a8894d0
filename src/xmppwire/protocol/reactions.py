"""Message Reactions (XEP-0444): emoji under a message.

Every message with reactions says all that the sender has for the other message; none at all takes them back.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:reactions:0"
STANDARD = Standard(
    "XEP-0444",
    "Message Reactions",
    Status.EXPERIMENTAL,
    "0.2.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class Reactions(Payload, ns=NAMESPACE, name="reactions"):
    """The sender's reactions to the message with this `id`, in rooms the one that the room gave. Each comes once."""

    id: str = field.attribute()
    reactions: list[str] = field.values(name="reaction")
