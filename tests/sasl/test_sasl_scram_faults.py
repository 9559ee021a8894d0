"""What the halves of SCRAM refuse, message by message."""

from __future__ import annotations

import base64

import pytest

from tests.sasl.exchange import counting_random, stored
from xmppwire.sasl import (
    MAX_MESSAGE,
    Challenge,
    ChannelBinding,
    Condition,
    CredentialsQuestion,
    KeyRequest,
    SASLError,
    SASLFailure,
    ScramClient,
    ScramServer,
    StoredCredentials,
    Success,
)

NONCE = "abc"
FIRST = "r=abcdef,s=c2FsdA==,i=4096"


def new_client(**options: object) -> ScramClient:
    client = ScramClient("SCRAM-SHA-1", "user", "pencil", random=counting_random(), nonce=NONCE, **options)  # type: ignore[arg-type]
    assert client.initial() == b"n,,n=user,r=abc"
    return client


def client_at_the_end() -> ScramClient:
    client = new_client()
    request = client.challenge(FIRST.encode())
    assert isinstance(request, KeyRequest)
    client.derived(request.derive())
    return client


@pytest.mark.spec("RFC 5802", "5.1", "7")
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", "attributes"),
        (b"r=abcdef", "expected"),
        (b"r=abcdef,s=c2FsdA==", "expected"),
        (b"s=c2FsdA==,r=abcdef,i=4096", "expected"),
        (b"r=abcdef,s=c2FsdA==,i=4096,", "attributes"),
        (b"r=abcdef,s=c2FsdA==,i=4096,x=", "attributes"),
        (b"r=abcdef,s=c2FsdA==,i=4096,xy=z", "attributes"),
        (b"r=abcdef,s=c2FsdA==,i=4096,x=1,x=2", "twice"),
        (b"m=ext,r=abcdef,s=c2FsdA==,i=4096", "mandatory extension"),
        (b"r=abcdef,s=c2FsdA==,i=4096,m=ext", "mandatory extension"),
        (b"r=abc,s=c2FsdA==,i=4096", "does not extend"),
        (b"r=xyzdef,s=c2FsdA==,i=4096", "does not extend"),
        (b"r=ABCdef,s=c2FsdA==,i=4096", "does not extend"),
        (b"r=abc def,s=c2FsdA==,i=4096", "nonce"),
        (b"r=abc\xc3\xa4,s=c2FsdA==,i=4096", "nonce"),
        (b"r=abc" + b"x" * 1024 + b",s=c2FsdA==,i=4096", "nonce"),
        (b"r=abcdef,s=c2FsdA=,i=4096", "base64"),
        (b"r=abcdef,s=c2FsdA,i=4096", "base64"),
        (b"r=abcdef,s=c2FsdB==,i=4096", "base64"),
        (b"r=abcdef,s=c2 FsdA==,i=4096", "base64"),
        (b"r=abcdef,s=c2FsdA==c2FsdA==,i=4096", "base64"),
        (b"r=abcdef,s=====,i=4096", "base64"),
        (b"r=abcdef,s=\xc3\xa4,i=4096", "base64"),
        (b"r=abcdef,s=" + base64.b64encode(bytes(1025)) + b",i=4096", "salt"),
        (b"r=abcdef,s=c2FsdA==,i=4095", "iterations"),
        (b"r=abcdef,s=c2FsdA==,i=1000001", "iterations"),
        (b"r=abcdef,s=c2FsdA==,i=0", "iteration count"),
        (b"r=abcdef,s=c2FsdA==,i=04096", "iteration count"),
        (b"r=abcdef,s=c2FsdA==,i=-4096", "iteration count"),
        (b"r=abcdef,s=c2FsdA==,i=" + b"9" * 5000, "iteration count"),
        (b"r=abcdef,s=c2FsdA==,i=\xd9\xa4\xd9\xa0\xd9\xa9\xd9\xa6", "iteration count"),
        (b"r=abcdef,s=c2FsdA==,i=4096,h=!", "base64"),
        (b"\xff", "UTF-8"),
        (b"x" * (MAX_MESSAGE + 1), "too long"),
        (b"e=unknown-user", "unknown-user"),
    ],
)
def test_a_wrong_first_message_of_the_server(message: bytes, reason: str) -> None:
    client = new_client()
    with pytest.raises(SASLError, match=reason) as info:
        client.challenge(message)
    assert info.value.abort
    # Nothing mends it.
    with pytest.raises(SASLError):
        client.challenge(FIRST.encode())
    with pytest.raises(SASLError):
        client.success(None)
    assert client.keys is None


