"""User Avatar (XEP-0084): a picture of somebody, published by personal eventing (XEP-0163).

The picture is an item of one node and is fetched when it is wanted; what there is to know about it is pushed from another.
Items of both have the same id, the SHA-1 of the picture.
"""

from __future__ import annotations

import hashlib

from xmppwire.payload import URI, Base64Lines, Payload, UnsignedInt, UnsignedShort, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

DATA_NAMESPACE = "urn:xmpp:avatar:data"
METADATA_NAMESPACE = "urn:xmpp:avatar:metadata"
STANDARD = Standard("XEP-0084", "User Avatar", Status.STABLE, "1.1.4", (DATA_NAMESPACE, METADATA_NAMESPACE))


def avatar_id(picture: bytes) -> str:
    """The id of a picture: its SHA-1 in hexadecimal (section 4.2.1). It shows what is meant, not that it is genuine."""
    return hashlib.sha1(picture, usedforsecurity=False).hexdigest()


class AvatarData(Payload, ns=DATA_NAMESPACE, name="data"):
    """The picture, a PNG."""

    data: bytes = field.text(Base64Lines)


class AvatarInfo(Payload, ns=METADATA_NAMESPACE, name="info", nested=True):
    """One form of the picture: its size in bytes and pixels, its media type, and where on the web it is, if it is there."""

    bytes: int = field.attribute(UnsignedInt)
    height: int | None = field.attribute(UnsignedShort, default=None)
    id: str = field.attribute()
    type: str = field.attribute()
    url: str | None = field.attribute(URI, default=None)
    width: int | None = field.attribute(UnsignedShort, default=None)


class AvatarPointer(Payload, ns=METADATA_NAMESPACE, name="pointer", nested=True):
    """Where some other service has the picture, said in its own terms."""

    target: Payload | Element | None = field.payload(default=None)


class AvatarMetadata(Payload, ns=METADATA_NAMESPACE, name="metadata"):
    """The same picture in one or several forms; empty where there is none any more."""

    infos: list[AvatarInfo] = field.children()
    pointers: list[AvatarPointer] = field.children()
