"""Logging in to real servers, over each adapter: every way in that they offer, and every way that must be barred."""

from __future__ import annotations

import ssl
import uuid
from functools import cache
from pathlib import Path

import pytest

from tests.interop import certificates, probe
from tests.interop.harness import Connect, authenticated, fails, limited_to, play, reach
from tests.interop.servers import Lab, Server
from xmppwire import JID
from xmppwire.stream import AuthenticationStarted, Established
from xmppwire_io.errors import AuthenticationError, ConnectError, TLSError

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
VERSIONS = [pytest.param(TLS12, id="tls1.2"), pytest.param(TLS13, id="tls1.3")]
MECHANISMS = ("PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512")
PLUS = ("SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512-PLUS")
offered = cache(probe.after_tls)


def offer(lab: Lab, server: Server, version: ssl.TLSVersion) -> probe.Offer:
    return offered(server.host, server.c2s, server.domain, lab.ca, version)


def log_in(adapter: str, address: str, check: object = None, **options: object) -> None:
    """Log in, see that the resource is bound, and let `check` look at the client."""
    resource = uuid.uuid4().hex
    full = f"{address}/{resource}" if "@" in address else address

    async def scenario(connect: Connect) -> None:
        async with connect(full, **options) as client:
            assert any(isinstance(event, Established) for event in client.negotiation)
            if "@" in address:
                assert str(client.jid) == full
            if callable(check):
                check(client)
        assert client.ended is not None
        assert client.ended.clean, client.ended

    play(adapter, scenario)


# --- the ways in ---------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6120", "5", "6", "7")
def test_starttls(lab: Lab, server: Server, adapter: str) -> None:
    def check(client: object) -> None:
        assert client.tls.version in ("TLSv1.2", "TLSv1.3")
        assert authenticated(client).mechanism.startswith("PLAIN" if server.legacy else "SCRAM-")

    log_in(adapter, f"alice@{server.domain}", check, password=lab.users["alice"], **reach(lab, server))


@pytest.mark.spec("XEP-0368", "2")
def test_direct_tls(lab: Lab, server: Server, adapter: str) -> None:
    def check(client: object) -> None:
        assert client.tls.version in ("TLSv1.2", "TLSv1.3")

    options = reach(lab, server, direct=True)
    log_in(adapter, f"bob@{server.domain}", check, password=lab.users["bob"], **options)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.spec("RFC 6120", "6.4")
def test_mechanism(lab: Lab, server: Server, adapter: str, mechanism: str, version: ssl.TLSVersion) -> None:
    if mechanism not in offer(lab, server, version).mechanisms:
        pytest.skip(f"{server.name} does not offer {mechanism}")
    options = reach(lab, server)
    del options["ca_file"]

    def check(client: object) -> None:
        assert authenticated(client).mechanism == mechanism
        assert client.tls.version == {TLS12: "TLSv1.2", TLS13: "TLSv1.3"}[version]

    log_in(
        adapter,
        f"alice@{server.domain}",
        check,
        password=lab.users["alice"],
        mechanisms=(mechanism,),
        ssl_context=limited_to(version, lab.ca),
        **options,
    )


@pytest.mark.parametrize("mechanism", PLUS)
@pytest.mark.spec("RFC 5929", "3")
def test_channel_binding_on_tls_1_2(lab: Lab, server: Server, adapter: str, mechanism: str) -> None:
    """All servers that offer -PLUS know tls-unique."""
    if mechanism not in offer(lab, server, TLS12).mechanisms:
        pytest.skip(f"{server.name} does not offer {mechanism} on TLS 1.2")
    options = reach(lab, server)
    del options["ca_file"]

    def check(client: object) -> None:
        found = authenticated(client)
        assert found.mechanism == mechanism
        assert found.binding is not None

    log_in(
        adapter,
        f"alice@{server.domain}",
        check,
        password=lab.users["alice"],
        mechanisms=(mechanism,),
        ssl_context=limited_to(TLS12, lab.ca),
        **options,
    )


