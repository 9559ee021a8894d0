"""Gateway Interaction (XEP-0100): how clients use gateways to other networks; here the translation of foreign addresses
to JIDs.

The client asks what to prompt the user for, sends what the user typed, and gets the JID. The rest is registration
(XEP-0077) and roster.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "jabber:iq:gateway"
STANDARD = Standard(
    "XEP-0100", "Gateway Interaction", Status.ACTIVE, "1.0", (NAMESPACE,), (Role.CLIENT, Role.COMPONENT)
)


class GatewayQuery(Payload, ns=NAMESPACE, name="query"):
    """Empty: asks for the prompt. From the gateway: the label `prompt` and an explanation, or the JID. From the
    client: the foreign address in `prompt` (section 6.3)."""

    desc: str | None = field.value(default=None)
    prompt: str | None = field.value(default=None)
    jid: JID | None = field.value(default=None)
