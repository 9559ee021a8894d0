"""PLAIN, EXTERNAL, ANONYMOUS and OAUTHBEARER."""

from __future__ import annotations

import json

import pytest

from tests.sasl.exchange import counting_random
from xmppwire.sasl import (
    AnonymousClient,
    AnonymousQuestion,
    AnonymousServer,
    Challenge,
    Choice,
    Condition,
    Credentials,
    ExternalClient,
    ExternalQuestion,
    ExternalServer,
    KeyRequest,
    OAuthBearerClient,
    OAuthBearerServer,
    PasswordQuestion,
    PlainClient,
    PlainServer,
    SASLError,
    SASLFailure,
    ServerMechanism,
    Success,
    TokenQuestion,
    client_mechanism,
    server_mechanism,
)


def refusal(server: ServerMechanism, message: bytes) -> Condition:
    with pytest.raises(SASLFailure) as info:
        server.start(message)
    return info.value.condition


@pytest.mark.spec("RFC 4616", "4")
def test_plain_on_the_wire() -> None:
    assert PlainClient("tim", "tanstaaftanstaaf").initial() == b"\0tim\0tanstaaftanstaaf"
    assert PlainClient("Kurt", "xipj3plmq", authzid="Ursel").initial() == b"Ursel\0Kurt\0xipj3plmq"
    # The server prepares it; what we changed it could not compare with what it has stored.
    assert PlainClient("u", "cafe\u0301").initial() == "\0u\0cafe\u0301".encode()


@pytest.mark.parametrize(("name", "password", "authzid"), [("", "x", None), ("x", "", None), ("a\0", "x", "b")])
def test_plain_that_cannot_be_sent(name: str, password: str, authzid: str | None) -> None:
    with pytest.raises(ValueError):
        PlainClient(name, password, authzid=authzid)


@pytest.mark.spec("RFC 4616", "2")
@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\0",
        b"\0\0",
        b"user\0pass",
        b"\0user\0",
        b"\0\0pass",
        b"\0user\0pass\0",
        b"\0us\xffer\0pass",
        b"x" * 10_001,
    ],
)
def test_plain_that_is_malformed(message: bytes) -> None:
    assert refusal(PlainServer(), message) is Condition.MALFORMED_REQUEST


@pytest.mark.spec("RFC 6120", "6.3.8")
def test_plain_keeps_both_identities_apart() -> None:
    server = PlainServer()
    question = server.start(b"admin@capulet.lit\0juliet\0r0m30")
    assert question == PasswordQuestion("juliet", "r0m30", "admin@capulet.lit")
    assert "r0m30" not in repr(question)
    with pytest.raises(TypeError):
        server.answer("juliet")
    with pytest.raises(TypeError):
        server.answer(None)
    assert server.answer(True) == Success("juliet", "admin@capulet.lit", None)


def test_plain_refused() -> None:
    server = PlainServer()
    server.start(b"\0juliet\0wrong")
    with pytest.raises(SASLFailure) as info:
        server.answer(False)
    assert (info.value.condition, info.value.text) == (Condition.NOT_AUTHORIZED, None)
    assert str(info.value) == "not-authorized"


@pytest.mark.spec("RFC 4422", "A")
def test_external() -> None:
    assert ExternalClient().initial() == b""
    assert ExternalClient(authzid="juliet@capulet.lit").initial() == b"juliet@capulet.lit"
    for wrong in ("", "a\0b"):
        with pytest.raises(ValueError):
            ExternalClient(authzid=wrong)
    server = ExternalServer()
    assert server.start(b"") == ExternalQuestion(None)
    with pytest.raises(TypeError):
        server.answer(True)
    with pytest.raises(ValueError):
        server.answer("")
    assert server.answer("juliet") == Success("juliet", None, None)
    assert refusal(ExternalServer(), b"a\0b") is Condition.MALFORMED_REQUEST
    assert refusal(ExternalServer(), b"\xff") is Condition.MALFORMED_REQUEST
    server = ExternalServer()
    assert server.start(b"romeo@montague.lit") == ExternalQuestion("romeo@montague.lit")
    with pytest.raises(SASLFailure) as info:
        server.answer(None)
    assert info.value.condition is Condition.NOT_AUTHORIZED


@pytest.mark.spec("RFC 4505", "2")
def test_anonymous() -> None:
    assert AnonymousClient().initial() == b""
    assert AnonymousClient(trace="sirhc").initial() == b"sirhc"
    for wrong in ("x" * 256, "a\0"):
        with pytest.raises(ValueError):
            AnonymousClient(trace=wrong)
        assert refusal(AnonymousServer(), wrong.encode()) is Condition.MALFORMED_REQUEST
    server = AnonymousServer()
    assert server.start(b"x" * 255) == AnonymousQuestion("x" * 255)
    assert server.answer("visitor") == Success("visitor", None, None)
    server = AnonymousServer()
    assert server.start(b"") == AnonymousQuestion(None)
    with pytest.raises(SASLFailure):
        server.answer(None)


