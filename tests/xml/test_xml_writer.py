"""What is written reads as the same again, and is no longer than it must be."""

from __future__ import annotations

import json
from xml.etree.ElementTree import canonicalize

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support import shared_dir
from tests.xml import xml_cases as cases
from xmppwire.xml import (
    XML_LANG,
    XML_NAMESPACE,
    Element,
    StreamReader,
    StreamStart,
    XMLCharacterError,
    XMLError,
    XMLLimits,
    escape_attribute,
    escape_text,
    write_element,
)

STREAMS = "http://etherx.jabber.org/streams"
HEADER = f"<stream:stream xmlns='jabber:client' xmlns:stream='{STREAMS}'>"
WIDE = XMLLimits(depth=200, name_bytes=4000, namespace_bytes=40_000)


def parse(text: str) -> Element:
    reader = StreamReader(WIDE, stepping=False)
    reader.feed((HEADER + text).encode())
    assert isinstance(reader.next(), StreamStart)
    element = reader.next()
    assert isinstance(element, Element)
    assert not reader.has_rest
    return element


@pytest.mark.parametrize(
    ("element", "written"),
    [
        (Element(("jabber:client", "message")), "<message/>"),
        (Element(("", "message")), "<message xmlns=''/>"),
        (Element(("urn:x", "x"), {"a": "b"}, ["t"]), "<x xmlns='urn:x' a='b'>t</x>"),
        (
            Element((STREAMS, "features"), None, [Element(("jabber:client", "a"))]),
            "<stream:features><a/></stream:features>",
        ),
        (
            Element((STREAMS, "error"), None, [Element(("urn:x", "a"), None, [Element(("urn:x", "b"))])]),
            "<stream:error><a xmlns='urn:x'><b/></a></stream:error>",
        ),
        (Element(("jabber:client", "a"), {XML_LANG: "de"}), "<a xml:lang='de'/>"),
        (Element(("jabber:client", "a"), {"{urn:x}b": "c"}), "<a xmlns:ns0='urn:x' ns0:b='c'/>"),
        (Element(("jabber:client", "a"), {"{urn:{}x}b": "c"}), "<a xmlns:ns0='urn:{}x' ns0:b='c'/>"),
        (
            Element(("jabber:client", "a"), {"{urn:x}b": "c"}, None, {"ns0": "urn:y", "p": "urn:x"}),
            "<a xmlns:ns0='urn:y' xmlns:p='urn:x' p:b='c'/>",
        ),
        (
            Element(("jabber:client", "a"), {"{urn:x}b": "c"}, None, {"ns0": "urn:y"}),
            "<a xmlns:ns0='urn:y' xmlns:ns1='urn:x' ns1:b='c'/>",
        ),
        (Element(("urn:p", "a"), None, [Element(("urn:p", "b"))], {"p": "urn:p"}), "<p:a xmlns:p='urn:p'><p:b/></p:a>"),
        (Element(("jabber:client", "a"), None, ["", Element(("jabber:client", "b")), ""]), "<a><b/></a>"),
        (Element(("jabber:client", "a"), None, [""]), "<a/>"),
        (Element(("jabber:client", "a"), None, None, {"stream": STREAMS, "xml": XML_NAMESPACE}), "<a/>"),
        (
            Element(("jabber:client", "a"), {"b": "'\"<>&\t\n\r"}, ["'\"<>&\t\n\r]]>"]),
            "<a b='&apos;&quot;&lt;&gt;&amp;&#9;&#10;&#13;'>'\"&lt;&gt;&amp;\t\n&#13;]]&gt;</a>",
        ),
    ],
)
def test_written(element: Element, written: str) -> None:
    assert write_element(element, "jabber:client") == written
    assert parse(written) == element


def test_a_prefix_that_hides_another() -> None:
    inner = Element((STREAMS, "x"), {"{urn:x}a": "b"}, None, None)
    outer = Element(("urn:x", "o"), None, [inner], {"stream": "urn:x"})
    written = write_element(outer, "jabber:client")
    assert written == f"<stream:o xmlns:stream='urn:x'><x xmlns='{STREAMS}' stream:a='b'/></stream:o>"
    assert parse(written) == outer


def test_without_a_stream() -> None:
    assert write_element(Element((STREAMS, "error")), prefixes={}) == f"<error xmlns='{STREAMS}'/>"
    assert write_element(Element(("urn:x", "a")), prefixes={"urn:x": "y"}) == "<y:a/>"


@pytest.mark.parametrize("character", ["\0", "\x08", "\x0b", "\x1f", chr(0xD800), chr(0xDFFF), "\ufffe", "\uffff"])
@pytest.mark.spec("RFC 6120", "11.3")
def test_characters_that_xml_cannot_carry(character: str) -> None:
    for text in (character, f"x{character}", f"\n{character}\n"):
        with pytest.raises(XMLCharacterError):
            escape_text(text)
        with pytest.raises(ValueError):
            escape_attribute(text)


