"""Unique and Stable Stanza IDs (XEP-0359): names for a message that everybody means the same message by.

An archive or a room adds its own (`StanzaId`), the sender may add one (`OriginId`), and other payloads refer to them.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:sid:0"
STANDARD = Standard(
    "XEP-0359",
    "Unique and Stable Stanza IDs",
    Status.EXPERIMENTAL,
    "0.7.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class StanzaId(Payload, ns=NAMESPACE, name="stanza-id"):
    """The id that the entity `by` gave to a stanza. Only to be believed where `by` announces that it does so."""

    id: str = field.attribute()
    by: JID = field.attribute()


class OriginId(Payload, ns=NAMESPACE, name="origin-id"):
    """The id that the sender gave to a stanza."""

    id: str = field.attribute()


class ReferencedStanza(Payload, ns=NAMESPACE, name="referenced-stanza"):
    """Points to another stanza by the id that `by` gave to it (section 4)."""

    id: str = field.attribute()
    by: JID | None = field.attribute(default=None)
