"""`Room`: one room that we are in, or want to be in (XEP-0045)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import Enum, auto
from types import MappingProxyType

from ...jid import JID
from ...operation import Operation
from ...payload import Payload, PayloadError
from ...protocol import occupant_id, stanza_id
from ...protocol.disco import DiscoInfo
from ...protocol.muc import MucHistory, MucJoin, MucRole
from ...protocol.muc_self_ping import SelfPingResult
from ...protocol.muc_user import MucStatusCode, MucUser
from ...protocol.stanza_id import OriginId
from ...stanza import ErrorCondition, Message, MessageType, Presence, PresenceType, ShowValue
from ...stream.events import Established
from ...xml import Element
from .conversation import Conversation
from .discovery import RoomDetails, is_room_jid
from .events import (
    Departure,
    DepartureCause,
    Joined,
    JoinFailed,
    JoinProblem,
    Left,
    NickChanged,
    NickRefused,
    Occupant,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    PrivateMessage,
    Refused,
    RoomError,
    RoomEvent,
)
from .reading import nick_of, read_departure, read_extension, read_occupant, read_occupant_id
from .self_ping import self_ping

MOST_OCCUPANTS = 10_000
"""So many occupants are remembered, if nothing else is said. The largest public rooms have some thousands."""

_ABSENT = frozenset((ErrorCondition.ITEM_NOT_FOUND, ErrorCondition.NOT_ACCEPTABLE))


class RoomState(Enum):
    """Where we are."""

    OUTSIDE = auto()
    ENTERING = auto()
    """We asked to be let in; the occupants come one by one."""
    INSIDE = auto()


class Room:
    """The room `jid`, in which we want to be called `nick`; `password` where it needs one.

    `occupant_ids` and `stanza_ids` say that the room announces XEP-0421 and XEP-0359: only then such ids are believed. Best ask
    the room before entering, and hand what it says to `learn`. Of more than `limit` occupants the others are not remembered,
    and `crowded` says so. `random` draws the bytes for ids.

    Raises ValueError where `jid` is no address of a room, and JIDError for a nickname that cannot be one.
    """

    def __init__(
        self,
        jid: JID | str,
        nick: str,
        password: str | None = None,
        *,
        occupant_ids: bool = False,
        stanza_ids: bool = False,
        limit: int = MOST_OCCUPANTS,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.jid = JID(jid)
        if not is_room_jid(self.jid):
            raise ValueError(f"{self.jid} is not the address of a room")
        self.nick = self._nick(nick)
        self.password = password
        self.occupant_ids = occupant_ids
        self.stanza_ids = stanza_ids
        self.limit = limit
        self.state = RoomState.OUTSIDE
        self.lost = False
        """We are not in the room any more though nobody wanted it so, and should enter again: `join`."""
        self.heard: datetime | None = None
        """When something came from the room last, if `feed` is told the time; after some silence, `self_ping`."""
        self.crowded = False
        self.codes: frozenset[MucStatusCode | str] = frozenset()
        """The status codes with which the room let us in."""
        self._random = random
        self._occupants: dict[str, Occupant] = {}
        self._conversation = Conversation(self.jid)
        self._join_id: str | None = None
        self._leaving = False
        self._left_before = False
        """We have left and entered again at once: that we are gone is still to be told, of the visit before."""
        self._wanted: str | None = None
        self._wanted_id: str | None = None
        self._visit = 0

    # --- what is known ----------------------------------------------------------------------------------------------

    @property
    def occupants(self) -> Mapping[str, Occupant]:
        """Who is in the room, by nickname."""
        return MappingProxyType(self._occupants)

    @property
    def own(self) -> Occupant | None:
        """Ourselves, while we are in the room."""
        return self._occupants.get(self.nick) if self.state is RoomState.INSIDE else None

    @property
    def occupant_jid(self) -> JID:
        """Our address in the room."""
        return self.jid.with_resource(self.nick)

    @property
    def live(self) -> bool:
        """Whether the room has told of the past: what it says now is new."""
        return self._conversation.live

    @property
    def subject(self) -> str | None:
        """The subject; "" for none, None while it is not known."""
        return self._conversation.subject

    @property
    def last(self) -> datetime | None:
        """When the last message was said that is known; of a live one, when it came, if `feed` was told."""
        return self._conversation.last

    def learn(self, info: RoomDetails | DiscoInfo) -> None:
        """Take what the room says about itself (`fetch_room_info`): which ids to believe. To be done before entering."""
        self.occupant_ids = occupant_id.NAMESPACE in info.features
        self.stanza_ids = stanza_id.NAMESPACE in info.features

    # --- what to send -----------------------------------------------------------------------------------------------

    def join(
        self,
        history: MucHistory | None = None,
        *payloads: Payload | Element,
        nick: str | None = None,
        show: ShowValue | str | None = None,
        status: str | None = None,
    ) -> Presence:
        """The presence with which we enter (section 7.2), or enter again: `Joined` or `JoinFailed` will tell; a room that
        does not answer at all is for the program to notice. `nick` is another nickname to try.

        `history` says how much of what was said before we want: `MucHistory(max_chars=0)` for nothing. Without it, the room
        sends what it sees fit at first, and what was said since the last message (`last`) after that.
        """
        if nick is not None:
            self.nick = self._nick(nick)
        if history is None and self.last is not None:
            history = MucHistory(since=self.last)
        self.state, self.lost, self.crowded = RoomState.ENTERING, False, False
        self._left_before, self._leaving = self._left_before or self._leaving, False
        self._occupants.clear()
        self._conversation.begin()
        self._wanted = None
        self._visit += 1
        self._join_id = self._fresh_id()
        join = MucJoin(history=history, password=self.password)
        return Presence(self.occupant_jid, id=self._join_id, show=show, status=status, payloads=[join, *payloads])

    def leave(self, status: str | None = None) -> Presence:
        """The presence with which we leave (section 7.14): `Left` will tell."""
        self._leaving = self.state is not RoomState.OUTSIDE
        return Presence(self.occupant_jid, type=PresenceType.UNAVAILABLE, status=status)

    def change_nick(self, nick: str, *, show: ShowValue | str | None = None, status: str | None = None) -> Presence:
        """The presence that asks for another nickname (section 7.6): `NickChanged` or `NickRefused` will tell. It is our new
        presence in the room, and so says again how available we are. Raises JIDError, and ValueError while we are not inside.
        """
        if self.state is not RoomState.INSIDE:
            raise ValueError("a nickname is changed inside the room")
        wanted = self._nick(nick)
        self._wanted, self._wanted_id = (None if wanted == self.nick else wanted), self._fresh_id()
        return Presence(self.jid.with_resource(wanted), id=self._wanted_id, show=show, status=status)

    def availability(
        self, show: ShowValue | str | None = None, status: str | None = None, *payloads: Payload | Element
    ) -> Presence:
        """The presence that tells the room how available we are (section 7.7)."""
        return Presence(self.occupant_jid, id=self._fresh_id(), show=show, status=status, payloads=payloads)

    def message(self, body: str | Mapping[str, str] | None = None, *payloads: Payload | Element) -> Message:
        """A message to all (section 7.4). It has an id and an origin id (XEP-0359), by which it is known when the room sends it
        back: `RoomMessage.reflects`."""
        id_ = self._fresh_id()
        self._conversation.sent(id_)
        return Message(self.jid, body, type=MessageType.GROUPCHAT, id=id_, payloads=[OriginId(id=id_), *payloads])

    def private_message(self, nick: str, body: str | Mapping[str, str], *payloads: Payload | Element) -> Message:
        """A message to one occupant (section 7.5). Raises JIDError."""
        to = self.jid.with_resource(nick)
        return Message(to, body, type=MessageType.CHAT, id=self._fresh_id(), payloads=[MucUser(), *payloads])

    def change_subject(self, subject: str | Mapping[str, str]) -> Message:
        """The message that sets the subject (section 8.1), "" for none. `SubjectChanged` or `RoomError` will tell."""
        return Message(self.jid, type=MessageType.GROUPCHAT, id=self._fresh_id(), subject=subject)

    # --- what arrives -----------------------------------------------------------------------------------------------

    def feed(self, event: object, now: datetime | None = None) -> RoomEvent | None:
        """Take an event of the client; None where it means nothing here.

        `now`, an aware datetime, is when it came: with it, `heard` tells of silence, and entering again asks for what was
        said since the last live message. Only what comes from the address of the room counts. Whatever comes, nothing is
        raised; ValueError for a naive `now`.
        """
        if now is not None and now.utcoffset() is None:
            raise ValueError("`now` needs a time zone")
        if isinstance(event, Established):
            return self._lose(DepartureCause.NEW_STREAM)
        if not isinstance(event, Message | Presence) or event.sender is None or event.sender.bare != self.jid:
            return None
        self.heard = now or self.heard
        try:
            if isinstance(event, Presence):
                return self._presence(event, event.sender.resourcepart)
            return self._message(event, event.sender.resourcepart, now)
        except PayloadError as error:
            return Refused(event.sender, str(error))

    def self_ping(self, timeout: float | None = None) -> Operation[SelfPingResult]:
        """Ask whether we are in the room still (XEP-0410), after some silence; `timeout` is in seconds.

        Where we are not, `lost` says so, and nothing else will. While the nickname is being changed, and outside the room,
        nothing is asked, and the result is UNKNOWN or NOT_JOINED. Raises `ConnectionLostError` and `BacklogFull`.
        """
        if self.state is not RoomState.INSIDE:
            return SelfPingResult.UNKNOWN if self.state is RoomState.ENTERING else SelfPingResult.NOT_JOINED
        if self._wanted is not None:
            return SelfPingResult.UNKNOWN
        asked = (self._visit, self.nick)
        result = yield from self_ping(self.occupant_jid, timeout)
        if (self._visit, self.nick) != asked or self.state is not RoomState.INSIDE:
            return SelfPingResult.UNKNOWN
        if result is SelfPingResult.NOT_JOINED:
            self._lose(DepartureCause.DESYNCHRONIZED)
        return result

    def _lose(self, cause: DepartureCause) -> Left | None:
        if self.state is RoomState.OUTSIDE:
            return None
        self._outside(lost=True)
        return Left(Departure(cause))

    def _outside(self, lost: bool = False) -> None:
        self.state, self.lost = RoomState.OUTSIDE, lost
        self._leaving = self._left_before = False
        self._wanted = None
        self._occupants.clear()

    def _presence(self, presence: Presence, nick: str | None) -> RoomEvent | None:
        if presence.type is PresenceType.ERROR:
            return self._presence_error(presence, nick)
        if nick is None or presence.type not in (None, PresenceType.UNAVAILABLE):
            return None  # the room itself may have presence, for its picture (XEP-0486)
        if self.state is RoomState.OUTSIDE:
            return Refused(presence.sender, "we are not in this room") if presence.is_available else None
        extension = read_extension(presence)
        if presence.is_available:
            return self._available(presence, nick, extension)
        return self._unavailable(presence, nick, extension)

    def _available(self, presence: Presence, nick: str, extension: MucUser) -> RoomEvent | None:
        item = extension.items[0] if extension.items else None
        if item is None or item.role in (None, MucRole.NONE):
            return Refused(presence.sender, "the room does not say which role this occupant has")
        codes = extension.codes
        occupant = read_occupant(presence, nick, item, read_occupant_id(presence) if self.occupant_ids else None)
        if MucStatusCode.SELF_PRESENCE in codes:
            if self.state is RoomState.ENTERING:
                self.state, self.nick, self.codes = RoomState.INSIDE, nick, codes
                self._left_before = False
                self._occupants[nick] = occupant
                return Joined(occupant, codes)
            if nick != self.nick:
                if self._wanted is None or (nick != self._wanted and MucStatusCode.NICK_ASSIGNED not in codes):
                    return Refused(presence.sender, "this is not our nickname")
                return self._rename(self.nick, occupant, own=True)
        before = self._occupants.get(nick)
        if before is None and nick != self.nick and len(self._occupants) >= self.limit:
            first, self.crowded = not self.crowded, True
            return Refused(presence.sender, f"there are more than {self.limit} occupants") if first else None
        self._occupants[nick] = occupant
        if before is None:
            return OccupantJoined(occupant, self.state is RoomState.ENTERING)
        return OccupantChanged(before, occupant) if before != occupant else None

    def _unavailable(self, presence: Presence, nick: str, extension: MucUser) -> RoomEvent | None:
        codes = extension.codes
        own = nick == self.nick and (self.state is RoomState.INSIDE or MucStatusCode.SELF_PRESENCE in codes)
        if MucStatusCode.SELF_PRESENCE in codes and not own and self.state is RoomState.INSIDE:
            return Refused(presence.sender, "this is not our nickname")
        if MucStatusCode.NICK_CHANGED in codes and extension.items:
            new, before = nick_of(self.jid, extension.items[0].nick), self._occupants.get(nick)
            if new is not None and new != nick and before is not None:
                if new == self.nick:
                    del self._occupants[nick]
                    return Refused(presence.sender, "this is our nickname")
                return self._rename(nick, replace(before, nick=new), own)
        departure = read_departure(presence, extension)
        if own and self._left_before:
            self._left_before = False
            self._occupants.clear()
            return None
        if own:
            entering = self.state is RoomState.ENTERING and not self._leaving
            self._outside(lost=departure.cause.is_technical and not self._leaving)
            return JoinFailed(JoinProblem.REMOVED, None, departure) if entering else Left(departure)
        gone = self._occupants.pop(nick, None)
        return None if gone is None else OccupantLeft(gone, departure)

    def _rename(self, old: str, occupant: Occupant, own: bool) -> NickChanged:
        before = self._occupants.pop(old, replace(occupant, nick=old))
        self._occupants[occupant.nick] = occupant
        if own:
            self.nick, self._wanted = occupant.nick, None
        return NickChanged(before, occupant, own)

    def _presence_error(self, presence: Presence, nick: str | None) -> RoomEvent:
        error = presence.error
        if error is None or nick not in (None, self.nick, self._wanted):
            return Refused(presence.sender, "an error in the name of somebody else")
        if self.state is RoomState.ENTERING and presence.id in (None, self._join_id):
            self._outside()
            return JoinFailed(JoinProblem.of(error), error)
        if self._wanted is not None and presence.id in (None, self._wanted_id):
            wanted, self._wanted = self._wanted, None
            return NickRefused(wanted, JoinProblem.of(error), error)
        return RoomError(error, presence.id, nick, self.state is RoomState.INSIDE and error.condition in _ABSENT)

    def _message(self, message: Message, nick: str | None, now: datetime | None) -> RoomEvent | None:
        if (error := message.error) is not None:
            return self._conversation.error(message, error, nick)
        id_ = read_occupant_id(message) if self.occupant_ids else None
        if message.type is not MessageType.GROUPCHAT and nick is None:
            return self._conversation.notice(message)
        if self.state is RoomState.OUTSIDE:
            return Refused(message.sender, "we are not in this room")
        if nick is not None and message.type is not MessageType.GROUPCHAT:
            return PrivateMessage(message, nick, self._occupants.get(nick), id_)
        return self._conversation.said(message, nick, self._occupants, self.own, id_, self.stanza_ids, now)

    def _nick(self, text: str) -> str:
        return self.jid.with_resource(text).resourcepart or ""

    def _fresh_id(self) -> str:
        return self._random(12).hex()
