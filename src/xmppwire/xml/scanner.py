"""Where the last complete token ends (XML 1.0, sections 2.4, 2.7 and 3.1).

Expat must never see an unfinished token: it would rescan it from the start with each piece, which is quadratic, or put it
off, which withholds stanzas that have arrived. So somebody has to know where tokens end before expat does.

This costs next to nothing because `<` can stand neither in text nor in the value of an attribute. Whatever is in front of
the last `<` is complete, and only the tail behind it needs a look at its quotes. That it is complete only if it is
well-formed does no harm: the reader notices when expat kept something back. CDATA sections are the exception, since
anything may stand in them; but they begin with `<!`, which is quick to look for.

Text is complete only together with the tag behind it, so that it arrives in one piece. If that tag is unfinished, what
precedes it is cut behind its last `>`. That may be one in the text, but is never inside a character, a reference, a line
end, or a `]]>`.
"""

from __future__ import annotations

import re

from xmppwire.xml.errors import restricted

_QUOTE_OR_END = re.compile(rb"[\"'>]")
_SPECIAL = re.compile(rb"<[!?]")
_CDATA = b"<![CDATA["


class TokenScanner:
    """A position in a buffer that only moves forward, so that each byte is looked at once however the bytes arrive."""

    __slots__ = ("_complete", "_open", "_quote", "_section", "_seen", "sections")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """The buffer now begins somewhere else: at the end of a token."""
        self._seen = 0
        self._complete = 0
        self.sections = False
        """Whether there are CDATA sections in what is complete."""
        self._open = -1
        """Where the unfinished tag begins, or -1."""
        self._quote = b""
        """The quote that the unfinished tag is inside of."""
        self._section = -1
        """Where the unfinished `<!` begins, or -1."""

    @property
    def in_section(self) -> bool:
        """Whether there is a `<!` or `<?` behind the last cut, which may or may not be the beginning of a section."""
        return self._section >= 0

    def move(self, offset: int) -> None:
        """The buffer now begins at `offset`, which is what `cut` returned."""
        self._seen -= offset
        self._complete = 0
        self.sections = False
        if self._open >= 0:
            self._open -= offset
        if self._section >= 0:
            self._section -= offset

    def cut(self, buffer: bytearray, end: int) -> int:
        """The end of the last complete token within `buffer[:end]`, or 0.

        A `<` inside of a tag counts as complete, so that expat finds it at once. Raises XMLError for `<?`, and for `<!`
        that begins no CDATA section, if nothing is complete in front of it.
        """
        while True:
            if self._section >= 0 and not self._skip_section(buffer, end):
                return self._complete
            special = self._find_special(buffer, self._seen, end)
            if not self._scan(buffer, self._seen, end if special < 0 else special) or special < 0:
                return self._complete
            if self._open >= 0 and self._open != special:
                return special + 1
            self._complete = max(self._complete, buffer.rfind(b">", self._complete, special) + 1)
            self._section = special

    def first_tag(self, buffer: bytearray, end: int) -> int:
        """The end of the tag that `buffer` begins with, if it is complete within `buffer[:end]`; otherwise 0."""
        position = self._scan_tag(buffer, max(self._seen, 1), end)
        self._seen = end
        return max(position, 0)

    def _find_special(self, buffer: bytearray, start: int, end: int) -> int:
        # A one-byte search is ten times as fast as the other two; most slices have neither byte.
        if start:
            start -= 1
        if buffer.find(b"!", start, end) < 0 and buffer.find(b"?", start, end) < 0:
            return -1
        found = _SPECIAL.search(buffer, start, end)
        return -1 if found is None else found.start()

    def _scan(self, buffer: bytearray, start: int, end: int) -> bool:
        """Look at what has no `<!`; False if there is a `<` inside of a tag."""
        if start >= end:
            return True
        self._seen = end
        last = buffer.rfind(b"<", start, end)
        if last < 0:
            behind = self._scan_tag(buffer, start, end) if self._open >= 0 else -1
            if behind >= 0:
                self._open = -1
                self._complete = behind
            return True
        if self._open >= 0:
            first = buffer.find(b"<", start, last + 1)
            if self._scan_tag(buffer, start, first) < 0:
                self._complete = first + 1
                return False
        self._quote = b""
        behind = self._scan_tag(buffer, last + 1, end)
        if behind >= 0:
            self._open = -1
            self._complete = behind
            return True
        quote, self._quote = self._quote, b""
        before = buffer.rfind(b"<", start, last)
        if before >= 0 and self._scan_tag(buffer, before + 1, last) < 0:
            self._complete = last + 1
            return False
        self._open, self._quote = last, quote
        self._complete = max(self._complete, buffer.rfind(b">", self._complete, last) + 1)
        return True

    def _scan_tag(self, buffer: bytearray, position: int, end: int) -> int:
        """The end of the tag that `position` is inside of, or -1."""
        quote = self._quote
        while True:
            if quote:
                position = buffer.find(quote, position, end) + 1
                if not position:
                    self._quote = quote
                    return -1
                quote = b""
            found = _QUOTE_OR_END.search(buffer, position, end)
            if found is None:
                self._quote = b""
                return -1
            position = found.end()
            quote = found[0]
            if quote == b">":
                return position

    def _skip_section(self, buffer: bytearray, end: int) -> bool:
        """Go behind the CDATA section; tell whether it is complete."""
        begin = self._section
        content = begin + len(_CDATA)
        if not _CDATA.startswith(buffer[begin : min(content, end)]):
            if self._complete:
                return False
            raise restricted()
        close = buffer.find(b"]]>", max(content, self._seen - 2), end)
        self._seen = max(self._seen, end)
        if close < 0:
            return False
        self._seen = self._complete = close + 3
        self.sections = True
        self._section = self._open = -1
        return True
