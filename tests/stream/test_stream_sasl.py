"""SASL on the stream (RFC 6120 section 6), both halves."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.pair import End, World
from tests.stream.streams import (
    AUTH_PLAIN,
    CLIENT_HEADER,
    HEADER,
    JULIET,
    PASSWORD,
    SASL,
    SUCCESS,
    Solo,
    client_config,
    client_in_tls,
    credentials,
    features,
    mechanisms,
    obliging_server,
    pair,
    plain,
    server_config,
    server_in_tls,
)
from tests.support import vectors
from xmppwire.jid import JID
from xmppwire.sasl import ChannelBinding, Condition, StoredCredentials
from xmppwire.stream import (
    Authenticated,
    AuthenticationFailed,
    AuthenticationStarted,
    AuthorizationRequested,
    CredentialsRequested,
    EndReason,
    Established,
    ExternalRequested,
    KeyDerivationRequested,
    Limits,
    LocalProtocolError,
    PasswordRequested,
    StreamEnded,
    StreamErrorSent,
    TLSInfo,
    TLSRequested,
)


def auth(mechanism: str, text: str = "") -> str:
    return f"<auth xmlns='{SASL}' mechanism='{mechanism}'>{text}</auth>"


def b64(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


ALL = [
    "SCRAM-SHA-512-PLUS",
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-512",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "PLAIN",
]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.spec("RFC 6120", "6.4")
def test_every_password_mechanism_logs_in(name: str) -> None:
    world, wire = pair(client_config(mechanisms=[name]), server_config(mechanisms=[name]))
    if not name.endswith("-PLUS"):
        world.bindings = ()
    world.settle()
    login = wire.client.one(Authenticated)
    assert login.mechanism == wire.server.one(Authenticated).mechanism == name
    assert login.binding == ("tls-exporter" if name.endswith("-PLUS") else None)
    assert (login.keys is not None) == name.startswith("SCRAM")
    assert wire.client.one(Established).jid == JULIET


@pytest.mark.parametrize("type", ["tls-exporter", "tls-unique", "tls-server-end-point"])
@pytest.mark.spec("XEP-0440", "3")
def test_every_binding_type(type: str) -> None:
    world, wire = pair()
    world.bindings = (ChannelBinding(type, b"data"),)
    world.settle()
    assert wire.client.one(Authenticated).binding == type
    assert f"<channel-binding type='{type}'/>".encode() in wire.server.sent


def test_two_sides_of_different_tls_sessions_do_not_log_in() -> None:
    """Somebody in the middle has a session with each: the binding tells."""
    world, wire = pair()
    original = world.shake_hands

    def different(joined: Any) -> bool:
        client, server = joined.client, joined.server
        if client.tls is None or server.tls is None:
            return False
        client.tls = server.tls = None
        client.engine.tls_established(TLSInfo("TLSv1.3", bindings=(ChannelBinding("tls-exporter", b"1"),)), world.now)
        server.engine.tls_established(TLSInfo("TLSv1.3", bindings=(ChannelBinding("tls-exporter", b"2"),)), world.now)
        return True

    world.shake_hands = different  # type: ignore[method-assign]
    world.settle()
    assert original is not None
    assert not wire.client.of(Established)
    assert wire.client.ended is not None
    assert wire.client.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_the_mechanisms_taken_out_of_the_offer_are_missed() -> None:
    """Somebody strips -PLUS from the features: the flag `y` gives it away to the server."""
    world, wire = pair()
    send = wire.server.write

    def strip() -> bool:
        moved = send()
        for index, data in enumerate(wire.client.inbox):
            for name in (b"512", b"256", b"1"):
                data = data.replace(b"<mechanism>SCRAM-SHA-%s-PLUS</mechanism>" % name, b"")
            wire.client.inbox[index] = data
        return moved

    wire.server.write = strip  # type: ignore[method-assign]
    world.settle()
    assert not wire.client.of(Established)
    assert wire.client.of(AuthenticationFailed)


def test_kept_keys_stand_in_for_the_password() -> None:
    world, wire = pair()
    world.settle()
    keys = wire.client.one(Authenticated).keys
    assert keys is not None
    world, wire = pair(client_config(password=None, keys=[keys]))
    world.settle()
    assert wire.client.one(Established)


def test_many_iterations_are_derived_elsewhere() -> None:
    def server(end: End, event: Any) -> None:
        if isinstance(event, CredentialsRequested):
            many = StoredCredentials.from_password(PASSWORD, salt=b"s" * 16, iterations=20_000, hash=event.hash)
            end.engine.answer(event, many, end.world.now)
        else:
            obliging_server(end, event)

    world, wire = pair(on_server=server)
    world.settle()
    question = wire.client.one(KeyDerivationRequested)
    assert question.request.iterations == 20_000
    assert wire.client.of(Established)


def test_keys_for_another_request_are_not_taken() -> None:
    solo = client_in_tls(limits=Limits(derive_inline=0))
    solo.feed(HEADER, features(mechanisms("SCRAM-SHA-1")))
    nonce = solo.sent().split(">")[-2].split("<")[0]
    first = base64.b64decode(nonce).decode().split("r=")[1]
    solo.feed(f"<challenge xmlns='{SASL}'>{b64(f'r={first}abc,s=c2FsdA==,i=4096')}</challenge>")
    question = solo.one(KeyDerivationRequested)
    from xmppwire.sasl import KeyRequest

    wrong = KeyRequest("sha1", PASSWORD, b"other", 4096).derive()
    with pytest.raises(LocalProtocolError, match="another request"):
        solo.engine.answer(question, wrong, 0)
    with pytest.raises(LocalProtocolError):
        solo.engine.answer(question, "keys", 0)
    solo.engine.refuse(question, "temporary-auth-failure", 0, "too slow")
    solo.pull()
    assert solo.sent() == f"<abort xmlns='{SASL}'/></stream:stream>"
    solo.feed(f"<failure xmlns='{SASL}'><aborted/></failure></stream:stream>")
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED
    assert "too slow" in solo.ended.text


@pytest.mark.parametrize("iterations", [1, 4095, 1_000_001, 10**9])
def test_iteration_counts_out_of_bounds_abort_the_login(iterations: int) -> None:
    solo = client_in_tls()
    solo.feed(HEADER, features(mechanisms("SCRAM-SHA-1")))
    first = base64.b64decode(solo.sent().split(">")[-2].split("<")[0]).decode().split("r=")[1]
    solo.feed(f"<challenge xmlns='{SASL}'>{b64(f'r={first}abc,s=c2FsdA==,i={iterations}')}</challenge>")
    assert f"<abort xmlns='{SASL}'/>" in solo.sent()
    solo.end_of_file()
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_success_without_the_servers_proof_is_not_believed() -> None:
    solo = client_in_tls()
    solo.feed(HEADER, features(mechanisms("SCRAM-SHA-1")), SUCCESS)
    assert not any(isinstance(event, Authenticated) for event in solo.events)
    solo.end_of_file()
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


@pytest.mark.spec("RFC 6120", "6.5")
@pytest.mark.parametrize("condition", [condition.value for condition in Condition])
def test_client_reports_each_failure(condition: str) -> None:
    solo = client_in_tls()
    solo.feed(
        HEADER, features(mechanisms("PLAIN")), f"<failure xmlns='{SASL}'><{condition}/><text>why</text></failure>"
    )
    failed = solo.one(AuthenticationFailed)
    assert (failed.condition, failed.text, failed.final) == (Condition(condition), "why", True)
    assert solo.sent().endswith("</stream:stream>")
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED
    assert condition in solo.ended.text


def test_the_failures_are_those_of_the_standard() -> None:
    listed = vectors("error_conditions.json")
    names = [entry["condition"] if isinstance(entry, dict) else entry for entry in listed["sasl_failures"]]
    assert sorted(names) == sorted(condition.value for condition in Condition)
    assert len(names) == 11


def test_client_takes_an_unknown_failure_for_not_authorized() -> None:
    solo = client_in_tls()
    solo.feed(HEADER, features(mechanisms("PLAIN")), f"<failure xmlns='{SASL}'><bad-moon/></failure>")
    assert solo.one(AuthenticationFailed).condition is Condition.NOT_AUTHORIZED
    assert solo.one(AuthenticationFailed).text == "bad-moon"


@pytest.mark.spec("RFC 6120", "6.4.5")
def test_another_mechanism_after_a_failure() -> None:
    solo = client_in_tls()
    solo.feed(HEADER, features(mechanisms("SCRAM-SHA-256", "SCRAM-SHA-1")))
    assert "mechanism='SCRAM-SHA-256'" in solo.sent()
    solo.feed(f"<failure xmlns='{SASL}'><invalid-mechanism/></failure>")
    assert solo.one(AuthenticationFailed).final is False
    assert "mechanism='SCRAM-SHA-1'" in solo.sent()


def test_a_client_tries_three_times_at_most() -> None:
    solo = client_in_tls()
    solo.feed(HEADER, features(mechanisms("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN")))
    for _ in range(3):
        solo.feed(f"<failure xmlns='{SASL}'><not-authorized/></failure>")
    sent = solo.sent()
    assert sent.count("<auth ") == 3
    assert "PLAIN" not in sent


@pytest.mark.parametrize("condition", ["account-disabled", "credentials-expired", "temporary-auth-failure"])
def test_some_failures_are_final(condition: str) -> None:
    solo = client_in_tls()
    solo.feed(HEADER, features(mechanisms("SCRAM-SHA-256", "SCRAM-SHA-1")))
    solo.feed(f"<failure xmlns='{SASL}'><{condition}/></failure>")
    assert solo.one(AuthenticationFailed).final is True
    assert solo.sent().count("<auth ") == 1


def test_a_server_once_used_with_scram_never_gets_plain() -> None:
    solo = client_in_tls(known_mechanisms=frozenset({"SCRAM-SHA-1"}))
    solo.feed(HEADER, features(mechanisms("PLAIN")))
    assert "<auth" not in solo.sent()
    solo.end_of_file()
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_without_credentials_the_client_stops_at_authentication() -> None:
    solo = client_in_tls(password=None)
    solo.feed(HEADER, features(mechanisms("PLAIN", "SCRAM-SHA-1")))
    assert "<auth" not in solo.sent()
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED
    assert solo.ended.clean


@pytest.mark.parametrize(
    ("element", "condition"),
    [
        (auth("SCRAM-SHA-1", "no base64"), "incorrect-encoding"),
        (auth("SCRAM-SHA-1", "YQ=a"), "incorrect-encoding"),
        (auth("SCRAM-SHA-1", " YWJj"), "incorrect-encoding"),
        (auth("SCRAM-SHA-1", "YWJj\n"), "incorrect-encoding"),
        (auth("SCRAM-SHA-1", "YWI"), "incorrect-encoding"),
        (auth("SCRAM-SHA-1", b64("nonsense")), "malformed-request"),
        (auth("SCRAM-SHA-1", "="), "malformed-request"),
        (auth("SCRAM-SHA-1", "A" * 15_000), "malformed-request"),
        (auth("DIGEST-MD5"), "invalid-mechanism"),
        (auth(""), "invalid-mechanism"),
        (f"<auth xmlns='{SASL}'/>", "invalid-mechanism"),
        (auth("SCRAM-SHA-1-PLUS"), "invalid-mechanism"),
        (auth("EXTERNAL", "="), "invalid-mechanism"),
        (auth("PLAIN", b64("\0juliet\0wrong")), "not-authorized"),
        (auth("PLAIN", b64("\0tybalt\0wrong")), "not-authorized"),
        (auth("PLAIN", b64("\0jul iet\0wrong")), "not-authorized"),
        (auth("PLAIN", b64("juliet")), "malformed-request"),
        (auth("PLAIN", b64(f"romeo@capulet.lit\0juliet\0{PASSWORD}")), "invalid-authzid"),
        (auth("PLAIN", b64(f"juliet@montague.lit\0juliet\0{PASSWORD}")), "invalid-authzid"),
        (f"<abort xmlns='{SASL}'/>", "aborted"),
        (f"<response xmlns='{SASL}'/>", "malformed-request"),
        (f"<success xmlns='{SASL}'/>", "malformed-request"),
    ],
)
@pytest.mark.spec("RFC 6120", "6.4.5", "6.5")
def test_server_names_the_failure_and_lets_the_client_try_again(element: str, condition: str) -> None:
    solo = server_in_tls(mechanisms=("SCRAM-SHA-1", "PLAIN", "EXTERNAL"))
    solo.feed(CLIENT_HEADER, element)
    sent = solo.sent()
    assert f"<failure xmlns='{SASL}'><{condition}" in sent, sent
    failed = solo.one(AuthenticationFailed)
    assert (failed.condition.value, failed.final) == (condition, False)
    solo.feed(AUTH_PLAIN)
    assert "<success" in solo.sent()


def test_plain_is_not_accepted_without_tls() -> None:
    solo = Solo(server_config(require_tls=False))
    solo.feed(CLIENT_HEADER)
    assert "PLAIN" not in solo.sent()
    solo.feed(AUTH_PLAIN)
    assert "<encryption-required/>" in solo.sent()
    assert not any(isinstance(event, PasswordRequested) for event in solo.events)


def test_too_many_failures_end_the_stream() -> None:
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER)
    for _ in range(3):
        solo.feed(auth("PLAIN", b64("\0juliet\0wrong")))
    assert solo.sent().count("<not-authorized/>") == 3
    assert solo.error == "policy-violation"


def test_elements_out_of_order() -> None:
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER, auth("SCRAM-SHA-1", b64("n,,n=juliet,r=abcdefgh")))
    assert "<challenge" in solo.sent()
    solo.feed(auth("SCRAM-SHA-1", b64("n,,n=juliet,r=abcdefgh")))
    assert "<malformed-request" in solo.sent()
    solo.feed(auth("SCRAM-SHA-1", b64("n,,n=juliet,r=abcdefgh")), f"<abort xmlns='{SASL}'/>")
    assert "<aborted/>" in solo.sent()
    solo.feed(AUTH_PLAIN)
    assert "<success" in solo.sent()


def test_a_stanza_in_the_middle_of_the_exchange() -> None:
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER, auth("SCRAM-SHA-1", b64("n,,n=juliet,r=abcdefgh")), "<message/>")
    assert solo.error == "not-authorized"
    client = client_in_tls()
    client.feed(HEADER, features(mechanisms("SCRAM-SHA-1")), "<message/>")
    assert client.error == "unsupported-stanza-type"


def test_wrong_base64_from_the_server() -> None:
    for reply in (f"<challenge xmlns='{SASL}'>%%%</challenge>", f"<success xmlns='{SASL}'>%%%</success>"):
        solo = client_in_tls()
        solo.feed(HEADER, features(mechanisms("SCRAM-SHA-1")), reply)
        solo.end_of_file()
        assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


@pytest.mark.spec("RFC 6120", "6.4.2")
def test_absent_and_empty_initial_responses_are_two_things() -> None:
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER, auth("PLAIN"))
    assert solo.sent().endswith(f"<challenge xmlns='{SASL}'>=</challenge>")
    solo.feed(f"<response xmlns='{SASL}'>AGp1bGlldAByMG0zMG15cjBtMzA=</response>")
    assert "<success" in solo.sent()
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER, auth("PLAIN", "="))
    assert "<malformed-request" in solo.sent()


def test_credentials_of_the_server_are_checked_before_they_are_used() -> None:
    solo = server_in_tls()
    solo.on_event = None
    solo.feed(CLIENT_HEADER, auth("SCRAM-SHA-1", b64("n,,n=juliet,r=abcdefgh")))
    question = solo.one(CredentialsRequested)
    assert (question.username, question.jid, question.hash) == ("juliet", JID("juliet@capulet.lit"), "sha1")
    for wrong in (True, "secret", credentials("sha256")):
        with pytest.raises(LocalProtocolError):
            solo.engine.answer(question, wrong, 0)
    with pytest.raises(LocalProtocolError, match="failure condition"):
        solo.engine.refuse(question, "conflict", 0)
    solo.engine.answer(question, credentials("sha1"), 0)
    solo.pull()
    assert "<challenge" in solo.sent()
    with pytest.raises(LocalProtocolError, match="not open"):
        solo.engine.answer(question, credentials("sha1"), 0)


@pytest.mark.parametrize("condition", ["account-disabled", "credentials-expired", "temporary-auth-failure"])
def test_the_program_can_refuse_an_account(condition: str) -> None:
    solo = server_in_tls()
    solo.on_event = None
    solo.feed(CLIENT_HEADER, AUTH_PLAIN)
    solo.engine.refuse(solo.one(PasswordRequested), condition, 0, "ask at the desk")
    solo.pull()
    assert f"<{condition}/><text xml:lang='en'>ask at the desk</text>" in solo.sent()


def test_acting_as_somebody_else_is_asked_for() -> None:
    solo = server_in_tls()
    solo.on_event = None
    solo.feed(CLIENT_HEADER, auth("PLAIN", b64(f"nurse@capulet.lit\0juliet\0{PASSWORD}")))
    solo.engine.answer(solo.one(PasswordRequested), True, 0)
    solo.pull()
    question = solo.one(AuthorizationRequested)
    assert (question.authcid, question.authzid) == (JID("juliet@capulet.lit"), JID("nurse@capulet.lit"))
    solo.engine.answer(question, True, 0)
    solo.pull()
    assert solo.one(Authenticated).jid == JID("nurse@capulet.lit")
    solo = server_in_tls()
    solo.on_event = None
    solo.feed(CLIENT_HEADER, auth("PLAIN", b64(f"nurse@capulet.lit\0juliet\0{PASSWORD}")))
    solo.engine.answer(solo.one(PasswordRequested), True, 0)
    solo.pull()
    solo.engine.refuse(solo.one(AuthorizationRequested), "invalid-authzid", 0)
    solo.pull()
    assert "<invalid-authzid/>" in solo.sent()


@pytest.mark.spec("RFC 6120", "6.4.6")
def test_the_streams_address_must_be_the_account_that_logs_in() -> None:
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER.replace(" to=", " from='romeo@capulet.lit' to="), AUTH_PLAIN)
    assert solo.error == "invalid-from"
    assert "<success" not in solo.sent()


def test_external_with_a_certificate() -> None:
    world = World()
    world.server_tls = TLSInfo(
        version="TLSv1.3", peer_certificate=b"der", peer_names=("juliet@capulet.lit", "juliet@other.lit", "@@")
    )
    world, wire = pair(
        client_config(password=None, external=True), server_config(mechanisms=("EXTERNAL", "PLAIN")), world=world
    )
    world.settle()
    question = wire.server.one(ExternalRequested)
    assert list(question.candidates) == [JID("juliet@capulet.lit")]
    assert wire.client.one(Established).jid == JULIET


def test_external_is_not_offered_without_a_certificate() -> None:
    solo = server_in_tls(mechanisms=("EXTERNAL", "PLAIN"))
    solo.feed(CLIENT_HEADER)
    assert "EXTERNAL" not in solo.sent()


def test_anonymous() -> None:
    world, wire = pair(
        client_config(jid=JID("capulet.lit"), password=None, anonymous=True), server_config(mechanisms=("ANONYMOUS",))
    )
    world.settle()
    assert wire.client.one(Established).jid == JID("visitor@capulet.lit/chosen")
    assert wire.client.one(Authenticated).jid is None


def test_oauthbearer() -> None:
    world, wire = pair(client_config(password=None, token="good-token"), server_config(mechanisms=("OAUTHBEARER",)))
    world.settle()
    assert wire.client.one(Established).jid == JULIET
    world, wire = pair(client_config(password=None, token="stale"), server_config(mechanisms=("OAUTHBEARER",)))
    world.settle()
    assert wire.client.ended is not None
    assert wire.client.ended.reason is EndReason.AUTHENTICATION_FAILED


def test_nobody_learns_which_accounts_exist() -> None:
    def challenge(name: str) -> str:
        solo = server_in_tls(decoy_secret=b"x" * 32)
        solo.feed(CLIENT_HEADER, auth("SCRAM-SHA-1", b64(f"n,,n={name},r=abcdefgh")))
        text = solo.sent().split("<challenge")[1].split(">")[1].split("<")[0]
        return base64.b64decode(text).decode()

    salts = {challenge("tybalt").split(",")[1] for _ in range(3)}
    assert len(salts) == 1
    assert challenge("tybalt").split(",")[1] != challenge("mercutio").split(",")[1]
    assert challenge("tybalt").split(",")[2] == challenge("juliet").split(",")[2]


def test_a_wrong_password_from_end_to_end() -> None:
    world, wire = pair(client_config(password="wrong"))
    world.settle()
    assert wire.client.ended is not None
    assert wire.client.ended.reason is EndReason.AUTHENTICATION_FAILED
    assert wire.client.of(AuthenticationFailed)[-1].condition is Condition.NOT_AUTHORIZED
    assert wire.server.of(StreamEnded)


def test_no_tls_no_questions() -> None:
    world, wire = pair(client_config(**plain()), server_config(offer_tls=False, **plain()))
    world.settle()
    assert not wire.client.of(TLSRequested)
    assert wire.client.one(AuthenticationStarted).mechanism == "SCRAM-SHA-512"
    assert wire.client.of(Established)
    assert not wire.client.of(StreamErrorSent)
