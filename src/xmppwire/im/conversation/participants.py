"""Who a message is from: the account's own clients, the contact, or an occupant of a room.

In a room a nickname says little: who leaves it can be followed by anybody. Where the room announces occupant ids (XEP-0421),
those tell. Where it does not, the real address does, if the room shows it; else an occupant is the same from one message to
the next only as long as we have seen nobody leave. Nobody from such a room's history is known at all, unless the program
trusts nicknames.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ...jid import JID
from ...payload import PayloadError
from ...protocol.muc_user import MucStatusCode, MucUser
from ...protocol.occupant_id import OccupantId
from ...stanza import Message, MessageType, Presence, PresenceType
from ..messages import Incoming, Source
from ..messages.incoming import is_delayed
from .entries import Participant

_PRESENT = 1000
"""So many occupants who have said something are remembered."""
_REAL = 10_000
"""Of so many occupants the real address is remembered."""


class ConversationKind(Enum):
    """Whom a conversation is with."""

    CONTACT = "contact"
    OCCUPANT = "occupant"
    """One occupant of a room, in private: their address in the room tells who it is."""
    ROOM = "room"


@dataclass(slots=True)
class Participants:
    """The participants of one conversation. `occupant` is our own address in the room, where it is known."""

    own: JID
    peer: JID
    kind: ConversationKind
    occupant: JID | None = None
    occupant_ids: bool = False
    trust_nicknames: bool = False
    _own_id: str | None = None
    _present: dict[JID, int] = field(default_factory=dict[JID, int])
    _real: dict[JID, JID] = field(default_factory=dict[JID, JID])
    _counter: int = 0

    def of(self, found: Incoming) -> Participant | None:
        """Who wrote a message; None where it does not belong to this conversation."""
        message = found.message
        if self.kind is ConversationKind.ROOM:
            return self._in_room(found) if message.type is MessageType.GROUPCHAT else None
        if message.type is MessageType.GROUPCHAT:
            return None
        archived = found.source is Source.ARCHIVE
        if self._ours(message.sender, archived or found.sent or found.source is Source.SENT):
            if self.is_peer(message.to) and (found.source is not Source.LIVE or self.peer == self.own.bare):
                return self.ourselves
            return None
        if found.sent or found.source is Source.SENT or not self.is_peer(message.sender):
            return None
        if self.kind is ConversationKind.CONTACT:
            return Participant(str(self.peer), self.peer)
        return self._occupant(self.peer, archived or is_delayed(message))

    def is_peer(self, address: JID | None) -> bool:
        """Whether this is the contact, on whichever client, or the occupant."""
        if address is None:
            return False
        return (address.bare if self.kind is ConversationKind.CONTACT else address) == self.peer

    @property
    def ourselves(self) -> Participant:
        """Ourselves."""
        address = self.own.bare if self.kind is ConversationKind.CONTACT else self.occupant or self.own.bare
        return Participant("", address, own=True)

    @property
    def room(self) -> Participant:
        """The room itself."""
        return Participant(str(self.peer.bare), self.peer.bare)

    def feed(self, presence: Presence) -> None:
        """Take the presence of an occupant: who is gone, and which address is ours."""
        sender = presence.sender
        if self.kind is ConversationKind.CONTACT or sender is None or sender.bare != self.peer.bare or sender.is_bare:
            return
        try:
            found = presence.get(MucUser)
        except PayloadError:
            found = None
        codes = [] if found is None else [status.code for status in found.statuses]
        nick = next((item.nick for item in found.items if item.nick), None) if found is not None else None
        ourselves = MucStatusCode.SELF_PRESENCE in codes
        if presence.type is PresenceType.UNAVAILABLE:
            moved = _renamed(sender, nick) if MucStatusCode.NICK_CHANGED in codes else None
            token, real = self._present.pop(sender, None), self._real.pop(sender, None)
            if moved is not None and token is not None:
                self._present[moved] = token
            if moved is not None and real is not None:
                self._real[moved] = real
            if ourselves:
                self.occupant = moved
                if moved is None:
                    self.interrupted()
        elif presence.type is None:
            real = next((item.jid for item in found.items if item.jid), None) if found is not None else None
            if real is not None:
                self._real[sender] = real.bare
                if len(self._real) > _REAL:
                    del self._real[next(iter(self._real))]
            if ourselves:
                self.occupant = sender
                self._own_id = self._id_in(presence) or self._own_id

    def interrupted(self) -> None:
        """Something may have been missed: nobody is known to be the same as before."""
        self._present.clear()
        self._real.clear()

    def _ours(self, sender: JID | None, may_be_absent: bool) -> bool:
        return may_be_absent if sender is None else sender.bare == self.own.bare

    def _in_room(self, found: Incoming) -> Participant | None:
        message = found.message
        sender = message.sender
        room = self.peer.bare
        if found.source is Source.SENT:
            return self.ourselves if message.to is not None and message.to.bare == room else None
        if found.source is Source.CARBON or sender is None or sender.bare != room:
            return None  # a room sends to each client by itself
        if sender.is_bare:
            return self.room
        doubtful = found.source is Source.ARCHIVE or is_delayed(message)
        id_ = self._id_in(message)
        if id_ is not None:
            if sender == self.occupant and not doubtful and self._own_id is None:
                self._own_id = id_
            return self.ourselves if id_ == self._own_id else Participant(f"id {id_}", sender)
        if sender == self.occupant and (not doubtful or self.trust_nicknames):
            return self.ourselves
        return self._occupant(sender, doubtful or self.occupant_ids)

    def _occupant(self, address: JID, doubtful: bool) -> Participant:
        if self.trust_nicknames:
            return Participant(f"nickname {address.resourcepart}", address)
        if doubtful:
            self._counter += 1
            return Participant(f"unknown {self._counter}", address, known=False)
        if (real := self._real.get(address)) is not None:
            in_room = self.kind is ConversationKind.ROOM
            return self.ourselves if in_room and real == self.own.bare else Participant(f"jid {real}", address)
        if address not in self._present:
            self._counter += 1
            self._present[address] = self._counter
            if len(self._present) > _PRESENT:
                del self._present[next(iter(self._present))]
        return Participant(f"occupant {self._present[address]}", address)

    def _id_in(self, stanza: Message | Presence) -> str | None:
        """The occupant id, where the room gives them out; of several none is believed."""
        if not self.occupant_ids:
            return None
        try:
            ids = stanza.get_all(OccupantId)
        except PayloadError:
            return None
        return ids[0].id if len(ids) == 1 and ids[0].id else None


def _renamed(address: JID, nick: str | None) -> JID | None:
    try:
        return None if nick is None else address.with_resource(nick)
    except ValueError:
        return None
