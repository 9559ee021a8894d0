"""Who belongs to a room, or must stay out, whether there or not (XEP-0045 section 5.2)."""

from __future__ import annotations

from dataclasses import dataclass

from ...jid import JID
from ...protocol.muc import MucAffiliation
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

    def has_room(self, more: int = 1) -> bool:
        """Whether so many more users can be noted."""
        return len(self._entries) + more <= self._limits.affiliations

    def exactly(self, jid: JID) -> MucAffiliation:
        """What is noted for exactly this user or domain."""
        entry = self._entries.get(jid)
        return MucAffiliation.NONE if entry is None else entry.affiliation

    def put(self, jid: JID, affiliation: MucAffiliation, nick: str | None = None, reason: str | None = None) -> None:
        """Set the affiliation of a bare JID. A reserved nickname stays unless there is another one (`""`: none); who is
        banned, or nothing to the room any more, has none."""
        if affiliation is MucAffiliation.NONE:
            self._entries.pop(jid, None)
            return
        old = self._entries.get(jid)
        if nick is None and old is not None:
            nick = old.nick
        if affiliation is MucAffiliation.OUTCAST:
            nick = None
        reason = None if reason is None else reason[: self._limits.reason]
        self._entries[jid] = Entry(affiliation, nick or None, reason)
