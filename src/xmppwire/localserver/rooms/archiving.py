"""Archives of rooms (XEP-0313 section 7): kept where the configuration says that the room is logged, which all are told (status
170), and read by those who may enter."""

from __future__ import annotations

from dataclasses import replace

from ...jid import JID
from ...protocol import mam
from ...protocol.mam import ArchiveMetadata, ArchiveQuery
from ...protocol.muc import MucAffiliation
from ...stanza import ErrorCondition, Iq, IqType, Message
from ..archive import Archive
from ..archiving import filter_form, has_lasting_content, read_filter
from ..service import RequestError
from .house import RoomError
from .permissions import is_member
from .room import Room

FEATURES = (mam.NAMESPACE, f"{mam.NAMESPACE}#extended")


def keep(room: Room, message: Message, id: str, now: float) -> None:
    """Keep what was said, under the id that the room gave to it."""
    if room.archives and has_lasting_content(message):
        _archive(room).add(message, room.house.stamp(now), id)


def answer(room: Room, iq: Iq, sender: JID, now: float) -> None:
    """Answer a request about the archive. Raises `RoomError` and `PayloadError`."""
    if not room.archives:
        raise RoomError(ErrorCondition.SERVICE_UNAVAILABLE, "nothing is kept here")
    if not _may_read(room, sender):
        raise RoomError(ErrorCondition.FORBIDDEN, "only those who may enter read what was said")
    archive, query = _archive(room), iq.get(ArchiveQuery)
    if iq.type is IqType.GET:
        room.house.post(iq.result(archive.metadata() if query is None else ArchiveQuery(form=filter_form())), now)
        return
    if query is None or query.node is not None:
        raise RoomError(ErrorCondition.BAD_REQUEST)
    try:
        page = archive.page(archive.select(read_filter(query)), query.set, room.house.hub.limits.queue_bytes // 4)
    except RequestError as refused:
        raise RoomError(ErrorCondition(refused.error.condition), refused.error.text) from refused
    for record in reversed(page.records) if query.flip_page else page.records:
        room.house.post(Message(sender, sender=room.jid, payloads=[record.result(query.queryid)]), now)
    room.house.post(iq.result(page.fin()), now)


def _archive(room: Room) -> Archive:
    if room.archive is None:
        hub, limits = room.house.hub, room.house.limits
        bounds = replace(hub.limits, archive_messages=limits.archive_messages, archive_bytes=limits.archive_bytes)
        room.archive = Archive(bounds, hub.random)
    return room.archive


def _may_read(room: Room, reader: JID) -> bool:
    """Whether somebody is in the room, or could enter it without a word (section 7.1)."""
    affiliation = room.affiliation(reader)
    if room.occupants.of(reader) is not None:
        return True
    settings = room.settings
    closed = settings.members_only or settings.password is not None
    return is_member(affiliation) or (not closed and affiliation is not MucAffiliation.OUTCAST)


ARCHIVE = (ArchiveQuery.element_names[0], ArchiveMetadata.element_names[0])
"""The requests about archives."""
