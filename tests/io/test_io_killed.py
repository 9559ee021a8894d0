"""A process that is killed with SIGKILL, again and again, and others that go on from what it kept (XEP-0198 section 5)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from xmppwire import JID, Message
from xmppwire.localserver import LocalServer
from xmppwire.stream import ServerConfig
from xmppwire_io.blocking import Client, connect, serve

PROGRAM = """
import json, os, sys
from pathlib import Path
from xmppwire import Message, Presence
from xmppwire.stream import ResumptionFailed
from xmppwire_io.blocking import connect

port, path = int(sys.argv[1]), Path(sys.argv[2])
kept = json.loads(path.read_text()) if path.exists() else {"state": None, "handled": []}
state = kept["state"].encode() if kept["state"] else None

def step(word):
    print(word, flush=True)

def keep(client):
    kept["state"] = client.export().decode()
    step("exported")
    path.with_suffix(".new").write_text(json.dumps(kept))
    os.replace(path.with_suffix(".new"), path)
    step("kept")
    client.stored()
    step("stored")

with connect("juliet@capulet.lit/room", password="secret", host="127.0.0.1", port=port, require_tls=False,
             allow_plain_without_tls=True, mechanisms=["PLAIN"], state=state, write_ahead=True) as client:
    if state is None:
        client.send(Presence())
        keep(client)
    step("ready")
    for event in client:
        if isinstance(event, ResumptionFailed):
            step("failed")
        if isinstance(event, Message):
            step("took")
            client.send(Message(event.sender, "re " + event.body))
            step("said")
            kept["handled"].append(event.body)
            keep(client)
"""
EACH = 3
"""So many messages are there for each life, which is five steps for each of them."""
KILLS = (2, 7, 11)
"""After so many steps of a life it is killed: or a little later, which is a matter of luck."""


class Life:
    """One process."""

    def __init__(self, port: int, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(port), str(path)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.steps = self.process.stdout
        while self.next() != "ready":
            pass

    def next(self) -> str:
        word = self.steps.readline().strip()
        assert word not in ("", "failed"), "it ended, or could not resume"
        return word

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=60)
        self.steps.close()


def bodies(client: Client, last: str) -> list[str]:
    """What comes until the message `last`."""
    found: list[str] = []
    while True:
        event = client.next_event(timeout=60)
        assert event is not None, f"nothing more came after {found}"
        if isinstance(event, Message) and event.body is not None:
            if event.body == last:
                return found
            found.append(event.body)


@pytest.mark.spec("XEP-0198", "5")
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing kills like SIGKILL here")
def test_killed_and_gone_on_from_what_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    config = ServerConfig(domains=["capulet.lit"], offer_tls=False, require_tls=False, allow_plain_without_tls=True)
    local = LocalServer(["capulet.lit"], {"juliet": "secret", "romeo": "secret"}, config=config, iterations=1)
    juliet = JID("juliet@capulet.lit/room")
    with (
        serve(local) as server,
        connect(
            "romeo@capulet.lit/orchard",
            password="secret",
            host="127.0.0.1",
            port=server.port,
            require_tls=False,
            allow_plain_without_tls=True,
            mechanisms=["PLAIN"],
        ) as romeo,
    ):
        life = Life(server.port, path)
        try:
            for number, steps in enumerate(KILLS):
                for message in range(EACH):
                    romeo.send(Message(juliet, str(number * EACH + message)))
                for _ in range(steps):
                    life.next()
                life.kill()
                life = Life(server.port, path)
            romeo.send(Message(juliet, "last"))
            heard = bodies(romeo, "re last")
        finally:
            life.kill()
        romeo.send(Message(romeo.jid, "end"))
        assert bodies(romeo, "end") == []
    wanted = [str(number) for number in range(len(KILLS) * EACH)]
    assert heard == [f"re {number}" for number in wanted]
    assert json.loads(path.read_text())["handled"] == [*wanted, "last"]
