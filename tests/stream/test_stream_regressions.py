"""Known faults of other implementations, one test each, named after what went wrong there.

Those of streams, SASL, XML and IQ replies stand here; what belongs to an extension is tested beside that extension.
"""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from tests.pair import World, seeded
from tests.stream.streams import (
    AUTH_PLAIN,
    BIND,
    CLIENT_HEADER,
    HEADER,
    JULIET,
    PASSWORD,
    PROCEED,
    SASL,
    STARTTLS,
    SUCCESS,
    Solo,
    client_config,
    client_in_tls,
    established_client,
    established_server,
    features,
    last_id,
    mechanisms,
    obliging,
    obliging_server,
    pair,
    plain,
    server_config,
    server_in_tls,
    server_logged_in,
)
from xmppwire.jid import JID
from xmppwire.operation import request
from xmppwire.session import ReplyIgnored, Session
from xmppwire.stanza import Iq, Message
from xmppwire.stream import (
    Authenticated,
    AuthenticationFailed,
    AuthorizationRequested,
    BindRequested,
    Connection,
    EndReason,
    Established,
    ExternalRequested,
    FeaturesReceived,
    Limits,
    PasswordRequested,
    Phase,
    SeeOtherHost,
    ServerConfig,
    StreamErrorSent,
    TLSInfo,
    TLSRequested,
)
from xmppwire.xml import Element


def b64(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def auth(mechanism: str, data: bytes | str) -> str:
    return f"<auth xmlns='{SASL}' mechanism='{mechanism}'>{b64(data)}</auth>"


# --- TLS and the order of negotiation -------------------------------------------------------------------------------


def test_cve_2016_10027_features_seen_before_tls_do_not_bypass_it() -> None:
    """Smack: a race let mechanisms of the clear stream be used although TLS was required."""
    solo = Solo(client_config())
    solo.feed(HEADER, features(mechanisms("PLAIN"), BIND), features(mechanisms("PLAIN")))
    assert "<auth" not in solo.sent()
    assert solo.error == "unsupported-stanza-type"


def test_features_are_never_those_of_the_clear_stream() -> None:
    solo = Solo(client_config())
    solo.feed(HEADER, features(STARTTLS, mechanisms("PLAIN")), PROCEED)
    solo.tls()
    solo.sent()
    solo.feed(HEADER)
    assert "<auth" not in solo.sent()
    solo.feed(features())
    assert solo.events[-1] == FeaturesReceived([]) or isinstance(solo.events[-1], FeaturesReceived)
    solo.end_of_file()
    assert solo.ended.reason is EndReason.NEGOTIATION_FAILED


@pytest.mark.parametrize(
    "header", [HEADER.replace(" version='1.0' xml", " xml"), HEADER.replace("'1.0' xml", "'0.9' xml")]
)
def test_cve_2009_3026_an_old_server_is_no_reason_for_plaintext(header: str) -> None:
    """libpurple: without a version or features, the login went on in the clear."""
    for config in (client_config(), client_config(**plain())):
        solo = Solo(config)
        solo.feed(header)
        assert solo.error == "unsupported-version"
        assert "<auth" not in solo.sent()


def test_cve_2009_3026_nor_are_empty_features() -> None:
    solo = Solo(client_config(starttls_unoffered=False))
    solo.feed(HEADER, features())
    assert "<auth" not in solo.sent()
    solo.end_of_file()
    assert solo.ended.reason is EndReason.TLS_FAILED


def test_cve_2014_8760_nothing_comes_before_required_tls() -> None:
    """ejabberd: compression before STARTTLS skipped the check that TLS was required."""
    for element in (
        "<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>",
        AUTH_PLAIN,
        f"<iq type='set' id='1'>{BIND}</iq>",
    ):
        solo = Solo(server_config())
        solo.on_event = obliging
        solo.feed(CLIENT_HEADER, element)
        assert solo.error in ("unsupported-stanza-type", "not-authorized")
        assert not [event for event in solo.events if isinstance(event, PasswordRequested | BindRequested)]


@pytest.mark.parametrize("rest", [AUTH_PLAIN, "<message/>", " ", "\n", "\0"])
def test_cve_2011_0411_what_is_pipelined_behind_starttls_is_not_replayed_inside(rest: str) -> None:
    server = Solo(server_config())
    server.feed(CLIENT_HEADER, STARTTLS + rest)
    client = Solo(client_config())
    client.feed(HEADER, features(STARTTLS), PROCEED + rest)
    for solo in (server, client):
        assert not [event for event in solo.events if isinstance(event, TLSRequested)]
        assert PROCEED not in solo.sent()
        solo.end_of_file()
        assert solo.ended.reason in (EndReason.TLS_FAILED, EndReason.STREAM_ERROR_SENT)


def test_cve_2018_10847_a_restart_with_another_host_does_not_keep_the_login() -> None:
    """Prosody: authenticated at one host, the restarted stream was one of another."""
    solo = server_logged_in(domains=["capulet.lit", "montague.lit"])
    solo.feed(CLIENT_HEADER.replace("capulet.lit", "montague.lit"))
    assert solo.error == "not-authorized"
    assert not [event for event in solo.events if isinstance(event, BindRequested)]


def test_cve_2022_24968_the_name_to_check_is_the_account_s_domain() -> None:
    """Mellium: the certificate was checked against the wrong name, or against none. Whatever the server says, and wherever
    it sends us, the name is that of the account."""
    solo = Solo(client_config())
    solo.feed(HEADER.replace("capulet.lit", "evil.example"), features(STARTTLS), PROCEED)
    assert solo.one(TLSRequested).server_name == "capulet.lit"
    other = established_client()
    errors = "urn:ietf:params:xml:ns:xmpp-streams"
    other.feed(f"<stream:error><see-other-host xmlns='{errors}'>evil.example</see-other-host></stream:error>")
    assert other.one(SeeOtherHost).host == "evil.example"
    assert other.engine.config.jid.domainpart == "capulet.lit"  # type: ignore[union-attr]


# --- SASL -----------------------------------------------------------------------------------------------------------


def test_cve_2022_48195_the_servers_nonce_must_extend_ours() -> None:
    """mellium.im/sasl: a missing or foreign nonce was accepted."""
    for nonce in ("", "r=,", "r=other,", "r={},", "r={}\0x,"):
        solo = client_in_tls()
        solo.feed(HEADER, features(mechanisms("SCRAM-SHA-1")))
        own = base64.b64decode(solo.sent().split(">")[-2].split("<")[0]).decode().split("r=")[1]
        text = nonce.format(own) + "s=c2FsdA==,i=4096"
        solo.feed(f"<challenge xmlns='{SASL}'>{b64(text)}</challenge>")
        assert "<response" not in solo.sent()
        solo.end_of_file()
        assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_cve_2022_48195_and_the_server_checks_its_own() -> None:
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER, auth("SCRAM-SHA-1", "n,,n=juliet,r=abcdefgh"))
    proof = b64(b"x" * 20)
    solo.feed(f"<response xmlns='{SASL}'>{b64(f'c=biws,r=abcdefgh,p={proof}')}</response>")
    assert solo.one(AuthenticationFailed)
    assert "<success" not in solo.sent()


