"""One conversation as a history: with corrections, retractions, reactions, receipts and the rest applied to it.

    conversation = Conversation(client.jid, JID("romeo@montague.lit"), features=info.features)
    said = composer.text("Wherefore art thou?", receipt=True)
    conversation.sent(said, now)
    await client.send(said)
    async for event in client:
        if isinstance(event, Message):
            for change in conversation.feed(event, now):
                match change:
                    case EntryAdded(entry=entry, index=index): ...      # show entry.text
                    case EntryCorrected(entry=entry): ...               # show it anew
                    case Refused(sender=sender, reason=reason): ...     # somebody tried

It takes messages as they come from the stream, from `CatchUp`, and from the pages of an archive: copies (XEP-0280) are told
from forged ones, doubles are found by their ids (XEP-0359), and what refers to a message that is not there yet waits for it.
So the history of an archive is the same in the end, in whatever order its messages came.

Nobody is believed more than they should be: corrections (XEP-0308) and retractions (XEP-0424) by the author alone, a
moderator's (XEP-0425) from the room alone, receipts (XEP-0184) and markers (XEP-0333) by the other side, errors from where
the message went. What was not done comes back as `Refused`. In a room that announces no occupant ids (XEP-0421) give the
presences too. Reactions that the room, or we ourselves, said by discovery not to take (XEP-0444) are not taken.

All that is kept is bounded: entries, what waits for them, versions and reactions of each. Nothing is answered from here: see
`xmppwire.im.messages`.
"""

from __future__ import annotations

from .changes import (
    AttentionAsked,
    Change,
    CorrectionWaits,
    EntryAdded,
    EntryConfirmed,
    EntryCorrected,
    EntryDisplayed,
    EntryDropped,
    EntryLinked,
    EntryMoved,
    EntryReacted,
    EntryReceived,
    EntryRetracted,
    Refused,
    SendFailed,
    StateChanged,
)
from .entries import Entry, Participant, Retraction, Version
from .participants import ConversationKind
from .tracker import Conversation

__all__ = [
    "AttentionAsked",
    "Change",
    "Conversation",
    "ConversationKind",
    "CorrectionWaits",
    "Entry",
    "EntryAdded",
    "EntryConfirmed",
    "EntryCorrected",
    "EntryDisplayed",
    "EntryDropped",
    "EntryLinked",
    "EntryMoved",
    "EntryReacted",
    "EntryReceived",
    "EntryRetracted",
    "Participant",
    "Refused",
    "Retraction",
    "SendFailed",
    "StateChanged",
    "Version",
]
