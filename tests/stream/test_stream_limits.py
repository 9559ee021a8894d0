"""Each limit at its edge: what is just allowed, and what is just refused, however the bytes come (see `conftest`)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.stream.streams import (
    AUTH_PLAIN,
    BIND,
    CLIENT_HEADER,
    HEADER,
    JULIET,
    PROCEED,
    SASL,
    STARTTLS,
    SUCCESS,
    Solo,
    client_at_binding,
    client_config,
    client_in_tls,
    established_client,
    established_server,
    features,
    last_id,
    mechanisms,
    server_config,
    server_in_tls,
    server_logged_in,
)
from xmppwire.jid import JID
from xmppwire.stanza import Message, Presence
from xmppwire.stream import (
    AuthenticationFailed,
    BindRequested,
    CertificateExpired,
    EndReason,
    Established,
    KeyDerivationRequested,
    Limits,
    LocalProtocolError,
    OutputHigh,
    OutputLow,
    PasswordRequested,
    PeerClosed,
    Phase,
    StreamError,
    StreamErrorCondition,
    StreamErrorSent,
    StreamOpened,
    TLSInfo,
)
from xmppwire.xml import Element, XMLLimits

# --- XML ------------------------------------------------------------------------------------------------------------


def before_login(limits: XMLLimits, attributes: str, inner: str, size: int | None = None) -> Solo:
    """A server gets an element from a client that has proved nothing."""
    solo = server_in_tls(limits=Limits(before_login=limits))
    solo.feed(CLIENT_HEADER, filled(f"<auth xmlns='{SASL}' mechanism='X'{attributes}>{inner}", "</auth>", size))
    return solo


def client_before_login(limits: XMLLimits, attributes: str, inner: str, size: int | None = None) -> Solo:
    """A client gets an element from a server that has proved nothing."""
    solo = client_in_tls(limits=Limits(before_login=limits))
    start = f"<failure xmlns='{SASL}'{attributes}><temporary-auth-failure/>"
    solo.feed(HEADER, features(mechanisms("PLAIN")), filled(start + inner, "</failure>", size))
    return solo


def server_after_login(limits: XMLLimits, attributes: str, inner: str, size: int | None = None) -> Solo:
    solo = established_server(limits=Limits(after_login=limits))
    solo.feed("  \n", filled(f"<message{attributes}>{inner}", "</message>", size), " ")
    return solo


def client_after_login(limits: XMLLimits, attributes: str, inner: str, size: int | None = None) -> Solo:
    solo = established_client(limits=Limits(after_login=limits))
    solo.feed("  \n", filled(f"<message{attributes}>{inner}", "</message>", size), " ")
    return solo


def filled(start: str, end: str, size: int | None) -> str:
    return start + "x" * (size - len(start) - len(end) if size else 0) + end


PLACES: dict[str, tuple[Callable[..., Solo], int, int]] = {
    # The elements and attributes that the place itself brings.
    "server before login": (before_login, 1, 1),
    "client before login": (client_before_login, 2, 0),
    "server after login": (server_after_login, 1, 0),
    "client after login": (client_after_login, 1, 0),
}


def is_accepted(solo: Solo) -> bool:
    """Whether the element arrived; if not, that the answer is the one that the standard names."""
    if any(isinstance(event, AuthenticationFailed | Message) for event in solo.events):
        assert not any(isinstance(event, StreamErrorSent) for event in solo.events)
        return True
    assert solo.error == "policy-violation"
    assert solo.ended.reason is EndReason.STREAM_ERROR_SENT
    assert solo.sent().endswith("</stream:error></stream:stream>")
    return False


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> Any:
    return PLACES[request.param]


@pytest.mark.spec("RFC 6120", "13.12", "4.9.3.14")
@pytest.mark.parametrize(("size", "ok"), [(400, True), (401, False)])
def test_bytes_of_a_stanza(place: Any, size: int, ok: bool) -> None:
    assert is_accepted(place[0](XMLLimits(stanza_bytes=400), "", "", size)) == ok


@pytest.mark.parametrize(("levels", "ok"), [(4, True), (5, False)])
def test_depth(place: Any, levels: int, ok: bool) -> None:
    assert is_accepted(place[0](XMLLimits(depth=5), "", "<a>" * levels + "</a>" * levels)) == ok


@pytest.mark.parametrize(("count", "ok"), [(20, True), (21, False)])
def test_elements(place: Any, count: int, ok: bool) -> None:
    make, own, _ = place
    assert is_accepted(make(XMLLimits(elements=20), "", "<a/>" * (count - own))) == ok


@pytest.mark.parametrize(("count", "ok"), [(6, True), (7, False)])
def test_attributes(place: Any, count: int, ok: bool) -> None:
    make, _, own = place
    limits = XMLLimits(attributes=6)
    assert is_accepted(make(limits, "", "<a" + "".join(f" a{n}='1'" for n in range(count)) + "/>")) == ok
    assert is_accepted(make(limits, "".join(f" a{n}='1'" for n in range(count - own)), "")) == ok


@pytest.mark.parametrize(
    ("name", "ok"), [("n" * 40, True), ("n" * 41, False), ("\u00e9" * 20, True), ("\u00e9" * 20 + "n", False)]
)
@pytest.mark.parametrize("form", ["<{}/>", "<a {}='1'/>", "<{}:a xmlns:{}='x'/>"])
def test_name_bytes(place: Any, form: str, name: str, ok: bool) -> None:
    assert is_accepted(place[0](XMLLimits(name_bytes=40), "", form.format(name, name))) == ok


@pytest.mark.parametrize(("size", "ok"), [(60, True), (61, False)])
@pytest.mark.parametrize(
    "form", ["<a xmlns='{}'/>", "<p:a xmlns:p='{}'/>", "<a xmlns:p='{}' p:b='1'/>", "<a xmlns:unused='{}'/>"]
)
def test_namespace_bytes(place: Any, form: str, size: int, ok: bool) -> None:
    assert is_accepted(place[0](XMLLimits(namespace_bytes=60), "", form.format("n" * size))) == ok


@pytest.mark.parametrize(("count", "ok"), [(20, True), (21, False)])
def test_distinct_names(place: Any, count: int, ok: bool) -> None:
    make, elements, attributes = place
    names = "".join(f"<n{n}/>" for n in range(count - elements - attributes))
    assert is_accepted(make(XMLLimits(names=20), "", names + "<n1/>" * 5)) == ok


@pytest.mark.parametrize(("count", "ok"), [(8, True), (9, False)])
def test_distinct_namespaces(place: Any, count: int, ok: bool) -> None:
    inner = "".join(f"<a xmlns='urn:x:{n}'/>" for n in range(count - 1))
    assert is_accepted(place[0](XMLLimits(namespaces=8), "", inner + "<a xmlns='urn:x:0'/>" * 3)) == ok


def padded(header: str, size: int) -> str:
    return header[:-1] + " x='" + "y" * (size - len(header) - 5) + "'>"


@pytest.mark.parametrize(("size", "ok"), [(400, True), (401, False)])
@pytest.mark.parametrize("role", ["client", "server"])
@pytest.mark.parametrize("declaration", [True, False])
def test_header_bytes(role: str, size: int, ok: bool, declaration: bool) -> None:
    limits = Limits(before_login=XMLLimits(header_bytes=400))
    solo = Solo(client_config(limits=limits) if role == "client" else server_config(limits=limits))
    header = HEADER if role == "client" else CLIENT_HEADER
    solo.feed(padded(header if declaration else header.split("?>")[1], size))
    if ok:
        assert solo.one(StreamOpened)
    else:
        assert solo.error == "policy-violation"
        assert solo.sent().count("<stream:stream ") == 1


@pytest.mark.parametrize(("size", "ok"), [(500, True), (501, False)])
def test_header_bytes_after_login(size: int, ok: bool) -> None:
    limits = Limits(before_login=XMLLimits(header_bytes=300), after_login=XMLLimits(header_bytes=500))
    solo = server_logged_in(limits=limits)
    solo.feed(padded(CLIENT_HEADER, size))
    assert (solo.engine.phase is Phase.NEGOTIATING) == ok
    assert ok or solo.error == "policy-violation"


@pytest.mark.parametrize(("size", "ok"), [(16 * 1024, True), (16 * 1024 + 1, False)])
def test_the_stricter_limit_before_login(size: int, ok: bool) -> None:
    assert is_accepted(before_login(Limits().before_login, "", "", size)) == ok
    assert is_accepted(server_after_login(Limits().after_login, "", "", size))


@pytest.mark.parametrize(("size", "ok"), [(4 * 1024 * 1024, True), (4 * 1024 * 1024 + 1, False)])
def test_a_client_takes_long_stanzas_from_its_server(size: int, ok: bool) -> None:
    assert is_accepted(client_after_login(client_config().limits.after_login, "", "", size)) == ok


@pytest.mark.parametrize(("count", "ok"), [(49_999, True), (50_000, False)])
def test_a_client_takes_many_elements_from_its_server(count: int, ok: bool) -> None:
    assert is_accepted(client_after_login(client_config().limits.after_login, "", "<a/>" * count)) == ok


def test_what_a_client_may_get_is_its_own_and_only_after_the_login() -> None:
    assert replace(client_config().limits, after_login=Limits().after_login) == Limits() == server_config().limits
    assert Limits().after_login.stanza_bytes == 256 * 1024


def test_the_floor_of_the_standard() -> None:
    limits = Limits()
    assert min(limits.before_login.stanza_bytes, limits.after_login.stanza_bytes) >= 10_000


def test_a_renewed_parser_goes_on_where_the_last_one_stopped() -> None:
    solo = established_client(limits=Limits(after_login=XMLLimits(renew_bytes=64)))
    for number in range(20):
        solo.feed(f"<message from='a@b' id='{number}'><x:y xmlns:x='urn:{number}'/></message>")
    assert [event.id for event in solo.events if isinstance(event, Message)] == [str(number) for number in range(20)]
    solo.feed("</stream:stream>")
    assert solo.ended.clean


# --- input ----------------------------------------------------------------------------------------------------------


def test_input_that_is_not_pulled_stops_the_reading() -> None:
    solo = established_client(limits=Limits(input_bytes=1000))
    stanza = b"<presence from='a@b'/>"
    solo.engine.receive_data(b" " * (999 - len(stanza)) + stanza, 0)
    assert solo.engine.wants_read
    solo.engine.receive_data(b" ", 0)
    assert not solo.engine.wants_read
    solo.pull()
    assert solo.engine.wants_read
    assert solo.one(Presence)


def test_what_was_parsed_and_not_pulled_counts() -> None:
    solo = established_client(limits=Limits(input_bytes=1000))
    solo.engine.receive_data(b"<presence from='a@b'/>" * 100, 0)
    assert isinstance(solo.engine.next_event(0), Presence)
    assert not solo.engine.wants_read
    solo.pull()
    assert solo.engine.wants_read


@pytest.mark.parametrize("start", ["<message from='a@b'><body>", "<message from='", "<message><body><![CDATA["])
def test_a_stanza_longer_than_the_input_is_read_to_its_end(start: str) -> None:
    """Nothing can be pulled from the first half of a stanza: to stop reading there would be for ever."""
    solo = established_client(limits=Limits(input_bytes=100))
    for _ in range(20):
        assert solo.engine.wants_read
        solo.engine.receive_data(start.encode(), 0)
        solo.pull()
        start = "x" * 50
    assert solo.engine.wants_read


def test_while_a_question_is_open_input_is_bounded() -> None:
    solo = server_in_tls(limits=Limits(input_bytes=1000))
    solo.on_event = None
    solo.feed(CLIENT_HEADER, AUTH_PLAIN)
    solo.engine.receive_data(b" " * 999, 0)
    solo.pull()
    assert solo.engine.wants_read
    solo.engine.receive_data(b" ", 0)
    solo.pull()
    assert not solo.engine.wants_read
    solo.engine.answer(solo.one(PasswordRequested), True, 0)
    solo.pull()
    assert solo.engine.wants_read


def test_no_reading_after_the_end() -> None:
    solo = established_client()
    solo.feed("</stream:stream>")
    assert not solo.engine.wants_read


# --- output ---------------------------------------------------------------------------------------------------------

TICK = Element(("u", "x"))
TICK_SIZE = len("<x xmlns='u'/>")


@pytest.mark.parametrize(("high", "told"), [(3 * TICK_SIZE, False), (3 * TICK_SIZE - 1, True)])
def test_the_high_mark(high: int, told: bool) -> None:
    solo = established_client(limits=Limits(output_high=high, output_low=1))
    for _ in range(3):
        solo.engine.send(TICK, 0)
    solo.pull()
    assert solo.events == ([OutputHigh(3 * TICK_SIZE)] if told else [])
    assert solo.engine.wants_read  # two peers who both stopped reading there would wait for each other


@pytest.mark.parametrize(("ticks", "reads"), [(3, True), (4, False)])
def test_half_of_the_output_is_for_answers(ticks: int, reads: bool) -> None:
    """Beyond it nothing more is read: a peer that reads nothing cannot make us answer without end."""
    limits = Limits(output_high=TICK_SIZE, output_low=1, output_bytes=6 * TICK_SIZE)
    solo = established_client(limits=limits)
    for _ in range(ticks):
        solo.engine.send(TICK, 0)
    assert solo.engine.wants_read is reads


@pytest.mark.parametrize(("low", "told"), [(TICK_SIZE, False), (TICK_SIZE + 1, True)])
def test_the_low_mark(low: int, told: bool) -> None:
    solo = established_client(limits=Limits(output_high=2 * TICK_SIZE, output_low=low))
    for _ in range(3):
        solo.engine.send(TICK, 0)
    solo.pull()
    solo.sent()
    solo.engine.send(TICK, 0)
    solo.pull()
    assert solo.events[1:] == ([OutputLow(TICK_SIZE)] if told else [])


@pytest.mark.parametrize(("room", "ok"), [(3 * TICK_SIZE, True), (3 * TICK_SIZE - 1, False)])
def test_output_bytes(room: int, ok: bool) -> None:
    solo = established_client(limits=Limits(output_bytes=room))
    solo.engine.send(TICK, 0)
    solo.engine.send(TICK, 0)
    if ok:
        solo.engine.send(TICK, 0)
    else:
        with pytest.raises(LocalProtocolError, match="full"):
            solo.engine.send(TICK, 0)
    assert solo.engine.output_size == (3 if ok else 2) * TICK_SIZE


@pytest.mark.parametrize(("low", "high"), [(11, 10), (0, 10), (-1, 10), (0, 0)])
def test_water_marks_that_would_never_rest(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="output_low"):
        Limits(output_low=low, output_high=high)


def test_marks_are_not_announced_behind_the_end() -> None:
    solo = established_client(limits=Limits(output_high=10, output_low=5))
    solo.engine.send(Presence(), 0)
    solo.engine.send(TICK, 0)
    solo.pull()
    assert solo.events == [OutputHigh(solo.engine.output_size)]
    solo.feed("</stream:stream>")
    assert isinstance(solo.events[1], PeerClosed)
    solo.sent()
    solo.pull()
    assert solo.events[-1] is solo.ended


# --- time -----------------------------------------------------------------------------------------------------------


def arriving(solo: Solo, data: str, when: float, pulled: float) -> None:
    """Bytes arrive at one time and are pulled at another."""
    solo.engine.receive_data(data.encode(), when)
    solo.now = pulled
    solo.pull()


@pytest.mark.parametrize(("when", "ok"), [(59.9, True), (60.0, False), (60.1, False)])
def test_the_handshake_deadline_is_held_against_the_arrival(when: float, ok: bool) -> None:
    solo, identifier = client_at_binding()
    bound = f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{JULIET}</jid></bind>"
    arriving(solo, f"<iq type='result' id='{identifier}'>{bound}</iq>", when, 90.0)
    if ok:
        assert solo.one(Established)
        assert solo.engine.phase is Phase.ESTABLISHED
    else:
        assert solo.error == "connection-timeout"
        assert solo.ended.reason is EndReason.STREAM_ERROR_SENT


def test_the_handshake_deadline_while_a_question_is_open() -> None:
    solo = server_in_tls()
    solo.on_event = None
    solo.feed(CLIENT_HEADER, AUTH_PLAIN)
    question = solo.one(PasswordRequested)
    solo.wait(59)
    assert solo.engine.phase is Phase.NEGOTIATING
    solo.wait(2)
    assert solo.error == "connection-timeout"
    with pytest.raises(LocalProtocolError):
        solo.engine.answer(question, True, solo.now)


def test_an_answer_in_time_is_in_time() -> None:
    solo = server_in_tls()
    solo.on_event = None
    solo.feed(CLIENT_HEADER, AUTH_PLAIN)
    solo.engine.answer(solo.one(PasswordRequested), True, 59)
    solo.now = 61
    solo.pull()
    assert "<success" in solo.sent()
    assert solo.error == "connection-timeout"


@pytest.mark.parametrize(("when", "clean"), [(4.9, True), (5.0, False)])
def test_the_closing_deadline_is_held_against_the_arrival(when: float, clean: bool) -> None:
    solo = established_client()
    solo.engine.close(0)
    arriving(solo, "</stream:stream>", when, 20.0)
    assert solo.ended.clean is clean
    assert solo.ended.reason is EndReason.LOCAL_CLOSE


@pytest.mark.parametrize(("when", "ok"), [(29.9, True), (30.0, False)])
def test_the_idle_deadline_is_held_against_the_arrival(when: float, ok: bool) -> None:
    solo = established_client(idle_timeout=30)
    arriving(solo, " ", when, 31.0)
    if ok:
        assert solo.events == []
        assert solo.engine.next_timeout() == pytest.approx(when + 30)
    else:
        assert solo.error == "connection-timeout"


def test_idleness_counts_from_the_start_and_not_before() -> None:
    from xmppwire.stream import Connection

    engine = Connection(client_config(idle_timeout=30))
    assert engine.next_timeout() is None
    engine.start(1000)
    assert engine.next_timeout() == 1030


def test_what_waits_behind_a_question_is_no_silence() -> None:
    solo = server_in_tls(idle_timeout=30)
    solo.on_event = None
    solo.feed(CLIENT_HEADER, AUTH_PLAIN)
    solo.wait(20)
    solo.feed(" ")
    solo.wait(20)
    assert isinstance(solo.events[-1], PasswordRequested)
    solo.wait(15)
    assert solo.error == "connection-timeout"


def test_the_time_of_the_tls_handshake_is_no_silence() -> None:
    solo = Solo(client_config(idle_timeout=30))
    solo.feed(HEADER, features(STARTTLS), PROCEED)
    solo.wait(29)
    solo.tls()
    solo.wait(29)
    assert solo.engine.phase is Phase.NEGOTIATING


@pytest.mark.spec("RFC 6120", "4.6.1")
def test_no_blanks_while_tls_or_sasl_runs() -> None:
    solo = Solo(client_config(keepalive=1))
    solo.feed(HEADER, features(STARTTLS), PROCEED)
    solo.sent()
    solo.wait(20)
    assert solo.sent() == ""
    solo.tls()
    solo.feed(HEADER, features(mechanisms("SCRAM-SHA-1")))
    solo.sent()
    solo.wait(20)
    assert solo.sent() == ""
    server = server_in_tls(keepalive=1)
    server.feed(CLIENT_HEADER, f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>biwsbj1qdWxpZXQscj1hYmNkZWZnaA==</auth>")
    server.sent()
    server.wait(20)
    assert server.sent() == ""


def test_no_blanks_behind_the_closing_tag() -> None:
    solo = established_client(keepalive=1)
    solo.engine.close(0)
    solo.wait(4)
    assert solo.sent() == "</stream:stream>"


def test_an_expired_certificate_is_reported_once_and_keeps_no_timer_due() -> None:
    solo = Solo(client_config())
    solo.feed(HEADER, features(STARTTLS), PROCEED)
    solo.tls(peer_expires=-5.0)
    due = solo.engine.next_timeout()
    assert due == 60
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND))
    bound = f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{JULIET}</jid></bind>"
    solo.feed(f"<iq type='result' id='{last_id(solo.sent())}'>{bound}</iq>")
    solo.wait(1)
    assert solo.one(CertificateExpired)


def test_a_certificate_that_expires_while_closing_is_of_no_interest() -> None:
    solo = Solo(client_config())
    solo.feed(HEADER, features(STARTTLS), PROCEED)
    solo.tls(peer_expires=3.0)
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND))
    solo.feed(
        f"<iq type='result' id='{last_id(solo.sent())}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        f"<jid>{JULIET}</jid></bind></iq>"
    )
    solo.engine.close(solo.now)
    solo.wait(4)
    assert not [event for event in solo.events if isinstance(event, CertificateExpired)]
    assert solo.engine.next_timeout() == 5


def test_a_timer_that_fires_early_or_twice_changes_nothing() -> None:
    solo = established_client(keepalive=30, idle_timeout=50)
    for _ in range(3):
        solo.engine.handle_timeout(1)
        solo.pull()
    assert (solo.sent(), solo.events, solo.engine.next_timeout()) == ("", [], 30)


# --- negotiation ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("restarts", "ok"), [(2, True), (1, False)])
def test_restarts(restarts: int, ok: bool) -> None:
    solo = server_logged_in(limits=Limits(restarts=restarts))
    solo.feed(CLIENT_HEADER)
    assert (solo.engine.phase is Phase.NEGOTIATING) == ok
    assert ok or solo.error == "policy-violation"


@pytest.mark.parametrize(("count", "ok"), [(64, True), (65, False)])
def test_features_that_are_looked_at(count: int, ok: bool) -> None:
    solo = client_in_tls()
    solo.feed(HEADER, features(*["<x xmlns='y'/>"] * (count - 1), mechanisms("PLAIN")))
    assert ("<auth" in solo.sent()) == ok
    solo.end_of_file()
    assert solo.ended.reason is (EndReason.CONNECTION_LOST if ok else EndReason.NEGOTIATION_FAILED)


@pytest.mark.spec("RFC 6120", "6.4.5")
@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_sasl_attempts_at_the_server(attempts: int) -> None:
    solo = server_in_tls(limits=Limits(sasl_attempts=attempts))
    solo.feed(CLIENT_HEADER)
    wrong = f"<auth xmlns='{SASL}' mechanism='PLAIN'>AGp1bGlldAB3cm9uZw==</auth>"
    for _ in range(attempts - 1):
        solo.feed(wrong)
        assert solo.engine.phase is Phase.NEGOTIATING
    solo.feed(wrong)
    assert solo.error == "policy-violation"
    assert [event.final for event in solo.events if isinstance(event, AuthenticationFailed)] == [False] * (
        attempts - 1
    ) + [True]


@pytest.mark.parametrize("attempts", [1, 2])
def test_sasl_attempts_of_the_client(attempts: int) -> None:
    solo = client_in_tls(limits=Limits(sasl_attempts=attempts))
    solo.feed(HEADER, features(mechanisms("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1")))
    for _ in range(3):
        solo.feed(f"<failure xmlns='{SASL}'><not-authorized/></failure>")
    assert solo.sent().count("<auth ") == attempts
    solo.end_of_file()
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


@pytest.mark.spec("RFC 6120", "7.7.2")
@pytest.mark.parametrize("attempts", [1, 5])
def test_bind_attempts(attempts: int) -> None:
    solo = server_logged_in(limits=Limits(bind_attempts=attempts))

    def refuse(solo: Solo, event: object) -> None:
        if isinstance(event, BindRequested):
            solo.engine.refuse(event, "conflict", solo.now)

    solo.on_event = refuse
    solo.feed(CLIENT_HEADER)
    bind = f"<iq type='set' id='b'>{BIND}</iq>"
    for _ in range(attempts - 1):
        solo.feed(bind)
        assert solo.engine.phase is Phase.NEGOTIATING
    solo.feed(bind)
    assert solo.error == "policy-violation"
    assert solo.sent().count("<conflict ") == attempts


@pytest.mark.parametrize(("count", "ok"), [(100, True), (101, False)])
def test_stanzas_before_the_stream_is_ready(count: int, ok: bool) -> None:
    solo, identifier = client_at_binding()
    solo.feed("<presence from='a@b'/>" * count)
    if not ok:
        assert solo.error == "policy-violation"
        return
    bound = f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{JULIET}</jid></bind>"
    solo.feed(f"<iq type='result' id='{identifier}'>{bound}</iq><presence from='last@b'/>")
    kinds = [type(event) for event in solo.events]
    assert kinds[kinds.index(Established) :] == [Established, *[Presence] * (count + 1)]
    last = solo.events[-1]
    assert isinstance(last, Presence)
    assert last.sender == JID("last@b")


def challenged(iterations: int, **limits: Any) -> Solo:
    solo = client_in_tls(limits=Limits(**limits))
    solo.feed(HEADER, features(mechanisms("SCRAM-SHA-1")))
    first = base64.b64decode(solo.sent().split(">")[-2].split("<")[0]).decode().split("r=")[1]
    text = base64.b64encode(f"r={first}abc,s=c2FsdA==,i={iterations}".encode()).decode()
    solo.feed(f"<challenge xmlns='{SASL}'>{text}</challenge>")
    return solo


@pytest.mark.spec("RFC 7677", "4")
@pytest.mark.parametrize(("iterations", "ok"), [(99, False), (100, True), (200, True), (201, False)])
def test_iterations(iterations: int, ok: bool) -> None:
    solo = challenged(iterations, scram_iterations=(100, 200))
    assert ("<response" in solo.sent()) == ok
    solo.end_of_file()
    assert solo.ended.reason is (EndReason.CONNECTION_LOST if ok else EndReason.AUTHENTICATION_FAILED)


@pytest.mark.parametrize(("iterations", "asked"), [(5000, False), (5001, True)])
def test_iterations_that_are_derived_at_once(iterations: int, asked: bool) -> None:
    solo = challenged(iterations, derive_inline=5000)
    assert any(isinstance(event, KeyDerivationRequested) for event in solo.events) == asked
    assert ("<response" in solo.sent()) != asked


# --- what the caller hands in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["\0", "\x1b", "\ud800", "\uffff"])
def test_texts_that_xml_cannot_carry_leave_no_trace(text: str) -> None:
    solo = server_in_tls()
    solo.on_event = None
    solo.feed(CLIENT_HEADER, AUTH_PLAIN)
    solo.sent()
    question = solo.one(PasswordRequested)
    with pytest.raises(LocalProtocolError):
        solo.engine.refuse(question, "account-disabled", 0, text)
    with pytest.raises(LocalProtocolError):
        solo.engine.close(0, StreamError(StreamErrorCondition.RESET, text))
    with pytest.raises(LocalProtocolError):
        solo.engine.close(0, StreamError(StreamErrorCondition.RESET, application=Element(("u", "x"), {}, [text])))
    assert solo.engine.output_size == 0
    solo.engine.answer(question, True, 0)
    solo.pull()
    assert "<success" in solo.sent()


def test_a_request_that_cannot_be_sent_gets_no_id() -> None:
    from xmppwire.stanza import Iq

    solo = established_client()
    other = established_client()
    bad = Iq.get(Element(("urn:x", "x"), {}, ["\0"]))
    with pytest.raises(LocalProtocolError):
        solo.engine.send(bad, 0)
    assert bad.id is None
    first, second = Iq.get(TICK), Iq.get(TICK)
    solo.engine.send(first, 0)
    other.engine.send(second, 0)
    assert first.id == second.id, "the source of ids was not touched"


def test_a_buffer_may_be_filled_again() -> None:
    solo = established_client()
    buffer = bytearray(b"<presence from='a@b'/>")
    solo.engine.receive_data(memoryview(buffer), 0)  # type: ignore[arg-type]
    buffer[:] = b"x" * len(buffer)
    solo.pull()
    assert solo.one(Presence)
    with pytest.raises(TypeError):
        solo.engine.receive_data("<presence/>", 0)  # type: ignore[arg-type]
    solo.pull()
    assert solo.engine.phase is Phase.ESTABLISHED


def test_no_bytes_come_behind_the_end_of_the_transport() -> None:
    solo = established_client()
    solo.engine.receive_data(b"", 0)
    solo.engine.receive_data(b"", 0)
    with pytest.raises(LocalProtocolError):
        solo.engine.receive_data(b"<presence/>", 0)
    solo.pull()
    assert solo.events == [solo.ended]


def test_the_end_of_the_transport_is_not_forgotten_by_tls() -> None:
    for before in (False, True):
        solo = Solo(client_config())
        solo.feed(HEADER, features(STARTTLS))
        solo.engine.receive_data(PROCEED.encode(), 0)
        if before:
            solo.engine.receive_data(b"", 0)
        solo.pull() if before else solo.engine.next_event(0)
        if not before:
            solo.engine.receive_data(b"", 0)
            solo.engine.tls_established(TLSInfo("TLSv1.3"), 0)
            solo.pull()
        assert solo.ended.reason is (EndReason.TLS_FAILED if before else EndReason.CONNECTION_LOST)


def test_closing_between_an_answer_and_the_next_pull() -> None:
    """The answer has not moved anything yet: no success is on the wire that no event speaks of."""
    solo = server_in_tls()
    solo.on_event = None
    solo.feed(CLIENT_HEADER, AUTH_PLAIN)
    solo.sent()
    question = solo.one(PasswordRequested)
    solo.engine.answer(question, True, 0)
    assert solo.engine.phase is Phase.NEGOTIATING
    with pytest.raises(LocalProtocolError):
        solo.engine.answer(question, True, 0)
    solo.engine.close(0)
    assert solo.sent() == "</stream:stream>"
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.LOCAL_CLOSE


def test_nothing_is_written_behind_our_closing_tag() -> None:
    """Not even the answer of a feature that would take the request."""
    solo = established_server()
    solo.engine.close(0)
    session = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"
    solo.feed(f"<iq type='set' id='1'>{session}</iq><iq type='get' id='2'/><message to='@'/>")
    assert solo.sent() == "</stream:stream>"
    solo.wait(5)
    assert solo.ended.reason is EndReason.LOCAL_CLOSE


def test_what_came_early_is_delivered_to_a_program_that_closes_at_once() -> None:
    solo, identifier = client_at_binding()
    solo.feed("<presence from='early@b'/><presence from='second@b'/>")

    def close(solo: Solo, event: object) -> None:
        if isinstance(event, Established):
            solo.engine.close(solo.now)

    solo.on_event = close
    bound = f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{JULIET}</jid></bind>"
    solo.feed(f"<iq type='result' id='{identifier}'>{bound}</iq><presence from='third@b'/></stream:stream>")
    senders = [str(event.sender) for event in solo.events if isinstance(event, Presence)]
    assert senders == ["early@b", "second@b", "third@b"]
    assert solo.ended.clean


# --- SASL messages --------------------------------------------------------------------------------------------------


def test_a_sasl_message_is_short_whatever_a_stanza_may_be() -> None:
    solo = server_in_tls(limits=Limits(before_login=XMLLimits()))
    solo.feed(CLIENT_HEADER, f"<auth xmlns='{SASL}' mechanism='PLAIN'>{'A' * 200_000}</auth>")
    failed = solo.one(AuthenticationFailed)
    assert (failed.condition.value, failed.text) == ("malformed-request", "the message is too long")


def test_one_attempt_is_made_even_where_none_is_allowed() -> None:
    solo = client_in_tls(limits=Limits(sasl_attempts=0))
    solo.feed(HEADER, features(mechanisms("PLAIN")), f"<failure xmlns='{SASL}'><not-authorized/></failure>")
    assert solo.one(AuthenticationFailed).final
    solo.end_of_file()
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_a_name_that_cannot_be_sent_ends_the_login() -> None:
    solo = client_in_tls(authcid="jul\x07iet")
    solo.feed(HEADER, features(mechanisms("SCRAM-SHA-1")))
    assert "<auth" not in solo.sent()
    solo.end_of_file()
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_an_answer_of_the_wrong_kind_changes_nothing() -> None:
    solo = server_logged_in()
    solo.on_event = None
    solo.feed(CLIENT_HEADER, f"<iq type='set' id='b'>{BIND}</iq>")
    question = solo.one(BindRequested)
    for wrong in (None, "", 7, JID("juliet@capulet.lit"), "a\0b", "x" * 2000):
        with pytest.raises(LocalProtocolError):
            solo.engine.answer(question, wrong, 0)
    solo.engine.answer(question, JID("juliet@capulet.lit/given"), 0)
    solo.pull()
    assert solo.one(Established).jid == JID("juliet@capulet.lit/given")
