"""The same bytes give the same items and the same error, however they are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.xml import xml_cases as cases
from xmppwire.xml import Element, StreamReader, XMLLimits

STRICT = XMLLimits(
    stanza_bytes=40,
    depth=3,
    elements=4,
    attributes=3,
    name_bytes=12,
    namespace_bytes=40,
    names=3,
    namespaces=2,
    header_bytes=200,
    renew_bytes=10,
)

EXPECTED = {
    "empty": "( truncated",
    "message": "( message truncated",
    "three": "( a b c truncated",
    "prefixes": "( a g truncated",
    "quotes": "( a truncated",
    "cdata": "( a b c truncated",
    "cdata-long": "( a truncated",
    "text>": "( a truncated",
    "unicode": "( a truncated",
    "deep": "( a truncated",
    "namespace-tricks": "( a a a a truncated",
    "no-namespace": "( a truncated",
    "same-as-root": "( !bad-format",
    "end": "( a ) complete",
    "end-only": "( ) complete",
    "two-ends": "( ) !not-well-formed",
    "behind-end": "( a ) !not-well-formed",
    "text-behind-end": "( ) !not-well-formed",
    "sections-behind-end": "( ) !not-well-formed",
    "second-header": "( a !restricted-xml",
    "text-first": "( !not-well-formed",
    "cdata-between": "( a !restricted-xml",
    "empty-cdata-between": "( a !restricted-xml",
    "bad-between": "( a !unsupported-encoding",
    "comment": "( a !restricted-xml",
    "comment-between": "( a !restricted-xml",
    "pi": "( a !restricted-xml",
    "pi-between": "( a !restricted-xml",
    "doctype": "( a !restricted-xml",
    "unknown-section": "( !restricted-xml",
    "entity": "( a !restricted-xml",
    "entity-attribute": "( a !restricted-xml",
    "control>-then-bad": "( a !unsupported-encoding",
    "overlong": "( a !unsupported-encoding",
    "overlong3": "( a !unsupported-encoding",
    "surrogate": "( a !unsupported-encoding",
    "beyond": "( a !unsupported-encoding",
    "continuation": "( a !unsupported-encoding",
    "latin-1": "( a !unsupported-encoding",
    "bad-in-tag": "( a !unsupported-encoding",
    "bad-in-cdata": "( a !unsupported-encoding",
    "cut-character": "( a !unsupported-encoding",
    "half-tag": "( a truncated",
    "half-end": "( a truncated",
    "half-stanza": "( a truncated",
    "half-section": "( a truncated",
    "half-bang": "( a truncated",
    "less": "( a truncated",
    "http": "( !not-well-formed",
    "nothing": "complete",
    "space": "complete",
    "no-declaration": "( a truncated",
    "space-before-header": "( a truncated",
    "space-behind-declaration": "( a truncated",
    "space-before-declaration": "!restricted-xml",
    "two-declarations": "!restricted-xml",
    "mark": "( a truncated",
    "mark-no-declaration": "( a truncated",
    "half-mark": "!unsupported-encoding",
    "declared-utf-8": "( a truncated",
    "declared-latin-1": "!unsupported-encoding",
    "declared-utf-16": "!unsupported-encoding",
    "version-1.1": "( !not-well-formed",
    "declaration-bad": "!unsupported-encoding",
    "declaration-half": "truncated",
    "declaration-upper": "!restricted-xml",
    "stylesheet": "!restricted-xml",
    "doctype-first": "!restricted-xml",
    "comment-first": "!restricted-xml",
    "comment-behind-declaration": "!restricted-xml",
    "cdata-first": "!restricted-xml",
    "nul-first": "!unsupported-encoding",
    "utf-16-le": "!unsupported-encoding",
    "utf-16-be": "!unsupported-encoding",
    "utf-16-le-no-mark": "!unsupported-encoding",
    "utf-16-be-no-mark": "!unsupported-encoding",
    "utf-32-le": "!unsupported-encoding",
    "utf-32-be": "!unsupported-encoding",
    "root-empty": "( ) complete",
    "root-empty-more": "( ) !not-well-formed",
    "root-plain": "( a ) complete",
    "root-bad": "!unsupported-encoding",
    "root-entity": "!restricted-xml",
    "root-half": "truncated",
    "root-cut-character": "!unsupported-encoding",
}
"""The documents that are not refused as `not-well-formed` at once or behind one stanza."""


@pytest.mark.spec("RFC 6120", "4.9.3.13", "4.9.3.18", "4.9.3.22", "11.1", "11.3", "11.5", "11.6", "11.7")
@pytest.mark.parametrize("name", cases.DOCUMENTS)
def test_outcome(name: str) -> None:
    outcome = cases.shape(cases.read([cases.DOCUMENTS[name]]))
    if name in EXPECTED:
        assert outcome == EXPECTED[name].split()
    else:
        assert outcome in (["(", "a", "!not-well-formed"], ["!not-well-formed"], ["(", "!not-well-formed"])


@pytest.mark.parametrize("limits", [XMLLimits(), STRICT], ids=["usual", "strict"])
@pytest.mark.parametrize("name", cases.DOCUMENTS)
def test_every_cut(name: str, limits: XMLLimits) -> None:
    data = cases.DOCUMENTS[name]
    expected = cases.read([data], limits, stepping=False)
    assert cases.read([data], limits) == expected
    assert cases.read(cases.at_each(data, b">"), limits, stepping=False) == expected
    assert cases.read(cases.at_each(data, b"<"), limits, stepping=False) == expected
    assert cases.read(cases.bytewise(data), limits) == expected
    assert cases.read(cases.bytewise(data), limits, stepping=False) == expected
    for place in range(len(data)):
        assert cases.read([data[:place], data[place:]], limits, stepping=bool(place % 2)) == expected, place


PIECES = st.sampled_from(
    [
        *[b"<", b">", b"'", b'"', b"&", b"<![CDATA[", b"]]>", b"<!--", b"<?", b"/>", b"</a>", b"<a>", b"\xff", b"\xc3"],
        *[
            b" ",
            b"\n",
            b"&#32;",
            b"&amp;",
            b"\0",
            b"<b/>",
            b"x='y'",
            b"xmlns:q='z'",
            b"\r",
            b"]",
            b"</",
            b"h:",
            b"text",
        ],
        *[cases.FOOTER, cases.HEADER, cases.DECLARATION, "é€𝄞".encode(), b"\xef\xbb\xbf"],
        *cases.CONTENT.values(),
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    content=st.lists(PIECES, max_size=8).map(b"".join),
    cuts=st.lists(st.integers(0, 400), max_size=8),
    stanza_bytes=st.integers(1, 200) | st.just(262144),
    renew_bytes=st.integers(1, 300),
    header=st.booleans(),
    stepping=st.booleans(),
)
def test_random_documents(
    content: bytes, cuts: list[int], stanza_bytes: int, renew_bytes: int, header: bool, stepping: bool
) -> None:
    data = cases.HEADER + content if header else content
    limits = XMLLimits(stanza_bytes=stanza_bytes, renew_bytes=renew_bytes)
    expected = cases.read([data], limits, stepping=False)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert cases.read(pieces, limits, stepping=stepping) == expected
    assert cases.read(cases.bytewise(data), limits, stepping=not stepping) == expected


@pytest.mark.parametrize("stepping", [True, False])
@pytest.mark.parametrize("name", cases.DOCUMENTS)
def test_the_rest_is_exact(name: str, stepping: bool) -> None:
    """Behind each item the reader can say exactly which bytes it has not delivered."""
    data = cases.DOCUMENTS[name]
    ends = item_ends(data)
    for count, end in enumerate(ends, 1):
        for pieces in ([data], list(cases.bytewise(data))):
            reader = StreamReader(XMLLimits(), stepping=stepping)
            fed = 0
            left = list(pieces)
            for _ in range(count):
                while reader.next() is None:
                    fed += len(left[0])
                    reader.feed(left.pop(0))
            assert reader.has_rest == (fed > end)
            assert 0 <= reader.buffered <= fed - end
            assert reader.take_rest() == data[end:fed]
            assert not reader.has_rest
            assert reader.buffered == 0
            reader.feed(cases.HEADER + b"<again/>")
            assert cases.shape([reader.next(), reader.next(), reader.next()]) == ["(", "again", None]


def item_ends(data: bytes) -> list[int]:
    """Where each item ends: with how few bytes it can be had."""
    ends: list[int] = []
    reader = StreamReader(XMLLimits())
    for place, byte in enumerate(cases.bytewise(data), 1):
        reader.feed(byte)
        outcome: list[object] = []
        alive = cases.drain(reader, outcome)
        ends.extend([place] * len([item for item in outcome if not isinstance(item, tuple)]))
        if not alive:
            break
    return ends


@pytest.mark.spec("RFC 6120", "4.3.3")
@pytest.mark.parametrize("stepping", [True, False])
@pytest.mark.parametrize("pieces", ["whole", "bytewise"])
def test_a_restart_begins_at_the_next_byte(stepping: bool, pieces: str) -> None:
    data = (cases.DECLARATION + cases.HEADER + b"<a/><b>x/></b>") * 3 + b"<c/>"
    reader = StreamReader(XMLLimits(), stepping=stepping)
    seen: list[object] = []
    for piece in [data] if pieces == "whole" else cases.bytewise(data):
        reader.feed(piece)
        while (item := reader.next()) is not None:
            seen.append(item)
            if isinstance(item, Element) and item.local == "b" and len(seen) < 9:
                reader.restart()
    assert cases.shape(seen) == ["(", "a", "b"] * 3 + ["c"]


def test_a_restart_in_the_middle_of_a_stanza() -> None:
    reader = StreamReader(XMLLimits(), stepping=False)
    reader.feed(cases.HEADER + b"<a/><b><c/>")
    assert cases.shape([reader.next(), reader.next(), reader.next()]) == ["(", "a", None]
    reader.feed(b"<d/>")
    assert reader.next() is None
    reader.restart()
    assert reader.has_rest
    assert cases.shape([reader.next()]) == ["("]
    assert reader.take_rest() == b"<c/><d/>"


def test_limits_hold_from_the_last_item_on() -> None:
    for stepping in (True, False):
        reader = StreamReader(XMLLimits(), stepping=stepping)
        reader.feed(cases.HEADER + b"<a/><b><c/></b><d/>")
        assert cases.shape([reader.next(), reader.next()]) == ["(", "a"]
        reader.limits = XMLLimits(depth=1)
        assert reader.limits.depth == 1
        outcome: list[object] = []
        assert not cases.drain(reader, outcome)
        assert cases.shape(outcome) == ["!policy-violation"]


def test_limits_hold_for_an_unfinished_stanza() -> None:
    reader = StreamReader(XMLLimits(depth=2), stepping=False)
    reader.feed(cases.HEADER + b"<b><c>")
    assert cases.shape([reader.next(), reader.next()]) == ["(", None]
    reader.limits = XMLLimits(depth=3)
    reader.feed(b"<d/></c></b>" + cases.FOOTER)
    assert cases.shape([reader.next()]) == ["b"]
    reader.limits = XMLLimits(depth=1)
    assert cases.shape([reader.next(), reader.next()]) == [")", None]


def test_the_mode_can_change_between_any_two_items() -> None:
    content = b"<a/>" * 20
    reader = StreamReader(XMLLimits(), stepping=False)
    reader.feed(cases.HEADER + content + cases.FOOTER)
    for number in range(22):
        assert reader.next() is not None
        reader.stepping = number % 3 == 0
    assert reader.next() is None


def test_the_same_error_again() -> None:
    reader = StreamReader(XMLLimits())
    reader.feed(b"x")
    outcome: list[object] = []
    assert not cases.drain(reader, outcome)
    assert not cases.drain(reader, outcome)
    assert outcome[0] == outcome[1]
    assert not reader.at_eof
    reader.feed_eof()
    assert not reader.at_eof
    assert not reader.truncated
