"""Messages in a room: to all, to one, and the subject (XEP-0045 sections 7.4, 7.5 and 8.1)."""

from __future__ import annotations

from collections.abc import Sequence

from ...jid import JID
from ...payload import Payload
from ...protocol.delay import Delay
from ...protocol.muc import MucRole
from ...protocol.muc_forms import PrivateMessages
from ...protocol.muc_user import MucUser
from ...protocol.stanza_id import StanzaId
from ...stanza import Body, ErrorCondition, Message, MessageType, Subject, Thread, write_stanza
from . import archiving
from .forgeries import without_author, without_forgeries
from .history import Past
from .house import RoomError
from .occupants import Occupant
from .room import Room

MAY_WHISPER = {
    PrivateMessages.ANYONE: (MucRole.MODERATOR, MucRole.PARTICIPANT, MucRole.VISITOR),
    PrivateMessages.PARTICIPANTS: (MucRole.MODERATOR, MucRole.PARTICIPANT),
    PrivateMessages.MODERATORS: (MucRole.MODERATOR,),
    PrivateMessages.NONE: (),
}
"""The roles that may send private messages."""


def occupant_of(room: Room, session: JID | None) -> Occupant:
    """The occupant who sends something. Raises `RoomError` for everybody else."""
    occupant = room.occupants.of(session)
    if occupant is None:
        raise RoomError(ErrorCondition.NOT_ACCEPTABLE, "only occupants may do that")
    return occupant


def to_all(room: Room, message: Message, now: float) -> None:
    """Reflect a message to all occupants, or set the subject. Raises `RoomError`."""
    sender = occupant_of(room, message.sender)
    if is_subject(message):
        settings = room.settings
        lets = settings.occupants_may_change_subject and sender.role is MucRole.PARTICIPANT
        if not lets and sender.role is not MucRole.MODERATOR:
            raise RoomError(ErrorCondition.FORBIDDEN, "the subject is not yours to change")
    elif sender.role is MucRole.VISITOR:
        raise RoomError(ErrorCondition.FORBIDDEN, "visitors have no voice")
    identifier = room.house.hub.fresh_id()
    marks = [StanzaId(id=identifier, by=room.jid), room.occupant_id(sender.user)]
    reflected = _from_occupant(room, sender, message, marks)
    if reflected.id is None:
        reflected.id = identifier
    stamp = room.house.stamp(now)
    if is_subject(message):
        delayed = reflected.with_(Delay(stamp=stamp, sender=room.jid))
        room.subject = Past(delayed, now, stamp, len(write_stanza(delayed)))
    else:
        room.history.keep(reflected, identifier, now, stamp)
        archiving.keep(room, reflected, identifier, now)
    room.reflect(reflected, now)


def to_one(room: Room, message: Message, nick: str, now: float) -> None:
    """Deliver a private message to all clients of an occupant. Raises `RoomError`."""
    if message.type is MessageType.GROUPCHAT:
        raise RoomError(ErrorCondition.BAD_REQUEST, "a private message is not of type groupchat")
    sender = occupant_of(room, message.sender)
    receiver = room.occupants.get(nick)
    if receiver is None:
        raise RoomError(ErrorCondition.ITEM_NOT_FOUND, "nobody here has this nickname")
    if sender.role not in MAY_WHISPER[room.settings.private_messages]:
        raise RoomError(ErrorCondition.FORBIDDEN, "private messages are not permitted")
    private = _from_occupant(room, sender, message, [MucUser(), room.occupant_id(sender.user)])
    room.send([private.replace(to=session) for session in receiver.sessions], now)


def error_to_one(room: Room, message: Message, nick: str, now: float) -> None:
    """Tell who sent a private message that it could not be delivered, or was not wanted."""
    sender, receiver = room.occupants.of(message.sender), room.occupants.get(nick)
    if sender is None or receiver is None or len(write_stanza(message)) > room.house.limits.message_bytes:
        return
    message = message.replace(children=without_author(message))
    error = message.replace(sender=room.address(sender), children=without_forgeries(message, room.jid))
    room.send([error.replace(to=session) for session in receiver.sessions], now)


def is_subject(message: Message) -> bool:
    """Whether a message changes the subject: it has one, and neither a body nor a thread (section 8.1)."""
    names = {element.name for element in message.elements()}
    return Subject.element_names[0] in names and not names & {Body.element_names[0], Thread.element_names[0]}


def _from_occupant(room: Room, sender: Occupant, message: Message, marks: Sequence[Payload]) -> Message:
    content = without_forgeries(message, room.jid)
    result = message.replace(sender=room.address(sender), to=None, children=[*content, *marks])
    if len(write_stanza(result)) > room.house.limits.message_bytes:
        raise RoomError(ErrorCondition.POLICY_VIOLATION, "the message is too long for a room")
    return result
