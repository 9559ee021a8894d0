"""MUC Affiliations Versioning (XEP-0463): who enters a room again gets only the affiliations that changed.

The element stands in `MucJoin.extensions` on the way in, and in `MucUser.extensions` on the way out.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:muc:affiliations:1"

STANDARD = Standard(
    "XEP-0463",
    "MUC Affiliations Versioning",
    Status.EXPERIMENTAL,
    "0.2.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class MucAffiliationsVersion(Payload, ns=NAMESPACE, name="mav"):
    """Versions, which are opaque: the one known (`since`) and the one that is now (`until`). A request without `since`
    asks for all.
    """

    since: str | None = field.attribute(default=None)
    until: str | None = field.attribute(default=None)
