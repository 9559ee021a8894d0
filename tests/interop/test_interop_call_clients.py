"""Calls between one of ours and a client of stanza, as far as they are signalled (XEP-0166, XEP-0167, XEP-0176), at our server.

What the other client has in the place of a browser's media is invented; how it speaks about them is not.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.interop.test_interop_clients import SECONDS, Lines, running
from xmppwire import JID, Presence
from xmppwire.im.jingle import (
    Call,
    CallInfo,
    CallMedia,
    CallMuting,
    ContentKey,
    SessionAccepted,
    Sessions,
    TransportInfo,
    call_contents,
    common_payload_types,
    support_calls,
)
from xmppwire.localserver import LocalServer
from xmppwire.protocol.jingle import Creator
from xmppwire.protocol.jingle_dtls_srtp import Fingerprint, Setup
from xmppwire.protocol.jingle_grouping import Group, GroupSemantics
from xmppwire.protocol.jingle_ice_udp import CandidateType, IceCandidate, IceUdpTransport
from xmppwire.protocol.jingle_rtp import CallState, Media, Muting, PayloadType, RtpDescription
from xmppwire.stream import ServerConfig
from xmppwire_io.blocking import Client, connect, serve
from xmppwire_io.certs import throwaway

AUDIO = ContentKey(Creator.INITIATOR, "audio")
OPUS = PayloadType(id=111, name="opus", clockrate=48000, channels=2)
CANDIDATE = IceCandidate(
    component=1,
    foundation="1",
    generation=0,
    id="c1",
    ip="192.0.2.1",
    port=4000,
    priority=2130706431,
    protocol="udp",
    type=CandidateType.HOST,
)


def media(*types: PayloadType) -> CallMedia:
    """Our side of a call."""
    fingerprint = Fingerprint(hash="sha-256", setup=Setup.ACTIVE, fingerprint=bytes(range(32)))
    transport = IceUdpTransport(
        ufrag="ours", pwd="asd88fgpdd777uzjYhagZg", candidates=[CANDIDATE], payloads=[fingerprint]
    )
    return CallMedia("audio", RtpDescription(media=Media.AUDIO, payload_types=list(types), rtcp_mux=True), transport)


class Phone:
    """Our client, with calls."""

    def __init__(self, client: Client, peer: JID) -> None:
        self.client = client
        self.sessions = Sessions(lambda jid: jid == peer)
        support_calls(self.sessions, Media.AUDIO)
        self.sessions.attach(client.session.answers)

    def work(self, ready: Callable[[], Any]) -> Any:
        """Let the client work until there is something; gives that."""
        until = time.monotonic() + SECONDS
        while not (found := ready()):
            assert time.monotonic() < until
            self.client.wait(0.05)
            self.deliver()
        return found

    def deliver(self) -> None:
        for session in self.sessions.take_unsent():
            self.client.run(session.deliver())

    def events(self, call: Call, count: int) -> list[Any]:
        """The next events of a call."""
        seen: list[Any] = []

        def enough() -> bool:
            seen.extend(call.take_events())
            return len(seen) >= count

        self.work(enough)
        return seen


@contextmanager
def scene(npm: Path, calls: bool) -> Generator[tuple[Phone, Lines, JID]]:
    """Bob with ours, and Alice with theirs, who calls him or waits to be called."""
    node = shutil.which("node")
    assert node is not None
    # stanza answers an offer of -PLUS with that mechanism, and without a binding.
    config = ServerConfig(domains=["localhost"], mechanisms=("SCRAM-SHA-256", "SCRAM-SHA-1"))
    epoch = time.time() - time.monotonic()
    server = LocalServer(["localhost"], {"alice": "secret", "bob": "secret"}, config=config, epoch=epoch, sasl2=False)
    with (
        throwaway(["localhost", "127.0.0.1"]) as certificates,
        serve(server, ssl_context=certificates.tls(), websocket=True) as place,
    ):
        url = f"wss://127.0.0.1:{place.port}/xmpp-websocket"
        trust = {"NODE_EXTRA_CA_CERTS": str(certificates.ca_file)}
        with connect("bob@localhost", password="secret", websocket=url, ca_file=certificates.ca_file) as bob:
            options = {
                "jid": "alice@localhost",
                "password": "secret",
                "transports": {"websocket": url, "bosh": False},
                "autoReconnect": False,
                "peer": str(bob.jid),
                "calls": calls,
            }
            script = str(npm / "stanza_js_calls.mjs")
            with running(script, json.dumps(options), program=node, environment=trust) as lines:
                theirs = JID(lines.until("online"))
                phone = Phone(bob, theirs)
                bob.send(Presence(theirs))
                yield phone, lines, theirs
                assert lines.until("terminated") == "success"
                assert lines.until("finished") == "done"


def told(phone: Phone, lines: Lines, key: str) -> Any:
    """What they say next about something, while our client works."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(lines.until(key)))
    thread.start()
    phone.work(lambda: found)
    thread.join()
    return found[0]


