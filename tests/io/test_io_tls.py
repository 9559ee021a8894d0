"""TLS as the driver sees it: versions, channel bindings, names for each certificate, client certificates; both libraries."""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.io.conformance.house import House, play
from tests.io.conformance.kits import Memory
from tests.io.conformance.theatre import Theatre
from xmppwire.sasl import ChannelBinding
from xmppwire.stream.events import Authenticated, EndReason, StreamEnded, TLSInfo
from xmppwire_io import der, tls
from xmppwire_io.certs import Certificates, make_certificates, throwaway
from xmppwire_io.errors import AuthenticationError, TLSError
from xmppwire_io.tls import ClientTLS, HandshakeFailed, Identity, ServerTLS, TLSLayer, TLSProvider

pyopenssl = pytest.importorskip("xmppwire_io.pyopenssl")


def shake(client: TLSLayer, server: TLSLayer, cut: int = 1 << 20) -> tuple[TLSInfo, TLSInfo]:
    """Carry both through the handshake, the bytes in pieces."""
    done = [False, False]
    while not all(done):
        for index, (one, other) in enumerate(((client, server), (server, client))):
            done[index] = done[index] or one.handshake()
            data = one.data_to_send()
            for start in range(0, len(data), cut):
                other.receive_data(data[start : start + cut])
                if not done[1 - index]:
                    done[1 - index] = other.handshake()
    return client.info(100.0), server.info(200.0)


def move(source: TLSLayer, sink: TLSLayer) -> list[bytes]:
    if data := source.data_to_send():
        sink.receive_data(data)
    records: list[bytes] = []
    while plain := sink.read():
        records.append(plain)
    return records


def clients(certs: Certificates) -> dict[str, TLSProvider]:
    return {
        "ssl": ClientTLS(tls.client_context(certs.ca_file), alpn=("xmpp-client",)),
        "openssl": pyopenssl.OpenSSLTLS(pyopenssl.client_context(certs.ca_file), alpn=("xmpp-client",)),
    }


def servers(certs: Certificates) -> dict[str, TLSProvider]:
    return {
        "ssl": certs.tls(),
        "openssl": pyopenssl.OpenSSLTLS(pyopenssl.server_context(certs.cert_file)),
    }


