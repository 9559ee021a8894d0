"""What waits to be written: bytes in order, counted, with high and low water marks."""

from __future__ import annotations

from .limits import Limits


class Output:
    """A queue of bytes. `size` is what waits; `level_changed` says that a water mark was passed and not yet announced."""

    __slots__ = ("_chunks", "_congestion", "announced_high", "crowded", "high", "low", "size")

    def __init__(self, limits: Limits) -> None:
        self._chunks: list[bytes] = []
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
        if not chunks:
            return b""
        self._chunks = []
        self.size = 0
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

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
