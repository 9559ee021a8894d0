"""Several addresses at once (XEP-0495), in each framework, on real sockets: who is taken, who is tried, what the errors say."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import time
from collections.abc import Callable, Generator
from typing import Any

import anyio
import pytest
import trio

from xmppwire_io import anyio as on_anyio
from xmppwire_io import callbacks, race, resolve
from xmppwire_io import trio as on_trio
from xmppwire_io.dial import words
from xmppwire_io.race import Place, Race
from xmppwire_io.resolve import ResolveError, Target

LONG = 60.0  # nobody waits for so long here


def run_trio(one: Race) -> None:
    async def main() -> None:
        stream = await on_trio._Link.first_of(one, trio.open_tcp_stream, trio.aclose_forcefully)
        await trio.aclose_forcefully(stream)

    trio.run(main)


def run_anyio(one: Race) -> None:
    async def main() -> None:
        stream = await on_anyio._Link.first_of(one, anyio.connect_tcp, anyio.aclose_forcefully)
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


def test_who_answers_is_alone(run: Run, answering: socket.socket) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.1)
        one = Race([answering.getsockname(), other.getsockname()], LONG)
        run(one)
        assert one.won == answering.getsockname()
        with pytest.raises(TimeoutError):
            other.accept()


def test_each_has_its_time(run: Run, silent: Place, closed: Place) -> None:
    one = Race([silent, closed], 0.4)
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


@pytest.mark.parametrize("framework", ["asyncio", "trio"])
def test_nothing_is_left_of_a_race_that_is_given_up(framework: str, silent: Place) -> None:
    """Sockets that were left open would be warned of, and warnings are errors here."""
    one = Race([silent, silent], LONG)

    async def main() -> None:
        with anyio.move_on_after(0.5) as scope:
            if framework == "asyncio":
                await callbacks.first_of(one)
            else:
                await on_trio._Link.first_of(one, trio.open_tcp_stream, trio.aclose_forcefully)
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
        monkeypatch, slow=lambda: time.sleep(1), gone=lambda: ResolveError("none"), quick=lambda: "192.0.2.1"
    )
    found = resolve.together(targets, patience=0.3)
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


def test_who_is_tried_beside_whom() -> None:
    first = Target("a", 5222, priority=1)
    assert first.beside(Target("b", 5222, priority=1))
    assert first.beside(first)
    assert not first.beside(Target("b", 5223, direct_tls=True, priority=1))
    assert not first.beside(Target("b", 5222, priority=2))
    assert not Target("a", 5222).beside(Target("b", 5222))
    assert not Target("a", 443, uri="wss://a/", priority=1).beside(Target("b", 443, priority=1))
