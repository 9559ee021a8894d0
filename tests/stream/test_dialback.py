"""Server Dialback (XEP-0220): keys (XEP-0185), the three roles, several pairs of domains on a stream."""

from __future__ import annotations

import pytest

from tests.pair import End
from tests.stream.dialback_world import (
    ERRORS,
    SECRET,
    A,
    B,
    answers,
    asking,
    error,
    header,
    incoming,
    initiated,
    initiator,
    key,
    message,
    outgoing,
    receiver,
    result,
    town,
    verified,
    verify,
)
from tests.stream.streams import Solo
from xmppwire.jid import JID
from xmppwire.stanza import Message
from xmppwire.stream import (
    DialbackRequested,
    EndReason,
    Established,
    Event,
    KeyVerified,
    Limits,
    LocalProtocolError,
    PairRefused,
    PairVerified,
    Phase,
    StreamOpened,
    check_dialback_key,
    dialback_key,
)

CHAT = "chat.b.example"


# --- keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0185", "2", "3")
@pytest.mark.spec("XEP-0220", "2.1.1")
@pytest.mark.parametrize(
    ("secret", "receiving", "originating", "expected"),
    [
        (
            SECRET,
            "xmpp.example.com",
            "example.org",
            "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643",
        ),
        (
            SECRET.encode(),
            "montague.example",
            "capulet.example",
            "b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df3",
        ),
    ],
)
def test_the_keys_of_the_standards(secret: str | bytes, receiving: str, originating: str, expected: str) -> None:
    facts = {"receiving": receiving, "originating": originating, "stream_id": "D60000229F"}
    assert dialback_key(secret, **facts) == expected
    assert check_dialback_key(expected, secret, **facts)
    assert not check_dialback_key(expected.upper(), secret, **facts)
    assert not check_dialback_key("é\ud800", secret, **facts)


# --- all together ----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0220", "1.4", "2.1", "2.2", "2.3")
def test_two_servers_without_certificates() -> None:
    place = town()
    wire = place.open(outgoing())
    place.world.settle()
    assert wire.client.one(PairVerified) == wire.server.one(PairVerified) == PairVerified(JID(A), JID(B))
    assert wire.client.one(Established).jid == JID(B)
    assert wire.server.one(Established).jid == JID(A)
    assert place.keys[0].one(KeyVerified).valid
    wire.client.engine.send(message("juliet@a.example", "romeo@b.example"), place.world.now)
    place.world.settle()
    assert wire.server.one(Message).body == "hi"
    with pytest.raises(LocalProtocolError, match="stream that we opened"):
        wire.server.engine.send(message("romeo@b.example", "juliet@a.example"), place.world.now)


def test_a_key_made_from_another_secret() -> None:
    place = town()
    wire = place.open(outgoing(dialback_secret="some other secret"))
    place.world.settle()
    assert not place.keys[0].one(KeyVerified).valid
    assert wire.client.one(PairRefused).condition == "invalid"
    assert wire.client.one(PairRefused).bounce == "internal-server-error"
    assert [end.ended.reason for end in (wire.client, wire.server) if end.ended] == [
        EndReason.AUTHENTICATION_FAILED
    ] * 2


def test_nobody_answers_for_the_domain() -> None:
    place = town()
    wire = place.open(outgoing("nowhere.example"))
    place.world.settle()
    refused = wire.client.one(PairRefused)
    assert (refused.condition, refused.bounce) == ("remote-server-not-found", "remote-server-timeout")


# --- the initiating server -------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0220", "2.1.1", "2.4.1")
def test_the_initiating_server_shows_its_key() -> None:
    solo = Solo(outgoing())
    assert " xmlns:db='jabber:server:dialback'" in solo.sent()
    solo.feed(header(B, A, "s1"), "<stream:features/>")
    assert solo.sent() == f"<db:result from='{A}' to='{B}'>{key(A, B, 's1')}</db:result>"
    with pytest.raises(LocalProtocolError):
        solo.engine.send(message("juliet@a.example", "romeo@b.example"), solo.now)
    solo.feed(result(B, A, kind="valid"))
    assert solo.events[-2:] == [PairVerified(JID(A), JID(B)), Established(JID(B), [])]
    solo.engine.send(message("juliet@a.example", "romeo@b.example"), solo.now)
    assert solo.sent().startswith("<message ")


