"""Whatever stands in an element that a definition claims: it decodes or it is a PayloadError, and what decodes survives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import xmppwire.protocol  # noqa: F401 (fills the registry)
from tests.payload.xmltext import element
from xmppwire.payload import PayloadError, known
from xmppwire.stanza import Message, read_stanza, write_stanza
from xmppwire.xml import XML_LANG, Element, Name

CLASSES = {name: cls for name, cls in known().items() if cls.__module__.startswith("xmppwire.")}
NAMES: list[Name] = sorted(CLASSES)
LOCALS = [
    "item",
    "group",
    "feature",
    "identity",
    "jid",
    "resource",
    "optional",
    "forwarded",
    "delay",
    "message",
    "name",
]
ATTRIBUTES = [
    "id",
    "jid",
    "from",
    "by",
    "stamp",
    "node",
    "ver",
    "hash",
    "var",
    "category",
    "type",
    "ask",
    "complete",
    "odd",
    XML_LANG,
]
VALUES = st.sampled_from(
    ["", "a@b", "1", "true", "2010-07-10T23:08:25Z", "both", "get", "@", "x y", "\u2028", "99999-01-01T00:00:00Z"]
)


def elements(names: st.SearchStrategy[Name], depth: int) -> st.SearchStrategy[Element]:
    """Elements of these names, with what could stand in them and what could not."""
    inner = st.tuples(
        st.sampled_from([name[0] for name in NAMES] + ["jabber:client", "urn:other"]), st.sampled_from(LOCALS)
    )
    child: st.SearchStrategy[Element | str] = VALUES | st.just("\n ")
    if depth:
        child = child | elements(inner | st.sampled_from(NAMES), depth - 1)
    return st.builds(
        Element, names, st.dictionaries(st.sampled_from(ATTRIBUTES), VALUES, max_size=5), st.lists(child, max_size=4)
    )


@given(elements(st.sampled_from(NAMES), 2))
def test_any_content(source: Element) -> None:
    cls = CLASSES[source.name]
    payload, fault = None, None
    try:
        payload = cls.from_element(source)
    except PayloadError as error:
        fault = error
    if payload is None:
        assert fault is not None
        assert fault.path.startswith(source.local)
        return
    again = payload.to_element()
    assert cls.from_element(again) == payload
    out: list[str] = []
    payload.write(out)
    assert element("".join(out)) == again
    stanza = Message("a@b", payloads=[payload])
    back = element(f"<stream xmlns='jabber:client'>{write_stanza(stanza)}</stream>").children[0]
    assert isinstance(back, Element)
    assert read_stanza(back).get(cls) == payload


def valid(name: Name) -> Element:
    """An element of the name with the attributes that its definition requires."""
    attributes = {"id": "1", "by": "a@b", "stamp": "2010-07-10T23:08:25Z", "node": "n", "ver": "v"}
    children: list[Element | str] = []
    if name[1] == "result":
        children.append(Element(("urn:xmpp:forward:0", "forwarded")))
    return Element(name, attributes, children)


@pytest.mark.parametrize("name", NAMES, ids=str)
def test_unknown_content_is_kept_by_every_definition(name: Name) -> None:
    source = valid(name)
    source.attributes["{urn:other}odd"] = "1"
    source.children.append(Element(("urn:other", "odd"), {"a": "b"}, ["text"]))
    payload = CLASSES[name].from_element(source)
    assert payload.to_element() == source
    out: list[str] = []
    payload.write(out)
    assert element("".join(out)) == source
