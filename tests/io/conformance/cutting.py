"""Two clients, one of them behind a proxy that cuts its connection again and again: every message has to arrive once, in order.

What is written here works with every adapter, and with any server: `tests/interop` uses it as well.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from tests.io.conformance.proxy import Proxy
from xmppwire import Message
from xmppwire.protocol.hints import NoStore
from xmppwire.session import Disconnected, ReconnectPolicy
from xmppwire.stream import Established, Resumed, ResumptionFailed, StreamEnded, StreamManagement

POLICY = ReconnectPolicy(first=0.02, maximum=0.2)
MANAGEMENT = StreamManagement(ask_stanzas=5, ask_seconds=0.5, answer_seconds=5)


class Cutter(Proxy):
    """A proxy that breaks the connection after so many bytes, both directions taken together."""

    def __init__(self, port: int) -> None:
        self._left: int | None = None
        self._lock = threading.Lock()
        self.cuts = 0
        super().__init__(port)

    def arm(self, size: int) -> None:
        """Break the connection after `size` more bytes."""
        with self._lock:
            self._left = size

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                with self._lock:
                    cut = self._left is not None and len(data) >= self._left
                    if self._left is not None:
                        data = data[: self._left]
                        self._left = None if cut else self._left - len(data)
                sink.sendall(data)
                if cut:
                    self.cuts += 1
                    self.cut()
                    return
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


class OrderlyCutter(Cutter):
    """Breaks a connection of direct TLS for the client only: to the server it ends between two records, and what the server
    has sent is read, so that nothing is lost on its way there.

    For a server that takes what it had not read to the end over into the resumed stream, as Prosody does with the beginning of
    a WebSocket's frame, and of a stanza: it reads 8192 bytes at most at a time, then notices that it cannot write any more.
    """

    def cut(self) -> None:
        for client, server in self._pairs:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_WR)

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        if all(source is not client for client, _ in self._pairs):
            super()._pass(source, sink)
            with contextlib.suppress(OSError):
                while source.recv(4096):
                    pass
            return
        with contextlib.suppress(OSError), source.makefile("rb") as records:
            while len(header := records.read(5)) == 5:
                length = int.from_bytes(header[3:])
                body = records.read(length)
                if len(body) == length:
                    sink.sendall(header + body)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def cutting(port: int, kind: type[Cutter] = Cutter) -> Generator[Cutter]:
    cutter = kind(port)
    try:
        yield cutter
    finally:
        cutter.close()


@dataclass
class Account:
    """What one of the two was told."""

    client: Any
    got: list[str] = field(default_factory=list)
    resumed: int = 0
    lost: int = 0
    others: list[Any] = field(default_factory=list)

    async def take(self, count: int) -> None:
        """Take events until there are so many messages. In blocking code, where nothing moves between calls: until none comes
        for a while, so that the other one has its turn."""
        poll = getattr(self.client, "next_event", None)
        while poll is not None or len(self.got) < count:
            event = await anext(self.client) if poll is None else poll(0.01)
            if event is None:
                return
            match event:
                case Message(body=str(body), type="chat"):
                    self.got.append(body)
                case Resumed():
                    self.resumed += 1
                case Disconnected():
                    self.lost += 1
                case Established() | ResumptionFailed() | StreamEnded() as event:
                    self.others.append(event)
                    raise AssertionError(f"the stream was not resumed: {event}")
                case _:
                    pass


async def exchange(near: Any, far: Any, cutter: Cutter, *, messages: int, cuts: int, batch: int = 40) -> Account:
    """`messages` each way, while the connection of `near` is cut `cuts` times, at places that are drawn. Returns what `near`
    was told."""
    draw = random.Random(7)
    here, there = Account(near), Account(far)
    armed = 0
    for start in range(0, messages, batch):
        # As many cuts for each part of the way, so that they do not all come in the first one.
        due = round(cuts * (start + batch) / messages)
        end = min(start + batch, messages)
        pieces = max(1, due - armed)
        for piece in range(pieces):
            first, last = (start + (end - start) * (piece + step) // pieces for step in (0, 1))
            if armed < due and cutter.cuts == armed:
                cutter.arm(draw.randrange(1, 6000))
                armed += 1
            for number in range(first, last):
                # Archives would fill up with them: from 10 000 messages on, Prosody takes longer for each.
                await near.send(Message(far.jid, f"{number}", type="chat", payloads=(NoStore(),)))
                await far.send(Message(near.jid, f"{number}", type="chat", payloads=(NoStore(),)))
            while min(len(there.got), len(here.got)) < last:
                await there.take(last)
                await here.take(last)
                # Only seen if the test fails.
                print(
                    f"cuts: {cutter.cuts}, sent: {last}, got: {len(here.got)} and {len(there.got)}, resumed: {here.resumed}"
                )
    wanted = [str(number) for number in range(messages)]
    for account in (here, there):
        wrong = [(place, was) for place, (was, is_) in enumerate(zip(account.got, wanted, strict=False)) if was != is_]
        assert account.got == wanted, f"{account.client.jid}: from {wrong[:12]} on, {len(account.got)} in all"
    assert there.resumed == there.lost == 0
    return here
