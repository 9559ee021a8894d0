"""The few facts about a certificate that `ssl` does not tell, read from its DER (X.690, RFC 5280).

A certificate is a tree of (tag, length, content). `_items` walks one level of it; each function below goes down only to
what it looks for. Input is what a TLS library has parsed before, but nothing here relies on that: what does not fit
raises `ValueError`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

_SEQUENCE, _OID, _UTC_TIME, _GENERALIZED_TIME, _OCTETS, _UTF8 = 0x30, 0x06, 0x17, 0x18, 0x04, 0x0C
_IA5 = 0x16
_RSA_PSS = "1.2.840.113549.1.1.10"
_SUBJECT_ALT_NAME = "2.5.29.17"
_XMPP_ADDR = "1.3.6.1.5.5.7.8.5"
_SRV_NAME = "1.3.6.1.5.5.7.8.7"

_HASHES = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.8": "sha3_256",
    "2.16.840.1.101.3.4.2.9": "sha3_384",
    "2.16.840.1.101.3.4.2.10": "sha3_512",
}

_SIGNATURES = {
    "1.2.840.113549.1.1.4": "md5",  # RSA
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.113549.1.1.14": "sha224",
    "2.16.840.1.101.3.4.3.14": "sha3_256",
    "2.16.840.1.101.3.4.3.15": "sha3_384",
    "2.16.840.1.101.3.4.3.16": "sha3_512",
    "1.2.840.10045.4.1": "sha1",  # ECDSA
    "1.2.840.10045.4.3.1": "sha224",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
    "2.16.840.1.101.3.4.3.10": "sha3_256",
    "2.16.840.1.101.3.4.3.11": "sha3_384",
    "2.16.840.1.101.3.4.3.12": "sha3_512",
    "1.2.840.10040.4.3": "sha1",  # DSA
    "2.16.840.1.101.3.4.3.1": "sha224",
    "2.16.840.1.101.3.4.3.2": "sha256",
}
"""Signature algorithms that contain one hash. Ed25519 and Ed448 are not here: they have none to take."""


def signature_hash(certificate: bytes) -> str | None:
    """The name (as in `hashlib`) of the hash in the certificate's signature; None where it has none, or an unknown one.

    RSASSA-PSS names its hash in its parameters (RFC 4055 section 3.1); without them it is SHA-1. Raises ValueError.
    """
    _, algorithm, *_ = _items(_inside(certificate))
    kind, *parameters = _items(algorithm[1])
    name = _oid(kind)
    if name != _RSA_PSS:
        return _SIGNATURES.get(name)
    for tag, content in _items(parameters[0][1]) if parameters else ():
        if tag == 0xA0:
            return _HASHES.get(_oid(_first(_inside(content))))
    return "sha1"


def server_end_point(certificate: bytes) -> bytes | None:
    """The channel binding `tls-server-end-point` of a server with this certificate (RFC 5929 section 4.1).

    The hash is that of the certificate's signature, SHA-256 in place of MD5 and SHA-1. None where it is undefined.
    """
    try:
        name = signature_hash(certificate)
    except ValueError:
        return None
    if name is None:
        return None
    return hashlib.new("sha256" if name in {"md5", "sha1"} else name, certificate).digest()


def not_after(certificate: bytes) -> float:
    """When the certificate expires, in seconds of Unix time (RFC 5280 section 4.1.2.5). Raises ValueError."""
    fields = [item for item in _items(_tbs(certificate)) if item[0] == _SEQUENCE]
    _, _, validity, *_ = fields  # after the signature algorithm and the issuer
    _, (tag, text), *_ = _items(validity[1])
    digits = text.decode("ascii")
    if tag == _UTC_TIME:
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    elif tag != _GENERALIZED_TIME:
        raise ValueError("the validity of the certificate has no time")
    return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()


def xmpp_addresses(certificate: bytes) -> list[str]:
    """The XMPP addresses in the certificate (id-on-xmppAddr, RFC 6120 section 13.7.1.4). Raises ValueError."""
    return _other_names(certificate, _XMPP_ADDR, _UTF8)


def srv_names(certificate: bytes, service: str) -> list[str]:
    """The domains for which the certificate names this service (id-on-dnsSRV, RFC 4985). Raises ValueError."""
    names = [name.partition(".") for name in _other_names(certificate, _SRV_NAME, _IA5)]
    return [domain for named, _, domain in names if named.lower() == service]


def _other_names(certificate: bytes, wanted: str, kind_of_text: int) -> list[str]:
    """The alternative names of the kind otherName with this identifier."""
    found: list[str] = []
    for tag, content in _alt_names(certificate):
        if tag == 0xA0:
            kind, value = list(_items(content))[:2]
            if _oid(kind) == wanted:
                tag, text = _first(value[1])
                if tag == kind_of_text:
                    found.append(text.decode("utf-8"))
    return found


def dns_names(certificate: bytes) -> list[str]:
    """The DNS names in the certificate's subject alternative names. Raises ValueError."""
    return [content.decode("ascii") for tag, content in _alt_names(certificate) if tag == 0x82]


def ip_addresses(certificate: bytes) -> list[bytes]:
    """The IP addresses in the certificate's subject alternative names, 4 or 16 bytes each. Raises ValueError."""
    return [content for tag, content in _alt_names(certificate) if tag == 0x87]


def _alt_names(certificate: bytes) -> Iterator[tuple[int, bytes]]:
    for tag, content in _items(_tbs(certificate)):
        if tag == 0xA3:
            for _, extension in _items(_inside(content)):
                parts = list(_items(extension))
                if parts and _oid(parts[0]) == _SUBJECT_ALT_NAME and parts[-1][0] == _OCTETS:
                    yield from _items(_inside(parts[-1][1]))


def _tbs(certificate: bytes) -> bytes:
    return _inside(_inside(certificate))


def _inside(data: bytes) -> bytes:
    """The content of the one SEQUENCE that `data` begins with."""
    tag, content = _first(data)
    if tag != _SEQUENCE:
        raise ValueError("a SEQUENCE was expected in the certificate")
    return content


def _first(data: bytes) -> tuple[int, bytes]:
    """The first element of one level; one with the tag 0 where there is none."""
    return next(_items(data), (0, b""))


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements of one level, as (tag, content)."""
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError("the certificate is cut off")
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            octets = length & 0x7F
            if not 1 <= octets <= 4 or at + octets > len(data):
                raise ValueError("a length in the certificate is malformed")
            length = int.from_bytes(data[at : at + octets], "big")
            at += octets
        if at + length > len(data):
            raise ValueError("the certificate is cut off")
        yield tag, data[at : at + length]
        at += length


def _oid(item: tuple[int, bytes]) -> str:
    tag, content = item
    if tag != _OID or not content:
        raise ValueError("an object identifier was expected in the certificate")
    first, value, arcs = True, 0, list[int]()
    for octet in content:
        value = value << 7 | octet & 0x7F
        if octet & 0x80:
            continue
        if first:
            root = min(value // 40, 2)
            arcs += [root, value - 40 * root]
            first = False
        else:
            arcs.append(value)
        value = 0
    return ".".join(map(str, arcs))
