"""Entering a room, presence in it, and leaving it (XEP-0045 sections 7.1, 7.2, 7.6, 7.7, 7.14 and 10.1)."""

from __future__ import annotations

from hmac import compare_digest

from ...jid import JID
from ...protocol.muc import MucAffiliation, MucHistory, MucJoin, MucRole
from ...protocol.muc_user import MucDestroyed, MucItem, MucStatus, MucStatusCode, MucUser
from ...stanza import ErrorCondition, Message, MessageType, Presence, PresenceType, Subject, write_stanza
from .forgeries import without_forgeries
from .house import RoomError
from .nicks import is_nick
from .occupants import Occupant
from .permissions import initial_role
from .room import News, Room

OUT_OF_STEP = (MucStatusCode.SELF_PRESENCE, MucStatusCode.KICKED, MucStatusCode.REMOVED_BY_ERROR)
"""What a client is told that believes to be in a room, and is not (section 7.2.17)."""


def available(room: Room, session: JID, nick: str, presence: Presence, now: float) -> None:
    """A client enters, or has another presence or nickname. Raises `RoomError` and `PayloadError`."""
    join = presence.get(MucJoin)
    occupant = room.occupants.of(session)
    shown = _shown(room, presence)
    if occupant is None:
        if join is None:
            room.send([not_here(room.jid.with_resource(nick), session)], now)
        else:
            _enter(room, session, nick, shown, join, now)
        return
    if occupant.nick != nick:
        _rename(room, occupant, session, nick, shown, now)
    elif join is None or shown != occupant.sessions[session]:
        room.occupants.put(occupant, session, shown)
        changed = room.changed(occupant) if join is None else room.others(occupant, before=room.shows(occupant.role))
        room.send(changed, now)
    if join is not None:  # it has lost track: everything once more (section 7.2.1)
        _welcome(room, occupant, session, join.history, now)


def not_here(address: JID, session: JID) -> Presence:
    """What is answered to a client that is not in the room, but believes it."""
    item = MucItem(affiliation=MucAffiliation.NONE, role=MucRole.NONE)
    user = MucUser(items=[item], statuses=[MucStatus(code=code) for code in OUT_OF_STEP])
    return Presence(session, sender=address, type=PresenceType.UNAVAILABLE, payloads=[user])


def leave(room: Room, session: JID, presence: Presence, now: float) -> None:
    """A client leaves by itself; who is not there is not answered (section 17.3)."""
    fits = len(write_stanza(presence)) <= room.house.limits.presence_bytes
    content = tuple(without_forgeries(presence, room.jid)) if fits else ()
    depart(room, session, News(gone=True, content=content), now)


def depart(room: Room, session: JID, news: News, now: float) -> None:
    """A client is not in the room any more. With the last one of a user the occupant goes. A room that has never been
    configured ends with its maker (section 10.1.3)."""
    occupant = room.occupants.of(session)
    if occupant is None:
        return
    if len(occupant.sessions) > 1:
        own = room.own(occupant, news, [session])
        room.occupants.drop(session)
        room.send(own, now)
        room.send(room.changed(occupant), now)
        return
    if room.locked and len(room.occupants) == 1:
        own = room.own(occupant, News(gone=True, codes=news.codes, destroyed=MucDestroyed()), [session])
        room.occupants.drop(session)
        room.send(own, now)
        return
    own, others = room.remove(occupant, news)
    room.send([*own, *others], now)


# --- the way in (section 7.2) ---------------------------------------------------------------------------------------


def _enter(room: Room, session: JID, nick: str, presence: Presence, join: MucJoin, now: float) -> None:
    role = _admit(room, session, nick, join)
    occupant = room.occupants.get(nick)
    if occupant is None:
        occupant = Occupant(nick, session.bare, role)
    elif len(occupant.sessions) >= room.house.limits.sessions:
        raise RoomError(ErrorCondition.RESOURCE_CONSTRAINT, "too many clients share this nickname")
    if room.house.occupancies >= room.house.limits.occupancies:
        raise RoomError(ErrorCondition.RESOURCE_CONSTRAINT, "there are too many people in rooms")
    others = list(occupant.sessions)
    room.occupants.put(occupant, session, presence)
    room.send([*room.others(occupant, before=bool(others)), *room.own(occupant, sessions=others)], now)
    _welcome(room, occupant, session, join.history, now)