@pytest.mark.parametrize(
    "client", [PlainClient("juliet", "r0m30"), ExternalClient(), AnonymousClient(trace="x")], ids=lambda c: c.name
)
def test_an_empty_challenge_is_answered_once(client: PlainClient) -> None:
    first = client.initial()
    assert client.challenge(b"") == first
    with pytest.raises(SASLError):
        client.challenge(b"")
    client.success(None)
    client.success(b"")
    assert client.keys is None
    with pytest.raises(RuntimeError):
        client.derived(KeyRequest("sha1", "x", b"x", 1).derive())


def test_a_challenge_that_asks_something_else() -> None:
    with pytest.raises(SASLError, match="no challenges"):
        PlainClient("juliet", "r0m30").challenge(b"password?")


TOKEN = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="


@pytest.mark.spec("RFC 7628", "4.1")
def test_oauthbearer_on_the_wire() -> None:
    message = (
        b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer " + TOKEN.encode() + b"\x01\x01"
    )
    client = OAuthBearerClient(TOKEN, authzid="user@example.com", host="server.example.com", port=143)
    assert client.initial() == message
    server = OAuthBearerServer()
    question = server.start(message)
    assert question == TokenQuestion(TOKEN, "user@example.com", "server.example.com", 143)
    assert TOKEN not in repr(question)
    assert server.answer("user") == Success("user", "user@example.com", None)
    client.success(None)


@pytest.mark.spec("RFC 7628", "3.2.2", "3.2.3")
def test_oauthbearer_refused() -> None:
    client = OAuthBearerClient(TOKEN)
    server = OAuthBearerServer(scope="xmpp", configuration="https://example.com/.well-known/openid-configuration")
    server.start(client.initial())
    challenge = server.answer(None)
    assert isinstance(challenge, Challenge)
    assert json.loads(challenge.data) == {
        "status": "invalid_token",
        "scope": "xmpp",
        "openid-configuration": "https://example.com/.well-known/openid-configuration",
    }
    assert client.challenge(challenge.data) == b"\x01"
    assert client.error is not None
    assert client.error["scope"] == "xmpp"
    with pytest.raises(SASLFailure) as info:
        server.response(b"\x01")
    assert info.value.condition is Condition.NOT_AUTHORIZED
    with pytest.raises(SASLError):
        client.challenge(challenge.data)
    with pytest.raises(SASLError) as error:
        client.success(None)
    assert not error.value.abort


@pytest.mark.spec("RFC 7628", "4.3")
def test_oauthbearer_without_a_token_asks_what_is_needed() -> None:
    server = OAuthBearerServer()
    step = server.start(b"n,,\x01auth=\x01\x01")
    assert step == Challenge(b'{"status": "invalid_request"}')


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"[" * 9_999, b"x" * 10_001])
def test_an_error_report_that_is_none(data: bytes) -> None:
    client = OAuthBearerClient(TOKEN)
    with pytest.raises(SASLError):
        client.challenge(data)


@pytest.mark.spec("RFC 7628", "3.1")
@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"n,,",
        b"n,,\x01\x01",
        b"n,,\x01auth=Bearer abc",
        b"n,,\x01auth=Bearer abc\x01",
        b"n,,auth=Bearer abc\x01\x01",
        b"n,,\x01auth=Bearer abc\x01\x01\x01",
        b"n,,\x01auth=Bearer abc\x01auth=Bearer abc\x01\x01",
        b"n,,\x01auth=Bearer a b\x01\x01",
        b"n,,\x01auth=Bearer a\xc3\xa4\x01\x01",
        b"n,,\x01auth=Bearer ,\x01\x01",
        b"n,,\x01auth=Basic abc\x01\x01",
        b"n,,\x01host=x\x01\x01",
        b"n,,\x01port=x\x01auth=Bearer abc\x01\x01",
        b"n,,\x01port=123456\x01auth=Bearer abc\x01\x01",
        b"n,,\x01=x\x01auth=Bearer abc\x01\x01",
        b"p=tls-unique,,\x01auth=Bearer abc\x01\x01",
        b"x,,\x01auth=Bearer abc\x01\x01",
        b"\xff",
    ],
)
def test_oauthbearer_that_is_malformed(message: bytes) -> None:
    assert refusal(OAuthBearerServer(), message) is Condition.MALFORMED_REQUEST


def test_tokens_and_hosts_that_cannot_be_sent() -> None:
    for token in ("", "a b", "a\x01b", "\u00e4"):
        with pytest.raises(ValueError):
            OAuthBearerClient(token)
    with pytest.raises(ValueError):
        OAuthBearerClient(TOKEN, host="a\x01auth=Bearer x")


def test_no_such_mechanism_or_no_credentials_for_it() -> None:
    for name in ("PLAIN", "OAUTHBEARER", "DIGEST-MD5", "SCRAM-SHA-1"):
        with pytest.raises(ValueError):
            client_mechanism(Choice(name), Credentials("juliet"), counting_random())
    with pytest.raises(ValueError):
        server_mechanism("DIGEST-MD5", [], counting_random(), plus_offered=False)
    client = client_mechanism(Choice("ANONYMOUS"), Credentials(), counting_random(), trace="me")
    assert client.initial() == b"me"


@pytest.mark.spec("RFC 6120", "6.5")
def test_the_conditions() -> None:
    assert len(Condition) == 11
    assert {str(condition) for condition in Condition} >= {"not-authorized", "temporary-auth-failure", "aborted"}
