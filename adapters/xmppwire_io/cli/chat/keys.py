"""What was typed, out of the bytes of a terminal."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from enum import Enum, auto


class Key(Enum):
    """A key that is no character."""

    ENTER = auto()
    ESCAPE = auto()
    BACKSPACE = auto()
    DELETE = auto()
    LEFT = auto()
    RIGHT = auto()
    UP = auto()
    DOWN = auto()
    HOME = auto()
    END = auto()
    PAGE_UP = auto()
    PAGE_DOWN = auto()
    KILL_LINE = auto()
    KILL_WORD = auto()
    REDRAW = auto()
    QUIT = auto()


_CONTROLS = {
    "\r": Key.ENTER,
    "\x7f": Key.BACKSPACE,
    "\b": Key.BACKSPACE,
    "\x01": Key.HOME,
    "\x02": Key.LEFT,
    "\x03": Key.QUIT,
    "\x04": Key.QUIT,
    "\x05": Key.END,
    "\x06": Key.RIGHT,
    "\x0c": Key.REDRAW,
    "\x15": Key.KILL_LINE,
    "\x17": Key.KILL_WORD,
}
_SEQUENCES = {
    "A": Key.UP,
    "B": Key.DOWN,
    "C": Key.RIGHT,
    "D": Key.LEFT,
    "H": Key.HOME,
    "F": Key.END,
    "1~": Key.HOME,
    "7~": Key.HOME,
    "3~": Key.DELETE,
    "4~": Key.END,
    "8~": Key.END,
    "5~": Key.PAGE_UP,
    "6~": Key.PAGE_DOWN,
}
_PASTE, _PASTE_END = "200~", "\x1b[201~"
_LONGEST = 16
"""Characters of a sequence at most; what is longer is none."""
_LONGEST_PASTE = 65536


class Keyboard:
    """Bytes go in, keys and characters come out; what is pasted comes in one piece, its line ends among it."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    @property
    def waiting(self) -> bool:
        """Whether there is an escape character that may be a key, or begin a longer sequence: `flush` if nothing follows."""
        return bool(self._rest)

    def feed(self, data: bytes) -> Iterator[Key | str]:
        """What was typed with these bytes."""
        self._rest += self._decoder.decode(data)
        while self._rest:
            if self._rest[0] != "\x1b":
                char, self._rest = self._rest[0], self._rest[1:]
                key = _CONTROLS.get(char, char)
                if isinstance(key, Key) or key == "\n" or key.isprintable():
                    yield Key.ENTER if key == "\n" else key
                continue
            found = self._sequence()
            if found is None:
                return
            length, key_or_text = found
            self._rest = self._rest[length:]
            if key_or_text is not None:
                yield key_or_text

    def flush(self) -> Iterator[Key | str]:
        """Nothing follows: an escape character was the key."""
        if self._rest.startswith("\x1b"):
            self._rest = self._rest[1:]
            yield Key.ESCAPE
        yield from self.feed(b"")

    def _sequence(self) -> tuple[int, Key | str | None] | None:
        """How long the sequence at the beginning is, and what it means; None if it is not complete."""
        text = self._rest
        if len(text) == 1:
            return None
        if text[1] not in "[O":
            # Alt and a key: Alt-Enter is the end of a line in the text.
            return (2, "\n") if text[1] in "\r\n" else (1, Key.ESCAPE)
        if text.startswith("[" + _PASTE, 1):
            end = text.find(_PASTE_END)
            if end < 0:
                return None if len(text) < _LONGEST_PASTE else (len(text), None)
            pasted = text[2 + len(_PASTE) : end].replace("\r\n", "\n").replace("\r", "\n")
            return end + len(_PASTE_END), "".join(char for char in pasted if char == "\n" or char.isprintable()) or None
        for end in range(2, min(len(text), _LONGEST)):
            if "@" <= text[end] <= "~":
                return end + 1, _SEQUENCES.get(text[2 : end + 1])
        return None if len(text) < _LONGEST else (_LONGEST, None)
