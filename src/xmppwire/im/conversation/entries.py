"""What a history is made of: entries, who wrote them, and what has become of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from ...jid import JID
from ...payload import PayloadError
from ...protocol import replies
from ...protocol.fallback_indication import body_without_fallback
from ...protocol.me_command import action_of
from ...protocol.replies import Reply
from ...protocol.styling import Block, Unstyled, body_blocks
from ...stanza import Message, StanzaError
from ..messages import Incoming, MessageIds, Source
from ..messages.incoming import read_all

Position: TypeAlias = tuple[datetime, int]
"""A place in the order of a history."""


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part: two of them are equal if they are known to be the same. `address` is the bare JID, in rooms
    that of the occupant or of the room itself; `own`: it is us, on whichever client. `known`: False for one from a room's
    history who cannot be told from others of the same nickname."""

    key: str
    address: JID = field(compare=False)
    own: bool = field(default=False, compare=False)
    known: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class Version:
    """The content that an entry had at a time: of the message, and of its corrections."""

    message: Message
    time: datetime | None
    position: Position

    @property
    def text(self) -> str | None:
        """The body as it came."""
        return self.message.body


@dataclass(frozen=True, slots=True)
class Retraction:
    """A message was taken back (XEP-0424): by whom, if that is known, and why. `moderated`: by a moderator of the room
    (XEP-0425)."""

    by: JID | None = None
    moderated: bool = False
    reason: str | None = None
    time: datetime | None = None


@dataclass(slots=True, eq=False)
class Reaction:
    """What somebody has under a message (XEP-0444). `failed`: it was ours, and came back."""

    emoji: tuple[str, ...]
    position: Position
    failed: bool = False


@dataclass(slots=True, eq=False)
class Entry:
    """One message of a history, with all that happened to it. Read it; only its conversation changes it.

    `time` is when it was sent, as far as that is known. `versions` begins with what was sent first and ends with what holds
    now; a message that was taken back has none. `confirmed`: one of ours is known to be in the room, the archive, or at the
    other end. `received_by` has sent receipts (XEP-0184). `error`: one of ours was not delivered. `reply` is what it answers
    (XEP-0461), `target` the entry of that, where the history has it, as `attached_to` is what it belongs to (XEP-0367).
    """

    author: Participant
    ids: MessageIds
    source: Source
    time: datetime | None
    position: Position
    versions: list[Version]
    reply: Reply | None = None
    target: Entry | None = None
    attached_to: Entry | None = None
    retraction: Retraction | None = None
    received_by: list[Participant] = field(default_factory=list[Participant])
    error: StanzaError | None = None
    confirmed: bool = False
    settled: bool = False
    """Whether the archive has said where it belongs."""
    reacted: dict[Participant, Reaction] = field(default_factory=dict[Participant, Reaction])
    """Who has reacted, those included who took it back."""

    @property
    def own(self) -> bool:
        """Whether we wrote it."""
        return self.author.own

    @property
    def message(self) -> Message | None:
        """The message that holds now; None if it was taken back."""
        return self.versions[-1].message if self.versions else None

    @property
    def text(self) -> str | None:
        """What to show: the body that holds now, less the quotation before a reply where `target` can be shown instead."""
        message = self.message
        if message is None:
            return None
        if self.target is None:
            return message.body
        try:
            return body_without_fallback(message, (replies.NAMESPACE,))
        except PayloadError:
            return message.body

    @property
    def action(self) -> str | None:
        """What the author does, where the text tells that (XEP-0245)."""
        return action_of(self.text or "")

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The text with the meaning of its marks (XEP-0393), unless the author means none."""
        message, text = self.message, self.text
        if message is None or text is None:
            return ()
        return body_blocks(Message(body=text, payloads=read_all(message, Unstyled)))

    @property
    def incoming(self) -> Incoming | None:
        """The message as it came, for `Acknowledgements.marker`; None if it was taken back."""
        if not self.versions:
            return None
        sent = self.own and self.source is Source.CARBON
        return Incoming(self.versions[0].message, self.source, self.ids.stanza_id, self.time, sent)

    @property
    def corrected(self) -> bool:
        """Whether it was corrected: that is to be shown (XEP-0308 section 4)."""
        return len(self.versions) > 1

    @property
    def reactions(self) -> dict[Participant, tuple[str, ...]]:
        """Who has which emoji under it."""
        return {who: reaction.emoji for who, reaction in self.reacted.items() if reaction.emoji}
