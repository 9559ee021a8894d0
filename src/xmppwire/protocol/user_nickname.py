"""User Nickname (XEP-0172): what somebody wants to be called, in a subscription request, a message, or published (XEP-0163)."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "http://jabber.org/protocol/nick"
STANDARD = Standard("XEP-0172", "User Nickname", Status.STABLE, "1.1", (NAMESPACE,))


class Nick(Payload, ns=NAMESPACE, name="nick"):
    """A nickname; empty where there is none any more. Anybody may claim any."""

    name: str = field.text(default="")
