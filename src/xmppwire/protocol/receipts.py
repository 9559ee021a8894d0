"""Message Delivery Receipts (XEP-0184)."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:receipts"
STANDARD = Standard("XEP-0184", "Message Delivery Receipts", Status.STABLE, "1.4.0", (NAMESPACE,))


class ReceiptRequest(Payload, ns=NAMESPACE, name="request"):
    """Asks the recipient of a message to say that it arrived."""


class Receipt(Payload, ns=NAMESPACE, name="received"):
    """Says that the message with this `id` arrived. (Versions before 1.1 sent none.)"""

    id: str | None = field.attribute(default=None)
