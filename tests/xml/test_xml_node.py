"""Stanzas whose children stay in the trees that the standard library builds, and everything that must not go that way."""

from __future__ import annotations

import copy
import random

import pytest

from tests.bench import workload
from xmppwire.xml import Element, StreamReader, XMLError, XMLLimits

HEADER = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
BODY = ("jabber:client", "body")


def read(data: bytes, cuts: list[int], stepping: bool) -> list[object]:
    """The items of a stream that is cut there, with the error that ends it. While stepping, `Builder` is on its own."""
    reader = StreamReader(XMLLimits(), stepping=stepping)
    found: list[object] = []
    try:
        for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            reader.feed(data[begin:end])
            while (item := reader.next()) is not None:
                found.append(item)
    except XMLError as error:
        found.append((error.condition, error.text))
    return found


def only(stanza: bytes) -> Element:
    item = read(HEADER + stanza, [], False)[-1]
    assert isinstance(item, Element)
    return item


@pytest.mark.parametrize("pieces", [1, 3, 40, 700, 4000])
def test_the_same_stanzas_however_they_are_cut(pieces: int) -> None:
    draw = random.Random(pieces)
    data = workload.stream(2, 300)
    cuts = sorted(draw.sample(range(1, len(data)), pieces - 1))
    assert read(data, cuts, False) == read(data, cuts, True)


PLAIN = [
    b"<message/>",
    b"<message><body>one &amp; two</body> <thread>x</thread>\n</message>",
    b"<iq id='1' type='get' xml:lang='en'><query xmlns='urn:example' xml:lang=''/></iq>",
    b"<message><body>" + b"a long text " * 100 + b"</body></message>",
    b"<message><body>what! who? &#33;</body></message>",
    b"<message><stream:stream/></message>",
    b"<a>" * 64 + b"</a>" * 64,
    b"<a " + b" ".join(b"a%d=''" % number for number in range(64)) + b"/>",
    b"<" + b"n" * 256 + b"/>",
]


@pytest.mark.parametrize("stanza", PLAIN)
def test_children_are_made_when_they_are_asked_for(stanza: bytes) -> None:
    item = only(stanza)
    assert item.node is not None
    assert item == read(HEADER + stanza, [], True)[-1]
    assert item.node is None


BRACE = b"<stream:stream xmlns='urn:a}b' xmlns:stream='http://etherx.jabber.org/streams'>"


@pytest.mark.parametrize("header", [HEADER, BRACE])
def test_a_brace_in_a_namespace(header: bytes) -> None:
    """New versions of expat refuse one that could be taken for the end of the namespace; it is a name like others."""
    data = header + b"<message/><message xmlns='urn:}example}'><b}/></message>"
    assert read(data, [], False) == read(data, [], True)
    data = header + b"<message/><message xmlns='urn:}example}' a='}'><b/></message><message/></stream:stream>"
    assert len(items := read(data, [], False)) == 5
    assert items == read(data, [], True)


OTHERS = [
    b"<message><x:y xmlns:x='urn:example' z='x:w'/></message>",
    b"<message><body><![CDATA[<b/>]]> and more</body></message>",
    b"<message/>&#32;<message/>",
    b"<message/> text <message/>",
    b"<message><!-- no --></message>",
    b"<message/><?no no?>",
    b"<message><body></message>",
    b"<message a='1' a='2'/>",
    b"<message><p:q/></message>",
    b"<message><body>\xff</body></message>",
    b"<message><body>\xed\xa0\x80</body></message>",
    b"<message/><stream:stream>",
    b"<message/></stream:stream> ",
    b"<message/></stream:stream><message/>",
    b'<message/></stream:stream>"<>',
    b"<message/></stream:stream>'<>",
    b'</stream:stream>"<>',
    b'<message/><iq/></stream:stream>"<>',
    b"<message><probe xmlns=''/></message></stream:stream>\"<>",
    b"<message>" + b"<a>" * 64,
    b"<message>" + b"<a>" * 64 + b"</a>" * 64 + b"</message>",
    b"<a " + b" ".join(b"a%d=''" % number for number in range(65)) + b"/>",
    b"<message><" + b"n" * 257 + b"/></message>",
    b"<message " + b"n" * 257 + b"=''/>",
    b"<message><a xmlns='" + b"n" * 1025 + b"'/></message>",
    b"<message><body>" + b"text " * 4000 + b"</body></message>",
    b"<message>" + b"<a/>" * 10_000 + b"</message>",
]


@pytest.mark.parametrize("stanza", OTHERS)
@pytest.mark.parametrize("size", [1, 50, 10**6])
def test_what_is_not_plain_is_judged_as_ever(stanza: bytes, size: int) -> None:
    data = HEADER + b"<presence/>" + stanza + b"<iq/>"
    cuts = list(range(size, len(data), size)) if size > 1 or len(data) < 2000 else []
    assert read(data, cuts, False) == read(data, [], True)


@pytest.mark.parametrize("taken", range(6))
def test_the_rest_begins_behind_the_last_stanza(taken: int) -> None:
    stanzas = [b"<a/>", b"<b>&gt;<c d='/>'/>x</b>", b" \n<c/>", b"<d></d>", b"<e f='>'>></e> ", b"<g><g/></g>"]
    reader = StreamReader(XMLLimits(), stepping=False)
    reader.feed(HEADER + b"".join(stanzas) + b"<unfinished><x/>")
    for _ in range(1 + taken):
        assert reader.next() is not None
    rest = b"".join(stanzas[taken:]) + b"<unfinished><x/>"
    if taken == 5:
        rest = b" " + rest
    assert reader.has_rest
    assert reader.buffered in (len(rest), len(rest) - len(b"<unfinished><x/>"))
    assert reader.take_rest() == rest


def test_fresh_names_leave_the_lane_alone() -> None:
    reader = StreamReader(XMLLimits(renew_bytes=4096), stepping=False)
    reader.feed(HEADER)
    assert reader.next() is not None
    for number in range(3000):
        reader.feed(b"<a%d b%d='c'><d/></a%d>" % (number, number, number))
        assert reader.next() == Element(
            ("jabber:client", f"a{number}"), {f"b{number}": "c"}, [Element(("jabber:client", "d"))]
        )


def test_an_element_can_be_copied_before_it_is_looked_at() -> None:
    item = only(b"<message id='1'><body>x</body></message>")
    twin = copy.deepcopy(item)
    found = twin.find(BODY)
    assert found is not None
    found.append("y")
    assert item.copy() == item
    assert item != twin
    with pytest.raises(AttributeError, match="child"):
        item.child  # type: ignore[attr-defined]  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("stepping", [False, True])
def test_new_limits_hold_for_what_the_old_ones_refused(stepping: bool) -> None:
    """A fault that was found ahead of the program's place counts for nothing before the program is there."""
    reader = StreamReader(XMLLimits(depth=3), stepping=stepping)
    reader.feed(HEADER + b"<message/>" + b"<iq>" * 4 + b"</iq>" * 4)
    assert reader.next() is not None
    assert reader.next() == Element(("jabber:client", "message"))
    reader.limits = XMLLimits()
    item = reader.next()
    assert isinstance(item, Element) and item.name == ("jabber:client", "iq")
