"""Jingle RTP Header Extensions Negotiation (XEP-0294).

Which extensions of RTP headers (RFC 8285) are used in a description, and under what numbers.
"""

from __future__ import annotations

from xmppwire.payload import Payload, UnsignedShort, field
from xmppwire.protocol.jingle import Senders
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:jingle:apps:rtp:rtp-hdrext:0"

STANDARD = Standard(
    "XEP-0294", "Jingle RTP Header Extensions Negotiation", Status.STABLE, "1.1.2", namespaces=(NAMESPACE,)
)


class HeaderExtensionParameter(Payload, ns=NAMESPACE, name="parameter", nested=True):
    """A parameter of an extension."""

    name: str = field.attribute()
    value: str | None = field.attribute(default=None)


class HeaderExtension(Payload, ns=NAMESPACE, name="rtp-hdrext"):
    """An extension, known by its URI (section 3)."""

    id: int = field.attribute(UnsignedShort)
    uri: str = field.attribute()
    senders: Senders = field.attribute(default=Senders.BOTH)
    parameters: list[HeaderExtensionParameter] = field.children()


class ExtmapAllowMixed(Payload, ns=NAMESPACE, name="extmap-allow-mixed"):
    """One-byte and two-byte headers may be mixed in a stream (section 3)."""