@pytest.mark.parametrize("mechanism", PLUS)
@pytest.mark.spec("RFC 9266", "3")
def test_channel_binding_with_an_exporter(lab: Lab, server: Server, adapter: str, mechanism: str) -> None:
    """TLS 1.3 by a library that can export keying material."""
    pytest.importorskip("OpenSSL")
    there = offer(lab, server, TLS13)
    if mechanism not in there.mechanisms or "tls-exporter" not in (there.bindings or ()):
        pytest.skip(f"{server.name} does not offer {mechanism} with tls-exporter")

    def check(client: object) -> None:
        found = authenticated(client)
        assert (found.mechanism, found.binding) == (mechanism, "tls-exporter")
        assert client.tls.version == "TLSv1.3"

    log_in(
        adapter,
        f"alice@{server.domain}",
        check,
        password=lab.users["alice"],
        mechanisms=(mechanism,),
        exporter=True,
        **reach(lab, server),
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.spec("RFC 5802", "6")
def test_a_binding_that_is_not_at_hand_locks_nobody_out(
    lab: Lab, server: Server, adapter: str, version: ssl.TLSVersion
) -> None:
    """Whatever the server offers, the standard library's TLS finds a way in, and binds to the channel where it can."""
    there = offer(lab, server, version)
    options = reach(lab, server)
    del options["ca_file"]

    def check(client: object) -> None:
        found = authenticated(client)
        ours = {"tls-server-end-point", "tls-unique"} if version is TLS12 else {"tls-server-end-point"}
        if there.bindings is not None and there.bindings & ours:
            assert found.mechanism.endswith("-PLUS")
            assert found.binding in ours & there.bindings

    log_in(
        adapter,
        f"alice@{server.domain}",
        check,
        password=lab.users["alice"],
        ssl_context=limited_to(version, lab.ca),
        **options,
    )


@pytest.mark.spec("RFC 5802", "3")
def test_a_domain_that_keeps_keys_only(lab: Lab, server: Server, adapter: str) -> None:
    if server.hashed_domain is None:
        pytest.skip(f"{server.name} has one domain")
    log_in(adapter, f"carol@{server.hashed_domain}", password=lab.users["carol"], **reach(lab, server))


@pytest.mark.spec("RFC 5802", "3")
def test_keys_kept_from_an_earlier_login(lab: Lab, server: Server, adapter: str) -> None:
    """Where the salt stays the same they do in place of the password; where it changes, the password is still there."""
    if server.legacy:
        pytest.skip(f"{server.name} has no SCRAM")
    address = f"alice@{server.hashed_domain or server.domain}"
    options = {**reach(lab, server), "mechanisms": ("SCRAM-SHA-1", "SCRAM-SHA-256")}
    kept = []
    for _ in range(2):
        log_in(
            adapter,
            address,
            lambda client: kept.append(authenticated(client).keys),
            password=lab.users["alice"],
            keys=kept,
            **options,
        )
    first, second = kept
    assert first is not None
    assert second is not None
    if first.salt == second.salt:
        assert first == second
        log_in(adapter, address, keys=kept, **options)
    else:
        assert isinstance(fails(adapter, address, keys=kept, **options), AuthenticationError)


@pytest.mark.spec("XEP-0178", "3")
def test_external(lab: Lab, server: Server, adapter: str) -> None:
    if server.client_cert is None:
        pytest.skip(f"{server.name} has no logins by certificate")
    domain, port = server.client_cert
    certificate, key = lab.client_certs["alice"]
    # The certificates name an address in several domains, so that the server has to be told which one is meant.
    options = {**reach(lab, server), "port": port, "external": True, "authzid": JID(f"alice@{domain}")}

    def check(client: object) -> None:
        assert authenticated(client).mechanism == "EXTERNAL"

    log_in(adapter, f"alice@{domain}", check, cert_file=certificate, key_file=key, **options)


def test_external_without_a_certificate(lab: Lab, server: Server, adapter: str) -> None:
    if server.client_cert is None:
        pytest.skip(f"{server.name} has no logins by certificate")
    domain, port = server.client_cert
    error = fails(adapter, f"alice@{domain}", **{**reach(lab, server), "port": port, "external": True})
    assert isinstance(error, AuthenticationError)


@pytest.mark.spec("RFC 4505")
def test_anonymous(lab: Lab, server: Server, adapter: str) -> None:
    if server.anonymous_domain is None:
        pytest.skip(f"{server.name} has no anonymous domain")

    def check(client: object) -> None:
        assert client.jid.domainpart == server.anonymous_domain
        assert client.jid.localpart
        assert authenticated(client).mechanism == "ANONYMOUS"

    log_in(adapter, server.anonymous_domain, check, anonymous=True, **reach(lab, server))


# --- the ways that are barred --------------------------------------------------------------------------------------


@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "direct-tls"])
@pytest.mark.spec("RFC 6120", "6.5.10")
def test_wrong_password(lab: Lab, server: Server, adapter: str, direct: bool) -> None:
    error = fails(adapter, f"alice@{server.domain}", password="guessed", **reach(lab, server, direct=direct))
    assert isinstance(error, AuthenticationError)
    assert error.failure is not None
    assert error.failure.condition == "not-authorized"


