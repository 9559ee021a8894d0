"""In-Band Bytestreams (XEP-0047).

Bytes between two clients where nothing better gets through, as base64 in stanzas: one side opens, both send numbered blocks,
either closes.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Base64Lines, Payload, UnsignedShort, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/ibb"

STANDARD = Standard(
    "XEP-0047",
    "In-Band Bytestreams",
    Status.FINAL,
    "2.0.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class BlockStanza(StrEnum):
    """The kind of stanza that carries the blocks (section 4)."""

    IQ = "iq"
    MESSAGE = "message"


class Open(Payload, ns=NAMESPACE, name="open"):
    """Opens a stream; no block is longer than `block_size` bytes before the encoding (section 2.1)."""

    block_size: int = field.attribute(UnsignedShort)
    sid: str = field.attribute()
    stanza: BlockStanza = field.attribute(default=BlockStanza.IQ)


class Close(Payload, ns=NAMESPACE, name="close"):
    """Closes a stream (section 2.3)."""

    sid: str = field.attribute()


class Data(Payload, ns=NAMESPACE, name="data"):
    """A block (section 2.2). `seq` counts the blocks of one direction from 0 and goes on with 0 after 65535.
    Line breaks are dropped, as the examples have them; anything else outside the alphabet is an error (section 6)."""

    seq: int = field.attribute(UnsignedShort)
    sid: str = field.attribute()
    data: bytes = field.text(Base64Lines)
