"""What stands before the stanzas: the XML declaration and the stream header (RFC 6120, sections 4.7 and 11.5)."""

from __future__ import annotations

import codecs
import enum
import re
from dataclasses import dataclass, field
from xml.parsers import expat

from xmppwire.xml.buffer import TokenBuffer
from xmppwire.xml.builder import Expat, check_name, check_prefix, clark_attributes, split_name
from xmppwire.xml.element import Element, Name
from xmppwire.xml.errors import XMLError, not_utf8, restricted
from xmppwire.xml.limits import XMLLimits

_XML = b"<?xml"
_SPACE = b" \t\r\n"
_DECLARATION_END = re.compile(rb"\?>|<|[^\x00-\x7f]")
_DECLARATION = re.compile(
    rb"""<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:'(1\.[0-9]+)'|"(1\.[0-9]+)")"""
    rb"""(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:'([A-Za-z][A-Za-z0-9._-]*)'|"([A-Za-z][A-Za-z0-9._-]*)"))?"""
    rb"""(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:'(?:yes|no)'|"(?:yes|no)"))?[ \t\r\n]*\?>"""
)


@dataclass(slots=True)
class StreamStart:
    """The stream header: the start tag of the root element (RFC 6120, section 4.2).

    `attributes` are named as those of an `Element`; `prefixes` are the prefixes it declares, `default_namespace` the
    namespace of the elements without a prefix below it. `xml_version` and `encoding` are those of the XML declaration,
    None where there was none.
    """

    name: Name
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    prefixes: dict[str, str] = field(default_factory=dict[str, str])
    default_namespace: str = ""
    xml_version: str | None = None
    encoding: str | None = None


@dataclass(slots=True)
class StreamEnd:
    """The end tag of the root element (RFC 6120, section 4.4)."""


class _Place(enum.Enum):
    START = enum.auto()
    DECLARATION = enum.auto()
    HEADER = enum.auto()


class Prolog:
    """Finds the stream header in a buffer, with what may stand in front of it."""

    __slots__ = ("_place", "_seen", "_used", "_version")

    def __init__(self) -> None:
        self._place = _Place.START
        self._version: tuple[str, str | None] | None = None
        self._used = 0
        self._seen = 0

    @property
    def begun(self) -> bool:
        """Whether an XML declaration was taken."""
        return self._version is not None

    def find(self, buffer: TokenBuffer, limits: XMLLimits) -> int:
        """The end of the header's tag, once the buffer begins with it and it is complete; otherwise 0. Raises XMLError."""
        if self._place is _Place.START and not self._mark(buffer):
            return 0
        if self._place is _Place.DECLARATION and not self._declaration(buffer, limits.header_bytes):
            return 0
        if not buffer.between():
            return 0
        return buffer.first_tag(limits.header_bytes - self._used)

    def read(self, raw: bytes, limits: XMLLimits) -> StreamStart:
        """What the header's tag says. Raises XMLError."""
        start = parse_header(raw, limits)
        if self._version is not None:
            start.xml_version, start.encoding = self._version
        return start

    def _mark(self, buffer: TokenBuffer) -> bool:
        """Skip a byte order mark, which has no place but the beginning; tell whether that can be decided."""
        data = buffer.data
        if len(data) < 3 and codecs.BOM_UTF8.startswith(data):
            if data and buffer.eof:
                raise not_utf8()
            return False
        if data.startswith(codecs.BOM_UTF8):
            buffer.remove(3)
            buffer.skipped = True
        self._place = _Place.DECLARATION
        return True

    def _declaration(self, buffer: TokenBuffer, limit: int) -> bool:
        """Take the XML declaration, if there is one; tell whether that can be decided."""
        data = buffer.data
        if data.startswith((b"\0", b"<\0")):
            raise XMLError("unsupported-encoding", "this looks like UTF-16 or UTF-32")
        if len(data) < 6 and _XML.startswith(data):
            return False
        if data.startswith(_XML) and data[5] in _SPACE:
            found = _DECLARATION_END.search(data, max(self._seen - 1, 6), limit)
            if found is None:
                if len(data) > limit:
                    raise XMLError("policy-violation", "the stream header is longer than the limit")
                self._seen = len(data)
                return False
            if found[0][0] >= 0x80:
                raise not_utf8()
            self._used = found.end()
            self._version = check_declaration(bytes(data[: self._used]))
            buffer.remove(self._used)
            buffer.skipped = True
        self._place = _Place.HEADER
        return True


def check_declaration(raw: bytes) -> tuple[str, str | None]:
    """Version and encoding of an XML declaration. A standalone declaration is ignored, as section 11.5 allows.

    Raises XMLError.
    """
    found = _DECLARATION.fullmatch(raw)
    if found is None:
        raise XMLError("not-well-formed", "the XML declaration is malformed")
    encoding = found[3] or found[4]
    if encoding is not None and encoding.lower() != b"utf-8":
        raise XMLError("unsupported-encoding", "the XML declaration names an encoding other than UTF-8")
    return (found[1] or found[2]).decode(), None if encoding is None else encoding.decode()


def parse_header(raw: bytes, limits: XMLLimits) -> StreamStart:
    """The stream header from its complete tag. Raises XMLError."""
    start: list[tuple[str, dict[str, str]]] = []
    prefixes: dict[str, str] = {}
    default = ""

    def element(joined: str, attributes: dict[str, str]) -> None:
        start.append((joined, attributes))

    def declare(prefix: str | None, namespace: str | None) -> None:
        nonlocal default
        check_prefix(prefix or "", namespace or "", limits)
        if prefix is None:
            default = namespace or ""
        else:
            prefixes[prefix] = namespace or ""

    parser = Expat().parser()
    parser.StartElementHandler = element
    parser.StartNamespaceDeclHandler = declare
    try:
        parser.Parse(raw, False)
    except expat.ExpatError as error:
        raise expat_error(error) from None
    finally:
        parser.StartElementHandler = parser.StartNamespaceDeclHandler = None
    if not start or parser.CurrentByteIndex != len(raw):
        raise XMLError("not-well-formed", "the stream header is not well-formed")
    name = split_name(start[0][0])
    check_name(name, limits)
    return StreamStart(name, clark_attributes(start[0][1], limits), prefixes, default)


def check_names(stanza: Element, limits: XMLLimits) -> XMLError | None:
    """What is wrong if a stanza has too many distinct names or namespaces."""
    names: set[object] = set()
    namespaces: set[str] = set()
    elements = [stanza]
    while elements:
        element = elements.pop()
        names.add(element.name)
        names.update(element.attributes)
        namespaces.add(element.name[0])
        if element.prefixes:
            namespaces.update(element.prefixes.values())
        elements.extend(element.elements())
    if len(names) > limits.names:
        return XMLError("policy-violation", f"a stanza has more than {limits.names} distinct names")
    if len(namespaces) > limits.namespaces:
        return XMLError("policy-violation", f"a stanza has more than {limits.namespaces} distinct namespaces")
    return None


_RESTRICTED = frozenset({expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]})


def expat_error(error: expat.ExpatError) -> XMLError:
    """The stream error for what expat did not accept.

    An undeclared prefix is `not-well-formed` (the example of RFC 6120, section 4.9.3.13); `bad-namespace-prefix` is for
    the stream, which knows what prefixes are wanted.
    """
    if error.code in _RESTRICTED:
        return restricted()
    return XMLError("not-well-formed", expat.ErrorString(error.code))