@pytest.mark.parametrize("cut", [1 << 20, 7])
@pytest.mark.parametrize("server", ["ssl", "openssl"])
@pytest.mark.parametrize("client", ["ssl", "openssl"])
class TestLayers:
    def pair(self, certs: Certificates, client: str, server: str) -> tuple[TLSLayer, TLSLayer]:
        return (
            clients(certs)[client].layer(False, "capulet.lit"),
            servers(certs)[server].layer(True, "capulet.lit"),
        )

    @pytest.mark.spec("RFC 5929", "4.1")
    @pytest.mark.spec("RFC 9266", "2")
    def test_what_both_ends_say(self, certs: Certificates, client: str, server: str, cut: int) -> None:
        ours, theirs = shake(*self.pair(certs, client, server), cut)
        certificate = tls.leaf_certificate(certs.cert_file)
        assert (ours.version, theirs.version) == ("TLSv1.3", "TLSv1.3")
        assert ours.alpn == theirs.alpn == "xmpp-client"
        assert theirs.server_name == "capulet.lit"
        assert ours.cipher == theirs.cipher
        assert ours.peer_certificate == certificate
        assert theirs.peer_certificate is None
        assert theirs.peer_expires is None
        left = der.not_after(certificate) - time.time()
        assert ours.peer_expires == pytest.approx(100.0 + left, abs=60)
        types = [binding.type for binding in ours.bindings]
        assert types == (["tls-exporter"] if client == "openssl" else []) + ["tls-server-end-point"]
        here = {binding.type: binding.data for binding in ours.bindings}
        there = {binding.type: binding.data for binding in theirs.bindings}
        shared = here.keys() & there.keys()
        assert "tls-server-end-point" in shared
        assert ("tls-exporter" in shared) == (client == server == "openssl")
        assert all(here[name] == there[name] for name in shared)
        assert len(here.get("tls-exporter", bytes(32))) == 32

    def test_data_of_any_size(self, certs: Certificates, client: str, server: str, cut: int) -> None:
        one, other = self.pair(certs, client, server)
        shake(one, other, cut)
        data = bytes(range(256)) * 2000
        one.write(data)
        records = move(one, other)
        assert b"".join(records) == data
        assert len(records) > 1
        other.write(b"back")
        assert move(other, one) == [b"back"]

    def test_end_in_order_and_late_data(self, certs: Certificates, client: str, server: str, cut: int) -> None:
        one, other = self.pair(certs, client, server)
        shake(one, other, cut)
        move(other, one)
        one.write(b"last words")
        one.close()
        one.write(b"never")
        other.write(b"late")
        assert move(other, one) == [b"late"]
        assert move(one, other) == [b"last words"]
        assert other.read() == b""
        assert other.fault is None
        other.close()
        assert move(other, one) == []
        assert one.read() == b""
        one.close()

    def test_ragged_end(self, certs: Certificates, client: str, server: str, cut: int) -> None:
        one, other = self.pair(certs, client, server)
        shake(one, other, cut)
        one.write(b"last words")
        data = one.data_to_send()
        other.receive_data(data[:-3])
        other.receive_data(b"")
        assert other.read() == b""
        assert other.fault is None
        other.close()

    def test_damaged_record(self, certs: Certificates, client: str, server: str, cut: int) -> None:
        one, other = self.pair(certs, client, server)
        shake(one, other, cut)
        move(other, one)
        one.write(b"hello")
        data = one.data_to_send()
        other.receive_data(data[:-1] + bytes((data[-1] ^ 1,)))
        assert other.read() == b""
        assert "bad" in (other.fault or "") or "failed" in (other.fault or "")
        assert move(other, one) == []
        assert one.read() == b""
        assert "the peer refused with the TLS alert: bad record mac" in (one.fault or "")
        other.write(b"nothing comes of it")
        one.close()

    def test_end_of_file_during_the_handshake(self, certs: Certificates, client: str, server: str, cut: int) -> None:
        one, _ = self.pair(certs, client, server)
        assert not one.handshake()
        one.receive_data(b"")
        with pytest.raises(HandshakeFailed, match=r"closed the connection during the TLS handshake"):
            one.handshake()
        one.close()


@pytest.mark.spec("RFC 5929", "3")
@pytest.mark.parametrize("client", ["ssl", "openssl"])
def test_tls_unique_up_to_tls_12(certs: Certificates, client: str) -> None:
    identity = Identity.load(certs.cert_file)
    identity.context.maximum_version = ssl.TLSVersion.TLSv1_2
    ours, theirs = shake(clients(certs)[client].layer(False, "capulet.lit"), ServerTLS(identity).layer(True, ""))
    assert ours.version == theirs.version == "TLSv1.2"
    assert [binding.type for binding in ours.bindings] == ["tls-unique", "tls-server-end-point"]
    assert ours.bindings == theirs.bindings


def test_openssl_server_gives_no_tls_unique(certs: Certificates) -> None:
    context = tls.client_context(certs.ca_file)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    _, theirs = shake(ClientTLS(context).layer(False, "capulet.lit"), servers(certs)["openssl"].layer(True, ""))
    assert [binding.type for binding in theirs.bindings] == ["tls-server-end-point"]


