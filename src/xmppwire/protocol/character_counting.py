"""Character counting in message bodies (XEP-0426): places in a text are counted in code points, before anything is done to it.

So are Python's strings, and `body[begin:end]` is the part that a peer means. Here is what is needed beside that: ranges that a
peer got wrong, and the offsets of toolkits that count UTF-16 units or UTF-8 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable

from xmppwire.protocol.standard import Role, Standard, Status

STANDARD = Standard(
    "XEP-0426",
    "Character counting in message bodies",
    Status.EXPERIMENTAL,
    "0.3.0",
    roles=(Role.CLIENT, Role.COMPONENT),
    note="no elements; functions for ranges of text",
)


def clip_range(text: str, begin: int | None, end: int | None) -> tuple[int, int]:
    """The part of a range that is in `text`: None is its beginning, or its end. A range that ends before it begins is empty."""
    first = min(max(begin or 0, 0), len(text))
    last = len(text) if end is None else min(end, len(text))
    return first, max(first, last)


def subsequence(text: str, begin: int | None, end: int | None) -> str:
    """The characters of a range (section 3); what lies outside the text is left out."""
    first, last = clip_range(text, begin, end)
    return text[first:last]


def without_ranges(text: str, ranges: Iterable[tuple[int | None, int | None]]) -> str:
    """The text less some ranges, which may overlap."""
    parts: list[str] = []
    place = 0
    for first, last in sorted(clip_range(text, *one) for one in ranges):
        parts.append(text[place:first])
        place = max(place, last)
    return "".join((*parts, text[place:]))


def to_utf16(text: str, offset: int) -> int:
    """An offset in code points as one in UTF-16 units."""
    return offset + sum(character > "\uffff" for character in text[:offset])


def from_utf16(text: str, offset: int) -> int:
    """An offset in UTF-16 units as one in code points; one within a surrogate pair counts as before it."""
    units = 0
    for place, character in enumerate(text):
        units += 2 if character > "\uffff" else 1
        if units > offset:
            return place
    return len(text)


def to_utf8(text: str, offset: int) -> int:
    """An offset in code points as one in bytes of UTF-8."""
    return len(text[:offset].encode("utf-8", "surrogatepass"))


def from_utf8(text: str, offset: int) -> int:
    """An offset in bytes of UTF-8 as one in code points; one within a character counts as before it."""
    data = text.encode("utf-8", "surrogatepass")[: max(offset, 0)]
    return len(data.decode("utf-8", "ignore")) if data else 0
