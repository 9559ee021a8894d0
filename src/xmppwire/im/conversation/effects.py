"""What an act does to the entry it is about: who may do it, and how it is undone when it comes back as an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from ...protocol.message_retraction import Retracted
from ...stanza import Message
from ..messages import MessageIds
from .acts import Act, ActKind
from .changes import Change, EntryCorrected, EntryDisplayed, EntryReacted, EntryReceived, EntryRetracted, Refused
from .entries import Entry, Participant, Position, Reaction, Retraction, Version
from .history import History
from .participants import ConversationKind

MAX_VERSIONS = 20
"""So many contents of one message are kept; of more, the first one and the newest."""
MAX_PARTICIPANTS = 500
"""So many participants can react to one message, confirm it, or tell how far they have read."""


@dataclass(frozen=True, slots=True)
class CorrectionUndo:
    """Takes a version away."""

    entry: Entry
    version: Version


@dataclass(frozen=True, slots=True)
class ReactionUndo:
    """Puts back what we had under a message, unless something newer is there."""

    entry: Entry
    by: Participant
    reaction: Reaction
    before: Reaction | None


@dataclass(frozen=True, slots=True)
class RetractionUndo:
    """Puts the content back."""

    entry: Entry
    versions: list[Version]
    reacted: dict[Participant, Reaction]


Undo: TypeAlias = CorrectionUndo | ReactionUndo | RetractionUndo


@dataclass(slots=True)
class Request:
    """An act, and all that matters of the message that brought it. `told`: that it was refused is known already. `undo`: how it
    is undone once it is done; `cancelled`: it is not to be done any more."""

    act: Act
    author: Participant
    message: Message
    ids: MessageIds
    position: Position
    time: datetime | None
    told: bool = False
    undo: Undo | None = None
    cancelled: bool = False

    def refused(self, reason: str) -> list[Change]:
        """The change that says why not; once."""
        if self.told:
            return []
        self.told = True
        return [Refused(self.message, self.message.sender or self.author.address, reason)]


def retraction_of(tombstone: Retracted) -> Retraction:
    """What a tombstone tells."""
    moderated = tombstone.moderated
    if moderated is None:
        return Retraction(tombstone.by, time=tombstone.stamp)
    return Retraction(moderated.by or tombstone.by, True, tombstone.reason or moderated.reason, tombstone.stamp)


@dataclass(slots=True)
class Effects:
    """The rules of one conversation. `older`: not only the last message of somebody can be corrected."""

    kind: ConversationKind
    history: History
    older: bool
    displayed: dict[Participant, Entry] = field(default_factory=dict[Participant, Entry])
    """How far each has read."""

    def suits(self, entry: Entry, request: Request) -> bool:
        """Whether the author of the act may do it to this entry."""
        author, room = request.author, self.kind is ConversationKind.ROOM
        match request.act.kind:
            case ActKind.CORRECTION | ActKind.RETRACTION:
                return entry.author == author
            case ActKind.RECEIPT:
                return entry.own and not author.own
            case ActKind.DISPLAYED:
                return room or entry.own != author.own
            case ActKind.MODERATION | ActKind.REACTIONS:
                return True

    def apply(self, entry: Entry, request: Request) -> list[Change]:
        """Do it."""
        match request.act.kind:
            case ActKind.CORRECTION:
                return self._correct(entry, request)
            case ActKind.RETRACTION:
                return self._retract(entry, request, Retraction(request.author.address, time=request.time))
            case ActKind.MODERATION:
                found = request.act.moderation
                by, reason = (None, None) if found is None else (found.by, found.reason)
                return self._retract(entry, request, Retraction(by, True, reason, request.time))
            case ActKind.REACTIONS:
                return self._react(entry, request)
            case ActKind.RECEIPT:
                return self._receive(entry, request)
            case ActKind.DISPLAYED:
                return self._display(entry, request)

    @staticmethod
    def take_away(entry: Entry, retraction: Retraction) -> list[Change]:
        """Take the content of an entry away."""
        if entry.retraction is not None:
            return []
        entry.retraction, entry.versions, entry.reacted = retraction, [], {}
        return [EntryRetracted(entry)]

    @staticmethod
    def revert(undo: Undo) -> list[Change]:
        """Undo an act of ours."""
        entry = undo.entry
        match undo:
            case CorrectionUndo(version=version):
                if version not in entry.versions:
                    return []
                entry.versions.remove(version)
                return [EntryCorrected(entry)]
            case ReactionUndo(by=by, reaction=reaction, before=before):
                reaction.failed = True
                if entry.reacted.get(by) is not reaction:
                    return []
                entry.reacted[by] = before if before and not before.failed else Reaction((), reaction.position)
                return [EntryReacted(entry, by)]
            case RetractionUndo(versions=versions, reacted=reacted):
                entry.retraction, entry.versions, entry.reacted = None, versions, reacted
                return [EntryRetracted(entry)]

    def _retract(self, entry: Entry, request: Request, retraction: Retraction) -> list[Change]:
        if entry.retraction is None:
            request.undo = RetractionUndo(entry, entry.versions, entry.reacted)
        return self.take_away(entry, retraction)

    def _correct(self, entry: Entry, request: Request) -> list[Change]:
        if entry.retraction is not None:
            return request.refused("the message was taken back")
        if not self.older and self._said_more(entry, request):
            return request.refused("only the last message can be corrected")
        version = Version(request.message, request.time, request.position)
        place = 1 + sum(one.position < request.position for one in entry.versions[1:])
        entry.versions.insert(place, version)
        if len(entry.versions) > MAX_VERSIONS:
            del entry.versions[1]
        request.undo = CorrectionUndo(entry, version)
        return [EntryCorrected(entry)]

    def _said_more(self, entry: Entry, request: Request) -> bool:
        """Whether the author said something between this message and its correction."""
        between = self.history.entries[self.history.index(entry) + 1 :]
        return any(one.author == entry.author and one.position < request.position for one in between)

    def _react(self, entry: Entry, request: Request) -> list[Change]:
        if entry.retraction is not None:
            return request.refused("the message was taken back")
        by, before = request.author, entry.reacted.get(request.author)
        if before is not None and before.position >= request.position:
            return []
        if before is None and len(entry.reacted) >= MAX_PARTICIPANTS:
            return request.refused(f"more than {MAX_PARTICIPANTS} have reacted already")
        entry.reacted[by] = reaction = Reaction(request.act.emoji, request.position)
        request.undo = ReactionUndo(entry, by, reaction, before)
        return [] if (() if before is None else before.emoji) == request.act.emoji else [EntryReacted(entry, by)]

    def _receive(self, entry: Entry, request: Request) -> list[Change]:
        if request.author in entry.received_by or len(entry.received_by) >= MAX_PARTICIPANTS:
            return []
        entry.received_by.append(request.author)
        entry.confirmed, entry.error = True, None
        return [EntryReceived(entry, request.author)]

    def _display(self, entry: Entry, request: Request) -> list[Change]:
        before = self.displayed.get(request.author)
        if before is not None and before.position >= entry.position:
            return []  # markers only go forward (XEP-0333 section 5)
        if before is None and len(self.displayed) >= MAX_PARTICIPANTS:
            return request.refused(f"how far {MAX_PARTICIPANTS} have read is known already")
        self.displayed[request.author] = entry
        return [EntryDisplayed(entry, request.author)]
