"""The tables of the compliance suites (XEP-0387, XEP-0479): for each feature the tests that show it, by the `spec` markers.

    python -m tests.tools.compliance_table           # prints the page
    python -m tests.tools.compliance_table --write   # puts it into docs/reference/compliance.md

A cell names the file that has the most tests of a document, in the first folder that has any: with real servers, if there are
such tests. Tests that only read and write payloads show nothing. What the suites ask for stands in `compliance.toml`.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.tools.spec_table import markers

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "compliance.md"
ASKED = Path(__file__).with_name("compliance.toml")

FOLDERS = {
    "client": ("interop", "im", "io", "session", "stream", "sasl", "address"),
    "server": ("localserver", "stream", "io", "session", "sasl", "address"),
}
TITLES = {"XEP-0387": "XMPP Compliance Suites 2018 (XEP-0387)", "XEP-0479": "XMPP Compliance Suites 2023 (XEP-0479)"}
NOT_OURS = {("XEP-0206", "server"), ("XEP-0124", "server")}
"""Tests of the client's end that stand where those of both ends do."""

_HEAD = """# The compliance suites

What the suites ask for, level by level, and the test that shows it: for clients mostly with real servers, for servers with the
local server. "--" means that the suite does not ask for it; **missing** is what there is no test of.

Made by `python -m tests.tools.compliance_table` from the markers of the tests.
"""


@cache
def proofs(folder: Path = ROOT / "tests") -> dict[tuple[str, str], dict[str, int]]:
    """By document and folder: the files with tests of it, and how many each has."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for file in sorted(folder.rglob("test_*.py")):
        place = file.relative_to(folder).parts[0]
        for document, _, tests in markers(ast.parse(file.read_text(encoding="utf-8"))):
            counts = found.setdefault((document, place), {})
            name = str(file.relative_to(folder))
            counts[name] = counts.get(name, 0) + tests
    return found


def proof(document: str, role: str) -> str | None:
    """The file that shows best that we have this, in this role."""
    for place in () if (document, role) in NOT_OURS else FOLDERS[role]:
        if counts := proofs().get((document, place)):
            return max(counts, key=lambda name: (counts[name], name))
    return None


def cell(feature: dict[str, Any], role: str, level: str) -> tuple[str, list[str]]:
    """What stands in a cell, and the documents that it misses."""
    if role[0] not in feature[level]:
        return "--", []
    found = {document: proof(document, role) for document in feature["documents"]}
    shown = [f"[{document}](../../tests/{file})" for document, file in found.items() if file is not None]
    missing = [document for document, file in found.items() if file is None]
    if feature.get("any") and shown:
        return ", ".join(shown), []
    return ", ".join([*shown, *(f"**missing: {document}**" for document in missing)]), missing


def page() -> Iterator[str]:
    """The lines of the page."""
    yield from _HEAD.splitlines()
    lacking: dict[tuple[str, str, str], list[str]] = {}
    for suite, categories in tomllib.loads(ASKED.read_text(encoding="utf-8")).items():
        yield from ("", f"## {TITLES[suite]}")
        for category in categories:
            yield from ("", f"### {category['category']}", "")
            yield "| Feature | Client | Server | Advanced client | Advanced server |"
            yield "| --- | --- | --- | --- | --- |"
            for feature in category["features"]:
                cells: list[str] = []
                for level in ("core", "advanced"):
                    for role in ("client", "server"):
                        text, missing = cell(feature, role, level)
                        cells.append(text)
                        if missing and level == "advanced":
                            lacking.setdefault((suite, category["category"], role), []).extend(missing)
                yield f"| {feature['name']} | {' | '.join(cells)} |"
    yield from ("", "## What is missing", "")
    for (suite, category, role), documents in lacking.items():
        yield f"- {suite}, {category}, {role}: {', '.join(dict.fromkeys(documents))}"
    if not lacking:
        yield "Nothing that these tables ask for."


def main() -> int:
    text = "\n".join(page()) + "\n"
    if "--write" in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
