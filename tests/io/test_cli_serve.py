"""`xmppwire serve` as a process of its own: what it announces, how it ends, what it refuses."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from xmppwire.stream import CompressionStarted, Registration, StreamErrorCondition, StreamErrorReceived
from xmppwire_io.blocking import connect
from xmppwire_io.certs import make_certificates
from xmppwire_io.cli import main
from xmppwire_io.cli.serve import is_loopback
from xmppwire_io.errors import RegistrationError
from xmppwire_io.pytest_plugin import RunningServer

COMMAND = ["-m", "xmppwire_io"]


@contextmanager
def running(*arguments: str, command: list[str] = COMMAND, **options: Any) -> Generator[subprocess.Popen[str]]:
    """A command under way; killed if the test leaves it running."""
    process = subprocess.Popen(
        [sys.executable, *command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **options,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code, and what was said on standard error."""
    _, err = process.communicate(timeout=60)
    return process.returncode, err


@pytest.mark.spec("XEP-0138", "2")
def test_a_compressed_stream_from_the_shell(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = ["--domain", "localhost", "--listen", "127.0.0.1:0", "--user", "juliet:a"]
    with running("serve", *place, "--compression", "--json") as serve:
        assert serve.stdout is not None
        said = json.loads(serve.stdout.readline())
        there: dict[str, Any] = {
            "host": said["host"],
            "port": said["port"],
            "ca_file": said["ca_file"],
            "password": "a",
        }
        for asked in (True, False):
            with connect("juliet@localhost", compression=asked, **there) as client:
                assert any(isinstance(event, CompressionStarted) for event in client.negotiation) is asked
        monkeypatch.setenv("XMPPWIRE_PASSWORD", "a")
        address = ["--host", said["host"], "--port", str(said["port"]), "--ca-file", said["ca_file"]]
        assert main(["ping", "juliet@localhost", "localhost", "--compression", *address]) == 0
        assert "localhost" in capsys.readouterr().out
        serve.send_signal(signal.SIGTERM)
        assert ended(serve)[0] == 0


def test_serve_and_probe_over_websocket(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    place = ["--domain", "localhost", "--listen", "127.0.0.1:0", "--websocket", "127.0.0.1:0", "--user", "juliet:a"]
    with running("serve", *place, "--json") as serve:
        assert serve.stdout is not None
        said = json.loads(serve.stdout.readline())
        there = ["--websocket", said["websocket"], "--ca-file", said["ca_file"]]
        assert main(["probe", "localhost", "--json", *there]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["websocket"], told["problems"], told["features_before_tls"]) == (True, [], [])
        assert main(["probe", "localhost", *there]) == 0
        assert "WebSocket inside TLS" in capsys.readouterr().out
        monkeypatch.setenv("XMPPWIRE_PASSWORD", "a")
        assert main(["ping", "juliet@localhost", "localhost", *there]) == 0
        assert main(["ping", "juliet@localhost", "localhost", *there[2:], "--websocket", f"{said['websocket']}x"]) == 1
        assert "HTTP 404" in capsys.readouterr().err
        serve.send_signal(signal.SIGTERM)
        assert ended(serve)[0] == 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--websocket", "wss://localhost", "--host", "localhost"], "neither --host"),
        (["--websocket", "ws://localhost"], "without TLS"),
        (["--websocket", "localhost:443"], "no URL"),
        (["--bosh", "https://localhost/", "--websocket", "wss://localhost"], "either --websocket or --bosh"),
        (["--bosh", "https://localhost/", "--port", "5222"], "neither --host"),
        (["--bosh", "http://localhost/"], "no URL"),
    ],
)
def test_where_no_websocket_can_be(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: list[str], text: str
) -> None:
    monkeypatch.setenv("XMPPWIRE_PASSWORD", "a")
    try:
        code = main(["ping", "juliet@localhost", "localhost", *options])
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert text in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_until_a_signal(number: signal.Signals) -> None:
    with running(
        "serve", "--domain", "capulet.lit", "--listen", "127.0.0.1:0", "--user", "juliet:a", "romeo:b", "--json"
    ) as serve:
        assert serve.stdout is not None
        said = json.loads(serve.stdout.readline())
        assert (said["host"], said["domains"]) == ("127.0.0.1", ["capulet.lit"])
        place: Any = {"host": said["host"], "port": said["port"], "ca_file": said["ca_file"]}
        with connect("juliet@capulet.lit/balcony", password="a", **place) as juliet:
            assert str(juliet.jid) == "juliet@capulet.lit/balcony"
            assert juliet.tls is not None
            serve.send_signal(number)
            assert [event.error.condition for event in juliet if isinstance(event, StreamErrorReceived)] == [
                StreamErrorCondition.SYSTEM_SHUTDOWN
            ]
        assert ended(serve) == (0, "")
        assert not Path(said["ca_file"]).exists()


