"""Dialback under attack (XEP-0220 section 3): what nobody asked for, what is for others, and what is no dialback at all."""

from __future__ import annotations

import os

import pytest

from tests.stream.dialback_world import (
    BIDI,
    ERRORS,
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
    outgoing,
    receiver,
    result,
    stream_id,
    verified,
    verify,
)
from tests.stream.streams import Solo
from xmppwire.stanza import Message
from xmppwire.stream import (
    DialbackRequested,
    Established,
    KeyVerified,
    Limits,
    LocalProtocolError,
    PairVerified,
    Phase,
    S2SIncomingConfig,
    S2SOutgoingConfig,
    check_dialback_key,
    dialback_key,
)


def refused(solo: Solo, condition: str) -> None:
    """The stream ended with that error, and nobody was believed."""
    assert solo.error == condition
    assert not [event for event in solo.events if isinstance(event, PairVerified | KeyVerified | Established | Message)]


# --- answers that nobody asked for -----------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0220", "3.1")
@pytest.mark.parametrize("answer", [result(A, B, kind="valid"), verify(A, B, "s1", kind="valid")])
@pytest.mark.parametrize("before", ["receiver", "verified", "bidirectional"])
def test_cve_2012_3525_an_answer_on_a_stream_that_the_peer_opened(answer: str, before: str) -> None:
    if before == "bidirectional":
        solo = receiver(bidirectional=True)
        solo.feed("<bidi xmlns='urn:xmpp:bidi'/>")
    else:
        solo = verified() if before == "verified" else receiver()
    solo.feed(answer)
    refused(solo, "not-authorized")


@pytest.mark.spec("XEP-0220", "2.1.1", "3.1")
@pytest.mark.parametrize(
    "answer",
    [
        result("victim.example", A, kind="valid"),
        result(B, "rooms.a.example", kind="valid"),
        result(A, B, kind="valid"),
        verify(B, A, "s1", kind="valid"),
    ],
)
def test_cve_2012_3525_a_result_for_another_pair(answer: str) -> None:
    for solo in (initiator(), initiated()):
        solo.events.clear()
        solo.feed(answer)
        refused(solo, "not-authorized")


@pytest.mark.spec("XEP-0220", "2.1.2", "3.1")
@pytest.mark.parametrize(
    "answer",
    [
        verify(A, B, "s1", kind="valid"),
        verify("c.example", B, "s0", kind="valid"),
        verify(A, "c.example", "s0", kind="valid"),
        verify(B, A, "s0", kind="valid"),
        result(A, B, kind="valid"),
    ],
)
def test_cve_2012_3525_a_verdict_that_does_not_match(answer: str) -> None:
    solo, request = asking()
    solo.feed(answer)
    assert solo.error == "not-authorized"
    assert solo.one(KeyVerified) == KeyVerified(request, False, "remote-server-timeout", solo.one(KeyVerified).text)


def test_an_answer_counts_once() -> None:
    solo, _ = asking()
    solo.feed(verify(A, B, "s0", kind="invalid"))
    assert not solo.one(KeyVerified).valid
    solo.feed(verify(A, B, "s0", kind="valid"))
    assert solo.error == "not-authorized"
    assert not solo.one(KeyVerified).valid


# --- stanzas ---------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0220", "2.2.1")
@pytest.mark.parametrize("verdict", [None, "remote-server-timeout"])
def test_cve_2021_32919_no_stanza_before_the_key_is_verified(verdict: str | None) -> None:
    solo = receiver()
    solo.feed(result(A, B, "key"))
    if verdict is not None:
        solo.engine.refuse(solo.one(DialbackRequested), verdict, solo.now)
    solo.feed("<message from='j@a.example' to='r@b.example'/>")
    refused(solo, "not-authorized")


