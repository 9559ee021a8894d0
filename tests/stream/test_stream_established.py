"""Stanzas on an established stream (RFC 6120 section 8), addressing, and what ends it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stream.streams import (
    JULIET,
    Solo,
    client_config,
    established,
    established_client,
    established_server,
    features,
    plain,
    server_config,
)
from tests.support import vectors
from xmppwire.jid import JID
from xmppwire.stanza import Iq, Message, Presence
from xmppwire.stream import (
    EndReason,
    FeaturesReceived,
    Limits,
    LocalProtocolError,
    OutputHigh,
    OutputLow,
    PeerClosed,
    Phase,
    SeeOtherHost,
    StanzaRejected,
    StreamEnded,
    StreamError,
    StreamErrorCondition,
    StreamErrorReceived,
)
from xmppwire.xml import Element

ROMEO = JID("romeo@montague.lit/orchard")
STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
PING = Element(("urn:xmpp:ping", "ping"))


@pytest.mark.spec("RFC 6120", "8.1.2.1")
@pytest.mark.parametrize("claimed", ["", f" from='{JULIET}'", f" from='{JULIET.bare}'"])
def test_the_server_stamps_who_it_is_from(claimed: str) -> None:
    solo = established_server()
    solo.feed(f"<message to='{ROMEO}'{claimed}/>")
    message = solo.one(Message)
    assert message.sender == JULIET
    assert message.to == ROMEO


@pytest.mark.parametrize("kind", ["subscribe", "subscribed", "unsubscribe", "unsubscribed"])
def test_subscriptions_come_from_the_bare_address(kind: str) -> None:
    solo = established_server()
    solo.feed(f"<presence to='{ROMEO.bare}' type='{kind}'/>")
    assert solo.one(Presence).sender == JULIET.bare


@pytest.mark.parametrize("claimed", ["romeo@montague.lit", "juliet@capulet.lit/chamber", "capulet.lit"])
@pytest.mark.spec("RFC 6120", "4.9.3.9")
def test_nobody_speaks_for_somebody_else(claimed: str) -> None:
    solo = established_server()
    solo.feed(f"<message to='{ROMEO}' from='{claimed}'/>")
    assert solo.error == "invalid-from"


@pytest.mark.spec("RFC 6120", "8.1.2.1")
def test_a_client_leaves_an_absent_sender_absent() -> None:
    solo = established_client()
    solo.feed("<iq type='result' id='1'/>")
    assert solo.one(Iq).sender is None


@pytest.mark.spec("RFC 6120", "8.1.5")
def test_the_language_of_the_stream_is_inherited() -> None:
    solo = established_client()
    solo.feed(
        "<message from='a@b'><body>x</body></message>", "<message from='a@b' xml:lang='de'><body>x</body></message>"
    )
    first, second = solo.events
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    assert (first.effective_lang, second.effective_lang) == ("en", "de")


BAD_STANZAS = [
    ("<iq type='get' from='a@b'><ping xmlns='urn:xmpp:ping'/></iq>", "bad-request", True),
    ("<iq type='get' id='1' from='a@b'/>", "bad-request", True),
    ("<iq type='set' id='1' from='a@b'><a xmlns='x'/><b xmlns='x'/></iq>", "bad-request", True),
    ("<iq type='fetch' id='1' from='a@b'><a xmlns='x'/></iq>", "bad-request", True),
    ("<iq id='1' from='a@b'><a xmlns='x'/></iq>", "bad-request", True),
    ("<iq type='result' id='1' from='a@b'><a xmlns='x'/><b xmlns='x'/></iq>", "bad-request", False),
    ("<iq type='error' from='a@b'/>", "bad-request", False),
    ("<message from='a@@b'/>", "jid-malformed", True),
    ("<message to='@b' from='a@b' id='7'/>", "jid-malformed", True),
    ("<message to='@b' type='error'/>", "jid-malformed", False),
    ("<presence to='a@b/' from='a@b'/>", "jid-malformed", True),
]


@pytest.mark.parametrize(("stanza", "condition", "answered"), BAD_STANZAS)
@pytest.mark.spec("RFC 6120", "8.2.3", "8.3.1")
def test_a_bad_stanza_gets_a_stanza_error_and_the_stream_lives(stanza: str, condition: str, answered: bool) -> None:
    solo = established_client()
    solo.feed(stanza + "<message from='a@b'/>")
    rejected = solo.one(StanzaRejected)
    assert (rejected.condition, rejected.answered) == (condition, answered)
    sent = solo.sent()
    assert (f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" in sent) == answered
    if answered and "from='a@b'" in stanza:
        assert " to='a@b'" in sent
    if answered and "id='7'" in stanza:
        assert "id='7'" in sent
    assert isinstance(solo.events[-1], Message)


def test_the_server_answers_a_bad_stanza_to_its_client() -> None:
    solo = established_server()
    solo.feed("<iq type='get' id='1' to='romeo@montague.lit'/>", "<message to='@'/>")
    sent = solo.sent()
    assert f"<iq type='error' id='1' from='romeo@montague.lit' to='{JULIET}'>" in sent
    assert f"<message type='error' to='{JULIET}'>" in sent


@pytest.mark.parametrize(
    "element",
    ["<pubsub xmlns='jabber:client'/>", "<message xmlns='jabber:server'/>", "<foo xmlns='bar'/>", "<stream:foo/>"],
)
@pytest.mark.spec("RFC 6120", "4.9.3.24")
def test_unknown_first_level_elements_end_the_stream(element: str) -> None:
    for solo in (established_client(), established_server()):
        solo.feed(f"<message to='a@b' from='{JULIET}'/>" + element)
        assert isinstance(solo.events[0], Message)
        assert solo.error == "unsupported-stanza-type"


def test_elements_that_the_program_wants_become_events() -> None:
    solo = established_client(elements=[("urn:example", "tick")])
    solo.feed("<tick xmlns='urn:example' n='1'/>")
    assert solo.events == [Element(("urn:example", "tick"), {"n": "1"})]
    solo.engine.send(Element(("urn:example", "tock")), 0)
    assert solo.sent() == "<tock xmlns='urn:example'/>"


@pytest.mark.spec("RFC 6120", "4.3.4")
def test_features_may_come_again() -> None:
    solo = established_client()
    solo.feed(features())
    assert solo.one(FeaturesReceived).features == []
    server = established_server()
    server.feed(features())
    assert server.error == "unsupported-stanza-type"


def test_requests_get_an_id_that_nobody_can_guess() -> None:
    solo = established_client()
    first, second = Iq.get(PING), Iq.get(PING)
    solo.engine.send(first, 0)
    solo.engine.send(second, 0)
    assert first.id
    assert second.id
    assert len(first.id) == 20
    assert first.id != second.id
    assert f"id='{first.id}'" in solo.sent()


def test_both_directions_carry_the_same_stanza() -> None:
    world, wire = established()
    message = Message(to=ROMEO, body="Good night! <3 & 'more' \U0001f339", type="chat", id="m1")
    wire.client.engine.send(message, world.now)
    world.settle()
    received = wire.server.one(Message)
    message.sender = JULIET
    message.lang = "en"
    assert (received.to, received.sender, received.body, received.id) == (ROMEO, JULIET, message.body, "m1")
    assert wire.client.engine.phase is Phase.ESTABLISHED


@pytest.mark.parametrize("body", ["\0", "\x0b", "\ud800", "\ufffe", "a\x1fb"])
def test_characters_that_xml_has_not_are_a_local_error(body: str) -> None:
    solo = established_client()
    with pytest.raises(LocalProtocolError):
        solo.engine.send(Message(to=ROMEO, body=body), 0)
    assert solo.engine.output_size == 0
    with pytest.raises(LocalProtocolError):
        solo.engine.send(Element(("urn:x", "x"), {"a": body}), 0)
    assert solo.sent() == ""


def test_nothing_is_sent_on_a_stream_that_is_not_established() -> None:
    solo = Solo(client_config())
    with pytest.raises(LocalProtocolError, match="negotiating"):
        solo.engine.send(Presence(), 0)
    with pytest.raises(LocalProtocolError):
        solo.engine.start(0)
    solo = established_client()
    solo.engine.close(0)
    with pytest.raises(LocalProtocolError, match="closing"):
        solo.engine.send(Presence(), 0)


def test_a_feff_inside_a_stream_is_a_character() -> None:
    solo = established_client()
    solo.feed("<message from='a@b'><body>\ufeffx</body></message>")
    assert solo.one(Message).body == "\ufeffx"


def test_output_water_marks() -> None:
    solo = established_client(limits=Limits(output_high=1000, output_low=100, output_bytes=3000))
    big = Message(to=ROMEO, body="x" * 600)
    solo.engine.send(big, 0)
    solo.pull()
    assert solo.events == []
    assert solo.engine.wants_read
    solo.engine.send(big, 0)
    solo.pull()
    assert isinstance(solo.events[-1], OutputHigh)
    assert solo.engine.wants_read
    solo.engine.send(big, 0)
    assert not solo.engine.wants_read
    solo.engine.send(big, 0)
    size = solo.engine.output_size
    with pytest.raises(LocalProtocolError, match="full"):
        solo.engine.send(big, 0)
    assert solo.engine.output_size == size
    solo.sent()
    solo.pull()
    assert isinstance(solo.events[-1], OutputLow)
    assert len(solo.events) == 2


# --- stream errors --------------------------------------------------------------------------------------------------


def test_the_conditions_are_those_of_the_standard() -> None:
    listed: Any = vectors("error_conditions.json")["stream_errors"]
    names = [entry["condition"] if isinstance(entry, dict) else entry for entry in listed]
    assert sorted(names) == sorted(condition.value for condition in StreamErrorCondition)
    assert len(names) == 25


@pytest.mark.spec("RFC 6120", "4.9.3")
@pytest.mark.parametrize("condition", list(StreamErrorCondition))
def test_each_stream_error_in_both_directions(condition: StreamErrorCondition) -> None:
    world, wire = established()
    content = "other.example:5222" if condition is StreamErrorCondition.SEE_OTHER_HOST else None
    error = StreamError(condition, "for a reason", "en", content, Element(("urn:example", "why"), {}, ["because"]))
    wire.server.engine.close(world.now, error)
    world.settle()
    received = wire.client.one(StreamErrorReceived)
    assert received.error == error
    assert wire.client.ended is not None
    assert wire.client.ended.reason is EndReason.STREAM_ERROR_RECEIVED
    assert wire.client.ended.clean
    assert wire.server.ended is not None
    assert (wire.server.ended.reason, wire.server.ended.error) == (EndReason.LOCAL_CLOSE, error)


def test_unknown_conditions_are_undefined() -> None:
    solo = established_client()
    solo.feed(f"<stream:error><bad-moon xmlns='{STREAM_ERRORS}'/></stream:error></stream:stream>")
    assert solo.one(StreamErrorReceived).error == StreamError(StreamErrorCondition.UNDEFINED_CONDITION)
    assert solo.sent() == "</stream:stream>"


@pytest.mark.spec("RFC 6120", "4.9.3.19")
@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("[2001:41D0:1:A49b::1]:9222", "2001:41D0:1:A49b::1", 9222),
        ("[2001:db8::9]", "2001:db8::9", None),
        ("192.0.2.1", "192.0.2.1", None),
        ("chat.example.com:5223", "chat.example.com", 5223),
        (" chat.example.com ", "chat.example.com", None),
    ],
)
def test_see_other_host(text: str, host: str, port: int | None) -> None:
    solo = established_client()
    solo.feed(f"<stream:error><see-other-host xmlns='{STREAM_ERRORS}'>{text}</see-other-host></stream:error>")
    other = solo.one(SeeOtherHost)
    assert (other.host, other.port) == (host, port)
    solo.feed("</stream:stream>")
    assert solo.ended.clean


@pytest.mark.parametrize(
    "text", ["", "a b", "host:0", "host:65536", "host:99999999", "[::1", "2001:db8::9", "a/b", "u@h"]
)
def test_see_other_host_that_is_no_host(text: str) -> None:
    solo = established_client()
    solo.feed(f"<stream:error><see-other-host xmlns='{STREAM_ERRORS}'>{text}</see-other-host></stream:error>")
    assert not [event for event in solo.events if isinstance(event, SeeOtherHost)]
    assert solo.one(StreamErrorReceived)


def test_a_stream_error_during_negotiation() -> None:
    from tests.stream.streams import HEADER

    solo = Solo(client_config())
    solo.feed(HEADER + f"<stream:error><system-shutdown xmlns='{STREAM_ERRORS}'/></stream:error></stream:stream>")
    assert solo.ended.reason is EndReason.STREAM_ERROR_RECEIVED
    assert solo.ended.error is not None
    assert solo.ended.error.condition is StreamErrorCondition.SYSTEM_SHUTDOWN


# --- closing --------------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6120", "4.4")
def test_what_comes_behind_our_closing_tag_is_still_delivered() -> None:
    solo = established_client()
    solo.engine.close(0)
    solo.engine.close(0)
    assert solo.sent() == "</stream:stream>"
    assert solo.engine.phase is Phase.CLOSING
    solo.feed("<message from='a@b'><body>wait</body></message>", "<iq type='get' id='1'/>", "<foo xmlns='bar'/>")
    assert solo.one(Message).body == "wait"
    assert solo.sent() == ""
    solo.feed("</stream:stream>")
    assert (solo.ended.reason, solo.ended.clean) == (EndReason.LOCAL_CLOSE, True)


def test_the_peer_closes_first() -> None:
    solo = established_server()
    solo.feed(f"<message to='{ROMEO}'/></stream:stream>")
    assert [type(event) for event in solo.events[:2]] == [Message, PeerClosed]
    assert solo.sent() == "</stream:stream>"
    assert (solo.ended.reason, solo.ended.clean) == (EndReason.PEER_CLOSE, True)
    solo.engine.close(0)
    solo.feed("more")
    assert solo.sent() == ""


def test_both_close_at_once() -> None:
    world, wire = established()
    wire.client.engine.close(world.now)
    wire.server.engine.close(world.now)
    world.settle()
    for end in (wire.client, wire.server):
        assert end.ended is not None
        assert end.ended.clean
        assert end.sent.endswith(b"</stream:stream>")


def test_a_peer_that_never_answers_the_closing_tag() -> None:
    solo = established_client()
    solo.engine.close(0)
    solo.wait(4.9)
    assert solo.engine.phase is Phase.CLOSING
    solo.wait(0.2)
    assert (solo.ended.reason, solo.ended.clean) == (EndReason.LOCAL_CLOSE, False)
    assert solo.engine.next_timeout() is None


def test_garbage_or_the_end_of_file_behind_our_closing_tag() -> None:
    for rest in (b"<<<>", b""):
        solo = established_client()
        solo.engine.close(0)
        solo.engine.receive_data(rest, 0)
        solo.pull()
        assert (solo.ended.reason, solo.ended.clean) == (EndReason.LOCAL_CLOSE, False)
        assert solo.sent() == "</stream:stream>"


@pytest.mark.parametrize("tail", ["", "<mess", "<message><body>half", " "])
def test_the_transport_ends_without_a_word(tail: str) -> None:
    solo = established_client()
    solo.feed("<message from='a@b'/>" + tail)
    solo.end_of_file()
    assert isinstance(solo.events[0], Message)
    assert (solo.ended.reason, solo.ended.clean) == (EndReason.CONNECTION_LOST, False)
    assert solo.sent() == ""


def test_close_before_anything_was_sent() -> None:
    from xmppwire.stream import Connection

    engine = Connection(client_config())
    with pytest.raises(LocalProtocolError):
        engine.receive_data(b"x", 0)
    engine.close(0)
    ended = engine.next_event(0)
    assert isinstance(ended, StreamEnded)
    assert ended.reason is EndReason.LOCAL_CLOSE
    assert engine.phase is Phase.CLOSED
    assert engine.data_to_send() == b""


def test_a_stream_error_behind_our_closing_tag_is_reported() -> None:
    solo = established_client()
    solo.engine.close(0)
    solo.feed(f"<stream:error><reset xmlns='{STREAM_ERRORS}'/></stream:error></stream:stream>")
    assert solo.one(StreamErrorReceived).error.condition is StreamErrorCondition.RESET
    assert (solo.ended.reason, solo.ended.clean) == (EndReason.LOCAL_CLOSE, True)


# --- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6120", "4.6.1")
def test_whitespace_keeps_the_path_open() -> None:
    solo = established_client(keepalive=30)
    solo.wait(29)
    assert solo.sent() == ""
    solo.wait(2)
    assert solo.sent() == " "
    solo.engine.send(Presence(), solo.now)
    solo.sent()
    solo.wait(29)
    assert solo.sent() == ""
    solo.wait(2)
    assert solo.sent() == " "
    assert established_client(keepalive=None).engine.next_timeout() is None


def test_no_keepalive_during_negotiation() -> None:
    solo = Solo(client_config(keepalive=1))
    solo.sent()
    solo.wait(50)
    assert solo.sent() == ""


def test_waiting_output_is_keepalive_enough() -> None:
    solo = established_client(keepalive=10)
    solo.engine.send(Presence(), 0)
    solo.wait(100)
    assert solo.sent() == "<presence/>"


@pytest.mark.parametrize("role", ["client", "server"])
def test_the_handshake_deadline(role: str) -> None:
    solo = Solo(client_config() if role == "client" else server_config())
    solo.wait(59.9)
    assert solo.engine.phase is Phase.NEGOTIATING
    solo.wait(0.2)
    assert solo.error == "connection-timeout"
    assert solo.ended.reason is EndReason.STREAM_ERROR_SENT


def test_the_idle_deadline() -> None:
    solo = established_server(idle_timeout=100)
    solo.wait(90)
    solo.feed(" ")
    solo.wait(99)
    assert solo.engine.phase is Phase.ESTABLISHED
    solo.wait(2)
    assert solo.error == "connection-timeout"


def test_a_deadline_is_held_against_the_time_of_arrival() -> None:
    """What came in time is in time, whenever it is pulled; what came late is late, even if nobody called the timer."""
    solo = established_server(idle_timeout=100)
    solo.engine.receive_data(b"<presence/>", 99)
    solo.engine.handle_timeout(150)
    solo.now = 150
    solo.pull()
    assert [type(event) for event in solo.events] == [Presence]
    solo.engine.receive_data(b"<presence/>", 250)
    solo.pull()
    assert solo.error == "connection-timeout"
    assert len([event for event in solo.events if isinstance(event, Presence)]) == 1


def test_spurious_timeouts_do_no_harm() -> None:
    solo = established_client()
    for _ in range(10):
        solo.engine.handle_timeout(5)
        assert solo.pull().name == "NEED_DATA"
    assert solo.sent() == ""
    assert solo.events == []


def test_plaintext_pair_for_loopback() -> None:
    world, wire = established(client_config(**plain()), server_config(offer_tls=False, **plain()))
    assert wire.client.engine.phase is wire.server.engine.phase is Phase.ESTABLISHED
    assert world.next_timeout() is not None
