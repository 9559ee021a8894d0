"""Stream Limits Advertisement (XEP-0478): how much the other side of a stream takes.

A stream feature; where there are none, in the request for a bidirectional stream (XEP-0288).
"""

from __future__ import annotations

from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:stream-limits:0"
STANDARD = Standard("XEP-0478", "Stream Limits Advertisement", Status.EXPERIMENTAL, "0.2.0", (NAMESPACE,))


class StreamLimits(Payload, ns=NAMESPACE, name="limits"):
    """`max_bytes`: the largest element directly below the stream, stanzas included. `idle_seconds`: the longest silence."""

    max_bytes: int | None = field.value(UnsignedInt, default=None)
    idle_seconds: int | None = field.value(UnsignedInt, default=None)
