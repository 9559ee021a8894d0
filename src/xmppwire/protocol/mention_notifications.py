"""MUC Mention Notifications (XEP-0452): a room forwards a message to somebody whom it mentions and who is not there.

Believe it only where the forwarded message is of the room that sends it (section 4).
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:mmn:0"
FORWARD_MENTIONS = "muc#roomconfig_forwardmentions"
"""The field of the room configuration that switches it on; a boolean."""
STANDARD = Standard(
    "XEP-0452",
    "MUC Mention Notifications",
    Status.EXPERIMENTAL,
    "0.2.2",
    (NAMESPACE,),
    (Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class MentionNotification(Payload, ns=NAMESPACE, name="mentions"):
    """The message, as the room has stored it."""

    forwarded: Forwarded = field.child()
