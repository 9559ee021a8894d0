"""Bytes that wait to become tokens (RFC 6120, sections 11.6 and 11.7).

A `TokenBuffer` says where it can be cut behind a complete token, after it made sure that the bytes are UTF-8 up to there.
Both are found out once for each byte, however the bytes arrive: what is known is kept until the buffer is cut elsewhere.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from xmppwire.xml.errors import XMLError, not_utf8, restricted
from xmppwire.xml.scanner import TokenScanner

SLICE = 4096
"""About how many bytes are looked at in one go."""

_TAIL = 1024
"""A longer token that is not complete is left to the scanner, which looks at each byte once."""

NOT_SPACE = re.compile(rb"[^ \t\r\n]")
LESS = 0x3C


class TokenBuffer:
    """The bytes of a stream that were fed and not consumed. Their first one is always the beginning of a token."""

    __slots__ = ("_scanner", "_settled", "_valid", "data", "eof", "skipped")

    def __init__(self) -> None:
        self.data = bytearray()
        self.eof = False
        """Nothing will be added any more."""
        self.skipped = False
        """White space was dropped. Whoever is interested resets it."""
        self._scanner = TokenScanner()
        self.restate()

    def restate(self) -> None:
        """Forget what was found out: the buffer begins somewhere else now."""
        self._scanner.reset()
        self._valid = 0
        """How much is known to be UTF-8."""
        self._settled = 0
        """With how many bytes it is known that there is no complete token, or 0."""

    @property
    def has_sections(self) -> bool:
        """Whether there are CDATA sections in front of the last cut."""
        return self._scanner.sections

    def between(self) -> bool:
        """Drop the white space in front; tell whether something is behind it.

        Raises XMLError if that is something that can stand only inside of an element.
        """
        data = self.data
        if not data:
            return False
        if data[0] != LESS:
            found = NOT_SPACE.search(data)
            if space := len(data) if found is None else found.start():
                del data[:space]
                self.skipped = True
                self.restate()
                if found is None:
                    return False
            if data[0] != LESS:
                raise outside(data[0])
        if len(data) > 1 and data[1] in b"!?":
            raise restricted()
        return True

    def first_tag(self, allowed: int) -> int:
        """The end of the tag in front, which is the stream header; 0 if it is incomplete. Raises XMLError."""
        return self._cut(allowed, self._scanner.first_tag, "the stream header")

    def is_settled(self, allowed: int) -> bool:
        """Whether it is known that `tokens` finds nothing."""
        return self._settled == len(self.data) and self._settled <= allowed and not self.eof

    def tokens(self, allowed: int) -> int:
        """The end of some of the complete tokens in front, at most `allowed` bytes on; 0 if there is none.

        Raises XMLError for a token that would end behind that, and for wrong UTF-8 that no complete token precedes.
        """
        return 0 if self.is_settled(allowed) else self._cut(allowed, self._scanner.cut, "a stanza")

    def plain_tokens(self, allowed: int) -> int:
        """The same for bytes where that is seen at a glance, and 0 for all others. Whether they are UTF-8 is not looked at."""
        data = self.data
        end = min(len(data), allowed)
        if end >= 2 * SLICE:
            end = SLICE
        find = data.find
        if end <= 0 or self.eof or self._settled > _TAIL:
            return 0
        # A search for two bytes takes ten times as long, and most slices have neither.
        if find(b"!", 0, end) >= 0 and find(b"<!", 0, end) >= 0:
            return 0
        if find(b"?", 0, end) >= 0 and find(b"<?", 0, end) >= 0:
            return 0
        last = data.rfind(b"<", 0, end)
        if last < 0:
            return 0
        close = find(b">", last, end)
        if close < 0:
            return data.rfind(b">", 0, last) + 1
        return 0 if find(b"'", last, close) >= 0 or find(b'"', last, close) >= 0 else close + 1

    def remove_tokens(self, size: int) -> None:
        """Remove what is in front of the last cut that `plain_tokens` made."""
        data = self.data
        del data[:size]
        self.restate()
        # Otherwise there is more to find, or something that may not be UTF-8.
        if len(data) < _TAIL and data.isascii() and b">" not in data:
            self._settled = len(data)

    def _cut(self, allowed: int, scan: Callable[[bytearray, int], int], what: str) -> int:
        data = self.data
        size = len(data)
        window = min(size, allowed)
        # A little more than a slice is not worth another round. A long token is looked for in steps that double.
        end = window if window < 2 * SLICE else min(window, max(SLICE, 2 * self._valid))
        while True:
            fault = False
            chunk = data[self._valid : end]
            if chunk.isascii():
                self._valid += len(chunk)
            else:
                try:
                    self._valid += codecs.utf_8_decode(chunk, "strict", False)[1]
                except UnicodeDecodeError as error:
                    self._valid += error.start
                    fault = True
            if cut := scan(data, self._valid):
                self._settled = size if end == size and not fault and not self._scanner.in_section else 0
                return cut
            if fault:
                raise not_utf8()
            if end == window:
                break
            end = min(window, 2 * end)
        if size > allowed:
            raise XMLError("policy-violation", f"{what} is longer than the limit")
        if self.eof and self._valid < size:
            raise not_utf8()
        self._settled = size
        return 0

    def consume(self, size: int) -> None:
        """Remove what is in front of the last cut."""
        del self.data[:size]
        self._scanner.move(size)
        self._valid -= size
        if self._settled:
            self._settled -= size

    def remove(self, size: int) -> None:
        """Remove bytes that end in front of the last cut."""
        del self.data[:size]
        self.restate()

    def put_back(self, data: bytes) -> None:
        """Insert bytes in front, and forget what was found out."""
        self.data[:0] = data
        self.restate()


def outside(byte: int) -> XMLError:
    """For the first byte of what stands between top-level elements, and is neither white space nor a tag."""
    if 0x80 <= byte <= 0xC1 or byte >= 0xF5:
        return not_utf8()
    return XMLError("not-well-formed", "there is text outside of stanzas")


def end_at(slice_: bytearray, place: int, begin: int) -> int:
    """Where an element ends in a slice that begins at the byte `begin`; `place` is what `Builder` says of it."""
    if place < 0:
        place = -place - begin
        if slice_.endswith(b"/>", 0, place):
            return place
    else:
        place -= begin
    return slice_.index(b">", place) + 1


def gap_fault(slice_: bytearray, end: int, ended: bool) -> XMLError | None:
    """What is wrong with what stands behind a top-level element, or if `ended` behind the end of the stream."""
    found = NOT_SPACE.search(slice_, end)
    if found is None:
        return None
    place = found.start()
    if ended:
        return behind_the_end()
    if slice_[place] != LESS:
        return outside(slice_[place])
    return restricted() if slice_.startswith(b"!", place + 1) else None


def behind_the_end() -> XMLError:
    """For anything but white space behind the closing tag of the stream."""
    return XMLError("not-well-formed", "there is something behind the end of the stream")
