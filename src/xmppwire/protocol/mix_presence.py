"""Mediated Information eXchange (MIX): Presence Support (XEP-0403): participants of a channel see each other's
presence.

The channel sends presence on from a JID that it makes of the stable id of the participant, and says within whose it is.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:mix:presence:0"

STANDARD = Standard(
    "XEP-0403",
    "Mediated Information eXchange (MIX): Presence Support.",
    Status.DEFERRED,
    "0.3.2",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class MixPresence(Payload, ns=NAMESPACE, name="mix"):
    """Whose presence it is: `jid` is the full one of the client, where the channel shows it."""

    jid: JID | None = field.value(default=None)
    nick: str | None = field.value(default=None)
