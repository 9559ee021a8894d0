"""Resource binding (RFC 6120 section 7) and the session request of older servers."""

from __future__ import annotations

import pytest

from tests.stream.streams import (
    BIND,
    CLIENT_HEADER,
    HEADER,
    JULIET,
    SUCCESS,
    Solo,
    client_at_binding,
    client_in_tls,
    established_server,
    features,
    last_id,
    mechanisms,
    server_logged_in,
)
from xmppwire.jid import JID
from xmppwire.stanza import Message
from xmppwire.stream import BindRequested, EndReason, Established, LocalProtocolError, Phase, StanzaRejected

NS = "urn:ietf:params:xml:ns:xmpp-bind"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
SESSION = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"


def bound(identifier: str, jid: str = str(JULIET)) -> str:
    return f"<iq type='result' id='{identifier}'><bind xmlns='{NS}'><jid>{jid}</jid></bind></iq>"


def refused(identifier: str, condition: str, kind: str = "cancel") -> str:
    return f"<iq type='error' id='{identifier}'><error type='{kind}'><{condition} xmlns='{STANZAS}'/></error></iq>"


def request(resource: str | None = None, identifier: str = "b1") -> str:
    inner = f"<resource>{resource}</resource>" if resource is not None else ""
    return f"<iq type='set' id='{identifier}'><bind xmlns='{NS}'>{inner}</bind></iq>"


@pytest.mark.spec("RFC 6120", "7.7.1")
def test_client_takes_whatever_address_the_server_gives() -> None:
    solo, identifier = client_at_binding()
    solo.feed(bound(identifier, "juliet@verona.lit/other"))
    assert solo.one(Established).jid == JID("juliet@verona.lit/other")
    assert solo.engine.jid == JID("juliet@verona.lit/other")


@pytest.mark.spec("RFC 6120", "7.6")
def test_client_without_a_resource_leaves_the_choice() -> None:
    solo = client_in_tls(jid=JULIET.bare)
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND))
    assert f"<bind xmlns='{NS}'/>" in solo.sent()


@pytest.mark.parametrize("condition", ["conflict", "bad-request", "not-acceptable", "jid-malformed"])
@pytest.mark.spec("RFC 6120", "7.7.2.1", "7.7.2.2")
def test_client_lets_the_server_choose_where_its_resource_is_refused(condition: str) -> None:
    solo, identifier = client_at_binding()
    solo.feed(refused(identifier, condition, "modify"))
    sent = solo.sent()
    assert f"<bind xmlns='{NS}'/>" in sent
    solo.feed(bound(last_id(sent), f"{JULIET.bare}/4db06f06"))
    assert solo.one(Established).jid.resourcepart == "4db06f06"


@pytest.mark.parametrize("condition", ["resource-constraint", "not-allowed", "internal-server-error"])
@pytest.mark.spec("RFC 6120", "7.6.2.1", "7.6.2.2")
def test_client_gives_up_where_no_resource_would_do(condition: str) -> None:
    solo, identifier = client_at_binding()
    solo.feed(refused(identifier, condition, "wait"), "</stream:stream>")
    assert solo.ended.reason is EndReason.NEGOTIATION_FAILED
    assert condition in solo.ended.text


def test_client_gives_up_where_even_the_servers_choice_is_refused() -> None:
    solo, identifier = client_at_binding()
    solo.feed(refused(identifier, "conflict"))
    solo.feed(refused(last_id(solo.sent()), "conflict"), "</stream:stream>")
    assert solo.ended.reason is EndReason.NEGOTIATION_FAILED


@pytest.mark.parametrize(
    "reply",
    [
        "<iq type='result' id='%s'/>",
        f"<iq type='result' id='%s'><bind xmlns='{NS}'/></iq>",
        f"<iq type='result' id='%s'><bind xmlns='{NS}'><jid>juliet@capulet.lit</jid></bind></iq>",
        f"<iq type='result' id='%s'><bind xmlns='{NS}'><jid>@@</jid></bind></iq>",
        "<iq type='error' id='%s'/>",
        "<iq type='error' id='%s'><error/></iq>",
    ],
)
def test_client_gives_up_where_the_reply_makes_no_sense(reply: str) -> None:
    solo, identifier = client_at_binding()
    solo.feed(reply % identifier, "</stream:stream>")
    if solo.engine.phase is not Phase.CLOSED:  # an error without a word on what it is: asked once more
        solo.feed(reply % last_id(solo.sent()), "</stream:stream>")
    assert solo.ended.reason is EndReason.NEGOTIATION_FAILED


