"""Draws a ladder as text, a line for each step, also while it happens.

juliet                         client                                                      server
   0.000  │── stream to capulet.example ───────────────────────────────────────────────────▶│
   0.004  │◀─ features: starttls (required) ────────────────────────────────────────────────│
          ╞═══════════════════════ TLSv1.3, TLS_AES_256_GCM_SHA384 ═════════════════════════╡
   0.012  ║── auth SCRAM-SHA-256-PLUS ──────────────────────────────────────────────────────▶║
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from .ladder import Ladder, Step, StepKind, steps

_TIME = 9
"""Columns for the time."""


@dataclass(frozen=True, slots=True)
class _Pen:
    rail: str
    tls_rail: str
    line: str
    right: str
    left: str
    tls: str
    tls_left: str
    tls_right: str
    ellipsis: str


_UNICODE = _Pen("│", "║", "─", "▶", "◀", "═", "╞", "╡", "…")
_ASCII = _Pen("|", "#", "-", ">", "<", "=", "+", "+", "...")


class TextLadder:
    """Writes a ladder as it happens: give it to `record` as the sink, or call it with each line of a trace.

    `write` takes one line of text, without the line end. `width` is the number of columns (40 at least). `ascii` keeps
    to ASCII for the frame and replaces other characters. Raises ValueError for a `width` that is too small.
    """

    __slots__ = ("_ascii", "_ladder", "_pen", "_rail", "_tls", "_width", "_write")

    def __init__(self, write: Callable[[str], object], *, width: int = 96, ascii: bool = False) -> None:
        if width < 40:
            raise ValueError("a ladder needs 40 columns")
        self._write = write
        self._width = width
        self._ascii = ascii
        self._pen = _ASCII if ascii else _UNICODE
        self._ladder = Ladder()
        self._tls = False

    def __call__(self, line: str) -> None:
        """One line of a trace. Raises TraceError if it is none."""
        for step in self._ladder.feed(line):
            self.step(step)

    def step(self, step: Step) -> None:
        """Draw one step."""
        if self._ascii:
            step = replace(step, label=step.label.replace("…", "...").encode("ascii", "replace").decode("ascii"))
        self._write(self._draw(step))

    def _draw(self, step: Step) -> str:
        pen = self._pen
        inner = self._width - _TIME - 4
        if step.short and _columns(step.label) > inner - 2:
            step = replace(step, label=step.short)
        rail = pen.tls_rail if self._tls else pen.rail
        clock = f"{step.time:{_TIME}.3f}  "
        gap = " " * (_TIME + 2)
        match step.kind:
            case StepKind.TITLE:
                room = inner - len("client") - len("server") + 2
                return gap + "client" + _centre(_fit(step.label, room - 2, pen.ellipsis), room, " ") + "server"
            case StepKind.TO_SERVER:
                text = _fit(step.label, inner - 6, pen.ellipsis)
                fill = pen.line * (inner - _columns(text) - 5)
                return f"{clock}{rail}{pen.line * 2} {text} {fill}{pen.right}{rail}"
            case StepKind.TO_CLIENT:
                text = _fit(step.label, inner - 6, pen.ellipsis)
                fill = pen.line * (inner - _columns(text) - 4)
                return f"{clock}{rail}{pen.left}{pen.line} {text} {fill}{rail}"
            case StepKind.TLS:
                self._tls = True
                text = f" {_fit(step.label, inner - 6, pen.ellipsis)} "
                return f"{clock}{pen.tls_left}{_centre(text, inner, pen.tls)}{pen.tls_right}"
            case StepKind.NOTE:
                return f"{clock}{rail}{_centre(_fit(step.label, inner - 2, pen.ellipsis), inner, ' ')}{rail}"
            case StepKind.END:
                tls, self._tls = self._tls, False
                text = f" {_fit(step.label, inner - 6, pen.ellipsis)} "
                return f"{clock}{pen.tls_left}{_centre(text, inner, pen.tls if tls else pen.line)}{pen.tls_right}"


def render_text(lines: Iterable[str], *, width: int = 96, ascii: bool = False) -> str:
    """The ladder of a whole trace. Raises TraceError."""
    drawn: list[str] = []
    ladder = TextLadder(drawn.append, width=width, ascii=ascii)
    for step in steps(lines):
        ladder.step(step)
    return "".join(f"{line}\n" for line in drawn)


def _columns(text: str) -> int:
    """How many columns a terminal uses for the text."""
    return sum(_char_columns(char) for char in text)


def _char_columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _fit(text: str, room: int, ellipsis: str) -> str:
    """The text in at most `room` columns."""
    if _columns(text) <= room:
        return text
    room -= len(ellipsis)
    used = 0
    for index, char in enumerate(text):
        used += _char_columns(char)
        if used > room:
            return text[:index] + ellipsis
    return text


def _centre(text: str, room: int, fill: str) -> str:
    left = max(room - _columns(text), 0) // 2
    return fill * left + text + fill * max(room - _columns(text) - left, 0)
