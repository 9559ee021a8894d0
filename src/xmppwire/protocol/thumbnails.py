"""Jingle Content Thumbnails (XEP-0264): small pictures of a file or a video, within its description."""

from __future__ import annotations

from xmppwire.payload import URI, Payload, UnsignedShort, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:thumbs:1"
STANDARD = Standard(
    "XEP-0264",
    "Jingle Content Thumbnails",
    Status.EXPERIMENTAL,
    "0.4.2",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class Thumbnail(Payload, ns=NAMESPACE, name="thumbnail"):
    """Where a small picture is (a `cid:` one is XEP-0231 data), its MIME type, and its size in pixels."""

    uri: str = field.attribute(URI)
    media_type: str | None = field.attribute(default=None)
    width: int | None = field.attribute(UnsignedShort, default=None)
    height: int | None = field.attribute(UnsignedShort, default=None)
