"""Several addresses at once (XEP-0495), in each framework, on real sockets: who is taken, who is tried, what the errors say."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import anyio
import pytest
import trio

from xmppwire_io import anyio as on_anyio
from xmppwire_io import callbacks, race, race_tasks, resolve
from xmppwire_io import trio as on_trio
from xmppwire_io.dial import words
from xmppwire_io.race import AT_ONCE, Place, Race
from xmppwire_io.resolve import ResolveError, Target

LONG = 60.0  # nobody waits for so long here


def run_trio(one: Race) -> None:
    async def main() -> None:
        stream = await race_tasks.first_of(one, on_trio.KIT, trio.open_tcp_stream, trio.aclose_forcefully)
        await trio.aclose_forcefully(stream)

    trio.run(main)


def run_anyio(one: Race) -> None:
    async def main() -> None:
        stream = await race_tasks.first_of(one, on_anyio.KIT, anyio.connect_tcp, anyio.aclose_forcefully)
        await anyio.aclose_forcefully(stream)

    anyio.run(main)


def run_asyncio(one: Race) -> None:
    async def main() -> None:
        (await callbacks.first_of(one)).close()

    asyncio.run(main())


def run_blocking(one: Race) -> None:
    race.connect(one).close()


RUNNERS = {"asyncio": run_asyncio, "trio": run_trio, "anyio": run_anyio, "blocking": run_blocking}


@pytest.fixture(params=RUNNERS)
def run(request: pytest.FixtureRequest) -> Any:
    return RUNNERS[request.param]


@pytest.fixture
def silent() -> Generator[Place]:
    """A place that never answers: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        place: Place = listener.getsockname()
        for _ in range(4):
            sock = stack.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(place)
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(place) == 0:
                pytest.skip("this system's queues are never full")
        yield place


@pytest.fixture
def answering() -> Generator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def closed() -> Place:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place: Place = listener.getsockname()
    return place


@pytest.fixture
def pause(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """How long it is until the next place is tried."""

    def set_pause(seconds: float) -> None:
        for module in (race, callbacks, race_tasks):
            monkeypatch.setattr(module, "DELAY", seconds)

    return set_pause


Run = Callable[[Race], None]


@pytest.mark.spec("XEP-0495", "4.4")
def test_who_does_not_answer_delays_little(run: Run, silent: Place, answering: socket.socket) -> None:
    one = Race([silent, answering.getsockname()], LONG)
    begin = time.monotonic()
    run(one)
    assert time.monotonic() - begin < LONG / 2
    assert one.won == answering.getsockname()
    assert one.lost == []
    assert one.rest() == [silent]


def test_who_refuses_delays_nobody(run: Run, closed: Place, answering: socket.socket) -> None:
    one = Race([closed, answering.getsockname()], LONG)
    run(one)
    assert one.won == answering.getsockname()
    ((place, error),) = one.lost
    assert place == closed
    assert words(error) == "connection refused"
    assert one.rest() == []


def test_who_answers_is_alone(run: Run, answering: socket.socket, pause: Callable[[float], None]) -> None:
    pause(LONG)
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.1)
        one = Race([answering.getsockname(), other.getsockname()], LONG)
        run(one)
        assert one.won == answering.getsockname()
        with pytest.raises(TimeoutError):
            other.accept()


def test_each_has_its_time(run: Run, silent: Place, closed: Place, pause: Callable[[float], None]) -> None:
    pause(0.01)
    one = Race([silent, closed], 0.6)
    with pytest.raises(OSError) as raised:
        run(one)
    assert words(raised.value) == "timed out"
    assert one.won is None
    assert {place: words(error) for place, error in one.lost} == {closed: "connection refused", silent: "timed out"}
    assert one.rest() == []


def test_what_is_no_address_is_passed_over(run: Run, answering: socket.socket) -> None:
    one = Race([("nobody.invalid", 1), answering.getsockname()], LONG)
    run(one)
    assert one.won == answering.getsockname()
    assert [place for place, _ in one.lost] == [one.places[0]]


def test_nowhere_to_go(run: Run) -> None:
    with pytest.raises(OSError, match="no address"):
        run(Race([], LONG))


def test_who_refuses_delays_nobody_behind_the_silent_either(
    run: Run, silent: Place, closed: Place, answering: socket.socket, pause: Callable[[float], None]
) -> None:
    one = Race([closed, silent, closed, answering.getsockname()], LONG)
    pause(0.01)
    run(one)
    assert one.won == answering.getsockname()
    assert {place for place, _ in one.lost} == {closed}


def test_few_are_tried_at_once(
    run: Run, silent: Place, answering: socket.socket, pause: Callable[[float], None]
) -> None:
    """Who names the addresses is not to say how many sockets are opened."""
    pause(0.0)
    one = Race([*[silent] * AT_ONCE, answering.getsockname()], 0.4)
    run(one)
    assert one.won == answering.getsockname()
    assert [place for place, _ in one.lost]  # the last one had to wait until another one was given up
    assert {words(error) for _, error in one.lost} == {"timed out"}


def test_all_together_have_their_time(run: Run, silent: Place, pause: Callable[[float], None]) -> None:
    pause(0.0)
    one = Race([silent] * (3 * AT_ONCE), LONG, 0.5)
    with pytest.raises(OSError) as raised:
        run(one)
    assert words(raised.value) == "timed out"
    assert len(one.lost) == AT_ONCE


