"""Bidirectional Server-to-Server Connections (XEP-0288).

Without it a connection between servers carries stanzas in one direction only.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.protocol.stream_limits import StreamLimits

NAMESPACE = "urn:xmpp:bidi"
FEATURE_NAMESPACE = "urn:xmpp:features:bidi"

STANDARD = Standard(
    "XEP-0288",
    "Bidirectional Server-to-Server Connections",
    Status.STABLE,
    "1.0.1",
    namespaces=(NAMESPACE, FEATURE_NAMESPACE),
    roles=(Role.SERVER,),
)


class BidiFeature(Payload, ns=FEATURE_NAMESPACE, name="bidi"):
    """The feature of the server that was connected to (section 2.1)."""


class Bidi(Payload, ns=NAMESPACE, name="bidi"):
    """The server that connected wants it; sent before it authenticates (section 2.2). `limits` is what it accepts
    (XEP-0478)."""

    limits: StreamLimits | None = field.child(default=None)
