"""Who belongs to a room, or must stay out, whether there or not (XEP-0045 section 5.2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ...jid import JID
from ...protocol.muc import MucAffiliation
from ...protocol.muc_admin import MucAdminItem
from ..stored import to_text
from .limits import RoomLimits
from .nicks import nick_key


@dataclass(slots=True)
class Entry:
    """One user, or a domain that is banned."""

    affiliation: MucAffiliation
    nick: str | None = None
    """The nickname that is reserved for the user."""
    reason: str | None = None


class Affiliations:
    """The affiliations of a room, by bare JID."""

    def __init__(self, limits: RoomLimits) -> None:
        self._limits = limits
        self._entries: dict[JID, Entry] = {}
        self._size = 0

    def of(self, jid: JID) -> MucAffiliation:
        """What a user is to the room: first what the user is, then whether the domain is banned (section 9.2). A domain that is
        something else, since it entered by itself, is that for itself alone."""
        entry = self._entries.get(jid.bare)
        if entry is not None:
            return entry.affiliation
        banned = self.exactly(jid.domain) is MucAffiliation.OUTCAST
        return MucAffiliation.OUTCAST if banned else MucAffiliation.NONE

    def nick_of(self, jid: JID) -> str | None:
        """The nickname that is reserved for a user."""
        entry = self._entries.get(jid.bare)
        return None if entry is None else entry.nick

    def holder_of(self, nick: str) -> JID | None:
        """For whom a nickname, or one that looks the same, is reserved."""
        key = nick_key(nick)
        return next((jid for jid, entry in self._entries.items() if entry.nick and nick_key(entry.nick) == key), None)

    def having(self, affiliation: MucAffiliation) -> list[tuple[JID, Entry]]:
        """All who have this affiliation."""
        return [(jid, entry) for jid, entry in self._entries.items() if entry.affiliation is affiliation]

    def has_room(self, new: Collection[JID]) -> bool:
        """Whether these users can be noted as well."""
        size = self._size + sum(_size(jid, Entry(MucAffiliation.OUTCAST)) for jid in new)
        return len(self._entries) + len(new) <= self._limits.affiliations and size <= self._limits.affiliation_bytes

    def exactly(self, jid: JID) -> MucAffiliation:
        """What is noted for exactly this user or domain."""
        entry = self._entries.get(jid)
        return MucAffiliation.NONE if entry is None else entry.affiliation

    def put(self, jid: JID, affiliation: MucAffiliation, nick: str | None = None, reason: str | None = None) -> None:
        """Set the affiliation of a bare JID. A reserved nickname stays unless there is another one (`""`: none); who is
        banned, or nothing to the room any more, has none."""
        old = self._entries.get(jid)
        self._size -= 0 if old is None else _size(jid, old)
        if affiliation is MucAffiliation.NONE:
            self._entries.pop(jid, None)
            return
        if nick is None and old is not None:
            nick = old.nick
        if affiliation is MucAffiliation.OUTCAST:
            nick = None
        reason = None if reason is None else reason[: self._limits.reason]
        entry = Entry(affiliation, nick or None, reason)
        if self._size + _size(jid, entry) > self._limits.affiliation_bytes:
            entry.reason = None
        self._entries[jid] = entry
        self._size += _size(jid, entry)


def _size(jid: JID, entry: Entry) -> int:
    """How long an entry is in a list."""
    item = MucAdminItem(affiliation=entry.affiliation, jid=jid, nick=entry.nick, reason=entry.reason)
    return len(to_text(item).encode())
