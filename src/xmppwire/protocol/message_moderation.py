"""Moderated Message Retraction (XEP-0425): a moderator has a message in a room deleted.

The moderator asks the room, and the room announces it to everybody; an announcement from anybody but the room is forged. The
id is always the one that the room gave to the message. Version 0 of the namespace, still in use, fastened both to the message
(XEP-0422): `moderation_request` writes, and `moderation_of` reads, either version.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from xmppwire.jid import JID
from xmppwire.payload import Payload, field

# See there: the two modules need each other.
from xmppwire.protocol import message_retraction
from xmppwire.protocol.message_fastening import ApplyTo
from xmppwire.protocol.occupant_id import OccupantId
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.stanza import Message

NAMESPACE = "urn:xmpp:message-moderate:1"
OLDER_NAMESPACES = ("urn:xmpp:message-moderate:0",)
STANDARD = Standard(
    "XEP-0425",
    "Moderated Message Retraction",
    Status.EXPERIMENTAL,
    "0.3.0",
    namespaces=(NAMESPACE, *OLDER_NAMESPACES),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Moderate(Payload, ns=NAMESPACE, name="moderate", also=OLDER_NAMESPACES):
    """Asks a room to take a message back (section 3). In version 0 the element around it has the id."""

    namespace: str = field.namespace()
    id: str | None = field.attribute(default=None)
    retract: message_retraction.Retract | None = field.child(default=None)
    reason: str | None = field.value(default=None)


class Moderated(Payload, ns=NAMESPACE, name="moderated", also=OLDER_NAMESPACES):
    """Says that a moderator did it, and who (section 3.1). In version 0 it is around what was done, and has the reason."""

    namespace: str = field.namespace()
    by: JID | None = field.attribute(default=None)
    occupant_id: OccupantId | None = field.child(default=None)
    retract: message_retraction.Retract | None = field.child(default=None)
    retracted: message_retraction.Retracted | None = field.child(default=None)
    reason: str | None = field.value(default=None)


@dataclass(frozen=True, slots=True)
class Moderation:
    """A room's announcement: the message with this `id` is taken back, by whom, and why. `occupant_id` is the moderator's."""

    id: str
    by: JID | None = None
    reason: str | None = None
    occupant_id: str | None = None


def moderation_request(id: str, reason: str | None = None, namespace: str = NAMESPACE) -> Moderate | ApplyTo:
    """What to send to a room to have a message deleted; `namespace` is the one among the room's features."""
    if namespace == NAMESPACE:
        return Moderate(id=id, retract=message_retraction.Retract(), reason=reason)
    retract = message_retraction.Retract(namespace=message_retraction.OLDER_NAMESPACES[0])
    return ApplyTo(id=id, payloads=[Moderate(namespace=namespace, retract=retract, reason=reason)])


def moderation_of(message: Message) -> Moderation | None:
    """The announcement in a message, in either version; None where there is none. Raises `PayloadError`.

    It is true only where the message comes from the room itself.
    """
    found: Moderation | None = None
    retract = message.get(message_retraction.Retract)
    if retract is not None and retract.moderated is not None and retract.id is not None:
        found = _moderation(retract.id, retract.moderated, retract.reason)
        if found.reason is not None:
            return found
    fastened = message.get(ApplyTo)
    for one in () if fastened is None else fastened.payloads:
        if isinstance(one, Moderated) and one.retract is not None and fastened is not None:
            if found is None:
                return _moderation(fastened.id, one, one.reason)
            if found.id == fastened.id:  # ejabberd 24 sends both, and the reason of version 1 in a wrong namespace
                return replace(found, reason=one.reason)
    return found


def _moderation(id: str, moderated: Moderated, reason: str | None) -> Moderation:
    occupant = moderated.occupant_id
    return Moderation(id, moderated.by, reason, None if occupant is None else occupant.id)
