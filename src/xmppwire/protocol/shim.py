"""Stanza Headers and Internet Metadata (XEP-0131): headers as mail and the web know them, on a stanza or inside a payload.

Header names are those that the registrar lists. What follows from a header is the receiver's business; ask by service
discovery whether it cares, before it matters.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/shim"

STANDARD = Standard(
    "XEP-0131",
    "Stanza Headers and Internet Metadata",
    Status.STABLE,
    "1.2",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Header(Payload, ns=NAMESPACE, name="header"):
    """One header. The value is text; a date in one is as the standard of that header has it."""

    name: str = field.attribute()
    value: str = field.text(default="")


class Headers(Payload, ns=NAMESPACE, name="headers"):
    """The headers of a stanza, in order; names may come more than once."""

    headers: list[Header] = field.children()
