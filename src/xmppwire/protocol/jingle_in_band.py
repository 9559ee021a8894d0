"""Jingle In-Band Bytestreams Transport Method (XEP-0261).

The parameters of a stream of In-Band Bytestreams (XEP-0047), which the initiator then opens.
"""

from __future__ import annotations

from xmppwire.payload import Payload, UnsignedShort, field
from xmppwire.protocol.in_band_bytestreams import BlockStanza
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:jingle:transports:ibb:1"

STANDARD = Standard(
    "XEP-0261", "Jingle In-Band Bytestreams Transport Method", Status.STABLE, "1.0", namespaces=(NAMESPACE,)
)


class InBandTransport(Payload, ns=NAMESPACE, name="transport"):
    """The stream to open (section 2); the answer may make the blocks smaller."""

    block_size: int = field.attribute(UnsignedShort)
    sid: str = field.attribute()
    stanza: BlockStanza = field.attribute(default=BlockStanza.IQ)
