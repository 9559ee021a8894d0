"""Bidirectional streams between servers (XEP-0288)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pair import Wire, World
from tests.stream.dialback_world import (
    BIDI,
    ERRORS,
    LOOSE,
    A,
    B,
    Town,
    answers,
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
from xmppwire.stanza import Message
from xmppwire.stream import (
    DialbackRequested,
    DialbackUse,
    DomainPolicies,
    DomainPolicy,
    Established,
    ExternalRequested,
    LocalProtocolError,
    PairVerified,
    Phase,
    StanzaRejected,
    TLSInfo,
)

ASK = "<bidi xmlns='urn:xmpp:bidi'/>"
STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


def by_certificate(**changes: Any) -> tuple[World, Wire]:
    """Two servers that know each other by certificates."""
    place = Town({B: incoming(B, offer_tls=True, require_tls=True, **changes)})
    place.world.server_tls = TLSInfo(version="TLSv1.3", peer_certificate=b"der", peer_names=(A,))
    wire = place.open(outgoing(require_tls=True, **changes))
    place.world.settle()
    return place.world, wire


def exchange(world: World, wire: Wire) -> None:
    wire.client.engine.send(message("j@a.example", "r@b.example", "to"), world.now)
    wire.server.engine.send(message("r@b.example", "j@a.example", "fro"), world.now)
    world.settle()
    assert wire.server.one(Message).body == "to"
    assert wire.client.one(Message).body == "fro"


@pytest.mark.spec("XEP-0288", "2.1", "2.2")
def test_both_directions_after_certificates() -> None:
    world, wire = by_certificate(bidirectional=True)
    sent = wire.client.sent.decode()
    assert sent.index("starttls") < sent.index(ASK) < sent.index("<auth ")
    assert "db:" not in sent.replace("xmlns:db", "")
    assert wire.client.engine.bidirectional
    assert wire.server.engine.bidirectional
    exchange(world, wire)


@pytest.mark.spec("XEP-0288", "2.2")
def test_both_directions_after_dialback() -> None:
    place = town(bidirectional=True)
    wire = place.open(outgoing(bidirectional=True))
    place.world.settle()
    sent = wire.client.sent.decode()
    assert sent.index(ASK) < sent.index("<db:result ")
    exchange(place.world, wire)
    assert not place.keys[0].engine.bidirectional  # a stream for keys carries no stanzas


@pytest.mark.parametrize("who", ["client", "server", "nobody"])
def test_one_direction_where_one_side_does_not_want_it(who: str) -> None:
    place = town(bidirectional=who == "server")
    wire = place.open(outgoing(bidirectional=who == "client"))
    place.world.settle()
    assert ASK not in wire.client.sent.decode()
    with pytest.raises(LocalProtocolError, match="stream that we opened"):
        wire.server.engine.send(message("r@b.example", "j@a.example"), place.world.now)
    assert not wire.server.engine.may_send(B, A)


@pytest.mark.spec("XEP-0288", "2.2")
def test_nothing_is_sent_before_the_peer_has_shown_who_it_is() -> None:
    solo = receiver(bidirectional=True)
    solo.feed(ASK, result(A, B, "key"))
    with pytest.raises(LocalProtocolError, match="nothing shows"):
        solo.engine.send(message("r@b.example", "j@a.example"), solo.now)
    assert solo.sent() == ""
    solo.engine.answer(solo.one(DialbackRequested), True, solo.now)
    solo.engine.send(message("r@b.example", "j@a.example"), solo.now)
    with pytest.raises(LocalProtocolError, match="nothing shows"):
        solo.engine.send(message("r@b.example", "j@victim.example"), solo.now)
    with pytest.raises(LocalProtocolError, match="nothing shows"):
        solo.engine.send(message("r@chat.b.example", "j@a.example"), solo.now)


def test_after_a_certificate_it_is_the_pair_of_the_header() -> None:
    solo = Solo(incoming(B, "chat.b.example", bidirectional=True, direct_tls=True))
    solo.tls(peer_certificate=b"der", peer_names=[A])
    solo.feed(header(A, B), ASK, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
    solo.engine.answer(solo.one(ExternalRequested), A, solo.now)
    solo.feed(header(A, B))
    assert solo.one(Established)
    assert solo.engine.may_send(B, A)
    assert not solo.engine.may_send("chat.b.example", A)


@pytest.mark.spec("XEP-0288", "2.2")
@pytest.mark.parametrize("sender", ["b.example", "chat.b.example", "victim.example"])
def test_what_the_peer_may_send_back(sender: str) -> None:
    solo = initiated(BIDI, bidirectional=True)
    solo.feed(f"<message from='x@{sender}' to='j@a.example'/>")
    if sender == B:
        assert isinstance(solo.events[-1], Message)
    else:
        assert solo.error == "invalid-from"


def test_nothing_comes_back_before_our_key_is_accepted() -> None:
    for element in (
        "<message from='r@b.example' to='j@a.example'/>",
        result("c.example", A, "key"),
        verify(B, A, "s7"),
    ):
        solo = initiator(BIDI, bidirectional=True)
        solo.feed(element)
        assert solo.error == "not-authorized"


@pytest.mark.spec("XEP-0288", "2.2")
def test_the_server_that_was_connected_to_shows_further_domains() -> None:
    solo = receiver(domains=[B, "chat.b.example"], bidirectional=True)
    solo.feed(ASK, result(A, B, "key"))
    with pytest.raises(LocalProtocolError, match="nothing shows"):
        solo.engine.request_pair("chat.b.example", A, solo.now)
    solo.engine.answer(solo.one(DialbackRequested), True, solo.now)
    solo.engine.request_pair("chat.b.example", A, solo.now)
    with pytest.raises(LocalProtocolError, match="nothing shows"):
        solo.engine.request_pair(B, "victim.example", solo.now, same_host=True)
    assert answers(solo.sent()) == [("result", B, A, "valid"), ("result", "chat.b.example", A, "key")]
    solo.feed(result(A, "chat.b.example", kind="valid"))
    assert [event.sender.domainpart for event in solo.events if isinstance(event, PairVerified)] == [
        A,
        "chat.b.example",
    ]
    assert solo.engine.may_send("chat.b.example", A)
    solo.feed("<message from='j@a.example' to='den@chat.b.example'/>")
    assert isinstance(solo.events[-1], Message)


def test_the_server_that_connected_is_asked() -> None:
    solo = initiated(BIDI, ERRORS, bidirectional=True)
    solo.feed(result("chat.b.example", A, "key"), result("c.example", "elsewhere.example", "key"))
    solo.feed(verify("c.example", A, "s9", key(A, "c.example", "s9")))
    assert [kind for *_, kind in answers(solo.sent())] == ["item-not-found", "valid"]
    request = solo.one(DialbackRequested)
    solo.engine.answer(request, True, solo.now)
    solo.feed("<message from='den@chat.b.example' to='j@a.example'/>")
    assert isinstance(solo.events[-1], Message)
    assert solo.engine.may_send(A, "chat.b.example")


def test_what_was_agreed_in_the_clear_is_forgotten() -> None:
    solo = Solo(incoming(offer_tls=True, bidirectional=True, policies=LOOSE))
    solo.feed(header(A, B), ASK, STARTTLS)
    solo.tls()
    solo.feed(header(A, B), result(A, B, "key"))
    solo.engine.answer(solo.one(DialbackRequested), True, solo.now)
    assert not solo.engine.bidirectional


@pytest.mark.parametrize("sender", ["j@a.example", "j@victim.example", ""])
def test_a_bad_stanza_is_answered_where_we_may_send(sender: str) -> None:
    solo = receiver(bidirectional=True)
    solo.feed(ASK, result(A, B, "key"))
    solo.engine.answer(solo.one(DialbackRequested), True, solo.now)
    solo.sent()
    solo.feed(f"<iq type='get' id='q1' from='{sender}' to='r@b.example'/>")
    good = sender == "j@a.example"
    assert solo.one(StanzaRejected).answered == good
    begin = "<iq type='error' id='q1' from='r@b.example' to='j@a.example'><error "
    assert solo.sent().startswith(begin) if good else solo.sent() == ""


def test_asked_for_twice_or_too_late() -> None:
    for solo in (receiver(bidirectional=True), verified(bidirectional=True)):
        solo.feed(ASK, ASK)
        assert solo.error == "unsupported-stanza-type"


def test_the_limits_of_the_peer_come_with_it() -> None:
    solo = receiver(bidirectional=True)
    limits = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes></limits>"
    solo.feed(f"<bidi xmlns='urn:xmpp:bidi'>{limits}</bidi>", result(A, B, "key"))
    solo.engine.answer(solo.one(DialbackRequested), True, solo.now)
    with pytest.raises(LocalProtocolError, match="10000"):
        solo.engine.send(message("r@b.example", "j@a.example", "x" * 10_000), solo.now)


@pytest.mark.parametrize("names", [(), (B,)])
def test_a_further_target_that_must_have_a_certificate(names: tuple[str, ...]) -> None:
    policies = DomainPolicies(
        default=LOOSE.default, domains={"chat.b.example": DomainPolicy(dialback=DialbackUse.NEVER)}
    )
    solo = Solo(outgoing(bidirectional=True, policies=policies, direct_tls=True))
    solo.tls(peer_names=[f"chat.{name}" for name in names])
    solo.feed(header(B, A, "s1"), f"<stream:features>{BIDI}{ERRORS}</stream:features>", result(B, A, kind="valid"))
    solo.engine.request_pair(A, "chat.b.example", solo.now, same_host=True)
    solo.feed(result("chat.b.example", A, kind="valid"), "<message from='r@chat.b.example' to='j@a.example'/>")
    assert solo.engine.may_send(A, "chat.b.example") == bool(names)
    assert isinstance(solo.events[-1], Message) == bool(names)


@pytest.mark.parametrize("names", [(), (B,)])
def test_who_must_have_a_certificate_must_have_it_in_both_directions(names: tuple[str, ...]) -> None:
    policies = DomainPolicies(domains={B: DomainPolicy(dialback=DialbackUse.NEVER)})
    solo = Solo(outgoing(bidirectional=True, policies=policies, direct_tls=True))
    solo.tls(peer_names=names)
    solo.feed(header(B, A, "s1"), f"<stream:features>{BIDI}</stream:features>", result(B, A, kind="valid"))
    assert solo.engine.phase is Phase.ESTABLISHED
    assert (ASK in solo.sent()) == bool(names)
    solo.feed("<message from='r@b.example' to='j@a.example'/>")
    assert isinstance(solo.events[-1], Message) == bool(names)
