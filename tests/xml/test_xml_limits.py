"""Each limit at its edge; time and memory that do not run away."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.bench import memory, workload, xml_reader
from tests.xml import xml_cases as cases
from xmppwire.xml import Element, StreamReader, XMLLimits

USUAL = XMLLimits()


def verdict(stanza: bytes, limits: XMLLimits, header: bytes = b"<s xmlns:h='urn:h'>") -> str:
    """Whether a stanza is accepted, the same for different cuts."""
    data = header + stanza
    verdicts = {
        cases.shape(outcome)[-1]
        for outcome in (
            cases.read([data], limits),
            cases.read([data], limits, stepping=False),
            cases.read(cases.bytewise(data), limits, stepping=False),
            cases.read([data[:-1], data[-1:]], limits, stepping=False),
        )
    }
    assert len(verdicts) == 1
    return str(verdicts.pop())


def nested(levels: int) -> bytes:
    return b"<a>" * levels + b"</a>" * levels


def many(count: int) -> bytes:
    return b"<a>" + b"<b/>" * (count - 1) + b"</a>"


def attributes(count: int) -> bytes:
    return b"<a " + b" ".join(b"b%d=''" % number for number in range(count)) + b"/>"


def known_attributes(count: int) -> bytes:
    """Attributes that were all seen before, a few at a time."""
    names = [b" b%d=''" % number for number in range(count)]
    return b"".join(b"<c%s/>" % name for name in names) + b"<c" + b"".join(names) + b"/>"


def text(size: int) -> bytes:
    return b"<a>" + b"x" * (size - 7) + b"</a>"


def attribute(size: int) -> bytes:
    return b"<a b='" + b">" * (size - 9) + b"'/>"


def pieces(size: int) -> bytes:
    return b"<a>" + b"<b/>" * ((size - 7) // 4) + b"x" * ((size - 7) % 4) + b"</a>"


def section(size: int) -> bytes:
    return b"<a><![CDATA[" + b"<" * (size - 19) + b"]]></a>"


def behind_another(size: int) -> bytes:
    return b"<a/>" + b" " * 300 + text(size) + b"<b/>"


def names(count: int) -> bytes:
    return b"<a>" + b"".join(b"<b%d/>" % number for number in range(count - 1)) + b"</a>"


def namespaces(count: int) -> bytes:
    return b"<a>" + b"".join(b"<b xmlns='urn:%d'/>" % number for number in range(count - 1)) + b"</a>"


def prefixes(count: int) -> bytes:
    return b"<a" + b"".join(b" xmlns:p%d='urn:%d'" % (number, number) for number in range(count - 1)) + b"/>"


@pytest.mark.spec("RFC 6120", "4.9.3.14", "13.12")
@pytest.mark.parametrize(
    ("make", "limits", "most"),
    [
        *[
            (make, XMLLimits(stanza_bytes=size), size)
            for make in (text, attribute, pieces, section, behind_another)
            for size in (60, 4095, 4096, 4097, 10_000)
        ],
        (nested, XMLLimits(depth=1), 1),
        (nested, XMLLimits(depth=5), 5),
        (nested, USUAL, USUAL.depth),
        (many, XMLLimits(elements=1), 1),
        (many, XMLLimits(elements=7), 7),
        (many, XMLLimits(elements=1500), 1500),
        (many, XMLLimits(elements=3000), 3000),
        (attributes, XMLLimits(attributes=1), 1),
        (attributes, USUAL, USUAL.attributes),
        (known_attributes, USUAL, USUAL.attributes),
        (known_attributes, XMLLimits(attributes=3), 3),
        (lambda size: b"<" + b"a" * size + b"/>", USUAL, USUAL.name_bytes),
        (lambda size: b"<a " + b"b" * size + b"=''/>", USUAL, USUAL.name_bytes),
        (lambda size: b"<" + "é".encode() * (size // 2) + b"a" * (size % 2) + b"/>", XMLLimits(name_bytes=10), 10),
        (lambda size: b"<a xmlns:" + b"p" * size + b"='x'/>", USUAL, USUAL.name_bytes),
        (lambda size: b"<a xmlns='" + b"n" * size + b"'/>", USUAL, USUAL.namespace_bytes),
        (lambda size: b"<a xmlns:p='" + b"n" * size + b"'/>", USUAL, USUAL.namespace_bytes),
        (names, XMLLimits(names=5), 5),
        (names, XMLLimits(names=1500), 1500),
        (namespaces, XMLLimits(namespaces=4), 4),
        (namespaces, XMLLimits(namespaces=500), 500),
        (prefixes, XMLLimits(namespaces=4), 4),
    ],
)
def test_limit(make: Callable[[int], bytes], limits: XMLLimits, most: int) -> None:
    assert verdict(make(most), limits) == "truncated"
    assert verdict(make(most + 1), limits) == "!policy-violation"


@pytest.mark.parametrize("declaration", [b"", cases.DECLARATION])
def test_header_limit(declaration: bytes) -> None:
    data = declaration + cases.HEADER
    assert verdict(b"", XMLLimits(header_bytes=len(data)), data) == "truncated"
    assert verdict(b"", XMLLimits(header_bytes=len(data) - 1), data) == "!policy-violation"
    assert verdict(b"", XMLLimits(attributes=2), data) == "!policy-violation"
    assert verdict(b"", XMLLimits(name_bytes=5), data) == "!policy-violation"
    assert verdict(b"", XMLLimits(namespace_bytes=20), data) == "!policy-violation"


def test_an_endless_declaration() -> None:
    limits = XMLLimits(header_bytes=100)
    assert verdict(b"", limits, b"<?xml " + b" " * 200) == "!policy-violation"
    assert verdict(b"", limits, b"<?xml " + b" " * 90) == "truncated"


@pytest.mark.spec("RFC 6120", "4.6.1")
def test_white_space_counts_for_nothing() -> None:
    reader = StreamReader(XMLLimits(stanza_bytes=30))
    reader.feed(cases.HEADER + b" " * 100_000 + b"<a/>")
    assert cases.shape([reader.next(), reader.next(), reader.next()]) == ["(", "a", None]
    reader.feed(b"\n" * 100)
    assert reader.has_rest
    assert reader.next() is None
    assert reader.has_rest
    assert reader.buffered == 0


def test_a_refused_stanza_costs_nothing_but_its_beginning() -> None:
    """What a limit refuses is refused as soon as it is exceeded, not when it is complete."""
    reader = StreamReader(XMLLimits(stanza_bytes=100))
    reader.feed(cases.HEADER + b"<a b='" + b"x" * 94)
    assert cases.shape([reader.next(), reader.next()]) == ["(", None]
    reader.feed(b"x")
    outcome: list[object] = []
    assert not cases.drain(reader, outcome)
    assert cases.shape(outcome) == ["!policy-violation"]


def test_renewal_changes_nothing() -> None:
    stanzas = workload.stanzas(3, 300)
    data = workload.HEADER + b"".join(stanzas) + b"<stream:error/><h/>" + workload.FOOTER
    limits = replace(USUAL, renew_bytes=1000)
    outcome = cases.read(workload.chunks(data), limits, stepping=False)
    assert outcome == cases.read([data], USUAL, stepping=False)
    assert len(outcome) == 306


def seconds(data: bytes, size: int) -> float:
    """The least time of three that reading takes, in pieces of some size."""
    best = 1e9
    gc.disable()
    limits = XMLLimits(stanza_bytes=10**8, elements=10**7)
    for _ in range(3):
        reader = StreamReader(limits, stepping=False)
        reader.feed(b"<s>")
        begin = time.process_time()
        for piece in workload.chunks(data, size):
            reader.feed(piece)
            while reader.next() is not None:
                pass
        best = min(best, time.process_time() - begin)
    gc.enable()
    return best


SHAPES: dict[str, tuple[bytes, bytes, bytes]] = {
    "attribute": (b"<a b='", b">>>>", b"'/>"),
    "attribute of quotes": (b"<a b='", b'">', b"'/>"),
    "unfinished attribute": (b"<a b='", b"xxxx", b""),
    "sections": (b"<a>", b"<![CDATA[>]]>", b"</a>"),
    "sections and elements": (b"<a>", b"<![CDATA[>]]><b/>", b"</a>"),
    "one section": (b"<a><![CDATA[", b"]]<", b"]]></a>"),
    "elements": (b"<a>", b"<b c='d'/>", b"</a>"),
    "text": (b"<a>", b"text", b"</a>"),
    "text of >": (b"<a>", b">>>>", b"</a>"),
    "line ends": (b"<a>", b"\r\n", b"</a>"),
    "references": (b"<a>", b"&amp;", b"</a>"),
    "marks": (b"<a>", b"!?", b"</a>"),
    "white space": (b"", b"    ", b"<a/>"),
    "stanzas": (b"", b"<a>b</a>", b""),
}


@pytest.mark.parametrize("size", [1, 50, 4096, 10**9])
@pytest.mark.parametrize("shape", SHAPES)
def test_time_is_linear(shape: str, size: int) -> None:
    """Four times the bytes cost nowhere near the sixteen times that a square would."""
    begin, middle, end = SHAPES[shape]
    amount = {1: 3_000, 50: 25_000}.get(size, 60_000)

    def document(length: int) -> bytes:
        return begin + middle * (length // len(middle)) + end

    ratios: list[float] = []
    for _ in range(4):
        ratios.append(seconds(document(4 * amount), size) / seconds(document(amount), size))
        if ratios[-1] < 6:
            return
    pytest.fail(f"four times the bytes cost {min(ratios):.1f} times the time")


def test_fresh_names_leave_nothing_behind() -> None:
    reader = StreamReader(XMLLimits(renew_bytes=64 * 1024), stepping=False)
    reader.feed(workload.HEADER)
    assert reader.next() is not None
    memory.pump(reader, 0, 10_000)
    gc.collect()
    tracemalloc.start()
    try:
        memory.pump(reader, 10_000, 20_000)
        gc.collect()
        left = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert left < 4 * 2**20, left


def test_the_workload_is_what_it_says() -> None:
    stanzas = workload.stanzas(1, 2000)
    assert workload.stanzas(1, 2000) == stanzas
    assert workload.stanzas(2, 2000) != stanzas
    chats = [stanza for stanza in stanzas if b"receipts" in stanza]
    assert 900 < len(chats) < 1100
    assert 330 < sum(map(len, chats)) / len(chats) < 370
    outcome = cases.read([workload.HEADER + b"".join(stanzas) + workload.FOOTER], stepping=False)
    assert sum(isinstance(item, Element) for item in outcome) == 2000


def test_the_baseline_counts_the_same_stanzas(monkeypatch: pytest.MonkeyPatch) -> None:
    data = workload.chunks(workload.stream(1, 500))
    assert xml_reader.pull_parser(data) == xml_reader.reader(data) == xml_reader.stepping(data) == 500
