"""What `Conversation.feed` says has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ...jid import JID
from ...protocol.chat_states import ChatStateValue
from ...stanza import Message, StanzaError
from .entries import Entry, Participant


@dataclass(frozen=True, slots=True)
class EntryAdded:
    """There is a new entry; `index` is its place in `entries`."""

    entry: Entry
    index: int


@dataclass(frozen=True, slots=True)
class EntryMoved:
    """The archive has told that an entry belongs elsewhere: to `index`."""

    entry: Entry
    index: int


@dataclass(frozen=True, slots=True)
class EntryDropped:
    """The history is full: the oldest entry is not in it any more."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class EntryConfirmed:
    """A message of ours is in the room, or in the archive."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class EntryCorrected:
    """A message has another content now (XEP-0308)."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class EntryRetracted:
    """A message was taken back, by its author or a moderator (XEP-0424, XEP-0425)."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class EntryReacted:
    """Somebody's reactions to a message are others than before (XEP-0444)."""

    entry: Entry
    by: Participant


@dataclass(frozen=True, slots=True)
class EntryReceived:
    """A client of theirs has got a message of ours (XEP-0184)."""

    entry: Entry
    by: Participant


@dataclass(frozen=True, slots=True)
class EntryDisplayed:
    """Somebody has seen this message and all before it (XEP-0333): we, on another client, where `by` is ourselves."""

    entry: Entry
    by: Participant


@dataclass(frozen=True, slots=True)
class EntryLinked:
    """What an entry answers, or is attached to, was found (XEP-0461, XEP-0367)."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class CorrectionWaits:
    """A correction came of a message that the history does not have: look for it in the archive, or show this one in its place
    for the time being."""

    message: Message
    by: Participant


@dataclass(frozen=True, slots=True)
class SendFailed:
    """A message of ours came back as an error. `entry` is what it was or was about; what it had changed there is undone.
    It is None where nothing was changed yet."""

    message_id: str
    error: StanzaError
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class StateChanged:
    """Somebody is typing, or has stopped (XEP-0085)."""

    by: Participant
    state: ChatStateValue


@dataclass(frozen=True, slots=True)
class AttentionAsked:
    """A nudge (XEP-0224): it comes just now, and from this participant. Whether to heed it is for the user to say."""

    by: Participant


@dataclass(frozen=True, slots=True)
class Refused:
    """Something in a message was not done: `reason` says in words what. It is from `sender`, or says so."""

    message: Message
    sender: JID | None
    reason: str


Change: TypeAlias = (
    EntryAdded
    | EntryMoved
    | EntryDropped
    | EntryConfirmed
    | EntryCorrected
    | EntryRetracted
    | EntryReacted
    | EntryReceived
    | EntryDisplayed
    | EntryLinked
    | CorrectionWaits
    | SendFailed
    | StateChanged
    | AttentionAsked
    | Refused
)
"""What has changed."""
