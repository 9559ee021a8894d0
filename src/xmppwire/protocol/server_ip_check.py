"""Server IP Check (XEP-0279): a client asks its server how it looks from outside."""

from __future__ import annotations

from xmppwire.payload import Payload, UnsignedShort, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:sic:1"
STANDARD = Standard("XEP-0279", "Server IP Check", Status.DEFERRED, "0.2", (NAMESPACE,))


class ExternalAddress(Payload, ns=NAMESPACE, name="address"):
    """Empty in a get; the result has the IP address, of either version, and perhaps the port."""

    ip: str | None = field.value(default=None)
    port: int | None = field.value(UnsignedShort, default=None)
