"""Libervia, a client without a window that sends and takes files by Jingle: the distribution's `libervia-backend`, on a message
bus of its own, told what to do by `libervia-cli`.

Where they are not installed their tests skip; with XMPPWIRE_REQUIRE_SERVERS=1 they fail.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.interop.harness import missing
from xmppwire import JID

SYSTEM = "/usr/bin:/bin"
"""Its scripts ask the path for a Python, and need the distribution's."""
PROGRAMS = ("dbus-daemon", "libervia-backend", "libervia-cli")
SECONDS = 60.0
READY = "Backend is ready"


class Libervia:
    """A backend that runs, with its files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "backend.log"
        self.profiles: dict[str, JID] = {}
        """The full addresses of those who are logged in."""
        self.environment = {
            "PATH": SYSTEM,
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder / 'bus'}",
        }

    def _begin(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["libervia-cli", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @contextmanager
    def busy(self, *arguments: str) -> Generator[None]:
        """Run a command of `libervia-cli` beside the block. It does not always notice that what it waits for has come."""
        process = self._begin(*arguments)
        try:
            yield
        finally:
            process.kill()
            process.communicate()

    def run(self, *arguments: str) -> str:
        """Carry out a command, which has to succeed, and return what it printed."""
        process = self._begin(*arguments)
        try:
            output, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            raise AssertionError(f"{arguments}: no end: {output}\n{self.tail()}") from None
        assert process.returncode == 0, f"{arguments}: {output}\n{self.tail()}"
        return output

    def tail(self) -> str:
        """The end of its log, for who looks why something failed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])

    def log_in(self, profile: str, address: str, password: str, host: str, port: int) -> None:
        """Log in as somebody, at a server whose certificate is not looked at."""
        self.run("profile", "create", profile, "-j", address, "-x", password)
        settings = {
            "Connection": {"Force server": host, "Force port": str(port), "check_certificate": "false"},
            # Whether it may ask a page of the Internet for its address: else it asks its user first.
            "General": {"allow_get_ip": "false"},
        }
        for category, values in settings.items():
            for name, value in values.items():
                self.run("param", "set", "-p", profile, category, name, value)
        self.run("profile", "connect", "-p", profile, "-c")
        (found,) = re.findall(r"^jid: (\S+)$", self.run("info", "session", "-p", profile), re.MULTILINE)
        self.profiles[profile] = JID(found)


def _spawn(stack: ExitStack, command: Sequence[str], environment: dict[str, str], output: Path) -> None:
    """Run a program until the stack is left."""
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, env=environment, cwd=output.parent, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )

    def end() -> None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    stack.callback(end)


def _wait(folder: Path, file: str, text: str = "") -> None:
    """Wait until a file is there, and has this text in it."""
    deadline = time.monotonic() + SECONDS
    while not (folder / file).exists() or (text and text not in (folder / file).read_text(errors="replace")):
        assert time.monotonic() < deadline, f"{file} in {folder} does not come"
        time.sleep(0.05)


@contextmanager
def running(folder: Path) -> Generator[Libervia]:
    """Run the backend."""
    programs = {name: shutil.which(name, path=SYSTEM) for name in PROGRAMS}
    for name, path in programs.items():
        if path is None:
            missing(f"{name} is not installed")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    libervia = Libervia(folder)
    with ExitStack() as stack:
        bus = f"unix:path={folder / 'bus'}"
        command = [str(programs["dbus-daemon"]), "--session", "--nofork", "--nopidfile", f"--address={bus}"]
        _spawn(stack, command, os.environ | libervia.environment, folder / "bus.log")
        _wait(folder, "bus")
        _spawn(stack, [str(programs["libervia-backend"]), "fg"], libervia.environment, libervia.log)
        _wait(folder, libervia.log.name, READY)
        yield libervia
