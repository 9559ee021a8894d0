"""From expat's callbacks to elements: closures over local variables, because they run once for each tag.

`Expat` is the SAX reader of the standard library with a parser of its own making: names come joined by U+0001, which no
XML document can contain, so that no namespace can be chosen to look like another name. `Builder` hands its callbacks to
one such parser after another; each is primed with the raw stream header while no handler is set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from xml.parsers import expat
from xml.sax.expatreader import ExpatParser

from xmppwire.xml.element import Element, Name
from xmppwire.xml.errors import XMLError, restricted
from xmppwire.xml.limits import XMLLimits

SEPARATOR = "\x01"
TEXT_BUFFER = 2048
_CACHED_NAMES = 4096
_CACHED_LENGTH = 200
_NAMES_OF_A_READER = 512

_names: dict[str, Name] = {}


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


def joined_name(name: Name) -> str:
    """A name as expat says it."""
    return SEPARATOR.join(name) if name[0] else name[1]


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
        self._parser = parser = expat.ParserCreate("UTF-8", SEPARATOR, intern=None)
        parser.buffer_size = TEXT_BUFFER
        parser.buffer_text = True
        if hasattr(parser, "SetReparseDeferralEnabled"):
            parser.SetReparseDeferralEnabled(False)
        self._parsing = False
        self._entity_stack: list[Any] = []

    def parser(self) -> Any:
        """A new expat parser without handlers."""
        self.reset()
        return self._parser


class Attach(Protocol):
    def __call__(self, primed: Any, root: str = "") -> None: ...


class Builder:
    """The callbacks, and the functions that reach the variables that they share."""

    __slots__ = ("attach", "count", "depth", "ends", "prepare", "take")

    def __init__(self, limits: XMLLimits) -> None:
        self.ends: list[int]
        """Where expat says that the complete elements end.

        It says the place of the end tag, or that behind the tag of an empty element. Where an element has no content it is
        negative, for then it takes a look at the bytes to tell the two apart.
        """
        self.attach: Attach
        """Take the handlers from the last parser, forget what is unfinished, and give them to a primed one, if any; `root` is
        the name of its root element, as expat says it."""
        self.prepare: Callable[[bool, bool], None]
        """Whether to stop at the end of each top-level element, and to take notice of the declarations of prefixes."""
        self.count: Callable[[bool], None]
        """Whether to count the elements of a stanza, which is only needed for one that is long enough."""
        self.depth: Callable[[], int]
        """How many elements are open: -1 after the end of the stream."""
        self.take: Callable[[], tuple[list[Element], list[int], bool]]
        """The complete elements, removed; the ends of them and of the stream; whether there was text between them."""
        _install(self, limits)


def _install(builder: Builder, limits: XMLLimits) -> None:
    max_elements, max_depth, max_plain = limits.elements, limits.depth, limits.attributes
    new = Element.__new__
    # What this reader saw and found short enough. The name of the root element is never in it, so that it is looked at each
    # time it comes again.
    names: dict[str, Name] = {}
    root_name = ""
    plain: set[str] = set()
    is_plain = plain.issuperset

    items: list[Any] = []
    ends: list[int] = []
    children = items
    # The lists that the open elements belong to. It has no room for more levels than are allowed, which saves a check.
    blank: list[list[Any]] = [items] * max_depth
    parents = blank[:]
    depth = 0
    counted = 0
    counting = stepping = declaring = False
    declared: dict[str, str] = {}
    parser: Any = None

    def start(joined: str, attributes: dict[str, str]) -> None:
        nonlocal children, depth
        element = new(Element)
        try:
            element.name = names[joined]
        except KeyError:
            element.name = learn_name(joined)
        if attributes and not is_plain(attributes):
            attributes = learn(attributes)
        element.attributes = attributes
        parents[depth] = children
        depth += 1
        children.append(element)
        element.children = children = []
        element.prefixes = element.node = None

    def end(_joined: str) -> None:
        nonlocal children, depth, counted
        depth -= 1
        if depth > 0:
            children = parents[depth]
            return
        place = parser.CurrentByteIndex
        if depth < 0:
            ends.append(place)
            raise Stopped
        ends.append(place if children else -place)
        children = items
        counted = 0
        if stepping:
            raise Stopped

    def characters(data: str) -> None:
        if children:
            last = children[-1]
            if type(last) is str:
                children[-1] = last + data
                return
        children.append(data)

    def learn(attributes: dict[str, str]) -> dict[str, str]:
        result = clark_attributes(attributes, limits)
        # The set never holds more than an element may have, so that what lies within it needs no counting.
        if len(plain) + len(attributes) > max_plain:
            plain.clear()
        plain.update([name for name in attributes if SEPARATOR not in name])
        return result

    def start_counted(joined: str, attributes: dict[str, str]) -> None:
        nonlocal counted
        counted += 1
        if counted > max_elements:
            raise XMLError("policy-violation", f"a stanza has more than {max_elements} elements")
        start(joined, attributes)

    def start_declared(joined: str, attributes: dict[str, str]) -> None:
        nonlocal declared
        parent = children
        parser.StartElementHandler = start_counted if counting else start
        parser.StartElementHandler(joined, attributes)
        parent[-1].prefixes, declared = declared, {}

    def declare(prefix: str | None, namespace: str | None) -> None:
        if prefix is not None and namespace is not None:
            check_prefix(prefix, namespace, limits)
            declared[prefix] = namespace
            parser.StartElementHandler = start_declared

    def refuse(*_: object) -> None:
        raise restricted()

    def learn_name(joined: str) -> Name:
        name = split_name(joined)
        if joined == root_name:
            if depth == 0:  # it would stay open as long as the stream, and hold back everything in it
                raise XMLError("bad-format", "the stream was opened already")
            return name
        check_name(name, limits)
        if len(names) >= _NAMES_OF_A_READER:
            names.clear()
        names[joined] = name
        return name

    def attach(primed: Any, root: str = "") -> None:
        nonlocal parser, children, depth, counted, counting, declaring, root_name
        if parser is not None:
            parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
            parser.CommentHandler = parser.ProcessingInstructionHandler = parser.StartDoctypeDeclHandler = None
            parser.StartNamespaceDeclHandler = None
        parser = primed
        if parser is not None:
            parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
            parser.CommentHandler = parser.ProcessingInstructionHandler = parser.StartDoctypeDeclHandler = refuse
        if root != root_name:
            names.clear()
            root_name = root
        items.clear()
        ends.clear()
        declared.clear()
        parents[:] = blank
        children, depth, counted, counting, declaring = items, 0, 0, False, False

    def prepare(step: bool, declarations: bool) -> None:
        nonlocal stepping, declaring
        stepping = step
        if declarations is not declaring:
            declaring = declarations
            parser.StartNamespaceDeclHandler = declare if declarations else None

    def count(value: bool) -> None:
        nonlocal counting, counted
        if value and not counting:
            counted = count_elements(items[-1]) if depth else 0
        counting = value
        parser.StartElementHandler = start_counted if counting else start

    def take() -> tuple[list[Element], list[int], bool]:
        complete = items[:-1] if depth > 0 else items[:]
        del items[: len(complete)]
        taken = ends[:]
        ends.clear()
        if not depth:
            parents[:] = blank
        if len(complete) != len(taken) - (depth < 0):
            return [item for item in complete if isinstance(item, Element)], taken, True
        return complete, taken, False

    builder.ends, builder.attach, builder.prepare, builder.count = ends, attach, prepare, count
    builder.depth, builder.take = lambda: depth, take


def count_elements(element: Element) -> int:
    """How many elements there are in an element, itself included."""
    number = 0
    pending = [element]
    while pending:
        number += 1
        pending.extend(pending.pop().elements())
    return number
