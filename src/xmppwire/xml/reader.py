"""The XML of one direction of a stream (RFC 6120, sections 4 and 11): bytes go in, elements are pulled out.

`feed` only stores. `next` moves on by one item: strip white space, check that it is UTF-8, let the scanner say where the
last complete token of a slice ends, and give the slice to expat, whose callbacks (see `builder`) build the elements.
Three things make the switch to TLS, compression and a new stream exact:

- Expat gets complete tokens only, so nothing is ever half consumed, and all versions of it behave the same.
- An exception in a callback stops it at the end of a top-level element. The parser is of no use after that: the next
  one is primed with the stream header.
- The slices since the last item that was delivered are kept, so that one can always go back to exactly its end.

Errors must not depend on where the network cut the bytes. So they are judged in the order of the bytes: whatever is
complete before a fault is parsed first; a limit applies to the bytes from the `<` of a stanza on; and text between
stanzas is refused at its first byte, before anything is known about what follows.
"""

from __future__ import annotations

import enum
from typing import Any, TypeAlias, cast
from xml.parsers import expat

from xmppwire.xml.buffer import NOT_SPACE, SLICE, TokenBuffer, behind_the_end, end_at, gap_fault
from xmppwire.xml.builder import TEXT_BUFFER, Builder, Expat, Stopped, joined_name
from xmppwire.xml.element import Element, Name, Node
from xmppwire.xml.errors import XMLError
from xmppwire.xml.header import Prolog, StreamEnd, StreamStart, check_names, expat_error
from xmppwire.xml.limits import XMLLimits
from xmppwire.xml.node import Lane, element_of, ends_of, lane_behind, start_of, suits

_RETRY_BYTES = 32 * 1024
"""How long `Builder` is on its own once a `Lane` had doubts, up to the next end of a stanza."""
_PIECES = 8  # in so many a stanza may come to a lane

Item: TypeAlias = StreamStart | Element | StreamEnd


class _Phase(enum.Enum):
    PROLOG = enum.auto()
    CONTENT = enum.auto()
    EPILOG = enum.auto()


# Python 3.11 looks up the members of an Enum slowly.
_PROLOG = _Phase.PROLOG
_CONTENT = _Phase.CONTENT
_EPILOG = _Phase.EPILOG


