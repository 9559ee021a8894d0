"""OpenPGP for XMPP (XEP-0373): the envelopes. There is no cryptography here.

A message carries an OpenPGP message, whose content is again an element: `Signcrypt`, `Sign` or `Crypt`. Public keys are
published on nodes, and a backup of the secret key, encrypted, on a private one.
"""

from __future__ import annotations

from datetime import datetime

from xmppwire.jid import JID
from xmppwire.payload import Base64Lines, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:openpgp:0"
PUBLIC_KEYS_NODE = f"{NAMESPACE}:public-keys"
"""The node of the list; that of a key itself has `:` and the fingerprint behind it."""
SECRET_KEY_NODE = f"{NAMESPACE}:secret-key"

STANDARD = Standard(
    "XEP-0373",
    "OpenPGP for XMPP",
    Status.EXPERIMENTAL,
    "0.7.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT,),
    note="the envelopes; encryption itself is left to others",
)


class OpenPgp(Payload, ns=NAMESPACE, name="openpgp"):
    """An OpenPGP message, without armor (section 3.1)."""

    message: bytes = field.text(Base64Lines)


class OpenPgpPayload(Payload, ns=NAMESPACE, name="payload", nested=True):
    """What only the receiver may see."""

    payloads: list[Payload | Element] = field.payloads()


class OpenPgpContent(Payload):
    """What the three kinds of content have in common (section 3.1): the receivers, the time of sending, padding of random
    length, and the payload."""

    to: list[JID] = field.values(name="to", attribute="jid")
    time: datetime = field.value(attribute="stamp")
    rpad: str | None = field.value(default=None)
    payload: OpenPgpPayload = field.child()


class Signcrypt(OpenPgpContent, ns=NAMESPACE, name="signcrypt"):
    """Content signed and encrypted. Check that you are among the receivers (section 3.2)."""


class Sign(OpenPgpContent, ns=NAMESPACE, name="sign"):
    """Content signed. Check that you are among the receivers (section 3.2)."""


class Crypt(OpenPgpContent, ns=NAMESPACE, name="crypt"):
    """Content encrypted; nobody vouches for it."""


class PublicKey(Payload, ns=NAMESPACE, name="pubkey"):
    """A public key, without armor (section 4.1)."""

    data: bytes = field.value(Base64Lines)


class PublicKeyMetadata(Payload, ns=NAMESPACE, name="pubkey-metadata", nested=True):
    """The fingerprint of a key, in capital letters, and when it was published (section 4.2)."""

    v4_fingerprint: str = field.attribute()
    date: datetime = field.attribute()


class PublicKeysList(Payload, ns=NAMESPACE, name="public-keys-list"):
    """The public keys of a user (section 4.2)."""

    keys: list[PublicKeyMetadata] = field.children()


class SecretKey(Payload, ns=NAMESPACE, name="secretkey"):
    """The backup of a secret key, encrypted with a code that the user keeps (section 5)."""

    data: bytes = field.text(Base64Lines)
