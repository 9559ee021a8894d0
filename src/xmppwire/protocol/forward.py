"""Stanza Forwarding (XEP-0297): a stanza inside another one.

Usually other protocols carry it (archives, carbons); a user may also pass a message on. The one who forwards can write
whatever they like into it, so its sender has to be one who is trusted with that.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.stanza import Stanza

NAMESPACE = "urn:xmpp:forward:0"
STANDARD = Standard(
    "XEP-0297",
    "Stanza Forwarding",
    Status.STABLE,
    "1.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Forwarded(Payload, ns=NAMESPACE, name="forwarded"):
    """A stanza inside another one, and when the one who forwards it received it."""

    delay: Delay | None = field.child(default=None)
    stanza: Stanza | None = field.child(default=None)
