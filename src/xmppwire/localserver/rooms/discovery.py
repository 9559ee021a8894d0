"""What discovery tells about the service and its rooms (XEP-0045 sections 6 and 7.12)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from ...jid import JID
from ...protocol import (
    disco,
    in_band_registration,
    message_moderation,
    muc,
    muc_self_ping,
    occupant_id,
    ping,
    rsm,
    stanza_id,
)
from ...protocol.data_forms import DataFormType
from ...protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from ...protocol.muc import MucRoomFeature
from ...protocol.muc_forms import RoomInfo
from ...protocol.rsm import First, ResultSet
from ...stanza import ErrorCondition
from ..stored import to_text
from . import archiving
from .house import RoomError
from .room import Room

NICK_NODE = "x-roomuser-item"
"""The node at which a room tells somebody the own reserved nickname."""
PAGE = 200
"""Rooms in one answer."""

SERVICE_FEATURES = [
    disco.INFO_NAMESPACE,
    disco.ITEMS_NAMESPACE,
    muc.NAMESPACE,
    MucRoomFeature.ROOMS,
    muc.STABLE_ID_FEATURE,
    occupant_id.NAMESPACE,
    ping.NAMESPACE,
    rsm.NAMESPACE,
]
ROOM_FEATURES = [
    disco.INFO_NAMESPACE,
    disco.ITEMS_NAMESPACE,
    muc.NAMESPACE,
    muc.STABLE_ID_FEATURE,
    muc_self_ping.OPTIMIZATION_FEATURE,
    occupant_id.NAMESPACE,
    stanza_id.NAMESPACE,
    in_band_registration.NAMESPACE,
    message_moderation.NAMESPACE,
    ping.NAMESPACE,
]


def service_info(query: DiscoInfo) -> DiscoInfo:
    """What the service is. Raises `RoomError` for a node."""
    if query.node is not None:
        raise RoomError(ErrorCondition.ITEM_NOT_FOUND)
    return DiscoInfo(identities=[Identity(category="conference", type="text", name="Rooms")], features=SERVICE_FEATURES)


def service_items(query: DiscoItems, rooms: Sequence[Room], answer_bytes: int) -> DiscoItems:
    """The public rooms, in pages of at most so many bytes. Raises `RoomError`."""
    if query.node is not None:
        raise RoomError(ErrorCondition.ITEM_NOT_FOUND)
    public = sorted((room for room in rooms if room.settings.public and not room.locked), key=lambda room: room.jid)
    asked = query.set or ResultSet()
    names = [str(room.jid) for room in public]
    most = min(PAGE, PAGE if asked.max is None else asked.max)
    start, end = 0, len(public)
    if asked.after is not None:
        start = bisect_right(names, asked.after)
    if asked.before is not None:
        end = bisect_left(names, asked.before) if asked.before else end
        start = max(start, end - most)
    items = [DiscoItem(jid=room.jid, name=room.settings.room_name) for room in public[start:end][:most]]
    sizes = [len(to_text(item).encode()) for item in items]
    excess = sum(sizes) - answer_bytes
    while excess > 0 and len(items) > 1:  # the far end goes
        far = 0 if asked.before is not None else -1
        excess -= sizes.pop(far)
        del items[far]
        start += far == 0
    if query.set is None and len(items) == len(public):
        return DiscoItems(items=items)
    described = ResultSet(count=len(public))
    if items:
        first = First(index=start, id=str(items[0].jid))
        described = ResultSet(count=len(public), first=first, last=str(items[-1].jid))
    return DiscoItems(items=items, set=described)


def room_info(room: Room, query: DiscoInfo, asker: JID) -> DiscoInfo:
    """What a room is, or the nickname that is reserved for who asks. Raises `RoomError`."""
    if query.node == NICK_NODE:
        nick = room.affiliations.nick_of(asker)
        identities = [] if nick is None else [Identity(category="conference", type="text", name=nick)]
        return DiscoInfo(node=NICK_NODE, identities=identities)
    if query.node is not None:
        traffic = query.node == muc.TRAFFIC_NODE  # all of it goes through (section 18.1)
        raise RoomError(ErrorCondition.SERVICE_UNAVAILABLE if traffic else ErrorCondition.ITEM_NOT_FOUND)
    settings = room.settings
    name = settings.room_name or room.jid.localpart
    open_to_asker = settings.public or room.occupants.of(asker) is not None
    info = RoomInfo(
        description=settings.description,
        lang=settings.lang,
        occupants=len(room.occupants),
        subject=None if room.subject is None or not open_to_asker else room.subject.message.subject,
        occupants_may_change_subject=settings.occupants_may_change_subject,
        max_history_fetch=settings.max_history_fetch,
    )
    return DiscoInfo(
        identities=[Identity(category="conference", type="text", name=name)],
        features=[*ROOM_FEATURES, *(archiving.FEATURES if room.archives else ()), *settings.features()],
        forms=[info.to_form(DataFormType.RESULT)],
    )


def room_items(room: Room, query: DiscoItems, asker: JID) -> DiscoItems:
    """Who is in a room, for those who are there too (section 6.5). Raises `RoomError`."""
    if query.node is not None:
        raise RoomError(ErrorCondition.ITEM_NOT_FOUND)
    if room.occupants.of(asker) is None:
        return DiscoItems()
    return DiscoItems(items=[DiscoItem(jid=room.address(one)) for one in room.occupants if room.shows(one.role)])
