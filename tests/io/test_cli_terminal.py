"""Progress on a terminal, and nothing of it elsewhere."""

from __future__ import annotations

import io
import json
import time

import pytest

from xmppwire_io.cli.terminal import Progress, one_line, say, say_json, table_row


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def wait_for(terminal: Terminal, text: str) -> None:
    for _ in range(500):
        if text in terminal.getvalue():
            return
        time.sleep(0.01)
    raise AssertionError(terminal.getvalue())


def test_a_step_that_takes_long_shows_itself_and_leaves_no_trace() -> None:
    terminal = Terminal()
    with Progress("connecting", terminal, patience=0.01):
        wait_for(terminal, "\rconnecting ... 0 s")
    shown, _, rest = terminal.getvalue().rpartition("\r")
    assert rest == ""
    assert shown.endswith(" " * len("connecting ... 0 s"))


def test_a_quick_step_shows_nothing() -> None:
    terminal = Terminal()
    with Progress("connecting", terminal):
        pass
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_there_is_no_terminal() -> None:
    file = io.StringIO()
    with Progress("connecting", file, patience=0.01):
        time.sleep(0.1)
    assert file.getvalue() == ""


def test_progress_makes_way_for_output(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    with Progress("connecting", terminal, patience=0.2):
        wait_for(terminal, "connecting")
        say("a line")
        assert terminal.getvalue().endswith("\r" + " " * len("connecting ... 0 s") + "\r")
    assert capsys.readouterr().out == "a line\n"


def test_text_of_peers_cannot_steer_the_terminal() -> None:
    assert one_line("a\n b\x1b[31m\u202e") == "a b\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}"


def test_rows_are_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert table_row("Mechanisms", "SCRAM-SHA-512-PLUS, SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS") == [
        "Mechanisms  SCRAM-SHA-512-PLUS, SCRAM-SHA-256-PLUS,",
        "            SCRAM-SHA-1-PLUS",
    ]
    assert table_row("Mechanisms", "") == ["Mechanisms"]


def test_json_for_a_terminal_is_one_line_that_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    body = "\x9b31m \x85 \u2028 \u202e \x7f r\u00f3meo"
    say_json({"body": body})
    say_json({"body": "r\u00f3meo"})
    first, second = capsys.readouterr().out.splitlines()
    assert first.isprintable()
    assert json.loads(first) == {"body": body}
    assert second == '{"body": "r\u00f3meo"}'
