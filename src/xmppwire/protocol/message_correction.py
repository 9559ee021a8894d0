"""Last Message Correction (XEP-0308): a message that takes the place of an earlier one.

The whole new content stands in a new message. Both have to come from the same sender: the bare address in a conversation, the
full one in a room.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:message-correct:0"
STANDARD = Standard(
    "XEP-0308",
    "Last Message Correction",
    Status.STABLE,
    "1.2.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class Replace(Payload, ns=NAMESPACE, name="replace"):
    """Says that this message replaces the one with this `id`: the first one, where it is corrected again."""

    id: str = field.attribute()
