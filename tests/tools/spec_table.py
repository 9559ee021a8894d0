"""Which sections of which standards the tests prove, read from their `spec` markers.

    python tests/tools/spec_table.py           # prints the table
    python tests/tools/spec_table.py --write   # puts it into docs/explanation/standards.md

A marker on a class counts once for each of its tests, and one for a whole module (`pytestmark`) for each test in it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "explanation" / "standards.md"

_TABLE = re.compile(r"(<!-- coverage -->\n).*?(<!-- end -->)", re.DOTALL)


def coverage(folder: Path = ROOT / "tests") -> dict[str, dict[str, int]]:
    """For each document its sections, with the number of tests for each. `""` is the document as a whole."""
    found: dict[str, dict[str, int]] = {}
    for file in sorted(folder.rglob("test_*.py")):
        module = ast.parse(file.read_text(encoding="utf-8"))
        for document, sections, tests in markers(module):
            counts = found.setdefault(document, {})
            for section in sections or [""]:
                counts[section] = counts.get(section, 0) + tests
    return found


def markers(scope: ast.Module | ast.ClassDef) -> Iterator[tuple[str, list[str], int]]:
    """Document, sections and number of tests of each marker in a module or class."""
    for node in scope.body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "pytestmark" for target in node.targets):
            yield from calls(node.value, tests_in(scope))
        elif isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                yield from calls(decorator, tests_in(node))
            yield from markers(node)
        elif is_test(node):
            for decorator in node.decorator_list:
                yield from calls(decorator, 1)


def calls(expression: ast.expr, tests: int) -> Iterator[tuple[str, list[str], int]]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "spec":
            words = [word.value for word in node.args if isinstance(word, ast.Constant)]
            yield str(words[0]), [str(word) for word in words[1:]], tests


def is_test(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def tests_in(scope: ast.Module | ast.ClassDef) -> int:
    return sum(is_test(node) + (tests_in(node) if isinstance(node, ast.ClassDef) else 0) for node in scope.body)


def order(text: str) -> list[tuple[int, str]]:
    """A key by which 4.9 comes before 4.10, and RFC 6120 before XEP-0004."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.findall(r"\d+|[^\d.]+", text)]


def render(found: dict[str, dict[str, int]]) -> str:
    """The table as Markdown."""
    rows = ["| Document | Tests | Sections |", "| --- | --- | --- |"]
    for document in sorted(found, key=lambda name: (name[:3], order(name))):
        sections = [section for section in sorted(found[document], key=order) if section]
        rows.append(f"| {document} | {sum(found[document].values())} | {', '.join(sections) or 'as a whole'} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    made = render(coverage())
    if "--write" in sys.argv:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(_TABLE.sub(lambda match: match[1] + made + match[2], page), encoding="utf-8")
    else:
        print(made, end="")
