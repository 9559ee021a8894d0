"""The configuration of a room, and its end (XEP-0045 sections 10.1.2 to 10.2.1 and 10.9)."""

from __future__ import annotations

from collections.abc import Iterable

from ...jid import JID
from ...protocol.data_forms import DataForm, DataFormType
from ...protocol.muc import MucAffiliation, MucRole
from ...protocol.muc_forms import RoomConfig
from ...protocol.muc_owner import MucOwnerQuery
from ...protocol.muc_user import MucDestroyed, MucStatusCode
from ...stanza import ErrorCondition, Iq, IqType, Stanza
from .administration import Affiliating, affiliate, check_totals
from .house import RoomError
from .permissions import is_member
from .room import News, Room
from .settings import ADMINS, OWNERS, Settings, SettingsError, describe


def answer(room: Room, iq: Iq, query: MucOwnerQuery, now: float) -> None:
    """Answer a request of an owner. Raises `RoomError` and `PayloadError`."""
    session = iq.sender
    if session is None or room.affiliation(session) is not MucAffiliation.OWNER:
        raise RoomError(ErrorCondition.FORBIDDEN, "only owners may do that")
    if iq.type is IqType.GET:
        room.house.post(iq.result(MucOwnerQuery(form=_form(room))), now)
    elif query.destroy is not None:
        destroy(room, MucDestroyed(jid=query.destroy.jid, reason=query.destroy.reason), now)
        room.house.post(iq.result(), now)
    elif query.form is None:
        raise RoomError(ErrorCondition.BAD_REQUEST, "a form is missing")
    elif query.form.type is DataFormType.CANCEL:
        if room.locked:
            destroy(room, MucDestroyed(), now)
        room.house.post(iq.result(), now)
    elif query.form.type is DataFormType.SUBMIT:
        _configure(room, iq, session, query.form, now)
    else:
        raise RoomError(ErrorCondition.BAD_REQUEST, "a form is submitted or cancelled")


def destroy(room: Room, destroyed: MucDestroyed, now: float) -> None:
    """Put everybody out: each client is told once (section 10.9)."""
    stanzas: list[Stanza] = []
    for occupant in room.occupants:
        own, _ = room.remove(occupant, News(destroyed=destroyed))
        stanzas += own
    room.destroyed = True
    room.send(stanzas, now)


def remove_all(room: Room, code: MucStatusCode, now: float) -> None:
    """Put everybody out since the service ends (section 11.2)."""
    stanzas: list[Stanza] = []
    for occupant in room.occupants:
        stanzas += room.remove(occupant, News(codes=(code,)))[0]
    room.send(stanzas, now)


# --- configuration --------------------------------------------------------------------------------------------------


def _form(room: Room) -> DataForm:
    config = room.settings.to_config()
    config.owners = _having(room, MucAffiliation.OWNER)
    config.admins = _having(room, MucAffiliation.ADMIN)
    return describe(config, room.house.limits)


def _having(room: Room, affiliation: MucAffiliation) -> list[JID]:
    return [jid for jid, _ in room.affiliations.having(affiliation)]


def _configure(room: Room, iq: Iq, session: JID, form: DataForm, now: float) -> None:
    """Take over a configuration, or nothing of it."""
    try:
        settings = room.settings.changed_by(form, room.house.limits)
    except SettingsError as error:
        raise RoomError(error.condition, error.text) from error
    changes = _affiliations(room, form)
    check_totals(room, changes)
    old, room.settings = room.settings, settings
    if not room.archives:
        room.archive = None  # who configures that nothing is kept does not want it back
    room.locked = False
    effects = [affiliate(room, change, session) for change in changes]
    first = [stanza for effect in effects for stanza in effect.first]
    then = [stanza for effect in effects for stanza in effect.then]
    then += _roles_after(room, old)
    strangers, others = _strangers(room) if settings.members_only else ([], [])
    room.send([*first, *strangers], now)
    room.house.post(iq.result(), now)
    room.send_if_there([*others, *then], now)
    codes = settings.codes_since(old)
    if codes:
        room.notify(codes, now)


def _affiliations(room: Room, form: DataForm) -> list[Affiliating]:
    """What the lists of owners and admins change. They are the whole lists; one that is not submitted stays. Who is no owner
    any more is still an admin, unless the list of admins says something else."""
    config = RoomConfig.from_form(form)
    wanted: dict[JID, MucAffiliation] = {}
    if form.get_field(ADMINS) is not None:
        wanted |= dict.fromkeys(_having(room, MucAffiliation.ADMIN), MucAffiliation.NONE)
        wanted |= dict.fromkeys(_users(room, config.admins), MucAffiliation.ADMIN)
    if form.get_field(OWNERS) is not None:
        lost = MucAffiliation.ADMIN if form.get_field(ADMINS) is None else MucAffiliation.NONE
        for owner in _having(room, MucAffiliation.OWNER):
            wanted.setdefault(owner, lost)
        wanted |= dict.fromkeys(_users(room, config.owners), MucAffiliation.OWNER)
    else:
        for owner in _having(room, MucAffiliation.OWNER):
            wanted.pop(owner, None)
    return [Affiliating(user, one) for user, one in wanted.items() if one is not room.affiliations.exactly(user)]


def _users(room: Room, jids: list[JID]) -> Iterable[JID]:
    users = [jid.bare for jid in jids]
    if len(users) > room.house.limits.items or any(user.localpart is None for user in users):
        raise RoomError(ErrorCondition.NOT_ACCEPTABLE, "these cannot be owners or admins")
    return users


def _roles_after(room: Room, old: Settings) -> list[Stanza]:
    """What is told about occupants because the room is another one: where nobody needs voice any more, everybody has it; and
    roles may be shown that were not, or the other way round."""
    told: list[Stanza] = []
    for occupant in room.occupants:
        was = occupant.role
        if old.moderated and not room.settings.moderated and was is MucRole.VISITOR:
            occupant.role = MucRole.PARTICIPANT
        shown = was in old.presence_broadcast
        if occupant.role is not was:
            told += room.own(occupant)
        if occupant.role is not was or shown != room.shows(occupant.role):
            told += room.others(occupant, before=shown)
    return told


def _strangers(room: Room) -> tuple[list[Stanza], list[Stanza]]:
    """Put out who may not be in a room for members only (section 10.2)."""
    own: list[Stanza] = []
    others: list[Stanza] = []
    for occupant in room.occupants:
        if not is_member(room.affiliation(occupant.user)):
            mine, rest = room.remove(occupant, News(codes=(MucStatusCode.REMOVED_AS_NON_MEMBER,)))
            own += mine
            others += rest
    return own, others
