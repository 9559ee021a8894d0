"""The text that is being written."""

from __future__ import annotations

from .keys import Key


class Editor:
    """A text, and the place in it where the next character goes."""

    def __init__(self) -> None:
        self.text = ""
        self.place = 0

    def set(self, text: str) -> None:
        """Take another text, to go on at its end."""
        self.text, self.place = text, len(text)

    def insert(self, text: str) -> None:
        self.text = self.text[: self.place] + text + self.text[self.place :]
        self.place += len(text)

    def press(self, key: Key) -> bool:
        """Do what a key means for the text. Whether it means anything."""
        match key:
            case Key.LEFT:
                self.place = max(0, self.place - 1)
            case Key.RIGHT:
                self.place = min(len(self.text), self.place + 1)
            case Key.HOME:
                self.place = 0
            case Key.END:
                self.place = len(self.text)
            case Key.BACKSPACE:
                self._cut(max(0, self.place - 1), self.place)
            case Key.DELETE:
                self._cut(self.place, self.place + 1)
            case Key.KILL_LINE:
                self._cut(0, self.place)
            case Key.KILL_WORD:
                words = self.text[: self.place].rstrip()
                self._cut(words.rfind(" ") + 1, self.place)
            case _:
                return False
        return True

    def _cut(self, begin: int, end: int) -> None:
        self.text = self.text[:begin] + self.text[end:]
        self.place = begin
