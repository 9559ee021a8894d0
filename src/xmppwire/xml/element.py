"""An XML element with a namespace (Namespaces in XML 1.0): what arrives, and what is written.

Names are pairs of namespace and local name. Attributes without a prefix have no namespace, and stand in the dictionary
under their plain name; the others under `{namespace}local`. Children and text keep the order of the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.etree import ElementTree as ET

Name: TypeAlias = tuple[str, str]
"""Namespace (empty for none) and local name."""

Node: TypeAlias = ET.Element
"""An element in a tree of the standard library."""

XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
"""The attribute `xml:lang` (RFC 6120, sections 4.7.4 and 8.1.5)."""


class Element:
    """One element: a name, attributes, and children and text in document order.

    `prefixes` are the prefixes declared on the element itself (prefix to namespace), or None. They are kept because text
    and attribute values can refer to them (a QName in content); they count for nothing in a comparison.

    `node` is the tree that the children are made of when they are first asked for, and None from then on (`xml.node`).
    """

    __slots__ = ("attributes", "children", "name", "node", "prefixes")

    def __init__(
        self,
        name: Name,
        attributes: dict[str, str] | None = None,
        children: list[Element | str] | None = None,
        prefixes: dict[str, str] | None = None,
    ) -> None:
        self.name: Name = name
        self.attributes: dict[str, str] = {} if attributes is None else attributes
        self.children: list[Element | str] = [] if children is None else children
        self.prefixes: dict[str, str] | None = prefixes
        self.node: Node | None = None

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Make the children when they are first asked for, if they are still in the tree that arrived (`xml.node`)."""
            if name != "children":
                raise AttributeError(f"an Element has no attribute {name!r}")
            from xmppwire.xml.node import children_of

            self.children = children = children_of(self.node)
            self.node = None
            return children

    @property
    def namespace(self) -> str:
        """The namespace of the element's name; empty for none."""
        return self.name[0]

    @property
    def local(self) -> str:
        """The local part of the element's name."""
        return self.name[1]

    @property
    def text(self) -> str:
        """The text directly inside this element, joined; that of its children is left out."""
        return "".join([child for child in self.children if isinstance(child, str)])

    def get(self, attribute: str, default: str | None = None) -> str | None:
        """The value of an attribute, by plain name or `{namespace}local`."""
        return self.attributes.get(attribute, default)

    def find(self, name: Name) -> Element | None:
        """The first child element of that name."""
        for child in self.children:
            if not isinstance(child, str) and child.name == name:
                return child
        return None

    def find_all(self, name: Name) -> list[Element]:
        """All child elements of that name, in order."""
        return [child for child in self.children if not isinstance(child, str) and child.name == name]

    def elements(self) -> Iterator[Element]:
        """The child elements, in order."""
        return (child for child in self.children if not isinstance(child, str))

    def append(self, child: Element | str) -> None:
        """Add an element or text behind the other children."""
        self.children.append(child)

    def copy(self) -> Element:
        """A copy that shares nothing that can change."""
        return Element(
            self.name,
            dict(self.attributes),
            [child if isinstance(child, str) else child.copy() for child in self.children],
            None if self.prefixes is None else dict(self.prefixes),
        )

    def __eq__(self, other: object) -> bool:
        """The same name, attributes and content; how text is divided and which prefixes are used makes no difference."""
        if not isinstance(other, Element):
            return NotImplemented
        if self.name != other.name or self.attributes != other.attributes:
            return False
        return self.children == other.children or merged(self.children) == merged(other.children)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        namespace, local = self.name
        shown = f"{{{namespace}}}{local}" if namespace else local
        return f"<Element {shown} attributes={len(self.attributes)} children={len(self.children)}>"


def merged(children: list[Element | str]) -> list[Element | str]:
    """Children with adjacent text joined and empty text left out."""
    result: list[Element | str] = []
    run: list[str] = []
    for child in children:
        if isinstance(child, str):
            run.append(child)
            continue
        if text := "".join(run):
            result.append(text)
        run.clear()
        result.append(child)
    if text := "".join(run):
        result.append(text)
    return result
