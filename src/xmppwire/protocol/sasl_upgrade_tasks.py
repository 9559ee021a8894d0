"""SASL Upgrade Tasks (XEP-0480).

A client whose account lacks the data for a better mechanism hands them in while it authenticates (XEP-0388). For SCRAM the
server sends salt and iterations, and the client answers with the salted password.
"""

from __future__ import annotations

from xmppwire.payload import Base64Lines, Integer, Payload, Token, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:sasl:upgrade:0"
SCRAM_NAMESPACE = "urn:xmpp:scram-upgrade:0"

STANDARD = Standard(
    "XEP-0480", "SASL Upgrade Tasks", Status.EXPERIMENTAL, "0.2.0", namespaces=(NAMESPACE, SCRAM_NAMESPACE)
)


class Upgrade(Payload, ns=NAMESPACE, name="upgrade"):
    """A task that the server offers, or that the client asks for: `UPGR-` and the mechanism (sections 2.1 and 2.2)."""

    task: str = field.text(Token)


class ScramSalt(Payload, ns=SCRAM_NAMESPACE, name="salt"):
    """What the client is to salt its password with (section 3)."""

    iterations: int = field.attribute(Integer(4096))
    salt: bytes = field.text(Base64Lines)


class ScramHash(Payload, ns=SCRAM_NAMESPACE, name="hash"):
    """The salted password: whoever knows it can log in (section 3)."""

    salted_password: bytes = field.text(Base64Lines)