def test_client_keeps_stanzas_that_come_before_the_reply() -> None:
    solo, identifier = client_at_binding()
    solo.feed("<message from='a@b' id='other'><body>early</body></message>", f"<iq type='result' id='x{identifier}'/>")
    assert not [event for event in solo.events if isinstance(event, Message)]
    solo.feed(bound(identifier))
    kinds = [type(event).__name__ for event in solo.events[-3:]]
    assert kinds == ["Established", "Message", "Iq"]


def test_client_does_not_keep_them_without_end() -> None:
    solo, _ = client_at_binding()
    solo.feed("<message from='a@b'/>" * 101)
    assert solo.error == "policy-violation"


def test_client_refuses_other_elements_while_it_waits() -> None:
    solo, _ = client_at_binding()
    solo.feed("<foo xmlns='bar'/>")
    assert solo.error == "unsupported-stanza-type"


def test_no_way_to_log_in_or_to_bind() -> None:
    solo = client_in_tls()
    solo.feed(HEADER + features(), "</stream:stream>")
    assert solo.ended.reason is EndReason.NEGOTIATION_FAILED
    assert "log in" in solo.ended.text
    solo = client_in_tls()
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(), "</stream:stream>")
    assert "bind" in solo.ended.text


@pytest.mark.spec("RFC 6120", "4.9.3.22")
def test_a_required_feature_that_is_unknown() -> None:
    solo, identifier = client_at_binding()
    solo = client_in_tls()
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS)
    solo.feed(HEADER + features(BIND, "<taste xmlns='urn:example:wine'><required/></taste>"))
    identifier = last_id(solo.sent())
    solo.feed(bound(identifier))
    assert solo.error == "unsupported-feature"


@pytest.mark.spec("RFC 3921", "3")
def test_the_session_request_of_older_servers() -> None:
    solo = client_in_tls()
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND, SESSION))
    solo.feed(bound(last_id(solo.sent())))
    sent = solo.sent()
    assert SESSION in sent
    assert solo.engine.phase is Phase.NEGOTIATING
    solo.feed(f"<iq type='result' id='{last_id(sent)}'/>")
    assert solo.engine.phase is Phase.ESTABLISHED


def test_an_optional_session_is_left_out() -> None:
    solo = client_in_tls()
    optional = SESSION.replace("/>", "><optional/></session>")
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND, optional))
    solo.feed(bound(last_id(solo.sent())))
    assert solo.engine.phase is Phase.ESTABLISHED


def test_a_session_that_is_refused() -> None:
    solo = client_in_tls()
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND, SESSION))
    solo.feed(bound(last_id(solo.sent())))
    solo.feed(refused(last_id(solo.sent()), "forbidden", "auth"), "</stream:stream>")
    assert solo.ended.reason is EndReason.NEGOTIATION_FAILED


# --- the server's half ----------------------------------------------------------------------------------------------


def server() -> Solo:
    solo = server_logged_in()
    solo.on_event = None
    solo.feed(CLIENT_HEADER)
    assert "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>" in solo.sent()
    return solo


@pytest.mark.parametrize(
    ("asked", "prepared"), [("balcony", "balcony"), ("Balcony", "Balcony"), (None, None), ("", None)]
)
@pytest.mark.spec("RFC 6120", "7.5")
def test_server_asks_the_program(asked: str | None, prepared: str | None) -> None:
    solo = server()
    solo.feed(request(asked))
    question = solo.one(BindRequested)
    assert (question.jid, question.resource) == (JULIET.bare, prepared)
    solo.engine.answer(question, "given", 0)
    solo.pull()
    assert f"<jid>{JULIET.bare}/given</jid>" in solo.sent()
    assert solo.one(Established).jid == JID("juliet@capulet.lit/given")


