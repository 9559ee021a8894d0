"""Explicit Message Encryption (XEP-0380): by which protocol a message is encrypted, for clients that do not have it.

The message carries the encrypted payload of that protocol beside it, and a body that says so in words.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:eme:0"
STANDARD = Standard(
    "XEP-0380",
    "Explicit Message Encryption",
    Status.DEFERRED,
    "0.4.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class EncryptionProtocol(StrEnum):
    """The protocols that the standard lists, by their namespace (section 3.2)."""

    LEGACY_OPENPGP = "jabber:x:encrypted"
    OMEMO = "eu.siacs.conversations.axolotl"
    OMEMO_1 = "urn:xmpp:omemo:1"
    OMEMO_2 = "urn:xmpp:omemo:2"
    OPENPGP = "urn:xmpp:openpgp:0"
    OTR = "urn:xmpp:otr:0"


ENCRYPTION_NAMES: MappingProxyType[str, str] = MappingProxyType(
    {
        EncryptionProtocol.LEGACY_OPENPGP: "Legacy OpenPGP",
        EncryptionProtocol.OMEMO: "OMEMO",
        EncryptionProtocol.OMEMO_1: "OMEMO 1",
        EncryptionProtocol.OMEMO_2: "OMEMO 2",
        EncryptionProtocol.OPENPGP: "OpenPGP for XMPP",
        EncryptionProtocol.OTR: "OTR",
    }
)
"""What people know these protocols by; it goes before a name in the message."""


class Encryption(Payload, ns=NAMESPACE, name="encryption"):
    """Says that the message is encrypted. `name` is for protocols that `ENCRYPTION_NAMES` does not have."""

    protocol: EncryptionProtocol | str = field.attribute(
        Enumeration(EncryptionProtocol, Unknown.KEEP), name="namespace"
    )
    name: str | None = field.attribute(default=None)

    @property
    def label(self) -> str:
        """What to show people: the known name, else the sender's, else the namespace."""
        return ENCRYPTION_NAMES.get(self.protocol) or self.name or str(self.protocol)
