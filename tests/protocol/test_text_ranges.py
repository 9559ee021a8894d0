"""Ranges of text: character counting (XEP-0426), fallbacks (XEP-0428), replies (XEP-0461), `/me` (XEP-0245)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppwire.payload import PayloadError
from xmppwire.protocol.character_counting import (
    clip_range,
    from_utf8,
    from_utf16,
    subsequence,
    to_utf8,
    to_utf16,
    without_ranges,
)
from xmppwire.protocol.fallback_indication import (
    Fallback,
    FallbackBody,
    FallbackSubject,
    body_without_fallback,
    strip_fallback,
    subject_without_fallback,
)
from xmppwire.protocol.me_command import action_of, present_action
from xmppwire.protocol.replies import NAMESPACE as REPLY
from xmppwire.protocol.replies import quotation, reply_body
from xmppwire.stanza import Message
from xmppwire.xml import Element

FAMILY = "\U0001f9db\U0001f3fe \U0001f468\u200d\U0001f468\u200d\U0001f466\u200d\U0001f466 \U0001f1fa\U0001f1f3"


@pytest.mark.spec("XEP-0426", "2")
@pytest.mark.parametrize(
    ("text", "points", "utf16", "utf8"),
    [("Hello, world!", 13, 13, 13), ("You & Me", 8, 8, 8), ("こんにちは世界", 7, 7, 21), (FAMILY, 13, 21, 43)],
)
def test_the_table_of_the_standard(text: str, points: int, utf16: int, utf8: int) -> None:
    assert (len(text), to_utf16(text, points), to_utf8(text, points)) == (points, utf16, utf8)
    assert from_utf16(text, utf16) == from_utf8(text, utf8) == points


@given(st.text(max_size=20), st.data())
@settings(max_examples=150, derandomize=True)
def test_offsets_there_and_back(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    assert from_utf16(text, to_utf16(text, offset)) == offset
    assert from_utf8(text, to_utf8(text, offset)) == offset
    assert to_utf16(text, offset) == len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2


def test_offsets_within_a_character_count_as_before_it() -> None:
    assert [from_utf16("a🐢b", units) for units in range(6)] == [0, 1, 1, 2, 3, 3]
    assert [from_utf8("aé🐢b", units) for units in range(10)] == [0, 1, 1, 2, 2, 2, 2, 3, 4, 4]
    assert from_utf8("a", -1) == from_utf16("a", -1) == 0


@pytest.mark.spec("XEP-0426", "3")
@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        (1, 3, "bc"),
        (0, 4, "abcd"),
        (None, None, "abcd"),
        (2, None, "cd"),
        (3, 99, "d"),
        (9, 12, ""),
        (3, 1, ""),
        (-2, 1, "a"),
    ],
)
def test_ranges_are_clipped(begin: int | None, end: int | None, expected: str) -> None:
    assert subsequence("abcd", begin, end) == expected
    first, last = clip_range("abcd", begin, end)
    assert 0 <= first <= last <= 4


def test_ranges_may_overlap() -> None:
    assert without_ranges("abcdefgh", [(4, 6), (1, 3), (2, 5)]) == "agh"
    assert without_ranges("abcdefgh", [(0, 6), (1, 2)]) == "gh"
    assert without_ranges("abc", []) == "abc"
    assert without_ranges("abc", [(2, 1), (0, None)]) == ""


@pytest.mark.spec("XEP-0461", "3.1")
def test_a_reply_with_a_fallback_of_38_characters() -> None:
    quoted, fallback = quotation("We should bake a cake", "Anna")
    assert quoted == "> Anna wrote:\n> We should bake a cake\n"
    assert fallback == Fallback(for_=REPLY, bodies=[FallbackBody(start=0, end=38)])
    message = Message("anna@example.com", f"{quoted}Great idea!", payloads=[fallback])
    assert reply_body(message) == "Great idea!"
    assert message.body == "> Anna wrote:\n> We should bake a cake\nGreat idea!"


def test_a_quotation_of_several_lines_without_an_author() -> None:
    quoted, fallback = quotation("a\n\n🐢")
    assert quoted == "> a\n> \n> 🐢\n"
    assert strip_fallback(f"{quoted}b", fallback.bodies) == "b"


def test_only_what_is_understood_is_left_out() -> None:
    message = Message("juliet@capulet.lit", "abc", payloads=[Fallback(for_="urn:one", bodies=[FallbackBody(start=1)])])
    assert body_without_fallback(message, ["urn:two"]) == "abc"
    assert body_without_fallback(message, {"urn:one"}) == "a"
    assert body_without_fallback(Message("juliet@capulet.lit"), {"urn:one"}) is None
    unnamed = Message("juliet@capulet.lit", "abc", payloads=[Fallback()])
    assert body_without_fallback(unnamed, {"urn:one"}) == "abc"
    assert body_without_fallback(unnamed, {None}) is None


@pytest.mark.spec("XEP-0428", "2.2")
def test_what_a_fallback_covers() -> None:
    def message(*payloads: Fallback) -> Message:
        return Message("juliet@capulet.lit", "abcdef", subject="uvw", payloads=payloads)

    everything = message(Fallback(for_="x"))
    assert (body_without_fallback(everything, "x"), subject_without_fallback(everything, "x")) == (None, None)
    body = message(Fallback(for_="x", bodies=[FallbackBody()]))
    assert (body_without_fallback(body, "x"), subject_without_fallback(body, "x")) == (None, "uvw")
    subject = message(Fallback(for_="x", subjects=[FallbackSubject(start=0, end=1)]))
    assert (body_without_fallback(subject, "x"), subject_without_fallback(subject, "x")) == ("abcdef", "vw")
    both = message(
        Fallback(for_="x", bodies=[FallbackBody(start=0, end=1)]),
        Fallback(for_="y", bodies=[FallbackBody(start=5, end=900)]),
    )
    assert body_without_fallback(both, ("x", "y")) == "bcde"


def test_a_range_is_of_the_body_in_its_language() -> None:
    def message(lang: str | None, start: int | None) -> Message:
        fallback = Fallback(for_="x", bodies=[FallbackBody(start=start, end=start and 2, lang=lang)])
        return Message("juliet@capulet.lit", {"en": "abc", "de": "uvw"}, lang="de", payloads=[fallback])

    assert body_without_fallback(message("de", 1), "x") == "uw"
    assert body_without_fallback(message("en", 1), "x") == "uvw"
    assert body_without_fallback(message(None, 1), "x") == "uvw"
    assert body_without_fallback(message(None, None), "x") is None


def test_a_fallback_that_does_not_decode() -> None:
    bad = Element(
        ("urn:xmpp:fallback:0", "fallback"), {}, [Element(("urn:xmpp:fallback:0", "body"), {"start": "-1"}, [])]
    )
    with pytest.raises(PayloadError, match="body"):
        body_without_fallback(Message("juliet@capulet.lit", "abc", payloads=[bad]), {"x"})


@pytest.mark.spec("XEP-0245", "2")
def test_a_me_command() -> None:
    assert action_of("/me shrugs in disgust") == "shrugs in disgust"
    assert present_action("/me shrugs in disgust", "Atlas") == "* Atlas shrugs in disgust"


@pytest.mark.spec("XEP-0245", "2")
@pytest.mark.parametrize(
    "body",
    [
        "/meshrugs in disgust",
        "/me's disgusted",
        " /me shrugs in disgust",
        '"/me shrugs in disgust"',
        "* Atlas shrugs in disgust",
        'Why did Atlas say "/me shrugs in disgust"?',
        "/me",
        "",
    ],
)
def test_what_is_no_me_command(body: str) -> None:
    assert action_of(body) is None
    assert present_action(body, "Atlas") == body
