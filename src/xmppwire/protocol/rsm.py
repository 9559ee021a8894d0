"""Result Set Management (XEP-0059): pages of a long result.

It stands inside the request and the answer of another protocol. The one who asks says how many items (`max`) and from where
(`after`, `before`, `index`); the answer names the first and the last item of the page, and how many there are in all.
"""

from __future__ import annotations

from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/rsm"

STANDARD = Standard(
    "XEP-0059",
    "Result Set Management",
    Status.STABLE,
    "1.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class First(Payload, ns=NAMESPACE, name="first", nested=True):
    """The identifier of the first item of a page, and its place in the whole result, counted from 0."""

    index: int | None = field.attribute(UnsignedInt, default=None)
    id: str = field.text(default="")


class ResultSet(Payload, ns=NAMESPACE, name="set"):
    """A page: asked for, or described.

    `before=""` asks for the last page (section 2.5), `max=0` for the count alone (section 2.7). `count` may be an estimate.
    Identifiers mean nothing to anybody but the one who made them.
    """

    after: str | None = field.value(default=None)
    before: str | None = field.value(default=None)
    count: int | None = field.value(UnsignedInt, default=None)
    first: First | None = field.child(default=None)
    index: int | None = field.value(UnsignedInt, default=None)
    last: str | None = field.value(default=None)
    max: int | None = field.value(UnsignedInt, default=None)
