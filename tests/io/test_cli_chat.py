"""`xmppwire chat` in a terminal of 80 columns, with the local server; the terminal is emulated by pyte."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack

import pytest

from xmppwire import Message
from xmppwire.im.ping import ping
from xmppwire_io.blocking import connect
from xmppwire_io.pytest_plugin import RunningServer

pyte = pytest.importorskip("pyte")


class Terminal:
    """A command in a terminal of its own, and what stands on its screen."""

    def __init__(self, arguments: list[str], password: str, size: tuple[int, int] = (80, 24)) -> None:
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = pty.openpty()
        self._resize(size)
        environment = {**os.environ, "XMPPWIRE_PASSWORD": password, "TERM": "xterm-256color", "PYTHONUTF8": "1"}
        for name in ("COLUMNS", "LINES"):
            environment.pop(name, None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "xmppwire_io", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)

    def _resize(self, size: tuple[int, int]) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    @property
    def lines(self) -> list[str]:
        """The lines that are not empty."""
        return [line.rstrip() for line in self._screen.display if line.strip()]

    def until(self, condition: Callable[[list[str]], bool]) -> list[str]:
        """Wait until the screen is so."""
        deadline = time.monotonic() + 20
        while not condition(self.lines):
            assert time.monotonic() < deadline, self.lines
            if select.select([self._master], [], [], 0.1)[0]:
                try:
                    self._stream.feed(os.read(self._master, 65536))
                except OSError:  # the command is over
                    assert condition(self.lines), (self.lines, self.end())
        return self.lines

    def shows(self, text: str) -> list[str]:
        """Wait until a line has this in it."""
        return self.until(lambda lines: any(text in line for line in lines))

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def end(self) -> tuple[int, str]:
        """Wait for the end of the command: its exit code, and what it said on standard error."""
        _, said = self._process.communicate(timeout=20)
        return self._process.returncode, said.decode()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
        os.close(self._master)


@pytest.fixture
def terminals(xmppwire_server: RunningServer) -> Generator[Callable[..., Terminal]]:
    """Makes terminals in which somebody holds a conversation."""
    place = ["--host", xmppwire_server.host, "--port", str(xmppwire_server.port), "--ca-file", xmppwire_server.ca_file]
    with ExitStack() as stack:

        def make(name: str, *arguments: str) -> Terminal:
            command = ["chat", *place, f"{xmppwire_server.jid(name)}/x", *arguments]
            terminal = Terminal(command, xmppwire_server.accounts[name])
            stack.callback(terminal.close)
            terminal.shows("Ctrl-C")
            terminal.until(lambda lines: not any("fetching" in line for line in lines))
            return terminal

        yield make


@pytest.mark.spec("XEP-0085", "5.1")
@pytest.mark.spec("XEP-0184", "5")
@pytest.mark.spec("XEP-0308", "3")
def test_a_conversation(terminals: Callable[..., Terminal]) -> None:
    juliet, romeo = terminals("juliet", "romeo@localhost"), terminals("romeo", "juliet@localhost")
    juliet.type("O Romeo, Romeo! wherefore art thou Romeo? Deny thy father and refuse thy name; or not.\r")
    lines = romeo.shows("juliet: O Romeo")
    assert lines[-2].startswith(" " * 10)  # the rest of it stands under its beginning
    assert all(len(line) <= 80 for line in lines)
    juliet.shows("✓")
    romeo.type("Shall I hear moer")
    juliet.shows("romeo@localhost is typing")
    romeo.type("\x7f\x7fre\r")
    juliet.shows("romeo: Shall I hear more")
    romeo.type("\x1b[A")
    romeo.shows("edit> Shall I hear more")
    romeo.type(", or shall I speak?\r")
    juliet.shows("romeo: Shall I hear more, or shall I speak? (edited)")
    romeo.shows("me: Shall I hear more, or shall I speak? (edited)")
    juliet.type("/me sighs\r")
    romeo.shows("* juliet sighs")
    for terminal in (juliet, romeo):
        terminal.type("\x03")
        assert terminal.end() == (0, "")


@pytest.mark.spec("XEP-0313", "4.1")
def test_what_was_said_before(terminals: Callable[..., Terminal], xmppwire_server: RunningServer) -> None:
    place = {"host": xmppwire_server.host, "port": xmppwire_server.port, "ca_file": xmppwire_server.ca_file}
    with connect(xmppwire_server.jid("romeo"), password=xmppwire_server.accounts["romeo"], **place) as romeo:  # type: ignore[arg-type]
        for number in range(120):
            romeo.send(Message(xmppwire_server.jid("juliet"), f"line {number}", type="chat", id=f"n{number}"))
        romeo.run(ping("localhost"))
    juliet = terminals("juliet", "romeo@localhost")
    juliet.shows("romeo: line 119")
    for _ in range(8):
        juliet.type("\x1b[5~")
    juliet.until(lambda lines: "further down" in lines[-2] and any(line.endswith("romeo: line 0") for line in lines))
    juliet.type("\x1b[6~" * 10)
    juliet.shows("romeo: line 119")


@pytest.mark.spec("XEP-0045", "7.2", "7.4")
def test_a_room(terminals: Callable[..., Terminal]) -> None:
    juliet = terminals("juliet", "--room", "verona@conference.localhost")
    juliet.shows("the room is new")
    romeo = terminals("romeo", "verona@conference.localhost", "--nick", "Montague")
    romeo.shows("2 in the room")
    romeo.type("Is the day so young?\r")
    juliet.shows("Montague: Is the day so young?")
    juliet.type("But new struck nine.\r")
    romeo.shows("juliet: But new struck nine.")


def test_a_stanza_that_steers_terminals(terminals: Callable[..., Terminal], xmppwire_server: RunningServer) -> None:
    juliet = terminals("juliet", "romeo@localhost")
    place = {"host": xmppwire_server.host, "port": xmppwire_server.port, "ca_file": xmppwire_server.ca_file}
    with connect(xmppwire_server.jid("romeo"), password=xmppwire_server.accounts["romeo"], **place) as romeo:  # type: ignore[arg-type]
        romeo.send(Message(xmppwire_server.jid("juliet"), "\x9b2J\x9b31mgone\u202e?", type="chat"))
        romeo.run(ping("localhost"))
    lines = juliet.shows("gone")
    assert len(lines) > 2
    assert not any(char in line for line in lines for char in "\x9b\u202e")


def test_without_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from xmppwire_io.cli import main

    monkeypatch.setenv("XMPPWIRE_PASSWORD", "x")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["chat", "juliet@localhost", "romeo@localhost"]) == 2
    assert capsys.readouterr().err == "xmppwire: a conversation needs a terminal; see `send` and `listen`\n"
