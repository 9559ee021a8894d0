"""How long the definitions are: `python -m tests.tools.class_lines` prints lines a class, the longest last, and the median.

A line counts when it holds code: docstrings, comments and blanks do not.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from xmppwire.payload import Payload
from xmppwire.protocol import standards


def class_lines(classes: Iterable[type[Payload]]) -> dict[str, int]:
    """Lines of code of classes, by their full names."""
    files: dict[str, dict[str, int]] = {}
    found: dict[str, int] = {}
    for cls in classes:
        if cls.__module__ not in files:
            files[cls.__module__] = _in_module(cls.__module__)
        found[f"{cls.__module__}.{cls.__qualname__}"] = files[cls.__module__][cls.__qualname__]
    return found


def _in_module(name: str) -> dict[str, int]:
    path = sys.modules[name].__file__
    assert path is not None
    source = Path(path).read_text(encoding="utf-8")
    lines = source.splitlines()
    tree = ast.parse(source)
    docstrings = {
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }

    def counts(number: int) -> bool:
        line = lines[number - 1].strip()
        return bool(line) and not line.startswith("#") and number not in docstrings

    return {
        node.name: sum(map(counts, range(node.lineno, (node.end_lineno or node.lineno) + 1)))
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }


def main() -> None:
    """Print all of them."""
    lines = class_lines({cls for standard in standards() for cls in standard.classes})
    for name, count in sorted(lines.items(), key=lambda pair: pair[1]):
        print(f"{count:4} {name}")
    print(f"{len(lines)} classes, median {median(lines.values())} lines")


if __name__ == "__main__":
    main()
