"""In-Band Registration (XEP-0077) before a login, both halves."""

from __future__ import annotations

import re

import pytest

from tests.stream.streams import (
    CLIENT_HEADER,
    HEADER,
    STARTTLS,
    SUCCESS,
    Solo,
    client_config,
    client_in_tls,
    features,
    mechanisms,
    obliging,
    server_config,
    server_in_tls,
)
from xmppwire.jid import JID
from xmppwire.protocol.in_band_registration import RegistrationQuery
from xmppwire.stream import (
    Authenticated,
    EndReason,
    Event,
    Limits,
    LocalProtocolError,
    Registered,
    Registration,
    RegistrationFailed,
    RegistrationFormRequested,
    RegistrationRequested,
)
from xmppwire.xml import Element

pytestmark = pytest.mark.spec("XEP-0077", "3.1")

OFFER = "<register xmlns='http://jabber.org/features/iq-register'/>"
NS = "jabber:iq:register"
EMAIL = Registration(fields=[("email", "juliet@capulet.example")])
FORM = (
    "<x xmlns='jabber:x:data' type='form'><field type='hidden' var='FORM_TYPE'><value>jabber:iq:register</value></field>"
    "<field type='text-single' var='username'><required/></field>"
    "<field type='text-private' var='password'><required/></field>"
    "<field type='text-single' var='email'><required/></field></x>"
)


def query(inner: str = "") -> str:
    return f"<query xmlns='{NS}'>{inner}</query>"


def asking(register: Registration | None = None, **changes: object) -> tuple[Solo, str]:
    """A client that has asked what the server wants to know, and the id of that request."""
    solo = client_in_tls(register=register or Registration(), **changes)
    solo.sent()
    solo.feed(HEADER, features(mechanisms("PLAIN"), OFFER))
    sent = solo.sent()
    found = re.fullmatch(rf"<iq type='get' id='([^']+)'><query xmlns='{NS}'/></iq>", sent)
    assert found, sent
    return solo, found[1]


def reply(identifier: str, inner: str = "", kind: str = "result") -> str:
    return f"<iq type='{kind}' id='{identifier}'>{inner}</iq>"


def answered(solo: Solo) -> tuple[str, str]:
    """The set that the client sent: its id, and what is in the query."""
    sent = solo.sent()
    found = re.fullmatch(rf"<iq type='set' id='([^']+)'><query xmlns='{NS}'>(.*)</query></iq>", sent)
    assert found, sent
    return found[1], found[2]


# --- the client ------------------------------------------------------------------------------------------------------


def test_a_client_makes_its_account_and_logs_in() -> None:
    solo, identifier = asking(EMAIL)
    solo.feed(
        reply(identifier, query("<instructions>all of it</instructions><username/><password/><email/><key>k</key>"))
    )
    identifier, said = answered(solo)
    assert said == (
        "<username>juliet</username><password>r0m30myr0m30</password><email>juliet@capulet.example</email><key>k</key>"
    )
    solo.feed(reply(identifier))
    assert solo.one(Registered) == Registered(JID("juliet@capulet.lit"))
    assert "<auth " in solo.sent()
    solo.feed(SUCCESS, HEADER, features(OFFER, mechanisms("PLAIN")))
    assert solo.one(Authenticated)
    assert NS not in solo.sent()


def test_a_form_counts_more_than_fields() -> None:
    solo, identifier = asking(EMAIL)
    solo.feed(reply(identifier, query(f"<username/><password/>{FORM}")))
    _, said = answered(solo)
    assert said.startswith("<x xmlns='jabber:x:data' type='submit'>")
    for value in ("jabber:iq:register", "juliet", "r0m30myr0m30", "juliet@capulet.example"):
        assert f"<value>{value}</value>" in said


def test_nothing_is_asked_of_a_server_that_does_not_offer_it() -> None:
    solo = client_in_tls(register=Registration())
    solo.sent()
    solo.feed(HEADER, features(mechanisms("PLAIN")))
    assert NS not in solo.sent()
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.REGISTRATION_FAILED
    assert solo.ended.text == "the server does not offer to make accounts"


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        (query("<username/><password/><email/><phone/>"), "the server wants to know: email, phone"),
        (query(FORM), "cannot be filled in: .*email"),
        (query("<instructions>See https://capulet.lit/</instructions>"), "made elsewhere: See https"),
        (
            query("<x xmlns='jabber:x:oob'><url>https://capulet.lit/join</url></x>"),
            "elsewhere: https://capulet.lit/join",
        ),
        (query(), "elsewhere: the server does not say where"),
        ("", "the server does not say where"),
    ],
)
def test_what_cannot_be_answered_says_what_is_missing(inner: str, words: str) -> None:
    solo, identifier = asking()
    solo.feed(reply(identifier, inner))
    failed = solo.one(RegistrationFailed)
    assert failed.condition == "not-acceptable"
    assert (failed.form is not None) == bool(inner)
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.REGISTRATION_FAILED
    assert re.search(words, solo.ended.text)
    assert "r0m30" not in solo.sent()


@pytest.mark.parametrize("step", [1, 2])
def test_an_error_is_told(step: int) -> None:
    solo, identifier = asking()
    error = (
        "<error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>taken</text></error>"
    )
    if step == 2:
        solo.feed(reply(identifier, query("<username/><password/>")))
        identifier, _ = answered(solo)
    solo.feed(reply(identifier, error, "error"), "</stream:stream>")
    failed = solo.one(RegistrationFailed)
    assert (failed.condition, failed.text) == ("conflict", "taken")
    assert solo.ended.reason is EndReason.REGISTRATION_FAILED
    assert "conflict (taken)" in solo.ended.text


