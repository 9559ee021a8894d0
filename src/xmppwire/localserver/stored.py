"""Elements that are kept as text, which takes far less room than their tree."""

from __future__ import annotations

from ..payload import Payload
from ..stream.management import UNLIMITED
from ..xml import Element, StreamReader, StreamStart, write_element


def to_text(item: Payload | Element) -> str:
    """An element as text."""
    return write_element(item if isinstance(item, Element) else item.to_element(), prefixes={})


def to_element(text: str) -> Element:
    """The element that `to_text` wrote."""
    reader = StreamReader(UNLIMITED)
    reader.feed(b"<stored>" + text.encode())
    start, element = reader.next(), reader.next()
    assert isinstance(start, StreamStart)  # noqa: S101 - it was written here
    assert isinstance(element, Element)  # noqa: S101
    return element
