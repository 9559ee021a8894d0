"""Invitations to rooms: by way of the room (XEP-0045 section 7.8.2), or straight to whom they are for (XEP-0249).

    await client.send(invite(room, "hecate@shakespeare.lit", reason="all good witches"))
    async for event in client:
        if isinstance(event, Message):
            match read_invitation(event):
                case Invitation() as invitation:
                    if await client.run(leads_to_room(invitation)):
                        ...                                         # ask the user, and enter
                case ForgedInvitation(): ...

Rooms that are for members only want the first way, all others are fine with the second; a user may get the same one both
ways: show it once, and not at all where the user is in that room already. Anybody may send us anything that looks like an
invitation. Of a direct one, who sent it is certain; of one by way of a room, the room says who invites, and whether it is a
room only asking it can tell (`leads_to_room`): entering what is none would show our presence to a stranger.

Who takes direct invitations says so among its features: `jabber:x:conference` (XEP-0249 section 3).
"""

from __future__ import annotations

from dataclasses import dataclass

from ...jid import JID
from ...operation import IqError, Operation
from ...payload import PayloadError
from ...protocol.direct_muc_invitations import DirectInvitation
from ...protocol.muc_user import MucContinue, MucDecline, MucInvite, MucUser
from ...stanza import Message, MessageType
from ..disco import fetch_info
from .discovery import is_room_info, is_room_jid


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation to `room`, with the password to it where there is one.

    `inviter` is who sent it; where the room did (`mediated`), whom it names. `continues`: it goes on with a conversation of
    two, in `thread` if there is one (section 7.9).
    """

    room: JID
    inviter: JID | None
    mediated: bool
    reason: str | None = None
    password: str | None = None
    continues: bool = False
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class ForgedInvitation:
    """A message that only looks like an invitation; `reason` says why it cannot be one."""

    sender: JID | None
    reason: str


def read_invitation(message: Message) -> Invitation | ForgedInvitation | None:
    """The invitation that a message brings; None for a message that brings none. Of copies and of messages from an archive,
    read what is in them."""
    if message.type in (MessageType.ERROR, MessageType.GROUPCHAT):
        return None
    sender = message.sender
    try:
        extension = message.get(MucUser)
        if extension is not None and extension.invites:
            return _mediated(sender, extension)
        direct = message.get(DirectInvitation)
    except PayloadError as error:
        return ForgedInvitation(sender, str(error))
    if direct is None:
        return None
    if not is_room_jid(direct.jid):
        return ForgedInvitation(sender, f"{direct.jid} is not the address of a room")
    continues = direct.continue_ or False
    return Invitation(
        direct.jid, sender, False, direct.reason, direct.password, continues, direct.thread if continues else None
    )


def _mediated(sender: JID | None, extension: MucUser) -> Invitation | ForgedInvitation:
    if sender is None or not is_room_jid(sender):
        return ForgedInvitation(sender, "only the room itself invites")
    found = extension.invites[0]
    more = found.continuation
    return Invitation(
        sender,
        found.sender,
        True,
        found.reason,
        extension.password,
        more is not None,
        None if more is None else more.thread,
    )


def leads_to_room(invitation: Invitation) -> Operation[bool]:
    """Whether there is a room at the address of an invitation, and no account, for instance. Raises what `request` raises,
    but for errors that the address answers with."""
    try:
        info = yield from fetch_info(invitation.room)
    except (IqError, PayloadError):
        return False
    return is_room_info(info)


def invite(
    room: JID | str,
    *users: JID | str,
    reason: str | None = None,
    continues: bool = False,
    thread: str | None = None,
) -> Message:
    """Invitations by way of a room that we are in: it adds its password, and may make the users members. `continues` says
    that it goes on with a conversation of two, in `thread` if there is one. Where the room does not do it, `RoomError` tells.
    Raises ValueError without any user."""
    if not users:
        raise ValueError("nobody to invite")
    more = MucContinue(thread=thread) if continues or thread is not None else None
    invites = [MucInvite(to=JID(user), reason=reason, continuation=more) for user in users]
    return Message(room, payloads=[MucUser(invites=invites)])


def invite_directly(
    user: JID | str,
    room: JID | str,
    *,
    reason: str | None = None,
    password: str | None = None,
    continues: bool = False,
    thread: str | None = None,
) -> Message:
    """An invitation from us to a user (XEP-0249)."""
    going_on = True if continues or thread is not None else None
    invitation = DirectInvitation(
        jid=JID(room).bare, password=password, reason=reason, continue_=going_on, thread=thread
    )
    return Message(user, payloads=[invitation])


def decline(invitation: Invitation, reason: str | None = None) -> Message:
    """The message that says no (section 7.8.2). Raises ValueError for a direct invitation, which is just not answered (XEP-0249
    section 2), and where nobody knows who invites."""
    if not invitation.mediated or invitation.inviter is None:
        raise ValueError("there is nobody to tell")
    return Message(invitation.room, payloads=[MucUser(decline=MucDecline(to=invitation.inviter, reason=reason))])
