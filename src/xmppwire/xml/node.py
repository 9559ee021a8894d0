"""Stanzas as trees that the standard library builds in C, without a call of Python for each tag.

A `Node` is what arrived and nobody touched: whoever wants more of it than a plain value makes an `Element` of it
(`element_of`). Its `tag` is a name as `tag_of` says it; its attributes are those of an `Element`.

`Lane` fills such trees by a parser of the standard library. It takes only what is beyond doubt. Everything else, faults of
every kind included, it leaves to `Builder`, which gets the same bytes from the end of the last stanza on: so there is one
place that knows what is refused, and with which error.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import ParseError, TreeBuilder, XMLParser

from xmppwire.xml.builder import check_name
from xmppwire.xml.element import Element, Name, Node
from xmppwire.xml.errors import XMLError
from xmppwire.xml.limits import XMLLimits

_GAP = 256
"""A tag that is shorter is within all limits that a lane is used with: 5 bytes make an attribute."""
_SPACE = " \t\r\n"
_HELD_BACK = b"\r]"
"""Expat wants to know what follows these."""
_PROBE = b"<probe xmlns='' q='\"\"'/>"
"""An element of our own. With quotes of both kinds: behind the end of the stream expat takes one for the beginning of a
literal, and is silent until it ends."""
_KNOWN = 512
_CACHED_NAMES = 4096
_CACHED_LENGTH = 200
_IN_PATHS = re.compile(r"[^\w:-]")
_SLASH = 0x2F
_new = Element.__new__

_names: dict[str, Name] = {}


def tag_of(name: Name) -> str:
    """A name as nodes have it. No local name has a brace in it, so that it is one name's only."""
    return f"{{{name[0]}}}{name[1]}" if name[0] else name[1]


def name_of(tag: str) -> Name:
    """The name that a node has, from a bounded cache for all streams."""
    name = _names.get(tag)
    if name is None:
        namespace, _, local = tag.rpartition("}")
        name = (namespace[1:], local)
        if len(tag) <= _CACHED_LENGTH:
            if len(_names) >= _CACHED_NAMES:
                _names.clear()
            _names[tag] = name
    return name


def element_of(node: Node) -> Element:
    """A node as an `Element`, whose children are made when they are asked for."""
    element = _new(Element)
    element.name = name_of(node.tag)
    element.attributes = node.attrib
    element.prefixes = None
    element.node = node
    return element


def as_element(item: Element | Node) -> Element:
    """The same as an `Element`, if it is a node."""
    return item if isinstance(item, Element) else element_of(item)


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


def paths_of(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The tags, if `Node.find` may be given them: empty where that would take one for more than a name."""
    return () if any(_IN_PATHS.search(name_of(tag)[1]) for tag in tags) else tags


def child_of(node: Node, tags: tuple[str, ...]) -> Node | None:
    """The first child that has one of these tags."""
    for child in node[:]:
        if child.tag in tags:
            return child
    return None


def suits(limits: XMLLimits) -> bool:
    """Whether what a lane takes lies within these limits."""
    return limits.attributes * 5 >= _GAP and min(limits.name_bytes, limits.namespace_bytes) >= _GAP


def lane_behind(header: bytes, root: Name, limits: XMLLimits) -> Lane | None:
    """A lane for the content of a stream; None for a header that its parser refuses (new ones do that to a brace in a
    namespace)."""
    try:
        return Lane(header, root, limits)
    except (ParseError, ValueError):
        return None


class Lane:
    """A parser that has seen the header, and what it made."""

    __slots__ = ("_gap", "_index", "_known", "_limits", "_outer", "_parent", "_parser", "_root", "_root_tag", "open")

    def __init__(self, header: bytes, root: Name, limits: XMLLimits) -> None:
        builder = TreeBuilder()
        self._outer = builder.start("", {})
        self._parser = XMLParser(target=builder, encoding="utf-8")  # noqa: S314 (no declaration comes here)
        self._parser.feed(header)
        self._root = self._outer[0]
        self._root_tag = tag_of(root)
        self._limits = limits
        self._parent: Node | None = None
        """The innermost element that is open, if it is not the root. The probe of the last slice is in it, at `_index`."""
        self._index = 0
        self.open = 0
        """How many elements there are by now in the stanza that is open."""
        self._known: set[str] = set()
        self._gap = self._root
        """The node that has the text between two stanzas."""

    @property
    def is_open(self) -> bool:
        """Whether the last slice ended inside of a stanza."""
        return self._parent is not None

    def parse(self, slice_: bytearray, plain: bool) -> list[Node] | None:
        """The stanzas that end in a slice, which holds neither sections nor declarations for certain if it is `plain`. None if
        somebody else is to take a look; the lane is of no use then."""
        if not plain and (slice_[-1] in _HELD_BACK or b"<!" in slice_ or b"<?" in slice_):
            return None
        try:
            # An element of our own tells where the parser stands; behind part of a token it is not well-formed.
            self._parser.feed(slice_ + _PROBE)
        except (ParseError, ValueError):
            return None
        root, inner, limits = self._root, self._parent, self._limits
        if not len(root):
            return None
        probe = last = root[-1]
        while len(probe):
            probe = probe[-1]
        if inner is not None:
            self._forget_probe(inner)
        elif (text := self._gap.text if self._gap is root else self._gap.tail) is not None and not _is_space(
            text, slice_
        ):
            return None
        nodes = root[:]
        if root.find(self._root_tag) is not None:
            return None
        # So many levels that begin and end here take as many tags.
        many = slice_.count(b"<") >= 2 * limits.depth
        suspects = nodes[:] if many else nodes[: inner is not None]
        if last is probe:
            del nodes[-1]
            root.clear()
            self._parent, self._gap, self.open = None, probe, 0
        else:
            self._follow(last, probe)
            del root[:-1]
            self.open = _size(last) - 1
            if self.open >= limits.depth:
                suspects.append(last)
        for node in suspects:
            if _size(node) > limits.depth and _levels(node) > limits.depth:
                return None
        for node in nodes:
            if (text := node.tail) is not None and not _is_space(text, slice_):
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
                if len(node.attrib) > self._limits.attributes:
                    return False
                for tag in (node.tag, *node.attrib):
                    if tag not in known:
                        check_name(name_of(tag), self._limits)
                        if len(known) >= _KNOWN:
                            known.clear()
                        known.add(tag)
        except XMLError:
            return False
        return True


def _is_space(text: str, slice_: bytearray) -> bool:
    """Whether a text in a slice is white space, and certainly not the reference to such a character."""
    return not text.strip(_SPACE) and b"&#" not in slice_


def _size(node: Node) -> int:
    """How many elements there are in an element, itself included."""
    return len(list(node.iter()))


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


def start_of(tags: int, slice_: bytearray, end: int) -> int:
    """Where a stanza of so many elements begins that ends, or is cut off, at `end`."""
    rfind = slice_.rfind
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
        place = start_of(_size(node), slice_, place)
        ends.append(place := slice_.rindex(b">", 0, place))
    return ends[::-1]
