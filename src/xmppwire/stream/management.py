"""Stream Management (XEP-0198): what it is configured with, the counters and the queue of one stream, and what outlives it.

Both ends count the stanzas that they handled since management was enabled, modulo 2^32, and tell each other on request.
What the peer has not confirmed yet stays in the queue. When the transport is lost, a `Resumption` holds all that another
connection (perhaps in another process) needs to go on where this one stopped. The conversations on the wire are in
`features.management`.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from ..jid import JID
from ..stanza import Stanza, StanzaSyntaxError, read_stanza, write_stanza
from ..stanza.content import CLIENT_NAMESPACE
from ..xml import Element, StreamReader, StreamStart, XMLError, XMLLimits, write_element

NS = "urn:xmpp:sm:3"
REQUEST = f"<r xmlns='{NS}'/>"
WRAP = 2**32
"""The counters are unsigned integers of 32 bits (section 4)."""

Sendable = Stanza | Element
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamManagement:
    """How a stream is managed (XEP-0198). Times are in seconds, sizes in bytes.

    Acknowledgement is asked for after `ask_stanzas` stanzas or `ask_bytes` bytes, and at the latest `ask_seconds` after
    something was sent; a peer that does not answer within `answer_seconds` is taken for dead, and the stream is lost.
    """

    resume: bool = True
    """Ask for (at a server: allow) resumption after a loss."""
    max_seconds: int | None = None
    """For how long a stream may be resumed: what a client asks for, and the most that a server grants."""
    location: str | None = None
    """Server: where the client had best connect to resume (section 3): a host, or host:port."""
    ask_stanzas: int = 10
    ask_bytes: int = 32 * 1024
    ask_seconds: float = 5.0
    answer_seconds: float | None = 30.0
    queue: int = 1000
    """Stanzas not acknowledged, beyond which nothing more can be sent. `OutputHigh` comes at half of it, `OutputLow` at a
    quarter."""
    queue_bytes: int = 16 * 1024 * 1024
    """The same in bytes."""
    hold: bool = False
    """Count a stanza as handled when the program says so (`Connection.handled`), and not already when it is pulled.
    `Connection.delivered` counts along: stanzas that the engine sees to itself too, but none from before management."""
    epoch: float | None = None
    """What to add to the engine's clock to get seconds since 1970. With it, stanzas that are sent again carry the time
    when they were first sent (XEP-0203)."""

    def __post_init__(self) -> None:
        if min(self.ask_stanzas, self.ask_bytes, self.queue, self.queue_bytes) < 1:
            raise ValueError("ask_stanzas, ask_bytes, queue and queue_bytes are 1 at least")
        if not self.ask_seconds > 0 or (self.answer_seconds is not None and not self.answer_seconds > 0):
            raise ValueError("ask_seconds and answer_seconds are times, longer than none")
        if self.max_seconds is not None and self.max_seconds < 1:
            raise ValueError("max_seconds is 1 at least")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """All that is needed to go on with a stream whose transport was lost (XEP-0198 section 5).

    `handled` counts the peer's stanzas that we handled; `acknowledged` counts ours that the peer confirmed, and
    `unacknowledged` are those that follow, with the time at which each was first sent (seconds since 1970, or None).
    """

    jid: JID
    id: str
    handled: int
    acknowledged: int
    unacknowledged: tuple[tuple[Sendable, float | None], ...] = ()
    max_seconds: int | None = None
    location: str | None = None
    snapshot: bool = False
    """Taken while the stream went on: the peer may have got more of us since, and that is no fault of its."""
    states: bool = False
    """Whether the server takes client states (XEP-0352): it does not say so where a stream is resumed with the login."""

    def to_bytes(self) -> bytes:
        """The state as bytes, for a file or another process. Stanzas are in it in clear."""
        record = {
            "version": 1,
            "jid": str(self.jid),
            "id": self.id,
            "handled": self.handled,
            "acknowledged": self.acknowledged,
            "unacknowledged": [[to_text(item), when] for item, when in self.unacknowledged],
            "max_seconds": self.max_seconds,
            "location": self.location,
            "snapshot": self.snapshot,
            "states": self.states,
        }
        return json.dumps(record, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Resumption:
        """The state that `to_bytes` gave. Raises ValueError for anything else."""
        try:
            record = json.loads(data)
            if record["version"] != 1:
                raise ValueError(f"version {record['version']!r} is not known")
            jid = JID(record["jid"])
            if not jid.is_full:
                raise ValueError(f"{jid} has no resourcepart")
            return cls(
                jid=jid,
                id=_of_type(record["id"], str),
                handled=_count(record["handled"]),
                acknowledged=_count(record["acknowledged"]),
                unacknowledged=tuple((from_text(text), _moment(when)) for text, when in record["unacknowledged"]),
                max_seconds=None if record["max_seconds"] is None else _count(record["max_seconds"]),
                location=None if record["location"] is None else _of_type(record["location"], str),
                snapshot=_of_type(record.get("snapshot", False), bool),
                states=_of_type(record.get("states", False), bool),
            )
        except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError, XMLError) as error:
            raise ValueError(f"no state of a stream: {error}") from error


def _of_type(value: object, kind: type[T]) -> T:
    if type(value) is not kind:
        raise ValueError(f"{value!r} is no {kind.__name__}")
    return value


def _count(value: object) -> int:
    if not 0 <= (count := _of_type(value, int)) < WRAP:
        raise ValueError(f"{count} is no count")
    return count


def _moment(value: object) -> float | None:
    """A time that has a date (XEP-0203), or none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is no time")
    datetime.fromtimestamp(value, UTC)
    return float(value)


