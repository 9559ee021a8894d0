"""What stands before the stanzas: the XML declaration and the stream header (RFC 6120, sections 4.7 and 11.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from xmppwire.xml.builder import Expat, check_name, check_prefix, clark_attributes, split_name
from xmppwire.xml.element import Element, Name
from xmppwire.xml.errors import XMLError, restricted
from xmppwire.xml.limits import XMLLimits

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
