"""STARTTLS and direct TLS (RFC 6120 section 5, RFC 7590, XEP-0368): nothing secret in the clear, nothing injected."""

from __future__ import annotations

import pytest

from tests.pair import World
from tests.stream.streams import (
    AUTH_PLAIN,
    CLIENT_HEADER,
    HEADER,
    PROCEED,
    STARTTLS,
    Solo,
    client_config,
    client_in_tls,
    features,
    mechanisms,
    pair,
    plain,
    server_config,
    server_in_tls,
)
from xmppwire.stream import (
    CertificateExpired,
    EndReason,
    Established,
    FeaturesReceived,
    LocalProtocolError,
    Phase,
    StreamErrorSent,
    TLSInfo,
    TLSRequested,
)

TLS_FAILURE = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


@pytest.mark.spec("RFC 7590", "3.1")
def test_starttls_is_tried_where_it_is_not_offered() -> None:
    solo = Solo(client_config())
    solo.feed(HEADER, features(mechanisms("PLAIN")))
    assert solo.sent().endswith(STARTTLS)
    solo.feed(TLS_FAILURE + "</stream:stream>")
    assert solo.ended.reason is EndReason.TLS_FAILED
    assert "<auth" not in solo.sent()


@pytest.mark.spec("RFC 7590", "3.1")
@pytest.mark.parametrize("answer", ["error", "close", "lost"])
def test_a_server_that_ends_the_stream_when_asked_has_refused_tls(answer: str) -> None:
    solo = Solo(client_config())
    solo.feed(HEADER, features(mechanisms("PLAIN")))
    if answer == "error":
        condition = "<unsupported-stanza-type xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        solo.feed(f"<stream:error>{condition}</stream:error></stream:stream>")
        assert solo.ended.error is not None
        assert "unsupported-stanza-type" in solo.ended.text
    elif answer == "close":
        solo.feed("</stream:stream>")
    else:
        solo.end_of_file()
    assert solo.ended.reason is EndReason.TLS_FAILED
    assert solo.ended.text.startswith("the server does not offer STARTTLS")


def test_a_server_that_offers_tls_may_have_other_reasons_to_end() -> None:
    solo = Solo(client_config())
    solo.feed(HEADER, features(STARTTLS), "</stream:stream>")
    assert solo.ended.reason is EndReason.PEER_CLOSE
    solo = Solo(client_config())
    solo.feed(HEADER, features(mechanisms("PLAIN")))
    solo.engine.close(solo.now)
    solo.end_of_file()
    assert solo.ended.reason is EndReason.LOCAL_CLOSE


def test_starttls_is_not_tried_unoffered_if_the_config_says_so() -> None:
    solo = Solo(client_config(starttls_unoffered=False))
    solo.feed(HEADER, features(mechanisms("PLAIN")))
    assert STARTTLS not in solo.sent()
    solo.end_of_file()
    assert solo.ended.reason is EndReason.TLS_FAILED


def test_plaintext_only_if_the_config_allows_it() -> None:
    solo = Solo(client_config(**plain()))
    solo.feed(HEADER, features(mechanisms("PLAIN")))
    assert "mechanism='PLAIN'" in solo.sent()


def test_a_login_without_tls_is_refused_whatever_the_features_are() -> None:
    from xmppwire.stream.features import ResourceBinding, SASLNegotiation

    solo = Solo(client_config(features=[SASLNegotiation(), ResourceBinding()]))
    solo.feed(HEADER, features(mechanisms("PLAIN")), "</stream:stream>")
    assert "<auth" not in solo.sent()
    assert solo.ended.reason is EndReason.TLS_FAILED
    server = Solo(server_config(features=[SASLNegotiation(), ResourceBinding()]))
    server.feed(CLIENT_HEADER)
    assert "<mechanisms" not in server.sent()


@pytest.mark.spec("RFC 6120", "5.4.3.3")
@pytest.mark.parametrize("rest", [" ", "<stream:features/>", "\n", HEADER])
def test_client_takes_no_bytes_in_the_clear_behind_proceed(rest: str) -> None:
    solo = Solo(client_config())
    solo.feed(HEADER, features(STARTTLS))
    solo.sent()
    solo.feed(PROCEED + rest)
    assert solo.error == "policy-violation"
    assert not any(isinstance(event, TLSRequested) for event in solo.events)


@pytest.mark.parametrize("rest", [" ", AUTH_PLAIN, CLIENT_HEADER])
def test_server_takes_no_bytes_in_the_clear_behind_starttls(rest: str) -> None:
    solo = Solo(server_config())
    solo.feed(CLIENT_HEADER, STARTTLS + rest)
    sent = solo.sent()
    assert PROCEED not in sent
    assert sent.endswith(TLS_FAILURE + "</stream:stream>")
    solo.end_of_file()
    assert solo.ended.reason is EndReason.TLS_FAILED
    assert not any(isinstance(event, TLSRequested) for event in solo.events)


def test_bytes_in_two_pieces_behind_starttls_are_no_better() -> None:
    solo = Solo(server_config())
    solo.feed(CLIENT_HEADER)
    solo.engine.receive_data(STARTTLS.encode(), 0)
    solo.engine.receive_data(b"<auth/>", 0)
    solo.pull()
    assert PROCEED not in solo.sent()


