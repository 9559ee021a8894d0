"""ping, send and listen against the local server, over every kind of I/O."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from tests.io.conformance.proxy import proxied
from xmppwire import JID, Message
from xmppwire.im.ping import ping
from xmppwire.protocol.delay import Delay
from xmppwire.session import ReconnectPolicy
from xmppwire.stanza import StanzaError, read_stanza
from xmppwire.trace import replay
from xmppwire.xml import Element
from xmppwire_io.blocking import connect
from xmppwire_io.cli import listen as listen_command
from xmppwire_io.cli import main
from xmppwire_io.cli.listen import as_json, as_text
from xmppwire_io.cli.loops import NAMES
from xmppwire_io.options import ConnectOptions
from xmppwire_io.pytest_plugin import RunningServer


@pytest.fixture
def place(xmppwire_server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the server is; the password of juliet is in the environment."""
    monkeypatch.setenv("XMPPWIRE_PASSWORD", xmppwire_server.accounts["juliet"])
    return ["--host", xmppwire_server.host, "--port", str(xmppwire_server.port), "--ca-file", xmppwire_server.ca_file]


@pytest.fixture
def romeo_file(xmppwire_server: RunningServer, tmp_path: Path) -> str:
    """A file with the password of romeo."""
    file = tmp_path / "romeo"
    file.write_text(xmppwire_server.accounts["romeo"] + "\n", encoding="utf-8")
    return str(file)


