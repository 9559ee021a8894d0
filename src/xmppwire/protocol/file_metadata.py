"""File metadata element (XEP-0446): what is known about a file, for protocols that share files."""

from __future__ import annotations

from datetime import datetime

from xmppwire.payload import Payload, UnsignedInt, UnsignedLong, field
from xmppwire.protocol.hashes import Hash
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.protocol.thumbnails import Thumbnail

NAMESPACE = "urn:xmpp:file:metadata:0"
STANDARD = Standard(
    "XEP-0446",
    "File metadata element",
    Status.EXPERIMENTAL,
    "0.2.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class FileMetadata(Payload, ns=NAMESPACE, name="file"):
    """What is known about a file; never use `name` as a path.

    `date` is when it was last changed, `size` in bytes, `length` (of sound and video) in milliseconds, `width` and `height` in
    pixels; `desc` by language. `dimensions` is how version 0.1 wrote width and height (`512x512`).
    """

    media_type: str | None = field.value(default=None)
    name: str | None = field.value(default=None)
    date: datetime | None = field.value(default=None)
    size: int | None = field.value(UnsignedLong, default=None)
    width: int | None = field.value(UnsignedInt, default=None)
    height: int | None = field.value(UnsignedInt, default=None)
    dimensions: str | None = field.value(default=None)
    length: int | None = field.value(UnsignedLong, default=None)
    hashes: list[Hash] = field.children()
    desc: dict[str, str] = field.language_map()
    thumbnails: list[Thumbnail] = field.children()
