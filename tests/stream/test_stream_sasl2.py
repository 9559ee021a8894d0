"""SASL2 (XEP-0388) with Bind 2 (XEP-0386) and inline stream management (XEP-0198 section 9), both halves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.pair import seeded
from tests.stream.sasl2_world import (
    AGENT,
    BIND2,
    BIND_INLINE,
    CARBONS,
    FEATURES,
    MANAGED,
    NS,
    SASL1,
    SERVER,
    SM,
    SM_INLINE,
    USER_AGENT,
    Keeper,
    authenticate,
    authentication,
    b64,
    client_at_sasl2,
    failure,
    joined,
    lost,
    server_at_sasl2,
    success,
    wanting,
)
from tests.stream.streams import (
    CLIENT_HEADER,
    JULIET,
    PASSWORD,
    Solo,
    client_config,
    features,
    mechanisms,
    pair,
    server_config,
)
from xmppwire.jid import JID
from xmppwire.sasl import BindingPolicy, Condition
from xmppwire.stanza import Message
from xmppwire.stream import (
    SASL2,
    Authenticated,
    AuthenticationFailed,
    AuthenticationStarted,
    Binding,
    BindRequested,
    EndReason,
    Established,
    Event,
    FeaturesReceived,
    LocalProtocolError,
    ManagementEnabled,
    ManagementFailed,
    Phase,
    ResourceBound,
    Resumed,
    ResumptionFailed,
    SASL2Offer,
    StreamEnded,
    UserAgent,
)
from xmppwire.xml import Element

EVERY = [
    "SCRAM-SHA-512-PLUS",
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-512",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "PLAIN",
]


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def behind_tls(events: list[Event]) -> list[str]:
    names = kinds(events)
    return names[names.index("TLSRequested") + 1 :]


# --- both halves ----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0388", "2.6.1")
@pytest.mark.parametrize("name", EVERY)
def test_every_mechanism(name: str) -> None:
    _, wire = joined(client={"mechanisms": [name]})
    login = wire.client.one(Authenticated)
    assert login.mechanism == wire.server.one(Authenticated).mechanism == name
    assert login.jid == JULIET.bare
    assert login.binding == ("tls-exporter" if name.endswith("-PLUS") else None)
    assert (login.keys is not None) == name.startswith("SCRAM")
    assert wire.client.one(Established).jid == wire.server.one(Established).jid == JID("juliet@capulet.lit/wire/chosen")


@pytest.mark.spec("XEP-0386", "3.2")
@pytest.mark.spec("XEP-0198", "9.1")
def test_everything_along_in_one_go() -> None:
    carbons = Element((CARBONS, "enable"))
    foreign = Element(("urn:xmpp:csi:0", "inactive"))
    keeper = Keeper()
    world, wire = joined(wanting(inline=(carbons, foreign)), keeper=keeper, client=MANAGED, server=MANAGED)
    assert behind_tls(wire.client.events) == [
        "StreamOpened",
        "FeaturesReceived",
        "AuthenticationStarted",
        "Authenticated",
        "ManagementEnabled",
        "ResourceBound",
        "FeaturesReceived",
        "Established",
    ]
    question = keeper.asked(BindRequested)[0]
    assert question.user_agent == wire.server.one(AuthenticationStarted).user_agent == AGENT
    assert question.tag == "wire"
    assert [element.name for element in question.features] == [carbons.name]
    assert wire.client.one(ResourceBound).features == [CARBONS] == wire.server.one(ResourceBound).features
    # One stream header each behind TLS, no iq, and nothing that the server does not know.
    assert wire.client.sent.count(b"<stream:stream") == wire.server.sent.count(b"<stream:stream") == 2
    assert b"<iq" not in wire.client.sent
    assert b"csi" not in wire.client.sent
    wire.client.engine.send(Message(to=SERVER, body="hi"), world.now)
    wire.server.engine.send(Message(to=JULIET, body="ho"), world.now)
    world.settle()
    assert [event.body for end in (wire.server, wire.client) for event in end.of(Message)] == ["hi", "ho"]
    # Both count from there on.
    wire.client.engine.ask(world.now)
    world.settle()
    assert "StanzasAcknowledged" in kinds(wire.client.events)


def test_management_is_not_offered_again_once_it_is_enabled() -> None:
    _, wire = joined(client=MANAGED, server=MANAGED)
    first, *_, last = wire.client.of(FeaturesReceived)
    assert first.features
    assert not any(element.namespace == SM for element in last.features)


@pytest.mark.spec("XEP-0388", "2.3")
def test_the_older_profile_where_the_server_has_no_other_or_the_program_wants_it() -> None:
    for client, server in (({"sasl2": None}, {}), ({}, {"sasl2": None})):
        _, wire = joined(client=client, server=server)
        assert wire.client.one(Established)
        assert NS.encode() not in wire.client.sent


@pytest.mark.spec("XEP-0388", "5")
def test_never_outside_tls() -> None:
    _, wire = joined(
        client={"require_tls": False, "starttls_unoffered": False},
        server={"require_tls": False, "offer_tls": False},
    )
    assert wire.client.one(Established)
    assert NS.encode() not in wire.server.sent


def test_a_resource_of_ones_own_is_bound_as_ever() -> None:
    world, wire = pair(client_config(sasl2=wanting(), **MANAGED), server_config(sasl2=SASL2Offer(), **MANAGED))
    world.settle()
    assert wire.client.one(Established).jid == JULIET
    assert wire.client.one(ManagementEnabled).id
    assert f"<authenticate xmlns='{NS}'".encode() in wire.client.sent
    assert BIND2.encode() not in wire.client.sent
    assert wire.client.sent.count(b"<stream:stream") == 2


def test_without_anything_to_say() -> None:
    _, wire = joined(SASL2())
    assert wire.server.one(AuthenticationStarted).user_agent is None
    assert wire.client.one(Established).jid == JULIET.bare.with_resource("chosen")


def test_a_visitor_learns_who_it_is() -> None:
    _, wire = joined(client={"jid": SERVER, "password": None, "anonymous": True}, server={"mechanisms": ["ANONYMOUS"]})
    assert wire.client.one(Authenticated).jid == JID("visitor@capulet.lit")
    assert wire.client.one(Established).jid == JID("visitor@capulet.lit/wire/chosen")


@pytest.mark.spec("XEP-0474", "3")
def test_the_offer_is_proved_with_sasl2_too() -> None:
    """What is hashed are the mechanisms of the element in use, and not those for tokens."""
    _, wire = joined(wanting(request_token=True), client={"mechanisms": ["SCRAM-SHA-256"]})
    assert wire.client.one(Authenticated).mechanism == "SCRAM-SHA-256"
    assert b"HT-SHA-256-EXPR" in wire.server.sent


@pytest.mark.spec("XEP-0386", "3.2")
def test_the_program_answers_with_results_of_its_own() -> None:
    metadata = Element(("urn:xmpp:mam:2", "metadata"))

    class Archive(Keeper):
        def __call__(self, end: Any, event: Event) -> None:
            if isinstance(event, BindRequested):
                end.engine.answer(event, Binding(JULIET, [metadata]), end.world.now)
            else:
                super().__call__(end, event)

    _, wire = joined(keeper=Archive())
    assert [element.name for element in wire.client.one(ResourceBound).results] == [metadata.name]
    assert wire.client.one(Established).jid == JULIET


@pytest.mark.parametrize("value", [Binding("a"), Binding(JULIET), "a", JULIET])
def test_what_answers_a_binding(value: object) -> None:
    assert BindRequested(JULIET.bare, None, inline=True).problem(value) is None


@pytest.mark.parametrize("value", [Binding(""), Binding(JULIET.bare), None, 3])
def test_what_does_not(value: object) -> None:
    assert BindRequested(JULIET.bare, None, inline=True).problem(value)


def test_a_binding_is_no_answer_outside_a_login() -> None:
    assert BindRequested(JULIET.bare, None).problem(Binding("a"))


def test_a_server_that_does_not_bind_leaves_that_for_later() -> None:
    class Refusing(Keeper):
        def __call__(self, end: Any, event: Event) -> None:
            if isinstance(event, BindRequested) and event.inline:
                end.engine.refuse(event, "resource-constraint", end.world.now)
            else:
                super().__call__(end, event)

    _, wire = joined(keeper=Refusing(), client=MANAGED, server=MANAGED)
    assert not wire.client.of(ResourceBound)
    assert wire.client.one(Established).jid == JULIET.bare.with_resource("chosen")
    assert wire.client.one(ManagementEnabled)


# --- resumption -----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0198", "9.2")
@pytest.mark.spec("XEP-0386", "3.2")
def test_a_stream_is_resumed_along_with_the_login() -> None:
    keeper = Keeper()
    suspended = lost(keeper)
    keeper.questions.clear()
    world, wire = joined(keeper=keeper, client={"resume": suspended.resumption, **MANAGED}, server=MANAGED)
    assert behind_tls(wire.client.events)[:6] == [
        "StreamOpened",
        "FeaturesReceived",
        "AuthenticationStarted",
        "Authenticated",
        "Resumed",
        "Message",
    ]
    assert wire.client.one(Resumed).jid == JULIET.bare.with_resource("wire/chosen")
    assert [message.body for message in wire.client.of(Message)] == ["from the server"]
    assert [message.body for message in wire.server.of(Message)] == ["from the client"]
    # Nothing was bound, though it was asked for; and no features follow.
    assert not keeper.asked(BindRequested)
    assert f"<bind xmlns='{BIND2}'>".encode() in wire.client.sent
    assert wire.server.sent.rindex(b"<success") > wire.server.sent.rindex(b"features>")
    wire.client.engine.send(Message(to=SERVER, body="on we go"), world.now)
    world.settle()
    assert wire.server.of(Message)[-1].body == "on we go"


@pytest.mark.spec("XEP-0198", "9.2.1")
def test_resumption_that_fails_still_binds() -> None:
    keeper = Keeper()
    suspended = lost(keeper)
    keeper.streams.clear()
    _, wire = joined(
        keeper=keeper, client={"resume": suspended.resumption, **MANAGED}, server={"random": seeded(99), **MANAGED}
    )
    told = wire.client.one(ResumptionFailed)
    assert told.condition == "item-not-found"
    assert [message.body for message in told.unknown] == ["from the client"]  # type: ignore[union-attr]
    assert wire.client.one(ResourceBound)
    assert wire.client.one(ManagementEnabled).id != suspended.resumption.id
    assert wire.client.one(Established)


def test_resumption_that_fails_binds_as_ever_where_that_is_all_there_is() -> None:
    keeper = Keeper()
    suspended = lost(keeper)
    keeper.streams.clear()
    _, wire = joined(keeper=keeper, client={"jid": JULIET, "resume": suspended.resumption, **MANAGED}, server=MANAGED)
    assert wire.client.one(ResumptionFailed)
    assert wire.client.one(Established).jid == JULIET
    assert wire.client.one(ManagementEnabled)


def test_a_stream_of_somebody_else_is_none() -> None:
    keeper = Keeper()
    suspended = lost(keeper)
    (identifier, state), *_ = keeper.streams.items()
    keeper.streams[identifier] = replace(state, jid=JID("romeo@capulet.lit/garden"))
    _, wire = joined(keeper=keeper, client={"resume": suspended.resumption, **MANAGED}, server=MANAGED)
    assert wire.client.one(ResumptionFailed).condition == "item-not-found"
    assert wire.client.one(Established).jid == JULIET.bare.with_resource("wire/chosen")


# --- a client and a server by hand ----------------------------------------------------------------------------------


def test_what_the_client_sends() -> None:
    solo = client_at_sasl2(authentication("PLAIN", inline=SM_INLINE + BIND_INLINE), **MANAGED)
    assert solo.sent() == (
        f"<authenticate xmlns='{NS}' mechanism='PLAIN'><initial-response>{b64(chr(0) + 'juliet' + chr(0) + PASSWORD)}"
        f"</initial-response><user-agent id='{AGENT.id}'><software>xmppwire</software><device>a test</device></user-agent>"
        f"<bind xmlns='{BIND2}'><tag>wire</tag><enable xmlns='{SM}' resume='true'/></bind></authenticate>"
    )


def test_management_offered_twice_is_taken_once() -> None:
    """ejabberd repeats `<sm/>` behind a login that enabled management; enabling again would fail."""
    solo = client_at_sasl2(authentication("PLAIN", inline=SM_INLINE + BIND_INLINE), **MANAGED)
    solo.sent()
    enabled = f"<bound xmlns='{BIND2}'><enabled xmlns='{SM}' id='x' resume='true'/></bound>"
    solo.feed(success(str(JULIET), enabled) + features(SM_INLINE))
    assert solo.engine.phase is Phase.ESTABLISHED
    assert solo.one(ManagementEnabled).id == "x"
    assert solo.sent() == ""


def test_management_that_fails_along() -> None:
    solo = client_at_sasl2(authentication("PLAIN", inline=SM_INLINE + BIND_INLINE), **MANAGED)
    solo.sent()
    refused = (
        f"<bound xmlns='{BIND2}'><failed xmlns='{SM}'>"
        "<internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed></bound>"
    )
    solo.feed(success(str(JULIET), refused) + FEATURES)
    assert solo.one(ManagementFailed).condition == "internal-server-error"
    assert solo.engine.phase is Phase.ESTABLISHED
    assert solo.engine.resumption is None


def test_stanzas_may_come_before_the_features() -> None:
    solo = client_at_sasl2(authentication("PLAIN", inline=SM_INLINE + BIND_INLINE), **MANAGED)
    solo.sent()
    enabled = f"<bound xmlns='{BIND2}'><enabled xmlns='{SM}' id='x' resume='true'/></bound>"
    solo.feed(success(str(JULIET), enabled), "<message from='romeo@montague.lit'><body>a</body></message>", FEATURES)
    solo.feed(f"<r xmlns='{SM}'/>")
    assert solo.one(Message).body == "a"
    assert solo.sent() == f"<a xmlns='{SM}' h='1'/>"


@pytest.mark.parametrize(
    "inner",
    [
        f"<resumed xmlns='{SM}' previd='x' h='0'/>",
        f"<bound xmlns='{BIND2}'/>",
        f"<failed xmlns='{SM}'/>",
        "<token xmlns='urn:xmpp:fast:0' token='x' expiry='2030-01-01T00:00:00Z'/>",
    ],
)
def test_what_nobody_asked_for_does_nothing(inner: str) -> None:
    solo = client_at_sasl2(authentication("PLAIN"))
    solo.sent()
    solo.feed(success("juliet@capulet.lit", inner), features("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"))
    assert "urn:ietf:params:xml:ns:xmpp-bind" in solo.sent()
    assert kinds(solo.events)[-2:] == ["Authenticated", "FeaturesReceived"]


@pytest.mark.parametrize("inner", [f"<bound xmlns='{BIND2}'/>", ""])
def test_resumption_without_an_answer_has_failed(inner: str) -> None:
    keeper = Keeper()
    state = lost(keeper).resumption
    solo = client_at_sasl2(authentication("PLAIN", inline=SM_INLINE + BIND_INLINE), resume=state, **MANAGED)
    solo.feed(success(str(JULIET), inner))
    assert solo.one(ResumptionFailed).condition == "undefined-condition"
    assert len(solo.one(ResumptionFailed).unknown) == 1


def test_where_resumption_is_not_offered_along_it_comes_before_binding() -> None:
    keeper = Keeper()
    state = lost(keeper).resumption
    solo = client_at_sasl2(authentication("PLAIN", inline=BIND_INLINE), resume=state, **MANAGED)
    sent = solo.sent()
    assert "<bind" not in sent
    assert "<resume" not in sent
    solo.feed(success("juliet@capulet.lit"), features(SM_INLINE, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"))
    assert solo.sent().startswith(f"<resume xmlns='{SM}'")


@pytest.mark.parametrize(
    "identifier", ["", "<authorization-identifier/>", "<authorization-identifier>@</authorization-identifier>"]
)
def test_a_server_must_say_who_we_are(identifier: str) -> None:
    solo = client_at_sasl2(authentication("PLAIN"))
    solo.feed(f"<success xmlns='{NS}'>{identifier}</success>")
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.NEGOTIATION_FAILED


def test_bound_to_no_resource() -> None:
    solo = client_at_sasl2(authentication("PLAIN", inline=BIND_INLINE))
    solo.feed(success("juliet@capulet.lit", f"<bound xmlns='{BIND2}'/>"), "</stream:stream>")
    assert solo.ended.reason is EndReason.NEGOTIATION_FAILED


@pytest.mark.parametrize(
    "data",
    [
        "",
        "<additional-data/>",
        f"<additional-data>{b64('v=AAAA')}</additional-data>",
        "<additional-data>?</additional-data>",
    ],
)
def test_success_without_proof(data: str) -> None:
    """The server never saw our proof, or cannot answer it: not the server that we know."""
    solo = client_at_sasl2(authentication("SCRAM-SHA-256"))
    solo.sent()
    solo.feed(success("juliet@capulet.lit", data))
    assert not any(isinstance(event, Authenticated) for event in solo.events)
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_continue_without_proof_is_no_better() -> None:
    solo = client_at_sasl2(authentication("SCRAM-SHA-256"))
    solo.feed(f"<continue xmlns='{NS}'><tasks><task>TOTP</task></tasks></continue>", "</stream:stream>")
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


@pytest.mark.spec("XEP-0388", "2.6.3", "3.5")
def test_more_than_a_login_is_wanted() -> None:
    solo = client_at_sasl2(authentication("PLAIN"))
    solo.sent()
    solo.feed(f"<continue xmlns='{NS}'><tasks><task>HOTP</task><task>TOTP</task></tasks></continue>")
    assert solo.sent().startswith(f"<abort xmlns='{NS}'/>")
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED
    assert "HOTP, TOTP" in solo.ended.text


@pytest.mark.spec("XEP-0388", "2.4")
@pytest.mark.parametrize("foreign", ["<message/>", "<iq type='get' id='1'/>", f"<success xmlns='{SASL1}'/>", FEATURES])
def test_a_server_says_nothing_else_meanwhile(foreign: str) -> None:
    solo = client_at_sasl2(authentication("SCRAM-SHA-256"))
    solo.feed(foreign)
    assert solo.error == "unsupported-stanza-type"


@pytest.mark.spec("XEP-0388", "2.6.2")
def test_a_login_that_failed_is_tried_otherwise() -> None:
    solo = client_at_sasl2(authentication("SCRAM-SHA-256", "PLAIN"))
    solo.sent()
    solo.feed(failure("not-authorized", "no"))
    assert "mechanism='PLAIN'" in solo.sent()
    failed = solo.one(AuthenticationFailed)
    assert (failed.condition, failed.text, failed.final) == (Condition.NOT_AUTHORIZED, "no", False)
    solo.feed(failure("account-disabled"), "</stream:stream>")
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_a_server_that_knew_better_gets_no_plain() -> None:
    solo = client_at_sasl2(authentication("PLAIN") + mechanisms("PLAIN"), known_mechanisms=frozenset({"SCRAM-SHA-256"}))
    assert "juliet" not in solo.sent()
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED
    assert "knew better" in solo.ended.text


def test_where_the_newer_profile_has_nothing_for_us_the_older_may() -> None:
    solo = client_at_sasl2(authentication("GSSAPI") + mechanisms("PLAIN"))
    assert f"<auth xmlns='{SASL1}'" in solo.sent()


@pytest.mark.spec("XEP-0440", "3")
def test_channel_binding_without_types_is_an_attack() -> None:
    offered = authentication("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS")
    assert "authenticate" not in client_at_sasl2(offered).sent()
    assert "authenticate" in client_at_sasl2(offered, channel_binding=BindingPolicy.IGNORE).sent()


def test_a_binding_that_this_connection_does_not_have() -> None:
    solo = server_at_sasl2(Keeper())
    solo.feed(authenticate("SCRAM-SHA-256-PLUS", "p=tls-exporter,,n=juliet,r=abc"))
    assert solo.one(AuthenticationFailed).condition is Condition.INVALID_MECHANISM


@pytest.mark.spec("XEP-0388", "2.4")
@pytest.mark.parametrize(
    "foreign",
    ["<message/>", f"<auth xmlns='{SASL1}' mechanism='PLAIN'>AGp1bGlldABy</auth>", "<iq type='set' id='1'/>"],
)
def test_a_client_says_nothing_else_meanwhile(foreign: str) -> None:
    solo = server_at_sasl2()
    solo.feed(authenticate("SCRAM-SHA-256", "n,,n=juliet,r=abc"))
    assert "<challenge" in solo.sent()
    solo.feed(foreign)
    assert solo.error == "not-authorized"
    assert not any(isinstance(event, Authenticated) for event in solo.events)


@pytest.mark.parametrize(
    "element",
    ["<response xmlns='urn:xmpp:sasl:2'/>", "<abort xmlns='urn:xmpp:sasl:2'/>", "<next xmlns='urn:xmpp:sasl:2'/>"],
)
def test_nothing_comes_before_authenticate(element: str) -> None:
    solo = server_at_sasl2()
    solo.feed(element)
    assert solo.error == "not-authorized"


@pytest.mark.spec("XEP-0388", "3.8")
def test_nobody_logs_in_twice() -> None:
    for inner in ("", f"<bind xmlns='{BIND2}'/>"):
        solo = server_at_sasl2(Keeper())
        solo.feed(authenticate("PLAIN", "\0juliet\0" + PASSWORD, inner), authenticate())
        assert solo.error == "unsupported-stanza-type"


@pytest.mark.spec("XEP-0388", "2.3")
@pytest.mark.parametrize(
    ("request_", "condition"),
    [
        (authenticate("GSSAPI"), "invalid-mechanism"),
        (authenticate("HT-SHA-256-NONE", "juliet\0" + "x" * 32), "invalid-mechanism"),
        (authenticate("PLAIN", "\0juliet\0wrong"), "not-authorized"),
        (authenticate("PLAIN", "nothing"), "malformed-request"),
        (authenticate("PLAIN", None), None),
        (authenticate("PLAIN", "\0juliet\0" + PASSWORD, "<user-agent id='me'/>"), "malformed-request"),
        (
            authenticate("PLAIN", "\0juliet\0" + PASSWORD, "<user-agent id='d4565fa7-4d72-1749-b3d3-740edbf87770'/>"),
            "malformed-request",
        ),
        (
            f"<authenticate xmlns='{NS}' mechanism='PLAIN'><initial-response>=</initial-response></authenticate>",
            "incorrect-encoding",
        ),
        (f"<authenticate xmlns='{NS}'/>", "invalid-mechanism"),
        (authenticate("PLAIN", "romeo@capulet.lit\0juliet\0" + PASSWORD), "invalid-authzid"),
    ],
)
def test_logins_that_fail(request_: str, condition: str | None) -> None:
    solo = server_at_sasl2(Keeper())
    solo.feed(request_)
    if condition is None:
        assert solo.sent() == f"<challenge xmlns='{NS}'/>"
        solo.feed(f"<abort xmlns='{NS}'/>")
        condition = "aborted"
    assert solo.sent().startswith(f"<failure xmlns='{NS}'><{condition} xmlns='{SASL1}'/>")
    solo.feed(authenticate())  # another try, in the same stream
    assert solo.sent().startswith(f"<success xmlns='{NS}'>")
    assert solo.one(Authenticated).jid == JULIET.bare


def test_too_many_failures_end_the_stream() -> None:
    solo = server_at_sasl2()
    for _ in range(3):
        solo.feed(authenticate("PLAIN", "\0juliet\0wrong"))
    assert solo.error == "policy-violation"


def test_the_account_is_that_of_the_header() -> None:
    header = CLIENT_HEADER.replace("<stream:stream", "<stream:stream from='romeo@capulet.lit'")
    solo = server_at_sasl2(Keeper(), header)
    solo.feed(authenticate())
    assert solo.one(AuthenticationFailed).condition is Condition.INVALID_AUTHZID
    assert "<success" not in solo.sent()


@pytest.mark.parametrize(("tag", "seen"), [("wire", "wire"), ("", None), ("x" * 300, None), ("a&#x200E;b", None)])
def test_tags(tag: str, seen: str | None) -> None:
    keeper = Keeper()
    solo = server_at_sasl2(keeper)
    solo.feed(authenticate("PLAIN", "\0juliet\0" + PASSWORD, f"<bind xmlns='{BIND2}'><tag>{tag}</tag></bind>"))
    assert keeper.asked(BindRequested)[0].tag == seen
    assert solo.engine.phase is Phase.ESTABLISHED


def test_who_does_not_bind_along_binds_as_ever() -> None:
    solo = server_at_sasl2(Keeper())
    solo.feed(authenticate())
    assert solo.sent().endswith(
        "</success><stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
        "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session></stream:features>"
    )
    solo.feed("<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
    assert solo.one(Established).jid == JULIET.bare.with_resource("chosen")


def test_management_that_is_not_there_is_not_enabled() -> None:
    solo = server_at_sasl2(Keeper())
    solo.feed(authenticate("PLAIN", "\0juliet\0" + PASSWORD, f"<bind xmlns='{BIND2}'><enable xmlns='{SM}'/></bind>"))
    assert "<enabled" not in solo.sent()
    assert solo.engine.phase is Phase.ESTABLISHED


def test_the_program_may_be_asked_while_all_is_open() -> None:
    """Whatever the program waits with, nothing is sent before it has answered all."""

    def nothing(solo: Solo, event: Event) -> None:
        del solo, event

    solo = server_at_sasl2()
    solo.on_event = nothing
    solo.feed(authenticate("PLAIN", "\0juliet\0" + PASSWORD, USER_AGENT, f"<bind xmlns='{BIND2}'/>"))
    solo.engine.answer(solo.events[-1], True, solo.now)  # type: ignore[arg-type]
    solo.pull()
    question = solo.events[-1]
    assert isinstance(question, BindRequested)
    assert question.user_agent == UserAgent(id=AGENT.id)
    assert solo.sent() == ""
    with pytest.raises(LocalProtocolError):
        solo.engine.answer(question, Binding(""), solo.now)
    solo.engine.answer(question, "here", solo.now)
    solo.pull()
    assert solo.one(Established).jid.resourcepart == "here"
    assert solo.sent().endswith("<stream:features/>")


def test_a_connection_that_breaks_in_between() -> None:
    solo = server_at_sasl2()
    solo.feed(authenticate("SCRAM-SHA-256", "n,,n=juliet,r=abc"))
    solo.end_of_file()
    assert isinstance(solo.events[-1], StreamEnded)
    solo = client_at_sasl2(authentication("SCRAM-SHA-256"))
    solo.end_of_file()
    assert solo.ended.reason is EndReason.CONNECTION_LOST


@pytest.mark.parametrize(
    "id", ["", "x", "d4565fa7-4d72-3749-b3d3-740edbf87770", "D4565FA7-4D72-4749-73D3-740EDBF87770"]
)
def test_the_id_of_a_user_agent_is_a_uuid_of_version_4(id: str) -> None:
    with pytest.raises(ValueError, match="version 4"):
        UserAgent(id=id)


def test_limits_grow_with_the_login() -> None:
    solo = server_at_sasl2(Keeper())
    solo.feed(authenticate("PLAIN", "\0juliet\0" + PASSWORD, f"<bind xmlns='{BIND2}'/>"))
    solo.feed(f"<message to='capulet.lit'><body>{'x' * 50_000}</body></message>")
    assert len(solo.one(Message).body or "") == 50_000
