"""Ephemeral Messages (XEP-0466): messages that both sides delete after a while.

The time is agreed on by sending it: who receives one uses it for their own messages from then on.
"""

from __future__ import annotations

from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:ephemeral:0"
STANDARD = Standard(
    "XEP-0466",
    "Ephemeral Messages",
    Status.EXPERIMENTAL,
    "0.1.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
    note="no element to opt out: the standard has not decided on one",
)


class Ephemeral(Payload, ns=NAMESPACE, name="ephemeral"):
    """Asks both sides to delete the message after `timer` seconds (section 3.2)."""

    timer: int = field.attribute(UnsignedInt)
