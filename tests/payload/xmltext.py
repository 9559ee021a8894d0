"""Elements from text, by a parser that is not ours."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from xmppwire.xml import Element


def element(text: str) -> Element:
    """The element that `text` is."""
    return _converted(ET.fromstring(text))


def _converted(node: ET.Element) -> Element:
    children: list[Element | str] = [node.text] if node.text else []
    for child in node:
        children.append(_converted(child))
        if child.tail:
            children.append(child.tail)
    namespace, _, local = node.tag.rpartition("}")
    return Element((namespace[1:], local), dict(node.attrib), children)


def without_blanks(given: Element) -> Element:
    """The element without text that is white space only."""
    children = [child if isinstance(child, str) else without_blanks(child) for child in given.children]
    return Element(
        given.name,
        dict(given.attributes),
        [child for child in children if not (isinstance(child, str) and child.isspace())],
    )
