"""How the servers of asyncio and of threads carry out dials: slow names are in nobody's way, and no failure is lost."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

import xmppwire_io.asyncio
from xmppwire_io import threaded
from xmppwire_io.federate import Federate
from xmppwire_io.resolve import ResolveError, Target
from xmppwire_io.server import Hub


class Acceptor:
    """Wants to speak with others, whom it never reaches."""

    federation = object()

    def __init__(self) -> None:
        self.dials: list[Any] = []
        self.told: list[tuple[str, str]] = []
        self.changed = threading.Event()

    def accept(self, now: float, **how: Any) -> Any: ...

    accept_peer = accept

    def take_ready(self) -> Sequence[Any]:
        return ()

    def take_dials(self) -> Sequence[Any]:
        dials, self.dials = self.dials, []
        return dials


class Dial:
    def __init__(self, acceptor: Acceptor, remote: str) -> None:
        self.acceptor = acceptor
        self.remote = remote

    def engine(self, *, direct_tls: bool = False) -> Any: ...

    def again(self) -> bool:
        return False

    def failed(self, text: str, now: float, *, found: bool = True) -> None:
        self.acceptor.told.append((self.remote, text))
        self.acceptor.changed.set()


class Names:
    """A DNS that does not answer before it is told to."""

    def __init__(self) -> None:
        self.answer = threading.Event()
        self.begun: list[str] = []

    def lookup(self, domain: str) -> Sequence[Target]:
        self.begun.append(domain)
        assert self.answer.wait(10)
        raise ResolveError("no such name")


DOMAINS = [f"h{number}.montague.lit" for number in range(200)]


def dial(names: Names, scenario: Callable[[Acceptor, Any], Awaitable[None]]) -> None:
    """Run a scenario with a server on asyncio that has begun to dial all the domains."""

    async def main() -> None:
        acceptor = Acceptor()
        hub = Hub(acceptor, federate=Federate(port=None, lookup=names.lookup))
        server = xmppwire_io.asyncio.Server(hub)
        acceptor.dials = [Dial(acceptor, domain) for domain in DOMAINS]
        hub.settle(hub.now())
        try:
            await asyncio.wait_for(scenario(acceptor, server), 10)
        finally:
            names.answer.set()
            await server.aclose()

    asyncio.run(main())


async def all_told(acceptor: Acceptor) -> None:
    while len(acceptor.told) < len(DOMAINS):
        await asyncio.sleep(0)


def test_slow_names_hold_no_threads_of_others() -> None:
    names = Names()

    async def scenario(acceptor: Acceptor, server: Any) -> None:
        assert await asyncio.to_thread(len, "key") == 3  # as the derivation of a key does
        assert len(names.begun) <= xmppwire_io.asyncio.LOOKUPS
        names.answer.set()
        await all_told(acceptor)
        assert {text for _, text in acceptor.told} == {"no such name"}

    dial(names, scenario)
    assert sorted(names.begun) == sorted(DOMAINS)


def test_dials_wait_for_each_other_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmppwire_io.asyncio, "DIALS", 1)
    names = Names()

    async def scenario(acceptor: Acceptor, server: Any) -> None:
        names.answer.set()
        await all_told(acceptor)
        assert [remote for remote, _ in acceptor.told] == DOMAINS

    dial(names, scenario)


def test_a_server_that_goes_down_gives_back_what_still_waits() -> None:
    names = Names()

    async def scenario(acceptor: Acceptor, server: Any) -> None:
        await asyncio.to_thread(len, "")  # those under way have begun
        await server.aclose()
        assert sorted(remote for remote, _ in acceptor.told) == sorted(DOMAINS)
        assert len(names.begun) <= xmppwire_io.asyncio.LOOKUPS

    dial(names, scenario)


def threads(acceptor: Acceptor, lookup: Callable[[str], Any]) -> tuple[threaded.Server, Any]:
    hub: Any = Hub(acceptor, federate=Federate(port=None, lookup=lookup))
    server = threaded.Server(hub, "127.0.0.1", 0)
    return server, lambda: hub.on_plan(hub.federate.plan(Dial(acceptor, "montague.lit"), hub))


def test_a_mistake_in_a_thread_is_seen_and_ends_the_dial(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: queue.SimpleQueue[Any] = queue.SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", seen.put)

    def lookup(domain: str) -> Any:
        raise KeyError(domain)

    acceptor = Acceptor()
    server, begin = threads(acceptor, lookup)
    try:
        begin()
        assert acceptor.changed.wait(10)
        assert acceptor.told == [("montague.lit", "it failed: KeyError")]
    finally:
        server.close()
    assert seen.get(timeout=10).exc_type is KeyError


def test_without_a_thread_a_dial_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    acceptor = Acceptor()
    server, begin = threads(acceptor, lambda domain: ())
    try:
        monkeypatch.setattr(threading.Thread, "start", start)
        begin()
        assert acceptor.changed.wait(10)
        assert acceptor.told == [("montague.lit", "can't start new thread")]
    finally:
        server.close()
