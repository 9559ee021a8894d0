"""Messages that a moderator takes back (XEP-0425): the room tells it, and those who enter later get a tombstone."""

from __future__ import annotations

from ...protocol.message_moderation import Moderate, Moderated
from ...protocol.message_retraction import Retract, Retracted
from ...protocol.muc import MucRole
from ...protocol.stanza_id import StanzaId
from ...stanza import ErrorCondition, Iq, IqType, Message, MessageType
from .history import buried
from .house import RoomError
from .room import Room
from .talking import occupant_of


def answer(room: Room, iq: Iq, query: Moderate, now: float) -> None:
    """Take back a message that is in the history. Raises `RoomError`."""
    moderator = occupant_of(room, iq.sender)
    if moderator.role is not MucRole.MODERATOR:
        raise RoomError(ErrorCondition.FORBIDDEN, "only moderators may do that")
    if iq.type is not IqType.SET or query.id is None or query.retract is None:
        raise RoomError(ErrorCondition.BAD_REQUEST, "it is not said what is to be taken back")
    reason = None if query.reason is None else query.reason[: room.house.limits.reason]
    moderated = Moderated(by=room.address(moderator), occupant_id=room.occupant_id(moderator.user))
    tombstone = Retracted(stamp=room.house.stamp(now), moderated=moderated, reason=reason)
    known = room.history.bury(query.id, tombstone)
    if room.archive is not None:
        known |= room.archive.change(query.id, lambda message: buried(message, tombstone))
    if not known:
        raise RoomError(ErrorCondition.ITEM_NOT_FOUND, "there is no such message any more")
    room.house.post(iq.result(), now)
    identifier = room.house.hub.fresh_id()
    told = Message(type=MessageType.GROUPCHAT, sender=room.jid, id=identifier)
    told.children += [
        Retract(id=query.id, moderated=moderated, reason=reason),
        StanzaId(id=identifier, by=room.jid),
    ]
    room.reflect(told, now)
