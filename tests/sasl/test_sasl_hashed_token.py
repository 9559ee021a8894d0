"""The HT mechanisms: one message each way, bound to token, mechanism and connection."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from xmppwire.sasl import (
    HT_MECHANISMS,
    BindingPolicy,
    ChannelBinding,
    Condition,
    HashedTokenClient,
    HashedTokenServer,
    Policy,
    SASLError,
    SASLFailure,
    ht_acceptable,
)

pytestmark = pytest.mark.spec("XEP-0484", "3.1")

TOKEN = "secret-token:fast-Oeie4nmlUoLHXca_YLkjwkEBgCEKKHKCArT8"
BINDINGS = tuple(ChannelBinding(kind, b"data of " + kind.encode()) for kind in HT_MECHANISMS.values() if kind)


def binding_of(name: str) -> ChannelBinding | None:
    return next((binding for binding in BINDINGS if binding.type == HT_MECHANISMS[name]), None)


def by_the_book(message: bytes) -> bytes:
    """HMAC as RFC 2104 writes it, for a key shorter than a block."""
    key = TOKEN.encode().ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).digest()


@pytest.mark.parametrize("name", HT_MECHANISMS)
def test_both_halves_say_what_the_draft_says(name: str) -> None:
    binding = binding_of(name)
    data = b"" if binding is None else binding.data
    client = HashedTokenClient(name, "jül", TOKEN, binding)
    server = HashedTokenServer(name, BINDINGS)
    initial = client.initial()
    assert initial == "jül".encode() + b"\0" + by_the_book(b"Initiator" + data)
    assert server.start(initial) == "jül"
    assert server.matches(TOKEN)
    assert not server.matches(TOKEN + "x")
    proof = server.proof(TOKEN)
    assert proof == by_the_book(b"Responder" + data) == hmac.digest(TOKEN.encode(), b"Responder" + data, "sha256")
    client.success(proof)
    assert client.keys is None


@pytest.mark.parametrize("proof", [None, b"", b"x" * 32, by_the_book(b"Initiator")])
def test_a_server_that_does_not_know_the_token_is_not_believed(proof: bytes | None) -> None:
    client = HashedTokenClient("HT-SHA-256-NONE", "juliet", TOKEN)
    client.initial()
    with pytest.raises(SASLError) as caught:
        client.success(proof)
    assert not caught.value.abort


def test_success_before_anything_was_sent_is_not_believed() -> None:
    with pytest.raises(SASLError):
        HashedTokenClient("HT-SHA-256-NONE", "juliet", TOKEN).success(by_the_book(b"Responder"))


def test_there_are_no_challenges() -> None:
    client = HashedTokenClient("HT-SHA-256-NONE", "juliet", TOKEN)
    client.initial()
    with pytest.raises(SASLError) as caught:
        client.challenge(b"")
    assert caught.value.abort


@pytest.mark.parametrize(
    "message", [None, b"", b"juliet", b"\0" + b"x" * 32, b"juliet\0" + b"x" * 31, b"\xff\0" + b"x" * 32, b"x" * 10_001]
)
def test_a_message_that_is_none(message: bytes | None) -> None:
    with pytest.raises(SASLFailure) as caught:
        HashedTokenServer("HT-SHA-256-NONE").start(message)
    assert caught.value.condition is Condition.MALFORMED_REQUEST


def test_a_hash_holds_for_one_connection_only() -> None:
    here, there = ChannelBinding("tls-exporter", b"here"), ChannelBinding("tls-exporter", b"there")
    server = HashedTokenServer("HT-SHA-256-EXPR", [there])
    server.start(HashedTokenClient("HT-SHA-256-EXPR", "juliet", TOKEN, here).initial())
    assert not server.matches(TOKEN)


@pytest.mark.parametrize(
    ("name", "binding", "username", "token"),
    [
        ("HT-SHA-256-EXPR", None, "juliet", TOKEN),
        ("HT-SHA-256-NONE", BINDINGS[0], "juliet", TOKEN),
        ("HT-SHA-256-UNIQ", BINDINGS[0], "juliet", TOKEN),
        ("HT-SHA-1-NONE", None, "juliet", TOKEN),
        ("HT-SHA-256-NONE", None, "", TOKEN),
        ("HT-SHA-256-NONE", None, "a\0b", TOKEN),
        ("HT-SHA-256-NONE", None, "juliet", ""),
    ],
)
def test_what_cannot_be_sent(name: str, binding: ChannelBinding | None, username: str, token: str) -> None:
    with pytest.raises(ValueError, match=r"HT mechanism|a name without NUL"):
        HashedTokenClient(name, username, token, binding)


@pytest.mark.parametrize("name", ["HT-SHA-256-EXPR", "HT-SHA-1-NONE", "PLAIN"])
def test_a_server_has_the_binding(name: str) -> None:
    with pytest.raises(ValueError, match="not possible"):
        HashedTokenServer(name)


def test_the_best_mechanism_that_is_offered_possible_and_allowed() -> None:
    every = list(HT_MECHANISMS)
    assert ht_acceptable(every, BINDINGS, Policy()) == every
    assert ht_acceptable(every, (), Policy()) == ["HT-SHA-256-NONE"]
    assert ht_acceptable(["HT-SHA-256-NONE", "HT-SHA-256-ENDP", "HT-SHA3-512-ENDP"], BINDINGS, Policy()) == [
        "HT-SHA-256-ENDP",
        "HT-SHA-256-NONE",
    ]
    assert ht_acceptable(every, BINDINGS, Policy(channel_binding=BindingPolicy.REQUIRE)) == every[:-1]
    assert ht_acceptable(every, BINDINGS, Policy(channel_binding=BindingPolicy.IGNORE)) == ["HT-SHA-256-NONE"]
    assert ht_acceptable([], BINDINGS, Policy()) == []
