"""Message Retraction (XEP-0424): the sender asks that a message be deleted; archives may keep a tombstone of it.

Version 1 of the namespace names the message in the retraction itself. Version 0, still in use, fastened the retraction to it
(XEP-0422): `retracted_id` reads both. A retraction counts only if it comes from the one who sent the message, or, with
`moderated` in it, from the room.
"""

from __future__ import annotations

from datetime import datetime

from xmppwire.jid import JID
from xmppwire.payload import Payload, field

# Each of the two extensions has elements inside those of the other; so both import the module, not the names.
from xmppwire.protocol import message_moderation
from xmppwire.protocol.message_fastening import ApplyTo
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.stanza import Message

NAMESPACE = "urn:xmpp:message-retract:1"
OLDER_NAMESPACES = ("urn:xmpp:message-retract:0",)
STANDARD = Standard(
    "XEP-0424",
    "Message Retraction",
    Status.PROPOSED,
    "0.4.2",
    namespaces=(NAMESPACE, *OLDER_NAMESPACES),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Retract(Payload, ns=NAMESPACE, name="retract", also=OLDER_NAMESPACES):
    """Takes back the message with this `id` (section 3); in version 0 and in moderation the element around it has the id.

    `moderated` says that a moderator did it, and `reason` why (XEP-0425).
    """

    namespace: str = field.namespace()
    id: str | None = field.attribute(default=None)
    moderated: message_moderation.Moderated | None = field.child(default=None)
    reason: str | None = field.value(default=None)


class Retracted(Payload, ns=NAMESPACE, name="retracted", also=OLDER_NAMESPACES):
    """What an archive has in place of a message: the `id` and the time of the retraction, and who did it (section 4)."""

    namespace: str = field.namespace()
    by: JID | None = field.attribute(default=None)
    id: str | None = field.attribute(default=None)
    stamp: datetime | None = field.attribute(default=None)
    moderated: message_moderation.Moderated | None = field.child(default=None)
    reason: str | None = field.value(default=None)


def retracted_id(message: Message) -> str | None:
    """The id of the message that this one takes back, in either version; None where it takes back none.

    Retractions by moderators are in `xmppwire.protocol.message_moderation.moderation_of`. Raises `PayloadError`.
    """
    retract = message.get(Retract)
    if retract is not None:
        return None if retract.moderated is not None else retract.id
    fastened = message.get(ApplyTo)
    if fastened is None or not any(isinstance(one, Retract) for one in fastened.payloads):
        return None
    return fastened.id