def test_cve_2025_59154_the_identity_is_not_read_from_a_distinguished_name() -> None:
    """Openfire: a common name of `CN=juliet` inside another field was believed."""
    certificate = b"0\x82 CN=juliet@capulet.lit,O=CN=juliet"
    solo = Solo(server_config(mechanisms=("EXTERNAL",)))
    solo.on_event = obliging
    solo.feed(CLIENT_HEADER, STARTTLS)
    solo.tls(peer_certificate=certificate, peer_names=("CN=juliet", "nurse@capulet.lit", "juliet@montague.lit"))
    solo.feed(CLIENT_HEADER, f"<auth xmlns='{SASL}' mechanism='EXTERNAL'>{b64('juliet@capulet.lit')}</auth>")
    assert list(solo.one(ExternalRequested).candidates) == [JID("nurse@capulet.lit")]
    assert "<success" not in solo.sent()
    assert [event for event in solo.events if isinstance(event, AuthorizationRequested)]


@pytest.mark.parametrize("authzid", ["romeo", "romeo@capulet.lit", "ROMEO@capulet.lit"])
def test_plain_ejabberd_2607_who_logs_in_is_who_is_bound(authzid: str) -> None:
    """ejabberd: authenticated as one user, the session was another's."""
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER, auth("PLAIN", f"{authzid}\0juliet\0{PASSWORD}"))
    assert "<invalid-authzid/>" in solo.sent()
    assert not [event for event in solo.events if isinstance(event, Authenticated)]
    solo.feed(auth("PLAIN", f"juliet@capulet.lit\0juliet\0{PASSWORD}"))
    assert solo.one(Authenticated).jid == JULIET.bare
    solo.feed(CLIENT_HEADER, f"<iq type='set' id='1'>{BIND}</iq>")
    assert solo.one(BindRequested).jid == JULIET.bare