@pytest.mark.spec("RFC 5802", "5.1")
@pytest.mark.parametrize(
    "message",
    [
        FIRST,
        FIRST + ",x=unknown",
        FIRST + ",h=QQ==",
        FIRST.replace("4096", "1000000"),
        "r=abc" + "x" * 1021 + ",s=c2FsdA==,i=4096",
        "r=abcdef,s=" + base64.b64encode(bytes(1024)).decode() + ",i=4096",
    ],
)
def test_first_messages_that_are_right(message: str) -> None:
    assert isinstance(new_client().challenge(message.encode()), KeyRequest)


def test_iteration_bounds_are_arguments() -> None:
    client = new_client(min_iterations=1, max_iterations=10)
    with pytest.raises(SASLError, match="outside 1 to 10"):
        client.challenge(FIRST.encode())
    client = new_client(min_iterations=1, max_iterations=10)
    assert isinstance(client.challenge(b"r=abcdef,s=c2FsdA==,i=10"), KeyRequest)


@pytest.mark.spec("RFC 5802", "7")
@pytest.mark.parametrize(
    ("error", "condition"),
    [
        ("invalid-proof", Condition.NOT_AUTHORIZED),
        ("unknown-user", Condition.NOT_AUTHORIZED),
        ("channel-bindings-dont-match", Condition.NOT_AUTHORIZED),
        ("extensions-not-supported", Condition.MALFORMED_REQUEST),
        ("no-resources", Condition.TEMPORARY_AUTH_FAILURE),
        ("made-up", Condition.NOT_AUTHORIZED),
    ],
)
def test_an_error_as_the_final_message(error: str, condition: Condition) -> None:
    for extension in ("", ",x=more"):
        with pytest.raises(SASLError) as info:
            client_at_the_end().challenge(f"e={error}{extension}".encode())
        assert info.value.condition is condition
        assert ("made-up" not in info.value.reason) or error != "made-up"
    with pytest.raises(SASLError) as info:
        client_at_the_end().success(f"e={error}".encode())
    assert not info.value.abort


