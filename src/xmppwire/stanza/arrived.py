"""Stanzas whose content is still in the tree that arrived (`xmppwire.xml.node`): decoding from it, and leaving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from xmppwire.xml import Element
from xmppwire.xml.element import Node
from xmppwire.xml.node import element_of

Decoded: TypeAlias = tuple[Element | Node, Any] | dict[int, tuple[Element | Node, Any]]
"""What was decoded, each with what it was decoded from: one pair, or pairs by the id of that."""

NOT_PLAIN = (ValueError, KeyError)
"""What `from_node` raises, if it does not return None, where `from_element` has to take a look."""

_readers: list[Callable[[Element | Node], Any]] = []


def use_reader(read: Callable[[Element | Node], Any]) -> None:
    """Name the function that reads a stanza of any kind; its module needs those of the kinds, and they need it."""
    _readers[:] = [read]


def read_stanza(source: Element | Node) -> Any:
    """The stanza that an element or a node is. Raises ValueError."""
    return _readers[0](source)


def from_node(cls: Any, node: Node) -> Any:
    """Decode a node the short way, or if that cannot be, by way of an element. Raises ValueError."""
    try:
        payload = cls.from_node(node)
    except NOT_PLAIN:
        payload = None
    return cls.from_element(element_of(node)) if payload is None else payload


def carried_over(decoded: Decoded, node: Node, children: list[Element | str]) -> Decoded:
    """What was decoded from the children of a node, with the elements among those that were made of them."""
    pairs = decoded.values() if isinstance(decoded, dict) else (decoded,)
    known = {id(child): payload for child, payload in pairs}
    both = zip(node, (child for child in children if isinstance(child, Element)), strict=True)
    return {id(made): (made, known[id(child)]) for child, made in both if id(child) in known}
