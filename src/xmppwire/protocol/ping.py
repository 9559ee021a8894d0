"""XMPP Ping (XEP-0199)."""

from __future__ import annotations

from xmppwire.payload import Payload

NAMESPACE = "urn:xmpp:ping"


class Ping(Payload, ns=NAMESPACE, name="ping"):
    """Asks whether the other entity is there; the answer is an empty result."""
