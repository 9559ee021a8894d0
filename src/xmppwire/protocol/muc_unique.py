"""Unique Room Names for Multi-User Chat (XEP-0307): a service makes up the name of a room that does not exist yet."""

from __future__ import annotations

from xmppwire.payload import Payload, Token, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/muc#unique"

STANDARD = Standard(
    "XEP-0307",
    "Unique Room Names for Multi-User Chat",
    Status.DEFERRED,
    "0.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class MucUnique(Payload, ns=NAMESPACE, name="unique"):
    """Empty in a get; the result has the localpart of the room."""

    room_name: str = field.text(Token, default="")
