"""What a room says of its occupants, read from presence and messages. Nothing here raises but `PayloadError`."""

from __future__ import annotations

from datetime import datetime

from ...jid import JID, JIDError
from ...payload import PayloadError
from ...protocol.delay import Delay
from ...protocol.muc import MucAffiliation, MucRole
from ...protocol.muc_user import MucItem, MucStatusCode, MucUser
from ...protocol.occupant_id import OccupantId
from ...protocol.stanza_id import StanzaId
from ...stanza import Message, Presence, ShowValue
from .events import Departure, DepartureCause, Occupant

_LONGEST_ID = 128
_LONGEST_STATUS = 1000
"""So much of the status of an occupant is kept."""

_CAUSES = (
    (MucStatusCode.BANNED, DepartureCause.BANNED),
    (MucStatusCode.REMOVED_BY_ERROR, DepartureCause.ERROR),
    (MucStatusCode.REMOVED_BY_SHUTDOWN, DepartureCause.SHUTDOWN),
    (MucStatusCode.REMOVED_AS_NON_MEMBER, DepartureCause.MEMBERS_ONLY),
    (MucStatusCode.REMOVED_BY_AFFILIATION, DepartureCause.AFFILIATION),
    (MucStatusCode.KICKED, DepartureCause.KICKED),
)
"""The first that is there counts: some services say "kicked" of each who is removed (section 11.1)."""


def read_extension(stanza: Presence | Message) -> MucUser:
    """What the room adds to a stanza: an empty one where there is none. Raises `PayloadError` for more than one, since the
    room writes one only (section 7.2.2)."""
    found = stanza.get_all(MucUser)
    if len(found) > 1:
        raise PayloadError("more than one, of which the room writes one only", f"{stanza.local_name}/x")
    return found[0] if found else MucUser()


def read_occupant(presence: Presence, nick: str, item: MucItem, id_: str | None) -> Occupant:
    """The occupant that an available presence is from."""
    try:
        show: ShowValue | None = presence.show
    except PayloadError:  # the occupant wrote that, and it matters to nobody else
        show = None
    status = presence.status
    return Occupant(
        nick,
        item.affiliation or MucAffiliation.NONE,
        item.role or MucRole.NONE,
        item.jid,
        id_,
        show,
        None if status is None else status[:_LONGEST_STATUS],
    )


def read_departure(presence: Presence, extension: MucUser) -> Departure:
    """Why an occupant is gone, from unavailable presence (sections 7.14, 8.2, 9.1, 10.9 and 11)."""
    item = extension.items[0] if extension.items else MucItem()
    actor = item.actor
    codes = extension.codes
    cause = next((cause for code, cause in _CAUSES if code in codes), DepartureCause.LEFT)
    reason, alternate = item.reason, None
    if extension.destroy is not None:
        cause, reason, alternate = DepartureCause.DESTROYED, extension.destroy.reason, extension.destroy.jid
    return Departure(
        cause,
        reason,
        None if actor is None else actor.nick,
        None if actor is None else actor.jid,
        presence.status,
        alternate,
        codes,
    )


def read_occupant_id(stanza: Presence | Message) -> str | None:
    """The occupant id (XEP-0421) of a stanza from a room that announces such ids; None where there is none, or more than one:
    then the room left in what the occupant wrote."""
    try:
        found = stanza.get_all(OccupantId)
    except PayloadError:
        return None
    return found[0].id if len(found) == 1 and 0 < len(found[0].id) <= _LONGEST_ID else None


def read_stanza_id(message: Message, room: JID) -> str | None:
    """The id that a room which announces such ids (XEP-0359) gave to a message; None where it gave none, or seems to have given
    more than one."""
    try:
        found = [one.id for one in message.get_all(StanzaId) if one.by == room]
    except PayloadError:
        return None
    return found[0] if len(found) == 1 else None


def read_stamp(message: Message, room: JID) -> datetime | None:
    """When the room received a message that it sends late; what others say about that does not count."""
    try:
        stamps = [one.stamp for one in message.get_all(Delay) if one.sender == room]
    except PayloadError:
        return None
    return stamps[-1] if stamps else None  # the room adds its own behind what the sender wrote


def nick_of(room: JID, text: str | None) -> str | None:
    """A nickname as it stands in addresses (section 17.1); None where it can be none."""
    try:
        return None if not text else room.with_resource(text).resourcepart
    except JIDError:
        return None
