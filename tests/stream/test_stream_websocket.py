"""Streams over WebSocket (RFC 7395): the engine's half, where one call is one message."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from tests.pair import End, Wire, World, seeded
from tests.stream.streams import (
    JULIET,
    client_config,
    obliging_server,
    pair,
    plain,
    server_config,
)
from xmppwire.stanza import Iq, Message, Presence
from xmppwire.stream import (
    SASL2,
    Authenticated,
    ClientStateChanged,
    ComponentConfig,
    Connection,
    EndReason,
    Established,
    Event,
    FeaturesReceived,
    Framing,
    LocalProtocolError,
    Phase,
    Resumed,
    ResumeRequested,
    S2SOutgoingConfig,
    SASL2Offer,
    SeeOtherURI,
    Signal,
    StreamEnded,
    StreamErrorCondition,
    StreamErrorSent,
    StreamManagement,
    StreamOpened,
    StreamSuspended,
)
from xmppwire.stream.limits import Limits
from xmppwire.xml import Element, XMLLimits

FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"
OPEN = f"<open xmlns='{FRAMING}' to='capulet.lit' version='1.0'/>"
CLOSE = f"<close xmlns='{FRAMING}'/>"
WS: dict[str, Any] = {"framing": Framing.WEBSOCKET}
WSS: dict[str, Any] = {"framing": Framing.WEBSOCKET, "direct_tls": True}


def joined(
    client: dict[str, Any] | None = None, server: dict[str, Any] | None = None, world: World | None = None
) -> tuple[World, Wire]:
    """A client and a server over wss, logged in."""
    world, wire = pair(
        client_config(**{**WSS, **(client or {})}), server_config(**{**WSS, **(server or {})}), world=world
    )
    world.settle()
    assert any(isinstance(event, Established | Resumed) for event in wire.client.events), wire.client.events
    return world, wire


class Log:
    """The messages of a pair, in the order in which they were written."""

    def __init__(self, wire: Wire) -> None:
        self.lines: list[tuple[str, str]] = []
        for name, end in (("C", wire.client), ("S", wire.server)):
            take = end.engine.data_to_send
            end.engine = Tapped(end.engine, lambda data, name=name: self.lines.append((name, data.decode())), take)


class Tapped:
    def __init__(self, engine: Any, note: Any, take: Any) -> None:
        self._engine, self._note, self._take = engine, note, take

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def data_to_send(self) -> bytes:
        data: bytes = self._take()
        if data:
            self._note(data)
        return data


class Server:
    """A server's engine alone, against messages written by hand."""

    def __init__(self, **changes: Any) -> None:
        self.engine = Connection(server_config(**plain(**WS, **changes)))
        self.engine.start(0.0)
        self.events: list[Event] = []

    def feed(self, *messages: str | bytes) -> list[str]:
        """What is answered, message for message."""
        for message in messages:
            self.engine.receive_data(message.encode() if isinstance(message, str) else message, 0.0)
        while not isinstance(event := self.engine.next_event(0.0), Signal):
            self.events.append(event)
        answers: list[str] = []
        while data := self.engine.data_to_send():
            answers.append(data.decode())
        return answers

    @property
    def condition(self) -> StreamErrorCondition:
        return next(event.error.condition for event in self.events if isinstance(event, StreamErrorSent))