def trickled(event: Any) -> list[str]:
    """The addresses of candidates that an event tells of."""
    assert isinstance(event, TransportInfo)
    assert isinstance(event.transport, IceUdpTransport)
    return [one.ip for one in event.transport.candidates]


@pytest.mark.spec("XEP-0166", "6.2", "6.5", "6.7", "6.8")
@pytest.mark.spec("XEP-0167", "5", "8.1", "8.2", "8.3", "8.4")
@pytest.mark.spec("XEP-0176", "5.2", "5.4", "5.5")
def test_they_call_us(npm: Path) -> None:
    with scene(npm, calls=True) as (phone, lines, _):
        (session,) = phone.work(phone.sessions.take_incoming)
        call = Call(session)
        offered = call.media[AUDIO]
        assert [one.name for one in offered.description.payload_types] == ["opus", "PCMU"]
        assert any(isinstance(one, Fingerprint) for one in offered.transport.payloads)
        assert [one for one in session.payloads if isinstance(one, Group)] == [
            Group(semantics=GroupSemantics.BUNDLE, contents=["audio"])
        ]
        call.ring()
        call.accept([media(*common_payload_types(offered.description, [OPUS]))])
        assert told(phone, lines, "told") == "ringing"
        answer = told(phone, lines, "answer")
        assert "a=rtpmap:111 opus/48000/2" in answer
        assert not any("PCMU" in line for line in answer)
        assert "a=ice-ufrag:ours" in answer
        (early,) = phone.events(call, 1)
        assert trickled(early) == ["192.0.2.7"]
        call.send_candidates(AUDIO, IceUdpTransport(ufrag="ours", pwd="asd88fgpdd777uzjYhagZg", candidates=[CANDIDATE]))
        assert "192.0.2.1 4000 typ host" in told(phone, lines, "candidate")
        call.mute(AUDIO)
        call.hold()
        call.resume()
        assert [told(phone, lines, "told") for _ in range(3)] == ["mute audio", "hold", "resumed"]
        assert phone.events(call, 3) == [
            CallMuting(Muting.MUTE, AUDIO),
            CallInfo(CallState.HOLD),
            CallInfo(CallState.ACTIVE),
        ]
        call.hang_up()
        phone.deliver()


@pytest.mark.spec("XEP-0166", "6.2", "6.5", "6.7")
@pytest.mark.spec("XEP-0167", "5", "8.4")
@pytest.mark.spec("XEP-0176", "5.2", "5.4", "5.5")
def test_we_call_them(npm: Path) -> None:
    with scene(npm, calls=False) as (phone, lines, theirs):
        offer = media(OPUS, PayloadType(id=0, name="PCMU", clockrate=8000))
        call = Call(phone.sessions.initiate(phone.client.jid, theirs, call_contents([offer])))
        offered = told(phone, lines, "offer")
        assert "a=rtpmap:111 opus/48000/2" in offered
        assert "a=fingerprint:sha-256 " + ":".join(f"{n:02X}" for n in range(32)) in offered
        ringing, accepted, candidate = phone.events(call, 3)
        assert ringing == CallInfo(CallState.RINGING)
        assert isinstance(accepted, SessionAccepted)
        assert trickled(candidate) == ["192.0.2.7"]
        answered = call.media[AUDIO]
        assert [one.name for one in answered.description.payload_types] == ["opus", "PCMU"]
        assert answered.transport.ufrag == "8hhy"
        call.hang_up()
        phone.deliver()
