"""What waits to be written: bytes in order, counted, with high and low water marks."""

from __future__ import annotations

from collections.abc import Callable

from .limits import Limits


class Output:
    """A queue of bytes. `size` is what waits; `level_changed` says that a water mark was passed and not yet announced."""

    __slots__ = ("_chunks", "_clear", "_compress", "_congestion", "announced_high", "crowded", "high", "low", "size")

    def __init__(self, limits: Limits) -> None:
        self._chunks: list[bytes] = []
        self._clear = b""
        """What was written before compression began."""
        self._compress: Callable[[bytes], bytes] | None = None
        self.high = limits.output_high
        self.low = limits.output_low
        self.announced_high = False
        self.crowded = False
        """Whether too much of what was written is not confirmed by the peer: as good as a full queue."""
        self._congestion = max(limits.output_high, limits.output_bytes // 2)
        self.size = 0

    def append(self, data: bytes) -> None:
        self._chunks.append(data)
        self.size += len(data)

    def take(self) -> bytes:
        """Everything that waits; the queue is empty then."""
        chunks = self._chunks
        if not chunks and not self._clear:
            return b""
        self._chunks = []
        self.size = 0
        if self._compress is not None:
            clear, self._clear = self._clear, b""
            return clear + self._compress(b"".join(chunks)) if chunks else clear
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def compress(self, compress: Callable[[bytes], bytes]) -> None:
        """Have `compress` make what is written of all that is appended from here on. What waits is counted as it was before."""
        self._clear = self.take()
        self.size = len(self._clear)
        self._compress = compress

    @property
    def congested(self) -> bool:
        """Whether so much waits that the peer should not make us write more. That is far above the high mark: two peers who
        both stop reading at that one would wait for each other."""
        return self.size > self._congestion

    @property
    def level_changed(self) -> bool:
        if self.crowded:
            return not self.announced_high
        return self.size < self.low if self.announced_high else self.size > self.high

    def announce(self) -> bool:
        """Note that the change of level was told. True: the output is high now; False: it is low again."""
        self.announced_high = not self.announced_high
        return self.announced_high