def test_unknown_user(lab: Lab, server: Server, adapter: str) -> None:
    error = fails(adapter, f"nobody@{server.domain}", password="guessed", **reach(lab, server))
    assert isinstance(error, AuthenticationError)


@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "direct-tls"])
@pytest.mark.parametrize("trust", ["system", "another authority"])
@pytest.mark.spec("RFC 6120", "13.7.2")
def test_untrusted_certificate(
    lab: Lab, server: Server, adapter: str, direct: bool, trust: str, tmp_path: Path
) -> None:
    """Nothing of the login may have been sent."""
    options = reach(lab, server, direct=direct)
    del options["ca_file"]
    if trust != "system":
        certificates.make_authority(tmp_path / "ca.pem")
        options["ca_file"] = tmp_path / "ca.pem"
    error = fails(adapter, f"alice@{server.domain}", password=lab.users["alice"], **options)
    assert isinstance(error, TLSError)
    assert not any(isinstance(event, AuthenticationStarted) for event in error.events)


@pytest.mark.spec("RFC 6120", "13.7.2.1")
def test_certificate_for_another_name(lab: Lab, server: Server, adapter: str) -> None:
    options = reach(lab, server, direct=True)
    error = fails(adapter, "alice@other.test", password=lab.users["alice"], **options)
    assert isinstance(error, TLSError)
    assert not any(isinstance(event, AuthenticationStarted) for event in error.events)


@pytest.mark.spec("RFC 6120", "4.9.3.6")
def test_unknown_domain(lab: Lab, server: Server, adapter: str) -> None:
    error = fails(adapter, "alice@other.test", password=lab.users["alice"], **reach(lab, server))
    assert type(error) in (ConnectError, TLSError)
    assert not any(isinstance(event, AuthenticationStarted) for event in error.events)


@pytest.mark.spec("RFC 7590", "3.1")
def test_a_domain_without_tls(lab: Lab, server: Server, adapter: str) -> None:
    """Refused as a rule; the config may allow it, and PLAIN in the clear only by a second word."""
    domain = server.no_tls_domain
    if domain is None:
        pytest.skip(f"{server.name} has no domain where TLS is optional")
    options = {**reach(lab, server), "password": lab.users["alice"]}
    if probe.before_tls(server.host, server.c2s, domain).starttls:
        log_in(adapter, f"alice@{domain}", lambda client: client.tls.version, **options)
        return
    for unoffered in (True, False):  # asked for STARTTLS all the same, Prosody ends the stream
        error = fails(adapter, f"alice@{domain}", starttls_unoffered=unoffered, **options)
        assert type(error) is TLSError
        assert not any(isinstance(event, AuthenticationStarted) for event in error.events)
    options["require_tls"] = False

    def in_the_clear(mechanism: str) -> object:
        def check(client: object) -> None:
            assert client.tls is None
            assert authenticated(client).mechanism.startswith(mechanism)

        return check

    options["starttls_unoffered"] = False
    log_in(adapter, f"alice@{domain}", in_the_clear("SCRAM-"), **options)
    options["mechanisms"] = ("PLAIN",)
    assert isinstance(fails(adapter, f"alice@{domain}", **options), AuthenticationError)
    log_in(adapter, f"alice@{domain}", in_the_clear("PLAIN"), allow_plain_without_tls=True, **options)
