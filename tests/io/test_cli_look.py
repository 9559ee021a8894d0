"""roster, disco and archive against the local server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from xmppwire import Message
from xmppwire.im.ping import ping
from xmppwire.im.roster import set_roster_item
from xmppwire.operation import Operation
from xmppwire.payload import PayloadError
from xmppwire_io.blocking import connect
from xmppwire_io.cli import look, main
from xmppwire_io.cli.loops import NAMES
from xmppwire_io.options import ConnectOptions
from xmppwire_io.pytest_plugin import RunningServer


@pytest.fixture
def place(xmppwire_server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the server is; the password of juliet is in the environment."""
    monkeypatch.setenv("XMPPWIRE_PASSWORD", xmppwire_server.accounts["juliet"])
    return ["--host", xmppwire_server.host, "--port", str(xmppwire_server.port), "--ca-file", xmppwire_server.ca_file]


def reach(server: RunningServer, name: str) -> dict[str, Any]:
    options: ConnectOptions = {"host": server.host, "port": server.port, "ca_file": server.ca_file}
    return {"address": server.jid(name), "password": server.accounts[name], **options}


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


@pytest.mark.spec("RFC 6121", "2.2")
@pytest.mark.parametrize("io", NAMES)
def test_roster(place: list[str], xmppwire_server: RunningServer, capsys: pytest.CaptureFixture[str], io: str) -> None:
    command = ["roster", "juliet@localhost", "--io", io, *place]
    assert main(command) == 0
    assert lines(capsys) == []
    with connect(**reach(xmppwire_server, "juliet")) as juliet:
        juliet.run(set_roster_item("romeo@localhost", "Romeo \x9b2J", ["Montague", "Verona"]))
        juliet.run(set_roster_item("nurse@localhost"))
    assert main(command) == 0
    nurse, romeo = lines(capsys)
    assert nurse == "nurse@localhost (none)"
    assert romeo.startswith("romeo@localhost (none) Romeo ")
    assert "\x9b" not in romeo
    assert romeo.endswith("[Montague, Verona]")
    assert main([*command, "--json"]) == 0
    first, second = map(json.loads, lines(capsys))
    assert first["jid"] == "nurse@localhost"
    assert second["groups"] == ["Montague", "Verona"]
    assert second["subscription"] == "none"


@pytest.mark.spec("XEP-0030", "3.1", "4.1")
@pytest.mark.parametrize("io", NAMES)
def test_disco(place: list[str], capsys: pytest.CaptureFixture[str], io: str) -> None:
    assert main(["disco", "juliet@localhost", "localhost", "--io", io, *place]) == 0
    found = lines(capsys)
    assert found[0] == "server/im xmppwire local server"
    assert "    http://jabber.org/protocol/disco#info" in found
    assert main(["disco", "juliet@localhost", "localhost", "--json", "--io", io, *place]) == 0
    (line,) = lines(capsys)
    told = json.loads(line)
    assert told["jid"] == "localhost"
    assert told["identities"][0]["category"] == "server"
    assert "urn:xmpp:ping" in told["features"]
    assert isinstance(told["items"], list)


def test_who_tells_nothing(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["disco", "juliet@localhost", "nobody@localhost", *place]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("xmppwire: nobody@localhost does not tell: service-unavailable")


@pytest.mark.parametrize(
    ("command", "names"), [("disco", ["fetch_info", "fetch_items"]), ("roster", ["fetch_roster"])], ids=str
)
def test_answers_that_cannot_be_read(
    place: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    names: list[str],
) -> None:
    def unreadable(*_: object) -> Operation[None]:
        raise PayloadError("no number: '\x9b2J'", "query/@x")
        yield

    for name in names:
        monkeypatch.setattr(look, name, unreadable)
    target = ["localhost"] if command == "disco" else []
    assert main([command, "juliet@localhost", *target, *place]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("xmppwire: ")
    assert "no number" in err
    assert "\x9b" not in err
    assert "Traceback" not in err


@pytest.mark.spec("XEP-0313", "4.1")
@pytest.mark.parametrize("io", NAMES)
def test_archive(place: list[str], xmppwire_server: RunningServer, capsys: pytest.CaptureFixture[str], io: str) -> None:
    with connect(**reach(xmppwire_server, "romeo")) as romeo:
        for text in ("one", "two", "thr\x9bee"):
            romeo.send(Message(xmppwire_server.jid("juliet"), text, type="chat"))
        romeo.run(ping("localhost"))
    command = ["archive", "juliet@localhost", "--io", io, *place]
    assert main(command) == 0
    found = lines(capsys)
    assert [line.rsplit(": ", 1)[1][:3] for line in found] == ["one", "two", "thr"]
    assert "\x9b" not in found[-1]
    assert "romeo@localhost/" in found[0]
    assert main([*command, "--count", "2", "--json"]) == 0
    told = [json.loads(line) for line in lines(capsys)]
    assert [one["body"] for one in told] == ["two", "thr\x9bee"]
    assert all(one["archive_id"] for one in told)
    assert main([*command, "--with", "nurse@localhost"]) == 0
    assert lines(capsys) == []
    assert main([*command, "--since", "2100-01-01"]) == 0
    assert lines(capsys) == []
