"""Other people's clients whose streams survive, at our server: XEP-0198, and SASL2 with what goes along with it.

The server and our own client run in this process, the client under test in one of its own, behind a proxy that cuts its
connection. It sends every message back: each has to be heard once, in order, by either side.

The proxy cuts slixmpp's connection anywhere. The others do not survive that: @xmpp/client does not count what it writes
in the moment of the loss or of the login, aioxmpp falls over its closed transport. Theirs is cut when all that they wrote has
gone nowhere, which is the same for the server.
"""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import socket
import sys
import time
import uuid
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from tests.interop.harness import missing
from tests.interop.test_interop_clients import SECONDS, Lines, running
from tests.io.conformance.cutting import Cutter
from xmppwire import JID, Message
from xmppwire.localserver import LocalServer
from xmppwire_io.blocking import Client, connect, serve
from xmppwire_io.certs import Certificates, throwaway

PASSWORDS = {"alice": "wonder land", "bob": "pass:word"}
CLIENTS = Path(__file__).parent / "clients"
BATCHES = [[f"{number} <&> \u00e9" for number in range(start, start + 10)] for start in range(10, 70, 10)]
ALL = [text for batch in BATCHES for text in batch]


SASL2 = "urn:xmpp:sasl:2"


class Chasm(Cutter):
    """A cutter that can swallow what the client says from now on."""

    swallowing = False

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        outward = sink.getpeername()[1] == self._target
        super()._pass(source, cast("socket.socket", Edge(self, sink)) if outward else sink)


class Edge:
    """The server's side of a chasm: what was swallowed once has no continuation."""

    def __init__(self, chasm: Chasm, sink: socket.socket) -> None:
        self._chasm, self._sink, self._over = chasm, sink, False
        self.shutdown = sink.shutdown

    def sendall(self, data: bytes) -> None:
        self._over = self._over or self._chasm.swallowing
        if not self._over:
            self._sink.sendall(data)


class Town:
    """Our server, a proxy in front of it, and Bob, who goes there straight."""

    def __init__(self, certificates: Certificates, cutter: Chasm, bob: Client) -> None:
        self.certificates, self.cutter, self.bob = certificates, cutter, bob

    @contextmanager
    def python(self, library: str) -> Generator[Lines]:
        """Alice, with a library in Python."""
        if importlib.util.find_spec(library) is None:
            missing(f"{library} is not installed")
        options = {"jid": f"alice@localhost/{library}", "password": PASSWORDS["alice"], "host": "127.0.0.1"}
        options |= {"port": self.cutter.port, "ca_file": str(self.certificates.ca_file)}
        with running(str(CLIENTS / f"{library}_resuming.py"), json.dumps(options)) as lines:
            yield lines

    @contextmanager
    def xmpp_js(self, npm: Path, scheme: str = "xmpp", **options: Any) -> Generator[Lines]:
        """Alice, with @xmpp/client."""
        node = shutil.which("node")
        assert node is not None
        place = {"service": f"{scheme}://127.0.0.1:{self.cutter.port}", "domain": "localhost", "username": "alice"}
        given = json.dumps({**place, "resource": "js", **options})
        trust = {"NODE_EXTRA_CA_CERTS": str(self.certificates.ca_file)}
        with running(str(npm / "xmpp_js_client.mjs"), given, program=node, environment=trust) as lines:
            yield lines

    def say(self, there: str, texts: list[str]) -> None:
        for text in texts:
            self.bob.send(Message(there, text, type="chat"))

    def hear(self, there: str, texts: list[str], *, shuffled: bool = False) -> None:
        """Take as many answers, and see that it is these."""
        answers: list[str] = []
        deadline = time.monotonic() + SECONDS
        while len(answers) < len(texts):
            event = self.bob.next_event(max(0.0, deadline - time.monotonic()))
            assert event is not None, f"only {answers} came back"
            if isinstance(event, Message):
                assert str(event.sender) == there
                answers.append(event.body or "")
        wanted = [f"echo: {text}" for text in texts]
        assert (sorted(answers) if shuffled else answers) == wanted

    def cut_anywhere(self, there: str) -> None:
        """Each batch meets a cut, at a place that is drawn, before it is through."""
        draw = random.Random(11)
        for batch in BATCHES:
            self.cutter.arm(draw.randrange(1, 200 * len(batch)))
            self.say(there, batch)
            self.hear(there, batch)
        assert self.cutter.cuts == len(BATCHES)

    def cut_off(self, there: str, alice: Lines, *, shuffled: bool = False) -> list[dict[str, Any]]:
        """Of each batch, half comes before a cut, and the answers to it go nowhere; half comes while the client is away.
        Returns all that the client said."""
        said: list[dict[str, Any]] = []
        for batch in BATCHES:
            self.cutter.swallowing = True
            half = len(batch) // 2
            self.say(there, batch[:half])
            for _ in range(half):
                said += alice.through("sent")
            self.cutter.cut()
            self.cutter.swallowing = False
            self.say(there, batch[half:])
            self.hear(there, batch, shuffled=shuffled)
        return said

    def stop(self, there: str, lines: Lines) -> list[dict[str, Any]]:
        """End the client, and return all that it said since it was asked last."""
        self.bob.send(Message(there, "stop", type="chat"))
        said = []
        while (line := lines.next()) is not None:
            said.append(line)
        assert lines.process.wait(SECONDS) == 0
        assert said[-1] == {"finished": "done"}
        return said


