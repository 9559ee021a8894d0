"""A recorded run gives the same bytes again; a blanked one the same events from the end of the login on."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from tests.pair import CUTS, End, Wire, World, seeded
from tests.stream.streams import CLIENT_HEADER, PASSWORD, SASL, client_config, obliging_server, plain, server_config
from tests.trace.replaying import Recorded, assert_replays
from xmppwire.im.ping import ping
from xmppwire.jid import JID
from xmppwire.localserver import LocalServer
from xmppwire.sasl import ChannelBinding, KeyRequest
from xmppwire.session import Session
from xmppwire.stanza import Iq, Message, Presence
from xmppwire.stream import (
    Authenticated,
    AuthenticationFailed,
    AuthorizationRequested,
    ClientConfig,
    Connection,
    CredentialsRequested,
    Established,
    Event,
    KeyDerivationRequested,
    Limits,
    LocalProtocolError,
    Phase,
    Question,
    ServerConfig,
    Signal,
    StreamError,
    StreamErrorCondition,
    StreamManagement,
    TLSInfo,
)
from xmppwire.stream.features import DEFAULT_FEATURES, LegacySession
from xmppwire.trace import TraceError, record, record_connection, replay
from xmppwire.xml import Element

PING = Element(("urn:xmpp:ping", "ping"))
SCRAMS = [f"SCRAM-SHA-{size}{plus}" for size in (1, 256, 512) for plus in ("", "-PLUS")]


def run(
    client: ClientConfig | None = None,
    server: ServerConfig | None = None,
    *,
    cut: str = "whole",
    on_server: Callable[[End, Event], None] = obliging_server,
    script: Callable[[World, Wire], None] | None = None,
) -> tuple[Recorded, Recorded, Wire]:
    """A session of two recorded engines: login, what the script does, an orderly close."""
    recorded = Recorded(client or client_config()), Recorded(server or server_config(elements=[("urn:a", "x")]))
    world = World()
    wire = world.join(recorded[0].engine, recorded[1].engine, cut=CUTS[cut](), start=False)
    wire.server.on_event = on_server
    wire.client.engine.start(world.now)
    wire.server.engine.start(world.now)
    world.settle()
    (script or talk)(world, wire)
    wire.client.engine.close(world.now)
    world.advance(10)
    return (*recorded, wire)


def talk(world: World, wire: Wire) -> None:
    if wire.client.engine.phase is not Phase.ESTABLISHED:
        return
    romeo = JID("romeo@montague.lit/orchard")
    world.now += 0.25
    wire.client.engine.send(
        Message(to=romeo, body="Wherefore art thou <Romeo> & co?", subject="“balcony”\r\n\t"), world.now
    )
    wire.client.engine.send(Presence(status="ßtatus", priority=-1), world.now)
    wire.client.engine.send(Iq.get(PING), world.now)  # the engine gives it an id, from its random source
    wire.server.engine.send(Message(sender=romeo, to=JID("juliet@capulet.lit/balcony"), body="here"), world.now)
    wire.client.engine.send(Element(("urn:a", "x"), {"{urn:a}b": "c", "{urn:d}e": "f"}, [PING]), world.now)
    wire.client.engine.send(Element(("urn:a", "x"), {"{urn:a}b": "c"}, [PING], {"p": "urn:a"}), world.now)
    wire.client.engine.send(Message(body="x").with_(Element(("urn:a", "x"), {"{urn:d}e": "p:f"})), world.now)
    wire.client.engine.send(Iq.error_reply(Iq.get(PING).replace(id="9"), "bad-request"), world.now)
    wire.client.engine.send(Element(("jabber:client", "message"), {"to": "a.example"}, [PING]), world.now)
    world.settle()
    world.advance(130)  # keepalives of both


def assert_session(client: Recorded, server: Recorded, wire: Wire) -> None:
    """Both ends established a session, and both traces of both replay."""
    assert wire.client.of(Established)
    for recorded, end in ((client, wire.client), (server, wire.server)):
        exact = recorded.assert_replays()
        assert exact.exact
        assert exact.output == bytes(end.sent)
        assert len(exact.events) == len(end.events)
        blanked = assert_replays(recorded.blanked)
        assert not blanked.exact
        # From the end of the login on, all events come again.
        index = next(i for i, event in enumerate(end.events) if isinstance(event, Authenticated))
        again = next(i for i, event in enumerate(blanked.events) if isinstance(event, Authenticated))
        assert [type(e) for e in blanked.events[again:]] == [type(e) for e in end.events[index:]]
        assert blanked.compared > len(end.events) - index


@pytest.mark.parametrize("cut", CUTS)
def test_a_session_replays_however_it_was_cut(cut: str) -> None:
    assert_session(*run(cut=cut))


@pytest.mark.parametrize("mechanism", [*SCRAMS, "PLAIN"])
def test_each_mechanism_with_a_password(mechanism: str) -> None:
    assert_session(*run(client_config(mechanisms=[mechanism])))


def test_direct_tls() -> None:
    assert_session(*run(client_config(direct_tls=True), server_config(direct_tls=True)))


def test_no_tls() -> None:
    assert_session(*run(client_config(**plain()), server_config(**plain(offer_tls=False))))


def test_anonymous() -> None:
    config = client_config(jid=JID("capulet.lit"), password=None, anonymous=True)
    assert_session(*run(config, server_config(mechanisms=["ANONYMOUS"])))


def test_bearer_token() -> None:
    client, server, wire = run(
        client_config(password=None, token="good-token"), server_config(mechanisms=["OAUTHBEARER"])
    )
    assert_session(client, server, wire)
    assert "good-token" not in "".join(client.blanked + server.blanked)


def test_client_certificate() -> None:
    recorded = Recorded(client_config(password=None, external=True)), Recorded(server_config(mechanisms=["EXTERNAL"]))
    world = World()
    world.server_tls = TLSInfo("TLSv1.3", peer_certificate=b"\x30\x03der", peer_names=("juliet@capulet.lit",))
    wire = world.join(recorded[0].engine, recorded[1].engine)
    wire.server.on_event = obliging_server
    world.settle()
    wire.client.engine.close(world.now)
    world.settle()
    assert_session(*recorded, wire)


def test_kept_keys() -> None:
    keys = KeyRequest("sha256", PASSWORD, b"saltsaltsaltsalt", 4096).derive()
    client, server, wire = run(client_config(password=None, keys=[keys]))
    assert wire.client.one(Authenticated).mechanism == "SCRAM-SHA-256-PLUS"
    assert_session(client, server, wire)


def test_known_bindings_do_not_stop_the_stand_in() -> None:
    config = client_config(known_bindings=frozenset({"tls-exporter"}), known_mechanisms=frozenset({"SCRAM-SHA-1-PLUS"}))
    assert_session(*run(config))


def test_a_key_derivation_outside_the_engine() -> None:
    limits = Limits(derive_inline=1000)
    client, server, wire = run(client_config(limits=limits))
    assert wire.client.of(KeyDerivationRequested)
    assert_session(client, server, wire)


def test_a_key_derivation_that_the_stand_in_does_not_need() -> None:
    """The recorded login took many iterations, the one of the replay does not: the question is passed over."""
    limits = Limits(derive_inline=4096)

    def slow_server(end: End, event: Event) -> None:
        if isinstance(event, CredentialsRequested):
            keys = KeyRequest(event.hash, PASSWORD, b"another salt", 5000).derive()
            end.engine.answer(event, keys.credentials(), end.world.now)
        else:
            obliging_server(end, event)

    client, server, wire = run(client_config(limits=limits), on_server=slow_server)
    assert wire.client.of(KeyDerivationRequested)
    client.assert_replays()
    server.assert_replays()
    assert not any(isinstance(event, KeyDerivationRequested) for event in replay(client.blanked).events)


def test_another_mechanism_after_a_failure() -> None:
    """The server finds no SHA-512 keys; the client tries on until it is let in."""

    def on_server(end: End, event: Event) -> None:
        if isinstance(event, CredentialsRequested) and event.hash == "sha512":
            end.engine.answer(event, None, end.world.now)
        else:
            obliging_server(end, event)

    client, server, wire = run(on_server=on_server)
    assert wire.client.of(AuthenticationFailed)
    assert_session(client, server, wire)


def test_a_refusal() -> None:
    refused = []

    def on_server(end: End, event: Event) -> None:
        if isinstance(event, CredentialsRequested) and not refused:
            refused.append(event)
            end.engine.refuse(event, "temporary-auth-failure", end.world.now, "later")
        else:
            obliging_server(end, event)

    client, server, _ = run(on_server=on_server)
    assert refused
    for recorded in (client, server):
        recorded.assert_replays()
        assert_replays(recorded.blanked)


class Hand:
    """A server alone in TLS, against a client that is written by hand."""

    def __init__(self, **fields: Any) -> None:
        self.recorded = Recorded(server_config(direct_tls=True, **fields))
        self.engine = self.recorded.engine
        self.now = 0.0
        self.engine.start(self.now)
        self.engine.next_event(self.now)
        self.engine.tls_established(TLSInfo("TLSv1.3", None, (ChannelBinding("tls-unique", b"x"),)), self.now)
        self.feed(CLIENT_HEADER)

    def feed(self, *pieces: str) -> None:
        for piece in pieces:
            self.engine.receive_data(piece.encode(), self.now)
            while not isinstance(event := self.engine.next_event(self.now), Signal):
                if isinstance(event, Question):
                    obliging_server(self, event)  # type: ignore[arg-type]
        self.engine.data_to_send()

    @property
    def world(self) -> Any:
        return self


def auth(mechanism: str, message: bytes | None = None) -> str:
    text = "" if message is None else base64.b64encode(message).decode() or "="
    return f"<auth xmlns='{SASL}' mechanism='{mechanism}'>{text}</auth>"


@pytest.mark.parametrize(
    "tries",
    [
        [auth("PLAIN", b"juliet")],
        [auth("PLAIN", f"romeo@capulet.lit\0juliet\0{PASSWORD}".encode())],
        [auth("PLAIN", b"\0tybalt\0wrong"), auth("SCRAM-SHA-1", b"nonsense")],
        [auth("SCRAM-SHA-1", b"n,,n=juliet,r=abc"), auth("SCRAM-SHA-1", b"n,,n=juliet,r=abc")],
        [auth("SCRAM-SHA-1", b"n,,n=juliet,r=abc"), f"<abort xmlns='{SASL}'/>"],
        [auth("SCRAM-SHA-1", b"n,,n=juliet,r=abc"), f"<response xmlns='{SASL}'>%%%</response>"],
        [f"<response xmlns='{SASL}'>AAAA</response>", auth("NO-SUCH", b"x")],
        [auth("SCRAM-SHA-256-PLUS", b"p=tls-unique,,n=juliet,r=abc"), f"<response xmlns='{SASL}'>Yz1uLG4=</response>"],
        [auth("PLAIN"), f"<response xmlns='{SASL}'>AGp1bGlldAB3cm9uZw==</response>"],
        [auth("SCRAM-SHA-1"), f"<response xmlns='{SASL}'>bixhPSw=</response>"],
        [auth("OAUTHBEARER", b"n,,\x01auth=Bearer bad\x01\x01"), f"<response xmlns='{SASL}'>AQ==</response>"],
    ],
)
def test_failed_tries_before_the_login_are_repeated_in_kind(tries: list[str]) -> None:
    hand = Hand(mechanisms=("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1", "PLAIN", "OAUTHBEARER"))
    hand.feed(*tries)
    message = base64.b64encode(f"\0juliet\0{PASSWORD}".encode()).decode()
    hand.feed(auth("PLAIN"), f"<response xmlns='{SASL}'>{message}</response>")
    hand.feed(
        CLIENT_HEADER, "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "<presence/>"
    )
    assert hand.engine.phase is Phase.ESTABLISHED
    hand.recorded.assert_replays()
    blanked = assert_replays(hand.recorded.blanked)
    assert [event for event in blanked.events if isinstance(event, Presence)]


def test_acting_as_somebody_else() -> None:
    def on_server(end: End, event: Event) -> None:
        if isinstance(event, AuthorizationRequested):
            end.engine.answer(event, True, end.world.now)
        else:
            obliging_server(end, event)

    nurse = JID("nurse@capulet.lit")
    config = client_config(jid=nurse, authcid="juliet", authzid=nurse)
    client, server, wire = run(config, on_server=on_server)
    assert_session(client, server, wire)


def test_a_wrong_password_is_compared_up_to_the_login() -> None:
    client, server, wire = run(client_config(password="wrong"))
    assert not wire.client.of(Authenticated)
    for recorded in (client, server):
        recorded.assert_replays()
        blanked = assert_replays(recorded.blanked)
        assert blanked.compared > 3
    assert "wrong" not in "".join(client.blanked)


def test_faults_and_timers() -> None:
    def script(world: World, wire: Wire) -> None:
        wire.server.inbox.append(b"<message><body>\xff</body></message>")
        world.settle()

    client, server, _ = run(script=script)
    client.assert_replays()
    result = server.assert_replays()
    assert b"unsupported-encoding" in result.output or b"not-well-formed" in result.output
    # A peer that never says anything: the handshake deadline ends the stream.
    alone = Recorded(client_config())
    alone.engine.start(5.0)
    alone.engine.next_event(5.0)
    alone.engine.data_to_send()
    due = alone.engine.next_timeout()
    assert due is not None
    alone.engine.handle_timeout(due)
    while alone.engine.phase is not Phase.CLOSED:
        alone.engine.next_event(due)
    alone.engine.data_to_send()
    assert b"connection-timeout" in alone.assert_replays().output


def test_states_of_clients_and_questions_for_counts() -> None:
    def script(world: World, wire: Wire) -> None:
        assert wire.client.engine.set_active(False, world.now)
        wire.client.engine.ask(world.now)
        world.settle()

    managed = StreamManagement()
    client, server, wire = run(
        client_config(management=managed), server_config(management=managed, client_state=True), script=script
    )
    assert_session(client, server, wire)
    assert b"<inactive" in client.assert_replays().output
    assert wire.client.sent.count(b"<r ") == 1


def test_tls_that_fails_and_a_close_with_an_error() -> None:
    recorded = Recorded(client_config(direct_tls=True))
    recorded.engine.start(0.0)
    recorded.engine.next_event(0.0)
    recorded.engine.tls_failed("certificate has expired", 1.0)
    recorded.engine.next_event(1.0)
    recorded.assert_replays()

    def script(world: World, wire: Wire) -> None:
        error = StreamError(StreamErrorCondition.SYSTEM_SHUTDOWN, "good night", "en", None, Element(("urn:x", "y")))
        wire.server.engine.close(world.now, error)
        world.settle()

    _, server, _ = run(script=script)
    assert b"system-shutdown" in server.assert_replays().output


def test_mistakes_of_the_caller_are_noted_and_passed_over() -> None:
    def script(world: World, wire: Wire) -> None:
        engine = wire.client.engine
        for wrong in (Message(body="\ud800"), Message(body="\x00")):
            with pytest.raises(LocalProtocolError):
                engine.send(wrong, world.now)
        with pytest.raises(LocalProtocolError):
            engine.start(world.now)
        with pytest.raises(LocalProtocolError):
            engine.tls_failed("\udcff", world.now)
        with pytest.raises(LocalProtocolError):
            engine.answer(KeyDerivationRequested(None), None, world.now)  # type: ignore[arg-type]
        engine.send(Message(body="after all"), world.now)
        world.settle()

    client, server, wire = run(script=script)
    assert sum('"raised"' in line for line in client.lines) == 5
    "".join(client.lines).encode("utf-8")
    assert_session(client, server, wire)


def test_a_layer_above_is_recorded_at_its_connection() -> None:
    class Layer:
        def __init__(self, config: ClientConfig) -> None:
            self.connection: Any = Connection(config)

    layer = Layer(client_config())
    lines: list[str] = []
    recorder = record_connection(layer, lines.append, secrets=True, label="a layer")
    assert layer.connection is recorder
    assert recorder.config.jid == JID("juliet@capulet.lit/balcony")
    world = World()
    wire = world.join(layer.connection, Connection(server_config()))
    wire.server.on_event = obliging_server
    world.settle()
    assert recorder.jid == JID("juliet@capulet.lit/balcony")
    assert_replays(lines)
    with pytest.raises(ValueError, match="started already"):
        record_connection(layer, lines.append)


def test_the_secrets_are_in_the_exact_trace_only() -> None:
    client, server, _ = run(client_config(mechanisms=["PLAIN"]))
    exact, blanked = "".join(client.lines + server.lines), "".join(client.blanked + server.blanked)
    secrets = [PASSWORD, "AGp1bGlldABy", "BwcHBwcHBwc"]  # the password, the PLAIN message, the channel binding
    assert all(secret in exact for secret in secrets)
    assert not any(secret in blanked for secret in secrets)


def test_nothing_derived_from_the_password_is_in_a_blanked_trace() -> None:
    client, server, _ = run()
    exact, blanked = client.lines + server.lines, client.blanked + server.blanked
    proof = next(line for line in exact if "<response" in line)
    message = json.loads(proof)["out"].partition(">")[2].partition("<")[0] if '"out"' in proof else ""
    assert len(message) > 40
    assert message in "".join(exact)
    assert message not in "".join(blanked)
    assert sum('{"blank":true}' in line for line in blanked) >= 4


# --- differences are found -------------------------------------------------------------------------------------------


def changed(lines: list[str], find: str, edit: Callable[[dict[str, Any]], None]) -> list[str]:
    """The trace with the first line that contains `find` changed."""
    result = list(lines)
    index = next(i for i, line in enumerate(result) if find in line)
    record_ = json.loads(result[index])
    edit(record_)
    result[index] = json.dumps(record_)
    return result


@pytest.fixture(scope="module")
def session() -> tuple[list[str], list[str]]:
    client, _, _ = run()
    return client.lines, client.blanked


def put(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def edit(line: dict[str, Any]) -> None:
        line[key] = value

    return edit


def test_a_changed_output_is_found(session: tuple[list[str], list[str]]) -> None:
    for lines in session:
        differences = replay(changed(lines, '"out":"<message', put("out", "<presence/>"))).differences
        assert [difference.what for difference in differences] == ["output"]
        assert "<presence/>" in str(differences[0])


def test_a_changed_input_is_found(session: tuple[list[str], list[str]]) -> None:
    for lines in session:
        differences = replay(
            changed(lines, '"in":"<message', put("in", "<message><body>there</body></message>"))
        ).differences
        assert differences
        assert differences[0].what == "event"


def test_a_changed_draw_is_found(session: tuple[list[str], list[str]]) -> None:
    def shorten(line: dict[str, Any]) -> None:
        line["random"] = ["AAAA"]

    assert "random draws" in [d.what for d in replay(changed(session[0], '"random"', shorten)).differences]
    # In a blanked trace too, behind the login.
    index = next(i for i, line in enumerate(session[1]) if "Authenticated" in line)
    lines = session[1][:index] + changed(session[1][index:], '"random"', shorten)
    assert {"random draws", "output"} <= {d.what for d in replay(lines).differences}


def test_a_changed_phase_is_found(session: tuple[list[str], list[str]]) -> None:
    differences = replay(changed(session[0], '"phase":"established"', put("phase", "closed"))).differences
    assert [(d.what, d.recorded, d.replayed) for d in differences] == [("phase", "closed", "established")]


def test_a_call_that_raises_in_the_replay_is_found(session: tuple[list[str], list[str]]) -> None:
    lines = [*session[0][:3], session[0][1], *session[0][3:]]  # start() twice
    (difference,) = replay(lines).differences
    assert (difference.line, difference.what) == (4, "call")


def test_an_answer_without_its_question_is_found() -> None:
    _, server, _ = run(client_config(limits=Limits(derive_inline=100)))
    lines = changed(server.lines, '"call":"answer"', put("question", 77))
    assert "question" in [d.what for d in replay(lines).differences]


def test_a_replay_stops_when_enough_is_different(session: tuple[list[str], list[str]]) -> None:
    lines = [line for line in session[0] if '"receive_data"' not in line]
    assert 0 < len(replay(lines).differences) <= 21


def test_another_config_behaves_differently(session: tuple[list[str], list[str]]) -> None:
    config = replace(client_config(), lang="de", random=seeded(9))
    result = replay(session[0], config=config)
    assert result.differences[0].what == "output"
    assert "xml:lang='de'" in str(result.differences[0].replayed)


# --- what is no trace ------------------------------------------------------------------------------------------------

GOOD = '{"xmppwire-trace":1,"role":"client","secrets":true,"config":{"class":"ClientConfig","jid":{"jid":"a@b"}}}'


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["not JSON"],
        ["[]"],
        ["{}"],
        ['{"xmppwire-trace":2}'],
        ['{"xmppwire-trace":1}'],
        ['{"xmppwire-trace":1,"config":{"class":"TLSInfo","version":"x"}}'],
        ['{"xmppwire-trace":1,"config":{"object":"Something"}}'],
        ['{"xmppwire-trace":1,"config":{"class":"ClientConfig","jid":{"jid":"@@"}}}'],
        ['{"xmppwire-trace":1,"config":{"class":"ClientConfig","jid":{"jid":"a@b"},"colour":"red"}}'],
        ['{"xmppwire-trace":1,"config":{"class":"ClientConfig"}}'],
        [GOOD, '{"call":"start"}'],
        [GOOD, '{"call":"dance","at":1}'],
        [GOOD, '{"call":"start","at":1,"random":["§"]}'],
        [GOOD, '{"call":"start","at":1,"random":7}'],
        [GOOD, '{"call":"start","at":1}', '{"call":"receive_data","at":1,"in":{"bytes":"§"}}'],
        [GOOD, '{"call":"start","at":1}', '{"call":"receive_data","at":1,"in":7}'],
        [GOOD, '{"call":"start","at":1}', '{"call":"send","at":1,"item":{"xml":"<a>"}}'],
        [GOOD, '{"call":"start","at":1}', '{"call":"send","at":1,"item":{"stanza":"Message","xml":"<a/>"}}'],
        [GOOD, '{"call":"start","at":1}', '{"call":"close","at":1,"error":{"enum":["StreamErrorCondition","NONE"]}}'],
    ],
)
def test_what_is_no_trace_is_refused(lines: list[str]) -> None:
    with pytest.raises(TraceError):
        replay(lines)


class OwnFeature(LegacySession):
    """Says something more."""

    name: ClassVar[str] = "own"
    requires: ClassVar[frozenset[str]] = frozenset()
    element: ClassVar[tuple[str, str]] = ("urn:example:own", "own")

    def advertise(self, stream: Any) -> list[Element]:
        return [Element(self.element)]


def test_features_of_ones_own_are_given_again() -> None:
    config = server_config(features=(OwnFeature(), *DEFAULT_FEATURES), **plain())
    lines: list[str] = []
    engine = record(config, lines.append, secrets=True)
    engine.start(0.0)
    engine.receive_data(CLIENT_HEADER.encode(), 0.0)
    engine.next_event(0.0)
    engine.next_event(0.0)
    assert b"urn:example:own" in engine.data_to_send()
    with pytest.raises(TraceError, match="OwnFeature"):
        replay(lines)
    assert replay(lines, features=[OwnFeature()]).equal
    assert b"urn:example:own" in assert_replays(lines, config=config).output


def test_a_line_of_a_trace_is_one_line_for_everybody() -> None:
    client, _, _ = run(
        script=lambda world, wire: wire.client.engine.send(Message(body="a\x85b\u2028c\u2029d"), world.now)
    )
    client.assert_replays()
    assert "\n".join(client.lines).splitlines() == client.lines


def test_a_session_and_a_link_of_the_local_server_are_recorded_below() -> None:
    server = LocalServer(("localhost",), {"juliet": "pw"}, random=seeded(3))
    session = Session(ClientConfig(jid=JID("juliet@localhost"), password="pw", random=seeded(4)))
    world = World(server)
    link = server.accept(world.now)
    lines: tuple[list[str], list[str]] = ([], [])
    record_connection(session, lines[0].append)
    record_connection(link, lines[1].append, secrets=True)
    wire = world.join(session, link)
    wire.server.lazy = False
    world.settle()
    pinged = session.run(ping("localhost"), world.now)
    session.send(Presence(), world.now)
    world.settle()
    assert pinged.done
    session.close(world.now)
    world.settle()
    assert_replays(lines[0])
    result = replay(lines[1], features=link.connection.config.features or ())
    assert result.equal, result.differences[0]
    assert result.exact


def test_tls_facts_come_back() -> None:
    """Certificates are public and stay; the data of channel bindings does not."""
    info = TLSInfo(
        "TLSv1.2", "X", (ChannelBinding("tls-unique", b"secret-data"),), b"cert", ("a@b",), 99.5, "xmpp-client", "b"
    )
    recorded = Recorded(client_config(direct_tls=True))
    recorded.engine.start(0.0)
    recorded.engine.next_event(0.0)
    recorded.engine.tls_established(info, 1.0)
    recorded.engine.next_event(1.0)
    recorded.engine.data_to_send()
    recorded.assert_replays()
    assert "Y2VydA==" in "".join(recorded.blanked)
    assert "c2VjcmV0" not in "".join(recorded.blanked)
