"""Sessions that are announced with messages to all devices of somebody (XEP-0353), mostly calls.

    proposals = Proposals(from_contacts(roster))
    proposal, message = proposals.propose("romeo@montague.lit", RtpDescription(media="audio"))
    await client.send(message)
    async for event in client:
        if isinstance(event, Message):
            for change in proposals.feed(event, client.jid): ...
            for message in proposals.take_due():                 # where both have proposed at once
                await client.send(message)

Where a proposal of ours is `TAKEN`, the session begins:

    sessions.initiate(client.jid, change.device, contents, change.proposal.id)

A proposal of somebody else is answered with `ring`, `proceed` or `reject`, each of which gives a message to send; nothing is
answered by itself, since an answer says that we are here. Other devices of ours are heard through carbon copies, which are to
be enabled: `TAKEN_ELSEWHERE`, `REJECTED_ELSEWHERE`. Both parties say at the end that it is over: `finish`.

Reasons other than the usual ones may tell more than the user wants to be known (section 6).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias

from ...jid import JID
from ...payload import Payload, PayloadError
from ...protocol.delay import Delay
from ...protocol.hints import Store
from ...protocol.jingle import Reason, ReasonCondition
from ...protocol.jingle_message_initiation import Accept, Finish, Proceed, Propose, Reject, Retract, Ringing
from ...stanza import Message, MessageType
from ...xml import Element
from ..carbons import Carbon, ForgedCarbon, read_carbon

LIMIT: Final = 100
EACH: Final = 5


class ProposalState(Enum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    RINGING = "ringing"
    TAKEN = "taken"
    OVER = "over"


@dataclass(slots=True, eq=False)
class Proposal:
    """A proposal of ours (`ours`) or of the `peer`. `id` is the name of the session to be. `device` is the client of the peer
    that we talk with: of our own proposals it is None until one has taken it. `stamp` is when it was sent, where it comes
    late. `continues` is the session whose place it takes (section 4.2)."""

    id: str
    peer: JID
    ours: bool
    payloads: Sequence[Payload | Element]
    state: ProposalState = ProposalState.PROPOSED
    device: JID | None = None
    stamp: datetime | None = None
    continues: str | None = None


class Change(Enum):
    """What has become of a proposal."""

    RECEIVED = "received"
    RINGING = "ringing"
    TAKEN = "taken"
    REJECTED = "rejected"
    RETRACTED = "retracted"
    FINISHED = "finished"
    FAILED = "failed"
    """The message did not arrive."""
    TAKEN_ELSEWHERE = "taken elsewhere"
    REJECTED_ELSEWHERE = "rejected elsewhere"


@dataclass(frozen=True, slots=True)
class ProposalChange:
    """News of a proposal. `device` is who has sent it. `tie_break`: since both had proposed; `migrated`: the session that
    follows."""

    proposal: Proposal
    change: Change
    device: JID | None = None
    reason: Reason | None = None
    tie_break: bool = False
    migrated: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedProposal:
    """A message that had no effect; `reason` says in words why."""

    sender: JID | None
    reason: str


News: TypeAlias = ProposalChange | RefusedProposal
_Told: TypeAlias = Propose | Ringing | Proceed | Accept | Reject | Retract | Finish
_KINDS: Final[tuple[type[_Told], ...]] = (Propose, Ringing, Proceed, Accept, Reject, Retract, Finish)


class Proposals:
    """The proposals of a client that are not over. `allowed` says whose are looked at. At most `limit` are kept, and `each` of
    one account: more are refused. `random` gives random bytes, for names."""

    def __init__(
        self,
        allowed: Callable[[JID], bool],
        *,
        limit: int = LIMIT,
        each: int = EACH,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._allowed = allowed
        self._limit = limit
        self._each = each
        self._random = random
        self._proposals: dict[str, Proposal] = {}
        self._due: list[Message] = []

    def __len__(self) -> int:
        return len(self._proposals)

    def get(self, id: str) -> Proposal | None:
        """The proposal of this name, if it is not over."""
        return self._proposals.get(id)

    def take_due(self) -> list[Message]:
        """Messages that the standard wants sent because of what came, each given once."""
        due, self._due = self._due, []
        return due

    # --- ours -------------------------------------------------------------------------------------------------------

    def propose(self, peer: JID | str, *descriptions: Payload | Element) -> tuple[Proposal, Message]:
        """Propose a session with these descriptions, to all devices of a bare address (section 3.1). Raises ValueError for no
        description, and where there are too many proposals."""
        if not descriptions or len(self._proposals) >= self._limit:
            raise ValueError("a proposal of nothing, or one too many")
        name = _uuid4(self._random(16))
        proposal = self._proposals[name] = Proposal(name, JID(peer), ours=True, payloads=descriptions)
        return proposal, _message(proposal.peer, Propose(id=name, payloads=list(descriptions)))

    def retract(self, proposal: Proposal, reason: ReasonCondition = ReasonCondition.CANCEL) -> Message:
        """Take a proposal of ours back (section 3.3). Raises ValueError where it was taken, or is over."""
        self._check(proposal, ours=True)
        return self._end(proposal, Retract(id=proposal.id, reason=Reason(condition=reason)))

    # --- theirs -----------------------------------------------------------------------------------------------------

    def ring(self, proposal: Proposal) -> Message:
        """Say that this device asks its user (section 3.2). Raises ValueError as the others do."""
        self._check(proposal, ours=False)
        proposal.state = ProposalState.RINGING
        return _message(_to(proposal), Ringing(id=proposal.id))

    def proceed(self, proposal: Proposal) -> Message:
        """Take it, on this device (section 3.4): the peer then begins the session of this name."""
        self._check(proposal, ours=False)
        proposal.state = ProposalState.TAKEN
        return _message(_to(proposal), Proceed(id=proposal.id))

    def reject(self, proposal: Proposal, reason: ReasonCondition = ReasonCondition.BUSY) -> Message:
        """Do not take it, on any device (section 3.5)."""
        self._check(proposal, ours=False)
        return self._end(proposal, Reject(id=proposal.id, reason=Reason(condition=reason)))

    def finish(self, proposal: Proposal, reason: ReasonCondition = ReasonCondition.SUCCESS) -> Message:
        """Say that the session is over (section 3.7). Raises ValueError where there was none."""
        if proposal.state is not ProposalState.TAKEN:
            raise ValueError("it was not taken")
        return self._end(proposal, Finish(id=proposal.id, reason=Reason(condition=reason)))

    def _check(self, proposal: Proposal, *, ours: bool) -> None:
        if proposal.ours is not ours:
            raise ValueError("it is a proposal of the other party")
        if proposal.state not in (ProposalState.PROPOSED, ProposalState.RINGING):
            raise ValueError("it was taken, or is over")

    def _end(self, proposal: Proposal, payload: Payload) -> Message:
        to = _to(proposal)
        self._forget(proposal)
        return _message(to, payload)

    def _forget(self, proposal: Proposal) -> None:
        proposal.state = ProposalState.OVER
        self._proposals.pop(proposal.id, None)

    # --- what comes -------------------------------------------------------------------------------------------------

    def feed(self, message: Message, own: JID) -> list[News]:
        """Look at a message, for the client with this full JID. Messages about something else give nothing."""
        copied = read_carbon(message, own)
        if isinstance(copied, ForgedCarbon):
            return [RefusedProposal(copied.sender, copied.reason)]
        inner = message if copied is None else copied.message
        try:
            told = _read(inner)
        except PayloadError as error:
            return [RefusedProposal(inner.sender, str(error))]
        sender = inner.sender
        if told is None or sender is None:
            return []
        proposal = self._proposals.get(told.id)
        if inner.type is MessageType.ERROR:
            return self._failed(proposal, told, sender)
        if inner.type is MessageType.GROUPCHAT:
            return [RefusedProposal(sender, "not in rooms")]
        if sender.bare == own.bare:
            return self._other_device(proposal, told, sender, own)
        if isinstance(told, Propose):
            stamp = _stamp(inner) if copied is None else copied.stamp
            return self._proposed(told, sender, own, stamp, copied)
        if proposal is None:
            return []
        if sender.bare != proposal.peer.bare:
            return [RefusedProposal(sender, "it is about a proposal of somebody else")]
        return self._answered(proposal, told, sender) if proposal.ours else self._withdrawn(proposal, told, sender)

    def _proposed(
        self, told: Propose, sender: JID, own: JID, stamp: datetime | None, copied: Carbon | None
    ) -> list[News]:
        if not self._allowed(sender):
            return [RefusedProposal(sender, "not from somebody who may call")]
        if not told.payloads or not 0 < len(told.id) <= 256:
            return [RefusedProposal(sender, "a proposal of nothing, or without a name")]
        known = [one for one in self._proposals.values() if one.peer.bare == sender.bare]
        mine = next((one for one in known if one.ours and one.state is not ProposalState.TAKEN), None)
        changes: list[News] = []
        if mine is not None and copied is None:
            if (mine.id.encode(), str(own).encode()) <= (told.id.encode(), str(sender).encode()):
                self._due.append(_message(sender, Reject(id=told.id, reason=EXPIRED, tie_break=True)))
                return [RefusedProposal(sender, "we have proposed something ourselves")]
            self._due.append(self._end(mine, Retract(id=mine.id, reason=EXPIRED, tie_break=True)))
            changes.append(ProposalChange(mine, Change.RETRACTED, sender, EXPIRED, tie_break=True))
        if told.id in self._proposals:
            return [*changes, RefusedProposal(sender, "a proposal that there is already")]
        if len(self._proposals) >= self._limit or sum(not one.ours for one in known) >= self._each:
            return [*changes, RefusedProposal(sender, "too many proposals")]
        taken = next((one for one in known if one.state is ProposalState.TAKEN), None)
        if taken is not None and copied is None:
            self._due.append(self._end(taken, Finish(id=taken.id, reason=EXPIRED, migrated=told.id)))
            changes.append(ProposalChange(taken, Change.FINISHED, sender, EXPIRED, migrated=told.id))
        new = Proposal(told.id, sender, ours=False, payloads=told.payloads, device=sender, stamp=stamp)
        new.continues = None if taken is None else taken.id
        self._proposals[told.id] = new
        return [*changes, ProposalChange(new, Change.RECEIVED, sender)]

    def _answered(self, proposal: Proposal, told: _Told, sender: JID) -> list[News]:
        """The peer says something about a proposal of ours."""
        match told:
            case Ringing() if proposal.state is ProposalState.PROPOSED:
                proposal.state = ProposalState.RINGING
                return [ProposalChange(proposal, Change.RINGING, sender)]
            case Proceed() if proposal.state is not ProposalState.TAKEN:
                proposal.state, proposal.device = ProposalState.TAKEN, sender
                return [ProposalChange(proposal, Change.TAKEN, sender)]
            case Reject(reason=reason, tie_break=tie_break) if proposal.state is not ProposalState.TAKEN:
                self._forget(proposal)
                return [ProposalChange(proposal, Change.REJECTED, sender, reason, tie_break)]
            case Finish(reason=reason, migrated=migrated) if proposal.state is ProposalState.TAKEN:
                self._forget(proposal)
                return [ProposalChange(proposal, Change.FINISHED, sender, reason, migrated=migrated)]
            case _:
                return []

    def _withdrawn(self, proposal: Proposal, told: _Told, sender: JID) -> list[News]:
        """The peer says something about a proposal of its own."""
        match told:
            case Retract(reason=reason, tie_break=tie_break) if proposal.state is not ProposalState.TAKEN:
                self._forget(proposal)
                return [ProposalChange(proposal, Change.RETRACTED, sender, reason, tie_break)]
            case Finish(reason=reason, migrated=migrated):
                self._forget(proposal)
                return [ProposalChange(proposal, Change.FINISHED, sender, reason, migrated=migrated)]
            case _:
                return []

    def _other_device(self, proposal: Proposal | None, told: _Told, sender: JID, own: JID) -> list[News]:
        """Another device of ours has answered; so has this one, if it is a copy of what we sent."""
        if proposal is None or proposal.ours or sender == own or proposal.state is ProposalState.TAKEN:
            return []
        match told:
            case Proceed() | Accept():
                change = Change.TAKEN_ELSEWHERE
            case Reject():
                change = Change.REJECTED_ELSEWHERE
            case _:
                return []
        self._forget(proposal)
        return [ProposalChange(proposal, change, sender)]

    def _failed(self, proposal: Proposal | None, told: _Told, sender: JID) -> list[News]:
        if proposal is None or not proposal.ours or not isinstance(told, Propose) or sender.bare != proposal.peer.bare:
            return []
        self._forget(proposal)
        return [ProposalChange(proposal, Change.FAILED, sender)]


EXPIRED: Final = Reason(condition=ReasonCondition.EXPIRED)


def _message(to: JID, payload: Payload) -> Message:
    """A message of this protocol (section 3)."""
    return Message(to, type=MessageType.CHAT, payloads=[payload, Store()])


def _to(proposal: Proposal) -> JID:
    """Whom to tell about it."""
    return proposal.device or proposal.peer


def _read(message: Message) -> _Told | None:
    """What a message tells of a session, if anything. Raises PayloadError."""
    for kind in _KINDS:
        if (found := message.get(kind)) is not None:
            return found
    return None


def _stamp(message: Message) -> datetime | None:
    """When a message was sent that comes late."""
    try:
        delay = message.get(Delay)
    except PayloadError:
        return None
    return None if delay is None else delay.stamp


def _uuid4(data: bytes) -> str:
    """A UUID of version 4 (RFC 9562 section 5.4) out of 16 random bytes."""
    digits = bytes((*data[:6], data[6] & 0x0F | 0x40, data[7], data[8] & 0x3F | 0x80, *data[9:])).hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