@pytest.mark.parametrize(
    "text", ["", "x", "\x7f\x85\u2028", "é\u20ac\U0001f600", "\ufffd\ufeff\ue000\U0010ffff", "\t\n\r"]
)
def test_characters_that_it_can(text: str) -> None:
    element = Element(("a", "b"), {"c": text}, [text])
    assert parse(write_element(element)) == element


@pytest.mark.parametrize(
    "element",
    [
        Element(("a", "")),
        Element(("a", "b c")),
        Element(("a", "b:c")),
        Element(("a", "1")),
        Element(("a", "b\ud800")),
        Element(("a", "b"), {"": "c"}),
        Element(("a", "b"), {"c d": "e"}),
        Element(("a", "b"), {"c:d": "e"}),
        Element(("a", "b"), {"xmlns": "e"}),
        Element(("a", "b"), {"{c}": "e"}),
        Element(("a", "b"), {"{c}d/": "e"}),
        Element(("a", "b"), {"{c": "e"}),
        Element(("a", "b"), {"{}c": "e"}),
        Element(("a", "b"), None, None, {"": "c"}),
        Element(("a", "b"), None, None, {"c ": "c"}),
        Element(("a", "b"), None, None, {"c": ""}),
        Element(("a", "b"), None, None, {"xmlns": "c"}),
        Element(("a\0", "b")),
        Element(("a", "b"), {"{\0}c": "d"}),
        Element(("http://www.w3.org/2000/xmlns/", "b")),
        Element(("a", "b"), {"{http://www.w3.org/2000/xmlns/}c": "d"}),
        Element(("a", "b"), None, None, {"c": "http://www.w3.org/2000/xmlns/"}),
        Element(("a", "b"), None, None, {"c": "http://www.w3.org/XML/1998/namespace"}),
    ],
)
def test_what_is_no_xml(element: Element) -> None:
    with pytest.raises(XMLCharacterError):
        write_element(element)


CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
    lambda c: c >= " " or c in "\t\n\r"
)
TEXT = st.text(CHARACTERS, max_size=12)
LOCAL = st.sampled_from(["a", "b", "é", "a-b.c", "_", "xmlns1"])
NAMESPACE = st.sampled_from(["", "jabber:client", "urn:x", "urn:y z", "urn:}x", "{", "\n", STREAMS, "'&<>"]) | TEXT
BOUND = NAMESPACE.filter(bool)
ATTRIBUTES = st.dictionaries(
    LOCAL | st.just(XML_LANG) | st.builds(lambda namespace, local: f"{{{namespace}}}{local}", BOUND, LOCAL),
    TEXT,
    max_size=3,
)
PREFIXES = st.none() | st.dictionaries(st.sampled_from(["p", "q", "ns0", "stream", "é"]), BOUND, max_size=3)
ELEMENTS = st.recursive(
    st.builds(Element, st.tuples(NAMESPACE, LOCAL), ATTRIBUTES, st.lists(TEXT, max_size=2), PREFIXES),
    lambda inner: st.builds(
        Element, st.tuples(NAMESPACE, LOCAL), ATTRIBUTES, st.lists(TEXT | inner, max_size=4), PREFIXES
    ),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None)
@given(ELEMENTS)
def test_round_trip(element: Element) -> None:
    written = write_element(element, "jabber:client")
    again = parse(written)
    assert again == element
    assert parse(write_element(again, "jabber:client")) == element
    assert element.copy() == element


def canonical(stanza: str) -> str:
    return canonicalize(HEADER + stanza + "</stream:stream>", rewrite_prefixes=True)


@settings(max_examples=60, deadline=None)
@given(ELEMENTS)
def test_canonical_form_survives(element: Element) -> None:
    written = write_element(element, "jabber:client")
    assume("}" not in written)  # ElementTree takes no such namespace
    assert canonical(write_element(parse(written), "jabber:client")) == canonical(written)


@pytest.mark.parametrize("name", ["message", "quotes", "cdata-long", "text>", "unicode", "deep", "no-namespace"])
def test_what_came_in_goes_out(name: str) -> None:
    text = cases.CONTENT[name].decode()
    assert canonical(write_element(parse(text), "jabber:client")) == canonical(text)


def test_prefixes_survive() -> None:
    """Values can refer to prefixes, which no reader can know (QNames in content)."""
    text = "<p:a xmlns:p='urn:p' xmlns:q='urn:q' p:b='q:c'><d xmlns='urn:d' xmlns:p='urn:r'>p:e</d><f/></p:a>"
    assert write_element(parse(text), "jabber:client") == text


def test_examples_of_the_standards() -> None:
    path = shared_dir() / "corpus" / "examples.jsonl"
    count = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        example = json.loads(line)
        if example["kind"] != "fragment" or example["restricted_xml"] or example["top_text"]:
            continue
        reader = StreamReader(XMLLimits(), stepping=False)
        reader.feed((HEADER + example["xml"]).encode())
        assert isinstance(reader.next(), StreamStart)
        try:
            while isinstance(element := reader.next(), Element):
                written = write_element(element, "jabber:client")
                assert parse(written) == element
                count += 1
        except XMLError:
            # Some use a prefix that the stream is meant to declare.
            assert ":" in example["xml"]
    assert count > 1000
