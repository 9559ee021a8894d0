"""Runs the code of README.md and of docs/, page by page, as readers would.

Blocks marked `python` are run from the top of a page to its end, in one namespace. What a block prints must be what the
block marked `text` says that follows it directly. Blocks with tests in them are run by pytest. Lines of `sh` blocks that
begin with `xmppwire` must be command lines that exist, and links must lead somewhere.

What readers have, the programs find as well: a server for `capulet.lit` at the place where its name leads, with the accounts
in ACCOUNTS and a certificate of an authority that is trusted. There, Romeo answers every message with ANSWER. The current
folder is empty; `CA_FILE`, `HOST` and `PORT` in the environment say where the server really is.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT
from xmppwire import Message, Presence
from xmppwire.localserver import LocalServer
from xmppwire_io.blocking import connect, serve
from xmppwire_io.certs import throwaway
from xmppwire_io.cli.arguments import build_parser

DOMAIN = "capulet.lit"
ACCOUNTS = {"juliet": "r0m30", "romeo": "jul13t"}
ANSWER = "Neither, fair saint, if either thee dislike."

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


@dataclass
class Block:
    """A block of code: its language, its text, the line where it begins, and what stands between it and the next one."""

    language: str
    text: str
    line: int
    after: str


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = list(_BLOCK.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)][: len(found)]
    return [
        Block(match[1], match[2], text.count("\n", 0, match.start()) + 2, text[match.end() : end])
        for match, end in zip(found, ends, strict=True)
    ]


@pytest.fixture(scope="module")
def verona() -> Generator[dict[str, str]]:
    """The server, with Romeo in his orchard. What it says goes into the environment."""
    with (
        throwaway([DOMAIN]) as certificates,
        serve(LocalServer([DOMAIN], ACCOUNTS, registration=True), ssl_context=certificates.tls()) as server,
    ):
        place: Any = {"host": server.host, "port": server.port, "ca_file": certificates.ca_file}
        there = threading.Event()
        romeo = threading.Thread(target=answer_all, args=(place, there))
        romeo.start()
        assert there.wait(10)
        yield {"HOST": server.host, "PORT": str(server.port), "CA_FILE": str(certificates.ca_file)}
    romeo.join(10)


def answer_all(place: Any, there: threading.Event) -> None:
    with connect(f"romeo@{DOMAIN}/orchard", password=ACCOUNTS["romeo"], **place) as romeo:
        romeo.send(Presence())
        there.set()
        for event in romeo:
            if isinstance(event, Message) and event.body is not None:
                romeo.send(Message(event.sender, ANSWER, type=event.type))


@pytest.fixture
def reader(
    verona: dict[str, str],
    reader_of: Callable[[str, str, int, str], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """What a reader's machine would have."""
    reader_of(DOMAIN, verona["HOST"], int(verona["PORT"]), verona["CA_FILE"])
    for name, value in verona.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_code(name: str, reader: None, tmp_path: Path) -> None:
    page = ROOT / name
    code = blocks(page)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block, follower in zip(code, [*code[1:], None], strict=False):
        if block.language != "python":
            continue
        if re.search(r"^(async )?def test_", block.text, re.MULTILINE):
            (tmp_path / f"test_line_{block.line}.py").write_text(block.text, encoding="utf-8")
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            # as many lines as stand before it on the page, so that a traceback points there
            exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec", dont_inherit=True), namespace)
        if follower is not None and follower.language == "text" and not block.after.strip():
            assert printed.getvalue() == follower.text, f"{name}, line {block.line}"
    if any(tmp_path.glob("test_line_*.py")):
        run_tests(tmp_path)


def run_tests(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "xmppwire_io.pytest_plugin", str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        env={**os.environ, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_commands(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: True)  # files that a command reads need not be there
    for block in blocks(ROOT / name):
        for line in block.text.replace("\\\n", " ").splitlines():
            command = line.removeprefix("$ ").partition(" > ")[0].partition(" &")[0].partition(" | ")[0]
            if block.language == "sh" and re.match(r"(\w+=\S+ )*xmppwire ", command):
                words = shlex.split(command)
                build_parser().parse_args(words[words.index("xmppwire") + 1 :])


@pytest.mark.parametrize("name", NAMES)
def test_links(name: str) -> None:
    page = ROOT / name
    for link in _LINK.finditer(_BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if "://" not in link[1]:
            assert (page.parent / link[1]).exists(), f"{name} leads to {link[1]}"


def test_every_page_is_within_reach() -> None:
    """From the index or the readme, by links."""
    seen: set[Path] = set()
    todo = [ROOT / "README.md", ROOT / "docs" / "index.md"]
    while todo:
        page = todo.pop()
        if page not in seen and page.suffix == ".md":
            seen.add(page)
            links = _LINK.findall(page.read_text(encoding="utf-8"))
            todo += [(page.parent / link).resolve() for link, _ in links if "://" not in link]
    assert {page for page in PAGES if page not in seen} == set()
