"""Rooms (Multi-User Chat, XEP-0045): being in one, and having one.

    room = Room("coven@chat.shakespeare.lit", "thirdwitch")
    room.learn(await client.run(fetch_room_info(room.jid)))     # which ids are to be believed; fails for a room yet to be made
    await client.send(room.join())
    async for event in client:
        match room.feed(event):
            case JoinFailed(problem=JoinProblem.NICK_CONFLICT): await client.send(room.join(nick="fourthwitch"))
            case Joined(created=True): await client.run(accept_defaults(room.jid))
            case RoomMessage(nick=nick, message=message, history=False): print(nick, message.body)
            case Left(): ...                                    # kicked, banned, the room is gone, ...
        if room.lost:                                           # nobody meant us to go: again, and the next time later
            await client.send(room.join())

`Room` is fed with all events of the client and says what they mean; what it hands out is for `client.send`. Everything with a
reply of its own is an operation: `administration` (kick, ban, roles, affiliations), `configuration`, `discovery`.
`invitations` and `approvals` are messages.

A room answers in this order: the occupants, ourselves (`Joined`), what was said before, the subject; from then on all is
`live`. A join may stay without any answer: set a deadline. A new stream means new joins, a resumed one does not. A room may
lose us silently, so after some minutes without a word from it run `room.self_ping()`; after this too, `lost` says what to do.
Of what was said meanwhile, the room sends what it keeps, and `im.archive` has the rest where the room has an archive.

Believe nobody: only what the room itself writes counts, which is nickname, role, affiliation, the real address and status
codes. Everything else in a message or presence is what an occupant wrote. Nicknames pass from one to another: who somebody
is, over time, only the occupant id tells (XEP-0421), where the room announces such ids, or the real address.
"""

from __future__ import annotations

from .administration import (
    ban,
    fetch_affiliated,
    fetch_occupants,
    kick,
    set_affiliation,
    set_affiliations,
    set_role,
    set_roles,
)
from .approvals import answer_request, request_voice
from .configuration import (
    accept_defaults,
    cancel_configuration,
    configure,
    destroy,
    fetch_configuration,
    submit_configuration,
)
from .discovery import (
    RoomDetails,
    fetch_reserved_nick,
    fetch_room_info,
    fetch_rooms,
    find_room_services,
    register_nick,
)
from .events import (
    AffiliationNotice,
    ConfigurationChanged,
    Departure,
    DepartureCause,
    InvitationDeclined,
    Joined,
    JoinFailed,
    JoinProblem,
    Left,
    NickChanged,
    NickRefused,
    Occupant,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    PrivateMessage,
    Refused,
    RegistrationRequested,
    RoomError,
    RoomEvent,
    RoomMessage,
    SubjectChanged,
    VoiceRequested,
)
from .invitations import (
    ForgedInvitation,
    Invitation,
    decline,
    invite,
    invite_directly,
    leads_to_room,
    read_invitation,
)
from .room import Room, RoomState
from .self_ping import self_ping

__all__ = [
    "AffiliationNotice",
    "ConfigurationChanged",
    "Departure",
    "DepartureCause",
    "ForgedInvitation",
    "Invitation",
    "InvitationDeclined",
    "JoinFailed",
    "JoinProblem",
    "Joined",
    "Left",
    "NickChanged",
    "NickRefused",
    "Occupant",
    "OccupantChanged",
    "OccupantJoined",
    "OccupantLeft",
    "PrivateMessage",
    "Refused",
    "RegistrationRequested",
    "Room",
    "RoomDetails",
    "RoomError",
    "RoomEvent",
    "RoomMessage",
    "RoomState",
    "SubjectChanged",
    "VoiceRequested",
    "accept_defaults",
    "answer_request",
    "ban",
    "cancel_configuration",
    "configure",
    "decline",
    "destroy",
    "fetch_affiliated",
    "fetch_configuration",
    "fetch_occupants",
    "fetch_reserved_nick",
    "fetch_room_info",
    "fetch_rooms",
    "find_room_services",
    "invite",
    "invite_directly",
    "kick",
    "leads_to_room",
    "read_invitation",
    "register_nick",
    "request_voice",
    "self_ping",
    "set_affiliation",
    "set_affiliations",
    "set_role",
    "set_roles",
    "submit_configuration",
]