def _admit(room: Room, session: JID, nick: str, join: MucJoin) -> MucRole:
    """The role of somebody who wants in. Raises `RoomError` with the conditions of section 7.2.16."""
    settings, user = room.settings, session.bare
    affiliation = room.affiliation(user)
    if room.locked and affiliation is not MucAffiliation.OWNER:
        raise RoomError(ErrorCondition.ITEM_NOT_FOUND, "the room is locked")
    if affiliation is MucAffiliation.OUTCAST:
        raise RoomError(ErrorCondition.FORBIDDEN, "banned from the room")
    role = initial_role(affiliation, moderated=settings.moderated, members_only=settings.members_only)
    if role is MucRole.NONE:
        raise RoomError(ErrorCondition.REGISTRATION_REQUIRED, "the room is for members only")
    password = settings.password
    if password is not None and not compare_digest(password.encode(), (join.password or "").encode()):
        raise RoomError(ErrorCondition.NOT_AUTHORIZED, "the room has a password")
    check_nick(room, user, nick)
    if room.occupants.get(nick) is None and len(room.occupants) >= room.capacity(affiliation):
        raise RoomError(ErrorCondition.SERVICE_UNAVAILABLE, "the room is full")
    return role


def check_nick(room: Room, user: JID, nick: str) -> None:
    """Raises `RoomError` where a user may not have a nickname: it is taken, reserved, or none."""
    if not is_nick(nick, room.house.limits):
        raise RoomError(ErrorCondition.NOT_ACCEPTABLE, "this cannot be a nickname")
    if room.occupants.conflicting(nick, user) or room.affiliations.holder_of(nick) not in (None, user):
        raise RoomError(ErrorCondition.CONFLICT, "somebody else has this nickname")


def _welcome(room: Room, occupant: Occupant, session: JID, history: MucHistory | None, now: float) -> None:
    """Everything that a client gets that enters, in the order of section 7.1."""
    codes: tuple[MucStatusCode, ...] = (MucStatusCode.ROOM_CREATED,) if room.locked else ()
    if room.settings.non_anonymous:
        codes += (MucStatusCode.JID_VISIBLE,)
    if room.settings.logging:
        codes += (MucStatusCode.LOGGING_ENABLED,)
    room.send(room.seen_by(occupant, session), now)
    room.send(room.own(occupant, News(codes=codes), [session]), now)
    room.send(room.history.select(session, room.settings.max_history_fetch, history, now), now)
    room.send([_subject(room, session)], now)


def _subject(room: Room, session: JID) -> Message:
    if room.subject is not None:
        return room.subject.message.replace(to=session)
    empty = Subject(text="")
    identifier = room.house.hub.fresh_id()
    return Message(session, type=MessageType.GROUPCHAT, sender=room.jid, id=identifier, payloads=[empty])


# --- being there ----------------------------------------------------------------------------------------------------


def _rename(room: Room, occupant: Occupant, session: JID, nick: str, presence: Presence, now: float) -> None:
    """Another nickname, for all clients of the occupant (section 7.6)."""
    check_nick(room, occupant.user, nick)
    if room.occupants.get(nick) is not None:
        raise RoomError(ErrorCondition.CONFLICT, "another client of yours has this nickname")
    farewell = News(gone=True, codes=(MucStatusCode.NICK_CHANGED,), nick=nick)
    room.send(room.changed(occupant, farewell), now)
    room.occupants.rename(occupant, nick)
    room.occupants.put(occupant, session, presence)
    room.send(room.changed(occupant), now)


def _shown(room: Room, presence: Presence) -> Presence:
    """What is kept and sent on of a presence."""
    elements = without_forgeries(presence, room.jid)
    shown = Presence(id=presence.id, lang=presence.lang, payloads=elements)
    if len(write_stanza(shown)) > room.house.limits.presence_bytes:
        raise RoomError(ErrorCondition.POLICY_VIOLATION, "so much presence is not sent on")
    return shown