UNLIMITED = XMLLimits(
    stanza_bytes=2**31,
    depth=10_000,
    elements=2**31,
    attributes=2**31,
    name_bytes=2**31,
    namespace_bytes=2**31,
    names=2**31,
    namespaces=2**31,
)
"""What was sent, or kept, is read back, whatever the limits of the stream were."""


def to_text(item: Sendable) -> str:
    """A stanza as text, for a record of state."""
    return write_element(item, CLIENT_NAMESPACE) if isinstance(item, Element) else write_stanza(item)


def from_text(text: str) -> Sendable:
    """The stanza that `to_text` wrote. Raises ValueError."""
    reader = StreamReader(UNLIMITED)
    reader.feed(b"<stream xmlns='jabber:client'>" + text.encode())
    items: Iterator[object] = iter(reader.next, None)
    if not isinstance(next(items, None), StreamStart) or not isinstance(element := next(items, None), Element):
        raise ValueError("a stanza is cut off")
    try:
        return read_stanza(element)
    except StanzaSyntaxError:  # the program sent it as an element, and may have had its reasons
        return element


class Acks:
    """The counters and the queue of one managed stream."""

    __slots__ = (
        "_crowded",
        "acknowledged",
        "answered_for",
        "bytes_since",
        "config",
        "delivered",
        "handled",
        "id",
        "location",
        "max_seconds",
        "pending",
        "queue",
        "queue_size",
        "requested",
        "skip",
        "stanzas_since",
    )

    def __init__(
        self,
        config: StreamManagement,
        *,
        id: str | None = None,
        max_seconds: int | None = None,
        location: str | None = None,
        handled: int = 0,
        acknowledged: int = 0,
    ) -> None:
        self.config = config
        self.id = id
        """What the stream is resumed by; None if it cannot be."""
        self.max_seconds = max_seconds
        self.location = location
        self.handled = handled
        """Stanzas of the peer that were handled."""
        self.delivered = handled
        """Stanzas of the peer that were handed to the program."""
        self.skip = 0
        """Stanzas still to be delivered that came before counting began."""
        self.answered_for = handled
        """What was delivered when the peer last asked: with `hold`, it is told once that much is handled."""
        self.acknowledged = acknowledged
        """Stanzas of ours that the peer confirmed."""
        self.queue: deque[tuple[Sendable, float | None, int]] = deque()
        """Stanzas of ours that it did not, with the time and the size of each."""
        self.queue_size = 0
        """Their size together."""
        self.pending: deque[tuple[Sendable, float | None]] = deque()
        """What is behind those: to be sent again on this connection, once there is room in the output."""
        self._crowded = False
        self.requested = False
        """Whether an answer is awaited."""
        self.stanzas_since = 0
        self.bytes_since = 0

    @classmethod
    def of(cls, config: StreamManagement, state: Resumption) -> Acks:
        """The counters of a stream that is resumed."""
        acks = cls(
            config,
            id=state.id,
            max_seconds=state.max_seconds,
            location=state.location,
            handled=state.handled,
            acknowledged=state.acknowledged,
        )
        acks.queue.extend((item, when, 0) for item, when in state.unacknowledged)  # measured when they are sent again
        return acks

    def resumption(self, jid: JID, *, states: bool = False) -> Resumption | None:
        """The state as of now; None if the stream cannot be resumed."""
        if self.id is None:
            return None
        return Resumption(
            jid=jid,
            id=self.id,
            handled=self.handled,
            acknowledged=self.acknowledged,
            unacknowledged=tuple(self.left()),
            max_seconds=self.max_seconds,
            location=self.location,
            states=states,
        )

    def received(self) -> None:
        """A stanza is handed to the program."""
        if self.skip:
            self.skip -= 1
            return
        self.delivered = (self.delivered + 1) % WRAP
        if not self.config.hold:
            self.handled = self.delivered

    def sent(self, item: Sendable, size: int, now: float) -> bool:
        """Note a stanza that is on its way. True if it is time to ask for an acknowledgement."""
        epoch = self.config.epoch
        self.queue.append((item, None if epoch is None else epoch + now, size))
        self.queue_size += size
        self.stanzas_since += 1
        self.bytes_since += size
        return not self.requested and self.eager

    @property
    def eager(self) -> bool:
        """Whether enough was sent since the last request."""
        return self.stanzas_since >= self.config.ask_stanzas or self.bytes_since >= self.config.ask_bytes

    def ask(self) -> None:
        """A request is on its way."""
        self.requested = True
        self.stanzas_since = self.bytes_since = 0

    def acknowledge(self, h: int, *, more: bool = False) -> list[Sendable] | None:
        """The peer has handled `h` stanzas: those newly confirmed. None if it cannot have handled so many: with `more`, only if
        it had confirmed others already."""
        count = (h - self.acknowledged) % WRAP
        if count > len(self.queue):
            if not more or is_backwards(count):
                return None
            count = len(self.queue)
        self.acknowledged = h
        confirmed = [self.queue.popleft() for _ in range(count)]
        self.queue_size -= sum(size for _, _, size in confirmed)
        return [item for item, _, _ in confirmed]

    @property
    def sent_count(self) -> int:
        """Stanzas of ours since management was enabled."""
        return (self.acknowledged + len(self.queue)) % WRAP

    @property
    def full(self) -> bool:
        """Whether nothing more may be sent until the peer has confirmed something."""
        config = self.config
        return len(self.queue) + len(self.pending) >= config.queue or self.queue_size >= config.queue_bytes

    def crowded(self) -> bool:
        """Whether so much waits for confirmation that the program should pause: half of what may, until it is a quarter."""
        parts = 4 if self._crowded else 2
        count = len(self.queue) + len(self.pending)
        self._crowded = count * parts > self.config.queue or self.queue_size * parts > self.config.queue_bytes
        return self._crowded

    def left(self) -> Iterator[tuple[Sendable, float | None]]:
        """What was never confirmed, with the time of each."""
        yield from ((item, when) for item, when, _ in self.queue)
        yield from self.pending

    def leftover(self) -> Sequence[Sendable]:
        """What was never confirmed."""
        return [item for item, _ in self.left()]


def is_backwards(count: int) -> bool:
    """Whether what a counter grew by says that it went back."""
    return count >= WRAP // 2


def answer(handled: int) -> str:
    """The text of an acknowledgement."""
    return f"<a xmlns='{NS}' h='{handled}'/>"


def count_of(element: Element) -> int | None:
    """The attribute `h`; None where it is missing or no unsigned integer of 32 bits."""
    text = (element.get("h") or "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) >= WRAP:
        return None
    return int(text)
