"""How fast bytes become elements, relative to the C `XMLPullParser`: `python -m tests.bench.xml_reader`.

Both read the same 20 000 stanzas in chunks of 4 KiB, in turn, several times; the median of the ratios is printed.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from xml.etree.ElementTree import XMLPullParser
from xml.parsers import expat

from tests.bench.workload import STANZAS, chunks, stream
from xmppwire.xml import StreamEnd, StreamReader, XMLLimits


def pull_parser(pieces: list[bytes]) -> int:
    """The baseline: take the elements of depth 1, and clear the root."""
    parser = XMLPullParser(("start", "end"))
    depth = count = 0
    root = None
    for piece in pieces:
        parser.feed(piece)
        for event, element in parser.read_events():
            if event == "start":
                depth += 1
                if depth == 1:
                    root = element
            else:
                depth -= 1
                if depth == 1:
                    count += 1
                    assert root is not None
                    root.clear()
    return count


def reader(pieces: list[bytes], stepping: bool = False) -> int:
    """Ours, with all limits on."""
    stream_reader = StreamReader(XMLLimits(), stepping=stepping)
    count = -1
    for piece in pieces:
        stream_reader.feed(piece)
        while (item := stream_reader.next()) is not None:
            if not isinstance(item, StreamEnd):
                count += 1
    return count


def stepping(pieces: list[bytes]) -> int:
    """Ours, stopping at each stanza as during negotiation."""
    return reader(pieces, True)


def measure(function: Callable[[list[bytes]], int], pieces: list[bytes]) -> float:
    gc.collect()
    begin = time.perf_counter()
    count = function(pieces)
    duration = time.perf_counter() - begin
    assert count == STANZAS, count
    return duration


def main(rounds: int = 7) -> None:
    pieces = chunks(stream(1))
    cases = [reader, stepping]
    times: dict[str, list[float]] = {case.__name__: [] for case in cases}
    base: list[float] = []
    for _ in range(rounds):
        base.append(measure(pull_parser, pieces))
        for case in cases:
            times[case.__name__].append(measure(case, pieces))
    print(
        f"Python {sys.version.split()[0]}, {expat.EXPAT_VERSION}; {sum(map(len, pieces)) / STANZAS:.0f} bytes a stanza"
    )
    print(f"{'XMLPullParser':15} {STANZAS / statistics.median(base):9.0f} stanzas/s   1.00")
    for name, durations in times.items():
        ratio = statistics.median(b / d for b, d in zip(base, durations, strict=True))
        print(f"{name:15} {STANZAS / statistics.median(durations):9.0f} stanzas/s   {ratio:.2f}")


if __name__ == "__main__":
    main()