def test_server_may_answer_with_a_whole_address() -> None:
    solo = server()
    solo.feed(request())
    question = solo.one(BindRequested)
    for wrong in ("", 5, JULIET.bare, "x" * 1024, "a\0b"):
        with pytest.raises(LocalProtocolError):
            solo.engine.answer(question, wrong, 0)
    with pytest.raises(LocalProtocolError, match="stanza error"):
        solo.engine.refuse(question, "aborted", 0)
    solo.engine.answer(question, JID("nurse@capulet.lit/x"), 0)
    solo.pull()
    assert solo.engine.jid == JID("nurse@capulet.lit/x")


@pytest.mark.parametrize("condition", ["conflict", "not-allowed", "resource-constraint", "bad-request"])
def test_server_refuses_with_each_error_and_allows_another_try(condition: str) -> None:
    solo = server()
    solo.feed(request("taken"))
    solo.engine.refuse(solo.one(BindRequested), condition, 0, "not that one")
    solo.pull()
    sent = solo.sent()
    assert f"<{condition} xmlns='{STANZAS}'/>" in sent
    assert "not that one" in sent
    solo.feed(request("free", "b2"))
    assert len([event for event in solo.events if isinstance(event, BindRequested)]) == 2


@pytest.mark.spec("RFC 6120", "7.7.3")
def test_server_closes_after_too_many_tries() -> None:
    solo = server()
    for number in range(5):
        solo.feed(request("&#xfffe;" if False else "\u0600\u0007x".replace("\u0007", "\u00ad"), f"b{number}"))
    assert solo.sent().count("<bad-request") == 5
    assert solo.error == "policy-violation"


@pytest.mark.parametrize(
    "iq",
    [
        f"<iq type='get' id='1'><bind xmlns='{NS}'/></iq>",
        f"<iq type='set'><bind xmlns='{NS}'/></iq>",
        f"<iq id='1'><bind xmlns='{NS}'/></iq>",
    ],
)
def test_server_answers_odd_requests_with_bad_request(iq: str) -> None:
    solo = server()
    solo.feed(iq)
    assert "<bad-request" in solo.sent()
    assert not [event for event in solo.events if isinstance(event, BindRequested)]


@pytest.mark.spec("RFC 6120", "7.1", "4.3.5")
@pytest.mark.parametrize(
    "stanza",
    [
        "<message to='romeo@montague.lit'><body>hi</body></message>",
        "<presence to='romeo@montague.lit'/>",
        "<message to='@'/>",
        "<iq type='get' id='1' to='montague.lit'><ping xmlns='urn:xmpp:ping'/></iq>",
    ],
)
def test_stanzas_to_others_before_binding_end_the_stream(stanza: str) -> None:
    solo = server()
    solo.feed(stanza)
    assert solo.error == "not-authorized"


@pytest.mark.parametrize("to", ["", " to='capulet.lit'", " to='juliet@capulet.lit'"])
def test_stanzas_to_the_server_before_binding_get_an_answer(to: str) -> None:
    solo = server()
    solo.feed(f"<iq type='get' id='1'{to}><ping xmlns='urn:xmpp:ping'/></iq>")
    assert "<not-allowed" in solo.sent()
    solo.feed(f"<message type='error'{to}/>")
    assert solo.sent() == ""
    solo.feed(request("balcony"))
    assert solo.one(BindRequested)


def test_a_stanza_before_authentication_ends_the_stream() -> None:
    from tests.stream.streams import server_in_tls

    solo = server_in_tls()
    solo.feed(CLIENT_HEADER, "<presence/>")
    assert solo.error == "not-authorized"


def test_binding_before_authentication() -> None:
    from tests.stream.streams import server_in_tls

    solo = server_in_tls()
    solo.feed(CLIENT_HEADER, request("x"))
    assert solo.error == "not-authorized"


def test_server_answers_the_session_request_of_older_clients() -> None:
    solo = established_server()
    solo.feed(f"<iq type='set' id='s1'>{SESSION}</iq>")
    assert solo.sent() == "<iq type='result' id='s1'/>"
    assert solo.events == []
    solo.feed("<message to='a@b'/>")
    assert len(solo.events) == 1


def test_a_second_binding_is_an_ordinary_request() -> None:
    solo = established_server()
    solo.feed(request("again", "b2"))
    assert not isinstance(solo.events[-1], StanzaRejected | BindRequested)