# --- a whole stream --------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 7395", "3.3.3", "3.4", "3.6", "3.7", "3.9")
def test_a_stream_from_open_to_close() -> None:
    config = client_config(**WSS, mechanisms=("SCRAM-SHA-256",))
    world = World()
    wire = world.join(Connection(config), Connection(server_config(**WSS, mechanisms=("SCRAM-SHA-256",))), start=False)
    wire.server.on_event = obliging_server
    log = Log(wire)
    wire.client.engine.start(world.now)
    wire.server.engine.start(world.now)
    world.settle()
    assert wire.client.one(Established).jid == JULIET
    wire.client.engine.send(Message(to=JULIET.bare, body="<Art> thou & not"), world.now)
    wire.server.engine.send(Presence(sender=JULIET), world.now)
    world.settle()
    wire.client.engine.close(world.now)
    world.settle()

    who = [(name, re.match(r"<([a-z:]+)", text)[1]) for name, text in log.lines]  # type: ignore[index]
    assert who == [
        ("C", "open"),
        ("S", "open"),
        ("S", "stream:features"),
        ("C", "auth"),
        ("S", "challenge"),
        ("C", "response"),
        ("S", "success"),
        ("C", "open"),
        ("S", "open"),
        ("S", "stream:features"),
        ("C", "iq"),
        ("S", "iq"),
        ("C", "message"),
        ("S", "presence"),
        ("C", "close"),
        ("S", "close"),
    ]
    assert log.lines[0][1] == (
        f"<open xmlns='{FRAMING}' from='juliet@capulet.lit' to='capulet.lit' version='1.0' xml:lang='en'/>"
    )
    assert log.lines[2][1].startswith("<stream:features xmlns:stream='http://etherx.jabber.org/streams'>")
    assert log.lines[-4][1].startswith("<message xmlns='jabber:client' to=")
    assert log.lines[-2:] == [("C", CLOSE), ("S", CLOSE)]
    assert not any("xmpp-tls" in text or "<?xml" in text for _, text in log.lines)
    assert wire.server.one(Message).body == "<Art> thou & not"
    assert wire.client.one(Presence).sender == JULIET
    for end in (wire.client, wire.server):
        assert end.ended is not None and end.ended.clean


