"""`xmppwire component` against the local server, over every kind of I/O."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.io.test_cli_serve import ended, running
from xmppwire import JID, Message
from xmppwire.im.ping import ping
from xmppwire.localserver import LocalServer
from xmppwire.trace import replay
from xmppwire_io.blocking import connect, connect_component, serve
from xmppwire_io.certs import Certificates
from xmppwire_io.cli import main
from xmppwire_io.cli.loops import NAMES

GATE = "gate.capulet.lit"
SECRET = "open sesame"


@pytest.fixture
def server(certs: Certificates) -> Iterator[Any]:
    local = LocalServer(["capulet.lit"], {"juliet": "r0m30"}, components={GATE: SECRET})
    with serve(local, ssl_context=certs.tls()) as running:
        running.local = local
        yield running


@pytest.fixture
def secret_file(tmp_path: Path) -> str:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    return str(file)


def wait_for(condition: Any) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("io", NAMES)
def test_messages_are_printed_and_echoed(
    server: Any, certs: Certificates, secret_file: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, io: str
) -> None:
    trace = tmp_path / "component.trace"
    place = ["--host", server.host, "--port", str(server.port), "--io", io, "--trace", str(trace)]
    command = ["component", GATE, "--secret-file", secret_file, *place, "--echo", "--count", "1"]
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(command)))
    thread.start()
    wait_for(lambda: server.local.hub.components.connected())
    options: Any = {"password": "r0m30", "host": server.host, "port": server.port, "ca_file": certs.ca_file}
    with connect("juliet@capulet.lit/balcony", **options) as juliet:
        juliet.run(ping(GATE))
        juliet.send(Message(f"bot@{GATE}", "Art thou there?", type="chat"))
        echo = next(event for event in juliet if isinstance(event, Message))
        assert (echo.sender, echo.body, echo.type) == (JID(f"bot@{GATE}"), "Art thou there?", "chat")
    thread.join(10)
    assert codes == [0]
    out, err = capsys.readouterr()
    assert out == f"to bot@{GATE}: juliet@capulet.lit/balcony: Art thou there?\n"
    assert err == f"speaking for {GATE}\n"
    recorded = trace.read_text(encoding="utf-8")
    assert SECRET not in recorded
    assert "<handshake>***</handshake>" in recorded
    assert not replay(recorded.splitlines()).differences


def test_as_json_and_without_echo(
    server: Any, certs: Certificates, secret_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--host", server.host, "--port", str(server.port)]
    command = ["component", GATE, "--secret-file", secret_file, *place, "--json", "--count", "1", "--no-reconnect"]
    thread = threading.Thread(target=lambda: main(command))
    thread.start()
    wait_for(lambda: server.local.hub.components.connected())
    options: Any = {"password": "r0m30", "host": server.host, "port": server.port, "ca_file": certs.ca_file}
    with connect("juliet@capulet.lit/balcony", **options) as juliet:
        juliet.send(Message(f"bot@{GATE}", "Art thou there?"))
    thread.join(10)
    said = json.loads(capsys.readouterr().out)
    assert (said["to"], said["from"]) == (f"bot@{GATE}", "juliet@capulet.lit/balcony")


def test_a_wrong_secret(server: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong"
    file.write_text("guess", encoding="utf-8")
    place = ["--host", server.host, "--port", str(server.port)]
    assert main(["component", GATE, "--secret-file", str(file), *place]) == 1
    assert capsys.readouterr().err.startswith(f"xmppwire: {GATE} cannot log in at {server.host}")
    file.write_text("\n", encoding="utf-8")
    assert main(["component", GATE, "--secret-file", str(file), *place]) == 2


def test_serve_takes_components_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "components"
    file.write_text(f"{GATE}:{SECRET}\n\nmusic.capulet.lit:lute:string\n", encoding="utf-8")
    with running(
        "serve", "--domain", "capulet.lit", "--listen", "127.0.0.1:0", "--components", str(file), "--json"
    ) as it:
        assert it.stdout is not None
        said = json.loads(it.stdout.readline())
        with connect_component("music.capulet.lit", "lute:string", said["host"], said["port"]) as component:
            component.run(ping("capulet.lit"))
        it.terminate()
        assert ended(it) == (0, "")
    for content, reason in (("no colon", "line 1: a component is DOMAIN:SECRET"), ("capulet.lit:x", "cannot be")):
        file.write_text(content, encoding="utf-8")
        command = ["serve", "--domain", "capulet.lit", "--listen", "127.0.0.1:0", "--components", str(file)]
        assert main(command) == 2
        assert reason in capsys.readouterr().err
