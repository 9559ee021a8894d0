"""`xmppwire probe`: what is shown of a server, and of what is wrong with its certificate."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from xmppwire import ServerConfig
from xmppwire.localserver import FederationPolicy, LocalServer
from xmppwire.stream import DialbackUse, DomainPolicies, DomainPolicy
from xmppwire_io.blocking import serve
from xmppwire_io.certs import make_certificates
from xmppwire_io.cli import main
from xmppwire_io.cli.certificate import Certificate, matches
from xmppwire_io.federate import Federate
from xmppwire_io.pytest_plugin import RunningServer

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@contextmanager
def server(
    tmp_path: Path, names: list[str], config: ServerConfig | None = None, **options: Any
) -> Generator[list[str]]:
    """A server for capulet.lit with a certificate for `names`; its place, as options of the command."""
    made = make_certificates(tmp_path, names, **options)
    local = LocalServer(["capulet.lit"], {}, config=config)
    with serve(local, ssl_context=made.tls()) as running:
        yield ["--host", running.host, "--port", str(running.port), "--ca-file", str(made.ca_file)]


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What `probe --json` says."""
    assert main(["probe", "capulet.lit", "--json", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert len(out.splitlines()) == 1
    told: dict[str, Any] = json.loads(out)
    return told


def test_probe_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with server(tmp_path, ["capulet.lit"]) as place:
        told = report(capsys, *place)
    assert told["domain"] == "capulet.lit"
    assert told["address"].startswith("127.0.0.1:")
    assert told["direct_tls"] is False
    assert told["tls"]["version"] in ("TLSv1.2", "TLSv1.3")
    assert told["certificate"]["names"] == ["capulet.lit"]
    assert told["certificate"]["subject"].startswith("OU=Testing cert")
    assert told["certificate"]["issuer"].startswith("OU=Testing CA")
    assert len(told["certificate"]["sha256"]) == 64
    assert told["problems"] == []
    assert told["features_before_tls"] == [
        {"namespace": "urn:ietf:params:xml:ns:xmpp-tls", "name": "starttls", "required": True}
    ]
    assert "SCRAM-SHA-256-PLUS" in told["mechanisms"]
    assert told["mechanisms_sasl2"] == []
    assert told["channel_bindings"]["announced"] == ["tls-server-end-point"]
    assert "tls-server-end-point" in told["channel_bindings"]["usable"]


def test_probe_for_people(
    xmppwire_server: RunningServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["probe", "localhost", "--host", xmppwire_server.host, "--port", str(xmppwire_server.port)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    blank = lines.index("")
    assert all(len(line) <= 80 for line in lines)
    drawn = "\n".join(lines[:blank])
    assert drawn.count("client") == 1
    assert "── starttls ──" in drawn
    assert "without an account" in drawn
    rows = {line[:12].strip(): line[12:] for line in lines[blank + 1 :] if line[:12].strip()}
    assert rows["Server"] == f"127.0.0.1:{xmppwire_server.port}, STARTTLS"
    assert rows["TLS"].startswith("TLSv1.")
    assert rows["PROBLEM"].startswith("untrusted: ")
    assert rows["Before TLS"] == "starttls (required)"
    assert rows["Mechanisms"].startswith("SCRAM-SHA-512-PLUS, ")
    assert rows["Binding"] == "tls-server-end-point; usable here: tls-server-end-point"


@pytest.mark.spec("XEP-0368", "3")
def test_probe_of_direct_tls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = ServerConfig(domains=["capulet.lit"], direct_tls=True)
    with server(tmp_path, ["capulet.lit"], config) as place:
        told = report(capsys, "--direct-tls", *place)
        assert main(["probe", "capulet.lit", "--direct-tls", *place]) == 0
    assert told["direct_tls"] is True
    assert told["tls"]["alpn"] == "xmpp-client"
    assert told["features_before_tls"] == []
    assert told["mechanisms"]
    out = capsys.readouterr().out
    assert "TLS from the first byte" in out
    assert "ALPN xmpp-client" in out
    assert "Before TLS" not in out


def test_probe_of_a_server_without_tls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = ServerConfig(domains=["capulet.lit"], require_tls=False, offer_tls=False)
    with server(tmp_path, ["capulet.lit"], config) as place:
        told = report(capsys, *place)
        assert main(["probe", "capulet.lit", *place]) == 0
    assert told["tls"] is None
    assert told["certificate"] is None
    assert "SCRAM-SHA-256" in told["mechanisms"]
    assert told["channel_bindings"] == {"announced": [], "usable": []}
    assert ", no TLS\n" in capsys.readouterr().out


@pytest.mark.spec("RFC 6120", "13.7.1.2")
def test_every_problem_is_shown_and_none_is_fatal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with server(tmp_path, ["montague.lit"], not_after=yesterday) as place:
        told = report(capsys, *place)
        assert told["problems"] == [
            f"expired on {yesterday:%Y-%m-%d}",
            "wrong name: it is not for capulet.lit",
        ]
        told = report(capsys, *place[:4])
    assert len(told["problems"]) == 3
    assert told["problems"][2].startswith("untrusted: ")


def test_a_domain_that_is_not_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with server(tmp_path, ["capulet.lit"]) as place:
        assert main(["probe", "montague.lit", *place]) == 1
    err = capsys.readouterr().err
    assert "host-unknown" in err
    assert len(err.splitlines()) == 1


def test_nobody_listens(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "capulet.lit", "--host", "127.0.0.1", "--port", "1"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "xmppwire: cannot connect to capulet.lit: 127.0.0.1:1: connection refused\n"


def test_a_server_that_speaks_something_else(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n\x1b[2J")

        thread = threading.Thread(target=answer)
        thread.start()
        assert main(["probe", "capulet.lit", "--host", "127.0.0.1", "--port", str(listener.getsockname()[1])]) == 1
        thread.join()
    out, err = capsys.readouterr()
    assert "(not XMPP) HTTP/1.1 400 Bad Request" in out
    assert "\x1b" not in out + err
    assert len(err.splitlines()) == 1


# --- certificates ----------------------------------------------------------------------------------------------------


def certificate(*names: str, **options: Any) -> Certificate:
    issued = trustme.CA().issue_cert(*names, **options)
    pem = issued.cert_chain_pems[0].bytes().decode("ascii")
    return Certificate.read(ssl.PEM_cert_to_DER_cert(pem))


def test_names_and_times() -> None:
    read = certificate(
        "capulet.lit",
        "*.montague.lit",
        "192.0.2.1",
        "2001:db8::1",
        common_name="Vérone",
        organization_name="The Prince",
    )
    assert read.names == ["capulet.lit", "*.montague.lit", "192.0.2.1", "2001:db8::1"]
    assert "CN=Vérone" in read.subject
    assert read.not_before is not None
    assert read.not_after is not None
    assert read.not_before < NOW < read.not_after


def test_problems() -> None:
    read = certificate("capulet.lit")
    assert read.problems("capulet.lit", NOW, None) == []
    assert read.problems("capulet.lit", NOW, "self-signed certificate") == ["untrusted: self-signed certificate"]
    early = datetime(1999, 12, 31, tzinfo=UTC)
    assert read.problems("capulet.lit", early, "certificate is not yet valid") == ["not valid before 2000-01-01"]
    late = datetime(3000, 1, 2, tzinfo=UTC)
    assert read.problems("capulet.lit", late, "certificate has expired") == ["expired on 3000-01-01"]
    assert read.problems("capulet.lit", NOW, "certificate has expired") == ["untrusted: certificate has expired"]


@pytest.mark.spec("RFC 6120", "13.7.1.2.1")
@pytest.mark.parametrize(
    ("name", "domain", "fits"),
    [
        ("capulet.lit", "capulet.lit", True),
        ("CAPULET.lit", "Capulet.LIT", True),
        ("*.capulet.lit", "im.capulet.lit", True),
        ("*.capulet.lit", "capulet.lit", False),
        ("*.capulet.lit", "a.im.capulet.lit", False),
        ("i*.capulet.lit", "im.capulet.lit", False),
        ("montague.lit", "capulet.lit", False),
        ("xn--mnchen-3ya.example", "münchen.example", True),
        ("2001:db8::1", "[2001:DB8::1]", True),
        ("192.0.2.1", "192.0.2.1", True),
        ("*", "localhost", False),
        ("a..b", "a..b", False),
    ],
)
def test_a_name_stands_for_a_domain(name: str, domain: str, fits: bool) -> None:
    assert matches(name, domain) is fits


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x00", b"\x30\x02\x30\x00", b"not a certificate" * 10])
def test_what_cannot_be_read_is_left_empty(data: bytes) -> None:
    read = Certificate.read(data)
    assert (read.subject, read.issuer, read.names, read.not_after) == ("", "", [], None)
    assert read.problems("capulet.lit", NOW, None) == ["wrong name: it is not for capulet.lit"]


def test_probe_as_another_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_certificates(tmp_path, ["capulet.lit"])
    any_way = FederationPolicy(domains=DomainPolicies(default=DomainPolicy(dialback=DialbackUse.ALLOWED)))
    local = LocalServer(["capulet.lit"], federation=any_way)
    federate = Federate.load(made.cert_file, ca_file=made.ca_file, port=0)
    with serve(local, ssl_context=made.tls(), federate=federate) as running:
        assert running.s2s_address is not None
        place = ["--s2s", "--host", "127.0.0.1", "--port", str(running.s2s_address[1]), "--ca-file", str(made.ca_file)]
        told = report(capsys, *place)
        assert main(["probe", "capulet.lit", *place]) == 0
    assert (told["to"], told["dialback"], told["bidirectional"]) == ("servers", "offered, with errors", False)
    assert told["certificate"]["names"] == ["capulet.lit"]
    assert told["problems"] == []
    assert told["features_before_tls"][0]["name"] == "starttls"
    out = capsys.readouterr().out
    assert "stream from probe.invalid to capulet.lit" in out
    assert "Dialback    offered, with errors" in out
    assert "Both ways   a stream each" in out


def test_probe_of_servers_that_are_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert main(["probe", "capulet.lit", "--s2s", "--host", "127.0.0.1", "--port", str(port)]) == 1
    assert f"cannot connect to capulet.lit: 127.0.0.1:{port}: connection refused" in capsys.readouterr().err
    assert main(["probe", "capulet.lit", "--s2s", "--websocket", "wss://capulet.lit/"]) == 2
    assert "--s2s or --websocket" in capsys.readouterr().err
    assert main(["probe", "127.0.0.1", "--s2s", "--host", "nowhere.invalid"]) == 1