def test_an_error_without_an_error() -> None:
    solo, identifier = asking()
    solo.feed(reply(identifier, "", "error"), "</stream:stream>")
    assert solo.one(RegistrationFailed).condition == "undefined-condition"


def test_a_password_is_told_inside_tls_only() -> None:
    solo = Solo(client_config(register=Registration(), require_tls=False))
    solo.sent()
    solo.feed(HEADER, features(OFFER, mechanisms("SCRAM-SHA-1")), "</stream:stream>")
    assert solo.ended.reason is EndReason.REGISTRATION_FAILED
    assert NS not in solo.sent()
    solo = Solo(client_config(register=Registration()))
    solo.sent()
    solo.feed(HEADER, features(OFFER, STARTTLS))
    assert solo.sent() == STARTTLS


def test_an_account_has_a_name_and_a_password() -> None:
    for changes in ({"password": None}, {"jid": JID("capulet.lit")}):
        with pytest.raises(ValueError, match="a user name and a password"):
            client_config(register=Registration(), **changes)


# --- the server ------------------------------------------------------------------------------------------------------


def serving(refusal: str | None = None, **changes: object) -> Solo:
    """A server in TLS whose program makes accounts, or refuses."""
    solo = server_in_tls(registration=True, **changes)

    def on_event(one: Solo, event: Event) -> None:
        if isinstance(event, RegistrationFormRequested):
            one.engine.answer(event, RegistrationQuery(username="", password="").to_element(), one.now)
        elif isinstance(event, RegistrationRequested) and refusal is not None:
            one.engine.refuse(event, refusal, one.now, "sorry")
        elif isinstance(event, RegistrationRequested):
            one.engine.answer(event, True, one.now)
        else:
            obliging(one, event)

    solo.on_event = on_event
    solo.feed(CLIENT_HEADER)
    assert OFFER in solo.sent()
    return solo


def request(kind: str, inner: str = "", *, id: str = " id='r'", to: str = "") -> str:
    return f"<iq type='{kind}'{id}{to}>{query(inner)}</iq>"


SET = request("set", "<username>bill</username><password>Calliope</password>")


def test_a_server_tells_what_it_wants_and_makes_the_account() -> None:
    solo = serving()
    solo.feed(request("get", to=" to='capulet.lit'"))
    assert solo.sent() == f"<iq type='result' id='r'><query xmlns='{NS}'><username/><password/></query></iq>"
    solo.feed(SET)
    assert solo.sent() == "<iq type='result' id='r'/>"
    question = solo.one(RegistrationRequested)
    assert (question.domain, question.query.username, question.query.password) == (
        JID("capulet.lit"),
        "bill",
        "Calliope",
    )
    assert "Calliope" not in repr(question)
    solo.feed(SET.replace("bill", "bob"))
    assert "<not-acceptable " in solo.sent()  # one account is enough for a stream


@pytest.mark.parametrize(
    ("stanza", "condition"),
    [
        (request("set", id=""), "bad-request"),
        (request("get", to=" to='montague.lit'"), "not-authorized"),
        (request("get", to=" to='@'"), "not-authorized"),
        (request("set", "<remove/>"), "unexpected-request"),
        (request("set", "<username>a</username><username>b</username>"), "bad-request"),
    ],
)
def test_requests_that_are_refused(stanza: str, condition: str) -> None:
    solo = serving()
    solo.feed(stanza)
    assert f"<{condition} " in solo.sent()
    solo.feed(SET)
    assert "type='result'" in solo.sent()


def test_a_program_may_refuse() -> None:
    solo = serving("conflict")
    solo.feed(SET)
    assert solo.sent() == (
        "<iq type='error' id='r'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>sorry</text></error></iq>"
    )


def test_results_and_errors_are_not_answered() -> None:
    solo = serving()
    solo.feed(request("result"))
    assert solo.sent() == ""


def test_requests_are_counted() -> None:
    solo = serving("conflict", limits=Limits(registration_attempts=2))
    solo.feed(SET, SET)
    solo.sent()
    solo.feed(SET)
    assert solo.error == "policy-violation"


def test_answers_that_a_program_cannot_give() -> None:
    solo = server_in_tls(registration=True)
    solo.on_event = None
    solo.feed(CLIENT_HEADER, request("get"))
    form = solo.one(RegistrationFormRequested)
    with pytest.raises(LocalProtocolError, match="of a RegistrationQuery"):
        solo.engine.answer(form, Element(("x", "query")), solo.now)
    with pytest.raises(LocalProtocolError, match="'no-such' is not"):
        solo.engine.refuse(form, "no-such", solo.now)
    solo.engine.refuse(form, "service-unavailable", solo.now)
    solo.feed(SET)
    question = solo.one(RegistrationRequested)
    with pytest.raises(LocalProtocolError, match="a refusal says why not"):
        solo.engine.answer(question, False, solo.now)
    with pytest.raises(LocalProtocolError, match="'no-such' is not"):
        solo.engine.refuse(question, "no-such", solo.now)


def test_a_server_that_does_not_offer_it_takes_none() -> None:
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER)
    assert OFFER not in solo.sent()
    solo.feed(SET)
    assert solo.error == "not-authorized"


def test_nothing_is_registered_in_the_clear_where_tls_is_required() -> None:
    solo = Solo(server_config(registration=True))
    solo.feed(CLIENT_HEADER)
    assert OFFER not in solo.sent()
    solo.feed(SET)
    assert solo.error == "not-authorized"
