"""`xmppwire demo` and `xmppwire replay`: what a person sees."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from xmppwire import Iq, Message
from xmppwire.localserver import Link, LocalServer
from xmppwire.stanza import Stanza
from xmppwire_io.cli import demo as demo_module
from xmppwire_io.cli import main
from xmppwire_io.cli.loops import NAMES
from xmppwire_io.cli.terminal import ladder
from xmppwire_io.pytest_plugin import RunningServer


@pytest.mark.parametrize("io", NAMES)
def test_the_whole_session_is_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, io: str
) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    svg = tmp_path / "demo.svg"
    assert main(["demo", "--io", io, "--svg", str(svg)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    for name in ("romeo", "juliet"):
        own = [line for line in lines if line.startswith(f"{name} ")]
        session = "\n".join(own)
        steps = [
            "stream to localhost",
            "features: starttls (required)",
            "── starttls ──",
            "◀─ proceed",
            "TLSv1.",
            "auth SCRAM-SHA-512-PLUS",
            "challenge",
            "response",
            "success",
            f"logged in as {name}@localhost (SCRAM-SHA-512-PLUS, bound to TLS by tls-server-end-point)",
            "iq set: bind",
            "iq get: roster",
            "── presence ──",
            "◀─ presence from",
            "stream ended, local-close",
        ]
        found = [session.find(step) for step in steps]
        assert -1 not in found, dict(zip(steps, found, strict=True))
        assert found == sorted(found)
        assert all(len(line) <= 110 for line in own)
    assert re.search(r"juliet .* message chat to romeo@localhost: “Art thou not Romeo\?”, receipt requested", out)
    assert re.search(r"romeo .* message chat to juliet@localhost/balcony: receipt", out)
    assert re.search(r"juliet .* iq get to localhost: ping", out)
    assert "both streams closed in order" in out

    root = ET.fromstring(svg.read_text(encoding="utf-8"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    drawn = "".join(root.itertext())
    assert "TLS: TLSv1." in drawn
    assert "receipt requested" in drawn
    assert "The session of juliet@localhost" in drawn


def test_both_ladders_count_from_the_same_moment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    times = [
        float(found[1])
        for found in re.finditer(r"^(?:romeo|juliet) +(\d+\.\d{3})  ", capsys.readouterr().out, re.MULTILINE)
    ]
    assert len(times) > 50
    assert times == sorted(times)


def test_no_password_is_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda size: "the-secret-of-both")
    assert main(["demo"]) == 0
    assert "the-secret" not in capsys.readouterr().out


def test_a_drawing_that_cannot_be_written_is_known_before(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["demo", "--svg", str(tmp_path / "no" / "demo.svg")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "cannot write" in err


@pytest.mark.parametrize("lost", [Message, Iq])
@pytest.mark.parametrize("io", NAMES)
def test_what_never_comes_is_not_waited_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, io: str, lost: type[Stanza]
) -> None:
    handle = LocalServer.handle

    def lose_messages(server: LocalServer, link: Link, stanza: Stanza, now: float) -> None:
        if not isinstance(stanza, lost):
            handle(server, link, stanza, now)

    monkeypatch.setattr(demo_module, "PATIENCE", 0.2)
    monkeypatch.setattr(LocalServer, "handle", lose_messages)
    assert main(["demo", "--io", io]) == 1
    assert capsys.readouterr().err == "xmppwire: no answer came in time\n"


def test_a_pipe_that_closes_ends_quietly() -> None:
    """`xmppwire demo | head -1`"""
    done = subprocess.Popen(
        [sys.executable, "-m", "xmppwire_io", "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert done.stdout is not None
    done.stdout.readline()
    done.stdout.close()
    _, err = done.communicate(timeout=30)
    assert err == b""
    assert done.returncode == 1


def test_a_terminal_without_unicode_gets_ascii() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "xmppwire_io", "demo"]
    done = subprocess.run(command, capture_output=True, check=False, env=environment, timeout=30)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode("ascii")
    assert "|-- starttls ---" in text


@pytest.mark.parametrize(("columns", "width"), [("20", 60), ("80", 80), ("300", 120)])
def test_the_ladder_fits_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    draw = ladder("juliet ")
    draw(json.dumps({"xmppwire-trace": 1, "role": "client", "secrets": False, "label": "x" * 300}))
    assert [len(line) for line in capsys.readouterr().out.splitlines()] == [width]


# --- replay ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def trace(xmppwire_server: RunningServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The trace of a login."""
    file = tmp_path / "trace"
    monkeypatch.setenv("XMPPWIRE_PASSWORD", xmppwire_server.accounts["juliet"])
    place = ["--host", xmppwire_server.host, "--port", str(xmppwire_server.port), "--ca-file", xmppwire_server.ca_file]
    assert main(["ping", "juliet@localhost", "localhost", "--trace", str(file), *place]) == 0
    return file


def test_replay(trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    svg = tmp_path / "ladder.svg"
    assert main(["replay", str(trace), "--svg", str(svg)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "session established: juliet@localhost/" in out
    assert re.search(
        r"^Replayed: \d+ events and pieces of output, all as recorded, apart from the login", out, re.MULTILINE
    )
    assert ET.fromstring(svg.read_text(encoding="utf-8")) is not None


def test_replay_tells_a_difference(trace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = trace.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if "urn:xmpp:ping" in line and '"out"' in line)
    lines[at] = lines[at].replace("urn:xmpp:ping", "urn:xmpp:pong")
    trace.write_text("".join(lines), encoding="utf-8")
    capsys.readouterr()
    assert main(["replay", str(trace)]) == 1
    assert capsys.readouterr().err.startswith(f"xmppwire: the engine behaves differently now: line {at + 1}: ")


@pytest.mark.parametrize("content", [b"", b"no json\n", b"{}\n", b'{"xmppwire-trace": 99}\n', b"\xff\n"])
def test_what_is_no_trace_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert main(["replay", str(file)]) == 2
    assert str(file) in capsys.readouterr().err