@pytest.mark.spec("RFC 7395", "3.9")
def test_a_tls_feature_is_ignored() -> None:
    engine = Connection(client_config(**plain(**WS)))
    engine.start(0.0)
    assert engine.data_to_send().startswith(b"<open ")
    for message in (
        f"<open xmlns='{FRAMING}' from='capulet.lit' id='1' version='1.0'/>",
        "<features xmlns='http://etherx.jabber.org/streams'><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/>"
        "</starttls><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></features>",
    ):
        engine.receive_data(message.encode(), 0.0)
    events = []
    while not isinstance(event := engine.next_event(0.0), Signal):
        events.append(event)
    assert any(isinstance(event, FeaturesReceived) for event in events)
    assert engine.data_to_send().startswith(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'")


def test_without_tls_nothing_secret_is_shown_unless_allowed() -> None:
    server = server_config(**WS, require_tls=False, mechanisms=("PLAIN",))
    world, wire = pair(client_config(**WS, require_tls=False), server)
    world.settle()
    assert wire.client.ended is not None and wire.client.ended.reason is EndReason.NEGOTIATION_FAILED


def test_sasl2_binds_and_sends_along() -> None:
    offer = SASL2Offer()
    _, wire = joined({"jid": JULIET.bare, "sasl2": SASL2()}, {"sasl2": offer})
    assert len(wire.client.of(StreamOpened)) == 1  # no restart
    assert wire.client.one(Established).jid.bare == JULIET.bare


@pytest.mark.spec("RFC 7395", "3.8")
def test_keepalives_are_no_white_space() -> None:
    world, wire = joined({"keepalive": 20.0}, {"idle_timeout": 60.0, "keepalive": None})
    log = Log(wire)
    world.advance(300)
    assert {text for name, text in log.lines if name == "C"} == {" "}  # for whoever carries it: a ping
    assert wire.client.engine.phase is wire.server.engine.phase is Phase.ESTABLISHED


@pytest.mark.spec("RFC 7395", "3.8")
def test_a_managed_stream_asks_in_place_of_a_blank() -> None:
    world, wire = joined(
        {"keepalive": 20.0, "management": StreamManagement()}, {"management": StreamManagement(), "keepalive": None}
    )
    log = Log(wire)
    world.advance(50)
    assert log.lines == [
        (who, f"<{text} xmlns='urn:xmpp:sm:3'{rest}/>")
        for who, text, rest in (("C", "r", ""), ("S", "a", " h='0'")) * 2
    ]


@pytest.mark.spec("RFC 7395", "3.10")
@pytest.mark.spec("XEP-0198", "5")
def test_a_stream_is_resumed_and_stanzas_sent_again() -> None:
    management = StreamManagement(epoch=0.0)
    kept: list[Any] = []

    def answering(end: End, event: Event) -> None:
        if isinstance(event, ResumeRequested):
            end.engine.answer(event, kept[0], end.world.now)
        else:
            obliging_server(end, event)

    world, wire = joined({"management": management}, {"management": management})
    wire.client.engine.send(Message(to=JULIET.bare, body="lost on the way"), world.now)
    wire.cut_off()
    world.settle()
    kept.append(wire.server.one(StreamSuspended).resumption)
    state = wire.client.one(StreamSuspended).resumption
    again = world.join(
        Connection(client_config(**WSS, management=management, resume=state)),
        Connection(server_config(**WSS, management=management)),
    )
    again.server.on_event = answering
    world.settle()
    assert again.client.one(Resumed).jid == JULIET
    assert [message.body for message in again.server.of(Message)] == ["lost on the way"]


def test_iqs_get_ids_and_elements_of_extensions_their_namespaces() -> None:
    world, wire = joined(None, {"elements": {("urn:example:own", "nonza")}})
    wire.client.engine.send(Iq.get(Element(("urn:example:own", "query"))), world.now)
    wire.client.engine.send(Element(("urn:example:own", "nonza"), {}, [Element(("", "inner"))]), world.now)
    world.settle()
    assert wire.server.one(Iq).id
    found = [event for event in wire.server.events if isinstance(event, Element)]
    assert [(element.name, [child.name for child in element.elements()]) for element in found] == [
        (("urn:example:own", "nonza"), [("", "inner")])
    ]


def test_client_states_are_messages_too() -> None:
    world, wire = joined(None, {"client_state": True})
    assert wire.client.engine.set_active(False, world.now)
    world.settle()
    assert wire.server.one(ClientStateChanged).active is False


def test_output_is_counted_in_bytes() -> None:
    world, wire = joined()
    engine = wire.client.engine
    for _ in range(3):
        engine.send(Message(to=JULIET, body="x"), world.now)
    size = engine.output_size
    first = engine.data_to_send()
    assert size == 3 * len(first) and engine.output_size == 2 * len(first)


# --- what ends a stream ----------------------------------------------------------------------------------------------


def test_an_error_is_three_messages() -> None:
    server = Server()
    answers = server.feed("<message xmlns='jabber:client'/>")
    assert [re.match(r"<([a-z:]+)", text)[1] for text in answers] == ["open", "stream:error", "close"]  # type: ignore[index]
    assert "xmlns:stream='http://etherx.jabber.org/streams'" in answers[1]


BAD = {
    "two elements": ("<r xmlns='urn:xmpp:sm:3'/><r xmlns='urn:xmpp:sm:3'/>", "not-well-formed"),
    "half an element": ("<message xmlns='jabber:client'>", "not-well-formed"),
    "half a tag": ("<message xmlns='jabber:client'", "not-well-formed"),
    "one and a half": ("<r xmlns='urn:xmpp:sm:3'/><message xmlns='jabber:client'>", "not-well-formed"),
    "an element and text": ("<r xmlns='urn:xmpp:sm:3'/>text", "not-well-formed"),
    "the end of what was never begun": ("</messages>", "not-well-formed"),
    "an element and such an end": ("<r xmlns='urn:xmpp:sm:3'/></messages>", "not-well-formed"),
    "leading blanks": (" <r xmlns='urn:xmpp:sm:3'/>", "bad-format"),
    "two blanks": ("  ", "bad-format"),
    "text": ("GET / HTTP/1.1", "bad-format"),
    "a byte order mark": (b"\xef\xbb\xbf<r xmlns='urn:xmpp:sm:3'/>", "bad-format"),
    "binary data": (b"\xff<r xmlns='urn:xmpp:sm:3'/>", "bad-format"),
    "an XML declaration": ("<?xml version='1.0'?><r xmlns='urn:xmpp:sm:3'/>", "restricted-xml"),
    "a comment": ("<!-- x --><r xmlns='urn:xmpp:sm:3'/>", "restricted-xml"),
    "a DTD": ("<!DOCTYPE r [<!ENTITY e 'x'>]><r/>", "restricted-xml"),
    "an entity": ("<message xmlns='jabber:client'>&x;</message>", "restricted-xml"),
    "no namespace": ("<message/>", "invalid-namespace"),
    "a prefix of an earlier message": ("<stream:error/>", "not-well-formed"),
    "another open": (OPEN, "bad-format"),
    "another element of framing": (f"<x xmlns='{FRAMING}'/>", "bad-format"),
    "not UTF-8": (b"<message xmlns='jabber:client'>\xe9</message>", "unsupported-encoding"),
    "an over-long one": ("<message xmlns='jabber:client'>" + "x" * 20_000 + "</message>", "policy-violation"),
    "an over-long half": ("<message xmlns='jabber:client'>" + "x" * 20_000, "policy-violation"),
}


@pytest.mark.spec("RFC 7395", "3.3.2", "3.3.3")
@pytest.mark.parametrize("name", BAD)
def test_what_is_not_one_element_ends_the_stream(name: str) -> None:
    message, condition = BAD[name]
    server = Server()
    assert len(server.feed(OPEN)) == 2
    answers = server.feed(message, "<r xmlns='urn:xmpp:sm:3'/>")
    assert server.condition.value == condition
    assert answers[-1] == CLOSE and len(answers) == 2
    assert server.engine.phase is Phase.CLOSING or server.engine.phase is Phase.CLOSED


@pytest.mark.parametrize(
    ("first", "condition"),
    [
        ("<open to='capulet.lit' version='1.0'/>", "invalid-namespace"),
        ("<open xmlns='jabber:client' to='capulet.lit' version='1.0'/>", "invalid-namespace"),
        (
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='capulet.lit'/>",
            "invalid-namespace",
        ),
        (
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='capulet.lit'>",
            "not-well-formed",
        ),
        ("<iq xmlns='jabber:client' type='get' id='1'/>", "bad-format"),
        (f"<open xmlns='{FRAMING}' to='montague.lit' version='1.0'/>", "host-unknown"),
        (f"<open xmlns='{FRAMING}' to='capulet.lit'/>", "unsupported-version"),
    ],
)
@pytest.mark.spec("RFC 7395", "3.3.2", "3.5")
def test_how_a_stream_does_not_begin(first: str, condition: str) -> None:
    server = Server()
    answers = server.feed(first)
    assert server.condition.value == condition
    assert [re.match(r"<([a-z:]+)", text)[1] for text in answers] == ["open", "stream:error", "close"]  # type: ignore[index]


@pytest.mark.parametrize("before", [[], [OPEN]], ids=["first", "later"])
def test_cve_2022_0217_entities_are_not_expanded_over_websocket(before: list[str]) -> None:
    server = Server()
    server.feed(*before)
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
    server.feed(f"<!DOCTYPE open [<!ENTITY e0 'x'>{entities}]>{OPEN.replace('/>', '>&e9;</open>')}")
    assert server.condition is StreamErrorCondition.RESTRICTED_XML
    assert server.engine.output_size == 0


def test_blanks_behind_an_element_do_no_harm() -> None:
    server = Server()
    assert len(server.feed(OPEN + "\r\n")) == 2


def test_everything_in_front_of_the_fault_is_delivered() -> None:
    world, wire = joined()
    for text in ("<message xmlns='jabber:client'><body>1</body></message>", "<message xmlns='jabber:client'>"):
        wire.server.engine.receive_data(text.encode(), world.now)
    world.settle()
    assert [message.body for message in wire.server.of(Message)] == ["1"]
    assert wire.server.one(StreamErrorSent).error.condition is StreamErrorCondition.NOT_WELL_FORMED


def test_limits_at_their_edge() -> None:
    limits = Limits(before_login=XMLLimits(stanza_bytes=200))
    fill = OPEN.replace("/>", " x='{}'/>")
    for extra, good in ((0, True), (1, False)):
        server = Server(limits=limits)
        server.feed(fill.format("x" * (200 - len(fill) + 2 + extra)))
        assert any(isinstance(event, StreamOpened) for event in server.events) is good


def test_after_login_longer_messages_are_taken() -> None:
    world, wire = joined()
    wire.client.engine.send(Message(to=JULIET, body="x" * 100_000), world.now)
    world.settle()
    assert len(wire.server.one(Message).body or "") == 100_000


def test_the_end_of_the_transport_is_the_end() -> None:
    world, wire = joined()
    wire.cut_off()
    world.settle()
    assert wire.client.ended is not None and wire.client.ended.reason is EndReason.CONNECTION_LOST


def test_a_server_may_answer_the_first_open_with_close() -> None:
    engine = Connection(client_config(**plain(**WS)))
    engine.start(0.0)
    engine.receive_data(CLOSE.encode(), 0.0)
    events = []
    while not isinstance(event := engine.next_event(0.0), Signal):
        events.append(event)
    assert isinstance(events[-1], StreamEnded) and events[-1].reason is EndReason.PEER_CLOSE


# --- elsewhere --------------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 7395", "3.6.1")
@pytest.mark.parametrize(
    ("uri", "secure", "followed"),
    [
        ("wss://other.example/ws", True, True),
        ("https://other.example/http-bind", True, True),
        ("wss://other.example:5281", False, True),
        ("ws://other.example/ws", False, True),
        ("ws://other.example/ws", True, False),
        ("http://other.example/http-bind", True, False),
        ("WS://other.example/ws", True, False),
        ("xmpp:other.example", True, False),
        ("wss:///ws", True, False),
        ("wss://other.example:99999/ws", True, False),
        ("wss://[::1", True, False),
        ("", True, False),
    ],
)
def test_another_endpoint_is_told_unless_it_is_less_secure(uri: str, secure: bool, followed: bool) -> None:
    how = WSS if secure else plain(**WS)
    world, wire = pair(client_config(**how), server_config(**how))
    world.settle()
    wire.server.engine.close(world.now, see_other_uri=uri)
    world.settle()
    assert [event.uri for event in wire.client.of(SeeOtherURI)] == ([uri] if followed else [])
    assert wire.client.ended is not None and wire.client.ended.clean


def test_who_may_send_elsewhere() -> None:
    world, wire = joined()
    with pytest.raises(LocalProtocolError, match="only a server"):
        wire.client.engine.close(world.now, see_other_uri="wss://other.example")
    with pytest.raises(LocalProtocolError, match="U\\+0000"):
        wire.server.engine.close(world.now, see_other_uri="wss://\0")
    world2, wire2 = pair()
    world2.settle()
    with pytest.raises(LocalProtocolError, match="over WebSocket"):
        wire2.server.engine.close(world2.now, see_other_uri="wss://other.example")


# --- configs ----------------------------------------------------------------------------------------------------------


def test_tls_is_from_the_first_byte_or_not_at_all() -> None:
    with pytest.raises(ValueError, match="direct_tls"):
        client_config(framing=Framing.WEBSOCKET)
    with pytest.raises(ValueError, match="direct_tls"):
        server_config(framing=Framing.WEBSOCKET)


@pytest.mark.parametrize(
    "make",
    [
        lambda: ComponentConfig(jid=JULIET.bare.domain, secret="s", framing=Framing.WEBSOCKET),
        lambda: S2SOutgoingConfig(local="a.example", remote="b.example", direct_tls=True, framing=Framing.WEBSOCKET),
    ],
)
def test_websocket_is_for_clients(make: Any) -> None:
    with pytest.raises(ValueError, match="clients"):
        make()


def test_the_same_calls_give_the_same_messages() -> None:
    def run() -> tuple[bytes, bytes]:
        _, wire = joined({"random": seeded(5)}, {"random": seeded(6)})
        return bytes(wire.client.sent), bytes(wire.server.sent)

    assert run() == run()


def test_a_login_is_bound_to_the_tls_below() -> None:
    _, wire = joined(None, {"mechanisms": ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")})
    assert wire.client.one(Authenticated).binding == "tls-exporter"


@pytest.mark.parametrize(
    ("client", "flag"),
    [
        ({}, "n,,"),
        ({"known_bindings": frozenset({"tls-exporter"})}, "y,,"),
        ({"known_bindings": frozenset({"tls-unique"})}, "n,,"),
    ],
    ids=["never bound", "bound before", "by a type not at hand"],
)
@pytest.mark.spec("RFC 5802", "6")
def test_the_flag_where_no_binding_is_offered(client: dict[str, Any], flag: str) -> None:
    """ejabberd 24 offers none over WebSocket, and refuses "y" (the bindings of the server's TLS make no difference here)."""
    world, wire = pair(client_config(**WSS, **client), server_config(**WSS, mechanisms=("SCRAM-SHA-256",)))
    log = Log(wire)
    world.settle()
    auth = next(line for who, line in log.lines if who == "C" and line.startswith("<auth "))
    assert base64.b64decode(auth.partition(">")[2].partition("<")[0]).decode().startswith(flag)
    assert wire.client.one(Authenticated).mechanism == "SCRAM-SHA-256"