@contextmanager
def town(*, direct_tls: bool = False) -> Generator[Town]:
    server = LocalServer(["localhost"], PASSWORDS, epoch=time.time() - time.monotonic(), sasl2=True)
    with (
        throwaway(["localhost", "127.0.0.1"]) as certificates,
        serve(server, ssl_context=certificates.tls(), direct_tls=direct_tls) as running_,
        closing(Chasm(running_.port)) as cutter,
        connect(
            "bob@localhost/ours",
            password=PASSWORDS["bob"],
            host="127.0.0.1",
            port=running_.port,
            direct_tls=direct_tls,
            ca_file=certificates.ca_file,
        ) as bob,
    ):
        yield Town(certificates, cutter, bob)


def messages(said: list[dict[str, Any]]) -> list[str]:
    return [line["message"] for line in said if "message" in line]


@pytest.mark.spec("XEP-0198", "3", "4", "5")
def test_slixmpp_resumes() -> None:
    with town() as place, place.python("slixmpp") as alice:
        there = alice.until("online")
        assert alice.until("managed")
        place.cut_anywhere(there)
        said = place.stop(there, alice)
        assert messages(said) == [*ALL, "stop"]
        assert sum("resumed" in line for line in said) == len(BATCHES)
        assert not any("online" in line or "failed" in line for line in said)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="aioxmpp cannot be installed on newer versions of Python")
@pytest.mark.spec("XEP-0198", "3", "4", "5")
def test_aioxmpp_resumes() -> None:
    with town() as place, place.python("aioxmpp") as alice:
        assert alice.until("managed")
        there = alice.until("online")
        # What it sends again, it sends the last one first.
        said = place.cut_off(there, alice, shuffled=True)
        said += place.stop(there, alice)
        assert messages(said) == [*ALL, "stop"]
        assert sum("resumed" in line for line in said) == len(BATCHES)
        assert not any("online" in line or "failed" in line for line in said)


@pytest.mark.spec("XEP-0388", "2")
@pytest.mark.spec("XEP-0386", "3")
@pytest.mark.spec("XEP-0198", "9")
def test_xmpp_js_resumes_along_with_its_login(npm: Path) -> None:
    with town() as place, place.xmpp_js(npm, password=PASSWORDS["alice"]) as alice:
        assert alice.until("login") == [SASL2, "SCRAM-SHA-1"]
        there = alice.until("online")
        assert JID(there).resourcepart.startswith("js")  # type: ignore[union-attr]
        said = place.cut_off(there, alice)
        said += place.stop(there, alice)
        assert messages(said) == [*ALL, "stop"]
        assert sum("resumed" in line for line in said) == len(BATCHES)
        # The token came along with the first login.
        assert [line["login"] for line in said if "login" in line] == [[SASL2, "HT-SHA-256-NONE"]] * len(BATCHES)
        assert not any("failed" in line or "online" in line for line in said)


@pytest.mark.parametrize("scheme", ["xmpp", "xmpps"])
@pytest.mark.spec("XEP-0484", "3")
def test_xmpp_js_with_a_token(npm: Path, scheme: str) -> None:
    """With a password, which brings a token; by the token alone; by one that is wrong, and then with the password."""
    agent = str(uuid.uuid4())
    with town(direct_tls=scheme == "xmpps") as place:
        tokens: list[dict[str, str]] = []
        for password, given, mechanisms in (
            (PASSWORDS["alice"], None, ["SCRAM-SHA-1"]),
            (None, 0, ["HT-SHA-256-NONE"]),
            (PASSWORDS["alice"], "wrong", ["HT-SHA-256-NONE", "SCRAM-SHA-1"]),
        ):
            options: dict[str, Any] = {"agent": agent}
            if password is not None:
                options["password"] = password
            if given is not None:
                options["token"] = {**tokens[0], **({"token": "wrong"} if given == "wrong" else {})}
            with place.xmpp_js(npm, scheme, **options) as alice:
                assert [alice.until("login") for _ in mechanisms] == [[SASL2, name] for name in mechanisms]
                there = alice.until("online")
                place.say(there, BATCHES[0])
                place.hear(there, BATCHES[0])
                said = place.stop(there, alice)
                assert not any("login" in line for line in said)
                tokens += [line["token"] for line in said if "token" in line]
        assert len({token["token"] for token in tokens}) == 2


def test_xmpp_js_with_a_wrong_password(npm: Path) -> None:
    with town() as place, place.xmpp_js(npm, password="guessed") as alice:
        said = []
        while (line := alice.next()) is not None:
            said.append(line)
        assert not any("online" in line for line in said)
        assert said[-1] == {"refused": "not-authorized"}
        assert alice.process.wait(SECONDS) == 1
