"""Streams of components (XEP-0114): the handshake in both roles, and what a component may send."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pair import End, Wire, World, seeded
from tests.stream.streams import Solo
from tests.stream.test_stream_walkthrough import parse
from xmppwire.jid import JID
from xmppwire.protocol.ping import Ping
from xmppwire.stanza import Iq, Message, Presence
from xmppwire.stream import (
    ComponentConfig,
    ComponentRequested,
    ComponentServerConfig,
    Connection,
    EndReason,
    Established,
    Event,
    FeaturesReceived,
    Limits,
    LocalProtocolError,
    Phase,
    StanzaRejected,
    StreamError,
    StreamErrorReceived,
    StreamManagement,
    StreamOpened,
    TLSRequested,
)
from xmppwire.stream.errors import StreamErrorCondition
from xmppwire.xml import Element

PLAYS = JID("plays.shakespeare.lit")
JULIET = JID("juliet@capulet.lit/balcony")
SECRET = "quill and ink"
NS = "jabber:component:accept"
OPEN = f"<stream:stream xmlns='{NS}' xmlns:stream='http://etherx.jabber.org/streams'"
HEADER = f"{OPEN} from='{PLAYS}' id='3BF96D32'>"
COMPONENT_HEADER = f"{OPEN} to='{PLAYS}'>"
DIGEST = "aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e"
"""The example of the standard, whose secret is "test"."""


def component(**changes: Any) -> ComponentConfig:
    return ComponentConfig(**{"jid": PLAYS, "secret": SECRET, "random": seeded(1), **changes})


def server(**changes: Any) -> ComponentServerConfig:
    return ComponentServerConfig(**{"domains": ["music.shakespeare.lit", str(PLAYS)], "random": seeded(2), **changes})


class Gate:
    """Answers the question for the secret; `answer` may be a condition to refuse with, after "!"."""

    def __init__(self, answer: Any = SECRET) -> None:
        self.answer = answer

    def __call__(self, end: Solo | End, event: Event) -> None:
        if isinstance(event, ComponentRequested):
            now = end.now if isinstance(end, Solo) else end.world.now
            if isinstance(self.answer, str) and self.answer.startswith("!"):
                end.engine.refuse(event, self.answer[1:], now, "not today")
            else:
                end.engine.answer(event, self.answer, now)


def pair(answer: Any = SECRET, *, client: Any = None, peer: Any = None) -> tuple[World, Wire]:
    world = World()
    wire = world.join(Connection(client or component()), Connection(peer or server()), start=False)
    wire.server.on_event = Gate(answer)
    wire.client.engine.start(world.now)
    wire.server.engine.start(world.now)
    world.settle()
    return world, wire


def established(**changes: Any) -> Solo:
    """A component that is connected."""
    solo = Solo(component(**changes))
    solo.feed(HEADER, "<handshake/>")
    assert solo.one(Established).jid == PLAYS
    solo.sent()
    solo.events.clear()
    return solo


def asking(answer: Any = SECRET, **changes: Any) -> Solo:
    """A server that waits for a component."""
    solo = Solo(server(**changes))
    solo.on_event = Gate(answer)
    return solo


def serving(**changes: Any) -> Solo:
    """A server whose component is connected."""
    solo = asking(**changes)
    solo.feed(COMPONENT_HEADER)
    other = Solo(component())
    other.sent()
    other.feed(solo.sent())
    solo.feed(other.sent())
    assert solo.one(Established).jid == PLAYS
    assert solo.sent() == "<handshake/>"
    solo.events.clear()
    return solo


# --- the handshake ---------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0114", "3")
def test_the_component_goes_through_every_step() -> None:
    solo = Solo(component(secret="test"))
    ((name, attributes, *_),) = parse(solo.sent())[:1]
    assert name[1] == "stream"
    assert attributes["to"] == str(PLAYS)
    assert not attributes.keys() & {"from", "version", "id"}
    solo.feed(HEADER)
    assert solo.sent() == f"<handshake>{DIGEST}</handshake>"
    assert solo.one(StreamOpened).version == (0, 9)
    solo.feed("<handshake/>")
    assert solo.events[-1] == Established(PLAYS, ())
    assert solo.engine.jid == PLAYS
    solo.engine.close(solo.now)
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.LOCAL_CLOSE
    assert solo.ended.clean


@pytest.mark.spec("XEP-0114", "3")
def test_the_server_goes_through_every_step() -> None:
    solo = asking("test", random=lambda size: bytes(size))
    solo.feed(COMPONENT_HEADER)
    assert solo.one(ComponentRequested).jid == PLAYS
    ((_, attributes, *_),) = parse(solo.sent())[:1]
    assert attributes["from"] == str(PLAYS)
    assert attributes["id"] == "A" * 20
    assert "version" not in attributes
    assert "to" not in attributes
    solo.feed("<handshake>441b948eecb44c94e7906c394a15900c7bc0f6af</handshake>")
    assert solo.events[-1] == Established(PLAYS, ())
    assert solo.sent() == "<handshake/>"
    assert solo.engine.jid == PLAYS
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.PEER_CLOSE


@pytest.mark.spec("XEP-0114", "3")
def test_both_halves_and_stanzas_both_ways() -> None:
    world, wire = pair()
    assert wire.client.one(Established).jid == wire.server.one(Established).jid == PLAYS
    hamlet = JID("hamlet@plays.shakespeare.lit/stage")
    wire.client.engine.send(Message(JULIET, "To be", sender=hamlet, id="m1"), world.now)
    wire.server.engine.send(Message(hamlet, "Or not", sender=JULIET, id="m2"), world.now)
    world.settle()
    (heard,) = wire.server.of(Message)
    assert (heard.sender, heard.to, heard.body) == (hamlet, JULIET, "To be")
    (heard,) = wire.client.of(Message)
    assert (heard.sender, heard.to, heard.body) == (JULIET, hamlet, "Or not")
    wire.client.engine.close(world.now)
    world.settle()
    assert wire.client.ended is not None and wire.client.ended.clean
    assert wire.server.ended is not None and wire.server.ended.reason is EndReason.PEER_CLOSE


@pytest.mark.parametrize("secrets", [["old", SECRET], (SECRET, "new")])
def test_a_secret_can_be_changed_while_components_are_connected(secrets: Any) -> None:
    _, wire = pair(secrets)
    assert wire.server.engine.phase is Phase.ESTABLISHED


@pytest.mark.spec("XEP-0114", "3")
@pytest.mark.parametrize(
    ("answer", "condition"),
    [("another", "not-authorized"), (None, "host-unknown"), ("!conflict", "conflict"), (["a", "b"], "not-authorized")],
)
def test_a_component_that_is_refused_hears_why(answer: Any, condition: str) -> None:
    _, wire = pair(answer)
    assert wire.client.one(StreamErrorReceived).error.condition == condition
    assert wire.client.one(StreamOpened).sender == PLAYS
    assert not wire.client.of(Established)
    assert not wire.server.of(Established)
    assert wire.server.ended is not None and wire.server.ended.reason is EndReason.STREAM_ERROR_SENT


@pytest.mark.spec("XEP-0114", "3")
@pytest.mark.parametrize(
    ("header", "condition"),
    [
        (f"{OPEN} to='unknown.shakespeare.lit'>", "host-unknown"),
        (f"{OPEN} to='hamlet@{PLAYS}'>", "host-unknown"),
        (f"{OPEN}>", "improper-addressing"),
        (f"{OPEN} to='@'>", "improper-addressing"),
        (COMPONENT_HEADER.replace("accept", "connect"), "invalid-namespace"),
        (COMPONENT_HEADER.replace(NS, "jabber:client"), "invalid-namespace"),
    ],
)
def test_a_header_that_leads_nowhere(header: str, condition: str) -> None:
    solo = asking()
    solo.feed(header)
    assert solo.error == condition
    sent = solo.sent()
    assert sent.startswith("<?xml version='1.0'?><stream:stream ")
    assert sent.endswith("</stream:stream>")
    assert not [event for event in solo.events if isinstance(event, ComponentRequested)]


@pytest.mark.spec("XEP-0114", "3")
@pytest.mark.parametrize(
    "element",
    [
        "<handshake/>",
        "<handshake>É</handshake>",
        "<handshake xmlns='jabber:client'>x</handshake>",
        f"<message from='{PLAYS}' to='{JULIET}'/>",
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>",
    ],
)
def test_nothing_goes_before_the_handshake(element: str) -> None:
    solo = asking()
    solo.feed(COMPONENT_HEADER, element)
    assert solo.error == "not-authorized"
    assert solo.ended.reason is EndReason.STREAM_ERROR_SENT


def test_stanzas_behind_the_handshake_wait_for_its_judgement() -> None:
    solo = asking()
    solo.feed(COMPONENT_HEADER, f"<handshake>guess</handshake><message from='{PLAYS}' to='{JULIET}'/>")
    assert solo.error == "not-authorized"
    assert not [event for event in solo.events if isinstance(event, Message)]


@pytest.mark.parametrize(
    ("after", "condition"),
    [
        (HEADER.replace(" id='3BF96D32'", ""), "bad-format"),
        (HEADER + "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "unsupported-stanza-type"),
        (HEADER + f"<message from='{JULIET}' to='{PLAYS}'/>", "unsupported-stanza-type"),
        (HEADER.replace(NS, "jabber:client"), "invalid-namespace"),
    ],
)
def test_a_server_that_does_not_know_components(after: str, condition: str) -> None:
    solo = Solo(component())
    solo.feed(after)
    assert solo.error == condition


def test_features_of_a_server_that_speaks_version_1_are_passed_over() -> None:
    solo = Solo(component())
    solo.feed(HEADER.replace("from", "version='1.0' from"), "<stream:features/>", "<handshake/>")
    solo.one(FeaturesReceived)
    assert solo.engine.phase is Phase.ESTABLISHED


def test_a_refused_component_does_not_show_its_secret() -> None:
    assert SECRET not in repr(component())
    solo = Solo(component())
    solo.feed(HEADER, "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>")
    assert solo.one(StreamErrorReceived).error.condition == "not-authorized"
    assert SECRET not in solo.sent()


@pytest.mark.spec("XEP-0368", "3")
def test_tls_from_the_first_byte() -> None:
    _, wire = pair(client=component(direct_tls=True, require_tls=True), peer=server(direct_tls=True, require_tls=True))
    assert wire.client.one(TLSRequested).server_name == str(PLAYS)
    assert wire.client.one(Established).jid == PLAYS


# --- time and size ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fed", [[], [HEADER]])
def test_a_server_that_is_slow(fed: list[str]) -> None:
    solo = Solo(component())
    solo.feed(*fed)
    solo.wait(61)
    assert solo.error == "connection-timeout"


@pytest.mark.parametrize("fed", [[], [COMPONENT_HEADER]])
def test_a_component_that_is_slow(fed: list[str]) -> None:
    solo = asking()
    solo.feed(*fed)
    solo.wait(61)
    assert solo.error == "connection-timeout"


def test_the_question_ends_with_the_time() -> None:
    solo = Solo(server())
    solo.feed(COMPONENT_HEADER)
    question = solo.one(ComponentRequested)
    solo.wait(61)
    assert solo.error == "connection-timeout"
    with pytest.raises(LocalProtocolError):
        solo.engine.answer(question, SECRET, solo.now)


def test_before_the_handshake_little_is_read_and_then_more() -> None:
    solo = asking()
    solo.feed(COMPONENT_HEADER, f"<handshake>{'a' * 20_000}</handshake>")
    assert solo.error == "policy-violation"
    solo = serving()
    solo.feed(f"<message from='{PLAYS}' to='{JULIET}'><body>{'a' * 100_000}</body></message>")
    assert len(solo.one(Message).body or "") == 100_000
    solo = established()
    solo.feed(f"<message from='{JULIET}' to='{PLAYS}'><body>{'a' * 100_000}</body></message>")
    assert len(solo.one(Message).body or "") == 100_000


def test_a_component_keeps_the_path_open_and_hears_when_it_is_cut() -> None:
    solo = established()
    solo.wait(60)
    assert solo.sent() == " "
    solo.end_of_file()
    assert solo.ended.reason is EndReason.CONNECTION_LOST


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0114", "3")
@pytest.mark.parametrize(
    ("stanza", "condition"),
    [
        (f"<message to='{JULIET}'/>", "improper-addressing"),
        (f"<message from='{PLAYS}'/>", "improper-addressing"),
        ("<presence/>", "improper-addressing"),
        (f"<message from='romeo@capulet.lit' to='{JULIET}'/>", "invalid-from"),
        (f"<message from='{PLAYS}.evil.lit' to='{JULIET}'/>", "invalid-from"),
        (f"<message from='x.{PLAYS}' to='{JULIET}'/>", "invalid-from"),
        ("<message from='music.shakespeare.lit' to='romeo@capulet.lit'/>", "invalid-from"),
        (f"<iq from='capulet.lit' to='{JULIET}' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>", "invalid-from"),
    ],
)
def test_a_component_speaks_for_its_own_domain_only(stanza: str, condition: str) -> None:
    solo = serving()
    solo.feed(stanza)
    assert solo.error == condition
    assert not [event for event in solo.events if isinstance(event, Message | Presence | Iq)]


@pytest.mark.spec("XEP-0114", "3")
@pytest.mark.parametrize(
    "sender", [str(PLAYS), f"hamlet@{PLAYS}", f"hamlet@{PLAYS}/stage", f"{PLAYS}/x", "PLAYS.Shakespeare.lit"]
)
def test_a_component_speaks_for_everybody_in_its_domain(sender: str) -> None:
    solo = serving()
    solo.feed(f"<message from='{sender}' to='{JULIET}'/><presence from='{sender}' to='anybody@anywhere.lit'/>")
    assert solo.one(Message).sender == JID(sender)
    assert solo.one(Presence).to == JID("anybody@anywhere.lit")


@pytest.mark.spec("XEP-0114", "3")
@pytest.mark.parametrize("role", ["component", "server"])
def test_a_stanza_that_cannot_be_read_is_answered_where_somebody_can_be_told(role: str) -> None:
    solo = established() if role == "component" else serving()
    sender, to = (JULIET, PLAYS) if role == "component" else (PLAYS, JULIET)
    solo.feed(f"<iq from='{sender}' to='{to}' type='get' id='i1'/>")
    assert solo.events[-1] == solo.one(StanzaRejected)
    assert solo.one(StanzaRejected).answered
    attributes = parse(solo.sent())[0].attributes
    assert (attributes["from"], attributes["to"], attributes["type"]) == (str(to), str(sender), "error")
    solo.events.clear()
    solo.feed(f"<iq to='{to}' type='get' id='i2'/>")
    assert not solo.one(StanzaRejected).answered
    assert solo.sent() == ""


def test_what_the_server_says_reaches_the_program_as_it_is() -> None:
    solo = established()
    solo.feed(f"<presence from='{JULIET}' to='hamlet@{PLAYS}' type='subscribe'/>")
    assert solo.one(Presence).to == JID(f"hamlet@{PLAYS}")


@pytest.mark.spec("XEP-0114", "3")
def test_a_stanza_without_a_sender_is_the_components_own() -> None:
    solo = established()
    iq = Iq.get(Ping(), to=JULIET)
    solo.engine.send(iq, solo.now)
    assert iq.sender == PLAYS
    assert f"from='{PLAYS}'" in solo.sent()


@pytest.mark.spec("XEP-0114", "3")
def test_what_would_end_the_stream_is_not_sent() -> None:
    solo = established(limits=Limits(output_bytes=1000))
    for item in (
        Message(body="to nobody"),
        Message(JULIET, "forged", sender=JID("romeo@capulet.lit")),
        Element((NS, "message"), {"to": str(JULIET)}),
        Element((NS, "presence"), {"from": str(PLAYS)}),
        Element((NS, "message"), {"from": "capulet.lit", "to": str(JULIET)}),
        Element((NS, "iq"), {"from": "@", "to": str(JULIET)}),
    ):
        with pytest.raises(LocalProtocolError):
            solo.engine.send(item, solo.now)
    long = Message(JULIET, "x" * 2000)
    with pytest.raises(LocalProtocolError, match="full"):
        solo.engine.send(long, solo.now)
    assert long.sender is None
    assert solo.sent() == ""
    solo.engine.send(Element((NS, "message"), {"from": f"hamlet@{PLAYS}", "to": str(JULIET)}), solo.now)
    solo.engine.send(Element((NS, "log")), solo.now)
    assert solo.sent() == f"<message from='hamlet@{PLAYS}' to='{JULIET}'/><log/>"


# --- mistakes of the program -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["", [], [""], ["a", ""], True, 1, b"secret", "\ud800"])
def test_an_answer_that_is_no_secret(answer: Any) -> None:
    solo = Solo(server())
    solo.feed(COMPONENT_HEADER)
    question = solo.one(ComponentRequested)
    with pytest.raises(LocalProtocolError):
        solo.engine.answer(question, answer, solo.now)
    for condition in ("see-other-host", "no-such-condition"):
        with pytest.raises(LocalProtocolError):
            solo.engine.refuse(question, condition, solo.now)
    solo.engine.answer(question, SECRET, solo.now)
    solo.pull()
    assert "<stream:stream " in solo.sent()


def test_configs_that_make_no_sense() -> None:
    for changes in (
        {"jid": JULIET},
        {"secret": ""},
        {"secret": "\ud800"},
        {"require_tls": True},
        {"management": StreamManagement()},
    ):
        with pytest.raises(ValueError):
            component(**changes)
    with pytest.raises(ValueError):
        server(domains=[])
    with pytest.raises(ValueError):
        server(require_tls=True)


def test_a_server_may_end_a_stream_for_a_reason_of_its_own() -> None:
    world, wire = pair()
    wire.server.engine.close(world.now, StreamError(StreamErrorCondition.CONFLICT, "replaced", "en"))
    world.settle()
    assert wire.client.one(StreamErrorReceived).error.condition == "conflict"
