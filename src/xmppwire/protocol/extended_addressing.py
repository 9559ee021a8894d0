"""Extended Stanza Addressing (XEP-0033): several recipients for one stanza, through a multicast service, and where
replies should go."""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/address"
STANDARD = Standard(
    "XEP-0033",
    "Extended Stanza Addressing",
    Status.STABLE,
    "1.2.1",
    (NAMESPACE,),
    (Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class AddressType(StrEnum):
    """What an address is for (section 4.6)."""

    BCC = "bcc"
    CC = "cc"
    NO_REPLY = "noreply"
    OFROM = "ofrom"
    """The real address of an occupant of a room."""
    REPLY_ROOM = "replyroom"
    REPLY_TO = "replyto"
    TO = "to"


class Address(Payload, ns=NAMESPACE, name="address", nested=True):
    """A recipient: an address, or a URI of another system. `delivered` stops loops; the service sets it."""

    delivered: bool = field.attribute(default=False)
    desc: str | None = field.attribute(default=None)
    jid: JID | None = field.attribute(default=None)
    node: str | None = field.attribute(default=None)
    type: AddressType = field.attribute()
    uri: str | None = field.attribute(default=None)


class Addresses(Payload, ns=NAMESPACE, name="addresses"):
    """The addresses of a message or presence. More than 20 to 100 may be refused (section 9)."""

    addresses: list[Address] = field.children()
