"""What a `Room` tells: one of these for each stanza that means something (XEP-0045)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from ...jid import JID
from ...protocol.data_forms import DataForm
from ...protocol.muc import MucAffiliation, MucRole
from ...protocol.muc_forms import RoomRegistration, VoiceRequest
from ...protocol.muc_user import MucStatusCode
from ...stanza import ErrorCondition, Message, ShowValue, StanzaError

Codes = frozenset[MucStatusCode | str]
"""Status codes; those that the registry does not know are text."""


@dataclass(frozen=True, slots=True)
class Occupant:
    """Somebody in a room.

    `jid` is the real address, where the room shows it. `id` is the same whatever the nickname (XEP-0421); None unless the room
    announces such ids. `show` and `status` are as in any presence, the latter cut off at 1000 characters.
    """

    nick: str
    affiliation: MucAffiliation = MucAffiliation.NONE
    role: MucRole = MucRole.NONE
    jid: JID | None = None
    id: str | None = None
    show: ShowValue | None = None
    status: str | None = None


class DepartureCause(Enum):
    """Why somebody is in the room no more."""

    LEFT = auto()
    """The occupant left."""
    KICKED = auto()
    """A moderator removed the occupant (307)."""
    BANNED = auto()
    """Removed, and not to come back (301)."""
    AFFILIATION = auto()
    """Removed because of a change of affiliation (321)."""
    MEMBERS_ONLY = auto()
    """Removed because the room is for members only now (322)."""
    SHUTDOWN = auto()
    """The service is being shut down (332)."""
    ERROR = auto()
    """Removed because of a technical problem (333)."""
    DESTROYED = auto()
    """The room is gone; there may be another one in its place."""
    NEW_STREAM = auto()
    """Ours only: the stream is another one, and rooms know us by our stream."""
    DESYNCHRONIZED = auto()
    """Ours only: the room does not have us any more, as it says when it is asked (XEP-0410)."""

    @property
    def is_technical(self) -> bool:
        """Whether nobody wanted it so: enter again."""
        return self in _TECHNICAL


_TECHNICAL = frozenset(
    (DepartureCause.SHUTDOWN, DepartureCause.ERROR, DepartureCause.NEW_STREAM, DepartureCause.DESYNCHRONIZED)
)


@dataclass(frozen=True, slots=True)
class Departure:
    """How somebody left a room. `actor` and `actor_jid` are who made it so, and `reason` why, where the room says that; of a
    room that is gone, `alternate` is where to go instead. `status` is what the occupant said in leaving."""

    cause: DepartureCause
    reason: str | None = None
    actor: str | None = None
    actor_jid: JID | None = None
    status: str | None = None
    alternate: JID | None = None
    codes: Codes = frozenset()


class JoinProblem(Enum):
    """Why a room does not let us in, or not under that nickname (sections 7.2 and 7.6)."""

    PASSWORD = ErrorCondition.NOT_AUTHORIZED
    """A password is needed, or it is another one."""
    BANNED = ErrorCondition.FORBIDDEN
    MEMBERS_ONLY = ErrorCondition.REGISTRATION_REQUIRED
    NICK_CONFLICT = ErrorCondition.CONFLICT
    """Somebody else has the nickname, or it is reserved for somebody else."""
    NICK_LOCKED = ErrorCondition.NOT_ACCEPTABLE
    """Only the reserved nickname will do: `fetch_reserved_nick`."""
    NO_NICK = ErrorCondition.JID_MALFORMED
    FULL = ErrorCondition.SERVICE_UNAVAILABLE
    """So many occupants are all that the room takes."""
    LOCKED = ErrorCondition.ITEM_NOT_FOUND
    """There is no such room, or its owner has not configured it yet."""
    NO_CREATION = ErrorCondition.NOT_ALLOWED
    """There is no such room, and we may not make one."""
    MOVED = ErrorCondition.GONE
    """The room is elsewhere, or nowhere: `StanzaError.uri`."""
    REMOVED = ErrorCondition.UNEXPECTED_REQUEST
    """The room removed us instead of letting us in."""
    OTHER = ErrorCondition.UNDEFINED_CONDITION
    """The error says what it is."""

    @classmethod
    def of(cls, error: StanzaError) -> JoinProblem:
        """What an error means that answers our presence."""
        try:
            return cls(error.condition)
        except ValueError:
            return cls.OTHER


@dataclass(frozen=True, slots=True)
class Joined:
    """We are in the room, and know everybody who is. What was said before follows, and then the subject."""

    own: Occupant
    codes: Codes

    @property
    def nick_assigned(self) -> bool:
        """Whether the room chose our nickname (210): another one, perhaps, than we wanted."""
        return MucStatusCode.NICK_ASSIGNED in self.codes

    @property
    def created(self) -> bool:
        """Whether the room is new (201), and closed to others until `accept_defaults` or `configure`."""
        return MucStatusCode.ROOM_CREATED in self.codes

    @property
    def non_anonymous(self) -> bool:
        """Whether everybody there sees our address (100)."""
        return MucStatusCode.JID_VISIBLE in self.codes

    @property
    def logged(self) -> bool:
        """Whether what is said is kept in public (170)."""
        return MucStatusCode.LOGGING_ENABLED in self.codes


@dataclass(frozen=True, slots=True)
class JoinFailed:
    """The room does not let us in. `departure`: it let us in, and out again, at once."""

    problem: JoinProblem
    error: StanzaError | None
    departure: Departure | None = None


@dataclass(frozen=True, slots=True)
class NickRefused:
    """We keep our nickname, and cannot have `nick`."""

    nick: str
    problem: JoinProblem
    error: StanzaError


@dataclass(frozen=True, slots=True)
class Left:
    """We are not in the room any more. With `departure.cause.is_technical`, enter again."""

    departure: Departure


@dataclass(frozen=True, slots=True)
class OccupantJoined:
    """Somebody is in the room; `initial`: was there before us."""

    occupant: Occupant
    initial: bool


@dataclass(frozen=True, slots=True)
class OccupantChanged:
    """Role, affiliation, availability or the like of an occupant is another one; perhaps ours."""

    before: Occupant
    occupant: Occupant


@dataclass(frozen=True, slots=True)
class NickChanged:
    """An occupant has another nickname (303); `own`: we have."""

    before: Occupant
    occupant: Occupant
    own: bool


@dataclass(frozen=True, slots=True)
class OccupantLeft:
    """An occupant is gone, as `occupant` was before."""

    occupant: Occupant
    departure: Departure


@dataclass(frozen=True, slots=True)
class RoomMessage:
    """Something that was said to all.

    `nick` is who said it, None for the room itself; `occupant` is who that is now: for a message of before, only where an
    occupant id makes sure of it. `occupant_id` and `id` (of the room's archive, XEP-0359) are there where the room announces
    them. `own`: our nickname said it. `reflects`: the id of a message of ours that the room sends back with this one.
    `stamp`: when it was said; for what was said before we came, as the room has it, else None. `repeated`: this was handed out
    before, and comes once more after we entered again.
    """

    message: Message
    nick: str | None
    occupant: Occupant | None
    occupant_id: str | None
    id: str | None
    own: bool
    reflects: str | None
    history: bool
    stamp: datetime | None
    repeated: bool


@dataclass(frozen=True, slots=True)
class SubjectChanged:
    """The subject of the room, "" for none; `nick` set it, None where the room does not say who. `initial`: it ends what the
    room tells of the past, and from here on all is live. `stamp`: when it was set, if it is not live."""

    subject: str
    subjects: Mapping[str, str]
    nick: str | None
    initial: bool
    stamp: datetime | None


@dataclass(frozen=True, slots=True)
class PrivateMessage:
    """A message from an occupant to us alone (section 7.5). Answer to `message.sender`."""

    message: Message
    nick: str
    occupant: Occupant | None
    occupant_id: str | None


@dataclass(frozen=True, slots=True)
class ConfigurationChanged:
    """The configuration of the room changed (section 10.2.1): `fetch_room_info` tells how it is now."""

    codes: Codes

    @property
    def privacy(self) -> bool:
        """Whether it is about who sees addresses, or about logging."""
        return bool(self.codes & _PRIVACY)


_PRIVACY = frozenset(
    (
        MucStatusCode.LOGGING_ENABLED,
        MucStatusCode.LOGGING_DISABLED,
        MucStatusCode.NON_ANONYMOUS,
        MucStatusCode.SEMI_ANONYMOUS,
    )
)


@dataclass(frozen=True, slots=True)
class AffiliationNotice:
    """The affiliation of somebody who is not in the room changed (section 10.3), or `own`: ours, while we were not (101)."""

    jid: JID
    affiliation: MucAffiliation
    reason: str | None
    own: bool


@dataclass(frozen=True, slots=True)
class InvitationDeclined:
    """`sender`, as the room says, does not accept our invitation (section 7.8.2)."""

    sender: JID | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class VoiceRequested:
    """For moderators: somebody wants to speak (section 8.6). Answer with `answer_request(room, form, allow=...)`."""

    request: VoiceRequest
    form: DataForm


@dataclass(frozen=True, slots=True)
class RegistrationRequested:
    """For admins: somebody wants to be a member (section 9.9). Answer with `answer_request(room, form, allow=...)`."""

    request: RoomRegistration
    form: DataForm


@dataclass(frozen=True, slots=True)
class RoomError:
    """The room, or with `nick` an occupant's address, did not take something of ours; `id` is that of the stanza.

    `suspicious`: this is also what a room answers to somebody who is not there (any more). `Room.self_ping` makes sure.
    """

    error: StanzaError
    id: str | None
    nick: str | None
    suspicious: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Something in the name of the room that had no effect; `reason` says why."""

    sender: JID | None
    reason: str


RoomEvent = (
    Joined
    | JoinFailed
    | NickRefused
    | Left
    | OccupantJoined
    | OccupantChanged
    | NickChanged
    | OccupantLeft
    | RoomMessage
    | SubjectChanged
    | PrivateMessage
    | ConfigurationChanged
    | AffiliationNotice
    | InvitationDeclined
    | VoiceRequested
    | RegistrationRequested
    | RoomError
    | Refused
)
"""What `Room.feed` may return."""
