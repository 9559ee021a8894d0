"""Registration with a room: a user becomes a member, and a nickname is reserved (XEP-0045 section 7.10, XEP-0077).

Only where that is no way around anything: into a room for members people come by an admin, and to a voice in a moderated one by
a moderator.
"""

from __future__ import annotations

from ...jid import JID
from ...protocol.in_band_registration import RegistrationQuery
from ...protocol.muc import MucAffiliation, MucRole
from ...protocol.muc_forms import RoomRegistration
from ...stanza import ErrorCondition, Iq, IqType
from .administration import Affiliating, affiliate, check_totals
from .entering import check_nick
from .house import RoomError
from .permissions import is_admin, is_member
from .room import Room

NICK = "muc#register_roomnick"


def answer(room: Room, iq: Iq, query: RegistrationQuery, now: float) -> None:
    """Answer a request of somebody who wants to register, or has. Raises `RoomError` and `PayloadError`."""
    session = iq.sender
    if session is None or not _may(room, session):
        raise RoomError(ErrorCondition.NOT_ALLOWED, "only admins add members to this room")
    user = session.bare
    if iq.type is IqType.GET:
        room.house.post(iq.result(_state(room, user)), now)
        return
    change = _removal(room, user) if query.remove else _registration(room, user, query)
    check_totals(room, [change])
    effect = affiliate(room, change, session)
    room.house.post(iq.result(), now)
    room.send([*effect.first, *effect.then], now)


def _may(room: Room, session: JID) -> bool:
    affiliation = room.affiliation(session)
    if affiliation is not MucAffiliation.NONE:
        return is_member(affiliation)
    settings = room.settings
    has_voice = room.role(session) in (MucRole.PARTICIPANT, MucRole.MODERATOR)
    return not settings.members_only and (not settings.moderated or has_voice)


def _state(room: Room, user: JID) -> RegistrationQuery:
    if is_member(room.affiliation(user)):
        return RegistrationQuery(registered=True, username=room.affiliations.nick_of(user) or "")
    form = RoomRegistration.blank(title="Registration", instructions=["Choose the nickname that is to be reserved."])
    form.fields = [one for one in form.fields if one.var in (NICK, "FORM_TYPE")]
    for one in form.fields:
        one.required = one.var == NICK
    return RegistrationQuery(form=form)


def _registration(room: Room, user: JID, query: RegistrationQuery) -> Affiliating:
    if query.form is None:
        raise RoomError(ErrorCondition.BAD_REQUEST, "a form is missing")
    nick = RoomRegistration.from_form(query.form).nick
    if not nick:
        raise RoomError(ErrorCondition.NOT_ACCEPTABLE, "a nickname is missing")
    check_nick(room, user, nick)
    affiliation = room.affiliation(user)
    return Affiliating(user, affiliation if is_member(affiliation) else MucAffiliation.MEMBER, nick)


def _removal(room: Room, user: JID) -> Affiliating:
    """Members go; admins and owners give up their nickname only, since others decide what they are."""
    affiliation = room.affiliation(user)
    if not is_member(affiliation):
        raise RoomError(ErrorCondition.REGISTRATION_REQUIRED, "not registered")
    return Affiliating(user, affiliation if is_admin(affiliation) else MucAffiliation.NONE, nick="")
