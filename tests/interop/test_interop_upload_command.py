"""`xmppwire upload` with each server that takes files, over each kind of I/O."""

from __future__ import annotations

import ssl
import urllib.request
from pathlib import Path

import pytest

import xmppwire_io.blocking
from tests.interop.harness import account
from tests.interop.servers import Lab, Server
from xmppwire import Message, Presence
from xmppwire.im.upload import find_upload_service, shared_addresses
from xmppwire_io.cli import main

pytest.importorskip("httpx")


@pytest.mark.spec("XEP-0363", "3", "4", "7")
def test_a_file_is_there_for_who_was_told(
    lab: Lab,
    im_server: Server,
    adapter: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "portrait.png"
    file.write_bytes(bytes(range(256)) * 300)
    monkeypatch.setenv("XMPPWIRE_PASSWORD", lab.users["alice"])
    bob = account(lab, im_server, "bob")
    bob.pop("tries")
    with xmppwire_io.blocking.connect(**bob) as client:
        if client.run(find_upload_service(client.jid.domain)) is None:
            pytest.skip(f"{im_server.name} takes no files")
        client.send(Presence())
        place = ["--host", im_server.host, "--port", str(im_server.c2s), "--ca-file", str(lab.ca), "--io", adapter]
        command = ["upload", f"alice@{im_server.domain}", str(file), "--to", str(client.jid), *place]
        code = main(command)
        out, err = capsys.readouterr()
        if "without TLS" in err:
            assert (code, out) == (1, "")
            pytest.skip(f"{im_server.name} gives addresses without TLS, which the command does not take")
        assert code == 0
        url = out.strip()
        assert err == f"sent to {client.jid}\n"
        while not isinstance(event := client.next_event(10), Message):
            assert event is not None
        assert list(shared_addresses(event)) == [url]
    with urllib.request.urlopen(url, context=ssl.create_default_context(cafile=str(lab.ca))) as answer:
        assert answer.read() == file.read_bytes()
    file.write_bytes(b"")
    assert main(command) == 2
    assert "nobody takes empty files" in capsys.readouterr().err
