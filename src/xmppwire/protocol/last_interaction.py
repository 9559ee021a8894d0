"""Last User Interaction in Presence (XEP-0319): since when nobody has touched the device."""

from __future__ import annotations

from datetime import datetime

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:idle:1"
STANDARD = Standard("XEP-0319", "Last User Interaction in Presence", Status.STABLE, "1.0.2", (NAMESPACE,))


class Idle(Payload, ns=NAMESPACE, name="idle"):
    """In presence: idle since then. Presence without it says that the user is back."""

    since: datetime = field.attribute()
