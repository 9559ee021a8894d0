"""Makes the tables of docs/ that say what the source says: events, configs, limits.

    python tests/tools/doc_tables.py           # says what is out of date
    python tests/tools/doc_tables.py --write   # brings it up to date

A table stands in a page between `<!-- table: SOURCE CLASS... -->` and `<!-- end -->`. For events the rows are classes with
their fields, for everything else the fields of the classes, with their defaults. The texts are the docstrings; limits of XML
have theirs in the docstring of the class.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted((ROOT / "docs").rglob("*.md"))

_TABLE = re.compile(r"(<!-- table: (\S+) ([^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def refresh(text: str) -> str:
    """The page with its tables made anew."""
    return _TABLE.sub(lambda found: found[1] + table(ROOT / found[2], found[3].split()) + found[4], text)


def table(source: Path, names: list[str]) -> str:
    """The table of some classes of a module; `*` stands for every event."""
    module = ast.parse(source.read_text(encoding="utf-8"))
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    if names == ["*"]:
        rows = [["Event", "Fields", "Meaning"], *events(classes)]
    else:
        rows = [["Name", "Default", "Meaning"]]
        for name in names:
            rows += fields(classes[name])
    rows.insert(1, ["---"] * len(rows[0]))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def events(classes: dict[str, ast.ClassDef]) -> Iterator[list[str]]:
    """A row for each event that is a dataclass."""
    for node in classes.values():
        if node.decorator_list and node.name not in ("Question", "TLSInfo"):
            names = ", ".join(f"`{field.target.id}`" for field in attributes(node)) or "-"
            yield [f"`{node.name}`", names, sentences(ast.get_docstring(node) or "")]


def fields(node: ast.ClassDef) -> Iterator[list[str]]:
    """A row for each field of a config or a record of limits."""
    from_class = described(ast.get_docstring(node) or "")
    for field, text in zip(attributes(node), texts(node), strict=True):
        name = field.target.id
        yield [f"`{name}`", default(field), sentences(text or from_class.get(name, ""))]


class Field(ast.AnnAssign):
    target: ast.Name


def attributes(node: ast.ClassDef) -> list[Field]:
    return [item for item in node.body if is_field(item)]  # type: ignore[misc]


def is_field(item: ast.stmt) -> bool:
    """Whether it is a field of a dataclass: what is common to all of the class is none."""
    if not isinstance(item, ast.AnnAssign) or not isinstance(item.target, ast.Name):
        return False
    return "ClassVar" not in ast.unparse(item.annotation)


def texts(node: ast.ClassDef) -> list[str]:
    """The string that stands under each field, or nothing."""
    found: list[str] = []
    for item, follower in zip(node.body, [*node.body[1:], None], strict=True):
        if is_field(item):
            value = follower.value if isinstance(follower, ast.Expr) else None
            found.append(value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else "")
    return found


def described(docstring: str) -> dict[str, str]:
    """What the docstring of a class says of fields, in a list of "`name`" with an indented text under each."""
    return {found[1]: found[2] for found in re.finditer(r"^`(\w+)`\n((?:    .*\n?)+)", docstring, re.MULTILINE)}


def default(field: Field) -> str:
    value = field.value
    if value is None:
        return "required"
    if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "field":
        options = {option.arg: option.value for option in value.keywords}
        if "default" in options:
            value = options["default"]
        elif "default_factory" in options:
            return f"`{ast.unparse(options['default_factory'])}()`"
        else:
            return "required"
    text = ast.unparse(value)
    return f"`{text}`" if len(text) < 60 else "see the source"


def sentences(docstring: str) -> str:
    """A docstring on one line of a table."""
    return " ".join(docstring.split()).replace("|", "\\|")


def outdated() -> list[Path]:
    """The pages whose tables are not what the source says."""
    return [page for page in PAGES if refresh(page.read_text(encoding="utf-8")) != page.read_text(encoding="utf-8")]


if __name__ == "__main__":
    for stale in outdated():
        print(stale.relative_to(ROOT))
        if "--write" in sys.argv:
            stale.write_text(refresh(stale.read_text(encoding="utf-8")), encoding="utf-8")
