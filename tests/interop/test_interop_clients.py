"""Other people's clients at our server: slixmpp and Twisted Words log in to `xmppwire serve`, talk and ping.

The server and each client run in a process of their own. One client of a pair echoes what it is sent, the other greets it,
waits for the echo, pings it and the server, and leaves.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

import xmppwire_io.asyncio
from tests.interop.harness import missing
from xmppwire import Message
from xmppwire.im.ping import ping
from xmppwire.im.roster import fetch_roster

LIBRARIES = ("slixmpp", "twisted")
SECONDS = 60.0
PASSWORDS = {"alice": "wonder land", "bob": "pass:word"}


class Lines:
    """The JSON lines that a process prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str | None] = queue.Queue()
        assert process.stdout is not None
        self._thread = threading.Thread(target=self._read, args=(process.stdout,))
        self._thread.start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line)
        self._lines.put(None)

    def next(self) -> dict[str, Any] | None:
        """The next line; None at the end."""
        line = self._lines.get(timeout=SECONDS)
        return None if line is None else json.loads(line)

    def through(self, key: str) -> list[dict[str, Any]]:
        """All lines up to the next one with this key."""
        lines = []
        while (line := self.next()) is not None:
            lines.append(line)
            if key in line:
                return lines
        raise AssertionError(f"the process ended without {key!r}, but with {lines}")

    def until(self, key: str) -> Any:
        """What the next line with this key says."""
        return self.through(key)[-1][key]


@contextmanager
def running(
    *arguments: str, program: str = sys.executable, environment: dict[str, str] | None = None
) -> Iterator[Lines]:
    """A process (under this Python, if no program is given), which is ended at the latest with the block."""
    process = subprocess.Popen(
        [program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    lines = Lines(process)
    try:
        yield lines
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        lines._thread.join()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module")
def place() -> Iterator[dict[str, Any]]:
    """Where `xmppwire serve` listens: host, port and ca_file."""
    users = [f"--user={name}:{password}" for name, password in PASSWORDS.items()]
    command = ("-m", "xmppwire_io", "serve", "--domain", "localhost", "--listen", "127.0.0.1:0", *users, "--json")
    with running(*command) as lines:
        line = lines.next()
        assert line is not None, "the server did not start"
        yield {key: line[key] for key in ("host", "port", "ca_file")}


@contextmanager
def client(library: str, place: dict[str, Any], user: str, **more: Any) -> Iterator[Lines]:
    """A client of this library, logged in as `user`."""
    if importlib.util.find_spec(library) is None:
        missing(f"{library} is not installed")
    script = Path(__file__).parent / "clients" / f"{library}_client.py"
    options = {**place, "jid": f"{user}@localhost/{library}", "password": PASSWORDS[user], **more}
    with running(str(script), json.dumps(options)) as lines:
        yield lines


@pytest.mark.parametrize("greeter", LIBRARIES)
@pytest.mark.parametrize("echoer", LIBRARIES)
def test_messages_and_pings(place: dict[str, Any], greeter: str, echoer: str) -> None:
    with client(echoer, place, "alice") as other:
        address = other.until("online")
        assert address == f"alice@localhost/{echoer}"
        with client(greeter, place, "bob", greet=address) as lines:
            assert lines.until("online") == f"bob@localhost/{greeter}"
            greeting = f"hello from {greeter} <&> é"
            assert other.until("message") == greeting
            assert lines.until("message") == f"echo: {greeting}"
            assert lines.until("pinged") == address
            assert lines.until("pinged") == "localhost"
            assert lines.until("finished") == "done"
            assert lines.process.wait(SECONDS) == 0


@pytest.mark.parametrize("library", LIBRARIES)
def test_our_own_client_with_theirs(place: dict[str, Any], library: str) -> None:
    async def scenario(address: str) -> None:
        async with (
            asyncio.timeout(SECONDS),
            xmppwire_io.asyncio.connect(
                "bob@localhost/ours",
                password=PASSWORDS["bob"],
                host=place["host"],
                port=place["port"],
                ca_file=place["ca_file"],
            ) as bob,
        ):
            await bob.run(fetch_roster())
            await bob.send(Message(address, "Wherefore?", type="chat"))
            async for event in bob:
                if isinstance(event, Message):
                    assert (str(event.sender), event.body) == (address, "echo: Wherefore?")
                    break
            await bob.run(ping(address))

    with client(library, place, "alice") as other:
        asyncio.run(scenario(other.until("online")))


def test_slixmpp_logs_in_with_scram(place: dict[str, Any]) -> None:
    with client("slixmpp", place, "alice") as lines:
        while (line := lines.next()) is not None and "online" not in line:
            pass
        assert line is not None
        assert line["mechanism"].startswith("SCRAM-SHA-")


@pytest.mark.parametrize("library", LIBRARIES)
def test_wrong_password(place: dict[str, Any], library: str) -> None:
    with client(library, place, "alice", password="guessed") as lines:
        found = []
        while (line := lines.next()) is not None:
            found.append(line)
        assert not any("online" in line for line in found)
        assert lines.process.wait(SECONDS) == 1
