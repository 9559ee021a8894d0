"""Stanzas as trees that the standard library builds in C, without a call of Python for each tag.

A `Node` is what arrived and nobody touched: whoever wants more of it than a plain value makes an `Element` of it
(`element_of`). Its `tag` and the names of its attributes are as expat says them (`joined_name`).

`Lane` fills such trees from the callbacks of an expat parser. It takes only what is beyond doubt. Everything else, faults of
every kind included, it leaves to `Builder`, which gets the same bytes from the end of the last stanza on: so there is one
place that knows what is refused, and with which error.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import TreeBuilder
from xml.parsers import expat

from xmppwire.xml.builder import SEPARATOR, check_name, clark_attributes, split_name
from xmppwire.xml.element import Element, Node
from xmppwire.xml.errors import XMLError, restricted
from xmppwire.xml.limits import XMLLimits

_plain: set[str] = set()
_is_plain = _plain.issuperset
"""Whether all names are among those seen lately that have no namespace."""

_GAP = 256
"""A tag that is shorter is within all limits that a lane is used with: 5 bytes make an attribute."""
_SPACE = " \t\r\n"
_PROBE = "probe"
_KNOWN = 512
_IN_PATHS = re.compile(r"[^\w:\x01-]")
_SLASH = 0x2F
_new = Element.__new__


def element_of(node: Node) -> Element:
    """A node as an `Element`, whose children are made when they are asked for."""
    element = _new(Element)
    element.name = split_name(node.tag)
    attributes = node.attrib
    element.attributes = attributes if _is_plain(attributes) else _clark(attributes)
    element.prefixes = None
    element.node = node
    return element


def children_of(node: Node) -> list[Element | str]:
    """The children and the text of a node."""
    children: list[Element | str] = []
    if node.text:
        children.append(node.text)
    for child in node:
        element = element_of(child)
        element.children = children_of(child)
        element.node = None
        children.append(element)
        if child.tail:
            children.append(child.tail)
    return children


def _clark(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes under the names that they have in an `Element`."""
    if not any(SEPARATOR in name for name in attributes):
        if len(_plain) + len(attributes) > _KNOWN:
            _plain.clear()
        _plain.update(attributes)
        return attributes
    names = [split_name(name) for name in attributes]
    return {
        f"{{{namespace}}}{local}" if namespace else local: value
        for (namespace, local), value in zip(names, attributes.values(), strict=True)
    }


