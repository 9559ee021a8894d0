"""SASLprep, derived keys and stored credentials."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppwire.sasl import KeyRequest, PreparationError, ScramKeys, StoredCredentials, saslprep

SIZES = {"sha1": 20, "sha256": 32, "sha512": 64}


@pytest.mark.spec("RFC 4013", "3")
@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
        ("caf\u0065\u0301", "caf\u00e9"),
        ("\u0627\u0628", "\u0627\u0628"),
        ("p\U0001f600w", "p\U0001f600w"),
    ],
)
def test_saslprep(text: str, prepared: str) -> None:
    assert saslprep(text) == prepared


@pytest.mark.spec("RFC 4013", "2.3")
@pytest.mark.parametrize(
    "text",
    ["", "\u0007", "a\u007f", "\u06271", "\u0627a\u0628", "\u00ad", "\u0085x", "\ue000", "\ufffe", "\ud800", "\u200ex"],
)
def test_saslprep_refuses(text: str) -> None:
    with pytest.raises(PreparationError) as info:
        saslprep(text)
    assert len(text) < 2 or text not in str(info.value)


@given(st.text(st.characters(max_codepoint=126, min_codepoint=32), min_size=1))
def test_saslprep_leaves_ascii_alone(text: str) -> None:
    assert saslprep(text) == text


@pytest.mark.parametrize("algorithm", SIZES)
def test_keys_and_what_is_stored_of_them(algorithm: str) -> None:
    keys = KeyRequest(algorithm, "pencil", b"salt", 4096).derive()
    assert len(keys.client_key) == len(keys.stored_key) == SIZES[algorithm]
    stored = StoredCredentials.from_password("pencil", b"salt", hash=algorithm)
    assert keys.credentials() == stored
    assert stored.verify("pencil")
    assert not stored.verify("Pencil")
    assert not stored.verify("")


@pytest.mark.spec("RFC 5802", "2.2")
def test_two_spellings_of_one_password_give_one_key() -> None:
    stored = StoredCredentials.from_password("caf\u00e9", b"salt")
    assert stored.verify("cafe\u0301")


def test_secrets_do_not_show() -> None:
    request = KeyRequest("sha256", "pencil", b"salt", 4096)
    keys = request.derive()
    for shown in (repr(request), repr(keys), repr(keys.credentials())):
        assert "pencil" not in shown
        assert "_key" not in shown


@pytest.mark.parametrize(
    "wrong",
    [{"hash": "md5"}, {"salt": b""}, {"iterations": 0}, {"server_key": b"short"}],
)
def test_wrong_keys_cannot_be_made(wrong: dict[str, object]) -> None:
    keys = KeyRequest("sha256", "pencil", b"salt", 4096).derive()
    with pytest.raises(ValueError):
        dataclasses.replace(keys, **wrong)
    with pytest.raises(ValueError):
        dataclasses.replace(keys.credentials(), **wrong)


def test_keys_of_the_wrong_size() -> None:
    with pytest.raises(ValueError):
        ScramKeys("sha256", b"salt", 1, b"1" * 20, b"2" * 32)
    with pytest.raises(ValueError):
        StoredCredentials.from_password("pencil", b"salt", hash="md5")
