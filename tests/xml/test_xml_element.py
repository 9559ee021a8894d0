"""Elements as values."""

from __future__ import annotations

import pytest

from xmppwire.xml import XML_LANG, XML_NAMESPACE, Element, XMLError, check_name

NAME = ("urn:x", "a")


def test_parts() -> None:
    child, other = Element(("urn:x", "b"), {"n": "1"}), Element(("", "c"))
    element = Element(NAME, {"d": "e", XML_LANG: "de"}, ["x", child, "y", other, child])
    assert (element.namespace, element.local, element.text) == ("urn:x", "a", "xy")
    assert (element.get("d"), element.get("z"), element.get("z", "w")) == ("e", None, "w")
    assert element.get(f"{{{XML_NAMESPACE}}}lang") == "de"
    assert element.find(("urn:x", "b")) is child
    assert element.find(("urn:y", "b")) is None
    assert element.find_all(("urn:x", "b")) == [child, child]
    assert element.find_all(("urn:x", "c")) == []
    assert list(element.elements()) == [child, other, child]
    assert repr(element) == "<Element {urn:x}a attributes=2 children=5>"
    assert repr(other) == "<Element c attributes=0 children=0>"


def test_an_element_alone() -> None:
    element = Element(NAME)
    assert (element.attributes, element.children, element.prefixes, element.text) == ({}, [], None, "")
    element.append("x")
    element.append(Element(NAME))
    assert element.children == ["x", Element(NAME)]
    with pytest.raises(TypeError):
        iter(element)  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        hash(element)


def test_equality() -> None:
    inner = Element(("", "b"))
    element = Element(NAME, {"c": "d"}, ["xy", inner, "z"])
    assert element == Element(NAME, {"c": "d"}, ["x", "", "y", inner, "", "z", ""], {"p": "urn:p"})
    assert element != Element(("urn:y", "a"), {"c": "d"}, ["xy", inner, "z"])
    assert element != Element(NAME, {"c": "e"}, ["xy", inner, "z"])
    assert element != Element(NAME, {"c": "d"}, ["xy", "z", inner])
    assert element != "a"


def test_a_copy_shares_nothing() -> None:
    element = Element(NAME, {"c": "d"}, ["x", Element(("", "b"), {}, [], {"q": "urn:q"})], {"p": "urn:p"})
    copy = element.copy()
    assert copy == element
    assert copy.prefixes == {"p": "urn:p"}
    copy.attributes["c"] = "e"
    assert copy.prefixes is not None
    copy.prefixes["r"] = "urn:r"
    (child,) = copy.elements()
    child.append("y")
    copy.append("z")
    assert element == Element(NAME, {"c": "d"}, ["x", Element(("", "b"))])
    assert element.prefixes == {"p": "urn:p"}


def test_an_error_says_what_it_is() -> None:
    error = XMLError("not-well-formed", "a tag is missing")
    assert (str(error), error.condition, error.text) == (
        "not-well-formed: a tag is missing",
        "not-well-formed",
        "a tag is missing",
    )


def test_many_names_can_be_checked() -> None:
    for number in range(5000):
        check_name(f"a{number}")
    check_name("a" * 200)
    with pytest.raises(ValueError):
        check_name("a b")
