"""Last Activity (XEP-0012): how long a user has been away or idle, or a server has been running; asked by an IQ.

Presence may carry the same element, to tell for how long a user has been idle (XEP-0256).
"""

from __future__ import annotations

from xmppwire.payload import Payload, UnsignedLong, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "jabber:iq:last"

STANDARD = Standard(
    "XEP-0012",
    "Last Activity",
    Status.FINAL,
    "2.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class LastActivity(Payload, ns=NAMESPACE, name="query"):
    """Empty in an IQ get. The result has the `seconds` since: for a bare JID since the user went offline (with the `status`
    of the last unavailable presence), for a full one since the user did something, for a domain since it was started.
    """

    seconds: int | None = field.attribute(UnsignedLong, default=None)
    status: str = field.text(default="")
