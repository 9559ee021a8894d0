"""A room that the test plays: what it sends to whom is in it, and wants to be in it."""

from __future__ import annotations

import random
from typing import Any

from xmppwire.im.rooms import Joined, Room
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.muc import MucAffiliation, MucRole
from xmppwire.protocol.muc_user import MucItem, MucStatus, MucUser
from xmppwire.stanza import Message, Presence
from xmppwire.xml import Element

ROOM = JID("coven@chat.shakespeare.lit")
HAG = JID("hag66@shakespeare.lit/pda")
NICK = "thirdwitch"


def at(nick: str | None) -> JID:
    return ROOM if nick is None else ROOM.with_resource(nick)


def user(
    *codes: str,
    affiliation: str | None = "member",
    role: str | None = "participant",
    **more: Any,
) -> MucUser:
    item = MucItem(
        affiliation=None if affiliation is None else MucAffiliation(affiliation),
        role=None if role is None else MucRole(role),
        **{name: value for name, value in more.items() if name in ("jid", "nick", "actor", "reason")},
    )
    rest = {name: value for name, value in more.items() if name not in ("jid", "nick", "actor", "reason")}
    return MucUser(items=[item], statuses=[MucStatus(code=code) for code in codes], **rest)


def here(who: str, *codes: str, extra: list[Payload | Element] | None = None, **more: Any) -> Presence:
    """An occupant is there."""
    known = {name: more.pop(name) for name in ("show", "status", "id") if name in more}
    return Presence(HAG, sender=at(who), payloads=[user(*codes, **more), *(extra or [])], **known)


def gone(who: str, *codes: str, status: str | None = None, **more: Any) -> Presence:
    """An occupant is not there any more."""
    more.setdefault("role", "none")
    return Presence(HAG, type="unavailable", sender=at(who), status=status, payloads=[user(*codes, **more)])


def refusal(condition: str, to: Presence, nick: str | None = NICK) -> Presence:
    """The room does not take a presence of ours."""
    return to.replace(to=None).error_reply(condition).replace(sender=at(nick), to=HAG)


def say(nick: str | None, body: str | None = None, *payloads: Payload | Element, **more: Any) -> Message:
    """Something is said to all."""
    return Message(HAG, body, type="groupchat", sender=at(nick), payloads=payloads, **more)


def fresh(nick: str = NICK, **more: Any) -> Room:
    return Room(ROOM, nick, random=random.Random(7).randbytes, **more)


def inside(**more: Any) -> Room:
    """A room that we are in, with the first and the second witch, live."""
    room = fresh(**more)
    room.join()
    for presence in (
        here("firstwitch", affiliation="owner", role="moderator"),
        here("secondwitch", affiliation="admin", role="moderator"),
    ):
        room.feed(presence)
    assert isinstance(room.feed(here(NICK, "110")), Joined)
    room.feed(say("secondwitch", subject="Fire Burn and Cauldron Bubble!"))
    assert room.live
    return room
