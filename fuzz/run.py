"""Fuzzes with the standard library alone.

    python fuzz/run.py --seconds 30 [--harness reader] [--seed N] [--json]

Each harness first runs its corpus, then mutations of it for so many seconds. An input that does something new joins the
pool. The first input that breaks a property is shortened and saved under `fuzz/crashes`, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from fuzz.mutation import Mutator, shrink  # noqa: E402 - the path comes first
from fuzz.properties import HARNESSES  # noqa: E402

CORPUS = ROOT / "fuzz" / "corpus"
CRASHES = ROOT / "fuzz" / "crashes"
MAX_POOL = 2000
MAX_FINDINGS = 5


@dataclass(slots=True)
class Report:
    """What one harness did."""

    harness: str
    seconds: float = 0.0
    executions: int = 0
    corpus: int = 0
    behaviours: int = 0
    findings: list[dict[str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


def corpus(harness: str) -> list[bytes]:
    """The seeds of a harness, and the inputs that once broke something."""
    return [path.read_bytes() for path in sorted((CORPUS / harness).glob("*")) if path.is_file()]


def kind_of(check: Callable[[bytes], object], data: bytes) -> str | None:
    """How the check fails: the kind of the failure, or None."""
    try:
        check(data)
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} {frame.name} {str(error).partition(' | ')[0][:60]}"
    return None


def fuzz(harness: str, seconds: float, *, seed: int = 0, save: bool = True, mutants: int = 0) -> Report:
    """Run one harness for about `seconds`, and at least the corpus and so many `mutants`; the same seed makes the same."""
    check = HARNESSES[harness]
    seeds = corpus(harness)
    report = Report(harness, corpus=len(seeds))
    mutator = Mutator(seeds, seed)
    seen: set[object] = set()
    known: set[str] = set()
    began = time.monotonic()
    for data in _inputs(seeds, mutator):
        report.executions += 1
        try:
            behaviour = check(data, report.executions <= len(seeds))
        except Exception as error:
            kind = kind_of(check, data) or "not the second time"
            if kind not in known:
                known.add(kind)
                _note(report, check, data, kind, error, save)
        else:
            if behaviour not in seen:
                seen.add(behaviour)
                if len(mutator.pool) < MAX_POOL and report.executions > len(seeds):
                    mutator.pool.append(data)
        report.seconds = round(time.monotonic() - began, 2)
        if (report.seconds >= seconds and report.executions >= len(seeds) + mutants) or len(
            report.findings
        ) >= MAX_FINDINGS:
            break
    report.behaviours = len(seen)
    return report


def _inputs(seeds: list[bytes], mutator: Mutator) -> Iterator[bytes]:
    yield from seeds
    while True:
        yield mutator.next()


def _note(
    report: Report, check: Callable[[bytes], object], data: bytes, kind: str, error: Exception, save: bool
) -> None:
    short = shrink(data, lambda shorter: kind_of(check, shorter) == kind)
    finding = {"kind": kind, "input": repr(short), "detail": "".join(traceback.format_exception(error)[-6:])[-4000:]}
    if save:
        CRASHES.mkdir(exist_ok=True)
        path = CRASHES / f"{report.harness}-{hashlib.sha256(short).hexdigest()[:12]}"
        path.write_bytes(short)
        finding["file"] = str(path.relative_to(ROOT))
    report.findings.append(finding)


def main(arguments: list[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Fuzz the engine with the standard library alone.")
    parser.add_argument("--seconds", type=float, default=30.0, help="for each harness (default 30)")
    parser.add_argument("--harness", choices=sorted(HARNESSES), help="only this one")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the mutations (default: the time)")
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument("--input", type=Path, help="run this one file, with --harness")
    options = parser.parse_args(arguments)
    if options.input is not None:
        if options.harness is None:
            parser.error("--input needs --harness")
        print(HARNESSES[options.harness](options.input.read_bytes()))
        return 0
    reports = [
        fuzz(name, options.seconds, seed=options.seed) for name in ([options.harness] if options.harness else HARNESSES)
    ]
    if options.json:
        print(json.dumps([{**report.as_json(), "seed": options.seed} for report in reports], indent=1))
    else:
        for report in reports:
            print(
                f"{report.harness}: {report.executions} executions in {report.seconds} s, {report.behaviours} behaviours, "
                f"{len(report.findings)} findings (seed {options.seed})"
            )
            for finding in report.findings:
                print(
                    f"  {finding['kind']}\n  input {finding['input'][:400]}\n  saved {finding.get('file')}\n{finding['detail']}"
                )
    return 1 if any(report.findings for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
