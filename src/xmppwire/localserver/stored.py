"""Elements that are kept as text, which takes far less room than their tree."""

from __future__ import annotations

from ..payload import Payload
from ..xml import Element, StreamReader, StreamStart, XMLLimits, write_element

_UNLIMITED = XMLLimits(stanza_bytes=2**31, depth=10_000, elements=2**31, attributes=2**31)
"""What a client could send is read back."""


def to_text(item: Payload | Element) -> str:
    """An element as text."""
    return write_element(item if isinstance(item, Element) else item.to_element(), prefixes={})


def to_element(text: str) -> Element:
    """The element that `to_text` wrote."""
    reader = StreamReader(_UNLIMITED)
    reader.feed(b"<stored>" + text.encode())
    start, element = reader.next(), reader.next()
    assert isinstance(start, StreamStart)  # noqa: S101 - it was written here
    assert isinstance(element, Element)  # noqa: S101
    return element
