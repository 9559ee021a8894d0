"""What the commands say, and to whom: lines on standard output, reasons and progress on standard error."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TextIO

from xmppwire.trace import TextLadder
from xmppwire.trace.labels import printable

_WIDEST, _USUAL, _NARROWEST = 120, 100, 60
"""Columns of a ladder: at most, where there is no terminal, at least."""

_BLANK = 3
"""Columns that the first ten seconds of a ladder leave free before the time."""

_PATIENCE = 1.0
"""Seconds after which a step shows that it is still going on."""


class Failure(Exception):  # noqa: N818  # the exit code 1
    """The peer or the network refused. The text is the reason, on one line."""


class Usage(Exception):  # noqa: N818  # the exit code 2
    """The command cannot be carried out as it was given. The text says why."""


def one_line(text: object) -> str:
    """A text that may come from a peer, fit for a terminal."""
    return printable(" ".join(str(text).split()))


def say(text: str = "") -> None:
    """Print a line, at once."""
    with Progress.hidden():
        print(text, flush=True)


def say_json(value: dict[str, Any]) -> None:
    """Print an object on one line, at once: what steers a terminal, or ends a line for some readers, is escaped."""
    line = json.dumps(value, ensure_ascii=False)
    say(line if line.isprintable() else json.dumps(value))


def note(text: str) -> None:
    """Print a line for the person who watches, out of the way of the output."""
    with Progress.hidden():
        print(text, file=sys.stderr, flush=True)


def ladder(name: str = "") -> TextLadder:
    """A ladder that is drawn on standard output while things happen, with `name` before each line.

    A reader that has gone away ends the drawing, not the session.
    """
    margin = " " * max(0, len(name) - _BLANK)
    broken = False

    def write(line: str) -> None:
        nonlocal broken
        line = margin + line.rstrip()
        if name and line[: len(name)].isspace():
            line = name + line[len(name) :]
        if not broken:
            try:
                say(line)
            except BrokenPipeError:
                broken = True

    return TextLadder(write, width=_columns() - len(margin), ascii=not _draws_lines(sys.stdout))


def table_row(name: str, text: str) -> list[str]:
    """A name, and what there is to say about it, in as many lines as it takes."""
    indent = " " * 12
    return textwrap.wrap(
        text, _columns(), initial_indent=f"{name:11} ", subsequent_indent=indent, break_on_hyphens=False
    ) or [name]


def _columns() -> int:
    return max(_NARROWEST, min(shutil.get_terminal_size((_USUAL, 24)).columns, _WIDEST))


def _draws_lines(stream: TextIO) -> bool:
    try:
        "│◀▶╞".encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


class Progress:
    """Shows on a terminal what a step waits for, once it takes longer than a second: `with Progress("connecting"): ...`."""

    _lock = threading.RLock()
    _shown: Progress | None = None
    """Whose line stands on the terminal."""

    def __init__(self, text: str, stream: TextIO | None = None, *, patience: float = _PATIENCE) -> None:
        self._text = text
        self._stream = sys.stderr if stream is None else stream
        self._patience = patience
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._length = 0

    def __enter__(self) -> Self:
        if self._stream.isatty():
            self._thread = threading.Thread(target=self._show, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    @classmethod
    @contextmanager
    def hidden(cls) -> Generator[None]:
        """Take the line off the terminal for as long as something else is written."""
        with cls._lock:
            if cls._shown is not None:
                cls._shown._erase()
            yield

    def _show(self) -> None:
        began = time.monotonic()
        while not self._over.wait(self._patience):
            with self._lock:
                line = f"{self._text} ... {time.monotonic() - began:.0f} s"
                self._stream.write(f"\r{line}")
                self._stream.flush()
                self._length = len(line)
                Progress._shown = self
        with self._lock:
            self._erase()

    def _erase(self) -> None:
        if self._length:
            self._stream.write("\r" + " " * self._length + "\r")
            self._stream.flush()
            self._length = 0
            Progress._shown = None
