"""Multiparty Jingle (XEP-0272): calls among several people, coordinated by their presence in a room.

Each says in the presence what contents they take part in; who comes later starts a Jingle session (XEP-0166) with each
of the others.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:jingle:muji:0"
STANDARD = Standard("XEP-0272", "Multiparty Jingle (Muji)", Status.EXPERIMENTAL, "0.2.0", (NAMESPACE,), (Role.CLIENT,))


class MujiContent(Payload, ns=NAMESPACE, name="content", nested=True):
    """A content of the conference, with its description. Payload types with the same id are the same for everybody."""

    creator: str | None = field.attribute(default=None)
    name: str = field.attribute()
    descriptions: list[Payload | Element] = field.payloads()


class Muji(Payload, ns=NAMESPACE, name="muji"):
    """In presence: what the occupant takes part in, and whether a change is being prepared. With `room`: the
    conference that a Jingle session, or an invitation to a call (XEP-0482), belongs to."""

    room: JID | None = field.attribute(default=None)
    contents: list[MujiContent] = field.children()
    preparing: bool = field.flag()
