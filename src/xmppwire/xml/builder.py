"""From expat's callbacks to elements: closures over local variables, because they run once for each tag.

`Expat` is the SAX reader of the standard library with a parser of its own making: names come joined by U+0001, which no
XML document can contain, so that no namespace can be chosen to look like another name. `Builder` hands its callbacks to
one such parser after another; each is primed with the raw stream header while no handler is set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.parsers import expat
from xml.sax.expatreader import ExpatParser

from xmppwire.xml.element import Element, Name
from xmppwire.xml.errors import XMLError
from xmppwire.xml.limits import XMLLimits

SEPARATOR = "\x01"
_TEXT_BUFFER = 2048
_CACHED_NAMES = 4096
_CACHED_LENGTH = 200
_NAMES_OF_A_READER = 512

_names: dict[str, Name] = {}


def restricted() -> XMLError:
    """For what RFC 6120, section 11.1 forbids."""
    return XMLError("restricted-xml", "comments, processing instructions, declarations and entities are not allowed")


def split_name(joined: str) -> Name:
    """The name that expat means, from a bounded cache for all streams."""
    name = _names.get(joined)
    if name is None:
        namespace, _, local = joined.rpartition(SEPARATOR)
        name = (namespace, local)
        if len(joined) <= _CACHED_LENGTH:
            if len(_names) >= _CACHED_NAMES:
                _names.clear()
            _names[joined] = name
    return name


def check_name(name: Name, limits: XMLLimits) -> None:
    """Raise XMLError if the name or its namespace is too long."""
    namespace, local = name
    if len(local.encode()) > limits.name_bytes:
        raise XMLError("policy-violation", f"a name is longer than {limits.name_bytes} bytes")
    if len(namespace.encode()) > limits.namespace_bytes:
        raise XMLError("policy-violation", f"a namespace is longer than {limits.namespace_bytes} bytes")


def check_prefix(prefix: str, namespace: str, limits: XMLLimits) -> None:
    """Raise XMLError if a declared prefix or its namespace is too long."""
    check_name((namespace, prefix), limits)


def clark_attributes(attributes: dict[str, str], limits: XMLLimits) -> dict[str, str]:
    """Attributes as an `Element` has them, from what expat hands out. Raises XMLError if there are too many."""
    if len(attributes) > limits.attributes:
        raise XMLError("policy-violation", f"an element has more than {limits.attributes} attributes")
    result: dict[str, str] = {}
    for joined, value in attributes.items():
        name = split_name(joined)
        check_name(name, limits)
        result[f"{{{name[0]}}}{name[1]}" if name[0] else name[1]] = value
    return result


class Stopped(Exception):  # noqa: N818 (it is no error)
    """Raised in a handler to stop expat there."""


class Expat(ExpatParser):
    """The SAX parser, reduced to its expat parser; the callbacks come from elsewhere."""

    _parser: Any

    def reset(self) -> None:
        """Make a new expat parser with the settings that the reader needs."""
        self._parser = parser = expat.ParserCreate("UTF-8", SEPARATOR)
        parser.buffer_size = _TEXT_BUFFER
        parser.buffer_text = True
        if hasattr(parser, "SetReparseDeferralEnabled"):
            parser.SetReparseDeferralEnabled(False)
        self._parsing = False
        self._entity_stack = []

    def parser(self) -> Any:
        """A new expat parser without handlers."""
        self.reset()
        return self._parser


class _Names(dict[str, Name]):
    """What a reader saw and found short enough; bounded."""

    __slots__ = ("limits",)

    def __init__(self, limits: XMLLimits) -> None:
        super().__init__()
        self.limits = limits

    def __missing__(self, joined: str) -> Name:
        name = split_name(joined)
        check_name(name, self.limits)
        if len(self) >= _NAMES_OF_A_READER:
            self.clear()
        self[joined] = name
        return name


class Builder:
    """The callbacks and what they share. `ends` is where expat says that top-level elements end.

    That is the place of the end tag, or behind the tag of an empty element; negative where an element has no content, for
    then it takes a look at the bytes to tell the two apart.
    """

    __slots__ = ("attach", "depth", "ends", "spaced", "step", "take")

    def __init__(self, limits: XMLLimits) -> None:
        self.ends: list[int]
        self.attach: Callable[[Any], None]
        """Take the handlers from the last parser, forget what is unfinished, and give them to a primed one, if any."""
        self.step: Callable[[bool], None]
        """Whether to stop at the end of each top-level element."""
        self.depth: Callable[[], int]
        """How many elements are open: -1 after the end of the stream."""
        self.spaced: Callable[[], bool]
        """Whether there was text between top-level elements since this was asked last."""
        self.take: Callable[[], tuple[list[Element], list[int]]]
        """The complete elements and their ends, removed; one end more at the end of the stream."""
        _install(self, limits)


def _install(builder: Builder, limits: XMLLimits) -> None:
    items: list[Element] = []
    ends: list[int] = []
    stack: list[list[Any]] = []
    children: list[Any] = items
    names = _Names(limits)
    plain: set[str] = set()
    is_plain = plain.issuperset
    new = Element.__new__
    push = stack.append
    pop = stack.pop
    count = 0
    max_depth = limits.depth
    max_elements = limits.elements
    max_plain = limits.attributes
    stepping = False
    ended = False
    space = False
    declared: dict[str, str] | None = None
    parser: Any = None

    def start(joined: str, attributes: dict[str, str]) -> None:
        nonlocal children, count
        element = new(Element)
        element.name = names[joined]
        if not is_plain(attributes):
            attributes = learn(attributes)
        element.attributes = attributes
        push(children)
        count += 1
        if count > max_elements:
            raise XMLError("policy-violation", f"a stanza has more than {max_elements} elements")
        if len(stack) > max_depth:
            raise XMLError("policy-violation", f"a stanza has more than {max_depth} levels")
        children.append(element)
        element.children = children = []
        element.prefixes = None

    def learn(attributes: dict[str, str]) -> dict[str, str]:
        result = clark_attributes(attributes, limits)
        # The set never holds more than an element may have, so that what lies within it needs no counting.
        if len(plain) + len(attributes) > max_plain:
            plain.clear()
        plain.update([name for name in attributes if SEPARATOR not in name])
        return result

    def end(_joined: str) -> None:
        nonlocal children, count, ended
        try:
            children = pop()
        except IndexError:
            ended = True
            ends.append(parser.CurrentByteIndex)
            raise Stopped from None
        if children is items:
            ends.append(parser.CurrentByteIndex if items[-1].children else -parser.CurrentByteIndex)
            count = 0
            if stepping:
                raise Stopped

    def characters(data: str) -> None:
        nonlocal space
        if children is items:
            space = True
            return
        if children:
            last = children[-1]
            if type(last) is str:
                children[-1] = last + data
                return
        children.append(data)

    def declare(prefix: str | None, namespace: str | None) -> None:
        nonlocal declared
        if prefix is not None and namespace is not None:
            check_prefix(prefix, namespace, limits)
            if declared is None:
                declared = {}
            declared[prefix] = namespace
            parser.StartElementHandler = start_declared

    def start_declared(joined: str, attributes: dict[str, str]) -> None:
        nonlocal declared
        parent = children
        start(joined, attributes)
        element = parent[-1]
        assert isinstance(element, Element)
        element.prefixes, declared = declared, None
        parser.StartElementHandler = start

    def refuse(*_: object) -> None:
        raise restricted()

    def attach(primed: Any) -> None:
        nonlocal parser, children, count, ended, space, declared
        if parser is not None:
            parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
            parser.StartNamespaceDeclHandler = None
            parser.CommentHandler = parser.ProcessingInstructionHandler = parser.StartDoctypeDeclHandler = None
        parser = primed
        if primed is not None:
            parser.StartElementHandler = start
            parser.EndElementHandler = end
            parser.CharacterDataHandler = characters
            parser.StartNamespaceDeclHandler = declare
            parser.CommentHandler = parser.ProcessingInstructionHandler = parser.StartDoctypeDeclHandler = refuse
        stack.clear()
        items.clear()
        ends.clear()
        children, count, ended, space, declared = items, 0, False, False, None

    def take() -> tuple[list[Element], list[int]]:
        complete = len(ends) - ended
        result = items[:complete], ends[:]
        del items[:complete]
        ends.clear()
        return result

    def step(value: bool) -> None:
        nonlocal stepping
        stepping = value

    def depth() -> int:
        return -1 if ended else len(stack)

    def spaced() -> bool:
        nonlocal space
        value, space = space, False
        return value

    builder.ends = ends
    builder.attach, builder.step, builder.depth, builder.spaced = attach, step, depth, spaced
    builder.take = take