def test_of_two_that_answer_together_one_is_taken() -> None:
    """What is left open would be warned of, and warnings are errors here."""

    async def main(listeners: list[socket.socket], together: asyncio.Event) -> None:
        begun = [0]

        async def connected(place: Place, seconds: float) -> socket.socket:
            sock = socket.create_connection(place)
            begun[0] += 1
            if begun[0] == len(listeners):
                together.set()
            await together.wait()
            return sock

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(callbacks, "_connected", connected)
            patch.setattr(callbacks, "DELAY", 0.01)
            one = Race([listener.getsockname() for listener in listeners], LONG)
            sock = await callbacks.first_of(one)
            assert one.won == sock.getpeername()
            sock.close()
            await asyncio.sleep(0)

    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        asyncio.run(main([first, second], asyncio.Event()))


@pytest.mark.parametrize("given_up", [False, True])
def test_of_several_streams_one_is_kept(given_up: bool) -> None:
    closed: list[Place] = []

    async def main() -> None:
        together = trio.Event()
        begun: list[Place] = []

        async def connect(host: str, port: int) -> Place:
            begun.append((host, port))
            if len(begun) == 3:
                together.set()
            with trio.CancelScope(shield=True):
                await together.wait()
            return (host, port)

        async def drop(place: Place) -> None:
            await trio.lowlevel.checkpoint()
            closed.append(place)

        with trio.CancelScope() as scope:
            if given_up:
                together.set()
                scope.cancel()
            one = Race([("192.0.2.1", port) for port in (1, 2, 3)], LONG)
            kept = await race_tasks.first_of(one, on_trio.KIT, connect, drop)
            assert kept == one.won
            assert sorted([kept, *closed]) == sorted(begun)
        if given_up:
            assert sorted(closed) == sorted(begun)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(race_tasks, "DELAY", 0.01)
        trio.run(main)


@pytest.mark.parametrize("framework", ["asyncio", "trio"])
def test_nothing_is_left_of_a_race_that_is_given_up(framework: str, silent: Place) -> None:
    """Sockets that were left open would be warned of, and warnings are errors here."""
    one = Race([silent, silent], LONG)

    async def main() -> None:
        with anyio.move_on_after(0.5) as scope:
            if framework == "asyncio":
                await callbacks.first_of(one)
            else:
                await race_tasks.first_of(one, on_trio.KIT, trio.open_tcp_stream, trio.aclose_forcefully)
        assert scope.cancelled_caught

    anyio.run(main, backend=framework)
    assert one.won is None


def test_a_connection_that_breaks_at_once_is_a_loss() -> None:
    one = Race([("192.0.2.1", 1), ("192.0.2.2", 1)], LONG)
    one.won = ("192.0.2.2", 1)
    one.broken(OSError(errno.EPIPE, "?"))
    assert one.won is None
    assert one.rest() == [("192.0.2.1", 1)]
    other = Race(one.places, LONG)
    other.broken(OSError("no thread"))
    assert other.rest() == [("192.0.2.2", 1)]


# --- names that are looked up together -----------------------------------------------------------------------------


def names(monkeypatch: pytest.MonkeyPatch, **known: Callable[[], Any]) -> list[Target]:
    def addresses(host: str, port: int) -> list[Place]:
        found = known[host]()
        if isinstance(found, Exception):
            raise found
        return [(found, port)]

    monkeypatch.setattr(resolve, "addresses", addresses)
    return [Target(host, 5222, priority=1) for host in known]


@pytest.mark.spec("XEP-0495", "4.2")
def test_a_name_that_is_slow_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    targets = names(
        monkeypatch, slow=lambda: time.sleep(5), gone=lambda: ResolveError("none"), quick=lambda: "192.0.2.1"
    )
    found = resolve.together(targets, patience=0.5)
    assert found[0] is None
    assert str(found[1]) == "none"
    assert found[2] == [("192.0.2.1", 5222)]


def test_an_answer_that_helps_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow() -> str:
        time.sleep(0.3)
        return "192.0.2.1"

    found = resolve.together(names(monkeypatch, gone=lambda: ResolveError("none"), slow=slow), patience=0.0)
    assert found[1] == [("192.0.2.1", 5222)]
    assert resolve.together(names(monkeypatch, one=slow)) == [[("192.0.2.1", 5222)]]


def test_a_name_that_cannot_be_asked_about_hangs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise RuntimeError

    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    found = resolve.together(names(monkeypatch, broken=broken, good=lambda: "192.0.2.1"))
    assert found == [None, [("192.0.2.1", 5222)]]


def test_link_local_addresses_keep_their_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [(0, 0, 0, "", address) for address in (("fe80::1", 1, 0, 3), ("2001:db8::1", 1, 0, 0), ("192.0.2.1", 1))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
    assert resolve.addresses("h", 1) == [("fe80::1%3", 1), ("192.0.2.1", 1), ("2001:db8::1", 1)]


def test_who_is_tried_beside_whom() -> None:
    first = Target("a", 5222, priority=1)
    assert first.beside(Target("b", 5222, priority=1))
    assert first.beside(first)
    assert not first.beside(Target("b", 5223, direct_tls=True, priority=1))
    assert not first.beside(Target("b", 5222, priority=2))
    assert not Target("a", 5222).beside(Target("b", 5222))
    assert not Target("a", 443, uri="wss://a/", priority=1).beside(Target("b", 443, priority=1))
