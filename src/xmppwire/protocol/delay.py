"""Delayed Delivery (XEP-0203): when a stanza was first sent, where it did not arrive at once.

The server, room or component that held the stanza back adds it. Everybody else can write it too: believe the entity that is
expected to delay (`sender`), no other.
"""

from __future__ import annotations

from datetime import datetime

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:delay"
STANDARD = Standard(
    "XEP-0203",
    "Delayed Delivery",
    Status.FINAL,
    "2.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Delay(Payload, ns=NAMESPACE, name="delay"):
    """When a stanza was first sent, which entity held it back, and why."""

    stamp: datetime = field.attribute()
    sender: JID | None = field.attribute(name="from", default=None)
    reason: str = field.text(default="")
