"""`xmppwire standards`: what it prints for people and for programs."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from xmppwire.protocol import standards
from xmppwire_io.cli import main


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["standards"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert not err
    assert lines[0].split() == ["Number", "Status", "Version", "Classes", "Name"]
    ping = next(line for line in lines if line.startswith("XEP-0199"))
    assert ping.split() == ["XEP-0199", "Final", "2.0.1", "1", "XMPP", "Ping"]
    assert lines[-1].startswith(f"{len(standards())} standards, ")
    assert len(lines) == len(standards()) + 3


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["standards", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [record["number"] for record in records] == [one.number for one in standards()]
    for record in records:
        assert list(record) == ["number", "name", "status", "version", "namespaces", "classes", "roles"]
        for name in record["classes"]:
            module, _, cls = name.rpartition(".")
            assert isinstance(getattr(import_module(module), cls), type)


def test_some(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["standards", "0199", "xep-0030", "RFC 6121", "XEP-0199", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [record["number"] for record in records] == ["XEP-0199", "XEP-0030", "RFC 6121"]
    assert records[0]["namespaces"] == ["urn:xmpp:ping"]
    assert records[0]["classes"] == ["xmppwire.protocol.ping.Ping"]
    assert records[0]["roles"] == ["client", "server", "component"]


def test_unknown_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["standards", "XEP-9999"]) == 2
    assert "XEP-9999 is not supported" in capsys.readouterr().err
