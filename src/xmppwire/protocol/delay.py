"""Delayed Delivery (XEP-0203)."""

from __future__ import annotations

from datetime import datetime

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:delay"
STANDARD = Standard("XEP-0203", "Delayed Delivery", Status.FINAL, "2.0", (NAMESPACE,))


class Delay(Payload, ns=NAMESPACE, name="delay"):
    """When a stanza was first sent, which entity held it back, and why."""

    stamp: datetime = field.attribute()
    sender: JID | None = field.attribute(name="from", default=None)
    reason: str = field.text(default="")
