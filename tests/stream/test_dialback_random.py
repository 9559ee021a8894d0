"""Dialback against peers that say anything at any time: what is believed is exactly what was asked for and answered."""

from __future__ import annotations

import random
import re

import pytest

from tests.stream.dialback_world import A, B, header, incoming, key, message, outgoing, result, verify
from tests.stream.streams import Solo
from xmppwire.jid import JID
from xmppwire.stanza import Message
from xmppwire.stream import (
    DialbackRequested,
    KeyVerified,
    Limits,
    LocalProtocolError,
    PairRefused,
    PairVerified,
    Phase,
    StreamEnded,
)

DOMAINS = (A, B, "chat.b.example", "rooms.a.example", "c.example")
KINDS = (None, None, "valid", "invalid", "error", "nonsense")
LIMITS = Limits(dialback_pending=3, peer_domains=3)


class Peer:
    """Says things, some of which are right."""

    def __init__(self, seed: int, solo: Solo) -> None:
        self.random = random.Random(seed)
        self.solo = solo
        self.asked: set[tuple[str, str]] = set()
        self.checks: list[DialbackRequested] = []
        self.wrote = ""

    def speak(self) -> str:
        one, other = self.random.choices(DOMAINS, k=2)
        identifier = self.random.choice(("s0", "s1", "s2"))
        kind = self.random.choices(KINDS, (30, 30, 20, 10, 10, 1))[0]
        match self.random.randrange(10):
            case 0 | 1 | 2:
                return result(one, other, "key", kind)
            case 3 | 4:
                return verify(one, other, identifier, key(other, one, identifier), kind)
            case 5 if self.asked:
                local, remote = self.random.choice(sorted(self.asked))
                return result(remote, local, "", self.random.choice(("valid", "error")))
            case 6 if self.checks:
                request = self.random.choice(self.checks)
                facts = (request.sender.domainpart, request.to.domainpart, request.id)
                return verify(*facts, "", self.random.choice(("valid", "invalid", "error")))
            case 7:
                return "<bidi xmlns='urn:xmpp:bidi'/>" if self.random.randrange(9) == 0 else " "
            case _:
                return f"<message from='x@{one}' to='y@{other}'/>" if self.random.randrange(3) == 0 else ""

    def hear(self) -> str:
        self.wrote += (heard := self.solo.sent())
        return heard


@pytest.mark.parametrize("seed", range(60))
def test_a_receiving_server(seed: int) -> None:
    solo = Solo(incoming(B, "chat.b.example", limits=LIMITS, bidirectional=seed % 2 == 0))
    peer = Peer(seed, solo)
    solo.feed(header(A, B))
    shown: set[tuple[str, str]] = set()
    seen = 0
    open_: list[DialbackRequested] = []
    for _ in range(60):
        solo.feed(peer.speak())
        for event in solo.events[seen:]:
            if isinstance(event, DialbackRequested):
                assert event.to.domainpart in (B, "chat.b.example")
                open_.append(event)
            elif isinstance(event, Message):
                assert event.sender is not None
                assert event.to is not None
                assert (event.sender.domainpart, event.to.domainpart) in shown
        seen = len(solo.events)
        assert len(open_) <= LIMITS.dialback_pending
        if open_ and peer.random.randrange(3) == 0:
            request = open_.pop(peer.random.randrange(len(open_)))
            right = peer.random.randrange(4) != 0
            if solo.engine.phase is Phase.ESTABLISHED and right:
                shown.add((request.sender.domainpart, request.to.domainpart))
            solo.engine.answer(request, right, solo.now)
            solo.pull()
        for sender, to in ((one, other) for one in DOMAINS for other in DOMAINS):
            if (to, sender) not in shown or not solo.engine.bidirectional:
                with pytest.raises(LocalProtocolError):
                    solo.engine.send(message(f"x@{sender}", f"y@{to}"), solo.now)
        if solo.engine.phase is not Phase.ESTABLISHED and solo.engine.phase is not Phase.NEGOTIATING:
            break
    peer.hear()
    for match in re.finditer("<db:result from='([^']*)' to='([^']*)' type='valid'/>", peer.wrote):
        assert (match[2], match[1]) in shown


@pytest.mark.parametrize("seed", range(60))
def test_a_server_that_opened_the_stream(seed: int) -> None:
    solo = Solo(outgoing(limits=LIMITS, bidirectional=seed % 2 == 0, verify_only=seed % 3 == 0))
    peer = Peer(seed, solo)
    bidi = "<bidi xmlns='urn:xmpp:features:bidi'/>"
    dialback = "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>"
    solo.feed(header(B, A, "s1"), f"<stream:features>{bidi}{dialback}</stream:features>")
    if seed % 3:
        peer.asked.add((A, B))
    for number in range(60):
        solo.feed(peer.speak() if number % 8 or not peer.asked else result(B, A, kind="valid"))
        if solo.engine.phase is Phase.ESTABLISHED:
            if peer.random.randrange(4) == 0:
                request = DialbackRequested(JID(B), JID(A), f"s{peer.random.randrange(4)}", "key")
                if request.id not in {known.id for known in peer.checks}:
                    solo.engine.verify_key(request, solo.now)
                    peer.checks.append(request)
            if peer.random.randrange(4) == 0 and ("rooms.a.example", B) not in peer.asked:
                solo.engine.request_pair("rooms.a.example", B, solo.now)
                peer.asked.add(("rooms.a.example", B))
            if peer.random.randrange(9) == 0:
                solo.wait(7)
    solo.end_of_file()
    assert isinstance(solo.events[-1], StreamEnded)
    told = [event for event in solo.events if isinstance(event, KeyVerified)]
    assert sorted(event.request.id for event in told) == sorted(request.id for request in peer.checks)
    pairs = [
        (event.sender.domainpart, event.to.domainpart)
        for event in solo.events
        if isinstance(event, PairVerified | PairRefused)
    ]
    ours = [pair for pair in pairs if pair[0] in (A, "rooms.a.example") and pair[1] == B]
    assert sorted(set(ours)) == sorted(ours)
    assert set(ours) == peer.asked
    if not solo.engine.bidirectional:
        assert pairs == ours
        assert not [event for event in solo.events if isinstance(event, Message | DialbackRequested)]
