"""MUC Activity Indicator (XEP-0502): how much is said in a public room, as a field of the room's information
(`muc#roominfo`)."""

from __future__ import annotations

from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:muc-activity"
ACTIVITY_FIELD = "{urn:xmpp:muc-activity}message-activity"
"""Messages in an hour, about: a decimal number. The field is left out where it is not known."""
STANDARD = Standard(
    "XEP-0502",
    "MUC Activity Indicator",
    Status.EXPERIMENTAL,
    "0.1.0",
    (NAMESPACE,),
    (Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="A field of the room's information; no elements.",
)
