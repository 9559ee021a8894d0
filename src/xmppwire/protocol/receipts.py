"""Message Delivery Receipts (XEP-0184): the recipient's client says that a message arrived.

The sender puts a request into a message that has an `id`; a message with the receipt comes back. A receipt never asks for
another one, and says nothing about whether anybody read the message.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:receipts"
STANDARD = Standard(
    "XEP-0184",
    "Message Delivery Receipts",
    Status.STABLE,
    "1.4.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class ReceiptRequest(Payload, ns=NAMESPACE, name="request"):
    """Asks the recipient of a message to say that it arrived."""


class Receipt(Payload, ns=NAMESPACE, name="received"):
    """Says that the message with this `id` arrived. (Versions before 1.1 sent none.)"""

    id: str | None = field.attribute(default=None)
