"""What the Atheris harnesses share: instrument the engine, then let libFuzzer call a property (https://pypi.org/project/atheris)."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

with atheris.instrument_imports(include=["xmppwire"]):
    from fuzz.properties import HARNESSES


def run(name: str) -> None:
    """Fuzz the harness `name` with the arguments of libFuzzer; its corpus is `fuzz/corpus/<name>` unless others are given."""
    check = HARNESSES[name]

    def once(data: bytes) -> None:
        check(data, False)

    arguments = list(sys.argv)
    if not any(not argument.startswith("-") for argument in arguments[1:]):
        found = ROOT / "fuzz" / "found" / name
        found.mkdir(parents=True, exist_ok=True)
        arguments += [str(found), str(ROOT / "fuzz" / "corpus" / name)]
    crashes = ROOT / "fuzz" / "crashes"
    crashes.mkdir(exist_ok=True)
    arguments.insert(1, f"-artifact_prefix={crashes}/{name}-")
    atheris.Setup(arguments, once)
    atheris.Fuzz()