@pytest.mark.spec("RFC 6120", "5.3.4")
def test_features_learned_before_tls_are_forgotten() -> None:
    solo = Solo(client_config())
    solo.feed(HEADER, features(STARTTLS, mechanisms("PLAIN")), PROCEED)
    solo.tls()
    solo.sent()
    solo.feed(HEADER, features(mechanisms("SCRAM-SHA-1")))
    assert "mechanism='SCRAM-SHA-1'" in solo.sent()
    second = [event for event in solo.events if isinstance(event, FeaturesReceived)][1]
    assert len(second.features) == 1


def test_starttls_is_not_offered_twice() -> None:
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER)
    assert "starttls" not in solo.sent()
    solo.feed(STARTTLS)
    assert TLS_FAILURE in solo.sent()


def test_server_without_tls_on_offer() -> None:
    solo = Solo(server_config(offer_tls=False, **plain()))
    solo.feed(CLIENT_HEADER)
    assert "starttls" not in solo.sent()


@pytest.mark.spec("RFC 6120", "6.3.4")
def test_mechanisms_are_offered_after_tls_only() -> None:
    solo = Solo(server_config())
    solo.feed(CLIENT_HEADER)
    assert "mechanism" not in solo.sent()
    solo.feed(AUTH_PLAIN)
    assert solo.error == "unsupported-stanza-type"


def test_nothing_enters_the_output_while_tls_is_negotiated() -> None:
    for solo in (Solo(client_config()), Solo(server_config())):
        solo.feed(HEADER if solo.engine.config.__class__.__name__ == "ClientConfig" else CLIENT_HEADER)
        solo.feed(features(STARTTLS) if "Client" in type(solo.engine.config).__name__ else STARTTLS)
        if "Client" in type(solo.engine.config).__name__:
            solo.feed(PROCEED)
        solo.sent()
        assert solo.engine.phase is Phase.TLS_HANDSHAKE
        with pytest.raises(LocalProtocolError):
            solo.engine.receive_data(b"x", solo.now)
        solo.wait(59)
        assert solo.sent() == ""
        solo.wait(2)
        assert solo.sent() == ""
        assert solo.ended.reason is EndReason.TLS_FAILED


def test_a_failed_handshake_ends_the_stream_without_a_byte() -> None:
    solo = Solo(client_config())
    solo.feed(HEADER, features(STARTTLS), PROCEED)
    solo.sent()
    solo.engine.tls_failed("certificate verify failed", solo.now)
    solo.pull()
    assert solo.ended.reason is EndReason.TLS_FAILED
    assert solo.ended.text == "certificate verify failed"
    assert solo.sent() == ""


def test_the_transport_may_end_instead_of_the_handshake() -> None:
    solo = Solo(client_config())
    solo.feed(HEADER, features(STARTTLS), PROCEED)
    solo.end_of_file()
    assert solo.ended.reason is EndReason.TLS_FAILED


def test_close_during_the_handshake() -> None:
    solo = Solo(client_config())
    solo.feed(HEADER, features(STARTTLS), PROCEED)
    solo.sent()
    solo.engine.close(solo.now)
    solo.pull()
    assert solo.ended.reason is EndReason.LOCAL_CLOSE
    assert solo.sent() == ""


@pytest.mark.spec("XEP-0368", "2")
def test_direct_tls_asks_for_tls_before_any_byte() -> None:
    for config in (client_config(direct_tls=True), server_config(direct_tls=True)):
        solo = Solo(config)
        assert isinstance(solo.events[0], TLSRequested)
        assert solo.sent() == ""
    world, wire = pair(client_config(direct_tls=True), server_config(direct_tls=True))
    world.settle()
    assert wire.client.one(Established).jid == wire.server.one(Established).jid
    assert b"starttls" not in wire.client.sent + wire.server.sent


def test_wrong_server_answers_to_starttls() -> None:
    solo = Solo(client_config())
    solo.feed(HEADER, features(STARTTLS), "<foo xmlns='bar'/>")
    assert solo.error == "unsupported-stanza-type"


@pytest.mark.spec("RFC 6120", "13.7.2.3")
def test_a_certificate_that_expires_on_a_long_stream() -> None:
    world = World()
    world.client_tls = TLSInfo(version="TLSv1.3", peer_expires=world.now + 5000)
    world, wire = pair(world=world)
    world.settle()
    world.advance(4000)
    assert not wire.client.of(CertificateExpired)
    world.advance(2000)
    assert len(wire.client.of(CertificateExpired)) == 1
    assert wire.client.engine.phase is Phase.ESTABLISHED
    assert not wire.server.of(CertificateExpired)


def test_answers_to_tls_that_nobody_asked_for() -> None:
    solo = client_in_tls()
    with pytest.raises(LocalProtocolError):
        solo.engine.tls_established(TLSInfo(version="TLSv1.3"), solo.now)
    with pytest.raises(LocalProtocolError):
        solo.engine.tls_failed("no", solo.now)
    other = Solo(client_config(direct_tls=True))
    question = other.one(TLSRequested)
    with pytest.raises(LocalProtocolError):
        other.engine.answer(question, TLSInfo(version="TLSv1.3"), 0)
    with pytest.raises(LocalProtocolError):
        other.engine.refuse(question, "not-authorized", 0)
    with pytest.raises(LocalProtocolError):
        other.engine.tls_established("yes", 0)  # type: ignore[arg-type]
    assert other.engine.phase is Phase.TLS_HANDSHAKE
    assert not any(isinstance(event, StreamErrorSent) for event in other.events)
