"""BOSH for clients (XEP-0124, XEP-0206): the session, against a connection manager written by hand."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.pair import seeded
from xmppwire.jid import JID
from xmppwire.stanza import Message
from xmppwire.stream import ClientConfig, Connection, EndReason, Established, Framing, Limits, SeeOtherURI, TLSInfo
from xmppwire.stream.bosh import BOSHSession, Request
from xmppwire.stream.events import Event, Signal, StreamEnded, TLSRequested

NS = "http://jabber.org/protocol/httpbind"
OPEN = b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='capulet.lit' from='juliet@capulet.lit' version='1.0'/>"
CLOSE = b"<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"
FEATURES = "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>"
HELLO = b"<message xmlns='jabber:client'><body>hello</body></message>"


def body(content: str = "", **attributes: Any) -> bytes:
    named = "".join(f" {name}='{value}'" for name, value in attributes.items())
    return f"<body xmlns='{NS}' xmlns:xmpp='urn:xmpp:xbosh'{named}>{content}</body>".encode()


def created(**attributes: Any) -> bytes:
    given = {"sid": "s1", "wait": 60, "requests": 2, "hold": 1, "inactivity": 30, "polling": 5, "from": "capulet.lit"}
    return body(FEATURES, **{**given, **attributes})


class Bench:
    """A session, the time, and the requests that are under way."""

    def __init__(self, **limits: Any) -> None:
        self.session = BOSHSession(Limits(**limits), seeded(5))
        self.now = 1000.0
        self.session.write(OPEN)

    def request(self, **options: Any) -> Request:
        request = self.session.next_request(self.now, **options)
        assert request is not None
        return request

    def quiet(self) -> bool:
        return self.session.next_request(self.now) is None

    def answer(self, request: Request, data: bytes, status: int = 200) -> None:
        self.session.receive_response(request.rid, status, data, self.now)

    def read(self) -> list[bytes]:
        found: list[bytes] = []
        while (message := self.session.read()) is not None:
            found.append(message)
        return found

    def wait(self, seconds: float) -> None:
        """Let time pass, as a driver would."""
        target = self.now + seconds
        for _ in range(1000):
            due = self.session.next_timeout()
            if due is None or due > target:
                break
            assert due > self.now or due == float("-inf")
            self.now = due
            self.session.handle_timeout(due)
            if not self.session.over:
                return
        self.now = target
        self.session.handle_timeout(target)


def running(**attributes: Any) -> Bench:
    """A session that is created; nothing is under way."""
    bench = Bench()
    bench.answer(bench.request(), created(**attributes))
    bench.read()
    bench.now += 1.0
    return bench


def attribute(request: Request, name: str) -> str | None:
    found = re.search(rf" {name}='([^']*)'", request.body.decode().partition(">")[0])
    return found[1] if found else None


# --- its life ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0124", "7.1")
@pytest.mark.spec("XEP-0206", "3")
def test_a_session_is_created_by_the_stream_header() -> None:
    bench = Bench()
    request = bench.request()
    wanted = {"to": "capulet.lit", "from": "juliet@capulet.lit", "hold": "1", "wait": "60", "ack": "1", "sid": None}
    assert {name: attribute(request, name) for name in wanted} == wanted
    assert attribute(request, "xmpp:version") == "1.0"
    assert attribute(request, "rid") == str(request.rid)
    assert 0 < request.rid < 2**53 - 2**48
    bench.session.write(HELLO)
    assert bench.quiet()  # nothing can be said before the session has an id


@pytest.mark.spec("XEP-0124", "7.2")
@pytest.mark.spec("XEP-0206", "4")
def test_what_comes_back_is_the_header_and_the_features() -> None:
    bench = Bench()
    bench.answer(bench.request(), created(**{"authid": "stream-7", "xmpp:version": "1.0"}))
    header, features = bench.read()
    assert b"urn:ietf:params:xml:ns:xmpp-framing" in header
    assert b"id='stream-7'" in header
    assert b"from='capulet.lit'" in header
    assert b"features" in features
    assert bench.session.requests == 2


@pytest.mark.spec("XEP-0206", "4")
def test_the_features_may_come_later() -> None:
    bench = Bench()
    bench.answer(bench.request(), body(sid="s1", wait=60, requests=2))
    assert bench.read() == []
    bench.now += 1.0
    request = bench.request()
    assert request.empty
    bench.answer(request, body(FEATURES))
    assert len(bench.read()) == 2


@pytest.mark.spec("XEP-0206", "5")
def test_a_restart_is_a_request_of_its_own() -> None:
    bench = running()
    bench.session.write(HELLO)
    bench.session.write(OPEN)
    bench.session.write(HELLO)
    first = bench.request()
    assert HELLO in first.body
    bench.now += 1.0
    restart = bench.request()
    assert attribute(restart, "xmpp:restart") == "true"
    assert attribute(restart, "sid") == "s1"
    assert HELLO not in restart.body
    bench.answer(first, body("<x xmlns='urn:x'/>"))
    bench.answer(restart, body(FEATURES))
    messages = bench.read()
    assert [message[:5] for message in messages] == [b"<x xm", b"<open", b"<feat"] or b"features" in messages[-1]
    assert messages[1].startswith(b"<open ")


@pytest.mark.spec("XEP-0124", "8")
def test_a_request_is_always_under_way() -> None:
    bench = running()
    held = bench.request()
    assert held.empty
    assert bench.quiet()
    bench.now += 60.0
    bench.answer(held, body())
    assert bench.request().empty


@pytest.mark.spec("XEP-0124", "11")
def test_no_more_than_the_server_allows() -> None:
    bench = running()
    bench.request()
    bench.now += 1.0
    bench.session.write(HELLO)
    first = bench.request()
    assert not first.empty
    bench.session.write(HELLO)
    bench.now += 1.0
    assert not bench.session.urgent
    assert bench.quiet()


def test_two_requests_do_not_overtake_each_other() -> None:
    bench = running()
    bench.request()
    bench.session.write(HELLO)
    assert bench.quiet()
    due = bench.session.next_timeout()
    assert due is not None
    assert 0 < due - bench.now < 0.2
    bench.now = due
    assert not bench.request().empty


@pytest.mark.spec("XEP-0124", "12")
def test_a_server_that_wants_polling_is_polled_as_it_says() -> None:
    bench = running(requests=1, hold=0, polling=7)
    first = bench.request()
    bench.answer(first, body())
    assert bench.quiet()
    assert bench.session.next_timeout() == bench.now + 7
    bench.session.write(HELLO)  # what there is to be said need not wait
    second = bench.request()
    bench.answer(second, body())
    bench.now += 7.0
    assert bench.request().empty


def test_empty_answers_at_once_are_no_reason_to_ask_at_once() -> None:
    bench = running()
    for _ in range(3):
        bench.answer(bench.request(), body())
        assert bench.quiet()
        bench.now += 1.0


@pytest.mark.spec("XEP-0124", "14.2")
def test_responses_are_taken_in_the_order_of_the_requests() -> None:
    bench = running()
    first = bench.request()
    bench.now += 1.0
    bench.session.write(HELLO)
    second = bench.request()
    assert second.rid == first.rid + 1
    bench.answer(second, body("<b xmlns='urn:x'/>"))
    assert bench.read() == []
    bench.answer(first, body("<a xmlns='urn:x'/>"))
    assert bench.read() == [b"<a xmlns='urn:x'/>", b"<b xmlns='urn:x'/>"]


@pytest.mark.spec("XEP-0124", "9.2")
def test_responses_are_acknowledged_where_that_says_something() -> None:
    bench = running()
    first = bench.request()
    assert attribute(first, "ack") is None
    bench.now += 1.0
    bench.session.write(HELLO)
    assert attribute(bench.request(), "ack") == str(first.rid - 1)


# --- its end -------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0124", "13")
def test_we_end_it_with_what_there_is_to_say() -> None:
    bench = running()
    held = bench.request()
    bench.now += 1.0
    bench.session.write(HELLO)
    bench.session.write(CLOSE)
    assert bench.session.closing
    last = bench.request()
    assert attribute(last, "type") == "terminate"
    assert HELLO in last.body
    bench.answer(held, body(type="terminate"))
    assert bench.read() == [b"<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>", b""]
    assert bench.session.over
    assert bench.session.fault is None
    assert bench.quiet()


def test_an_empty_answer_to_the_end_is_one() -> None:
    bench = running()
    bench.session.write(CLOSE)
    bench.answer(bench.request(), body())
    assert bench.session.over
    assert bench.session.fault is None


@pytest.mark.spec("XEP-0206", "6")
def test_a_stream_error_comes_before_the_end() -> None:
    bench = running()
    error = (
        "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>"
        "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
    )
    bench.answer(bench.request(), body(error, type="terminate", condition="remote-stream-error"))
    first, second, end = bench.read()
    assert b"conflict" in first
    assert second.startswith(b"<close ")
    assert end == b""


@pytest.mark.spec("XEP-0124", "17.2")
@pytest.mark.parametrize("condition", ["item-not-found", "policy-violation", "other-request"])
def test_the_server_ends_it(condition: str) -> None:
    bench = running()
    bench.answer(bench.request(), body("<a xmlns='urn:x'/>", type="terminate", condition=condition))
    assert bench.read() == [b"<a xmlns='urn:x'/>", b""]
    assert bench.session.fault == f"the server ended the session: {condition}"


@pytest.mark.spec("XEP-0124", "17.2")
def test_the_server_sends_us_elsewhere() -> None:
    bench = running()
    uri = "<uri>https://other.capulet.lit/bosh</uri>"
    bench.answer(bench.request(), body(uri, type="terminate", condition="see-other-uri"))
    assert b"see-other-uri='https://other.capulet.lit/bosh'" in bench.read()[-2]


# --- what can go wrong ---------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0124", "14.3")
@pytest.mark.parametrize("status", [None, 502, 503])
def test_a_request_that_was_lost_is_sent_again_to_the_byte(status: int | None) -> None:
    bench = running()
    bench.session.write(HELLO)
    request = bench.request()
    before = request.body
    if status is None:
        bench.session.request_failed(request.rid, bench.now, "lost")
    else:
        bench.answer(request, b"", status)
    assert bench.session.urgent
    again = bench.request()
    assert again.rid == request.rid
    assert again.body == before
    bench.answer(again, body("<a xmlns='urn:x'/>"))
    assert bench.read() == [b"<a xmlns='urn:x'/>"]
    bench.answer(again, body("<a xmlns='urn:x'/>"))  # a response that comes twice counts once
    assert bench.read() == []


@pytest.mark.spec("XEP-0124", "17.3")
def test_a_recoverable_condition_has_everything_sent_again() -> None:
    bench = running()
    first = bench.request()
    bench.now += 1.0
    bench.session.write(HELLO)
    second = bench.request()
    bench.answer(second, body(type="error"))
    bench.now += 1.0
    again = [bench.request().rid]
    bench.now += 1.0
    again.append(bench.request().rid)
    assert again == [first.rid, second.rid]


def test_one_that_is_lost_again_and_again_is_the_end() -> None:
    bench = running()
    for _ in range(10):
        if bench.session.over:
            break
        request = bench.request()
        bench.session.request_failed(request.rid, bench.now, "the server closed the connection")
        bench.now += 1.0
    assert bench.session.fault == "the server closed the connection"
    assert bench.read() == [b""]


@pytest.mark.spec("XEP-0124", "10")
def test_without_a_connection_the_server_forgets_the_session() -> None:
    bench = running(inactivity=30)
    bench.session.request_failed(bench.request().rid, bench.now, "lost")
    for _ in range(40):
        bench.wait(1.0)
    assert bench.session.fault is not None
    assert "forgotten" in bench.session.fault


def test_a_server_that_never_answers_is_given_up() -> None:
    bench = running()
    bench.request()
    bench.wait(1000.0)
    assert bench.session.fault == "the server does not answer"


BAD = {
    "no XML": (b"hello", 200),
    "another element": (b"<html/>", 200),
    "half a body": (b"<body xmlns='http://jabber.org/protocol/httpbind'>", 200),
    "two bodies": (body() + body(), 200),
    "behind it": (body() + b"x", 200),
    "an entity": (b"<!DOCTYPE x><body/>", 200),
    "too much": (body("<a>" + "x" * 300_000 + "</a>"), 200),
    "too deep": (body("<a>" * 200 + "</a>" * 200), 200),
    "not there": (b"", 404),
    "elsewhere": (b"", 301),
    "nothing": (b"", 200),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_response_ends_it(bad: str) -> None:
    data, status = BAD[bad]
    bench = running()
    bench.answer(bench.request(), data, status)
    assert bench.session.fault
    assert bench.read() == [b""]


@pytest.mark.parametrize("sid", ["", "x" * 2000])
def test_no_session_without_an_id(sid: str) -> None:
    bench = Bench()
    bench.answer(bench.request(), created(sid=sid))
    assert bench.session.fault == "the server creates no session"


def test_numbers_that_are_none_are_not_taken() -> None:
    bench = running(requests="many", hold="-1", wait="1e9", polling="", inactivity="99999999999999")
    assert bench.session.requests == 2
    assert bench.request().empty


def test_a_declaration_may_stand_in_front() -> None:
    bench = running()
    bench.answer(bench.request(), b"<?xml version='1.0'?>\n" + body("<a xmlns='urn:x'/>"))
    assert bench.read() == [b"<a xmlns='urn:x'/>"]


# --- with an engine ------------------------------------------------------------------------------------------------


class Whole:
    """An engine over a session."""

    def __init__(self) -> None:
        self.now = 0.0
        self.events: list[Event] = []
        jid = JID("juliet@capulet.lit/b")
        config = ClientConfig(jid=jid, password="r0m30", framing=Framing.WEBSOCKET, direct_tls=True, random=seeded(1))
        self.engine = Connection(config)
        self.session = BOSHSession(config.limits, seeded(2))
        self.engine.start(0.0)
        self.turn()
        assert isinstance(self.events[-1], TLSRequested)
        self.engine.tls_established(TLSInfo(version="TLSv1.3"), 0.0)
        self.turn()

    def turn(self) -> None:
        while True:
            event = self.engine.next_event(self.now)
            if not isinstance(event, Signal):
                self.events.append(event)
            elif (message := self.session.read()) is not None:
                self.engine.receive_data(message, self.now)
            else:
                break
        while data := self.engine.data_to_send():
            self.session.write(data)

    def exchange(self, content: str = "", **attributes: Any) -> str:
        """The next request, which gets this response."""
        self.now += 1.0
        request = self.session.next_request(self.now)
        assert request is not None
        self.session.receive_response(request.rid, 200, body(content, **attributes), self.now)
        self.turn()
        return request.body.decode()


def logged_in() -> Whole:
    whole = Whole()
    sasl = "urn:ietf:params:xml:ns:xmpp-sasl"
    offer = f"<mechanisms xmlns='{sasl}'><mechanism>PLAIN</mechanism></mechanisms>"
    features = "<s:features xmlns:s='http://etherx.jabber.org/streams'>{}</s:features>"
    assert "to='capulet.lit'" in whole.exchange(features.format(offer), sid="s1", wait=60, requests=2)
    assert "PLAIN" in whole.exchange(f"<success xmlns='{sasl}'/>")
    bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
    assert "xmpp:restart='true'" in whole.exchange(features.format(bind))
    whole.now += 1.0
    request = whole.session.next_request(whole.now)
    assert request is not None
    identifier = re.findall(r" id='([^']*)'", request.body.decode())[-1]
    bound = f"{bind[:-2]}><jid>juliet@capulet.lit/b</jid></bind>"
    result = f"<iq xmlns='jabber:client' type='result' id='{identifier}'>{bound}</iq>"
    whole.session.receive_response(request.rid, 200, body(result), whole.now)
    whole.turn()
    assert isinstance(whole.events[-1], Established)
    return whole


@pytest.mark.spec("XEP-0206", "5")
def test_a_login_and_an_orderly_end() -> None:
    whole = logged_in()
    whole.exchange("<message xmlns='jabber:client' from='romeo@montague.lit'><body>hi</body></message>")
    assert isinstance(whole.events[-1], Message)
    whole.engine.close(whole.now)
    whole.turn()
    assert "type='terminate'" in whole.exchange(type="terminate")
    ended = whole.events[-1]
    assert isinstance(ended, StreamEnded)
    assert ended.clean


@pytest.mark.parametrize(("uri", "followed"), [("https://b.capulet.lit/", True), ("http://b.capulet.lit/", False)])
def test_see_other_uri_leads_to_no_lower_security(uri: str, followed: bool) -> None:
    whole = logged_in()
    whole.exchange(f"<uri>{uri}</uri>", type="terminate", condition="see-other-uri")
    found = [event for event in whole.events if isinstance(event, SeeOtherURI)]
    assert [event.uri for event in found] == ([uri] if followed else [])


def test_a_session_that_the_server_forgot_is_a_lost_connection() -> None:
    whole = logged_in()
    whole.exchange(type="terminate", condition="item-not-found")
    ended = whole.events[-1]
    assert isinstance(ended, StreamEnded)
    assert ended.reason is EndReason.CONNECTION_LOST


def test_what_is_to_be_sent_again_is_answered_after_all() -> None:
    bench = running()
    held = bench.request()
    bench.session.write(HELLO)
    bench.now += 1.0
    second = bench.request()
    bench.answer(second, body(type="error"))  # of all that came before it, it says (section 17.3)
    bench.answer(held, body())
    bench.now += 1.0
    assert bench.request().rid == second.rid


def test_a_namespace_that_is_declared_once_for_all_does_not_swell_a_response() -> None:
    bench = running()
    bench.session.established = True
    content = ("<message xmlns='jabber:client'>" + "<a:x/>" * 9000 + "</message>") * 16
    declared = f"<body xmlns='{NS}' xmlns:a='{'x' * 1000}'>{content}</body>".encode()
    bench.answer(bench.request(), declared)
    assert sum(map(len, bench.read())) < 2.2 * bench.session.body_bytes
    assert "beyond measure" in (bench.session.fault or "")
