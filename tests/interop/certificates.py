"""Throw-away certificates for the servers under test: one authority, one for the servers, one for each client.

trustme makes the authority and the servers' certificate. A client certificate that XMPP's EXTERNAL can use carries its
owner's address as id-on-xmppAddr (RFC 6120 section 13.7.1.2), which trustme does not know: those are signed here with
the authority's key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

ID_ON_XMPP_ADDR = ObjectIdentifier("1.3.6.1.5.5.7.8.5")
PURPOSES = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)
"""Prosody 0.12 checks a client's certificate as if it were a server's."""
LIFETIME = dt.timedelta(days=30)


def make_authority(path: Path) -> trustme.CA:
    """A new authority; its certificate goes to `path`."""
    authority = trustme.CA(organization_name="xmppwire tests")
    authority.cert_pem.write_to_path(str(path))
    return authority


def issue_server(authority: trustme.CA, certificate: Path, key: Path, names: Iterable[str]) -> None:
    """Write a server's certificate chain and its key.

    ejabberd arms a timer for the certificate's end, and dies when that is centuries away, as trustme has it.
    """
    issued = authority.issue_cert(*names, not_after=dt.datetime.now(dt.UTC) + LIFETIME)
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(key))


def issue_client(authority: trustme.CA, certificate: Path, key: Path, addresses: Iterable[str]) -> None:
    """Write a client's certificate that proves the given bare JIDs, and its key."""
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    issuer_key = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    own_key = ec.generate_private_key(ec.SECP256R1())
    addresses = list(addresses)
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, addresses[0].partition("@")[0])]))
        .issuer_name(issuer.subject)
        .public_key(own_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(PURPOSES), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.OtherName(ID_ON_XMPP_ADDR, _utf8_string(a)) for a in addresses]),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        own_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _utf8_string(text: str) -> bytes:
    """DER of a UTF8String of at most 127 octets."""
    data = text.encode()
    assert len(data) < 128
    return bytes([0x0C, len(data)]) + data
