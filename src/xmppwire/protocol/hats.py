"""Hats (XEP-0317): what occupants of a room are called there, as the room's admins decide; more roles than the room
knows.

Hats are shown in presence. Admins make them and hand them out by ad-hoc commands (XEP-0050) at the nodes in
`HatsCommand`, with forms of the type `COMMANDS_FORM_TYPE`.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import URI, Float, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:hats:0"
COMMANDS_FORM_TYPE = "urn:xmpp:hats:commands"

STANDARD = Standard(
    "XEP-0317",
    "Hats",
    Status.EXPERIMENTAL,
    "0.3.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class HatsCommand(StrEnum):
    """The nodes of the ad-hoc commands (sections 3.2 to 3.7)."""

    CREATE = "urn:xmpp:hats:commands:create"
    DESTROY = "urn:xmpp:hats:commands:destroy"
    LIST = "urn:xmpp:hats:commands:list"
    ASSIGN = "urn:xmpp:hats:commands:assign"
    UNASSIGN = "urn:xmpp:hats:commands:unassign"
    LIST_ASSIGNED = "urn:xmpp:hats:commands:list-assigned"


class Hat(Payload, ns=NAMESPACE, name="hat", nested=True):
    """One hat: what it is called and what identifies it; `hue` is the angle of its colour (XEP-0392), in degrees."""

    title: str = field.attribute()
    uri: str = field.attribute(URI)
    hue: float | None = field.attribute(Float, default=None)
    lang: str | None = field.language()
    extensions: list[Payload | Element] = field.payloads()


class Hats(Payload, ns=NAMESPACE, name="hats"):
    """All hats of an occupant."""

    hats: list[Hat] = field.children()