@pytest.mark.spec("RFC 6120", "4.9.3.7", "8.1.2.2")
@pytest.mark.parametrize(
    ("sender", "to", "condition"),
    [
        ("j@victim.example", "r@b.example", "invalid-from"),
        ("j@rooms.a.example", "r@b.example", "invalid-from"),
        ("j@a.example", "r@elsewhere.example", "host-unknown"),
        ("j@a.example", "r@chat.b.example", "not-authorized"),
        ("r@b.example", "j@a.example", "invalid-from"),
    ],
)
def test_a_stanza_of_another_pair(sender: str, to: str, condition: str) -> None:
    solo = verified(domains=[B, "chat.b.example"])
    solo.feed(f"<message from='{sender}' to='{to}'/>")
    refused(solo, condition)


def test_a_stanza_on_the_stream_that_we_opened() -> None:
    for solo in (initiator(), initiated(), asking()[0]):
        solo.events.clear()
        solo.feed("<message from='j@b.example' to='r@a.example'/>")
        assert solo.error == "not-authorized"
        assert not [event for event in solo.events if isinstance(event, Message)]


# --- keys ------------------------------------------------------------------------------------------------------------


def test_cve_2016_0756_the_parts_of_a_key_are_told_apart() -> None:
    one = dialback_key("0123456789abcdef", receiving="example.in", originating="form.example.org", stream_id="s1")
    for receiving, originating, identifier in (
        ("example.info", "rm.example.org", "s1"),
        ("example.in", "form.example.or", "gs1"),
        ("form.example.org", "example.in", "s1"),
    ):
        facts = {"receiving": receiving, "originating": originating, "stream_id": identifier}
        assert not check_dialback_key(one, "0123456789abcdef", **facts)


def test_cve_2016_1232_what_keys_depend_on_cannot_be_guessed() -> None:
    assert S2SIncomingConfig(domains=[B]).random is os.urandom  # stream ids
    assert S2SIncomingConfig(domains=[B]).dialback_secret is None  # there is no default that others know
    for secret in ("", "0123456789", b"\0" * 15):
        with pytest.raises(ValueError, match="secret"):
            incoming(dialback_secret=secret)
        with pytest.raises(ValueError, match="secret"):
            outgoing(dialback_secret=secret)
    shown = repr(incoming()) + repr(outgoing())
    assert "secret of" not in shown


def test_a_key_of_ours_is_of_no_use_to_who_got_it() -> None:
    """An attacker whom we showed a key cannot show it to another server, nor have us recognize it for another stream."""
    ours = key(B, "attacker.example", "s1")
    solo = receiver()
    solo.feed(verify("victim.example", B, "s1", ours), verify("attacker.example", B, "s2", ours))
    assert [kind for *_, kind in answers(solo.sent())] == ["invalid", "invalid"]


@pytest.mark.spec("XEP-0288", "2.2")
def test_no_key_is_verified_on_the_connection_that_it_came_by() -> None:
    solo = Solo(incoming())
    solo.feed(header(A, B))
    identifier = stream_id(solo)
    solo.feed(verify(A, B, identifier, key(B, A, identifier)))
    assert answers(solo.sent()) == [("verify", B, A, "policy-violation")]
    solo = initiated(BIDI, ERRORS, bidirectional=True)
    solo.engine.request_pair("rooms.a.example", B, solo.now)
    solo.feed(result(B, "rooms.a.example", "key"))
    with pytest.raises(LocalProtocolError, match="connection that it came by"):
        solo.engine.verify_key(solo.one(DialbackRequested), solo.now)


def test_a_peer_that_says_it_is_us() -> None:
    solo = receiver(domains=[B, "chat.b.example"])
    solo.feed(result("chat.b.example", B, "key"))
    assert answers(solo.sent()) == [("result", B, "chat.b.example", "not-acceptable")]


# --- what is no dialback ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "condition"),
    [
        (f"<db:result from='{A}'>key</db:result>", "improper-addressing"),
        (f"<db:result to='{B}'>key</db:result>", "improper-addressing"),
        (result("j@a.example", B, "key"), "improper-addressing"),
        (result(A, "b.example/x", "key"), "improper-addressing"),
        (result("a b", B, "key"), "improper-addressing"),
        (result(A, B, "key", "perhaps"), "bad-format"),
        (f"<db:verify from='{A}' to='{B}'>key</db:verify>", "bad-format"),
        (f"<db:other from='{A}' to='{B}'>key</db:other>", "unsupported-stanza-type"),
    ],
)
def test_elements_that_break_the_rules(element: str, condition: str) -> None:
    solo = receiver()
    solo.feed(element)
    refused(solo, condition)


