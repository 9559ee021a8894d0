"""Encryption for stateless file sharing (XEP-0448): a source of a shared file (XEP-0447) that is encrypted, and its
key.

It belongs into a message that is encrypted itself. The metadata of the share are those of the file as it was before.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Base64Lines, Enumeration, Payload, Unknown, field
from xmppwire.protocol.hashes import Hash
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:esfs:0"
SOURCES_NAMESPACE = "urn:xmpp:sfs:0"
STANDARD = Standard(
    "XEP-0448",
    "Encryption for stateless file sharing",
    Status.EXPERIMENTAL,
    "0.2.0",
    (NAMESPACE,),
    (Role.CLIENT, Role.COMPONENT),
)


class FileCipher(StrEnum):
    """Ciphers (section 4)."""

    AES_128_GCM = "urn:xmpp:ciphers:aes-128-gcm-nopadding:0"
    AES_256_GCM = "urn:xmpp:ciphers:aes-256-gcm-nopadding:0"
    AES_256_CBC = "urn:xmpp:ciphers:aes-256-cbc-pkcs7:0"


class EncryptedSources(Payload, ns=SOURCES_NAMESPACE, name="sources", nested=True):
    """Where the encrypted file is."""

    sources: list[Payload | Element] = field.payloads()


class EncryptedSource(Payload, ns=NAMESPACE, name="encrypted"):
    """The encrypted file: cipher, key, initialization vector, where it is, and hashes of it as it is there."""

    cipher: FileCipher | str = field.attribute(Enumeration(FileCipher, Unknown.KEEP))
    key: bytes = field.value(Base64Lines)
    iv: bytes = field.value(Base64Lines)
    hashes: list[Hash] = field.children()
    sources: EncryptedSources = field.child()