def test_a_server_in_the_background_of_a_shell_heeds_sigterm() -> None:
    """A shell without job control starts what is in the background with SIGINT ignored."""
    quiet: Any = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    with running("serve", "--domain", "a.lit", "--listen", "127.0.0.1:0", "--json", **quiet) as serve:
        assert serve.stdout is not None
        json.loads(serve.stdout.readline())
        serve.terminate()
        assert ended(serve) == (0, "")


STRAY = """
import signal, sys, threading
from xmppwire_io.cli import main

def stray():
    sys.stdin.readline()
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

threading.Thread(target=stray).start()
sys.exit(main(sys.argv[1:]))
"""
"""A process that gets its signal in another thread: nothing interrupts what the main thread waits for."""


def test_a_signal_that_does_not_interrupt_the_wait_is_heeded() -> None:
    with running(
        "serve", "--domain", "a.lit", "--listen", "127.0.0.1:0", "--json", command=["-c", STRAY], stdin=subprocess.PIPE
    ) as serve:
        assert serve.stdout is not None and serve.stdin is not None
        json.loads(serve.stdout.readline())
        serve.stdin.write("now\n")
        assert ended(serve) == (0, "")


@pytest.mark.parametrize("io", ["asyncio", "trio", "anyio", "blocking"])
def test_one_that_listens_heeds_it_as_well(xmppwire_server: RunningServer, io: str) -> None:
    place = ["--host", xmppwire_server.host, "--port", str(xmppwire_server.port), "--ca-file", xmppwire_server.ca_file]
    environment = {**os.environ, "XMPPWIRE_PASSWORD": xmppwire_server.accounts["juliet"]}
    options: Any = {"env": environment, "command": ["-c", STRAY], "stdin": subprocess.PIPE}
    with running("listen", "juliet@localhost", "--io", io, *place, **options) as listen:
        assert listen.stderr is not None and listen.stdin is not None
        assert listen.stderr.readline().startswith("listening as juliet@localhost/")
        listen.stdin.write("now\n")
        assert ended(listen) == (0, "")


def test_serve_for_people() -> None:
    with running("serve", "--domain", "capulet.lit", "--domain", "montague.lit", "--listen", "[::1]:0") as serve:
        assert serve.stdout is not None
        assert serve.stdout.readline().startswith("Serving capulet.lit, montague.lit on [::1]:")
        assert "--ca-file /" in serve.stdout.readline()
        serve.terminate()
        assert ended(serve) == (0, "")


def test_serve_with_a_certificate_and_a_file_of_users(tmp_path: Path) -> None:
    made = make_certificates(tmp_path, ["capulet.lit"])
    users = tmp_path / "users"
    users.write_text("juliet:r0m30\n", encoding="utf-8")
    arguments = ["--listen", "127.0.0.1:0", "--users", str(users), "--cert", str(made.cert_file), "--json"]
    with running("serve", "--domain", "capulet.lit", *arguments) as serve:
        assert serve.stdout is not None
        said = json.loads(serve.stdout.readline())
        assert said["ca_file"] is None
        place: Any = {"host": said["host"], "port": said["port"], "ca_file": made.ca_file}
        with connect("juliet@capulet.lit", password="r0m30", **place) as juliet:
            assert juliet.jid.localpart == "juliet"
        serve.terminate()
        assert ended(serve) == (0, "")


