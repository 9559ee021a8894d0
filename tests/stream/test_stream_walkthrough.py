"""RFC 6120 section 9.1, step by step: our client against the RFC's server, our server against the RFC's client."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from tests.stream.streams import Solo, features, mechanisms
from tests.support import vectors
from xmppwire.jid import JID
from xmppwire.sasl import StoredCredentials
from xmppwire.stanza import Message
from xmppwire.stream import (
    Authenticated,
    BindRequested,
    ClientConfig,
    CredentialsRequested,
    EndReason,
    Established,
    ServerConfig,
)
from xmppwire.xml import Element, StreamReader, StreamStart, XMLLimits

pytestmark = pytest.mark.spec("RFC 6120", "9.1")

NONCE = base64.b64decode("oMsTAAwAAAAMAAAANP0TAAAAAABPU0AA")


def turns(part: str = "9.1.") -> dict[str, list[tuple[str, str]]]:
    """The steps of a part of section 9 by their number ("9", "16 (alt)"), each a list of (who, XML)."""
    steps: dict[str, list[tuple[str, str]]] = {}
    for step in vectors("rfc6120_section9.json")["steps"]:
        if not step["section"].startswith(part):
            continue
        match = re.match(r"Step (\d+(?: \(alt\))?)", step["caption"])
        name = match[1].removesuffix(" ") if match else step["section"]
        steps.setdefault(name, []).extend((turn["from"], _compact(turn["xml"])) for turn in step["turns"])
    return steps


def _compact(xml: str) -> str:
    """Without the line breaks that make the RFC readable; base64 and a JID stand on several lines there."""
    xml = re.sub(r">\s+", ">", re.sub(r"\s+<", "<", xml))
    return re.sub(
        r"(<(?:auth|challenge|response|success|jid)\b[^>]*>)([^<]+)", lambda m: m[1] + re.sub(r"\s+", "", m[2]), xml
    )


def parse(text: str) -> list[Any]:
    """What stands in a piece of a stream, comparable: headers as their attributes, elements as they are."""
    reader = StreamReader(XMLLimits())
    if not re.search(r"<(stream:)?stream\s", text):
        text = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>" + text
        skip = True
    else:
        skip = False
    reader.feed(text.encode())
    found: list[Any] = []
    while (item := reader.next()) is not None:
        if isinstance(item, StreamStart):
            if not skip:
                found.append((item.name, item.attributes, item.default_namespace))
        else:
            found.append(item if isinstance(item, Element) else "end")
    return found


def replace_id(text: str, identifier: str) -> str:
    return re.sub(r" id='[^']*'", f" id='{identifier}'", text)


def without(text: str, attribute: str) -> str:
    return re.sub(rf" {attribute}='[^']*'", "", text, count=1)


def client_before_tls() -> tuple[Solo, dict[str, list[tuple[str, str]]]]:
    steps = turns()
    config = ClientConfig(
        jid=JID("juliet@im.example.com/balcony"),
        password="r0m30myr0m30",
        random=lambda count: NONCE[:count],
    )
    return Solo(config), steps


def client_before_binding() -> tuple[Solo, dict[str, list[tuple[str, str]]], str]:
    solo, steps = client_before_tls()
    # Step 1. The address is shown after TLS only (RFC 6120 section 4.7.1), which the RFC's example does not do.
    assert parse(solo.sent()) == parse(without(steps["1"][0][1], "from"))
    solo.feed(steps["2"][0][1], steps["3"][0][1])
    assert parse(solo.sent()) == parse(steps["4"][0][1])
    solo.feed(steps["5"][0][1])
    solo.tls()
    assert parse(solo.sent()) == parse(steps["7"][0][1])
    solo.feed(*(xml for _, xml in steps["8"]))
    assert parse(solo.sent()) == parse(steps["9"][0][1])
    solo.feed(steps["10"][0][1])
    assert parse(solo.sent()) == parse(steps["11"][0][1])
    solo.feed(steps["12"][0][1])
    assert solo.one(Authenticated).mechanism == "SCRAM-SHA-1"
    assert parse(solo.sent()) == parse(steps["13"][0][1])
    solo.feed(*(xml for _, xml in steps["14"]))
    request = solo.sent()
    identifier = re.search(r"id='([^']*)'", request)
    assert identifier is not None
    assert parse(request) == parse(replace_id(steps["15"][0][1], identifier[1]))
    return solo, steps, identifier[1]


def test_client_goes_through_every_step() -> None:
    solo, steps, identifier = client_before_binding()
    solo.feed(replace_id(steps["16"][0][1], identifier))
    assert solo.one(Established).jid == JID("juliet@im.example.com/balcony")
    (_, ours), (_, theirs) = steps["9.1.4"]
    element = parse(ours)[0]
    message = Message(
        to=JID("romeo@example.net"), body="Art thou not Romeo, and a Montague?", type="chat", id="ju2ba41c", lang="en"
    )
    message.sender = JID("juliet@im.example.com/balcony")
    solo.engine.send(message, solo.now)
    assert parse(solo.sent()) == [element]
    solo.feed(theirs)
    received = solo.events[-1]
    assert isinstance(received, Message)
    assert received.body == "Neither, fair saint, if either thee dislike."
    assert (str(received.sender), received.id, received.lang) == ("romeo@example.net/orchard", "ju2ba41c", "en")
    solo.engine.close(solo.now)
    assert solo.sent() == steps["9.1.5"][0][1]
    solo.feed(steps["9.1.5"][1][1])
    assert solo.ended.reason is EndReason.LOCAL_CLOSE
    assert solo.ended.clean


def test_client_at_step_5_alt_ends_where_tls_is_refused() -> None:
    solo, steps = client_before_tls()
    solo.feed(steps["2"][0][1], steps["3"][0][1], steps["5 (alt)"][0][1])
    assert solo.ended.reason is EndReason.TLS_FAILED
    assert solo.sent().endswith("</stream:stream>")


def test_client_at_step_12_alt_reports_the_failure() -> None:
    solo, steps = client_before_tls()
    solo.feed(steps["2"][0][1], steps["3"][0][1], steps["5"][0][1])
    solo.tls()
    solo.feed(steps["8"][0][1])
    solo.feed(features(mechanisms("SCRAM-SHA-1")))
    failure = steps["12 (alt)"][0][1].replace("</stream>", "</stream:stream>")  # the RFC's tag lacks its prefix
    solo.feed(steps["10"][0][1], failure)
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED
    assert "not-authorized" in solo.ended.text


def test_client_at_step_16_alt_asks_again_without_a_resource() -> None:
    solo, steps, identifier = client_before_binding()
    solo.feed(replace_id(steps["16 (alt)"][0][1], identifier))
    second = parse(solo.sent())[0]
    assert second.find(("urn:ietf:params:xml:ns:xmpp-bind", "bind")).children == []


def test_server_goes_through_every_step() -> None:
    steps = turns()
    salt = base64.b64decode("NjhkYTM0MDgtNGY0Zi00NjdmLTkxMmUtNDlmNTNmNDNkMDMz")
    draws = iter(range(1000))
    config = ServerConfig(
        domains=["im.example.com"],
        mechanisms=("SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN"),
        random=lambda count: next(draws).to_bytes(count, "big"),
    )
    solo = Solo(config)

    def answer(solo: Solo, event: object) -> None:
        if isinstance(event, CredentialsRequested):
            keys = StoredCredentials.from_password("r0m30myr0m30", salt=salt, iterations=4096, hash=event.hash)
            solo.engine.answer(event, keys, solo.now)
        elif isinstance(event, BindRequested):
            assert event.resource is not None
            solo.engine.answer(event, event.resource, solo.now)

    solo.on_event = answer
    solo.feed(steps["1"][0][1])
    header, advertised = parse(solo.sent())
    theirs = parse(steps["2"][0][1])[0]
    assert {**header[1], "id": ""} == {**theirs[1], "id": ""}
    assert [advertised] == parse(steps["3"][0][1])
    solo.feed(steps["4"][0][1])
    assert parse(solo.sent()) == parse(steps["5"][0][1])
    solo.tls()
    solo.feed(steps["7"][0][1])
    header, advertised = parse(solo.sent())
    assert header[1]["to"] == "juliet@im.example.com"
    offered = [child.text for child in advertised.children[0].elements()]
    assert offered == ["SCRAM-SHA-1", "PLAIN"]  # no binding is at hand in this test, so no -PLUS
    solo.feed(steps["9"][0][1])
    challenge = base64.b64decode(parse(solo.sent())[0].text).decode()
    theirs = base64.b64decode(parse(steps["10"][0][1])[0].text).decode()
    assert challenge.split(",")[1] == theirs.split(",")[1]
    assert challenge.split(",")[2] == theirs.split(",")[2]
    assert challenge.startswith("r=oMsTAAwAAAAMAAAANP0TAAAAAABPU0AA")
    # The RFC's proof is for the RFC's server nonce; ours is drawn, so the client's proof is computed anew.
    from tests.sasl_proof import client_final

    response = client_final("r0m30myr0m30", "n=juliet,r=oMsTAAwAAAAMAAAANP0TAAAAAABPU0AA", challenge)
    solo.feed(
        f"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{base64.b64encode(response.encode()).decode()}</response>"
    )
    success = parse(solo.sent())[0]
    assert success.local == "success"
    assert base64.b64decode(success.text).startswith(b"v=")
    solo.feed(steps["13"][0][1])
    header, advertised = parse(solo.sent())
    bind = parse(steps["14"][1][1])[0].children[0]
    assert bind in advertised.children
    solo.feed(steps["15"][0][1])
    assert parse(solo.sent()) == parse(steps["16"][0][1])
    assert solo.one(Established).jid == JID("juliet@im.example.com/balcony")
    (_, ours), (_, theirs_message) = steps["9.1.4"]
    solo.feed(ours)
    received = solo.events[-1]
    assert isinstance(received, Message)
    assert received.sender == JID("juliet@im.example.com/balcony")
    reply = Message(
        to=received.sender, body="Neither, fair saint, if either thee dislike.", type="chat", id="ju2ba41c", lang="en"
    )
    reply.sender = JID("romeo@example.net/orchard")
    solo.engine.send(reply, solo.now)
    assert parse(solo.sent()) == parse(theirs_message)
    solo.feed(steps["9.1.5"][0][1])
    assert solo.sent() == steps["9.1.5"][1][1]
    assert solo.ended.reason is EndReason.PEER_CLOSE