def test_no_dialback_without_a_secret() -> None:
    solo = initiator(dialback_secret=None)
    assert "db:" not in solo.sent()
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.NEGOTIATION_FAILED
    with pytest.raises(ValueError, match="secret"):
        outgoing(dialback_secret="too short")


def test_without_an_id_of_the_stream_there_is_no_key() -> None:
    solo = Solo(outgoing())
    solo.feed(header(B, A), "<stream:features/>")
    assert solo.error == "bad-format"


@pytest.mark.spec("XEP-0220", "2.1.1", "2.5")
def test_an_error_is_told_with_its_condition() -> None:
    solo = initiator()
    solo.feed(result(B, A, error("item-not-found"), "error"))
    refused = solo.one(PairRefused)
    assert (refused.condition, refused.bounce) == ("item-not-found", "remote-server-timeout")
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


@pytest.mark.spec("XEP-0220", "2.1.1")
def test_the_stream_ends_before_the_answer() -> None:
    solo = initiator()
    solo.end_of_file()
    assert solo.one(PairRefused).condition == "remote-server-timeout"
    assert solo.ended.reason is EndReason.CONNECTION_LOST


def test_dialback_follows_a_certificate_that_is_refused() -> None:
    solo = Solo(outgoing(require_tls=True, direct_tls=True))
    solo.tls()
    mechanisms = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>"
    solo.feed(header(B, A, "s1"), f"<stream:features>{mechanisms}{ERRORS}</stream:features>")
    assert "mechanism='EXTERNAL'" in solo.sent()
    solo.feed("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
    assert answers(solo.sent()) == [("result", A, B, "key")]


def test_a_server_without_a_certificate_begins_with_dialback() -> None:
    mechanisms = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>"
    assert answers(initiator(mechanisms, external=False).sent()) == [("result", A, B, "key")]


@pytest.mark.spec("XEP-0220", "2.6.1", "2.6.2")
def test_further_pairs_on_the_same_stream() -> None:
    solo = initiated(ERRORS)
    solo.engine.request_pair("rooms.a.example", B, solo.now)
    solo.engine.request_pair(A, CHAT, solo.now, same_host=True)
    assert answers(solo.sent()) == [("result", "rooms.a.example", B, "key"), ("result", A, CHAT, "key")]
    for local, remote in (("rooms.a.example", B), (A, CHAT)):
        with pytest.raises(LocalProtocolError, match="asked for"):
            solo.engine.request_pair(local, remote, solo.now)
    solo.feed(result(B, "rooms.a.example", kind="valid"), result(CHAT, A, error("item-not-found"), "error"))
    assert solo.one(PairVerified).sender == JID("rooms.a.example")
    assert solo.one(PairRefused).to == JID(CHAT)
    assert solo.engine.may_send("rooms.a.example", B)
    assert not solo.engine.may_send(A, CHAT)
    solo.engine.send(message("den@rooms.a.example", "romeo@b.example"), solo.now)
    for pair in (("romeo@a.example", "den@chat.b.example"), ("den@rooms.a.example", "den@chat.b.example")):
        with pytest.raises(LocalProtocolError, match="nothing shows"):
            solo.engine.send(message(*pair), solo.now)


@pytest.mark.spec("XEP-0220", "2.6.2")
def test_a_further_target_must_be_at_the_same_host() -> None:
    solo = initiated(ERRORS)
    with pytest.raises(LocalProtocolError, match=r"nothing shows that victim\.example"):
        solo.engine.request_pair(A, "victim.example", solo.now)
    solo = initiated()
    with pytest.raises(LocalProtocolError, match="errors"):
        solo.engine.request_pair(A, CHAT, solo.now, same_host=True)
    assert solo.sent() == ""
    solo = Solo(outgoing(require_tls=True, direct_tls=True))
    solo.tls(peer_names=[B, CHAT])
    solo.feed(header(B, A, "s1"), f"<stream:features>{ERRORS}</stream:features>", result(B, A, kind="valid"))
    solo.engine.request_pair(A, CHAT, solo.now)
    assert answers(solo.sent())[-1] == ("result", A, CHAT, "key")


def test_a_further_pair_is_given_up_in_time() -> None:
    solo = initiated(ERRORS)
    solo.engine.request_pair("rooms.a.example", B, solo.now)
    solo.wait(2 * Limits().dialback_seconds + 1)
    assert solo.one(PairRefused).condition == "remote-server-timeout"
    solo.feed(result(B, "rooms.a.example", kind="valid"))  # too late, but it was asked for
    assert solo.engine.phase is Phase.ESTABLISHED
    assert not solo.engine.may_send("rooms.a.example", B)


# --- the receiving server --------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0220", "2.2.1", "2.4.2")
def test_the_receiving_server_has_the_key_verified() -> None:
    solo = Solo(incoming())
    solo.feed(header(A, B))
    assert "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>" in solo.sent()
    solo.feed(result(A, B, " key "))
    request = solo.one(DialbackRequested)
    opened = solo.one(StreamOpened)
    assert (request.sender, request.to, request.key, opened.sender) == (JID(A), JID(B), "key", JID(A))
    assert solo.sent() == ""
    solo.engine.answer(request, True, solo.now)
    assert answers(solo.sent()) == [("result", B, A, "valid")]
    solo.pull()
    assert solo.events[-2:] == [PairVerified(JID(A), JID(B)), Established(JID(A), ())]
    solo.feed("<message from='j@a.example' to='r@b.example'><body>hi</body></message>")
    assert solo.one(Message).body == "hi"
    solo.wait(Limits().handshake_seconds + 1)
    assert solo.engine.phase is Phase.ESTABLISHED


@pytest.mark.spec("XEP-0220", "2.2.1")
def test_other_pairs_go_on_while_a_key_is_verified() -> None:
    solo = verified(domains=[B, CHAT])
    solo.feed(result("rooms.a.example", CHAT, "key"), verify("c.example", B, "s9", "wrong"))
    solo.feed("<message from='j@a.example' to='r@b.example'><body>hi</body></message>")
    assert solo.one(Message).body == "hi"
    assert answers(solo.sent()) == [("verify", B, "c.example", "invalid")]
    solo.engine.answer(solo.one(DialbackRequested), True, solo.now)
    solo.feed("<message from='den@rooms.a.example' to='den@chat.b.example'><body>ho</body></message>")
    assert isinstance(solo.events[-1], Message)
    assert Established not in [type(event) for event in solo.events]


@pytest.mark.spec("XEP-0220", "2.2.1", "2.5")
def test_a_wrong_key_ends_a_stream_on_which_nothing_else_was_verified() -> None:
    solo = receiver()
    solo.feed(result(A, B, "key"))
    solo.engine.answer(solo.one(DialbackRequested), False, solo.now)
    solo.pull()
    sent = solo.sent()
    assert answers(sent) == [("result", B, A, "invalid")]
    assert sent.endswith("</stream:stream>")
    solo.feed("</stream:stream>")
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED
    solo = verified()
    solo.feed(result("c.example", B, "key"))
    solo.engine.answer(solo.one(DialbackRequested), False, solo.now)
    assert answers(solo.sent()) == [("result", B, "c.example", "forbidden")]
    assert solo.engine.phase is Phase.ESTABLISHED


def test_what_the_program_says_is_passed_on() -> None:
    solo = receiver()
    solo.feed(result(A, B, "key"))
    request = solo.one(DialbackRequested)
    with pytest.raises(LocalProtocolError, match="True or False"):
        solo.engine.answer(request, "valid", solo.now)
    with pytest.raises(LocalProtocolError, match="condition"):
        solo.engine.refuse(request, "no-idea", solo.now)
    solo.engine.refuse(request, "remote-connection-failed", solo.now, "no route")
    assert answers(solo.sent()) == [("result", B, A, "remote-connection-failed")]
    solo.engine.answer(request, True, solo.now)  # once is enough
    assert solo.sent() == ""
    solo.feed(result(A, B, "key"))  # the peer may try again
    assert len([event for event in solo.events if isinstance(event, DialbackRequested)]) == 2


def test_a_verification_that_takes_too_long() -> None:
    solo = receiver(limits=Limits(dialback_seconds=20))
    solo.feed(result(A, B, "key"))
    solo.wait(21)
    assert answers(solo.sent()) == [("result", B, A, "remote-server-timeout")]
    solo.engine.answer(solo.one(DialbackRequested), True, solo.now)
    solo.pull()
    assert solo.sent() == ""
    solo.wait(60)
    assert solo.error == "connection-timeout"


def test_an_answer_behind_the_end_of_the_stream_is_ignored() -> None:
    solo = receiver()
    solo.feed(result(A, B, "key"), "</stream:stream>")
    solo.engine.answer(solo.one(DialbackRequested), True, solo.now)
    assert solo.ended.reason is EndReason.PEER_CLOSE


def test_a_pair_that_is_verified_is_so_at_once() -> None:
    solo = verified()
    solo.feed(result(A, B, "another"))
    assert answers(solo.sent()) == [("result", B, A, "valid")]


# --- the authoritative server ----------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0220", "2.1.2", "2.2.2")
def test_the_authoritative_server_knows_its_keys() -> None:
    solo = receiver()
    solo.feed(
        verify(A, B, "s7", key(B, A, "s7")), verify(A, B, "s8", key(B, A, "s7")), verify(A, "other.example", "s7")
    )
    sent = solo.sent()
    assert answers(sent) == [
        ("verify", B, A, "valid"),
        ("verify", B, A, "invalid"),
        ("verify", "other.example", A, "item-not-found"),
    ]
    assert sent.count("id='s7'") == 2
    assert solo.engine.phase is Phase.ESTABLISHED


@pytest.mark.spec("XEP-0220", "2.1.2")
def test_a_stream_for_nothing_but_keys() -> None:
    solo, request = asking()
    assert solo.sent() == f"<db:verify from='{B}' to='{A}' id='s0'>key</db:verify>"
    with pytest.raises(LocalProtocolError, match="under verification"):
        solo.engine.verify_key(request, solo.now)
    with pytest.raises(LocalProtocolError, match="nothing shows"):
        solo.engine.send(message("romeo@b.example", "juliet@a.example"), solo.now)
    solo.feed(verify(A, B, "s0", kind="valid"))
    assert solo.events == [KeyVerified(request, True)]


@pytest.mark.spec("XEP-0220", "2.1.2", "2.5")
@pytest.mark.parametrize("end", ["error", "timeout", "close", "loss"])
def test_a_question_about_a_key_has_one_answer(end: str) -> None:
    solo, request = asking()
    if end == "error":
        solo.feed(verify(A, B, "s0", error("item-not-found"), "error"))
    elif end == "timeout":
        solo.wait(Limits().dialback_seconds + 1)
        solo.feed(verify(A, B, "s0", kind="valid"))  # too late
        assert solo.engine.phase is Phase.ESTABLISHED
    elif end == "close":
        solo.feed("</stream:stream>")
    else:
        solo.end_of_file()
    answer = solo.one(KeyVerified)
    assert answer.request is request
    assert not answer.valid
    assert answer.condition == ("remote-server-not-found" if end == "error" else "remote-server-timeout")


def test_a_key_is_verified_with_the_server_of_its_domain() -> None:
    solo, _ = asking()
    with pytest.raises(LocalProtocolError, match=r"stream that we opened to c\.example"):
        solo.engine.verify_key(DialbackRequested(JID("c.example"), JID(B), "s0", "key"), solo.now)
    with pytest.raises(LocalProtocolError, match="stream that we opened"):
        verified().engine.verify_key(DialbackRequested(JID(A), JID(B), "s0", "key"), solo.now)
    with pytest.raises(LocalProtocolError, match="established"):
        receiver().engine.verify_key(DialbackRequested(JID(A), JID(B), "s0", "key"), solo.now)


def test_an_established_stream_verifies_as_well() -> None:
    """Each server has a stream to the other already: no third one is needed."""
    place = town()
    place.servers[B] = incoming(B, CHAT)
    ours, theirs = place.open(outgoing(B, A)), place.open(outgoing(A, B))
    place.world.settle()
    ours.client.take()

    def reuse(end: End, event: Event) -> None:
        if isinstance(event, DialbackRequested):
            ours.client.engine.verify_key(event, end.world.now)

    def pass_on(end: End, event: Event) -> None:
        if isinstance(event, KeyVerified) and event.condition is None:
            theirs.server.engine.answer(event.request, event.valid, end.world.now)

    theirs.server.on_event, ours.client.on_event = reuse, pass_on
    theirs.client.engine.request_pair(A, CHAT, place.world.now, same_host=True)
    place.world.settle()
    assert ours.client.one(KeyVerified).valid
    assert theirs.client.engine.may_send(A, CHAT)
