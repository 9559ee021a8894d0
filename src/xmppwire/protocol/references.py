"""References (XEP-0372): a part of a message's body, or the message itself, refers to something: a person, an item, a file.

`begin` and `end` count code points of the body (`xmppwire.protocol.character_counting`), the first included, the last not.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import URI, Enumeration, Payload, Unknown, UnsignedInt, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:reference:0"
STANDARD = Standard(
    "XEP-0372",
    "References",
    Status.EXPERIMENTAL,
    "0.5.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class ReferenceType(StrEnum):
    """What is referred to (section 3)."""

    DATA = "data"
    MENTION = "mention"


class Reference(Payload, ns=NAMESPACE, name="reference"):
    """One reference.

    `uri` is what it refers to; instead, others put elements of theirs into `payloads` (files: XEP-0385). `anchor` names an
    earlier message, where it is that one's body that the reference is about.
    """

    begin: int | None = field.attribute(UnsignedInt, default=None)
    end: int | None = field.attribute(UnsignedInt, default=None)
    type: ReferenceType | str = field.attribute(Enumeration(ReferenceType, Unknown.KEEP))
    uri: str | None = field.attribute(URI, default=None)
    anchor: str | None = field.attribute(URI, default=None)
    payloads: list[Payload | Element] = field.payloads()
