"""Messages for the room itself: invitations, refusals of them, and requests for voice (XEP-0045 sections 7.8, 7.13 and 8.6)."""

from __future__ import annotations

from ...jid import JID
from ...protocol.data_forms import DataForm, DataFormType
from ...protocol.muc import MucAffiliation, MucRole
from ...protocol.muc_forms import OccupantRole, VoiceRequest
from ...protocol.muc_user import MucDecline, MucInvite, MucUser
from ...stanza import ErrorCondition, Message, MessageType
from .house import RoomError
from .permissions import is_admin, is_member
from .room import Room
from .talking import occupant_of


def to_room(room: Room, message: Message, now: float) -> None:
    """Somebody has sent a message that is for the room. Raises `RoomError` and `PayloadError`."""
    user = message.get(MucUser)
    form = message.get(DataForm)
    if message.type is not MessageType.NORMAL:
        raise RoomError(ErrorCondition.BAD_REQUEST, "what is for all is of type groupchat")
    if user is not None and user.invites:
        _invite(room, message, user.invites, now)
    elif user is not None and user.decline is not None:
        _decline(room, message, user.decline, now)
    elif form is not None and form.form_type in VoiceRequest.form_types:
        _voice(room, message, VoiceRequest.from_form(form), now)
    else:
        raise RoomError(ErrorCondition.BAD_REQUEST, "what is for all is of type groupchat")


# --- invitations ----------------------------------------------------------------------------------------------------


def _invite(room: Room, message: Message, invites: list[MucInvite], now: float) -> None:
    inviter = occupant_of(room, message.sender)
    affiliation = room.affiliation(inviter.user)
    settings, house = room.settings, room.house
    lets = is_admin(affiliation) or (settings.members_may_invite and is_member(affiliation))
    if settings.members_only and not lets:
        raise RoomError(ErrorCondition.FORBIDDEN, "only admins may invite")
    if len(invites) > house.limits.invitees:
        raise RoomError(ErrorCondition.POLICY_VIOLATION, "too many are invited at once")
    people = [invite.to for invite in invites if invite.to is not None]
    if len(people) < len(invites):
        raise RoomError(ErrorCondition.BAD_REQUEST, "an invitation names whom it is for")
    for person in people:
        if house.hub.is_local(person) and house.hub.accounts.get(person) is None:
            raise RoomError(ErrorCondition.ITEM_NOT_FOUND, "there is no such user")
        if room.affiliation(person) is MucAffiliation.OUTCAST:
            raise RoomError(ErrorCondition.NOT_ALLOWED, "who is banned cannot be invited")
    new = {person.bare for person in people if settings.members_only and not is_member(room.affiliation(person))}
    if not room.affiliations.has_room(new):
        raise RoomError(ErrorCondition.RESOURCE_CONSTRAINT, "the room has too many members")
    for person in new:
        room.affiliations.put(person, MucAffiliation.MEMBER)
    for asked, person in zip(invites, people, strict=True):
        house.post(invite(room, person, message.sender or inviter.user, asked), now)


def invite(room: Room, to: JID, by: JID, asked: MucInvite) -> Message:
    """The invitation of somebody; it may be declined from now on."""
    occupant = room.occupants.of(by)
    told = room.jid if occupant is None else room.address(occupant)
    if room.settings.non_anonymous:
        told = by.bare
    room.invited.pop((to.bare, told), None)
    room.invited[to.bare, told] = by
    while len(room.invited) > room.house.limits.invitations:
        del room.invited[next(iter(room.invited))]
    sent = MucInvite(sender=told, reason=asked.reason, continuation=asked.continuation)
    user = MucUser(invites=[sent], password=room.settings.password)
    return Message(to, sender=room.jid, id=room.house.hub.fresh_id(), payloads=[user])


def _decline(room: Room, message: Message, decline: MucDecline, now: float) -> None:
    """Pass on a refusal: only to who has invited, or anybody could send anything to anybody through the room."""
    if message.sender is None or decline.to is None:
        raise RoomError(ErrorCondition.BAD_REQUEST, "a refusal names whom it is for")
    invitee = message.sender.bare
    told = decline.to if (invitee, decline.to) in room.invited else decline.to.bare
    inviter = room.invited.pop((invitee, told), None)
    if inviter is None:
        raise RoomError(ErrorCondition.ITEM_NOT_FOUND, "there is no such invitation")
    user = MucUser(decline=MucDecline(sender=invitee, reason=decline.reason))
    room.house.post(Message(inviter, sender=room.jid, id=message.id, lang=message.lang, payloads=[user]), now)


# --- voice ----------------------------------------------------------------------------------------------------------


def _voice(room: Room, message: Message, request: VoiceRequest, now: float) -> None:
    sender = occupant_of(room, message.sender)
    if request.allow is not None and sender.role is MucRole.MODERATOR:
        return _decide(room, request, now)
    if request.role is not OccupantRole.PARTICIPANT:
        raise RoomError(ErrorCondition.BAD_REQUEST, "voice is what may be asked for")
    if sender.role is not MucRole.VISITOR:
        raise RoomError(ErrorCondition.NOT_ALLOWED, "who has voice needs not ask for it")
    wish = VoiceRequest(role=OccupantRole.PARTICIPANT, jid=message.sender, nick=sender.nick, allow=False)
    form = wish.to_form(DataFormType.FORM)
    form.title = "Request for voice"
    form.instructions = ["Somebody who may not speak in this room asks for permission."]
    for moderator, session in room.occupants.sessions():
        if moderator.role is MucRole.MODERATOR:
            identifier = room.house.hub.fresh_id()
            room.send([Message(session, sender=room.jid, id=identifier, payloads=[form])], now)
    return None


def _decide(room: Room, request: VoiceRequest, now: float) -> None:
    """A moderator has answered. Nothing happens if the request does not fit who is there now."""
    occupant = room.occupants.get(request.nick)
    if occupant is None or not request.allow or occupant.role is not MucRole.VISITOR:
        return
    if request.jid is not None and request.jid.bare != occupant.user:
        return
    occupant.role = MucRole.PARTICIPANT
    room.send(room.changed(occupant, was=MucRole.VISITOR), now)