@pytest.mark.parametrize(
    ("io", "number"),
    [("asyncio", signal.SIGINT), ("trio", signal.SIGTERM), ("anyio", signal.SIGTERM), ("blocking", signal.SIGINT)],
)
def test_listen_until_a_signal(xmppwire_server: RunningServer, io: str, number: signal.Signals) -> None:
    place = ["--host", xmppwire_server.host, "--port", str(xmppwire_server.port), "--ca-file", xmppwire_server.ca_file]
    environment = {**os.environ, "XMPPWIRE_PASSWORD": xmppwire_server.accounts["juliet"]}
    with running("listen", "juliet@localhost", "--io", io, *place, env=environment) as listen:
        assert listen.stderr is not None
        assert listen.stderr.readline().startswith("listening as juliet@localhost/")
        listen.send_signal(number)
        assert ended(listen) == (0, "")


# --- refusals --------------------------------------------------------------------------------------------------------


def refused(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    assert main(["serve", "--domain", "a.lit", *arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_passwords_among_the_arguments_stay_on_loopback(capsys: pytest.CaptureFixture[str]) -> None:
    for host in ("0.0.0.0", "[::]", "example.org"):
        err = refused(capsys, 2, "--listen", f"{host}:0", "--user", "juliet:sesame")
        assert "is not loopback: give the accounts with --users FILE" in err
        assert "sesame" not in err


def test_what_is_loopback() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost")] == [True] * 4
    assert [is_loopback(host) for host in ("0.0.0.0", "::", "192.0.2.1", "localhost.example.org")] == [False] * 4


def test_a_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        err = refused(capsys, 1, "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert err.startswith("xmppwire: ")
    assert "address already in use" in err
    assert len(err.splitlines()) == 1


def test_a_name_that_cannot_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert "the account 'ju liet' cannot be" in refused(capsys, 2, "--user", "ju liet:x")
    assert "the account 'juliet@b.lit' cannot be" in refused(capsys, 2, "--user", "juliet@b.lit:x")


def test_certificates_that_cannot_be(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "no.pem"
    file.write_text("no certificate", encoding="utf-8")
    assert "cannot use the certificate" in refused(capsys, 2, "--cert", str(file))
    assert "--key belongs to a --cert" in refused(capsys, 2, "--key", str(file))


def test_serve_speaks_with_other_servers() -> None:
    arguments = ["--domain", "capulet.lit", "--listen", "127.0.0.1:0", "--federate", "--s2s-listen", "127.0.0.1:0"]
    with running("serve", *arguments, "--dialback", "--json") as serve:
        assert serve.stdout is not None
        said = json.loads(serve.stdout.readline())
        place = ["--host", said["s2s_host"], "--port", str(said["s2s_port"]), "--ca-file", said["ca_file"]]
        assert main(["probe", "capulet.lit", "--s2s", *place]) == 0
        serve.send_signal(signal.SIGINT)
        assert ended(serve) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--dialback"], "belong to --federate"),
        (["--s2s-listen", "127.0.0.1:0"], "belong to --federate"),
        (["--federate"], "--federate needs a --cert, or --dialback"),
        (["--federate", "--dialback", "--s2s-ca-file", os.devnull], "nobody's certificate is looked at"),
        (["--federate", "--cert", os.devnull], "cannot use the certificate"),
    ],
)
def test_serve_speaks_with_others_by_certificates_or_dialback(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--domain", "capulet.lit", "--listen", "127.0.0.1:0", *arguments]) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize("allowed", [True, False])
def test_accounts_are_made_if_asked_for(allowed: bool) -> None:
    options = ["--registration"] if allowed else []
    with running("serve", "--domain", "capulet.lit", "--listen", "127.0.0.1:0", "--json", *options) as serve:
        assert serve.stdout is not None
        said = json.loads(serve.stdout.readline())
        place: Any = {name: said[name] for name in ("host", "port", "ca_file")}
        if allowed:
            with connect("nurse@capulet.lit", password="s3cret", register=Registration(), **place) as client:
                assert str(client.jid.bare) == "nurse@capulet.lit"
        else:
            with (
                pytest.raises(RegistrationError, match="does not offer to make accounts"),
                connect("nurse@capulet.lit", password="s3cret", register=Registration(), **place),
            ):
                pass
