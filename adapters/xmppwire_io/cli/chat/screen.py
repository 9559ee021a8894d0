"""The terminal: raw keys in, whole screens out. For systems with termios."""

from __future__ import annotations

import os
import shutil
import sys
from types import TracebackType
from typing import Self

from ..terminal import Usage
from .view import Frame

_ENTER = "\x1b[?1049h\x1b[?2004h"
_LEAVE = "\x1b[?2004l\x1b[?1049l"


class Screen:
    """The terminal while the program has it for itself. Raises Usage where there is none."""

    def __init__(self) -> None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise Usage("a conversation needs a terminal; see `send` and `listen`")
        self.descriptor = sys.stdin.fileno()
        self._shown: list[str] = []

    def __enter__(self) -> Self:
        import termios
        import tty

        self._before = termios.tcgetattr(self.descriptor)
        tty.setraw(self.descriptor)
        self._write(_ENTER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        import termios

        self._write(_LEAVE)
        termios.tcsetattr(self.descriptor, termios.TCSADRAIN, self._before)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        size = shutil.get_terminal_size()
        return max(20, size.columns), max(4, size.lines)

    def read(self) -> bytes:
        """What was typed; b"" if the terminal is gone."""
        try:
            return os.read(self.descriptor, 4096)
        except OSError:
            return b""

    def show(self, frame: Frame, *, anew: bool = False) -> None:
        """Draw what is different from before, or everything."""
        if anew or len(frame.lines) != len(self._shown):
            self._shown = []
        parts = ["\x1b[?25l"] if self._shown else ["\x1b[?25l\x1b[2J"]
        for row, line in enumerate(frame.lines):
            if not self._shown or self._shown[row] != line:
                parts.append(f"\x1b[{row + 1};1H\x1b[2K{line}")
        column, row = frame.cursor
        parts.append(f"\x1b[{row + 1};{column + 1}H\x1b[?25h")
        self._shown = list(frame.lines)
        self._write("".join(parts))

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
