"""XML documents from outside a stream (host-meta, descriptions of projects), which may have comments and instructions.

Those are passed over. A document type declaration is refused, and entities with it; so are documents that are too long,
too deep or too full.
"""

from __future__ import annotations

from xml.parsers import expat

from xmppwire.xml import Element

MAXIMUM_LENGTH = 1_048_576
"""Longer documents are refused; in bytes or characters."""
MAXIMUM_DEPTH = 64
"""Levels of elements."""
MAXIMUM_ELEMENTS = 20_000

# No XML document can have it in a name.
_SEPARATOR = "\x01"


def read_document(document: str | bytes) -> Element:
    """The root element. Bytes are in the encoding that they declare, or in UTF-8. Raises ValueError."""
    if len(document) > MAXIMUM_LENGTH:
        raise ValueError(f"longer than {MAXIMUM_LENGTH}")
    roots: list[Element] = []
    around: list[Element] = []
    count = 0

    def start(joined: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MAXIMUM_ELEMENTS or len(around) == MAXIMUM_DEPTH:
            raise ValueError("too many elements, or too deep")
        namespace, _, local = joined.rpartition(_SEPARATOR)
        element = Element((namespace, local), {_clark(name): value for name, value in attributes.items()})
        (around[-1].children if around else roots).append(element)
        around.append(element)

    def end(_joined: str) -> None:
        around.pop()

    def text(characters: str) -> None:
        around[-1].children.append(characters)

    def doctype(*_parts: object) -> None:
        raise ValueError("a document type declaration")

    parser = expat.ParserCreate("utf-8" if isinstance(document, str) else None, _SEPARATOR)
    parser.buffer_text = True
    parser.buffer_size = 65_536
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(document.encode("utf-8") if isinstance(document, str) else document, True)
    except expat.ExpatError as error:
        raise ValueError(f"not well-formed XML: {error}") from None
    except LookupError as error:
        raise ValueError(f"an encoding that is not known: {error}") from None
    return roots[0]


def _clark(joined: str) -> str:
    namespace, separator, local = joined.rpartition(_SEPARATOR)
    return f"{{{namespace}}}{local}" if separator else local
