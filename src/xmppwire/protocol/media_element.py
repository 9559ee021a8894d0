"""Data Forms Media Element (XEP-0221): a picture or a sound that belongs to a field of a form."""

from __future__ import annotations

from xmppwire.payload import URI, Payload, UnsignedShort, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:media-element"

STANDARD = Standard(
    "XEP-0221",
    "Data Forms Media Element",
    Status.STABLE,
    "1.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class MediaUri(Payload, ns=NAMESPACE, name="uri", nested=True):
    """Where the media is (a `cid:` one is in XEP-0231 data nearby), and its MIME type with parameters."""

    type: str = field.attribute()
    uri: str = field.text(URI)


class Media(Payload, ns=NAMESPACE, name="media"):
    """Media in one or several forms, to choose from. `height` and `width` are in pixels, for showing it."""

    height: int | None = field.attribute(UnsignedShort, default=None)
    width: int | None = field.attribute(UnsignedShort, default=None)
    uris: list[MediaUri] = field.children()
