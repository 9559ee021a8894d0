"""SI File Transfer (XEP-0096). Deprecated: Jingle File Transfer (XEP-0234) took its place.

The profile of Stream Initiation (XEP-0095) for files.
"""

from __future__ import annotations

from datetime import datetime

from xmppwire.payload import Hex, Payload, UnsignedLong, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "http://jabber.org/protocol/si/profile/file-transfer"

STANDARD = Standard("XEP-0096", "SI File Transfer", Status.DEPRECATED, "1.3.1", namespaces=(NAMESPACE,))


class SiRange(Payload, ns=NAMESPACE, name="range", nested=True):
    """In an offer, an empty one: parts can be had. In the answer: the part that is wanted, in bytes."""

    length: int | None = field.attribute(UnsignedLong, default=None)
    offset: int | None = field.attribute(UnsignedLong, default=None)


class SiFile(Payload, ns=NAMESPACE, name="file"):
    """The file (section 3). An offer has name and size; `hash` is its MD5. Never use `name` as a path."""

    date: datetime | None = field.attribute(default=None)
    hash: bytes | None = field.attribute(Hex, default=None)
    name: str | None = field.attribute(default=None)
    size: int | None = field.attribute(UnsignedLong, default=None)
    desc: str | None = field.value(default=None)
    range: SiRange | None = field.child(default=None)
