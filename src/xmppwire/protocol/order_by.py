"""Order-By (XEP-0413): in what order items of a pubsub node, or of an archive, are wanted.

It stands beside `<items/>`, or in the archive's query. With several, each decides where the ones before it find items
equal.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:order-by:1"
STANDARD = Standard("XEP-0413", "Order-By", Status.EXPERIMENTAL, "0.2.1", (NAMESPACE,))


class OrderField(StrEnum):
    """What items are ordered by; other standards add more, in Clark notation (section 4.6)."""

    CREATION = "creation"
    MODIFICATION = "modification"


class Order(Payload, ns=NAMESPACE, name="order"):
    """One criterion: ascending, unless `desc`."""

    by: OrderField | str = field.attribute(Enumeration(OrderField, Unknown.KEEP))
    desc: bool = field.attribute(default=False)


def order_feature(namespace: str) -> str:
    """The disco feature that says that items of the protocol `namespace` can be ordered (section 6)."""
    return f"{NAMESPACE}@{namespace}"
