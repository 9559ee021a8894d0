"""Reads single pieces of a recorded stream as elements, as far as that goes; for labels only.

The pieces are parsed by the engine's own reader, behind the header of their stream, so that prefixes are right.
"""

from __future__ import annotations

from ..xml import Element, StreamReader, StreamStart, XMLError, XMLLimits

_LIMITS = XMLLimits(stanza_bytes=4 * 1024 * 1024, header_bytes=64 * 1024, elements=100_000, depth=200)
_HEADER = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
"""In force where no header was seen: a trace may begin in the middle, and some transports have none."""


class Peek:
    """One direction of one stream."""

    __slots__ = ("_header", "_reader")

    def __init__(self) -> None:
        self._header = _HEADER
        self._reader: StreamReader | None = None

    def header(self, raw: bytes) -> dict[str, str]:
        """The attributes of a stream header; none if it cannot be read."""
        self._header, self._reader = raw, None
        start = self._begin()
        if start is None:
            self._header = _HEADER
            return {}
        return dict(start.attributes)

    def element(self, raw: bytes) -> Element | None:
        """A first-level element, or None if it cannot be read."""
        if self._reader is None and self._begin() is None:
            return None
        reader = self._reader
        if reader is None:
            return None
        reader.feed(raw)
        try:
            item = reader.next()
        except XMLError:
            self._reader = None
            return None
        return item if isinstance(item, Element) else None

    def _begin(self) -> StreamStart | None:
        reader = StreamReader(_LIMITS)
        reader.feed(self._header)
        try:
            item = reader.next()
        except XMLError:
            return None
        if not isinstance(item, StreamStart):
            return None
        self._reader = reader
        return item
