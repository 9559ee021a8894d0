"""PRECIS profiles (RFC 8264, RFC 8265)."""

from __future__ import annotations

import pytest

from xmppwire.precis import PrecisError, opaque_string, username_case_mapped, username_case_preserved


def rule_of(profile: object, text: str) -> str:
    with pytest.raises(PrecisError) as caught:
        profile(text)  # type: ignore[operator]
    assert caught.value.rule in str(caught.value)
    return caught.value.rule


@pytest.mark.spec("RFC 8265", "3.3", "3.5")
@pytest.mark.parametrize(
    ("text", "mapped", "preserved"),
    [
        ("juliet@example.com", "juliet@example.com", "juliet@example.com"),
        ("Juliet", "juliet", "Juliet"),
        ("fussball", "fussball", "fussball"),
        ("fußball", "fußball", "fußball"),
        ("Fu\u1e9eball", "fußball", "Fu\u1e9eball"),
        ("π", "π", "π"),
        ("Σ", "σ", "Σ"),
        ("σ", "σ", "σ"),
        ("ς", "ς", "ς"),
        ("ΟΔΟΣ", "οδοσ", "ΟΔΟΣ"),
        ("İ", "i\u0307", "İ"),
        ("ＡＢ１", "ab1", "AB1"),
        ("ｶﾞ", "ガ", "ガ"),
        ("e\u0301", "é", "é"),
        ("\u212a", "k", "K"),  # KELVIN SIGN: the mappings come before the check
        ("\u1100\u1161", "가", "가"),
        ("한국", "한국", "한국"),
        ("col\u00b7lecci\u00f3", "col\u00b7lecció", "col\u00b7lecció"),
        ("\u0645\u0648\u0632\u06f1", "\u0645\u0648\u0632\u06f1", "\u0645\u0648\u0632\u06f1"),
        ("\u0928\u0940\u0915\u094d\u200d", "\u0928\u0940\u0915\u094d\u200d", "\u0928\u0940\u0915\u094d\u200d"),
    ],
)
def test_user_names(text: str, mapped: str, preserved: str) -> None:
    assert username_case_mapped(text) == mapped
    assert username_case_preserved(text) == preserved
    assert username_case_mapped(mapped) == mapped
    assert username_case_preserved(preserved) == preserved


@pytest.mark.spec("RFC 8265", "3.5")
@pytest.mark.spec("RFC 8264", "9")
@pytest.mark.parametrize("profile", [username_case_mapped, username_case_preserved])
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "empty"),
        ("foo bar", "disallowed"),
        ("foo\u3000bar", "disallowed"),
        ("henry\u2163", "disallowed"),
        ("\u221e", "disallowed"),
        ("a\tb", "disallowed"),
        ("\x85", "disallowed"),
        ("\u00ad", "disallowed"),  # ignorable
        ("\u115f", "disallowed"),
        ("\u1100", "disallowed"),  # a conjoining jamo that meets no other
        ("\uffa1", "disallowed"),  # halfwidth jamo: becomes U+3131, which has a compatibility mapping
        ("\u0640", "disallowed"),  # an exception
        ("\ufdd0", "disallowed"),
        ("\U0010ffff", "disallowed"),
        ("\ue000", "disallowed"),
        ("\ud800", "disallowed"),
        ("\u0378", "unassigned"),
        ("a\u00b7a", "context"),
        ("a1\u05d0", "bidi"),
        ("1\u05d0", "bidi"),
        ("\u05d0a", "bidi"),
        ("\u05d0-", "bidi"),
        ("\u0627\u0661" + "1", "bidi"),  # both kinds of digits
    ],
)
def test_user_names_refused(profile: object, text: str, rule: str) -> None:
    assert rule_of(profile, text) == rule


def test_an_error_says_where() -> None:
    with pytest.raises(PrecisError) as caught:
        username_case_mapped("é\u221e")
    error = caught.value
    assert (error.profile, error.rule, error.position) == ("UsernameCaseMapped", "disallowed", 1)
    assert "U+221E" in str(error)
    with pytest.raises(PrecisError) as caught:
        opaque_string("")
    assert (caught.value.profile, caught.value.position) == ("OpaqueString", None)


