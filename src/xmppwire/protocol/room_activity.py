"""Room Activity Indicators (XEP-0437): a service tells its users which rooms they are not in have something new.

Who wants to know sends presence with an empty `RoomActivity` to the service; the service sends messages with addresses
of rooms.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:rai:0"
STANDARD = Standard(
    "XEP-0437",
    "Room Activity Indicators",
    Status.DEFERRED,
    "0.2.0",
    (NAMESPACE,),
    (Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class RoomActivity(Payload, ns=NAMESPACE, name="rai"):
    """The rooms in which something happened since the user left; each is named once, however much it was."""

    rooms: list[JID] = field.values(name="activity")
