"""Message Styling (XEP-0393): the marks that people put into plain text (`*strong*`, `> quoted`) have a meaning.

`parse_styling` makes a tree of a body: blocks, and in each line of them spans. `start` says where in the body each part begins,
so that the marks can be shown as well, as the standard recommends. Every text is valid; the work is in proportion to its
length, and the tree is not deep, whatever the text. `Unstyled` in a message says that its marks mean nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from xmppwire.payload import Payload
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.stanza import Message

NAMESPACE = "urn:xmpp:styling:0"
STANDARD = Standard(
    "XEP-0393",
    "Message Styling",
    Status.STABLE,
    "1.1.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
    note="with a parser for bodies",
)

MAX_QUOTATIONS = 32
"""How deep quotations are parsed; the marks of deeper ones count as text."""


class Unstyled(Payload, ns=NAMESPACE, name="unstyled"):
    """Says that the body is to be shown as it stands (section 7)."""


class Style(StrEnum):
    """How a span looks; the value is the mark before and behind it (section 6.2)."""

    EMPHASIS = "_"
    PREFORMATTED = "`"
    STRIKE = "~"
    STRONG = "*"


@dataclass(frozen=True, slots=True)
class PlainSpan:
    """Text without a style of its own (section 6.2.1)."""

    start: int
    text: str


@dataclass(frozen=True, slots=True)
class StyledSpan:
    """What stands between two marks (section 6.2). `start` is the first mark; a preformatted span holds one plain span."""

    start: int
    style: Style
    spans: tuple[Span, ...]


Span: TypeAlias = PlainSpan | StyledSpan
"""A part of a line."""


@dataclass(frozen=True, slots=True)
class PlainBlock:
    """A line (section 6.1.1); an empty one has no spans."""

    start: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class PreformattedBlock:
    """Lines that are shown as they stand (section 6.1.2). `info` is what follows the opening mark; `closed` says that the end
    is marked as well."""

    start: int
    info: str
    text: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Quotation:
    """Quoted blocks (section 6.1.3); `>` and a blank before each line are not in them."""

    start: int
    blocks: tuple[Block, ...]


Block: TypeAlias = PlainBlock | PreformattedBlock | Quotation
"""A line, or lines that belong together."""


def parse_styling(text: str) -> tuple[Block, ...]:
    """The blocks of a text (section 6)."""
    lines: list[tuple[int, int]] = []
    begin = 0
    while (end := text.find("\n", begin)) >= 0:
        lines.append((begin, end))
        begin = end + 1
    return _blocks(text, [*lines, (begin, len(text))], 0)


def body_blocks(message: Message) -> tuple[Block, ...]:
    """The blocks of a message's body; where the sender wants no styling, one without spans in it for each line."""
    body = message.body or ""
    if message.get(Unstyled) is None:
        return parse_styling(body)
    blocks: list[Block] = []
    start = 0
    for line in body.split("\n"):
        blocks.append(PlainBlock(start, (PlainSpan(start, line),) if line else ()))
        start += len(line) + 1
    return tuple(blocks)


_FENCE = "```"
_MARKS = re.compile(f"[{''.join(Style)}]")
_WHITESPACE = frozenset(
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""White_Space and the category Z of Unicode (section 4)."""


def _blocks(text: str, lines: list[tuple[int, int]], depth: int) -> tuple[Block, ...]:
    """The blocks that these lines, each a range of `text`, make up. Lines are never copied, so deep quotations cost nothing."""
    blocks: list[Block] = []
    place = 0
    while place < len(lines):
        begin, end = lines[place]
        first = place
        place += 1
        if text.startswith(_FENCE, begin, end):
            while place < len(lines) and not _is_fence(text, *lines[place]):
                place += 1
            content = "\n".join(text[start:stop] for start, stop in lines[first + 1 : place])
            closed = place < len(lines)
            blocks.append(PreformattedBlock(begin, text[begin + len(_FENCE) : end], content, closed))
            place += closed
        elif text.startswith(">", begin, end) and depth < MAX_QUOTATIONS:
            while place < len(lines) and text.startswith(">", *lines[place]):
                place += 1
            quoted = [_unquoted(text, *line) for line in lines[first:place]]
            blocks.append(Quotation(begin, _blocks(text, quoted, depth + 1)))
        else:
            blocks.append(PlainBlock(begin, _Line(text, begin, end).spans(begin, end)))
    return tuple(blocks)


def _is_fence(text: str, begin: int, end: int) -> bool:
    return end - begin == len(_FENCE) and text.startswith(_FENCE, begin)


def _unquoted(text: str, begin: int, end: int) -> tuple[int, int]:
    begin += 1
    return (begin + 1 if begin < end and text[begin] in _WHITESPACE else begin), end


class _Line:
    """The marks of a line. A span ends at the first mark that can end it, so within it none of its own style can end, and
    spans nest no deeper than there are styles."""

    __slots__ = ("closing", "marks", "text")

    def __init__(self, text: str, begin: int, end: int) -> None:
        self.text = text
        self.marks = [match.start() for match in _MARKS.finditer(text, begin, end)]
        self.closing: dict[str, list[int]] = {style: [] for style in Style}
        for mark in self.marks:
            if mark > begin and text[mark - 1] not in _WHITESPACE:
                self.closing[text[mark]].append(mark)

    def spans(self, begin: int, end: int) -> tuple[Span, ...]:
        """The spans of a part of the line, at whose beginning a span may begin."""
        text, marks = self.text, self.marks
        found: list[Span] = []
        plain = begin
        index = bisect_left(marks, begin)
        while index < len(marks) and (mark := marks[index]) < end:
            close = self._close(mark, end) if mark == begin or text[mark - 1] in _WHITESPACE else None
            if close is None:
                index += 1
                continue
            if plain < mark:
                found.append(PlainSpan(plain, text[plain:mark]))
            style = Style(text[mark])
            inner = (
                (PlainSpan(mark + 1, text[mark + 1 : close]),)
                if style is Style.PREFORMATTED
                else self.spans(mark + 1, close)
            )
            found.append(StyledSpan(mark, style, inner))
            plain = close + 1
            index = bisect_right(marks, close)
        if plain < end:
            found.append(PlainSpan(plain, text[plain:end]))
        return tuple(found)

    def _close(self, mark: int, end: int) -> int | None:
        """The mark that ends the span beginning at `mark`; None where none does, or nothing would be in it."""
        text = self.text
        if mark + 1 >= end or text[mark + 1] in _WHITESPACE or text[mark + 1] == text[mark]:
            return None
        closing = self.closing[text[mark]]
        index = bisect_left(closing, mark + 2)
        return closing[index] if index < len(closing) and closing[index] < end else None