@pytest.mark.spec("RFC 5893", "2")
@pytest.mark.parametrize(
    "text",
    ["\u05d0", "\u05d0\u05d1\u05d2", "\u05d01", "\u05d0-1", "\u0627\u064b", "\u0627\u0661", "\u05d0\u05b0\u05b1"],
)
def test_right_to_left_user_names(text: str) -> None:
    assert username_case_mapped(text) == text


@pytest.mark.spec("RFC 8265", "4.2", "4.3")
@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("correct horse battery staple", "correct horse battery staple"),
        ("Correct Horse Battery Staple", "Correct Horse Battery Staple"),
        ("πßå", "πßå"),
        ("Jack of \u2666s", "Jack of \u2666s"),
        ("foo\u1680bar\u3000\u00a0", "foo bar  "),
        (" foo", " foo"),
        ("\u2163", "\u2163"),
        ("Ａ", "Ａ"),
        ("A\u030a", "Å"),
        ("\u212b", "Å"),
        ("\u05d0a1", "\u05d0a1"),  # no directionality rule
        ("\u2000", " "),
    ],
)
def test_opaque_strings(text: str, prepared: str) -> None:
    assert opaque_string(text) == prepared
    assert opaque_string(prepared) == prepared


@pytest.mark.spec("RFC 8265", "4.3")
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "empty"),
        ("my cat is a \tby", "disallowed"),
        ("\x7f", "disallowed"),
        ("\u200b", "disallowed"),
        ("\u1161", "disallowed"),
        ("\udfff", "disallowed"),
        ("\u0378", "unassigned"),
        ("\u200c", "context"),
    ],
)
def test_opaque_strings_refused(text: str, rule: str) -> None:
    assert rule_of(opaque_string, text) == rule


# Contexts, in the profile that leaves everything else alone.


@pytest.mark.spec("RFC 5892", "A")
@pytest.mark.parametrize(
    ("allowed", "text"),
    [
        # A.1: after a virama, or where it breaks a join, with transparent marks around it
        (True, "\u0915\u094d\u200c\u0937"),
        (True, "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc"),
        (True, "\u0628\u064b\u200c\u064b\u0628"),
        (True, "\ua872\u200c\u0628"),
        (False, "\u200c\u0628"),
        (False, "\u0628\u200c"),
        (False, "\u0628\u200ca"),
        (False, "\u0627\u200c\u0628"),
        (False, "\u064b\u200c\u0628"),
        (False, "\u0628\u200c\u064b"),
        (False, "a\u200cb"),
        # A.2
        (True, "\u0915\u094d\u200d"),
        (False, "\u200d"),
        (False, "\u0628\u200d\u0628"),
        # A.3
        (True, "l\u00b7l"),
        (False, "l\u00b7"),
        (False, "\u00b7l"),
        (False, "L\u00b7L"),
        # A.4
        (True, "\u0375\u03b1"),
        (False, "\u0375"),
        (False, "\u0375a"),
        # A.5, A.6
        (True, "\u05d0\u05f3"),
        (True, "\u05d0\u05f4\u05d1"),
        (False, "\u05f3\u05d0"),
        (False, "a\u05f4"),
        # A.7
        (True, "\u30a2\u30fb\u30fb"),
        (True, "\u30fb\u3042"),
        (True, "\u30fb\u4e00"),
        (False, "\u30fb"),
        (False, "a\u30fbb"),
        # A.8, A.9
        (True, "\u0660\u0661\u0660"),
        (True, "\u06f0\u06f1"),
        (False, "\u0660\u06f0"),
        (False, "\u06f0\u0669"),
    ],
)
def test_contextual_rules(allowed: bool, text: str) -> None:
    if allowed:
        assert opaque_string(text) == text
    else:
        assert rule_of(opaque_string, text) == "context"