@pytest.mark.spec("XEP-0199", "4.1")
@pytest.mark.parametrize("io", NAMES)
def test_ping(place: list[str], capsys: pytest.CaptureFixture[str], io: str) -> None:
    assert main(["ping", "juliet@localhost", "localhost", "--io", io, *place]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("localhost answered in ")
    assert err == ""


@pytest.mark.parametrize("io", NAMES)
def test_nobody_answers_a_ping(place: list[str], capsys: pytest.CaptureFixture[str], io: str) -> None:
    assert main(["ping", "juliet@localhost", "nobody@localhost", "--io", io, *place]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "xmppwire: nobody@localhost does not answer: service-unavailable (cancel)\n"


@pytest.mark.parametrize("io", NAMES)
def test_send_and_listen(
    place: list[str], romeo_file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, io: str
) -> None:
    # The local server keeps messages for those who are away, so that nobody has to wait for the other here.
    assert main(["send", "juliet@localhost/balcony", "romeo@localhost", "Art thou\nnot Romeo?", *place]) == 0
    assert main(["send", "juliet@localhost/balcony", "romeo@localhost", "And a Montague? ☂", "--io", io, *place]) == 0
    assert capsys.readouterr() == ("", "")

    listen = ["listen", "romeo@localhost", "--password-file", romeo_file, "--io", io, *place]
    assert main([*listen, "--count", "1", "--json"]) == 0
    out, err = capsys.readouterr()
    first = [json.loads(line) for line in out.splitlines()]
    assert err.startswith("listening as romeo@localhost/")
    told = {message["body"]: message for message in first}
    message = told["Art thou\nnot Romeo?"]
    assert (message["kind"], message["type"]) == ("message", "chat")
    assert (message["from"], message["to"]) == ("juliet@localhost/balcony", "romeo@localhost")
    assert message["id"]
    assert message["xml"].startswith("<message ")


def test_listen_prints_text(place: list[str], romeo_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", "juliet@localhost/balcony", "romeo@localhost", "Art thou\nnot Romeo?", *place]) == 0
    assert main(["listen", "romeo@localhost", "--password-file", romeo_file, "--count", "1", *place]) == 0
    assert capsys.readouterr().out == "juliet@localhost/balcony: Art thou not Romeo?\n"


def test_send_says_what_cannot_be_delivered(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", "juliet@localhost", "nobody@localhost", "hello", *place]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "xmppwire: nobody@localhost cannot be reached: service-unavailable (cancel)\n"


def test_characters_that_xml_forbids_are_a_mistake_of_the_caller(
    place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["send", "juliet@localhost", "romeo@localhost", "bell \x07", *place]) == 2
    assert "U+0007" in capsys.readouterr().err


@pytest.mark.parametrize("io", NAMES)
def test_wrong_password(
    place: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, io: str
) -> None:
    monkeypatch.setenv("XMPPWIRE_PASSWORD", "wrong")
    assert main(["ping", "juliet@localhost", "localhost", "--io", io, *place]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "juliet@localhost cannot log in at " in err
    assert "not-authorized" in err
    assert len(err.splitlines()) == 1


@pytest.mark.spec("RFC 7590", "3.1")
@pytest.mark.parametrize("io", NAMES)
def test_untrusted_certificate(place: list[str], capsys: pytest.CaptureFixture[str], io: str) -> None:
    assert main(["ping", "juliet@localhost", "localhost", "--io", io, *place[:4]]) == 1
    err = capsys.readouterr().err
    assert "the certificate for localhost is not trusted: " in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("io", NAMES)
def test_nobody_listens(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, io: str) -> None:
    monkeypatch.setenv("XMPPWIRE_PASSWORD", "r0m30")
    assert main(["ping", "juliet@localhost", "localhost", "--host", "127.0.0.1", "--port", "1", "--io", io]) == 1
    err = capsys.readouterr().err
    assert err == "xmppwire: cannot connect to localhost: 127.0.0.1:1: connection refused\n"


class Lines:
    """What a command has said on both streams so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.text = ""

    def wait_for(self, words: str) -> None:
        for _ in range(1000):
            captured = self.capsys.readouterr()
            self.text += captured.out + captured.err
            if words in self.text:
                return
            time.sleep(0.02)
        raise AssertionError(f"{words!r} is not in {self.text!r}")


@pytest.mark.spec("XEP-0198", "5")
@pytest.mark.parametrize("io", NAMES)
def test_listen_goes_on_after_a_loss(
    xmppwire_server: RunningServer,
    place: list[str],
    romeo_file: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    io: str,
) -> None:
    monkeypatch.setattr(listen_command, "POLICY", ReconnectPolicy(first=0.1))
    lines = Lines(capsys)
    with proxied(xmppwire_server.port) as proxy:
        place[place.index("--port") + 1] = str(proxy.port)
        command = ["listen", "romeo@localhost", "--password-file", romeo_file, "--count", "2", "--io", io, *place]
        codes: list[int] = []
        listener = threading.Thread(target=lambda: codes.append(main(command)))
        listener.start()
        lines.wait_for("listening as")
        proxy.cut()
        lines.wait_for("the stream goes on")
        assert "no connection: the connection ended without a closing tag; trying again" in lines.text
        proxy.cut()
        for _ in range(2):
            assert main(["send", "juliet@localhost", "romeo@localhost", "again", *place]) == 0
        listener.join(20)
    assert codes == [0]
    lines.wait_for("again\n")


def test_listen_ends_with_the_connection_if_told(
    xmppwire_server: RunningServer, place: list[str], romeo_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = Lines(capsys)
    with proxied(xmppwire_server.port) as proxy:
        place[place.index("--port") + 1] = str(proxy.port)
        command = ["listen", "romeo@localhost", "--password-file", romeo_file, "--no-reconnect", *place]
        codes: list[int] = []
        listener = threading.Thread(target=lambda: codes.append(main(command)))
        listener.start()
        lines.wait_for("listening as")
        proxy.cut()
        listener.join(20)
    assert codes == [1]
    lines.wait_for("the stream ended: the connection ended without a closing tag")


def test_listen_ends_with_the_server(
    xmppwire_server: RunningServer, place: list[str], romeo_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another client takes the resource: the server ends the first stream with `conflict`."""
    codes: list[int] = []
    command = ["listen", "romeo@localhost/orchard", "--password-file", romeo_file, "--io", "blocking", *place]
    listener = threading.Thread(target=lambda: codes.append(main(command)))
    listener.start()
    said = ""
    for _ in range(500):
        said += capsys.readouterr().err
        if "listening as" in said:
            break
        time.sleep(0.02)
    options: ConnectOptions = {
        "host": xmppwire_server.host,
        "port": xmppwire_server.port,
        "ca_file": xmppwire_server.ca_file,
    }
    with connect("romeo@localhost/orchard", password=xmppwire_server.accounts["romeo"], **options) as usurper:
        usurper.run(ping("localhost"))
        listener.join(10)
    assert codes == [1]
    assert "the stream ended: conflict" in capsys.readouterr().err


def test_trace_of_a_command(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ping.trace"
    assert main(["ping", "juliet@localhost", "localhost", "--trace", str(file), *place]) == 0
    text = file.read_text(encoding="utf-8")
    assert "r0m30" not in text
    assert replay(text.splitlines()).equal

    monkeypatch.setenv("XMPPWIRE_PASSWORD", "wrong")
    assert main(["ping", "juliet@localhost", "localhost", "--trace", str(file), *place]) == 1
    assert "not-authorized" in file.read_text(encoding="utf-8")

    capsys.readouterr()
    assert main(["ping", "juliet@localhost", "localhost", "--trace", str(tmp_path / "no" / "folder"), *place]) == 2
    assert "cannot write" in capsys.readouterr().err


# --- how a message is shown ------------------------------------------------------------------------------------------


def test_message_as_json_has_what_is_there() -> None:
    message = Message("romeo@capulet.lit", sender="juliet@capulet.lit/balcony", subject="Name", thread="t1", lang="it")
    assert as_json(message) == {
        "kind": "message",
        "type": "normal",
        "from": "juliet@capulet.lit/balcony",
        "to": "romeo@capulet.lit",
        "lang": "it",
        "subject": "Name",
        "thread": "t1",
        "xml": (
            "<message to='romeo@capulet.lit' from='juliet@capulet.lit/balcony' xml:lang='it'>"
            "<subject>Name</subject><thread>t1</thread></message>"
        ),
    }


def test_delay_and_error_are_shown() -> None:
    delayed = read_stanza(
        Element(
            ("jabber:client", "message"),
            {},
            [Element(("urn:xmpp:delay", "delay"), {"stamp": "2026-01-02T03:04:05Z"})],
        )
    )
    assert isinstance(delayed, Message)
    assert delayed.get(Delay) is not None
    assert as_json(delayed)["delayed"] == "2026-01-02T03:04:05+00:00"
    failed = Message(type="error", sender=JID("nobody@capulet.lit"), error=StanzaError("gone", text="moved\x9b2J"))
    assert as_json(failed)["error"] == {"condition": "gone", "type": "cancel", "text": "moved\x9b2J"}
    assert as_text(failed) == "nobody@capulet.lit (error): gone (cancel): moved\N{REPLACEMENT CHARACTER}2J"


def test_payloads_that_do_not_decode_cost_nothing() -> None:
    broken = read_stanza(
        Element(
            ("jabber:client", "message"),
            {"type": "error"},
            [
                Element(("urn:xmpp:delay", "delay"), {"stamp": "yesterday"}),
                Element(("jabber:client", "error"), {"by": "@"}),
            ],
        )
    )
    assert isinstance(broken, Message)
    shown = as_json(broken)
    assert "delayed" not in shown
    assert "error" not in shown
    assert as_text(broken) == "the server (error): without a reason"


def test_messages_without_a_body() -> None:
    assert as_text(Message(sender="a.lit", subject="News", type="headline")) == "a.lit (headline): News"
    assert as_text(Message(sender="a.lit")) == "a.lit: (no body)"
