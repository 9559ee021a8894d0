"""Declarative payloads: one class defines an element, its types, defaults and documentation.

    class Delay(Payload, ns="urn:xmpp:delay", name="delay"):
        stamp: datetime = field.attribute(DateTime)
        sender: JID | None = field.attribute(name="from", default=None)
        reason: str = field.text(default="")

`Delay.from_element(element)`, `delay.to_element()`, `Delay(stamp=...)`. See `xmppwire.payload.field` for the kinds of field and
`xmppwire.payload.codecs` for the types of text.
"""

from xmppwire.payload import field
from xmppwire.payload.codecs import (
    URI,
    Base64,
    Base64Lines,
    Bool,
    Codec,
    Date,
    DateTime,
    Enumeration,
    Float,
    Hex,
    Int,
    Integer,
    Jid,
    Language,
    Offset,
    Text,
    Time,
    Token,
    Unknown,
    UnsignedByte,
    UnsignedInt,
    UnsignedLong,
    UnsignedShort,
)
from xmppwire.payload.errors import PayloadError
from xmppwire.payload.kinds import Convertible
from xmppwire.payload.mapper import Payload, PayloadType
from xmppwire.payload.registry import find, known

__all__ = [
    "URI",
    "Base64",
    "Base64Lines",
    "Bool",
    "Codec",
    "Convertible",
    "Date",
    "DateTime",
    "Enumeration",
    "Float",
    "Hex",
    "Int",
    "Integer",
    "Jid",
    "Language",
    "Offset",
    "Payload",
    "PayloadError",
    "PayloadType",
    "Text",
    "Time",
    "Token",
    "Unknown",
    "UnsignedByte",
    "UnsignedInt",
    "UnsignedLong",
    "UnsignedShort",
    "field",
    "find",
    "known",
]
