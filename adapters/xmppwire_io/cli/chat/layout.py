"""How text fits into the columns of a terminal."""

from __future__ import annotations

import unicodedata

from xmppwire.trace.labels import printable

_WIDE = ("W", "F")
_DENSEST = 16
"""So many characters share a column at most where something is cut: no text needs as many marks on a letter."""


def columns(text: str) -> int:
    """How many columns a terminal takes for the text."""
    return sum(map(_columns_of, text))


def _columns_of(char: str) -> int:
    if char < "\x7f":
        return 1
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1


def cut(text: str, width: int) -> str:
    """The text on one line, with an ellipsis where it is longer."""
    beginning = printable(text[: _DENSEST * width])
    if len(beginning) == len(text) and columns(beginning) <= width:
        return beginning
    text = beginning
    kept, used = "", 0
    for char in text:
        used += _columns_of(char)
        if used > width - 1:
            break
        kept += char
    return kept + "…"


def wrap(text: str, width: int) -> list[str]:
    """The lines of a text, none longer than `width` columns: broken between words where that is possible."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line, used = "", 0
        for word in printable(paragraph).split(" "):
            size = columns(word)
            if line and used + 1 + size <= width:
                line, used = f"{line} {word}", used + 1 + size
                continue
            if line:
                lines.append(line)
            line, used = "", 0
            for char in word:
                size = _columns_of(char)
                if used + size > width:
                    lines.append(line)
                    line, used = "", 0
                line, used = line + char, used + size
        lines.append(line)
    return lines


def window(text: str, place: int, width: int) -> tuple[str, int]:
    """The part of a long text around `place` that fits on a line, and the column of that place in it."""
    shown = printable(text.replace("\n", "⏎"))
    begin = place
    used = 0
    while begin and used + _columns_of(shown[begin - 1]) < width:
        begin -= 1
        used += _columns_of(shown[begin])
    end, total = place, used
    while end < len(shown) and total + _columns_of(shown[end]) < width:
        total += _columns_of(shown[end])
        end += 1
    return shown[begin:end], used