@pytest.mark.spec("RFC 7590", "3.1")
@pytest.mark.parametrize("client", ["ssl", "openssl"])
def test_older_versions_are_refused(certs: Certificates, client: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certs.cert_file)
    with pytest.warns(DeprecationWarning, match=r"TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(HandshakeFailed, match=r"version|protocol|alert"):
        shake(clients(certs)[client].layer(False, "capulet.lit"), ServerTLS(Identity(context)).layer(True, ""))


def test_server_name_chooses_the_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    identities: dict[str, Identity] = {}
    for name in ("capulet.lit", "montague.lit"):
        path = tmp_path / name
        authority.issue_cert(name, "192.0.2.7").private_key_and_cert_chain_pem.write_to_path(str(path))
        identities[name] = Identity.load(path)
    server = ServerTLS(identities["capulet.lit"], {"montague.lit": identities["montague.lit"]})
    client = ClientTLS(tls.client_context(tmp_path / "ca.pem"))
    for name in ("capulet.lit", "montague.lit"):
        ours, theirs = shake(client.layer(False, name), server.layer(True, ""))
        assert theirs.server_name == name
        assert ours.peer_certificate == identities[name].certificate
        assert ours.bindings == theirs.bindings

    ours, theirs = shake(client.layer(False, "192.0.2.7"), server.layer(True, "montague.lit"))
    assert ours.peer_certificate == identities["montague.lit"].certificate  # from the stream header, without SNI
    assert ours.bindings == theirs.bindings
    with pytest.raises(HandshakeFailed, match=r"not valid for 'verona.lit'"):
        shake(client.layer(False, "verona.lit"), server.layer(True, ""))


@pytest.mark.parametrize("name", ["*.capulet.lit", "capulet.lit", "192.0.2.1", "2001:db8::1"])
def test_name_check_with_pyopenssl(tmp_path: Path, name: str) -> None:
    made = make_certificates(tmp_path, [name])
    good = {"*.capulet.lit": ["a.capulet.lit", "A.CAPULET.LIT"], "capulet.lit": ["capulet.lit"]}.get(name, [name])
    bad = ["capulet.lit.evil.example", "a.b.capulet.lit", "lit", ".capulet.lit.", "192.0.2.2", "2001:db8::2"]
    bad += [] if name == "capulet.lit" else ["capulet.lit"]
    certificate = tls.leaf_certificate(made.cert_file)
    assert all(pyopenssl.matches(certificate, wanted) for wanted in good)
    assert not any(pyopenssl.matches(certificate, wanted) for wanted in bad)
    provider = clients(made)["openssl"]
    shake(provider.layer(False, good[0]), servers(made)["ssl"].layer(True, ""))
    with pytest.raises(HandshakeFailed, match=r"name mismatch, certificate is not valid for 'romeo.lit'"):
        shake(provider.layer(False, "romeo.lit"), servers(made)["ssl"].layer(True, ""))


def test_a_wildcard_for_a_whole_top_level_matches_nothing() -> None:
    assert not pyopenssl.matches(b"", "capulet.lit")
    from tests.io.test_io_der import certificate, x509

    assert not pyopenssl.matches(certificate(names=[x509.DNSName("*.lit")]), "capulet.lit")
    assert not pyopenssl.matches(certificate(names=[x509.DNSName("c*.capulet.lit")]), "ca.capulet.lit")


@pytest.mark.parametrize("case", ["untrusted", "expired"])
def test_certificates_refused_with_pyopenssl(certs: Certificates, case: str, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    past = datetime(2020, 1, 1, tzinfo=UTC) if case == "expired" else None
    made = make_certificates(tmp_path, ["capulet.lit"], not_after=past)
    trusted = certs if case == "untrusted" else made
    words = {"untrusted": "self-signed certificate in certificate chain|local issuer", "expired": "has expired"}
    with pytest.raises(HandshakeFailed, match=words[case]):
        shake(clients(trusted)["openssl"].layer(False, "capulet.lit"), servers(made)["ssl"].layer(True, ""))


def test_login_bound_to_tls_13(certs: Certificates) -> None:
    acceptor = Theatre()

    async def scenario(io: Any) -> None:
        async with (
            io.serve(acceptor, ssl_context=servers(certs)["openssl"]) as server,
            House(io, certs, server, acceptor).connect(exporter=True) as client,
        ):
            login = next(event for event in client.negotiation if isinstance(event, Authenticated))
            assert (login.mechanism, login.binding) == ("SCRAM-SHA-512-PLUS", "tls-exporter")

    Memory().run(scenario)


def test_exporter_without_pyopenssl(certs: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    import xmppwire_io

    monkeypatch.setitem(sys.modules, "xmppwire_io.pyopenssl", None)
    monkeypatch.delattr(xmppwire_io, "pyopenssl")

    async def scene(house: House) -> None:
        with pytest.raises(TLSError, match=r"needs pyOpenSSL"):
            async with house.connect(exporter=True):
                raise AssertionError

    play(Memory(), certs, scene)


@pytest.mark.parametrize("exporter", [False, True])
def test_files_that_are_none(certs: Certificates, tmp_path: Path, exporter: bool) -> None:
    (tmp_path / "empty").touch()

    async def scene(house: House) -> None:
        for options in ({"ca_file": tmp_path / "missing"}, {"cert_file": tmp_path / "empty"}):
            with pytest.raises(TLSError, match=r"cannot set up TLS: "):
                async with house.connect(exporter=exporter, **options):
                    raise AssertionError

    play(Memory(), certs, scene)
    with pytest.raises(ValueError, match=r"no certificate in PEM form"):
        tls.leaf_certificate(tmp_path / "empty")


def test_a_handshake_that_never_ends_leaves_nothing_behind(certs: Certificates) -> None:
    provider = certs.tls()
    layers = [provider.layer(True, "capulet.lit") for _ in range(3)]
    assert not layers[0].handshake()
    assert len(provider._layers) == 3
    for layer in layers:
        layer.close()
    assert not provider._layers


def test_roles_cannot_be_mixed_up(certs: Certificates) -> None:
    with pytest.raises(ValueError, match=r"cannot play the server"):
        clients(certs)["ssl"].layer(True, "capulet.lit")
    with pytest.raises(ValueError, match=r"cannot play the client"):
        servers(certs)["ssl"].layer(False, "capulet.lit")


def test_a_context_is_used_as_it_is(certs: Certificates) -> None:
    context = tls.client_context(certs.ca_file)
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    async def scene(house: House) -> None:
        async with house.connect(ssl_context=context, ca_file=None) as client:
            assert client.tls.version == "TLSv1.2"

    play(Memory(), certs, scene)


@pytest.mark.spec("RFC 6120", "13.7.1.4")
@pytest.mark.parametrize("exporter", [False, True])
@pytest.mark.parametrize("trusted", [True, False])
def test_external_with_a_client_certificate(tmp_path: Path, exporter: bool, trusted: bool) -> None:
    """The addresses in a client's certificate count if its chain was verified; else the handshake fails."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    from tests.io.test_io_der import XMPP_ADDR, x509

    made = make_certificates(tmp_path, ["capulet.lit"])
    key = ec.generate_private_key(ec.SECP256R1())
    address = x509.OtherName(XMPP_ADDR, b"\x0c\x12juliet@capulet.lit")
    own = x509.load_der_x509_certificate(certificate_for_client(key, address))
    pem = own.public_bytes(serialization.Encoding.PEM)
    (tmp_path / "client.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + pem
    )
    (tmp_path / "clients.pem").write_bytes(pem if trusted else made.ca_file.read_bytes())
    identity = Identity.load(made.cert_file, client_ca_file=tmp_path / "clients.pem")
    acceptor = Theatre(mechanisms=("EXTERNAL", "SCRAM-SHA-256"))

    async def scenario(io: Any) -> None:
        async with io.serve(acceptor, ssl_context=ServerTLS(identity)) as server:
            house = House(io, made, server, acceptor)
            options = {"password": None, "external": True, "cert_file": tmp_path / "client.pem", "exporter": exporter}
            if trusted:
                async with house.connect(**options) as client:
                    login = next(event for event in client.negotiation if isinstance(event, Authenticated))
                    assert login.mechanism == "EXTERNAL"
            else:
                with pytest.raises(TLSError, match=r"the peer refused with the TLS alert: unknown ca"):
                    async with house.connect(**options):
                        raise AssertionError
                ended = next(event for event in acceptor.events if isinstance(event, StreamEnded))
                assert ended.reason is EndReason.TLS_FAILED
                assert "the client's certificate is not trusted" in ended.text
            async with house.connect(exporter=exporter):
                pass  # without a certificate
            with pytest.raises(AuthenticationError):
                async with house.connect(password=None, external=True):
                    raise AssertionError

    Memory().run(scenario)


def certificate_for_client(key: Any, address: Any) -> bytes:
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Juliet")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


def test_names_of_unverified_certificates_do_not_count(certs: Certificates) -> None:
    assert tls.peer_names(None) == tls.peer_names(b"nonsense") == []
    assert tls.peer_expires(b"nonsense", 0.0, 0.0) is None
    assert tls.end_point_binding(None) == tls.end_point_binding(b"nonsense") == []
    made = tls.leaf_certificate(certs.cert_file)
    assert tls.end_point_binding(made) == [ChannelBinding("tls-server-end-point", der.server_end_point(made) or b"")]


def test_throw_away_certificates_are_thrown_away() -> None:
    with throwaway(["capulet.lit"]) as made:
        assert made.cert_file.stat().st_mode & 0o077 == 0
        assert b"PRIVATE KEY" not in made.ca_file.read_bytes()
    assert not made.ca_file.exists()
