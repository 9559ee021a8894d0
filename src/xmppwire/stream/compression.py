"""The two halves of a compressed stream (XEP-0138): `Deflater` for what we write, `Inflater` for what comes. zlib (RFC 1950).

A few compressed bytes can stand for very many. So `Inflater` only stores what it is fed, and gives the inflated bytes out in
pieces of bounded size: the XML reader sees each of them, and applies its limits, before the next one is made. How much may
come out for what came in is bounded as well, whatever it is.

What comes out, and what is refused, never depends on how the bytes were cut: it is always as if they had been inflated one
by one. That would be slow, so several are taken at once where no bound can be passed within them; where they turn out to be
damaged, it is done again from a copy, byte by byte.
"""

from __future__ import annotations

import zlib

from ..protocol.stream_compression import CompressionCondition, CompressionFailure
from .errors import StreamErrorCondition
from .header import StreamFault

METHOD = "zlib"

_PIECE = 4096  # about so much is given out at once; one step more at the most
_STEP = 64
_PER_BYTE = 1032  # DEFLATE makes no more out of one byte
_HELD = 8  # bytes that zlib may hold, to make something of them later
_SEGMENT = 1024  # so often a copy is kept
_WINDOW = 64 * 1024  # what came is held against what comes out for so many bytes, then anew


class Deflater:
    """Compresses what we write."""

    __slots__ = ("_zlib",)

    def __init__(self) -> None:
        self._zlib = zlib.compressobj()

    def compress(self, data: bytes) -> bytes:
        """All of it, so that the peer can read it at once (section 5)."""
        return self._zlib.compress(data) + self._zlib.flush(zlib.Z_SYNC_FLUSH)


class Inflater:
    """Inflates what comes: at most `ratio` bytes for each that came, and `ahead` bytes more."""

    __slots__ = (
        "_ahead",
        "_at",
        "_came",
        "_careful",
        "_data",
        "_fault",
        "_gave",
        "_ratio",
        "_since",
        "_spare",
        "_zlib",
    )

    def __init__(self, ratio: int, ahead: int) -> None:
        self._ratio = ratio
        self._ahead = ahead
        self._zlib = zlib.decompressobj()
        self._data = b""
        self._at = 0
        """How much of `_data` was inflated."""
        self._spare = self._zlib
        """A copy of `_zlib`, as it was at `_since`; that is negative where there is none."""
        self._since = -1
        self._careful = False
        """There is damage ahead: one byte at a time."""
        self._came = 0
        """Of the present window: how much came, and what it gave."""
        self._gave = 0
        self._fault: StreamFault | None = None

    def feed(self, data: bytes) -> None:
        """Store bytes; nothing else happens."""
        self._data = self._data[self._at :] + data
        self._at = 0
        self._since = -1

    @property
    def waiting(self) -> int:
        """Bytes that are not inflated yet."""
        return len(self._data) - self._at

    def next(self) -> bytes:
        """The next piece; it may be empty. Raises `StreamFault` when everything before the fault was given out."""
        pieces: list[bytes] = []
        size = 0
        while size < _PIECE and self.waiting:
            try:
                pieces.append(self._step())
            except StreamFault as fault:
                self._fault = fault
                break
            size += len(pieces[-1])
        if self._fault is not None and size == 0:
            raise self._fault
        return b"".join(pieces)

    def _step(self) -> bytes:
        """Inflate a few bytes."""
        if self._fault is not None:
            raise self._fault
        if self._zlib.eof:
            raise _damaged("bytes behind the end of the compressed stream")
        at, data = self._at, self._data
        safe = self._left // _PER_BYTE - _HELD
        size = 1 if self._careful else max(1, min(_STEP, len(data) - at, _WINDOW - self._came, safe))
        if size > 1 and (self._since < 0 or at - self._since >= _SEGMENT):
            self._spare, self._since = self._zlib.copy(), at
        try:
            plain = self._zlib.decompress(data[at : at + size])
        except zlib.error as error:
            if size == 1:
                raise _damaged(str(error)) from None
            self._zlib = self._spare
            self._zlib.decompress(data[self._since : at])
            self._careful = True
            return b""
        used = size - len(self._zlib.unused_data)
        self._at += used
        self._came += used
        self._gave += len(plain)
        if self._left < 0:
            text = f"more than {self._ratio} bytes for each that came"
            raise StreamFault(StreamErrorCondition.POLICY_VIOLATION, text)
        if self._came >= _WINDOW:
            self._came = self._gave = 0
        return plain

    @property
    def _left(self) -> int:
        """How much more may come out for what has come."""
        return self._ahead + self._ratio * self._came - self._gave


def _damaged(text: str) -> StreamFault:
    failure = CompressionFailure(condition=CompressionCondition.PROCESSING_FAILED)
    return StreamFault(StreamErrorCondition.UNDEFINED_CONDITION, text, failure.to_element())
