"""Two engines joined in memory: bytes move, the clock is virtual, nothing waits.

    world = World()
    wire = world.join(client_engine, server_engine, cut=at_every(b">"))
    world.settle()              # until nothing moves any more; the clock stands still
    world.advance(60)           # on through every timer of the next minute
    wire.client.events          # what next_event returned, in order

An `End` does for one engine what an adapter does: it pulls events after every piece of input, writes what the engine wants
written, closes the transport when the phase is CLOSED. TLS is a pretence: once both ends have asked for it and all output
has arrived, both are told the same `TLSInfo`. `cut` says into which pieces the bytes fall, one function for both directions.
The events and the output of a scenario must not depend on it.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from xmppwire.sasl import ChannelBinding
from xmppwire.stream.events import (
    Event,
    KeyDerivationRequested,
    Question,
    Signal,
    StreamEnded,
    TLSInfo,
    TLSRequested,
)
from xmppwire.stream.phases import Phase

Cut = Callable[[bytes], Iterable[bytes]]
E = TypeVar("E")

MAX_ROUNDS = 100_000
"""More than any honest scenario needs: beyond it, two engines talk in a circle."""


# --- ways to cut ----------------------------------------------------------------------------------------------------


def whole(data: bytes) -> Iterable[bytes]:
    """All that was written at once arrives at once."""
    return (data,)


def every(size: int) -> Cut:
    """Pieces of `size` bytes; `every(1)` is the hardest."""

    def cut(data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), size):
            yield data[start : start + size]

    return cut


def at_every(mark: bytes) -> Cut:
    """Pieces that end behind each `mark`."""

    def cut(data: bytes) -> Iterator[bytes]:
        start = 0
        while (found := data.find(mark, start)) >= 0:
            yield data[start : found + len(mark)]
            start = found + len(mark)
        if start < len(data):
            yield data[start:]

    return cut


def before_every(mark: bytes) -> Cut:
    """Pieces that end before each `mark`."""

    def cut(data: bytes) -> Iterator[bytes]:
        start = 0
        while (found := data.find(mark, start + 1)) >= 0:
            yield data[start:found]
            start = found
        if start < len(data):
            yield data[start:]

    return cut


def at_random(seed: int, largest: int = 40) -> Cut:
    """Pieces of 1 to `largest` bytes, the same ones for the same seed."""
    source = random.Random(seed)

    def cut(data: bytes) -> Iterator[bytes]:
        start = 0
        while start < len(data):
            size = source.randint(1, largest)
            yield data[start : start + size]
            start += size

    return cut


CUTS: dict[str, Callable[[], Cut]] = {
    "whole": lambda: whole,
    "bytes": lambda: every(1),
    "sevens": lambda: every(7),
    "behind-gt": lambda: at_every(b">"),
    "before-lt": lambda: before_every(b"<"),
    "random": lambda: at_random(1),
}
"""Named ways to cut, for `pytest.mark.parametrize("cut", CUTS)` and then `CUTS[cut]()`."""


# --- the joint ------------------------------------------------------------------------------------------------------


class Engine(Protocol):
    """The part of the engine surface that the joint uses; `Connection`, `Session` and the local server's `Link` have it."""

    def start(self, now: float) -> None: ...
    def receive_data(self, data: bytes, now: float) -> None: ...
    def next_event(self, now: float) -> Event | Signal: ...
    def data_to_send(self) -> bytes: ...
    def next_timeout(self) -> float | None: ...
    def handle_timeout(self, now: float) -> None: ...
    def tls_established(self, info: TLSInfo, now: float) -> None: ...
    def answer(self, question: Question, value: object, now: float) -> None: ...
    @property
    def wants_read(self) -> bool: ...
    @property
    def phase(self) -> Phase: ...


