"""The conversation itself: messages go in, changes of the history come out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from ...jid import JID
from ...payload import PayloadError
from ...protocol import message_retraction, occupant_id, stanza_id
from ...protocol.chat_states import ChatStateValue
from ...stanza import ErrorCondition, Message, MessageType, Presence, StanzaError
from ..archive import ArchivedMessage
from ..carbons import ForgedCarbon
from ..catch_up import Arrived
from ..messages import Incoming, MessageEvent, MessageIds, ReactionRules, Source, message_ids, read_incoming
from ..messages.incoming import is_delayed, sent_at
from ..messages.reaction_rules import ANY_REACTION
from .acts import Act, ActKind, Reading, read_message
from .changes import (
    Change,
    CorrectionWaits,
    EntryAdded,
    EntryConfirmed,
    EntryDropped,
    EntryLinked,
    EntryMoved,
    Refused,
    SendFailed,
)
from .effects import Effects, Request, retraction_of
from .entries import Entry, Participant, Position, Version
from .history import History, Name, Space, Waiting, own_names
from .participants import ConversationKind, Participants
from .present import Present

K = TypeVar("K")
V = TypeVar("V")

_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_REMEMBERED = 2000
"""So many acts are known again when they come a second time."""
_SENT = 200
"""So many acts of ours can still come back as errors."""


@dataclass(frozen=True, slots=True)
class _Link:
    """An entry that waits for what it answers, or is attached to."""

    entry: Entry
    attached: bool


class Conversation:
    """What was said between us and `peer`: a contact (bare JID), a room (`room`), or one occupant of a room (full JID).

    `own` is our full JID, `nick` our nickname in the room. `features` are those that the account announces by discovery, and
    for a room the room: ids of messages and of occupants are believed only where `urn:xmpp:sid:0` and `urn:xmpp:occupant-id:0`
    are among them. `trust_nicknames`: in a room without occupant ids a nickname is taken for the same person for ever.
    `correct_older`: not only the last message of somebody can be corrected. `limit`: how many entries are kept.

    `reaction_rules` are those of the peer: for reactions of ours, and in a room for everybody's. `own_reaction_rules` are those
    that we announce ourselves, for theirs: answer the message of a `Refused` with `not-acceptable` (XEP-0444 section 3.3).
    """

    def __init__(
        self,
        own: JID,
        peer: JID,
        *,
        room: bool = False,
        nick: str | None = None,
        features: Container[str] = (),
        trust_nicknames: bool = False,
        correct_older: bool = True,
        limit: int = 1000,
        reaction_rules: ReactionRules = ANY_REACTION,
        own_reaction_rules: ReactionRules = ANY_REACTION,
    ) -> None:
        if limit < 1:
            raise ValueError("a history has one entry at least")
        kind = (
            ConversationKind.ROOM if room else ConversationKind.OCCUPANT if peer.is_full else ConversationKind.CONTACT
        )
        self.own = own
        self.peer = peer.bare if room else peer
        self.kind = kind
        occupant = None if nick is None else peer.bare.with_resource(nick)
        ids = occupant_id.NAMESPACE in features
        self._participants = Participants(own, self.peer, kind, occupant, ids, trust_nicknames)
        self._tombstones = any(
            f"{one}#tombstone" in features
            for one in (message_retraction.NAMESPACE, *message_retraction.OLDER_NAMESPACES)
        )
        self._namer = (self.peer if room else own.bare) if stanza_id.NAMESPACE in features else None
        # Whose word on when a message was sent counts (XEP-0203).
        self._delayers = (self.peer,) if room else (own.bare, own.domain)
        self._history = History(limit)
        self._effects = Effects(kind, self._history, correct_older)
        self._rules = (reaction_rules, reaction_rules if room else own_reaction_rules)
        self._waiting: Waiting[Request | _Link] = Waiting()
        self._done: dict[object, None] = {}
        self._sent: dict[str, list[Request]] = {}
        self._present = Present(room)
        self._forward = (_BEGINNING, 0)
        self._backward = 0

    @property
    def entries(self) -> Sequence[Entry]:
        """The history, the oldest first."""
        return tuple(self._history.entries)

    @property
    def states(self) -> dict[Participant, ChatStateValue]:
        """The chat states of the others (XEP-0085)."""
        return dict(self._present.states)

    def displayed_by(self, entry: Entry) -> list[Participant]:
        """Who has seen this entry, as far as they told (XEP-0333)."""
        return [who for who, last in self._effects.displayed.items() if last.position >= entry.position]

    # What comes in

    def feed(self, event: MessageEvent | Presence, now: datetime | None = None) -> list[Change]:
        """Take whatever comes, live or by `CatchUp`, in the order in which it comes; what belongs elsewhere is passed over.

        `now` is the time; ValueError for one without its zone. In rooms give the presences too: they tell who is still the
        same.
        """
        if isinstance(event, Presence):
            self._participants.feed(event)
            return []
        found = read_incoming(event, self.own)
        if isinstance(found, ForgedCarbon):
            if found.sender is None or found.sender.bare != self.peer.bare:
                return []
            message = event if isinstance(event, Message) else event.message
            return [Refused(message, found.sender, found.reason)]
        if isinstance(event, Arrived) and self.kind is ConversationKind.ROOM:
            found = replace(found, archive_id=None)  # the account's archive does not know what the room calls it
        return self._take(found, self._next(found.stamp or now), now)

    def feed_page(self, page: Iterable[ArchivedMessage], *, backwards: bool = False) -> list[Change]:
        """Take messages from the archive, the oldest first: that of the room, or of the account. `backwards`: they are older
        than those of the page before, as `ArchiveReader(backwards=True)` gives them."""
        messages = list(page)
        time = _BEGINNING
        self._backward -= len(messages)
        changes: list[Change] = []
        for number, archived in enumerate(messages):
            time = max(time, archived.stamp or time)
            _, ahead = self._next(archived.stamp)  # what comes live is behind all of this
            position = (time, self._backward + number if backwards else ahead)
            changes += self._take(
                Incoming(archived.message, Source.ARCHIVE, archived.id, archived.stamp), position, None
            )
        return changes

    def sent(self, message: Message, now: datetime | None = None) -> list[Change]:
        """Take a message that is about to be sent: before it is, since a room may be quick to answer.

        What it does to earlier messages shows at once; in a room when it comes back from there.
        """
        return self._take(Incoming(message, Source.SENT), self._next(now), now)

    def interrupted(self) -> None:
        """We were away, so others may be in the room under the nicknames that we know. (A `Presence` that says that we left has
        the same effect.)"""
        self._participants.interrupted()

    # One message

    def _take(self, found: Incoming, position: Position, now: datetime | None) -> list[Change]:
        message = found.message
        if message.type is MessageType.ERROR:
            return self._failed(message)
        author = self._participants.of(found)
        if author is None:
            return []
        ids = self._ids(found)
        reading = read_message(message, self._tombstones and found.source is Source.ARCHIVE)
        time = sent_at(found, self._delayers, now)
        changes: list[Change] = []
        if reading.acts:
            changes += self._act(found, author, ids, reading, position, time)
        known = self._history.same(author, ids, message.body, sent=found.source is Source.SENT)
        if known is not None:
            return [*changes, *self._again(known, found, ids, position, reading)]
        changes += (Refused(message, message.sender or author.address, one) for one in reading.problems)
        if found.source is Source.LIVE and not author.own and not is_delayed(message):
            changes += self._present.feed(author, reading)
        if reading.content or reading.tombstone is not None:
            entry = Entry(author, ids, found.source, time, position, [Version(message, time, position)], reading.reply)
            entry.settled = found.source is Source.ARCHIVE
            entry.confirmed = not author.own or found.source is not Source.SENT
            if reading.tombstone is not None:
                self._effects.take_away(entry, retraction_of(reading.tombstone))
            changes += self._add(entry, reading)
        return changes

    def _add(self, entry: Entry, reading: Reading) -> list[Change]:
        dropped = self._history.add(entry)
        if entry in dropped:
            return []
        changes: list[Change] = [*map(EntryDropped, dropped), EntryAdded(entry, self._history.index(entry))]
        for name in own_names(entry):
            changes += self._arrived(name)
        if reading.reply is not None and reading.reply.id:
            changes += self._link(self._reference(reading.reply.id), _Link(entry, False))
        if reading.attached_to:
            changes += self._link(self._reference(reading.attached_to), _Link(entry, True))
        return changes

    # The same message once more

    def _ids(self, found: Incoming) -> MessageIds:
        ids = message_ids(found.message, self._namer)
        return ids if found.archive_id is None else replace(ids, stanza_id=found.archive_id)

    def _again(
        self, entry: Entry, found: Incoming, ids: MessageIds, position: Position, reading: Reading
    ) -> list[Change]:
        """What a further copy of a message tells: what archive and room call it, and where it belongs."""
        changes: list[Change] = []
        reflected = self.kind is ConversationKind.ROOM and not entry.confirmed and found.source is not Source.SENT
        before = entry.ids
        entry.ids = MessageIds(
            before.id or ids.id, before.origin_id or ids.origin_id, before.stanza_id or ids.stanza_id
        )
        told = found.source is Source.ARCHIVE and not entry.settled and found.stamp is not None
        if told:
            entry.settled, entry.time = True, found.stamp
        if (told or reflected) and self._history.move(entry, position):
            changes.append(EntryMoved(entry, self._history.index(entry)))
        if not entry.confirmed and found.source is not Source.SENT:
            entry.confirmed, entry.error = True, None
            if entry.versions and reflected:  # as the others see it
                entry.versions[0] = replace(entry.versions[0], message=found.message)
            changes.append(EntryConfirmed(entry))
        for name in own_names(entry):
            self._history.name(entry, name)
            changes += self._arrived(name)
        if reading.tombstone is not None:
            changes += self._effects.take_away(entry, retraction_of(reading.tombstone))
        return changes

    # Acts on earlier messages

    def _act(
        self,
        found: Incoming,
        author: Participant,
        ids: MessageIds,
        reading: Reading,
        position: Position,
        time: datetime | None,
    ) -> list[Change]:
        acts = tuple(reading.acts)
        problems = {act: problem for act in acts if (problem := self._against_rules(act, author, found)) is not None}
        refused: list[Change] = [
            Refused(found.message, found.message.sender or author.address, problem) for problem in problems.values()
        ]
        requests = [Request(act, author, found.message, ids, position, time) for act in acts if act not in problems]
        if found.source is Source.SENT:
            waits = self.kind is ConversationKind.ROOM  # which decides, and tells everybody
            if found.message.id:
                self._sent[found.message.id] = [] if waits else requests
                _keep(self._sent, _SENT)
            if waits:
                return refused
        marks: list[object] = [(Space.SERVICE, ids.stanza_id)] if ids.stanza_id else []
        if ids.id:
            marks.append((author, ids.id, acts, found.message.body))
        if any(mark in self._done for mark in marks):
            return []
        self._done.update(dict.fromkeys(marks))
        _keep(self._done, _REMEMBERED)
        changes = refused
        for request in requests:
            changes += self._request(request)
        return changes

    def _against_rules(self, act: Act, author: Participant, found: Incoming) -> str | None:
        """Why a reaction is not taken. What an archive has was, under the rules of its day."""
        if act.kind is not ActKind.REACTIONS or found.source is Source.ARCHIVE:
            return None
        theirs, ours = self._rules
        return (theirs if author.own else ours).problem(act.emoji)

    def _request(self, request: Request) -> list[Change]:
        """Do it, or let it wait for its message; refused is what its author may not do."""
        act, author = request.act, request.author
        if request.cancelled or (act.kind is ActKind.RECEIPT and author.own):
            return []  # receipts of ours are for messages of theirs
        if not author.known:
            return request.refused("the room does not tell who this is")
        in_room = self.kind is ConversationKind.ROOM
        if act.kind is ActKind.MODERATION and not (in_room and author == self._participants.room):
            return request.refused("only the room itself tells what moderators do")
        name = self._reference(act.id) if act.kind is not ActKind.CORRECTION else (Space.SENDER, act.id)
        if act.kind is ActKind.RETRACTION and in_room and self._namer is None:
            name = (Space.SENDER, act.id)
        if name is None:
            return request.refused("the room gives no ids to messages")
        candidates = self._history.find(name)
        suitable = [entry for entry in candidates if self._effects.suits(entry, request)]
        if suitable:
            if act.kind is ActKind.REACTIONS:  # of two messages with one name rather that of the other side
                suitable.sort(key=lambda entry: entry.author != author)
            return self._apply(suitable[-1], request)
        # Also where another one has the name: the right one may come yet.
        self._waiting.add(name, author.key, request)
        if candidates:
            return request.refused(f"a {act.kind.value} by one who may not do it")
        return [CorrectionWaits(request.message, author)] if act.kind is ActKind.CORRECTION else []

    def _apply(self, entry: Entry, request: Request) -> list[Change]:
        changes = self._effects.apply(entry, request)
        if request.act.kind is ActKind.CORRECTION and changes and not isinstance(changes[0], Refused):
            # What names the correction means the message (XEP-0444 section 4).
            ids = request.ids
            names: list[Name] = [(Space.SENDER, one) for one in (ids.id, ids.origin_id) if one]
            for name in [*names, *([(Space.SERVICE, ids.stanza_id)] if ids.stanza_id else [])]:
                self._history.name(entry, name)
                changes += self._arrived(name)
        return changes

    def _arrived(self, name: Name) -> list[Change]:
        """There is a message of that name now."""
        changes: list[Change] = []
        for waiting in self._waiting.take(name):
            changes += self._link(name, waiting) if isinstance(waiting, _Link) else self._request(waiting)
        return changes

    def _reference(self, id_: str) -> Name | None:
        """The name that reactions, replies and others mean by an id; None where they can mean none."""
        if self.kind is not ConversationKind.ROOM:
            return (Space.SENDER, id_)
        return None if self._namer is None else (Space.SERVICE, id_)

    def _link(self, name: Name | None, link: _Link) -> list[Change]:
        entry = link.entry
        if name is None or entry not in self._history:
            return []
        candidates = [one for one in self._history.find(name) if one is not entry]
        if not link.attached and entry.reply is not None and self.kind is ConversationKind.CONTACT:
            whom = entry.reply.to
            candidates = [one for one in candidates if whom is None or one.author.address == whom.bare]
        if not candidates:
            self._waiting.add(name, entry.author.key, link)
            return []
        if link.attached:
            entry.attached_to = candidates[-1]
        else:
            entry.target = candidates[-1]
        return [EntryLinked(entry)]

    # Errors

    def _failed(self, message: Message) -> list[Change]:
        """A message of ours came back, from the one it was sent to: in a room an occupant could send us an error too."""
        sender, id_ = message.sender, message.id
        in_room = self.kind is ConversationKind.ROOM
        from_peer = sender == self.peer if in_room else self._participants.is_peer(sender) or sender == self.peer.bare
        if not from_peer or not id_:
            return []
        try:
            error = message.error or StanzaError(ErrorCondition.UNDEFINED_CONDITION)
        except PayloadError:
            error = StanzaError(ErrorCondition.UNDEFINED_CONDITION)
        if id_ in self._sent:
            changes: list[Change] = []
            about = None
            for request in self._sent.pop(id_):
                request.cancelled = True
                if request.undo is not None:
                    about = request.undo.entry
                    changes += self._effects.revert(request.undo)
            return [*changes, SendFailed(id_, error, about)]
        for entry in self._history.find((Space.SENDER, id_)):
            if entry.own and entry.ids.id == id_ and not entry.received_by and entry.error is None:
                entry.error = error
                return [SendFailed(id_, error, entry)]
        return []

    def _next(self, time: datetime | None) -> Position:
        """The place behind all that came in order, also where a clock goes wrong."""
        if time is not None and time.tzinfo is None:
            raise ValueError("a time has its zone")
        latest, number = self._forward
        self._forward = (latest if time is None else max(latest, time), number + 1)
        return self._forward


def _keep(things: dict[K, V], limit: int) -> None:
    """Let the oldest go."""
    while len(things) > limit:
        del things[next(iter(things))]
