"""The pages that say what the source says are held against it."""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.support import ROOT
from xmppwire_io.cli.arguments import build_parser

DOCS = ROOT / "docs"


def tool(name: str) -> ModuleType:
    """A script of tests/tools, as a module."""
    spec = importlib.util.spec_from_file_location(f"tests_tools_{name}", ROOT / "tests" / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def first_columns(page: str) -> list[list[str]]:
    """The first two cells of each row; the texts beside them may lag behind the source."""
    return [line.split(" | ")[:2] for line in page.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("name", ["reference/events.md", "reference/configs.md", "explanation/limits.md"])
def test_tables_name_what_the_source_has(name: str) -> None:
    tables = tool("doc_tables")
    page = (DOCS / name).read_text(encoding="utf-8")
    assert "<!-- table: " in page
    assert first_columns(page) == first_columns(tables.refresh(page)), "run: python tests/tools/doc_tables.py --write"


def test_tables_are_made_of_docstrings() -> None:
    tables = tool("doc_tables")
    limits = tables.table(ROOT / "src/xmppwire/xml/limits.py", ["XMLLimits"])
    assert "| `depth` | `64` | Levels of elements in a stanza" in limits
    events = tables.table(ROOT / "src/xmppwire/stream/events.py", ["*"])
    assert "| `StreamEnded` | `reason`, `clean`, `error`, `text` | The last event." in events
    assert "`Question`" not in events


def test_every_standard_that_is_tested_is_listed() -> None:
    pages = [
        (DOCS / "explanation" / "standards.md").read_text(encoding="utf-8").partition("## What the tests prove")[0],
        (DOCS / "reference" / "extensions.md").read_text(encoding="utf-8"),
    ]
    listed = set(re.findall(r"^\| ((?:RFC|XEP)[ -]\d+) \|", "\n".join(pages), re.MULTILINE))
    tested = set(tool("spec_table").coverage())
    assert tested - listed == set(), "add them to the first table of docs/explanation/standards.md"


def test_the_table_of_standards_and_the_doap_file_say_what_the_records_say() -> None:
    tables = tool("standards_table")

    def without_tests(page: str) -> list[str]:
        return [line.rpartition(" | ")[0] for line in page.splitlines()]  # what is tested may change by the day

    remedy = "run: python -m tests.tools.standards_table --write"
    assert without_tests(tables.PAGE.read_text(encoding="utf-8")) == without_tests(tables.page()), remedy
    assert tables.DOAP.read_text(encoding="utf-8") == tables.doap(), remedy


def test_marks_are_counted(tmp_path: Path) -> None:
    table = tool("spec_table")
    source = """
import pytest
pytestmark = [pytest.mark.spec("RFC 1", "2.10", "2.9")]
def test_a(): ...
@pytest.mark.spec("XEP-0001")
class TestB:
    @pytest.mark.spec("RFC 1", "2.9")
    def test_b(self): ...
    def test_c(self): ...
    def helper(self): ...
"""
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_x.py").write_text(source, encoding="utf-8")
    found = table.coverage(folder)
    assert found == {"RFC 1": {"2.10": 3, "2.9": 4}, "XEP-0001": {"": 2}}
    assert table.render(found).splitlines()[2:] == ["| RFC 1 | 7 | 2.9, 2.10 |", "| XEP-0001 | 2 | as a whole |"]


def test_every_option_is_on_the_page_of_the_command_line() -> None:
    page = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
    parser = build_parser()
    commands = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    assert commands.choices
    for name, command in commands.choices.items():
        assert f"`{name}" in page
        for action in command._actions:
            for option in action.option_strings:
                if option not in ("-h", "--help"):
                    assert f"`{option}" in page, f"{name} {option}"


def test_the_page_on_interoperability_has_every_test_and_no_failure() -> None:
    interop_table = tool("interop_table")
    page = interop_table.PAGE.read_text(encoding="utf-8")
    for file, (_, names) in interop_table.rows().items():
        section = page.split(f"| `{file}` |", 1)[1].split("##", 1)[0]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines()[2:] if line]
        assert [row[0] for row in rows] == [name.removeprefix("test_").replace("_", " ") for name in names], file
        for row in rows:
            assert len(row) == 1 + len(interop_table.SERVERS)
            assert all(cell.startswith(("passed", "not offered: ")) for cell in row[1:]), row


def test_outcomes_are_read_from_a_log(tmp_path: Path) -> None:
    interop_table = tool("interop_table")
    (tmp_path / "test_interop_x.py").write_text(
        '"""Something (XEP-0001)."""\n'
        "def test_a_thing(lab, im_server, adapter): ...\n"
        "def test_of_another_kind(lab, server, adapter): ...\n"
    )
    log = tmp_path / "log.xml"
    cases = [("prosody", f"{one}-direct", "") for one in interop_table.ADAPTERS]
    cases += [("prosody", "trio-by proxy", "<skipped message='prosody has no proxy'/>")]
    cases += [("ejabberd", "trio", "<skipped message='ejabberd has none'/>"), ("local", "trio", "<failure/>")]
    log.write_text(
        "<testsuites><testsuite>"
        + "".join(
            f"<testcase classname='tests.interop.test_interop_x' name='test_a_thing[{server}-{adapter}]'>{inner}</testcase>"
            for server, adapter, inner in cases
        )
        + "</testsuite></testsuites>"
    )
    assert list(interop_table.page(log, tmp_path))[-4:] == [
        "",
        "| `test_interop_x` | Prosody | ejabberd | local server |",
        "| --- | --- | --- | --- |",
        "| a thing | passed; not: has no proxy | not offered: has none | FAILED: trio |",
    ]


def test_the_tables_of_the_compliance_suites_are_what_the_tests_say() -> None:
    written = (DOCS / "reference" / "compliance.md").read_text(encoding="utf-8").splitlines()
    made = subprocess.run(
        [sys.executable, "-m", "tests.tools.compliance_table"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert made.stdout.splitlines() == written, "python -m tests.tools.compliance_table --write"
    assert not [line for line in written if line.startswith("|") and "|  |" in line]
