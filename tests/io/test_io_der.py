"""Facts from certificates, against the `cryptography` package, which wrote them."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import ipaddress

import pytest

pytest.importorskip("cryptography")

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from xmppwire_io import der
from xmppwire_io.tls import peer_names

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
XMPP_ADDR = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.5")
EXPIRES = dt.datetime(2031, 2, 3, 4, 5, 6, tzinfo=dt.UTC)


def certificate(
    key: object = EC,
    algorithm: object = hashes.SHA256(),
    names: list[x509.GeneralName] | None = None,
    expires: dt.datetime = EXPIRES,
    **keywords: object,
) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "capulet.lit")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())  # type: ignore[attr-defined]
        .serial_number(2**100)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(expires)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=True)
    )
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signed = builder.sign(key, algorithm, **keywords)  # type: ignore[arg-type]
    return signed.public_bytes(serialization.Encoding.DER)


@pytest.mark.spec("RFC 5929", "4.1")
@pytest.mark.parametrize(
    ("key", "algorithm", "expected"),
    [
        (RSA, hashes.SHA224(), "sha224"),
        (RSA, hashes.SHA256(), "sha256"),
        (RSA, hashes.SHA384(), "sha384"),
        (RSA, hashes.SHA512(), "sha512"),
        (RSA, hashes.SHA3_256(), "sha3_256"),
        (EC, hashes.SHA224(), "sha224"),
        (EC, hashes.SHA256(), "sha256"),
        (EC, hashes.SHA384(), "sha384"),
        (EC, hashes.SHA512(), "sha512"),
        (EC, hashes.SHA3_512(), "sha3_512"),
        (dsa.generate_private_key(1024), hashes.SHA256(), "sha256"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_hash_of_the_signature(key: object, algorithm: hashes.HashAlgorithm, expected: str) -> None:
    made = certificate(key, algorithm)
    assert der.signature_hash(made) == expected
    assert der.server_end_point(made) == hashlib.new(expected, made).digest()


@pytest.mark.parametrize("algorithm", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()], ids=lambda value: value.name)
def test_rsa_pss_names_its_hash_in_its_parameters(algorithm: hashes.HashAlgorithm) -> None:
    pss = padding.PSS(mgf=padding.MGF1(algorithm), salt_length=algorithm.digest_size)
    made = certificate(RSA, algorithm, rsa_padding=pss)
    assert der.signature_hash(made) == algorithm.name
    assert der.server_end_point(made) == hashlib.new(algorithm.name, made).digest()


@pytest.mark.parametrize("key", [ed25519.Ed25519PrivateKey.generate(), ed448.Ed448PrivateKey.generate()])
def test_without_a_hash_there_is_no_binding(key: object) -> None:
    made = certificate(key, None)
    assert der.signature_hash(made) is None
    assert der.server_end_point(made) is None


def tlv(tag: int, *content: bytes) -> bytes:
    data = b"".join(content)
    return bytes((tag, len(data))) + data


@pytest.mark.parametrize(
    ("oid", "hash_name"),
    [
        ("2a864886f70d010104", "md5"),  # md5WithRSAEncryption
        ("2a864886f70d010105", "sha1"),  # sha1WithRSAEncryption
        ("2a8648ce3d0401", "sha1"),  # ecdsa-with-SHA1
        ("2a864886f70d01010a", "sha1"),  # RSASSA-PSS with default parameters
    ],
)
def test_old_hashes_are_replaced_by_sha256(oid: str, hash_name: str) -> None:
    for parameters in (b"", tlv(0x30), tlv(0x30, tlv(0xA2, tlv(0x02, b"\x20")))):
        made = tlv(0x30, tlv(0x30), tlv(0x30, tlv(0x06, bytes.fromhex(oid)), parameters), tlv(0x03, b"\0"))
        assert der.signature_hash(made) == hash_name
        assert der.server_end_point(made) == hashlib.sha256(made).digest()


@pytest.mark.spec("RFC 6120", "13.7.1.4")
def test_names() -> None:
    names = [
        x509.DNSName("capulet.lit"),
        x509.OtherName(XMPP_ADDR, b"\x0c\x12juliet@capulet.lit"),
        x509.OtherName(XMPP_ADDR, b"\x16\x05ascii"),  # an IA5String, which is not what the standard says
        x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.7"), b"\x16\x05other"),
        x509.DNSName("*.capulet.lit"),
        x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
        x509.OtherName(XMPP_ADDR, b"\x0c\x0fr\xc3\xb3meo@mont.lit"),
    ]
    made = certificate(names=names)
    assert der.xmpp_addresses(made) == ["juliet@capulet.lit", "r\u00f3meo@mont.lit"]
    assert der.dns_names(made) == ["capulet.lit", "*.capulet.lit"]
    assert der.ip_addresses(made) == [bytes((192, 0, 2, 1))]
    assert der.srv_names(made, "_xmpp-server") == []


@pytest.mark.spec("RFC 6120", "13.7.1.2")
def test_names_of_servers() -> None:
    def srv(text: bytes) -> x509.OtherName:
        return x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.7"), bytes((0x16, len(text))) + text)

    made = certificate(
        names=[
            srv(b"_xmpp-server.capulet.lit"),
            srv(b"_XMPP-Server.montague.lit"),
            srv(b"_xmpp-client.verona.lit"),
            x509.DNSName("capulet.lit"),
            x509.DNSName("*.capulet.lit"),
            x509.OtherName(XMPP_ADDR, b"\x0c\x0bcapulet.lit"),
        ]
    )
    assert der.srv_names(made, "_xmpp-server") == ["capulet.lit", "montague.lit"]
    assert peer_names(made) == ["capulet.lit", "montague.lit", "*.capulet.lit"]


def test_cve_2025_59154_a_common_name_is_nobodys_identity() -> None:
    """Openfire, CVE-2025-59154: who somebody is was read from the subject; only alternative names say it."""
    assert peer_names(certificate()) == []
    assert peer_names(certificate(names=[x509.DNSName("evil.lit")])) == ["evil.lit"]


def test_no_names() -> None:
    assert der.xmpp_addresses(certificate()) == der.dns_names(certificate()) == []


@pytest.mark.parametrize("year", [2031, 2049, 2050, 2999])  # UTCTime ends with 2049
def test_expiry(year: int) -> None:
    expires = EXPIRES.replace(year=year)
    assert der.not_after(certificate(expires=expires)) == expires.timestamp()


def test_damaged_certificates_raise_nothing_but_value_error() -> None:
    made = certificate(names=[x509.DNSName("capulet.lit"), x509.OtherName(XMPP_ADDR, b"\x0c\x03a@b")])
    for at in range(len(made)):
        for damaged in (
            made[:at],
            made[:at] + bytes((made[at] ^ 0xFF,)) + made[at + 1 :],
            made[:at] + b"\x84" + made[at:],
        ):
            assert der.server_end_point(damaged) is None or len(der.server_end_point(damaged) or b"") >= 28
            for question in (der.signature_hash, der.not_after, der.xmpp_addresses, der.dns_names, peer_names):
                with contextlib.suppress(ValueError):
                    question(damaged)


def test_well_formed_der_that_is_no_certificate() -> None:
    pss = bytes.fromhex("06092a864886f70d01010a")
    for algorithm in (b"", pss + tlv(0x30, tlv(0xA0, tlv(0x30)))):
        made = tlv(0x30, tlv(0x30), tlv(0x30, algorithm))
        assert der.server_end_point(made) is None
        with pytest.raises(ValueError):
            der.signature_hash(made)
    with pytest.raises(ValueError):
        der.not_after(tlv(0x30, tlv(0x30, tlv(0x30))))
    address = tlv(0xA0, bytes.fromhex("06082b06010505070805"), tlv(0xA0))
    extension = tlv(0x30, tlv(0x06, b"\x55\x1d\x11"), tlv(0x04, tlv(0x30, address)))
    assert der.xmpp_addresses(tlv(0x30, tlv(0x30, tlv(0xA3, tlv(0x30, extension))))) == []
