"""What of instant messaging passed with which server, read from the log of a run.

    python -m pytest tests/interop --junitxml=interop.xml
    python -m tests.tools.interop_table interop.xml           # prints the page
    python -m tests.tools.interop_table interop.xml --write   # puts it into docs/reference/interoperability.md

A row is a test that runs with every server (fixture `im_server`), a column a server. A test that failed keeps its row, and says
so.
"""

from __future__ import annotations

import ast
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "tests" / "interop"
PAGE = ROOT / "docs" / "reference" / "interoperability.md"

ADAPTERS = ("asyncio", "trio", "anyio", "blocking")
SERVERS = {"prosody": "Prosody", "ejabberd": "ejabberd", "local": "local server"}

_NAME = re.compile(r"(\w+)\[(\w+)-(\w+)(?:-.+)?\]")
"""Test, server and adapter. What else a test runs with is put together: only if all of it passed did it pass."""

_HEAD = """# What passed with which server

Operations and trackers of `xmppwire.im`, each from asyncio, trio, anyio and blocking code, with the servers of Debian 12 and
with the local server. "not offered" means that the server says so by its own discovery, or has no way to say it; the reason is
that of the test.

Made by `python -m tests.tools.interop_table` from the log of a run; the tests are in `tests/interop`.
"""


@dataclass
class Outcome:
    """What became of one test with one server."""

    passed: set[str] = field(default_factory=set[str])
    failed: set[str] = field(default_factory=set[str])
    reasons: set[str] = field(default_factory=set[str])

    @property
    def words(self) -> str:
        if self.failed:
            return f"FAILED: {', '.join(sorted(self.failed))}"
        reasons = "; ".join(sorted(self.reasons))
        if not self.passed:
            return f"not offered: {reasons}"
        missing = [name for name in ADAPTERS if name not in self.passed]
        if not self.reasons:
            return "passed" if not missing else f"passed, but for {', '.join(missing)}"
        return f"passed: {', '.join(sorted(self.passed))}; not: {reasons}" if missing else f"passed; not: {reasons}"


def rows(folder: Path = FOLDER) -> dict[str, tuple[str, list[str]]]:
    """For each file its first line, and its tests that run with every server."""
    found: dict[str, tuple[str, list[str]]] = {}
    for file in sorted(folder.glob("test_interop_*.py")):
        module = ast.parse(file.read_text(encoding="utf-8"))
        names = [
            node.name
            for node in module.body
            if isinstance(node, ast.FunctionDef)
            and node.name.startswith("test")
            and {"im_server", "adapter"} <= {argument.arg for argument in node.args.args}
        ]
        if names:
            found[file.stem] = (ast.get_docstring(module) or file.stem).splitlines()[0], names
    return found


def outcomes(log: Path) -> dict[tuple[str, str, str], Outcome]:
    """By file, test and server."""
    found: dict[tuple[str, str, str], Outcome] = {}
    for case in ET.parse(log).iter("testcase"):
        match = _NAME.fullmatch(case.get("name", ""))
        if match is None:
            continue
        test, server, adapter = match.groups()
        outcome = found.setdefault((case.get("classname", "").rsplit(".", 1)[-1], test, server), Outcome())
        if (skipped := case.find("skipped")) is not None:
            reason = skipped.get("message", "")
            outcome.reasons.add(reason.removeprefix(f"{server} ").replace("|", "\\|"))
        elif case.find("failure") is not None or case.find("error") is not None:
            outcome.failed.add(adapter)
        else:
            outcome.passed.add(adapter)
    return found


def page(log: Path, folder: Path = FOLDER) -> Iterator[str]:
    """The lines of the page."""
    found = outcomes(log)
    yield from _HEAD.splitlines()
    for file, (title, names) in rows(folder).items():
        yield from ("", f"## {title.rstrip('.')}", "")
        yield f"| `{file}` | {' | '.join(SERVERS.values())} |"
        yield f"| --- |{' --- |' * len(SERVERS)}"
        for name in names:
            cells = [found[file, name, server].words if (file, name, server) in found else "" for server in SERVERS]
            yield f"| {name.removeprefix('test_').replace('_', ' ')} | {' | '.join(cells)} |"


def main() -> int:
    text = "\n".join(page(Path(sys.argv[1]))) + "\n"
    if "--write" in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
