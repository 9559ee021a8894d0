"""One component, one worker or two, at a real ejabberd: `python -m tests.bench.workers`.

The worker is the one that docs/scale.md shows, and keeps the processor busy for a given time with each message. The load comes
from another component: it writes in the name of many users, keeps a number of messages under way, and counts the answers.
One worker holds both slots of the team, two hold one each. The figures are relative to one worker without work of its own; the
processors of this machine are shared by all: ejabberd, workers, load.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.interop.servers import TEAM_SLOTS, Launcher, NotInstalled, Server
from xmppwire import Message
from xmppwire.session import ReplyIgnored
from xmppwire_io.asyncio import connect_component

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"
USERS = 200
UNDER_WAY = 100
SECONDS = 60.0
WORK = (0.0, 1.0, 4.0)
ROUNDS = 5


def shown() -> dict[str, Any]:
    """What the first block of code of docs/scale.md defines."""
    block = re.search(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert block is not None
    names: dict[str, Any] = {}
    exec(compile(block[1], str(PAGE), "exec"), names)
    return names


def busy(milliseconds: float) -> Callable[[str], str]:
    """An answer that takes so much time of the processor."""

    def answer(body: str) -> str:
        end = time.thread_time() + milliseconds / 1000
        while time.thread_time() < end:
            pass
        return f"{os.getpid()} {body}"

    return answer


@contextmanager
def worker(server: Server, slots: int, milliseconds: float) -> Generator[None]:
    """A worker in a process of its own."""
    assert server.team is not None
    domain, port = server.team
    given = (domain, server.component_secret, server.host, str(port), str(slots), str(milliseconds))
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.workers", "--worker", *given], cwd=PAGE.parents[1])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def load(server: Server, count: int) -> tuple[float, dict[str, int], dict[str, set[str]]]:
    """Seconds for so many messages and answers, the answers of each worker, and the workers of each user."""
    assert server.team is not None
    assert server.component_port is not None
    shares: dict[str, int] = {}
    places: dict[str, set[str]] = {}
    target = f"bot@{server.team[0]}"
    async with (
        asyncio.timeout(SECONDS),
        connect_component(server.component, server.component_secret, server.host, server.component_port) as many,
    ):

        async def write(numbers: Iterable[int]) -> None:
            for number in numbers:
                await many.send(Message(target, "x" * 100, sender=f"user{number % USERS}@{server.component}"))

        await ready(many, target)
        begin = time.perf_counter()
        await write(range(UNDER_WAY))
        sent, got = UNDER_WAY, 0
        while got < count:
            event = await anext(many)
            if not isinstance(event, Message):
                continue
            got += 1
            name = (event.body or "").partition(" ")[0]
            shares[name] = shares.get(name, 0) + 1
            places.setdefault(str(event.to), set()).add(name)
            if sent < count:
                await write((sent,))
                sent += 1
        return time.perf_counter() - begin, shares, places


async def ready(many: Any, target: str) -> None:
    """Wait until all slots are held: what is for an empty one is dropped, so that each user writes until all were answered."""
    silent = {f"early{number}@{many.jid}" for number in range(20)}
    while silent:
        for user in silent:
            await many.send(Message(target, "are you there?", sender=user))
        try:
            async with asyncio.timeout(0.5):
                while silent:
                    event = await anext(many)
                    if isinstance(event, Message) and event.type != "error":
                        silent.discard(str(event.to))
        except TimeoutError:
            pass
    try:  # what is still under way
        async with asyncio.timeout(0.5):
            while True:
                event = await anext(many)
                assert not isinstance(event, ReplyIgnored)
    except TimeoutError:
        pass


def rate(server: Server, workers: int, milliseconds: float, count: int) -> float:
    """Messages a second."""
    with ExitStack() as stack:
        for _ in range(workers):
            stack.enter_context(worker(server, TEAM_SLOTS // workers, milliseconds))
        seconds, shares, places = asyncio.run(load(server, count))
    assert len(shares) == workers, shares
    assert all(len(names) == 1 for names in places.values()), "a user was served by two workers"
    return count / seconds


def table(server: Server, count: int) -> list[str]:
    """The table of docs/scale.md. Medians of several rounds, in which one and two take turns: other programs are in the way."""
    lines = ["| Work for each message | One worker | Two workers | Gain |", "| --- | --- | --- | --- |"]
    base = 0.0
    for milliseconds in WORK:
        rounds = [[rate(server, workers, milliseconds, count) for workers in (1, 2)] for _ in range(ROUNDS)]
        one, two = (statistics.median(found) for found in zip(*rounds, strict=True))
        gain = statistics.median(second / first for first, second in rounds)
        base = base or one
        name = f"{milliseconds:g} ms" if milliseconds else "none"
        lines.append(f"| {name} | {one / base:.2f} | {two / base:.2f} | {gain:.2f} |")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description="One component, one worker or two.")
    parser.add_argument("--messages", type=int, default=1000, help="for each figure")
    parser.add_argument("--worker", nargs=6, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker is not None:
        domain, secret, host, port, slots, milliseconds = given.worker
        asyncio.run(shown()["work"](domain, secret, host, int(port), busy(float(milliseconds)), int(slots)))
        return 0
    with tempfile.TemporaryDirectory() as folder, Launcher(Path(folder).resolve(), quiet=True) as launcher:
        try:
            server = launcher.start("ejabberd")
        except NotInstalled as problem:
            print(f"{problem}: nothing was measured")
            return 1
        print(f"{server.version}, {os.cpu_count()} processors, {given.messages} messages a figure")
        print("\n".join(table(server, given.messages)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
