"""The examples at the head of the modules are code, and stand apart from the words around them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import textwrap

import pytest

import xmppwire.im

MODULES = [found.name for found in pkgutil.walk_packages(xmppwire.im.__path__, "xmppwire.im.")]


def examples(doc: str) -> list[str]:
    """The indented parts, each with the lines between that are empty."""
    parts: list[list[str]] = [[]]
    for line in doc.splitlines():
        if line.startswith("    ") or (not line and parts[-1]):
            parts[-1].append(line)
        elif parts[-1]:
            parts.append([])
    return [textwrap.dedent("\n".join(part)) for part in parts if any(part)]


@pytest.mark.parametrize("name", MODULES)
def test_the_example_is_code(name: str) -> None:
    doc = importlib.import_module(name).__doc__ or ""
    for example in examples(doc):
        compile(example, name, "exec", flags=ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    outside = [line for line in doc.splitlines() if not line.startswith("    ")]
    assert not [line for line in outside if re.match(r"(\w+ = )?await |client\.run\(", line)]
    assert not [line for line in doc.splitlines() if line.endswith(" await")]