class End:
    """One engine with its half of the transport.

    `events` holds everything it returned, `sent` everything it wrote. Set `frozen` to make it a peer that does not read,
    not even from its socket: the other engine's output then stays where it is. `on_event` sees each event and may answer
    questions; TLS and key derivation are seen to already.
    """

    def __init__(self, world: World, engine: Any, name: str, cut: Cut, lazy: bool) -> None:
        self.world = world
        self.engine = engine
        self.name = name
        self.cut = cut
        self.lazy = lazy
        self.peer: End = self
        self.inbox: deque[bytes] = deque()
        self.events: list[Event] = []
        self.sent = bytearray()
        self.tls: TLSRequested | None = None
        self.on_event: Callable[[End, Event], None] | None = None
        self.dirty = True
        self.frozen = False
        self.closed = False

    def pump(self) -> bool:
        """Do what can be done without waiting. True if anything moved."""
        if self.frozen or (self.lazy and not self.dirty and not self.inbox):
            return False
        if self.closed:
            return self.pull()  # events may wait behind the end of the transport
        self.dirty = False
        moved = self.pull()
        while self.inbox and not self.closed and self.tls is None and (self.engine.wants_read or not self.inbox[0]):
            self.engine.receive_data(self.inbox.popleft(), self.world.now)
            moved = True
            self.pull()
        return self.write() or moved

    def pull(self) -> bool:
        """Take all events. True if there was one."""
        moved = False
        while not isinstance(event := self.engine.next_event(self.world.now), Signal):
            moved = True
            self.events.append(event)
            if isinstance(event, TLSRequested):
                self.tls = event
            elif isinstance(event, KeyDerivationRequested):
                self.engine.answer(event, event.request.derive(), self.world.now)
            if self.on_event is not None:
                self.on_event(self, event)
        return moved

    def write(self) -> bool:
        """Move the output to the other end, and close the transport behind the last of it."""
        if self.peer.frozen and not self.peer.closed:
            self.dirty = True
            return False
        moved = False
        while data := self.engine.data_to_send():  # over WebSocket each is one message
            moved = True
            self.sent += data
            self.peer.inbox.extend(piece for piece in self.cut(data) if piece)
        if self.engine.phase is Phase.CLOSED and not self.closed:
            self.closed = True
            self.peer.inbox.append(b"")
            return True
        return moved

    def take(self) -> list[Event]:
        """The events since the last call."""
        events, self.events = self.events, []
        return events

    def of(self, kind: type[E]) -> list[E]:
        """The events of one class."""
        return [event for event in self.events if isinstance(event, kind)]

    def one(self, kind: type[E]) -> E:
        """The only event of one class."""
        found = self.of(kind)
        assert len(found) == 1, f"{self.name}: {len(found)} of {kind.__name__} in {self.events}"
        return found[0]

    @property
    def ended(self) -> StreamEnded | None:
        """The last event of a stream that is over."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, StreamEnded) else None


class Wire:
    """One connection: a client's end and a server's."""

    def __init__(self, client: End, server: End) -> None:
        self.client = client
        self.server = server
        client.peer, server.peer = server, client

    def cut_off(self) -> None:
        """The transport breaks: what is under way is lost, both ends see the end of the file."""
        for end in (self.client, self.server):
            end.inbox.clear()
            end.engine.data_to_send()
            if not end.closed:
                end.inbox.append(b"")


class World:
    """Wires that share a virtual clock, and perhaps an acceptor (such as a `LocalServer`).

    With an acceptor, its links are pumped only on input, on a timer, or if `take_ready` names them: as an adapter does.
    """

    def __init__(self, acceptor: Any = None, *, now: float = 1000.0) -> None:
        self.now = now
        self.acceptor = acceptor
        self.wires: list[Wire] = []
        self.bindings: Sequence[ChannelBinding] = (ChannelBinding("tls-exporter", b"\x07" * 32),)
        self.client_tls = TLSInfo(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384")
        self.server_tls = replace(self.client_tls)

    def join(self, client: Any, server: Any = None, *, cut: Cut = whole, start: bool = True) -> Wire:
        """Join two engines, and start both. Without `server`, the acceptor is asked for one."""
        lazy = server is None
        if lazy:
            server = self.acceptor.accept(self.now)
        number = len(self.wires)
        wire = Wire(End(self, client, f"client {number}", cut, False), End(self, server, f"server {number}", cut, lazy))
        self.wires.append(wire)
        if start:
            client.start(self.now)
            server.start(self.now)
        return wire

    def ends(self) -> Iterator[End]:
        for wire in self.wires:
            yield wire.client
            yield wire.server

    def settle(self) -> None:
        """Pump all ends until nothing moves. The clock stands still."""
        for _ in range(MAX_ROUNDS):
            moved = False
            for wire in self.wires:
                moved |= wire.client.pump()
                moved |= wire.server.pump()
                moved |= self.shake_hands(wire)
            if self.acceptor is not None:
                for link in self.acceptor.take_ready():
                    for wire in self.wires:
                        if wire.server.engine is link:
                            wire.server.dirty = moved = True
            if not moved:
                return
        raise AssertionError("the engines never come to rest")

    def shake_hands(self, wire: Wire) -> bool:
        """Pretend a TLS handshake, once both ends wait for it."""
        client, server = wire.client, wire.server
        if client.tls is None or server.tls is None or client.closed or server.closed:
            return False
        assert not client.tls.server_side
        assert server.tls.server_side
        name = client.tls.server_name
        client.tls = server.tls = None
        server.dirty = True
        bindings = tuple(self.bindings)
        client.engine.tls_established(replace(self.client_tls, bindings=bindings, server_name=name), self.now)
        server.engine.tls_established(replace(self.server_tls, bindings=bindings, server_name=name), self.now)
        return True

    def next_timeout(self) -> float | None:
        """When the next timer of any engine is due."""
        times = [end.engine.next_timeout() for end in self.ends() if not end.closed]
        return min((time for time in times if time is not None), default=None)

    def step(self) -> bool:
        """Settle, then jump to the next timer and settle again. False if there is no timer."""
        self.settle()
        due = self.next_timeout()
        if due is None:
            return False
        self.now = max(self.now, due)
        self.fire()
        self.settle()
        return True

    def advance(self, seconds: float) -> None:
        """Let time pass, with every timer on the way."""
        target = self.now + seconds
        self.settle()
        for _ in range(MAX_ROUNDS):
            due = self.next_timeout()
            if due is None or due > target:
                break
            self.now = max(self.now, due)
            self.fire()
            self.settle()
        else:
            raise AssertionError("a timer is always due")
        self.now = target

    def fire(self) -> None:
        """Call the timers that are due."""
        for end in self.ends():
            due = None if end.closed else end.engine.next_timeout()
            if due is not None and due <= self.now:
                end.dirty = True
                end.engine.handle_timeout(self.now)


def seeded(seed: int = 0) -> Callable[[int], bytes]:
    """A source of "random" bytes that is the same in every run, for `StreamConfig.random`."""
    return random.Random(seed).randbytes
