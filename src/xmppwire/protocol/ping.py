"""XMPP Ping (XEP-0199)."""

from __future__ import annotations

from xmppwire.payload import Payload
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:ping"
STANDARD = Standard("XEP-0199", "XMPP Ping", Status.FINAL, "2.0.1", (NAMESPACE,))


class Ping(Payload, ns=NAMESPACE, name="ping"):
    """Asks whether the other entity is there; the answer is an empty result."""
