"""Lists of occupants and users, and changes of roles and affiliations (XEP-0045 sections 8.2 to 8.5, 9 and 10.3 to 10.8).

The changes of one request are all done or none of them. Whom it concerns is told first, then who asked, then the others.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...jid import JID
from ...protocol.muc import MucAffiliation, MucRole
from ...protocol.muc_admin import MucAdminItem, MucAdminQuery
from ...protocol.muc_user import MucInvite, MucItem, MucStatusCode, MucUser
from ...stanza import ErrorCondition, Iq, IqType, Message, Stanza
from .asking import invite
from .entering import check_nick
from .house import RoomError
from .nicks import nick_key
from .occupants import Occupant
from .permissions import is_member, may_list_affiliation, may_list_role, refuse_affiliation, refuse_role, role_after
from .room import News, Room

CODES = {MucAffiliation.OUTCAST: MucStatusCode.BANNED}
"""Why somebody is put out who gets that affiliation; otherwise it is because the room is for members only."""


@dataclass(frozen=True, slots=True)
class Affiliating:
    """One user's affiliation is to change."""

    user: JID
    affiliation: MucAffiliation
    nick: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """Who is told what: those whom a change puts out, and then everybody."""

    first: list[Stanza]
    then: list[Stanza]

    def add(self, other: Effect) -> None:
        """Take the stanzas of another one in."""
        self.first.extend(other.first)
        self.then.extend(other.then)


# --- requests -------------------------------------------------------------------------------------------------------


def answer(room: Room, iq: Iq, query: MucAdminQuery, now: float) -> None:
    """Answer a request of a moderator, admin or owner. Raises `RoomError`."""
    session = iq.sender
    if session is None or not query.items:
        raise RoomError(ErrorCondition.BAD_REQUEST, "an item is missing")
    if len(query.items) > room.house.limits.items:
        raise RoomError(ErrorCondition.POLICY_VIOLATION, "too much at once")
    if iq.type is IqType.GET:
        items = _list(room, session, query.items)
        room.house.post(iq.result(MucAdminQuery(items=items)), now)
        return
    effect = _change(room, session, query.items)
    room.send(effect.first, now)
    room.house.post(iq.result(), now)
    room.send_if_there(effect.then, now)


def _list(room: Room, session: JID, items: list[MucAdminItem]) -> list[MucAdminItem]:
    asked = items[0]
    if len(items) > 1 or (asked.role is None) == (asked.affiliation is None):
        raise RoomError(ErrorCondition.BAD_REQUEST, "a list is of one role or of one affiliation")
    role, affiliation = room.role(session), room.affiliation(session)
    if asked.role is not None:
        if not may_list_role(role, affiliation, asked.role):
            raise RoomError(ErrorCondition.FORBIDDEN)
        return [_of_occupant(room, one) for one in room.occupants if one.role is asked.role]
    assert asked.affiliation is not None  # noqa: S101 - one of the two is there
    if asked.affiliation is MucAffiliation.NONE:
        raise RoomError(ErrorCondition.BAD_REQUEST, "there is no list of those who are nothing to the room")
    may = may_list_affiliation(
        affiliation,
        asked.affiliation,
        non_anonymous=room.settings.non_anonymous,
        role_may=role is MucRole.NONE or role in room.settings.member_list_for,
    )
    if not may:
        raise RoomError(ErrorCondition.FORBIDDEN)
    found = room.affiliations.having(asked.affiliation)
    return [
        MucAdminItem(affiliation=entry.affiliation, jid=jid, nick=entry.nick, reason=entry.reason)
        for jid, entry in found
    ]


def _of_occupant(room: Room, occupant: Occupant) -> MucAdminItem:
    affiliation = room.affiliation(occupant.user)
    return MucAdminItem(nick=occupant.nick, role=occupant.role, affiliation=affiliation, jid=occupant.main)


def _change(room: Room, session: JID, items: list[MucAdminItem]) -> Effect:
    roles: list[tuple[Occupant, MucRole, str | None]] = []
    affiliations: list[Affiliating] = []
    for item in items:
        if (item.role is None) == (item.affiliation is None):
            raise RoomError(ErrorCondition.BAD_REQUEST, "an item changes a role or an affiliation")
        if item.role is not None:
            roles.append((_target(room, session, item), item.role, item.reason))
        elif item.affiliation is not None:
            affiliations.append(Affiliating(_user(room, item), item.affiliation, item.nick, item.reason))
    _check_affiliations(room, session, affiliations)
    effect = Effect([], [])
    actor = room.occupants.of(session) or session.bare
    for occupant, role, reason in roles:
        if room.occupants.get(occupant.nick) is occupant:  # it may be named twice
            effect.add(_set_role(room, occupant, role, News(actor=actor, reason=reason)))
    for change in affiliations:
        effect.add(affiliate(room, change, session))
    return effect


# --- roles ----------------------------------------------------------------------------------------------------------