class StreamReader:
    """Pulls the header, the top-level elements and the end of an XML stream out of its bytes.

    `stepping` makes expat stop at each top-level element, which costs about as much again, and saves work where the
    bytes behind an element are likely to mean something else. Off, a slice of 4 KiB runs through. What is delivered, and
    what `restart` and `take_rest` see, is the same.
    """

    # fmt: off
    __slots__ = (
        "_at", "_base", "_buffer", "_builder", "_count_from", "_counting", "_drained", "_ends", "_error", "_expat", "_from",
        "_header", "_items", "_kept", "_lane", "_last", "_limits", "_names_from", "_open", "_parser", "_phase", "_prolog",
        "_quick_bytes", "_root", "_slow", "_suited", "_used", "stepping",
    )
    # fmt: on

    def __init__(self, limits: XMLLimits, *, stepping: bool = True) -> None:
        self.stepping = stepping
        self._lane: Lane | None = None
        self._buffer = TokenBuffer()
        self._expat = Expat()
        self._parser: Any = None
        self._judge_by(limits)
        self._begin()

    def _judge_by(self, limits: XMLLimits) -> None:
        self._limits = limits
        self._builder = Builder(limits)
        # Shorter stanzas cannot have too many: a name takes 4 bytes, a namespace 10.
        self._count_from = 4 * limits.elements
        self._names_from = min(4 * limits.names, 10 * limits.namespaces)
        self._quick_bytes = min(3 * SLICE, limits.stanza_bytes, self._count_from, self._names_from)
        """Up to here no stanza can have too much of anything that is counted."""
        self._suited = suits(limits)
        self._slow = not self._suited

    def _begin(self) -> None:
        """Before the first byte of a stream."""
        self._phase = _PROLOG
        self._prolog = Prolog()
        self._header = b""
        self._root: Name = ("", "")
        """The name of the root element."""
        self._base = 0
        """Bytes that the parser got so far."""
        self._used = 0
        """Bytes of the unfinished stanza that were consumed."""
        self._counting = False
        self._items: list[Item | Node] = []
        """What the last slice gave, and how much of it was delivered."""
        self._at = 0
        self._ends: list[int] = []
        """Where the items end, as `Builder` says it, and what to subtract to get a place in `_kept[0]`."""
        self._from = 0
        self._open = 0
        """How many elements begin there in the stanza of which nobody knows yet where it begins (`_settle`)."""
        self._last = 0
        """Where in `_kept[0]` the last one ends."""
        self._kept: list[bytearray] = []
        """The slices that were consumed since the last item that was delivered, beginning with its own."""
        self._buffer.skipped = False
        self._error: XMLError | None = None
        self._drained = False
        """All there is to get was got, and the end of file was fed."""
        self._drop()

    def _drop(self) -> None:
        """Let go of the parser; the next one begins at the buffer's first byte, between stanzas."""
        if self._parser is not None:
            self._parser = None
            if self._lane is None:
                self._builder.attach(None)
            self._lane = None
        self._buffer.restate()

    # What goes in

    def feed(self, data: bytes) -> None:
        """Store bytes; nothing else happens."""
        self._buffer.data += data

    def feed_eof(self) -> None:
        """Store that no more bytes will come."""
        self._buffer.eof = True

    @property
    def limits(self) -> XMLLimits:
        """The limits; new ones hold for everything behind the last item."""
        return self._limits

    @limits.setter
    def limits(self, limits: XMLLimits) -> None:
        if limits == self._limits:
            return
        behind = self._at < len(self._items) or (self._error is not None and self._phase is not _EPILOG)
        if self._header and self._items and behind:
            # What was parsed ahead was judged by the old limits.
            self._phase = _CONTENT
            self._error = None
        if self._phase is _CONTENT and self._error is None:
            self._go_back()
        self._drop()
        self._judge_by(limits)

    # What comes out

    def next(self) -> Item | None:
        """The next item, as `pull` gives it; elements are elements."""
        item = self.pull()
        return element_of(item) if isinstance(item, Node) else item

    def pull(self) -> Item | Node | None:
        """The next item; None if it takes more bytes, or if there are none to come. An element may be a node of a tree.

        The work is bounded by the length that a stanza may have. Raises XMLError when everything before the fault was
        delivered, and again from then on.
        """
        at = self._at
        items = self._items
        if at < len(items):
            self._at = at + 1
            return items[at]
        if items:
            self._items = []
            self._at = 0
        if self._error is None:
            try:
                while self._content() if self._phase is _CONTENT else self._outside():
                    if self._items:
                        break
            except XMLError as error:
                self._fail(error)
            if self._items:
                self._at = 1
                self._buffer.skipped = False
                return self._items[0]
        if self._error is not None:
            raise self._error.with_traceback(None)
        self._drained = self._buffer.eof
        return None

    @property
    def at_eof(self) -> bool:
        """The end of file was fed, and everything in front of it was delivered."""
        if not self._buffer.eof or self._error is not None or self._at < len(self._items):
            return False
        return self._drained or not self._buffer.data

    @property
    def truncated(self) -> bool:
        """The end of file came inside a token, a stanza or the stream."""
        if not self.at_eof or self._phase is _EPILOG:
            return False
        return self._phase is _CONTENT or self._prolog.begun or bool(self._buffer.data)

    @property
    def buffered(self) -> int:
        """Bytes that were fed and not used yet: neither delivered nor part of an unfinished stanza that is under way."""
        size = len(self._buffer.data)
        if self._at < len(self._items):
            size += len(self._kept[0]) - self._end_of(self._at - 1)
        return size

    @property
    def has_rest(self) -> bool:
        """Whether there is anything behind the last item, white space included."""
        return self._buffer.skipped or bool(self._buffer.data) or any(self._behind())

    def take_rest(self) -> bytes:
        """Remove and return the bytes behind the last item. The reader is then as before its first byte."""
        self._go_back()
        rest = bytes(self._buffer.data)
        self._buffer.data.clear()
        self._begin()
        return rest

    def restart(self) -> None:
        """The byte behind the last item is the first one of a new stream (RFC 6120, section 4.3.3)."""
        self._go_back()
        self._begin()

    # Going back

    def _behind(self) -> list[bytearray]:
        """What was consumed behind the last item that was delivered."""
        if not self._kept:
            return []
        self._settle()
        begin = self._end_of(self._at - 1) if self._at < len(self._items) else self._last
        return [self._kept[0][begin:], *self._kept[1:]]

    def _go_back(self) -> None:
        """Make the buffer begin behind the last item that was delivered."""
        self._buffer.put_back(b"".join(self._behind()))
        self._items, self._ends, self._kept = [], [], []
        self._at = self._used = self._last = self._open = 0

    def _end_of(self, index: int) -> int:
        """Where an item of the last slice ends in `_kept[0]`."""
        slice_ = self._kept[0]
        if not self._ends:
            self._settle()
            self._ends, self._from = ends_of(cast("list[Node]", self._items), slice_, self._last), 0
        return end_at(slice_, self._ends[index], self._from)

    def _fail(self, error: XMLError) -> None:
        self._error = error
        self._drop()

    # Outside the root element

    def _outside(self) -> bool:
        """Take the header, or see that nothing follows the end; tell whether there may be more to take."""
        buffer = self._buffer
        if self._phase is _EPILOG:
            data = buffer.data
            if data.strip(b" \t\r\n"):
                raise behind_the_end()
            buffer.skipped = buffer.skipped or bool(data)
            data.clear()
            return False
        cut = self._prolog.find(buffer, self._limits)
        if not cut:
            return False
        header = buffer.data[:cut]
        buffer.remove(cut)
        start = self._prolog.read(bytes(header), self._limits)
        self._root = start.name
        self._items = [start]
        self._ends, self._from, self._kept, self._last = [cut - 1], 0, [header], cut
        if header.endswith(b"/>"):
            self._items.append(StreamEnd())
            self._ends.append(cut - 1)
            self._phase = _EPILOG
        else:
            self._header = bytes(header)
            self._phase = _CONTENT
        return True

    # Inside the root element

    def _content(self) -> bool:
        """Give expat the next slice; tell whether that was possible."""
        builder = self._builder
        parser = self._parser
        lane = self._lane
        if parser is None or not (builder.depth() if lane is None else lane.is_open):
            if not self._buffer.between():
                return False
            self._used = 0
        allowed = self._limits.stanza_bytes - self._used  # at least
        if self._buffer.is_settled(allowed):
            return False
        plain = cut = 0 if lane is None else self._buffer.plain_tokens(min(allowed, self._quick_bytes - self._used))
        if not cut:
            self._settle()
            cut = self._buffer.tokens(self._limits.stanza_bytes - self._used)
        if not cut:
            return False
        if parser is None:
            parser = self._prime()
            lane = self._lane
        slice_ = self._buffer.data[:cut]
        prefixes = b"xmlns:" in slice_
        if lane is not None:
            if prefixes or not self._quickly(lane, slice_, plain > 0):
                self._go_back()
                self._drop()
                self._slow = True
            return True
        renew = min(self._limits.renew_bytes, _RETRY_BYTES if self._suited else self._limits.renew_bytes)
        builder.prepare(self.stepping or self._base >= renew, prefixes)
        if self._counting or self._used + cut > self._count_from:
            self._counting = self._used + cut > self._count_from
            builder.count(self._counting)
        begin = self._base
        self._base = begin + cut
        fault: XMLError | None = None
        stopped = False
        if cut > 2 * SLICE:
            parser.buffer_size = cut
        try:
            parser.Parse(slice_, False)
            if parser.CurrentByteIndex != self._base:
                fault = XMLError("not-well-formed", "a tag is not well-formed")
            if cut > 2 * SLICE:
                # Large text came in one piece; joining pieces one by one would be quadratic.
                parser.buffer_size = TEXT_BUFFER
        except Stopped:
            stopped = True
        except expat.ExpatError as error:
            fault = expat_error(error)
        except IndexError:
            fault = XMLError("policy-violation", "a stanza has more levels than the limit")
        except XMLError as error:
            fault = error
        consumed = cut
        if not builder.ends and fault is None:
            self._kept.append(slice_)
            self._used += cut
        else:
            fault, consumed = self._collect(slice_, begin, stopped, fault)
        if not stopped and fault is None:
            self._buffer.consume(consumed)
            return True
        self._buffer.remove(consumed)
        if fault is None:
            self._drop()
        elif self._items:
            self._fail(fault)
        else:
            raise fault
        return True

    def _collect(
        self, slice_: bytearray, begin: int, stopped: bool, fault: XMLError | None
    ) -> tuple[XMLError | None, int]:
        """Take what a slice gave; return the fault behind it, if any, and how much of the slice is consumed."""
        depth = self._builder.depth()
        elements, ends, spaced = self._builder.take()
        items = cast("list[Item | Node]", elements)
        if depth < 0:
            items.append(StreamEnd())
            self._phase = _EPILOG
        self._items = items
        cut = len(slice_)
        if not items:
            self._kept.append(slice_)
            return fault, cut
        self._ends, self._from, self._kept = ends, begin, [slice_]
        if spaced or self._buffer.has_sections or (fault is not None and depth == 0):
            fault = self._check_gaps(slice_, len(items) - stopped) or fault
        if self._used + cut > self._names_from:
            fault = self._check_names() or fault
        if not items:
            return fault, cut
        self._last = last = self._end_of(len(items) - 1)
        if stopped and fault is None:
            self._kept[0] = slice_[:last]
            return None, last
        found = NOT_SPACE.search(slice_, last)
        self._used = 0 if found is None else cut - found.start()
        return fault, cut

    def _prime(self) -> Any:
        """A parser that has seen the stream header."""
        self._base = len(self._header)
        if not self.stepping and not self._slow and (lane := lane_behind(self._header, self._root, self._limits)):
            self._parser = self._lane = lane
            return lane
        self._parser = parser = self._expat.parser()
        parser.Parse(self._header, False)
        self._counting = False
        self._builder.attach(parser, joined_name(self._root))
        self._slow = not self._suited
        return parser

    def _quickly(self, lane: Lane, slice_: bytearray, plain: bool) -> bool:
        """Give the next slice to the lane; False if it is none for it, and nothing is changed then."""
        buffer, limits, cut = self._buffer, self._limits, len(slice_)
        # A lane looks at the whole of an unfinished stanza each time: that must not be often.
        if (not plain and buffer.has_sections) or self._used + cut > self._quick_bytes or len(self._kept) > _PIECES:
            return False
        nodes = lane.parse(slice_, plain)
        if nodes is None:
            return False
        self._base += cut
        consume = buffer.remove_tokens if plain else buffer.consume
        if not nodes:
            self._kept.append(slice_)
            self._used += cut
            consume(cut)
            return True
        self._items, self._ends, self._kept = cast("list[Item | Node]", nodes), [], [slice_]
        self._open = lane.open
        if not lane.open:
            self._used = 0
            self._last = slice_.rindex(b">") + 1
        else:
            self._used = cut  # at most
        if self._base < limits.renew_bytes:
            consume(cut)
        else:
            self._settle()
            del slice_[self._last :]
            buffer.remove(self._last)
            self._drop()
        return True

    def _settle(self) -> None:
        """Find where the stanza begins that a lane has left open. Most of them end in the next slice, and nobody asks."""
        if self._open:
            slice_ = self._kept[0]
            begin = start_of(self._open, slice_, len(slice_))
            self._open = 0
            self._used -= begin
            self._last = slice_.rindex(b">", 0, begin) + 1

    def _check_gaps(self, slice_: bytearray, count: int) -> XMLError | None:
        """Text behind one of the first items of a slice is a fault: everything behind it is dropped."""
        for index in range(count):
            fault = gap_fault(slice_, self._end_of(index), isinstance(self._items[index], StreamEnd))
            if fault is not None:
                self._give_up(index + 1)
                return fault
        return None

    def _check_names(self) -> XMLError | None:
        """Too many distinct names in an item is a fault: it and everything behind it is dropped."""
        begin = -self._used
        for index, item in enumerate(self._items):
            end = self._end_of(index)
            if isinstance(item, Element) and end - begin > self._names_from:
                fault = check_names(item, self._limits)
                if fault is not None:
                    self._give_up(index)
                    return fault
            begin = end
        return None

    def _give_up(self, count: int) -> None:
        """Forget all items but the first ones."""
        del self._items[count:], self._ends[count:]
        self._phase = _CONTENT
