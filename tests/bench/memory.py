"""What half a million stanzas with fresh names leave behind: `python -m tests.bench.memory`.

Each element, attribute, prefix and namespace has a name that was never used before, which fills every table that is not
bounded. Printed is how much larger the resident memory is at the end than after the first 10 000, in MiB, as the median
of three processes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from tests.bench.workload import HEADER
from xmppwire.xml import StreamReader, XMLLimits

WARM = 10_000
STANZAS = 500_000


def fresh(number: int) -> bytes:
    """A stanza whose names are its own."""
    return (
        f"<m{number} a{number}='x'><b{number} xmlns='urn:n{number}' xmlns:p{number}='urn:p{number}' "
        f"p{number}:q{number}='y'>text</b{number}></m{number}>"
    ).encode()


def pump(reader: StreamReader, first: int, last: int) -> int:
    """Read the stanzas with these numbers; return how many came out."""
    count = 0
    for start in range(first, last, 25):
        reader.feed(b"".join(map(fresh, range(start, min(start + 25, last)))))
        while reader.next() is not None:
            count += 1
    return count


def resident() -> int:
    """The resident memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def growth(stanzas: int = STANZAS) -> float:
    """MiB of resident memory that the stanzas after the first ones add."""
    reader = StreamReader(XMLLimits(), stepping=False)
    reader.feed(HEADER)
    reader.next()
    assert pump(reader, 0, WARM) == WARM
    before = resident()
    assert pump(reader, WARM, stanzas) == stanzas - WARM
    return (resident() - before) / 2**20


def main() -> None:
    if sys.argv[1:] == ["--once"]:
        print(json.dumps(growth()))
        return
    command = [sys.executable, "-m", "tests.bench.memory", "--once"]
    runs = [float(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(3)]
    print(f"{statistics.median(runs):.2f} MiB (of {', '.join(f'{run:.2f}' for run in runs)}), bar 8")


if __name__ == "__main__":
    main()