@pytest.mark.parametrize("text", ["", "  ", "x" * 1025, "<key/>"])
def test_a_key_that_is_none(text: str) -> None:
    solo = receiver()
    solo.feed(result(A, B, text), verify(A, B, "s1", text))
    assert answers(solo.sent()) == [("result", B, A, "not-acceptable"), ("verify", B, A, "invalid")]


def test_dialback_where_it_is_not_spoken() -> None:
    for element in (result(A, B, "key"), verify(A, B, "s1", "key")):
        solo = receiver(dialback_secret=None)
        solo.feed(element)
        refused(solo, "unsupported-stanza-type")


def test_a_key_on_the_stream_that_we_opened() -> None:
    for element in (result(B, A, "key"), verify(B, A, "s7", "key")):
        solo = initiated()
        solo.feed(element)
        refused(solo, "not-authorized")


def test_an_error_without_words() -> None:
    for content in (
        "",
        "<error/>",
        "<error type='cancel'><nonsense xmlns='urn:x'/></error>",
        error("no-such-condition"),
    ):
        solo = initiated(ERRORS)
        solo.engine.request_pair("rooms.a.example", B, solo.now)
        solo.feed(result(B, "rooms.a.example", content, "error"))
        assert getattr(solo.events[-1], "condition", None) == "undefined-condition"
        assert solo.engine.phase is Phase.ESTABLISHED


# --- too much --------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0220", "2.5")
def test_keys_under_verification_are_bounded() -> None:
    solo = receiver(limits=Limits(dialback_pending=2))
    for number in (1, 2, 2, 3):
        solo.feed(result(f"a{number}.example", B, "key"))
    assert len([event for event in solo.events if isinstance(event, DialbackRequested)]) == 2
    assert answers(solo.sent()) == [("result", B, "a3.example", "resource-constraint")]


@pytest.mark.spec("XEP-0220", "2.5")
def test_domains_of_a_stream_are_bounded() -> None:
    solo = verified(limits=Limits(peer_domains=2))
    solo.feed(result("c.example", B, "key"), result("d.example", B, "key"))
    assert answers(solo.sent()) == [("result", B, "d.example", "resource-constraint")]


def test_a_stream_on_which_nothing_is_verified_does_not_last() -> None:
    solo = receiver()
    solo.feed(result("a1.example", "elsewhere.example", "key"))
    for _ in range(8):
        solo.wait(8)
        solo.feed(
            " ", result("a1.example", "elsewhere.example", "key")
        ) if solo.engine.phase is Phase.ESTABLISHED else None
    assert solo.error == "connection-timeout"


def test_a_stream_that_only_asks_lasts_while_it_asks() -> None:
    solo = receiver()
    for _ in range(8):
        solo.feed(verify(A, B, "s1", key(B, A, "s1")))
        solo.wait(50)
    assert solo.engine.phase is Phase.ESTABLISHED
    solo.feed(verify(A, B, "s1", "wrong"))  # which anybody can say
    solo.wait(20)
    assert solo.error == "connection-timeout"


def test_what_a_stranger_sends_is_held_to_the_limits_for_strangers() -> None:
    solo = receiver()
    solo.feed(result(A, B, "key"), verify(A, B, "s1", "x" * 20_000))
    refused(solo, "policy-violation")
    solo = verified()
    solo.feed(f"<message from='j@a.example' to='r@b.example'><body>{'x' * 20_000}</body></message>")
    assert len(solo.one(Message).body or "") == 20_000


def test_the_initiating_config_is_checked() -> None:
    with pytest.raises(ValueError, match="verify"):
        S2SOutgoingConfig(local=A, remote=B, verify_only=True)
