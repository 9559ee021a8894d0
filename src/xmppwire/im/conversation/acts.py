"""What a message does to a history: it is something to show, or acts on an earlier message, or both."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from ...payload import Payload, PayloadError
from ...protocol import reactions, receipts
from ...protocol.attention import Attention
from ...protocol.chat_states import ChatStateValue
from ...protocol.displayed_markers import Displayed
from ...protocol.explicit_encryption import Encryption
from ...protocol.fallback_indication import body_without_fallback
from ...protocol.file_sharing import FileSharing
from ...protocol.message_attaching import AttachTo
from ...protocol.message_correction import Replace
from ...protocol.message_moderation import Moderation, moderation_of
from ...protocol.message_retraction import Retracted, retracted_id
from ...protocol.out_of_band_data import OutOfBand
from ...protocol.reactions import Reactions
from ...protocol.receipts import Receipt
from ...protocol.replies import Reply
from ...stanza import Message
from ..messages import state_of

P = TypeVar("P", bound=Payload)

MAX_ID = 1024
"""The longest id that is remembered, in code points."""
MAX_EMOJI = 32
"""So many reactions one participant can have under one message."""
MAX_EMOJI_LENGTH = 64
"""In code points: the longest sequence in use has ten, and sequences for flags of regions a few more."""

_CONTENT = (*OutOfBand.element_names, *FileSharing.element_names, *Encryption.element_names)
"""What makes a message worth showing without a body."""


class ActKind(Enum):
    """What can be done to an earlier message."""

    RECEIPT = "receipt"
    DISPLAYED = "marker"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    MODERATION = "moderation"
    REACTIONS = "reactions"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done to the message with this id."""

    kind: ActKind
    id: str
    emoji: tuple[str, ...] = ()
    moderation: Moderation | None = None


@dataclass(slots=True)
class Reading:
    """What was found in a message. `problems`: what in it is not done, and why."""

    acts: list[Act] = field(default_factory=list[Act])
    content: bool = False
    reply: Reply | None = None
    attached_to: str | None = None
    tombstone: Retracted | None = None
    attention: bool = False
    state: ChatStateValue | None = None
    problems: list[str] = field(default_factory=list[str])

    def add(
        self, kind: ActKind, id: str | None, emoji: tuple[str, ...] = (), moderation: Moderation | None = None
    ) -> None:
        """One more act, if its id can be one."""
        if not id or len(id) > MAX_ID:
            self.problems.append(f"a {kind.value} without an id that can be one")
        else:
            self.acts.append(Act(kind, id, emoji, moderation))


def read_message(message: Message, tombstones: bool = False) -> Reading:
    """What a message does. `tombstones`: it is from an archive that leaves them in place of what was taken back; anybody else
    could write them as well."""
    found = Reading(state=state_of(message))
    understood: set[str | None] = set()
    retracted = moderation = None
    try:
        retracted, moderation = retracted_id(message), moderation_of(message)
    except PayloadError as error:
        found.problems.append(str(error))
    if retracted is not None:
        found.add(ActKind.RETRACTION, retracted)
        return found
    if moderation is not None:
        found.add(ActKind.MODERATION, moderation.id, moderation=moderation)
        return found
    if (correction := _single(message, Replace, found)) is not None:
        if _has_content(message, understood, found):
            found.add(ActKind.CORRECTION, correction.id)
        else:
            found.problems.append("a correction without content")
        return found
    if tombstones and message.body is None:
        found.tombstone = _single(message, Retracted, found)
    if (receipt := _single(message, Receipt, found)) is not None:
        found.add(ActKind.RECEIPT, receipt.id)
        understood.add(receipts.NAMESPACE)
    if (displayed := _single(message, Displayed, found)) is not None:
        found.add(ActKind.DISPLAYED, displayed.id)
    if (chosen := _single(message, Reactions, found)) is not None:
        understood.add(reactions.NAMESPACE)
        emoji = tuple(dict.fromkeys(one for one in chosen.reactions if 0 < len(one) <= MAX_EMOJI_LENGTH))
        if len(emoji) > MAX_EMOJI:
            found.problems.append(f"more than {MAX_EMOJI} reactions")
        else:
            found.add(ActKind.REACTIONS, chosen.id, emoji)
    found.content = _has_content(message, understood, found)
    if found.content:
        found.reply = _single(message, Reply, found)
        attach = _single(message, AttachTo, found)
        found.attached_to = None if attach is None else attach.id
    found.attention = message.find(Attention.element_names[0]) is not None
    return found


def _single(message: Message, kind: type[P], found: Reading) -> P | None:
    """The payload of this class, which a message may have once."""
    try:
        payloads = message.get_all(kind)
    except PayloadError as error:
        found.problems.append(str(error))
        return None
    if len(payloads) > 1:
        found.problems.append(f"more than one {kind.element_names[0][1]}")
        return None
    return payloads[0] if payloads else None


def _has_content(message: Message, understood: set[str | None], found: Reading) -> bool:
    """Whether there is something to show: beside what is there for programs without the extensions that were found."""
    try:
        body = body_without_fallback(message, understood)
    except PayloadError as error:
        found.problems.append(str(error))
        body = message.body
    return bool(body) or any(message.find(name) is not None for name in _CONTENT)