@pytest.mark.spec("RFC 6120", "6.4.6")
@pytest.mark.parametrize("data", [None, b"", b"v=", b"v=!", b"x=abc", b"\xff", b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="])
def test_success_that_proves_nothing(data: bytes | None) -> None:
    client = client_at_the_end()
    with pytest.raises(SASLError) as info:
        client.success(data)
    assert not info.value.abort
    assert client.keys is None


@pytest.mark.spec("RFC 6120", "6.4.6")
def test_success_before_the_end() -> None:
    client = new_client()
    with pytest.raises(SASLError, match="before"):
        client.success(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")
    client = new_client()
    client.challenge(FIRST.encode())
    with pytest.raises(SASLError, match="before"):
        client.success(None)


def test_success_data_after_the_server_was_verified() -> None:
    first = b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
    right = b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="
    for data, good in ((None, True), (b"", True), (right, True), (b"v=AAAA", False)):
        client = ScramClient(
            "SCRAM-SHA-1", "user", "pencil", random=counting_random(), nonce="fyko+d2lbbFgONRv9qkxdawL"
        )
        client.initial()
        request = client.challenge(first)
        assert isinstance(request, KeyRequest)
        client.derived(request.derive())
        assert client.challenge(right) == b""
        if good:
            client.success(data)
            assert client.keys is not None
            with pytest.raises(SASLError):
                client.challenge(right)
        else:
            with pytest.raises(SASLError):
                client.success(data)


def test_mistakes_of_the_caller() -> None:
    client = new_client()
    keys = KeyRequest("sha1", "pencil", b"salt", 4096).derive()
    with pytest.raises(RuntimeError):
        client.initial()
    with pytest.raises(RuntimeError):
        client.derived(keys)
    request = client.challenge(FIRST.encode())
    assert isinstance(request, KeyRequest)
    with pytest.raises(ValueError):
        client.derived(KeyRequest("sha1", "pencil", b"salz", 4096).derive())
    assert client.derived(keys).startswith(b"c=biws,r=abcdef,p=")

    binding = ChannelBinding("tls-unique", b"data")
    wrong: list[dict[str, object]] = [
        {"name": "PLAIN"},
        {"flag": "x"},
        {"flag": "p"},
        {"binding": binding},
        {"name": "SCRAM-SHA-1-PLUS"},
        {"name": "SCRAM-SHA-1", "flag": "p", "binding": binding},
        {"password": None},
        {"password": "a\0b"},
        {"password": ""},
        {"username": ""},
        {"nonce": "a,b"},
        {"nonce": ""},
        {"keys": KeyRequest("sha256", "pencil", b"salt", 1).derive()},
    ]
    for arguments in wrong:
        with pytest.raises(ValueError):
            ScramClient(**{"name": "SCRAM-SHA-1", "username": "user", "password": "x", "random": bytes, **arguments})  # type: ignore[arg-type]
    for options in ({"decoy_iterations": 0}, {"decoy_salt_size": 0}, {"nonce": " "}):
        with pytest.raises(ValueError):
            ScramServer("SCRAM-SHA-1", random=bytes, **options)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        ScramServer("PLAIN", random=bytes)


def new_server(name: str = "SCRAM-SHA-1", **options: object) -> ScramServer:
    return ScramServer(name, random=counting_random(), nonce="def", **options)  # type: ignore[arg-type]


@pytest.mark.spec("RFC 5802", "5.1", "7")
@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"n",
        b"n,",
        b"n,,",
        b"x,,n=user,r=abc",
        b"p=,,n=user,r=abc",
        b"p,,n=user,r=abc",
        b"n,a=,n=user,r=abc",
        b"n,b=x,n=user,r=abc",
        b"n,a=x=2X,n=user,r=abc",
        b"n,,n=user",
        b"n,,n=user,r=",
        b"n,,n=,r=abc",
        b"n,,r=abc,n=user",
        b"n,,n=us=er,r=abc",
        b"n,,n=us=2c,r=abc",
        b"n,,n=us=,r=abc",
        b"n,,n=us\0er,r=abc",
        b"n,,m=ext,n=user,r=abc",
        b"n,,n=user,r=abc,m=ext",
        b"n,,n=user,r=a bc",
        b"n,,n=user,r=abc\x7f",
        b"n,,n=user,r=" + b"x" * 1025,
        b"n,,n=\xff,r=abc",
        b"x" * (MAX_MESSAGE + 1),
        b"p=tls-unique,,n=user,r=abc",
    ],
)
def test_a_wrong_first_message_of_the_client(message: bytes) -> None:
    server = new_server()
    with pytest.raises(SASLFailure) as info:
        server.start(message)
    assert info.value.condition is Condition.MALFORMED_REQUEST
    assert info.value.text
    assert info.value.text in str(info.value)
    for call in (lambda: server.response(b""), lambda: server.answer(None), lambda: server.start(b"")):
        with pytest.raises(RuntimeError):
            call()


@pytest.mark.spec("RFC 5802", "6")
@pytest.mark.parametrize(
    ("name", "message", "condition"),
    [
        ("SCRAM-SHA-1-PLUS", b"n,,n=user,r=abc", Condition.MALFORMED_REQUEST),
        ("SCRAM-SHA-1-PLUS", b"y,,n=user,r=abc", Condition.MALFORMED_REQUEST),
        ("SCRAM-SHA-1-PLUS", b"p=tls-other,,n=user,r=abc", Condition.NOT_AUTHORIZED),
        ("SCRAM-SHA-1-PLUS", b"p=TLS-UNIQUE,,n=user,r=abc", Condition.NOT_AUTHORIZED),
        ("SCRAM-SHA-1", b"p=tls-unique,,n=user,r=abc", Condition.MALFORMED_REQUEST),
        ("SCRAM-SHA-1", b"y,,n=user,r=abc", Condition.NOT_AUTHORIZED),
    ],
)
def test_a_flag_that_does_not_fit(name: str, message: bytes, condition: Condition) -> None:
    server = new_server(name, bindings=[ChannelBinding("tls-unique", b"data")], plus_offered=True)
    with pytest.raises(SASLFailure) as info:
        server.start(message)
    assert info.value.condition is condition


def server_at_the_end() -> ScramServer:
    server = new_server()
    assert server.start(b"n,,n=user,r=abc") == CredentialsQuestion("user", "sha1")
    step = server.answer(StoredCredentials.from_password("pencil", b"salt", 4096, "sha1"))
    assert step == Challenge(FIRST.encode())
    return server


def right_final() -> bytes:
    client = new_client()
    request = client.challenge(FIRST.encode())
    assert isinstance(request, KeyRequest)
    return client.derived(request.derive())


@pytest.mark.spec("RFC 5802", "5.1", "7")
def test_a_wrong_final_message_of_the_client() -> None:
    right = right_final()
    success = server_at_the_end().response(right)
    assert isinstance(success, Success)
    assert success.authcid == "user"
    proof = right.rpartition(b",p=")[2]
    malformed = [
        b"",
        b"c=biws,r=abcdef",
        right + b",x=1",
        right.replace(b"c=biws", b"c=bi ws"),
        right.replace(b"c=biws,", b""),
        b"m=ext," + right,
        right.replace(b",p=", b",m=ext,p="),
        right.replace(proof, b"QUJD"),
        right.replace(proof, b"!"),
        right[:-1],
        b"\xff" + right,
        b"x" * (MAX_MESSAGE + 1),
    ]
    refused = [
        right.replace(b"c=biws", b"c=eSws"),
        right.replace(b"r=abcdef", b"r=abcdeg"),
        right.replace(b"r=abcdef", b"r=abc"),
        right.replace(b",p=", b",x=y,p="),
        right.replace(proof, base64.b64encode(bytes(20))),
    ]
    for messages, condition in ((malformed, Condition.MALFORMED_REQUEST), (refused, Condition.NOT_AUTHORIZED)):
        for message in messages:
            with pytest.raises(SASLFailure) as info:
                server_at_the_end().response(message)
            assert info.value.condition is condition, message


def test_wrong_answers_leave_the_exchange_untouched() -> None:
    server = new_server()
    server.start(b"n,,n=user,r=abc")
    with pytest.raises(RuntimeError):
        server.start(b"n,,n=user,r=abc")
    with pytest.raises(RuntimeError):
        server.response(b"")
    for wrong in (True, "pencil"):
        with pytest.raises(TypeError):
            server.answer(wrong)
    with pytest.raises(ValueError):
        server.answer(stored("pencil", "sha256"))
    assert isinstance(server.answer(stored("pencil", "sha1")), Challenge)
    with pytest.raises(RuntimeError):
        server.answer(None)


def test_nothing_follows_success() -> None:
    server = server_at_the_end()
    assert isinstance(server.response(right_final()), Success)
    with pytest.raises(RuntimeError):
        server.response(b"")
    with pytest.raises(RuntimeError):
        server.answer(None)
