"""Bad input for every class: it decodes or is a PayloadError that says where; what decodes survives; nothing else is raised.

A few generated instances of each class are damaged in every way that the mapper knows: attributes taken away or replaced, text
where none belongs, children taken away, repeated, emptied or unknown. `-k 0203` does it for XEP-0203.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.payload.xmltext import element
from tests.protocol.definitions import all_classes
from tests.protocol.strategies import samples
from xmppwire.payload import Payload, PayloadError
from xmppwire.stanza import Message, read_stanza, write_stanza
from xmppwire.xml import Element

CLASSES = [(id_, cls) for id_, cls in all_classes() if not cls.read_only]
READ_ONLY = [(id_, cls) for id_, cls in all_classes() if cls.read_only]
BAD_VALUES = (
    "",
    " ",
    "no such value",
    "-1",
    "99999999999999999999999",
    "99999-01-01T00:00:00Z",
    "0001-01-01T00:00:00+10:00",
    "9999-12-31T23:59:59-10:00",
    "2002-09-10",
    "aGVs bG8=",
    "@",
    "a@b",
    "1e999",
    "\u2028",
)
UNKNOWN = Element(("urn:example:odd", "odd"), {"a": "b"}, ["text"])
ids = pytest.mark.parametrize("cls", [cls for _, cls in CLASSES], ids=[id_ for id_, _ in CLASSES])


def read(source: Element, cls: type[Payload]) -> Payload | PayloadError:
    """What comes of it; a fault has to say where."""
    try:
        return cls.from_element(source)
    except PayloadError as error:
        fault = error
    assert fault.path.startswith(source.local), f"the path in <{source.local}/> is {fault.path}"
    return fault


def survives(source: Element, cls: type[Payload]) -> None:
    """Decode, and if that works write and read again."""
    payload = read(source, cls)
    if isinstance(payload, PayloadError):
        return
    again = payload.to_element()
    assert cls.from_element(again) == payload
    out: list[str] = []
    payload.write(out)
    assert element("".join(out)) == again


def damaged(source: Element) -> Iterator[Element]:
    """The element with one thing wrong with it, in all ways."""
    for name in source.attributes:
        yield changed(source, attributes={key: text for key, text in source.attributes.items() if key != name})
        for text in BAD_VALUES:
            yield changed(source, attributes={**source.attributes, name: text})
    yield changed(source, attributes={**source.attributes, "odd": "1", "{urn:example:odd}odd": "1"})
    for text in BAD_VALUES:
        yield changed(source, children=[*([text] if text else []), *source.elements()])
    yield changed(source, children=[*source.children, UNKNOWN])
    yield changed(source, children=[UNKNOWN, *source.children])
    yield changed(source, children=source.children[::-1])
    for place, child in enumerate(source.children):
        before, after = source.children[:place], source.children[place + 1 :]
        yield changed(source, children=[*before, *after])
        if isinstance(child, Element):
            yield changed(source, children=[*before, child, child, *after])
            for text in BAD_VALUES:
                filled = Element(child.name, child.attributes, [text] if text else [])
                yield changed(source, children=[*before, filled, *after])
            yield changed(source, children=[*before, Element(child.name, {"odd": "1"}, [UNKNOWN]), *after])
            yield changed(source, children=[*before, Element((child.name[0], "odd"), child.attributes), *after])


def few(cls: type[Payload]) -> list[Payload]:
    """Some of the instances of `test_generated.py`."""
    return samples(cls)[::7]


def some_damage(source: Element) -> list[Element]:
    """All of it; of very much, some everywhere."""
    found = list(damaged(source))
    return found[:: len(found) * size(source) // 10_000 + 1]


def changed(
    source: Element, attributes: dict[str, str] | None = None, children: list[Element | str] | None = None
) -> Element:
    return Element(
        source.name,
        source.attributes if attributes is None else attributes,
        source.children if children is None else children,
    )


@ids
def test_damage(cls: type[Payload]) -> None:
    for payload in few(cls):
        for source in some_damage(payload.to_element()):
            survives(source, cls)


@ids
def test_what_a_class_does_not_know_is_kept(cls: type[Payload]) -> None:
    for payload in few(cls):
        source = payload.to_element()
        source.attributes["{urn:example:odd}odd"] = "1"
        decoded = cls.from_element(source)
        assert decoded != payload
        assert decoded.to_element() == source
        source.children.append(UNKNOWN)
        assert cls.from_element(source).to_element() == source


@ids
def test_ten_thousand_children(cls: type[Payload]) -> None:
    """Children that it knows, where it has any: taken, kept or refused, and in linear time."""
    found = [(child, source) for source in map(cls.to_element, few(cls)) for child in source.elements()]
    if found:
        child, source = min(found, key=lambda pair: size(pair[0]))
        if size(child) > 3:
            child = changed(child, children=[])
    else:
        source = few(cls)[0].to_element()
        child = Element((source.namespace, "odd"))
    source = changed(source, children=[*source.children, *[child] * 10_000])
    payload = read(source, cls)
    assert isinstance(payload, PayloadError) or payload.to_element() == source


def size(node: Element) -> int:
    return 1 + sum(size(child) for child in node.elements())


@ids
def test_a_bad_payload_costs_nothing_but_itself(cls: type[Payload]) -> None:
    """The stanza around it stays usable, and tells where the fault is."""
    for payload in few(cls):
        bad = next((one for one in damaged(payload.to_element()) if isinstance(read(one, cls), PayloadError)), None)
        if bad is None:
            continue
        text = write_stanza(Message("juliet@capulet.lit", "hi", payloads=[bad]))
        (child,) = element(f"<stream xmlns='jabber:client'>{text}</stream>").elements()
        message = read_stanza(child)
        assert isinstance(message, Message)
        with pytest.raises(PayloadError) as caught:
            message.get(cls)
        assert caught.value.path.startswith(f"message/{bad.local}")
        assert message.body == "hi"


@pytest.mark.parametrize("cls", [cls for _, cls in READ_ONLY], ids=[id_ for id_, _ in READ_ONLY])
def test_what_was_withdrawn_is_not_written(cls: type[Payload]) -> None:
    for payload in few(cls):
        with pytest.raises(TypeError):
            payload.to_element()
        with pytest.raises(TypeError):
            payload.write([])
