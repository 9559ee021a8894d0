"""Every scenario again with its bytes cut: what `conftest` needs to run the stream's tests under each way of cutting.

`Watched` is a `Connection` that remembers what came out of it. `Recut` makes every engine of a test a watched one, and cuts
what is fed to it. What a test saw with whole pieces is kept: under another cut the same test must see the same events and
the same output, whatever its own assertions look at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import pytest

import tests.stream.streams as streams
from tests.pair import Cut, World, whole
from xmppwire.jid import JID
from xmppwire.stream import ClientConfig, Connection, Event, ServerConfig, Signal
from xmppwire.xml import Element
from xmppwire.xml.element import Node
from xmppwire.xml.node import element_of

TLS_ELEMENT = b"urn:ietf:params:xml:ns:xmpp-tls"


def shown(value: object) -> object:
    """Something comparable that says all that is in an event."""
    if isinstance(value, Node):
        value = element_of(value)
    if isinstance(value, Element):
        return ("Element", value.name, dict(value.attributes), [shown(child) for child in value.children])
    if isinstance(value, JID):
        return str(value)
    if isinstance(value, Enum | str | bytes | int | float | None):
        return value
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    if is_dataclass(value):
        return (type(value).__name__, [(f.name, shown(getattr(value, f.name))) for f in fields(value)])
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    if slots:
        return (type(value).__name__, [(name, shown(getattr(value, name, None))) for name in slots])
    return repr(value)


class Watched(Connection):
    """A connection that remembers its events and its output."""

    def __init__(self, config: ClientConfig | ServerConfig) -> None:
        super().__init__(config)
        self.seen: list[object] = []
        self.last: Event | None = None
        self.written = bytearray()
        self.pieces: Cut = whole

    def next_event(self, now: float) -> Event | Signal:
        event = super().next_event(now)
        if not isinstance(event, Signal):
            self.last = event
            self.seen.append(shown(event))
        return event

    def data_to_send(self) -> bytes:
        data = super().data_to_send()
        self.written += data
        return data

    def receive_data(self, data: bytes, now: float) -> None:
        for piece in self.pieces(data) if data else (data,):
            super().receive_data(piece, now)

    def outcome(self) -> tuple[object, bytes]:
        """All that came out, waiting output included."""
        return self.seen, bytes(self.written) + super().data_to_send()


class Recut:
    """One test's engines, under one way of cutting."""

    def __init__(self, make_cut: Callable[[], Cut]) -> None:
        self.make_cut = make_cut
        self.engines: list[Watched] = []

    def engine(self, config: ClientConfig | ServerConfig) -> Watched:
        engine = Watched(config)
        engine.pieces = self.make_cut()
        self.engines.append(engine)
        return engine

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        cut = self.make_cut()
        join = World.join

        def feed(solo: streams.Solo, *data: str | bytes) -> None:
            for item in data:
                for piece, pull in pieces_of(item.encode() if isinstance(item, str) else item, cut):
                    solo.engine.receive_data(piece, solo.now)
                    if pull:
                        solo.pull()

        def joined(world: World, client: Any, server: Any = None, *, cut: Cut = whole, start: bool = True) -> Any:
            return join(world, client, server, cut=self.make_cut() if cut is whole else cut, start=start)

        monkeypatch.setattr(streams, "Connection", self.engine)
        monkeypatch.setattr(streams.Solo, "feed", feed)
        monkeypatch.setattr(World, "join", joined)

    def outcome(self) -> list[tuple[object, bytes]]:
        return [engine.outcome() for engine in self.engines]


def pieces_of(data: bytes, cut: Cut) -> list[tuple[bytes, bool]]:
    """The pieces, and whether to pull behind each.

    Behind an element of STARTTLS there is no pull until all of it was received: bytes in the clear that come later are
    no longer the engine's, but fail the TLS handshake.
    """
    at = data.rfind(TLS_ELEMENT)
    place = len(data) if at < 0 or data.find(b">", at) + 1 in (0, len(data)) else data.find(b">", at)
    result: list[tuple[bytes, bool]] = []
    size = 0
    for piece in cut(data) if data else (data,):
        size += len(piece)
        result.append((piece, size <= place or size == len(data)))
    return result
