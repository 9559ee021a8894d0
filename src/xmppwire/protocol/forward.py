"""Stanza Forwarding (XEP-0297)."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.standard import Standard, Status
from xmppwire.stanza import Stanza

NAMESPACE = "urn:xmpp:forward:0"
STANDARD = Standard("XEP-0297", "Stanza Forwarding", Status.STABLE, "1.0", (NAMESPACE,))


class Forwarded(Payload, ns=NAMESPACE, name="forwarded"):
    """A stanza inside another one, and when it was first sent. Who forwards it may be lying: check the sender."""

    delay: Delay | None = field.child(default=None)
    stanza: Stanza | None = field.child(default=None)
