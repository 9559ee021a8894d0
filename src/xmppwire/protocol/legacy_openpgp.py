"""Current Jabber OpenPGP Usage (XEP-0027). Obsolete, and unsafe: signatures can be replayed, and only the body is encrypted.

Presence carries a signature of its status, a message its body encrypted; both without the lines around the armor, with its
checksum.
"""

from __future__ import annotations

from xmppwire.payload import Codec, Payload, Text, field
from xmppwire.protocol.standard import Role, Standard, Status

ENCRYPTED_NAMESPACE = "jabber:x:encrypted"
SIGNED_NAMESPACE = "jabber:x:signed"

STANDARD = Standard(
    "XEP-0027",
    "Current Jabber OpenPGP Usage",
    Status.OBSOLETE,
    "1.4",
    namespaces=(ENCRYPTED_NAMESPACE, SIGNED_NAMESPACE),
    roles=(Role.CLIENT,),
    note="the envelopes; encryption itself is left to others",
)

Armor: Codec[str] = Codec("armored text", lambda text: "\n".join(text.split()), Text.encode)
"""The lines of an armor, without the white space around each."""


class LegacyEncrypted(Payload, ns=ENCRYPTED_NAMESPACE, name="x"):
    """The body of a message, encrypted (section 3)."""

    data: str = field.text(Armor)


class LegacySigned(Payload, ns=SIGNED_NAMESPACE, name="x"):
    """A detached signature of the status (section 2)."""

    data: str = field.text(Armor)
