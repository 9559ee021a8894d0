"""One stream of In-Band Bytestreams (XEP-0047), the same at both ends: blocks that go out, blocks that come in, and its end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum

from ...jid import JID
from ...operation import IqError, Operation, OperationError, request
from ...payload import PayloadError
from ...protocol.in_band_bytestreams import BlockStanza, Close, Data
from ...stanza import ErrorCondition, ErrorType, Iq, Message, StanzaError

SEQUENCE = 65536
"""The numbers of blocks begin again with 0 here (section 2.2)."""
OVERFLOW = 16
"""How many times the agreed buffer is taken from a peer that does not wait for answers."""


class InBandError(OperationError):
    """The stream is broken, or over; the text says why."""


class InBandState(Enum):
    """Where a stream stands."""

    OPEN = "open"
    CLOSING = "closing"
    """We have closed it, and wait for the answer; blocks may still come in."""
    CLOSED = "closed"
    BROKEN = "broken"
    """A block was lost, or refused, or the peer is gone. `close` is still to be run, where the peer may not know."""


class InBandStream:
    """A stream with `peer`, both ways. Made by `InBandStreams`.

    What is written waits until `send_blocks` is run: several at a time (as many as the `window` is) have several blocks under
    way. What comes in waits until it is read; while more than `buffer` bytes wait, blocks are not acknowledged, so that the
    peer waits as well. `on_change` is called when there is something to read, or the stream is no longer open.
    """

    def __init__(
        self,
        peer: JID,
        sid: str,
        block_size: int,
        stanza: BlockStanza = BlockStanza.IQ,
        *,
        window: int = 4,
        buffer: int = 256 * 1024,
        due: list[Iq] | None = None,
        on_end: Callable[[InBandStream], object] = lambda _: None,
    ) -> None:
        self.peer = peer
        self.sid = sid
        self.block_size = block_size
        """How many bytes a block has at most."""
        self.stanza = stanza
        self.window = window
        self.state = InBandState.OPEN
        self.fault: str | None = None
        """Why the stream is broken."""
        self.on_change: Callable[[], object] | None = None
        self._due: list[Iq] = [] if due is None else due
        self._on_end = on_end
        self._buffer = buffer
        self._incoming: deque[bytes] = deque()
        self._buffered = 0
        self._held: deque[Iq] = deque()
        self._expected = 0
        self._outgoing = bytearray()
        self._next = 0
        self._under_way = 0
        self._close_sent = False

    # --- reading ------------------------------------------------------------------------------------------------------

    @property
    def readable(self) -> bool:
        """Whether `read` has something to say: bytes, the end, or that the stream is broken."""
        return bool(self._incoming) or self.state in (InBandState.CLOSED, InBandState.BROKEN)

    @property
    def at_end(self) -> bool:
        """Whether everything was read, and nothing will come any more."""
        return not self._incoming and self.state is InBandState.CLOSED

    def read(self, max_bytes: int | None = None) -> bytes:
        """What has come in, at most so many bytes; empty if there is nothing now. Raises InBandError behind the last bytes of a
        broken stream."""
        if not self._incoming and self.state is InBandState.BROKEN:
            raise InBandError(self.fault or "the stream is broken")
        found = bytearray()
        while self._incoming and (max_bytes is None or len(found) < max_bytes):
            block = self._incoming.popleft()
            room = len(block) if max_bytes is None else max_bytes - len(found)
            found += block[:room]
            if room < len(block):
                self._incoming.appendleft(block[room:])
        self._buffered -= len(found)
        if self._buffered <= self._buffer // 2:
            self._release()
        return bytes(found)

    # --- writing ------------------------------------------------------------------------------------------------------

    @property
    def unsent(self) -> int:
        """How many bytes were written that are not in a block yet."""
        return len(self._outgoing)

    def write(self, data: bytes) -> None:
        """Put bytes at the end of what is to be sent. Raises InBandError for a stream that is not open."""
        self._check_open()
        self._outgoing += data

    def send_blocks(self, *, timeout: float | None = None) -> Operation[None]:
        """Send what was written, block by block, each after the answer to the one before (section 2.2), which may take
        `timeout` seconds. Returns when there is nothing left, or when `window` blocks are under way.

        Raises what `request` raises: then the stream is broken, and was closed as far as possible. Raises InBandError for a
        stream that ended before everything was sent, and ValueError for one whose blocks go in messages.
        """
        if self.stanza is BlockStanza.MESSAGE:
            raise ValueError("the blocks of this stream go in messages: see next_message")
        while self._outgoing and self._under_way < self.window:
            self._check_open()
            block = self._block()
            self._under_way += 1
            try:
                yield from request(Iq("set", self.peer, payload=block), timeout)
            except OperationError as error:
                self.break_off(f"a block did not arrive: {error}")
                if isinstance(error, IqError):
                    yield from self.close(timeout=timeout)
                raise
            except PayloadError as error:
                fault = f"a block was refused, and nobody can read why: {error}"
                self.break_off(fault)
                yield from self.close(timeout=timeout)
                raise InBandError(fault) from error
            finally:
                self._under_way -= 1

    def next_message(self) -> Message | None:
        """The next message with a block (section 4), of a stream whose blocks go in messages; None if there is nothing to send.
        Nobody says whether it arrives. Raises InBandError as `write` does, ValueError for other streams."""
        if self.stanza is BlockStanza.IQ:
            raise ValueError("the blocks of this stream do not go in messages: see send_blocks")
        if not self._outgoing:
            return None
        self._check_open()
        block = self._block()
        return Message(self.peer, payloads=[block], id=f"{self.sid}-{block.seq}")

    def close(self, *, timeout: float | None = None) -> Operation[None]:
        """Close the stream (section 2.3), and wait for the answer; blocks that the peer sends until then can be read. What was
        written and not sent is dropped. Whatever comes of it, the stream is closed then. Raises what `request` raises, but no
        IqError or PayloadError. Does nothing where it was closed."""
        if self.state is InBandState.CLOSED or self._close_sent:
            return
        self._close_sent = True
        self._outgoing.clear()
        if self.state is InBandState.OPEN:
            self._turn(InBandState.CLOSING)
        try:
            yield from request(Iq("set", self.peer, payload=Close(sid=self.sid)), timeout)
        except (IqError, PayloadError):
            pass  # the peer knows nothing of it, or is gone
        finally:
            if self.state is InBandState.CLOSING:
                self.end()

    def _block(self) -> Data:
        data = bytes(self._outgoing[: self.block_size])
        del self._outgoing[: self.block_size]
        block = Data(seq=self._next, sid=self.sid, data=data)
        self._next = (self._next + 1) % SEQUENCE
        return block

    def _check_open(self) -> None:
        if self.state is InBandState.BROKEN:
            raise InBandError(self.fault or "the stream is broken")
        if self.state is not InBandState.OPEN:
            raise InBandError("the stream is closed")

    # --- what the peer does, told by `InBandStreams` --------------------------------------------------------------------

    def receive(self, block: Data) -> StanzaError | None:
        """A block has come in. Returns why it is refused; then the stream is broken."""
        if block.seq != self._expected:
            self.break_off(f"block {self._expected} was expected, and {block.seq} came")
            return StanzaError(ErrorCondition.UNEXPECTED_REQUEST, ErrorType.CANCEL)
        if len(block.data) > self.block_size:
            self.break_off("a block is larger than agreed on")
            return StanzaError(ErrorCondition.NOT_ACCEPTABLE, ErrorType.CANCEL)
        if self._buffered + len(block.data) > self._buffer * OVERFLOW or len(self._held) >= SEQUENCE:
            self.break_off("the peer does not wait until its blocks are read")
            return StanzaError(ErrorCondition.RESOURCE_CONSTRAINT, ErrorType.CANCEL)
        self._expected = (self._expected + 1) % SEQUENCE
        if block.data:
            self._incoming.append(block.data)
            self._buffered += len(block.data)
            self._tell()
        return None

    @property
    def full(self) -> bool:
        """Whether so much waits to be read that answers are held back."""
        return self._buffered > self._buffer

    def hold(self, iq: Iq) -> None:
        """Answer this request when there is room again."""
        self._held.append(iq.result())  # and not the block, which may be long

    def end(self) -> None:
        """The stream is closed."""
        self._turn(InBandState.CLOSED)

    def break_off(self, fault: str) -> None:
        """The stream is broken."""
        if self.state in (InBandState.OPEN, InBandState.CLOSING):
            self.fault = fault
            self._turn(InBandState.BROKEN)

    def _turn(self, state: InBandState) -> None:
        self.state = state
        if state is not InBandState.CLOSING:
            self._release()
            self._on_end(self)
        self._tell()

    def _release(self) -> None:
        self._due += self._held
        self._held.clear()

    def _tell(self) -> None:
        if self.on_change is not None:
            self.on_change()
