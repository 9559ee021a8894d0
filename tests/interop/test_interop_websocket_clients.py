"""Other people's clients at our server over WebSocket (RFC 7395): @xmpp/client and stanza, which is made for browsers.

The server and our own client run in this process, the client under test in one of its own. It sends every message back.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.interop.test_interop_clients import SECONDS, Lines, running
from xmppwire import Message
from xmppwire.localserver import LocalServer
from xmppwire.stream import ServerConfig
from xmppwire_io.blocking import Client, connect, serve
from xmppwire_io.certs import throwaway

PASSWORDS = {"alice": "wonder land", "bob": "pass:word"}
TEXTS = ["one", "<two> & \u00e9 \U0001f98a", "x" * 20_000]

pytestmark = pytest.mark.spec("RFC 7395", "3")


def xmpp_js(url: str, password: str) -> dict[str, Any]:
    return {"service": url, "domain": "localhost", "username": "alice", "resource": "js", "password": password}


def stanza_js(url: str, password: str) -> dict[str, Any]:
    transports = {"websocket": url, "bosh": False}
    return {"jid": "alice@localhost", "password": password, "transports": transports, "autoReconnect": False}


OPTIONS = {"xmpp_js": xmpp_js, "stanza_js": stanza_js}


@contextmanager
def scene(npm: Path, library: str, password: str, sasl2: bool) -> Generator[tuple[Lines, Client]]:
    """Alice with a library, Bob with ours, both over WebSocket."""
    node = shutil.which("node")
    assert node is not None
    # stanza answers an offer of -PLUS with that mechanism, and without a binding.
    config = ServerConfig(domains=["localhost"], mechanisms=("SCRAM-SHA-256", "SCRAM-SHA-1"))
    epoch = time.time() - time.monotonic()
    server = LocalServer(["localhost"], PASSWORDS, config=config, epoch=epoch, sasl2=sasl2)
    with (
        throwaway(["localhost", "127.0.0.1"]) as certificates,
        serve(server, ssl_context=certificates.tls(), websocket=True) as place,
    ):
        url = f"wss://127.0.0.1:{place.port}/xmpp-websocket"
        options = json.dumps(OPTIONS[library](url, password))
        trust = {"NODE_EXTRA_CA_CERTS": str(certificates.ca_file)}
        with (
            connect("bob@localhost", password=PASSWORDS["bob"], websocket=url, ca_file=certificates.ca_file) as bob,
            running(str(npm / f"{library}_client.mjs"), options, program=node, environment=trust) as alice,
        ):
            yield alice, bob


@pytest.mark.parametrize(("library", "sasl2"), [("xmpp_js", True), ("stanza_js", False)])
def test_login_and_messages(npm: Path, library: str, sasl2: bool) -> None:
    with scene(npm, library, PASSWORDS["alice"], sasl2) as (alice, bob):
        there = alice.until("online")
        for text in TEXTS:
            bob.send(Message(there, text, type="chat"))
            while not isinstance(event := bob.next_event(SECONDS), Message):
                assert event is not None
            assert (str(event.sender), event.body) == (there, f"echo: {text}")
        bob.send(Message(there, "stop", type="chat"))
        assert alice.until("finished") == "done"
        assert alice.process.wait(SECONDS) == 0


@pytest.mark.parametrize("library", OPTIONS)
def test_a_wrong_password(npm: Path, library: str) -> None:
    with scene(npm, library, "guessed", False) as (alice, _):
        assert alice.until("refused") == "not-authorized"
        assert alice.process.wait(SECONDS) == 1
