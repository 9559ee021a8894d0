"""How fast and how small the engine is: `python -m tests.bench [--json] [--peers]`.

Every figure is judged as a ratio to a baseline measured in the same run, in turn with it, since machines differ. `bar` is
what the ratio (for memory the value) must reach; for memory and linear time it must not exceed it. `--peers` also runs
slixmpp and Twisted Words where they are installed, each in a process of its own.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import engine
from .tally import Tally
from .workload import STANZAS, chunks, stanzas

ROUNDS = 5
TURNS = 6
CASES = ("deliver", "access", "send")
LIBRARIES = {"slixmpp": (6.0, 8.0, 10.0), "twisted": (None, 2.0, 2.0)}
"""Beside whom we are measured, and the bars for these cases."""
LINEAR_ROUNDS = 9
LINEAR_SECONDS = 5.0
LINEAR_BYTES = 100 * 1024


@dataclass(slots=True)
class Result:
    """One line of the report."""

    case: str
    python: str
    value: float
    unit: str
    baseline: str
    ratio: float | None
    bar: float | None

    @property
    def passed(self) -> bool | None:
        """Whether the bar is met; None without one."""
        if self.bar is None:
            return None
        if self.unit == "KiB":
            return self.value <= self.bar
        assert self.ratio is not None
        return self.ratio <= self.bar if self.unit == "ms" else self.ratio >= self.bar


def times(*cases: engine.Prepare, rounds: int = ROUNDS, budget: float = float("inf")) -> list[float]:
    """The shortest time of each case in seconds of the processor, which neighbours disturb least.

    The cases take turns, and each round is prepared afresh. After `budget` seconds no further round begins.
    """
    best = [float("inf")] * len(cases)
    end = time.perf_counter() + budget
    for turn in range(rounds):
        if turn and time.perf_counter() > end:
            break
        for number, prepare in enumerate(cases):
            run = prepare()
            gc.collect()
            begin = time.process_time()
            run()
            best[number] = min(best[number], time.process_time() - begin)
    return best


def result(
    case: str, value: float, unit: str, baseline: str = "", ratio: float | None = None, bar: float | None = None
) -> Result:
    rounded = None if ratio is None else round(ratio, 3)
    return Result(case, platform.python_version(), round(value, 2), unit, baseline, rounded, bar)


def peer(library: str) -> dict[str, Any] | None:
    """What `peers` measures of a library, or None where it is not installed."""
    if importlib.util.find_spec(library) is None:
        print(f"{library} is not installed", file=sys.stderr)
        return None
    command = [sys.executable, "-m", "tests.bench.peers", library]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    return json.loads(found.stdout)


def throughput(peers: bool) -> list[Result]:
    """Inbound and outgoing, against the standard library and against other libraries."""
    pieces = chunks(b"".join(stanzas(1)))
    tallies: list[Tally] = []

    def access() -> engine.Run:
        tallies.append(Tally())
        return engine.access(pieces, tallies[-1])

    base, deliver, read = times(lambda: engine.pull_parser(pieces), lambda: engine.deliver(pieces), access)
    plain, send = (seconds / engine.SENT for seconds in times(engine.formatted, engine.send))
    results = [
        result("inbound: XMLPullParser alone", STANZAS / base, "stanzas/s"),
        result("inbound: delivered", STANZAS / deliver, "stanzas/s", "XMLPullParser", base / deliver, 0.55),
        result("inbound: delivered and read", STANZAS / read, "stanzas/s", "XMLPullParser", base / read),
        result("outgoing: f-strings alone", 1 / plain, "stanzas/s"),
        result("outgoing: message sent", 1 / send, "stanzas/s", "f-strings, escaped", plain / send, 0.45),
    ]
    for library in LIBRARIES if peers else ():
        results += beside(library)
    return results


def beside(library: str) -> list[Result]:
    """The same work done by another library and by us, in processes that take turns: the best of each is compared."""
    own: list[dict[str, Any]] = []
    other: list[dict[str, Any]] = []
    for _ in range(TURNS):
        for name, found in (("xmppwire", own), (library, other)):
            if (figures := peer(name)) is None:
                return []
            found.append(figures)
    for one in (*own, *other):
        assert one["tally"] == own[0]["tally"], (one["tally"], own[0]["tally"])
    deliver, read, send = ((min(one[key] for one in own), min(one[key] for one in other)) for key in CASES)
    name, bars = other[0]["name"], LIBRARIES[library]
    return [
        result("inbound: delivered", STANZAS / deliver[0], "stanzas/s", name, deliver[1] / deliver[0], bars[0]),
        result("inbound: delivered and read", STANZAS / read[0], "stanzas/s", name, read[1] / read[0], bars[1]),
        result("outgoing: message sent", 1 / send[0], "stanzas/s", name, send[1] / send[0], bars[2]),
    ]


def memory() -> list[Result]:
    """Established, idle, no transport and no TLS."""
    return [
        result("memory: client's stream", engine.kibibytes_each(engine.established), "KiB", bar=24.0),
        result("memory: server's stream", engine.kibibytes_each(engine.accepted), "KiB", bar=24.0),
    ]


def linear() -> list[Result]:
    """Twice the bytes in one stanza."""
    results = []
    for content, cut in engine.LINEAR_CASES:
        half, whole = times(
            engine.large(content, cut, LINEAR_BYTES),
            engine.large(content, cut, 2 * LINEAR_BYTES),
            rounds=LINEAR_ROUNDS,
            budget=LINEAR_SECONDS,
        )
        results.append(result(f"linear: {content}, {cut}", whole * 1000, "ms", "half the bytes", whole / half, 2.5))
    return results


def show(results: list[Result]) -> None:
    """A table for people."""
    print(f"Python {platform.python_version()}, {platform.machine()}")
    for item in results:
        ratio = "" if item.ratio is None else f"{item.ratio:8.2f} x {item.baseline}"
        bar = "" if item.bar is None else f"bar {item.bar:g}: {'met' if item.passed else 'MISSED'}"
        print(f"{item.case:42} {item.value:12,.2f} {item.unit:10}{ratio:36} {bar}".rstrip())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the engine.")
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of a table")
    parser.add_argument("--peers", action="store_true", help="also run slixmpp and Twisted Words")
    arguments = parser.parse_args()
    results = throughput(arguments.peers) + memory() + linear()
    if arguments.json:
        print("[" + ",\n ".join(json.dumps(asdict(item)) for item in results) + "]")
    else:
        show(results)


if __name__ == "__main__":
    main()
