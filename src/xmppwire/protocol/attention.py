"""Attention (XEP-0224): a nudge, for somebody who does not answer.

It comes in a message, with or without a body. One that was delayed is to be ignored, and people can switch it off.
"""

from __future__ import annotations

from xmppwire.payload import Payload
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:attention:0"
STANDARD = Standard(
    "XEP-0224",
    "Attention",
    Status.STABLE,
    "1.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class Attention(Payload, ns=NAMESPACE, name="attention"):
    """Asks the recipient to look at the conversation now."""