def paths_of(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The tags, if `Node.find` may be given them: empty where that would take one for more than a name."""
    return () if any(map(_IN_PATHS.search, tags)) else tags


def child_of(node: Node, tags: tuple[str, ...], paths: tuple[str, ...]) -> Node | None:
    """The first child that has one of these tags; `paths` are the `paths_of` them."""
    find = node.find
    for path in paths:
        child = find(path)
        if child is not None:
            if len(paths) == 1:
                return child
            break
    else:
        if paths:
            return None
    for child in node[:]:
        if child.tag in tags:
            return child
    return None


def suits(limits: XMLLimits) -> bool:
    """Whether what a lane takes lies within these limits."""
    return limits.attributes * 5 >= _GAP and min(limits.name_bytes, limits.namespace_bytes) >= _GAP


class Lane:
    """The callbacks of one parser, which was primed with the header, and what they gave."""

    __slots__ = (
        "_end",
        "_gap",
        "_index",
        "_known",
        "_limits",
        "_outer",
        "_parent",
        "_parser",
        "_root",
        "_root_name",
        "_start",
    )

    def __init__(self, parser: Any, root_name: str, limits: XMLLimits) -> None:
        builder = TreeBuilder()
        self._parser = parser
        self._limits = limits
        self._root_name = root_name
        self._start, self._end = builder.start, builder.end
        self._outer = builder.start("", {})
        self._root = builder.start("", {})
        self._parent: Node | None = None
        """The innermost element that is open, if it is not the root. The probe of the last slice is in it, at `_index`."""
        self._index = 0
        self._known: set[str] = set()
        self._gap = self._root
        """The node that has the text between two stanzas."""
        parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
        parser.CharacterDataHandler = builder.data
        parser.CommentHandler = parser.ProcessingInstructionHandler = parser.StartDoctypeDeclHandler = _refuse

    def close(self) -> None:
        """Let go of the parser."""
        parser = self._parser
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
        parser.CommentHandler = parser.ProcessingInstructionHandler = parser.StartDoctypeDeclHandler = None

    @property
    def is_open(self) -> bool:
        """Whether the last slice ended inside of a stanza."""
        return self._parent is not None

    def begin_of_open(self, slice_: bytearray) -> int:
        """Where the unfinished stanza begins in the last slice, in which others ended; its end if there is none."""
        if self._parent is None:
            return len(slice_)
        return start_of(self._root[0], slice_, len(slice_), 1)

    def parse(self, slice_: bytearray, end: int) -> list[Node] | None:
        """The stanzas that end in a slice, which itself ends at the byte `end` of the parser. None if somebody else is to
        take a look; the lane is of no use then."""
        parser = self._parser
        try:
            parser.Parse(slice_, False)
        except (expat.ExpatError, XMLError, UnicodeDecodeError):
            return None
        if parser.CurrentByteIndex != end:
            return None
        # An element of our own tells where the parser stands.
        probe = self._start(_PROBE, {})
        self._end(_PROBE)
        root, inner = self._root, self._parent
        if inner is not None:
            self._forget_probe(inner)
        elif (text := self._gap.text if self._gap is root else self._gap.tail) is not None and not _is_space(
            text, slice_
        ):
            return None
        if len(self._outer) != 1:
            return None  # the stream has ended
        nodes = root[:]
        root_name, limits = self._root_name, self._limits
        if nodes[-1] is probe:
            del nodes[-1]
            root.clear()
            self._parent, self._gap = None, probe
        else:
            self._follow(nodes[-1], probe)
            del root[:-1]
        for node in nodes:
            if node.tag == root_name or ((text := node.tail) is not None and not _is_space(text, slice_)):
                return None
            # So many levels take as many elements.
            if len(list(node.iter())) > limits.depth and _levels(node) > limits.depth:
                return None
        if not _dense(slice_) and not all(map(self._within_limits, nodes)):
            return None
        if self._parent is not None:
            del nodes[-1]
        return nodes

    def _follow(self, node: Node, probe: Node) -> None:
        """Find the probe in the stanza that is open."""
        while (child := node[-1]) is not probe:
            node = child
        self._parent, self._index = node, len(node) - 1

    def _forget_probe(self, parent: Node) -> None:
        """Take the last probe out of its place. The text that came behind it is left."""
        index = self._index
        text = parent[index].tail
        del parent[index]
        if text is None:
            return
        if index:
            before = parent[index - 1]
            before.tail = (before.tail or "") + text
        else:
            parent.text = (parent.text or "") + text

    def _within_limits(self, stanza: Node) -> bool:
        """Whether names and numbers of attributes are."""
        known = self._known
        try:
            for node in stanza.iter():
                if node.tag not in known:
                    check_name(split_name(node.tag), self._limits)
                    if len(known) >= _KNOWN:
                        known.clear()
                    known.add(node.tag)
                clark_attributes(node.attrib, self._limits)
        except XMLError:
            return False
        return True


def _is_space(text: str, slice_: bytearray) -> bool:
    """Whether a text in a slice is white space, and certainly not the reference to such a character."""
    return not text.strip(_SPACE) and b"&#" not in slice_


def _levels(node: Node) -> int:
    """How many levels of elements there are in an element, itself included."""
    level, count = [node], 0
    while level:
        count += 1
        level = [child for parent in level for child in parent]
    return count


def _dense(slice_: bytearray) -> bool:
    """Whether no two `<` are so far apart that a tag between them may exceed a limit."""
    rfind = slice_.rfind
    place = 0
    last = len(slice_) - _GAP
    while place < last:
        place = rfind(b"<", place + 1, place + _GAP)
        if place < 0:
            return False
    return True


def _refuse(*_: object) -> None:
    raise restricted()


def start_of(node: Node, slice_: bytearray, end: int, without: int = 0) -> int:
    """Where an element begins that ends, or is cut off, at `end`. `without` elements in it are not in the bytes."""
    rfind = slice_.rfind
    tags = len(list(node.iter())) - without
    while tags:
        end = rfind(b"<", 0, end)
        if slice_[end + 1] != _SLASH:
            tags -= 1
    return end


def ends_of(nodes: list[Node], slice_: bytearray, last: int) -> list[int]:
    """Where the `>` of the stanzas are that end in a slice; `last` is the end of the last one. Each has as many start tags as
    there are elements in it."""
    ends = [place := last - 1]
    for node in reversed(nodes[1:]):
        place = start_of(node, slice_, place)
        ends.append(place := slice_.rindex(b">", 0, place))
    return ends[::-1]
