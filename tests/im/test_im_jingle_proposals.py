"""Sessions that are announced with messages (XEP-0353): both parties, all their devices, and others who try."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.im.jingle_stage import JULIET, ROMEO
from tests.pair import seeded
from xmppwire.im.commands import anybody, only
from xmppwire.im.jingle import Change, Proposal, ProposalChange, Proposals, ProposalState, RefusedProposal
from xmppwire.im.jingle.message_initiation import EACH
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.carbons import ReceivedCarbon, SentCarbon
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.hints import Store
from xmppwire.protocol.jingle import Reason, ReasonCondition
from xmppwire.protocol.jingle_message_initiation import (
    NAMESPACE,
    Accept,
    Finish,
    Proceed,
    Propose,
    Reject,
    Retract,
    Ringing,
)
from xmppwire.protocol.jingle_rtp import RtpDescription
from xmppwire.stanza import Message
from xmppwire.xml import Element

TABLET = JULIET.with_resource("tablet")
TYBALT = JID("tybalt@capulet.lit/yard")
AUDIO = RtpDescription(media="audio")


class Device:
    """A client of somebody."""

    def __init__(self, jid: JID, seed: int, **keywords: Any) -> None:
        self.jid = jid
        self.proposals = Proposals(keywords.pop("allowed", anybody), random=seeded(seed), **keywords)

    def hears(self, message: Message, sender: JID) -> list[Any]:
        """What it makes of a message."""
        return self.proposals.feed(Message.from_element(message.replace(sender=sender).to_element()), self.jid)

    def hears_copy(self, message: Message, sender: JID, *, sent: bool = True, by: JID | None = None) -> list[Any]:
        """What it makes of the copy of a message that another device of it has sent or received."""
        forwarded = Forwarded(stanza=message.replace(sender=sender))
        copy = (SentCarbon if sent else ReceivedCarbon)(forwarded=forwarded)
        return self.hears(Message(self.jid, payloads=[copy]), by or self.jid.bare)


def one(changes: list[Any], change: Change) -> ProposalChange:
    (found,) = changes
    assert isinstance(found, ProposalChange)
    assert found.change is change
    return found


def told(sender: JID, payload: Payload | Element, device: Device, type: str = "chat") -> list[Any]:
    return device.hears(Message(device.jid, type=type, payloads=[payload]), sender)


@pytest.fixture
def romeo() -> Device:
    return Device(ROMEO, 1)


@pytest.fixture
def juliet() -> Device:
    return Device(JULIET, 2)


def proposed(romeo: Device, juliet: Device) -> tuple[Proposal, Proposal]:
    ours, message = romeo.proposals.propose(JULIET.bare, AUDIO)
    return ours, one(juliet.hears(message, ROMEO), Change.RECEIVED).proposal


@pytest.mark.spec("XEP-0353", "3.1", "3.2", "3.4", "3.7")
def test_a_proposal_is_taken(romeo: Device, juliet: Device) -> None:
    ours, message = romeo.proposals.propose(JULIET.bare, AUDIO)
    assert (message.to, message.type) == (JULIET.bare, "chat")
    assert message.get(Store) is not None
    assert len(ours.id) == 36
    theirs = one(juliet.hears(message, ROMEO), Change.RECEIVED).proposal
    assert (theirs.id, theirs.peer, theirs.payloads) == (ours.id, ROMEO, [AUDIO])
    assert not juliet.proposals.take_due()  # nothing is said by itself
    ringing = juliet.proposals.ring(theirs)
    assert ringing.to == ROMEO
    one(romeo.hears(ringing, JULIET), Change.RINGING)
    assert ours.state is ProposalState.RINGING
    taken = one(romeo.hears(juliet.proposals.proceed(theirs), JULIET), Change.TAKEN)
    assert (taken.device, ours.device) == (JULIET, JULIET)
    assert told(TABLET, Proceed(id=ours.id), romeo) == []  # the first one has it
    assert ours.device == JULIET
    finished = romeo.proposals.finish(ours)
    assert finished.to == JULIET
    over = one(juliet.hears(finished, ROMEO), Change.FINISHED)
    assert over.reason is not None
    assert over.reason.condition is ReasonCondition.SUCCESS
    assert len(romeo.proposals) == len(juliet.proposals) == 0


@pytest.mark.spec("XEP-0353", "3.3", "3.5")
def test_a_proposal_is_retracted_or_rejected(romeo: Device, juliet: Device) -> None:
    ours, theirs = proposed(romeo, juliet)
    change = one(juliet.hears(romeo.proposals.retract(ours), ROMEO), Change.RETRACTED)
    assert change.reason is not None
    assert change.reason.condition is ReasonCondition.CANCEL
    with pytest.raises(ValueError, match="over"):
        juliet.proposals.proceed(theirs)
    with pytest.raises(ValueError, match="over"):
        romeo.proposals.retract(ours)
    ours, theirs = proposed(romeo, juliet)
    change = one(romeo.hears(juliet.proposals.reject(theirs), JULIET), Change.REJECTED)
    assert change.reason is not None
    assert change.reason.condition is ReasonCondition.BUSY
    assert not change.tie_break
    with pytest.raises(ValueError, match="not taken"):
        romeo.proposals.finish(ours)
    for wrong in (romeo.proposals.ring, romeo.proposals.proceed, romeo.proposals.reject):
        with pytest.raises(ValueError, match="other party"):
            wrong(ours)


@pytest.mark.spec("XEP-0353", "3.4", "5")
@pytest.mark.parametrize("payload", [Proceed, Accept, Reject])
def test_other_devices_of_ours(romeo: Device, juliet: Device, payload: Any) -> None:
    tablet = Device(TABLET, 3)
    _, message = romeo.proposals.propose(JULIET.bare, AUDIO)
    theirs = one(juliet.hears(message, ROMEO), Change.RECEIVED).proposal
    one(tablet.hears(message, ROMEO), Change.RECEIVED)
    answer = Message(ROMEO, type="chat", payloads=[payload(id=theirs.id)])
    change = Change.REJECTED_ELSEWHERE if payload is Reject else Change.TAKEN_ELSEWHERE
    assert one(juliet.hears_copy(answer, TABLET), change).device == TABLET
    assert len(juliet.proposals) == 0
    assert tablet.hears_copy(answer, TABLET) == []  # its own words
    assert len(tablet.proposals) == 1
    assert juliet.hears_copy(answer, TABLET) == []
    assert juliet.hears(Message(JULIET.bare, payloads=[Accept(id=theirs.id)]), TABLET) == []


@pytest.mark.spec("XEP-0353", "3.4")
@pytest.mark.spec("XEP-0280", "11")
def test_a_forged_copy(romeo: Device, juliet: Device) -> None:
    _, theirs = proposed(romeo, juliet)
    answer = Message(ROMEO, type="chat", payloads=[Proceed(id=theirs.id)])
    for forger in (TYBALT, ROMEO, TABLET, ROMEO.bare):
        (refused,) = juliet.hears_copy(answer, TABLET, by=forger)
        assert isinstance(refused, RefusedProposal)
    assert theirs.state is ProposalState.PROPOSED


@pytest.mark.spec("XEP-0353", "5")
def test_what_another_device_received(juliet: Device, romeo: Device) -> None:
    _, message = romeo.proposals.propose(TABLET, AUDIO)
    theirs = one(juliet.hears_copy(message, ROMEO, sent=False), Change.RECEIVED).proposal
    retracted = Message(TABLET, payloads=[Retract(id=theirs.id)])
    one(juliet.hears_copy(retracted, ROMEO, sent=False), Change.RETRACTED)
    sent = Message(ROMEO, payloads=[Propose(id="x", payloads=[AUDIO])])
    assert juliet.hears_copy(sent, TABLET) == []  # it is not for us
    assert not juliet.proposals.take_due()


@pytest.mark.spec("XEP-0353", "6")
def test_who_may_not_call() -> None:
    juliet = Device(JULIET, 2, allowed=only(ROMEO.bare))
    (refused,) = told(TYBALT, Propose(id="x", payloads=[AUDIO]), juliet)
    assert isinstance(refused, RefusedProposal)
    assert refused.sender == TYBALT
    assert not juliet.proposals.take_due()
    one(told(ROMEO, Propose(id="x", payloads=[AUDIO]), juliet), Change.RECEIVED)


def test_answers_of_others(romeo: Device, juliet: Device) -> None:
    ours, theirs = proposed(romeo, juliet)
    answers: list[Any] = [Ringing(id=ours.id), Proceed(id=ours.id), Reject(id=ours.id), Finish(id=ours.id)]
    for answer in answers:
        (refused,) = told(TYBALT, answer, romeo)
        assert isinstance(refused, RefusedProposal)
    for answer in (Retract(id=ours.id), Finish(id=ours.id)):
        (refused,) = told(TYBALT, answer, juliet)
        assert isinstance(refused, RefusedProposal)
    assert told(JULIET, Proceed(id="unknown"), romeo) == []
    assert told(JULIET, Finish(id=ours.id), romeo) == []  # it was not taken
    assert told(ROMEO, Proceed(id=ours.id), juliet) == []  # not an answer to give oneself
    assert (ours.state, theirs.state) == (ProposalState.PROPOSED, ProposalState.PROPOSED)


def test_floods(juliet: Device) -> None:
    changes = [told(ROMEO, Propose(id=f"x{number}", payloads=[AUDIO]), juliet)[0] for number in range(EACH + 3)]
    assert [isinstance(one, ProposalChange) for one in changes] == [True] * EACH + [False] * 3
    for wrong in (
        Propose(id="", payloads=[AUDIO]),
        Propose(id="x" * 300, payloads=[AUDIO]),
        Propose(id="nothing"),
        Propose(id="x0", payloads=[AUDIO]),
        Element((NAMESPACE, "propose")),
    ):
        (refused,) = told(TYBALT, wrong, juliet)
        assert isinstance(refused, RefusedProposal)
    small = Device(JULIET, 2, limit=1)
    small.proposals.propose(ROMEO.bare, AUDIO)
    with pytest.raises(ValueError, match="too many"):
        small.proposals.propose(ROMEO.bare, AUDIO)
    (refused,) = told(TYBALT, Propose(id="x", payloads=[AUDIO]), small)
    assert isinstance(refused, RefusedProposal)


def test_messages_about_something_else(romeo: Device, juliet: Device) -> None:
    ours, _ = proposed(romeo, juliet)
    assert romeo.hears(Message(ROMEO, "hello"), JULIET) == []
    (refused,) = told(JULIET, Proceed(id=ours.id), romeo, type="groupchat")
    assert isinstance(refused, RefusedProposal)
    assert told(TYBALT, Propose(id=ours.id, payloads=[AUDIO]), romeo, type="error") == []
    assert told(JULIET, Proceed(id=ours.id), romeo, type="error") == []
    one(told(JULIET.bare, Propose(id=ours.id, payloads=[AUDIO]), romeo, type="error"), Change.FAILED)
    assert len(romeo.proposals) == 0


@pytest.mark.spec("XEP-0353", "4.1")
@pytest.mark.parametrize("lower", ["ours", "theirs"])
def test_both_propose_at_once(romeo: Device, lower: str) -> None:
    ours, _ = romeo.proposals.propose(JULIET.bare, AUDIO)
    theirs = "\x7f" if lower == "ours" else "!"
    changes = told(JULIET, Propose(id=theirs, payloads=[AUDIO]), romeo)
    (message,) = romeo.proposals.take_due()
    assert message.type == "chat"
    assert message.get(Store) is not None
    if lower == "ours":
        reject = message.get(Reject)
        assert reject is not None
        assert (reject.id, reject.tie_break, message.to) == (theirs, True, JULIET)
        assert reject.reason == Reason(condition=ReasonCondition.EXPIRED)
        assert [type(change) for change in changes] == [RefusedProposal]
        assert ours.state is ProposalState.PROPOSED
    else:
        retract = message.get(Retract)
        assert retract is not None
        assert (retract.id, retract.tie_break, message.to) == (ours.id, True, JULIET.bare)
        assert [change.change for change in changes] == [Change.RETRACTED, Change.RECEIVED]
        assert ours.state is ProposalState.OVER
    assert not romeo.proposals.take_due()


@pytest.mark.spec("XEP-0353", "4.2")
def test_a_call_goes_to_another_device(romeo: Device, juliet: Device) -> None:
    ours, theirs = proposed(romeo, juliet)
    romeo.hears(juliet.proposals.proceed(theirs), JULIET)
    tablet = Device(TABLET, 3)
    again, message = tablet.proposals.propose(ROMEO.bare, AUDIO)
    finished, received = romeo.hears(message, TABLET)
    assert (finished.change, finished.proposal, finished.migrated) == (Change.FINISHED, ours, again.id)
    assert received.proposal.continues == ours.id
    (due,) = romeo.proposals.take_due()
    assert due.to == JULIET
    over = one(juliet.hears(due, ROMEO), Change.FINISHED)
    assert over.migrated == again.id
    assert over.reason == Reason(condition=ReasonCondition.EXPIRED)
    one(tablet.hears(romeo.proposals.proceed(received.proposal), ROMEO), Change.TAKEN)


@pytest.mark.spec("XEP-0353", "5")
def test_a_proposal_that_comes_late(juliet: Device) -> None:
    stamp = datetime(2024, 1, 1, tzinfo=UTC)
    late = Message(JULIET, payloads=[Propose(id="x", payloads=[AUDIO]), Delay(stamp=stamp)])
    assert one(juliet.hears(late, ROMEO), Change.RECEIVED).proposal.stamp == stamp
    broken = Message(JULIET, payloads=[Propose(id="y", payloads=[AUDIO]), Element(("urn:xmpp:delay", "delay"))])
    assert one(juliet.hears(broken, ROMEO), Change.RECEIVED).proposal.stamp is None