def _target(room: Room, session: JID, item: MucAdminItem) -> Occupant:
    """The occupant whose role may be changed. Raises `RoomError`."""
    role, affiliation = room.role(session), room.affiliation(session)
    if item.nick is None:
        raise RoomError(ErrorCondition.BAD_REQUEST, "a role is changed by nickname")
    occupant = room.occupants.get(item.nick)
    wanted = item.role or MucRole.NONE
    if occupant is None:
        lowest = refuse_role(role, affiliation, MucRole.VISITOR, MucAffiliation.NONE, wanted)
        raise RoomError(lowest or ErrorCondition.ITEM_NOT_FOUND)
    refusal = refuse_role(role, affiliation, occupant.role, room.affiliation(occupant.user), wanted)
    if refusal is None and wanted is MucRole.NONE and occupant is room.occupants.of(session):
        refusal = ErrorCondition.CONFLICT  # section 8.2
    if refusal is not None:
        raise RoomError(refusal)
    return occupant


def _set_role(room: Room, occupant: Occupant, role: MucRole, news: News) -> Effect:
    if role is MucRole.NONE:
        kicked = News(codes=(MucStatusCode.KICKED,), actor=news.actor, reason=news.reason)
        return Effect(*room.remove(occupant, kicked))
    was, occupant.role = occupant.role, role
    return Effect([], [] if role is was else room.changed(occupant, News(reason=news.reason), was=was))


# --- affiliations ---------------------------------------------------------------------------------------------------


def _user(room: Room, item: MucAdminItem) -> JID:
    """Whose affiliation is to change: by address, or by the nickname of somebody who is there."""
    if item.jid is not None:
        return item.jid.bare
    occupant = room.occupants.get(item.nick)
    if item.nick is None:
        raise RoomError(ErrorCondition.BAD_REQUEST, "an affiliation is changed by address")
    if occupant is None:
        raise RoomError(ErrorCondition.ITEM_NOT_FOUND, "nobody here has this nickname")
    return occupant.user


def _check_affiliations(room: Room, session: JID, changes: list[Affiliating]) -> None:
    """Raises `RoomError` unless somebody may make all of these changes."""
    actor = room.affiliation(session)
    for change in changes:
        refusal = refuse_affiliation(actor, room.affiliation(change.user), change.affiliation)
        if refusal is not None:
            raise RoomError(refusal)
        if change.affiliation is MucAffiliation.OUTCAST and change.user in (session.bare, session.domain):
            raise RoomError(ErrorCondition.CONFLICT, "nobody bans himself")
        if change.user.localpart is None and change.affiliation not in (MucAffiliation.OUTCAST, MucAffiliation.NONE):
            raise RoomError(ErrorCondition.BAD_REQUEST, "a whole domain can be banned, no more")
        if change.nick:
            check_nick(room, change.user, change.nick)
    nicks = {(change.user, nick_key(change.nick)) for change in changes if change.nick}
    if len({nick for _, nick in nicks}) < len(nicks):
        raise RoomError(ErrorCondition.CONFLICT, "two users cannot have one nickname")
    check_totals(room, changes)


def check_totals(room: Room, changes: list[Affiliating]) -> None:
    """Raises `RoomError` where no owner would be left (section 10.4), or too many users would have to be kept."""
    after = {change.user: change.affiliation for change in changes}
    owners = {jid for jid, _ in room.affiliations.having(MucAffiliation.OWNER)}
    owners -= {user for user, affiliation in after.items() if affiliation is not MucAffiliation.OWNER}
    if not owners and MucAffiliation.OWNER not in after.values():
        raise RoomError(ErrorCondition.CONFLICT, "the room needs an owner")
    new = [
        user
        for user, affiliation in after.items()
        if affiliation is not MucAffiliation.NONE and room.affiliations.exactly(user) is MucAffiliation.NONE
    ]
    if new and not room.affiliations.has_room(new):
        raise RoomError(ErrorCondition.RESOURCE_CONSTRAINT, "the room knows too many users")


def affiliate(room: Room, change: Affiliating, by: JID) -> Effect:
    """Set a user's affiliation, in the name of a client. That this may be done was checked."""
    actor = room.occupants.of(by) or by.bare
    settings = room.settings
    before = {one: room.affiliation(one.user) for one in room.occupants.of_user(change.user)}
    old = room.affiliation(change.user)
    room.affiliations.put(change.user, change.affiliation, change.nick, change.reason)
    effect = Effect([], [])
    for occupant, was in before.items():
        new = room.affiliation(occupant.user)
        role = role_after(was, new, occupant.role, moderated=settings.moderated, members_only=settings.members_only)
        if new is was:
            continue
        if role is MucRole.NONE:
            code = CODES.get(new, MucStatusCode.REMOVED_BY_AFFILIATION)
            effect.add(Effect(*room.remove(occupant, News(codes=(code,), actor=actor, reason=change.reason))))
            continue
        previous, occupant.role = occupant.role, role
        effect.then.extend(room.changed(occupant, News(reason=change.reason), was=previous))
    if not before and old is not change.affiliation:
        effect.then.extend(_absent(room, change))
        if settings.members_only and change.affiliation is MucAffiliation.MEMBER and not is_member(old):
            effect.first.append(invite(room, change.user, by, MucInvite(reason=change.reason)))  # section 9.5
    return effect


def _absent(room: Room, change: Affiliating) -> list[Stanza]:
    """What those who see addresses are told about somebody who is not there (sections 10.3, 10.4, 10.6 and 10.7)."""
    item = MucItem(affiliation=change.affiliation, role=MucRole.NONE, jid=change.user)
    news = Message(sender=room.jid, id=room.house.hub.fresh_id(), payloads=[MucUser(items=[item])])
    return [news.replace(to=session) for occupant, session in room.occupants.sessions() if room.sees_jids(occupant)]