@pytest.mark.parametrize("data", [b"\0juliet\0\xff\xfe", b"\0\xc0\x80\0x", b"\0jul\xed\xa0\x80iet\0x"])
def test_cve_2015_2059_bytes_that_are_no_utf8_reach_no_preparation(data: bytes) -> None:
    """libidn: invalid UTF-8 in stringprep read out of bounds."""
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER, auth("PLAIN", data))
    assert solo.one(AuthenticationFailed).final is False
    assert not [event for event in solo.events if isinstance(event, PasswordRequested)]


@pytest.mark.parametrize("text", ["====", "A", "AA=A", "!!!!", "AAAA AAAA", "\u0410\u0410\u0410\u0410", "AA==AA=="])
def test_cve_2010_3711_base64_that_is_none(text: str) -> None:
    """libpurple: the result of decoding was used unchecked."""
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER, f"<auth xmlns='{SASL}' mechanism='PLAIN'>{text}</auth>")
    assert "<incorrect-encoding/>" in solo.sent()
    client = client_in_tls()
    client.feed(HEADER, features(mechanisms("SCRAM-SHA-1")), f"<challenge xmlns='{SASL}'>{text}</challenge>")
    client.end_of_file()
    assert client.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_scram_is_not_traded_for_plain() -> None:
    """A server that refuses SCRAM and offers PLAIN is not told the password by a client that knows it better."""
    solo = client_in_tls(known_mechanisms=frozenset({"SCRAM-SHA-256"}))
    solo.feed(HEADER, features(mechanisms("SCRAM-SHA-256", "PLAIN")))
    solo.feed(f"<failure xmlns='{SASL}'><invalid-mechanism/></failure>")
    assert "mechanism='PLAIN'" not in solo.sent()
    solo.end_of_file()
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_success_is_believed_with_the_servers_signature_only() -> None:
    for content in ("", b64("v=AAAA"), b64("v="), b64("e=other-error")):
        solo = client_in_tls()
        solo.feed(HEADER, features(mechanisms("SCRAM-SHA-1")))
        own = base64.b64decode(solo.sent().split(">")[-2].split("<")[0]).decode().split("r=")[1]
        solo.feed(f"<challenge xmlns='{SASL}'>{b64(f'r={own}x,s=c2FsdA==,i=4096')}</challenge>")
        assert "<response" in solo.sent()
        solo.feed(f"<success xmlns='{SASL}'>{content}</success>")
        assert not [event for event in solo.events if isinstance(event, Authenticated)]
        solo.end_of_file()
        assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_cve_2016_1232_ids_and_nonces_come_from_the_systems_source() -> None:
    """Prosody: secrets came from a guessable generator."""
    import os

    assert ServerConfig(domains=["a"]).random is os.urandom
    drawn: list[int] = []

    def draw(count: int) -> bytes:
        drawn.append(count)
        return os.urandom(count)

    solo = Solo(server_config(random=draw))
    solo.feed(CLIENT_HEADER)
    assert drawn
    assert min(drawn) >= 15


# --- XML ------------------------------------------------------------------------------------------------------------

LAUGHS = "<!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY lol2 '&lol;&lol;&lol;&lol;&lol;&lol;'>]>"


@pytest.mark.parametrize("where", ["before", "inside", "behind"])
def test_cve_2011_1755_entities_are_not_expanded(where: str) -> None:
    """jabberd2, Prosody and others: the "billion laughs". (2011-1755, 2011-2205, 2013-1664, 2022-0217)"""
    if where == "before":
        solo = Solo(server_config())
        solo.feed(LAUGHS + CLIENT_HEADER)
    elif where == "inside":
        solo = established_server()
        solo.feed(f"<message>{LAUGHS}<body>&lol2;</body></message>")
    else:
        solo = established_server()
        solo.feed("<message><body>&lol2;</body></message>")
    assert solo.error == "restricted-xml"


