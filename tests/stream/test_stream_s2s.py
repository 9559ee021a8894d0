"""Streams between servers: RFC 6120 section 9.2 step by step in both roles, and the rules of addressing."""

from __future__ import annotations

import re

import pytest

from tests.pair import End, World, seeded
from tests.stream.streams import Solo
from tests.stream.test_stream_walkthrough import parse, turns
from xmppwire.jid import JID
from xmppwire.stanza import Message
from xmppwire.stream import (
    Connection,
    EndReason,
    Established,
    Event,
    ExternalRequested,
    LocalProtocolError,
    Phase,
    S2SIncomingConfig,
    S2SOutgoingConfig,
    StanzaRejected,
    TLSInfo,
)

HEADER = (
    "<stream:stream from='im.example.com' to='example.net' version='1.0' xmlns='jabber:server' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>"


def outgoing() -> S2SOutgoingConfig:
    return S2SOutgoingConfig(local="im.example.com", remote="example.net", random=seeded(1))


def incoming() -> S2SIncomingConfig:
    return S2SIncomingConfig(domains=["example.net"], random=seeded(2))


def believe(solo: Solo | End, event: Event) -> None:
    """The certificate is good for every domain that it names."""
    if isinstance(event, ExternalRequested):
        now = solo.now if isinstance(solo, Solo) else solo.world.now
        solo.engine.answer(event, str(event.candidates[0]) if event.candidates else None, now)


def with_lang(xml: str) -> str:
    """The RFC leaves `xml:lang` out between servers; section 4.7.4 asks for it, and we send it."""
    return xml.replace("version='1.0'", "version='1.0' xml:lang='en'")


def header_attributes(text: str) -> dict[str, str]:
    attributes: dict[str, str] = parse(text)[0][1]
    return {name: value for name, value in attributes.items() if name != "id"}


def established() -> Solo:
    solo = Solo(incoming())
    solo.on_event = believe
    solo.feed(HEADER, STARTTLS)
    solo.tls(peer_certificate=b"der", peer_names=("im.example.com",))
    solo.feed(HEADER, AUTH, HEADER)
    assert solo.engine.phase is Phase.ESTABLISHED, solo.events
    solo.sent()
    solo.events.clear()
    return solo


@pytest.mark.spec("RFC 6120", "9.2")
def test_the_initiating_server_goes_through_every_step() -> None:
    steps = turns("9.2.")
    solo = Solo(outgoing())
    assert parse(solo.sent()) == parse(with_lang(steps["1"][0][1]))
    solo.feed(steps["2"][0][1], steps["3"][0][1])
    assert parse(solo.sent()) == parse(steps["4"][0][1])
    solo.feed(steps["5"][0][1])
    solo.tls()
    assert parse(solo.sent()) == parse(with_lang(steps["7"][0][1]))
    solo.feed(*(xml for _, xml in steps["8"]))
    assert parse(solo.sent()) == parse(steps["9"][0][1])
    solo.feed(steps["10"][0][1])
    assert parse(solo.sent()) == parse(with_lang(steps["11"][0][1]))
    solo.feed(*(xml for _, xml in steps["12"]))
    assert solo.one(Established).jid == JID("example.net")
    message = Message(
        to=JID("romeo@example.net"), body="Art thou not Romeo, and a Montague?", type="chat", id="ju2ba41c", lang="en"
    )
    message.sender = JID("juliet@im.example.com/balcony")
    solo.engine.send(message, solo.now)
    assert parse(solo.sent()) == parse(steps["9.2.3"][0][1])
    solo.engine.close(solo.now)
    assert solo.sent() == steps["9.2.4"][0][1]
    solo.feed(steps["9.2.4"][1][1])
    assert solo.ended.reason is EndReason.LOCAL_CLOSE
    assert solo.ended.clean


@pytest.mark.spec("RFC 6120", "9.2")
@pytest.mark.parametrize("step", ["5 (alt)", "10 (alt)"])
def test_the_initiating_server_ends_where_the_peer_refuses(step: str) -> None:
    steps = turns("9.2.")
    solo = Solo(outgoing())
    solo.feed(steps["2"][0][1], steps["3"][0][1])
    if step == "5 (alt)":
        solo.feed(steps[step][0][1])
        assert solo.ended.reason is EndReason.TLS_FAILED
        return
    solo.feed(steps["5"][0][1])
    solo.tls()
    solo.feed(*(xml for _, xml in steps["8"]), steps[step][0][1])
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


@pytest.mark.spec("RFC 6120", "9.2")
def test_the_receiving_server_goes_through_every_step() -> None:
    steps = turns("9.2.")
    solo = Solo(incoming())
    solo.on_event = believe
    solo.feed(steps["1"][0][1])
    header, features = parse(solo.sent())
    expected = {**header_attributes(steps["2"][0][1]), "{http://www.w3.org/XML/1998/namespace}lang": "en"}
    assert {name: value for name, value in header[1].items() if name != "id"} == expected
    assert [features] == parse(steps["2"][0][1] + steps["3"][0][1])[1:]
    solo.feed(steps["4"][0][1])
    assert parse(solo.sent()) == parse(steps["5"][0][1])
    solo.tls(peer_certificate=b"der", peer_names=("im.example.com",))
    solo.feed(steps["7"][0][1])
    _, features = parse(solo.sent())
    assert [features] == parse("".join(xml for _, xml in steps["8"]))[1:]
    solo.feed(steps["9"][0][1])
    assert parse(solo.sent()) == parse(steps["10"][0][1])
    solo.feed(steps["11"][0][1])
    _, features = parse(solo.sent())
    assert [features] == parse("".join(xml for _, xml in steps["12"]))[1:]
    assert solo.one(Established).jid == JID("im.example.com")
    solo.feed(steps["9.2.3"][0][1])
    message = solo.events[-1]
    assert isinstance(message, Message)
    assert (str(message.sender), message.body) == (
        "juliet@im.example.com/balcony",
        "Art thou not Romeo, and a Montague?",
    )
    solo.feed(steps["9.2.4"][0][1])
    assert solo.sent() == "</stream:stream>"
    assert solo.ended.reason is EndReason.PEER_CLOSE


def test_two_servers_of_ours() -> None:
    world = World()
    world.server_tls = TLSInfo(version="TLSv1.3", peer_certificate=b"der", peer_names=("im.example.com", "juliet@x.y"))
    wire = world.join(Connection(outgoing()), Connection(incoming()), start=False)
    wire.server.on_event = believe
    wire.client.engine.start(world.now)
    wire.server.engine.start(world.now)
    world.settle()
    assert wire.client.one(Established).jid == JID("example.net")
    assert wire.server.one(Established).jid == JID("im.example.com")
    message = Message(to=JID("romeo@example.net"), body="hi")
    message.sender = JID("juliet@im.example.com/balcony")
    wire.client.engine.send(message, world.now)
    world.settle()
    assert wire.server.one(Message).body == "hi"
    with pytest.raises(LocalProtocolError, match="stream that we opened"):
        wire.server.engine.send(message, world.now)


@pytest.mark.parametrize(
    ("stanza", "condition"),
    [
        ("<message from='a@im.example.com'/>", "improper-addressing"),
        ("<message to='a@example.net'/>", "improper-addressing"),
        ("<message from='a@other.example' to='a@example.net'/>", "invalid-from"),
        ("<message from='a@im.example.com' to='a@other.example'/>", "host-unknown"),
        ("<message xmlns='jabber:client' from='a@im.example.com' to='a@example.net'/>", "unsupported-stanza-type"),
    ],
)
@pytest.mark.spec("RFC 6120", "8.1.1.2", "8.1.2.2", "4.9.3.7")
def test_addresses_between_servers(stanza: str, condition: str) -> None:
    solo = established()
    solo.feed(stanza)
    assert solo.error == condition


def test_a_bad_stanza_is_not_answered_on_a_stream_of_one_direction() -> None:
    solo = established()
    solo.feed("<iq type='get' from='a@im.example.com' to='b@example.net'/>")
    assert solo.one(StanzaRejected).answered is False
    assert solo.sent() == ""


def test_the_peer_does_not_speak_on_the_stream_that_we_opened() -> None:
    steps = turns("9.2.")
    solo = Solo(outgoing())
    solo.feed(steps["2"][0][1], steps["3"][0][1], steps["5"][0][1])
    solo.tls()
    solo.feed(*(xml for _, xml in steps["8"]), steps["10"][0][1], *(xml for _, xml in steps["12"]))
    solo.feed("<message xmlns='jabber:server' from='a@example.net' to='b@im.example.com'/>")
    assert solo.error == "not-authorized"


@pytest.mark.parametrize("names", [(), ("other.example",), ("juliet@im.example.com",)])
def test_a_certificate_for_somebody_else(names: tuple[str, ...]) -> None:
    solo = Solo(incoming())
    solo.on_event = believe
    solo.feed(HEADER, STARTTLS)
    solo.tls(peer_certificate=b"der", peer_names=names)
    solo.feed(HEADER, AUTH)
    sent = solo.sent()
    assert "<success" not in sent
    assert ("<not-authorized/>" in sent) or solo.error == "invalid-from"


def test_a_server_says_who_it_is() -> None:
    solo = Solo(incoming())
    solo.feed(HEADER, STARTTLS)
    solo.tls(peer_certificate=b"der", peer_names=("im.example.com",))
    solo.feed(re.sub(" from='[^']*'", "", HEADER))
    assert solo.error == "improper-addressing"


def test_no_external_without_a_certificate() -> None:
    solo = Solo(incoming())
    solo.feed(HEADER, STARTTLS)
    solo.tls()
    solo.feed(HEADER)
    assert "EXTERNAL" not in solo.sent()
