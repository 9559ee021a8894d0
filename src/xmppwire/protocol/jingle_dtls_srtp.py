"""Use of DTLS-SRTP in Jingle Sessions (XEP-0320).

The fingerprint of the certificate that a party shows in the handshake on the media path, and who begins that handshake. It
stands in the transport.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Codec, Enumeration, Hex, Payload, Unknown, field
from xmppwire.protocol.hashes import HashAlgorithm
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:jingle:apps:dtls:0"

STANDARD = Standard("XEP-0320", "Use of DTLS-SRTP in Jingle Sessions", Status.STABLE, "1.0.0", namespaces=(NAMESPACE,))


class Setup(StrEnum):
    """Who begins the handshake (RFC 4145 section 4)."""

    ACTIVE = "active"
    ACTPASS = "actpass"
    PASSIVE = "passive"


def _decode(text: str) -> bytes:
    pairs = text.strip().split(":") if text else []
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"not pairs of hexadecimal digits with colons: {text[:40]!r}")
    return Hex.decode("".join(pairs))


ColonHex: Codec[bytes] = Codec("hexadecimal", _decode, lambda value: value.hex(":").upper(), plain=True)
"""Bytes as pairs of hexadecimal digits with colons between them (RFC 8122 section 5)."""


class Fingerprint(Payload, ns=NAMESPACE, name="fingerprint"):
    """The digest of a certificate (section 1). Some leave out `setup` where the session says it already."""

    hash: HashAlgorithm | str = field.attribute(Enumeration(HashAlgorithm, Unknown.KEEP))
    setup: Setup | None = field.attribute(default=None)
    fingerprint: bytes = field.text(ColonHex)