def test_cve_2026_43506_little_can_be_asked_for_before_login() -> None:
    """Prosody: many small elements of a stranger grew to a lot of memory."""
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER)
    start = time.process_time()
    for _ in range(40):
        if solo.engine.phase is Phase.CLOSED:
            break
        solo.feed(f"<auth xmlns='{SASL}' mechanism='X'>" + "<a/>" * 4000 + "</auth>")
    assert solo.error == "policy-violation"
    assert time.process_time() - start < 5


def test_cve_2026_43507_what_a_stranger_left_behind_is_freed() -> None:
    """Prosody: state of connections that ended before login stayed."""
    import gc
    import tracemalloc

    def stranger() -> None:
        solo = Solo(server_config())
        solo.feed(CLIENT_HEADER, "<a b='" + "x" * 15_000)
        solo.end_of_file()

    for _ in range(5):
        stranger()
    gc.collect()
    tracemalloc.start()
    for _ in range(30):
        stranger()
    gc.collect()
    left = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert left < 200_000


def test_cve_2023_52425_a_big_token_takes_linear_time() -> None:
    """Expat: an attribute in small pieces was scanned from the start with each. Ratio of two sizes in one run."""

    def spent(size: int) -> float:
        solo = established_client()
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            solo.engine.receive_data(b"<message from='a@b' x='", 0)
            for _ in range(size // 64):
                solo.engine.receive_data(b">" * 64, 0)
                solo.pull()
            solo.feed("'/>")
            best = min(best, time.process_time() - start)
        return best

    assert solo_got_all(2**17)
    assert spent(2**17) < 30 * spent(2**14)  # eight times the bytes; quadratic would be 64 times


def solo_got_all(size: int) -> bool:
    solo = established_client()
    solo.engine.receive_data(b"<message from='a@b' x='" + b">" * size + b"'/>", 0)
    solo.pull()
    return isinstance(solo.events[-1], Message)


@pytest.mark.parametrize(
    "body",
    [
        b"\xf0\x80\x80\xbc/body>",
        b"\xc0\xbc",
        b"\xe0\x80\xbc",
        b"\xf8\x88\x80\x80\x80",
        b"\xff",
        b"\xc3<",
        b"\xed\xb0\x80",
    ],
)
def test_cve_2022_25235_stanzas_are_not_smuggled_by_bad_utf8(body: bytes) -> None:
    """Expat and Zoom: what one parser took for text was markup for the next. (2022-25235, 2022-22784)"""
    solo = established_client()
    solo.feed(b"<message from='a@b'><body>" + body + b"<iq type='set'/></body></message>")
    assert solo.error in ("unsupported-encoding", "not-well-formed")
    assert not [event for event in solo.events if isinstance(event, Message | Iq)]


@pytest.mark.parametrize("separator", ["\x01", "&#1;", " ", "|", "}", "\x7f", "&#xA;"])
def test_cve_2022_25236_a_namespace_cannot_look_like_another_name(separator: str) -> None:
    """Expat: the separator of names could stand in a namespace, and moved the border. `jabber:client` + `iq` is one thing."""
    solo = established_client()
    solo.feed(f"<x:iq xmlns:x='jabber:client{separator}iq' type='get' id='1'/>")
    assert not [event for event in solo.events if isinstance(event, Iq)]
    assert solo.error in ("unsupported-stanza-type", "not-well-formed")


def test_cve_2024_8176_depth_is_limited() -> None:
    """Expat: nested entities, and nested elements in those who walk them, exhausted the stack."""
    solo = established_client()
    solo.feed("<message>" + "<a>" * 50_000)
    assert solo.error == "policy-violation"


def test_a_second_stream_inside_the_stream_is_no_restart() -> None:
    solo = established_server()
    solo.feed("<message/>" + CLIENT_HEADER.split("?>")[1])
    solo.feed("</stream:stream></stream:stream>")
    assert solo.engine.phase is Phase.CLOSED
    assert solo.one(StreamErrorSent)


def test_cve_2021_32918_strangers_cost_no_derivation_and_no_question() -> None:
    """Prosody: work was done for connections that had proved nothing. (2021-32918, 2021-32920)"""
    solo = Solo(server_config(limits=Limits(sasl_attempts=3)))
    solo.on_event = obliging
    solo.feed(CLIENT_HEADER, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    solo.tls()
    solo.feed(CLIENT_HEADER)
    for _ in range(3):
        solo.feed(auth("SCRAM-SHA-1", "n,,n=juliet,r=" + "x" * 3000))
        solo.feed(f"<abort xmlns='{SASL}'/>")
    assert solo.error == "policy-violation"


# --- stanzas --------------------------------------------------------------------------------------------------------


def logged_in_session() -> tuple[World, Any, Session]:
    world = World()
    session = Session(client_config())
    wire = world.join(session, Connection(server_config()), start=False)
    wire.server.on_event = obliging_server
    session.start(world.now)
    wire.server.engine.start(world.now)
    world.settle()
    assert wire.client.of(Established)
    wire.client.take()
    wire.server.take()
    return world, wire, session


PING = Element(("urn:xmpp:ping", "ping"))


@pytest.mark.parametrize(
    "sender",
    ["romeo@montague.lit", "romeo@montague.lit/other", "montague.lit", "capulet.lit", "juliet@capulet.lit", None],
)
def test_cve_2014_0364_a_reply_comes_from_who_was_asked(sender: str | None) -> None:
    """Smack, libpurple and others: any stanza with the right id was a reply. (2014-0364, 2013-6483)"""
    world, wire, session = logged_in_session()
    running = session.run(request(Iq.get(PING, to=JID("romeo@montague.lit/orchard"))), world.now)
    world.settle()
    asked = wire.server.one(Iq)
    forged = Iq.get(PING).replace(type="result", id=asked.id, sender=JID(sender) if sender else None)
    wire.server.engine.send(forged, world.now)
    world.settle()
    assert not running.done
    assert wire.client.of(ReplyIgnored)
    wire.server.engine.send(forged.replace(sender=JID("romeo@montague.lit/orchard")), world.now)
    world.settle()
    assert running.done


def test_cve_2024_46957_another_kind_of_stanza_is_no_reply() -> None:
    """Mellium: a message or presence with the id of a request was taken for its reply."""
    world, wire, session = logged_in_session()
    running = session.run(request(Iq.get(PING, to=JID("romeo@montague.lit/orchard"))), world.now)
    world.settle()
    asked = wire.server.one(Iq)
    fake = Message(id=asked.id, body="result")
    fake.sender = JID("romeo@montague.lit/orchard")
    wire.server.engine.send(fake, world.now)
    request_back = Iq.get(PING).replace(id=asked.id, sender=JID("romeo@montague.lit/orchard"))
    wire.server.engine.send(request_back, world.now)
    world.settle()
    assert not running.done
    assert wire.client.one(Message).id == asked.id


def test_replies_during_negotiation_are_told_by_more_than_the_id() -> None:
    solo = client_in_tls()
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND))
    identifier = last_id(solo.sent())
    bound = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>romeo@montague.lit/x</jid></bind>"
    solo.feed(f"<message id='{identifier}' type='result'>{bound}</message>")
    solo.feed(f"<iq id='{identifier}' type='set'>{bound}</iq><iq id='other' type='result'>{bound}</iq>")
    assert not [event for event in solo.events if isinstance(event, Established)]
    solo.feed(f"<iq type='result' id='{identifier}'>{bound.replace('romeo@montague.lit/x', str(JULIET))}</iq>")
    assert solo.one(Established).jid == JULIET


def test_a_server_speaks_for_no_client_but_its_own() -> None:
    solo = established_server()
    solo.feed("<presence from='romeo@montague.lit'/>")
    assert solo.error == "invalid-from"


def test_what_is_sent_cannot_break_out_of_its_place() -> None:
    world, wire = pair()
    world.settle()
    hostile = "]]></body></message><iq type='set' id='evil'/>&lt;<!--"
    message = Message(to=JID("a@b"), body=hostile, id="'/><iq/>")
    wire.client.engine.send(message, world.now)
    world.settle()
    received = wire.server.one(Message)
    assert (received.body, received.id) == (hostile, "'/><iq/>")
    assert not wire.server.of(Iq)


def test_the_random_source_is_the_callers() -> None:
    """The same config and calls give the same bytes, twice."""
    first, second = (Solo(server_config(random=seeded(9))) for _ in range(2))
    for solo in (first, second):
        solo.feed(CLIENT_HEADER)
    assert first.sent() == second.sent()
    assert TLSInfo("TLSv1.3") == TLSInfo("TLSv1.3")
