"""Entity Capabilities (XEP-0115)."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "http://jabber.org/protocol/caps"
STANDARD = Standard("XEP-0115", "Entity Capabilities", Status.STABLE, "1.6.0", (NAMESPACE,))


class Caps(Payload, ns=NAMESPACE, name="c"):
    """A verification string for what disco#info would say. `node` names the software; `hash` the algorithm.

    The form before version 1.4 has no `hash`, a version of the software as `ver`, and bundles of features in `ext`.
    """

    node: str = field.attribute()
    ver: str = field.attribute()
    hash: str | None = field.attribute(default=None)
    ext: str | None = field.attribute(default=None)
