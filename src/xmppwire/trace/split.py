"""Cuts one direction of a recorded stream into what a reader of a ladder wants to see: headers, first-level elements, footers.

Unlike the engine's own reader it never gives up: damaged input comes out as a piece of its own, and the next header is
found again. Nothing is decided here; it is for the eye only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_TOKEN = re.compile(rb"<!\[CDATA\[.*?\]\]>|<[?!][^>]*>|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
_NAME = re.compile(rb"</?(?:[^\s/>:]*:)?([^\s/>:]*)")
_HELD = 1024 * 1024
"""Bytes held for an element that does not end; beyond it, what is there is given out as it is."""


class PieceKind(Enum):
    """What a piece is."""

    HEADER = "header"
    ELEMENT = "element"
    FOOTER = "footer"
    BLANK = "blank"
    """White space between elements: a keepalive."""
    OTHER = "other"
    """Text or markup that does not belong there."""


@dataclass(slots=True)
class Piece:
    """One piece of the stream, as it was on the wire."""

    kind: PieceKind
    raw: bytes


class Splitter:
    """One direction of one stream."""

    __slots__ = ("_begin", "_buffer", "_depth", "_position")

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """The stream begins anew; a piece that was not complete is forgotten."""
        self._buffer = bytearray()
        self._begin = 0  # of the piece under way
        self._position = 0  # of what was not looked at yet
        self._depth = 0  # inside the piece under way

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces that became complete."""
        self._buffer += data
        pieces: list[Piece] = []
        while self._step(pieces):
            pass
        if len(self._buffer) - self._begin > _HELD:
            pieces.append(Piece(PieceKind.OTHER, bytes(self._buffer[self._begin :])))
            self.restart()
        del self._buffer[: self._begin]
        self._position -= self._begin
        self._begin = 0
        return pieces

    def _step(self, pieces: list[Piece]) -> bool:
        buffer = self._buffer
        start = buffer.find(b"<", self._position)
        if self._depth == 0 and start != self._position:
            end = len(buffer) if start < 0 else start
            if text := bytes(buffer[self._position : end]):
                pieces.append(Piece(PieceKind.OTHER if text.strip() else PieceKind.BLANK, text))
            self._begin = self._position = end
        if start < 0:
            self._position = len(buffer)
            return False
        self._position = start
        match = _TOKEN.match(buffer, start)
        if match is None:
            return False
        self._position = match.end()
        self._token(match.group(), pieces)
        return True

    def _token(self, token: bytes, pieces: list[Piece]) -> None:
        if token.startswith(b"<?") and self._depth == 0:
            return  # the XML declaration is shown with the header behind it
        if token.startswith((b"<!", b"<?")):
            if self._depth == 0:
                self._complete(PieceKind.OTHER, pieces)
            return
        match = _NAME.match(token)
        name = match.group(1) if match else b""
        if token.startswith(b"</"):
            if self._depth == 0:
                self._complete(PieceKind.FOOTER if name == b"stream" else PieceKind.OTHER, pieces)
                return
            self._depth -= 1
        elif token.endswith(b"/>"):
            pass
        elif name == b"stream" and self._depth == 0:
            self._complete(PieceKind.HEADER, pieces)
            return
        else:
            self._depth += 1
        if self._depth == 0:
            self._complete(PieceKind.ELEMENT, pieces)

    def _complete(self, kind: PieceKind, pieces: list[Piece]) -> None:
        pieces.append(Piece(kind, bytes(self._buffer[self._begin : self._position])))
        self._begin = self._position
