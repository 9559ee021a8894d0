"""Trust Messages (TM) (XEP-0434).

Tells the own devices, or contacts, which keys of end-to-end encryption somebody has found to be right or wrong. What
follows from that is for the protocol named in `usage` to say, XEP-0450 for example.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:tm:1"

STANDARD = Standard(
    "XEP-0434",
    "Trust Messages (TM)",
    Status.EXPERIMENTAL,
    "0.6.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT,),
)


class KeyOwner(Payload, ns=NAMESPACE, name="key-owner", nested=True):
    """Whose keys they are, and the identifiers of those to trust and not to trust (section 4)."""

    jid: JID = field.attribute()
    trust: list[bytes] = field.values(name="trust")
    distrust: list[bytes] = field.values(name="distrust")


class TrustMessage(Payload, ns=NAMESPACE, name="trust-message"):
    """The keys, for the encryption `encryption`, to be used by the protocol `usage` (section 4); both are namespaces."""

    usage: str = field.attribute()
    encryption: str = field.attribute()
    key_owners: list[KeyOwner] = field.children()
