"""Who is in a room: occupants by nickname, each with one client of a user or several (XEP-0045 section 7.2.8)."""

from __future__ import annotations

from collections.abc import Iterator

from ...jid import JID
from ...protocol.muc import MucRole
from ...stanza import Presence
from .house import House
from .nicks import nick_key


class Occupant:
    """One nickname, and the clients of the user who has it."""

    def __init__(self, nick: str, user: JID, role: MucRole) -> None:
        self.nick = nick
        self.user = user
        """The bare JID."""
        self.role = role
        self.sessions: dict[JID, Presence] = {}
        """What each client sent last, by its full JID."""

    @property
    def main(self) -> JID:
        """The client that the room shows: the one that was heard of last."""
        return next(reversed(self.sessions))

    @property
    def presence(self) -> Presence:
        """What the room shows of the occupant."""
        return self.sessions[self.main]


class Occupants:
    """All occupants of one room."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._by_nick: dict[str, Occupant] = {}
        self._by_session: dict[JID, Occupant] = {}

    def __len__(self) -> int:
        return len(self._by_nick)

    def __iter__(self) -> Iterator[Occupant]:
        return iter(list(self._by_nick.values()))

    def get(self, nick: str | None) -> Occupant | None:
        """The occupant of this nickname."""
        return None if nick is None else self._by_nick.get(nick)

    def of(self, session: JID | None) -> Occupant | None:
        """The occupant that a client is."""
        return None if session is None else self._by_session.get(session)

    def of_user(self, user: JID) -> list[Occupant]:
        """What a user, or a whole domain, is here."""
        return [one for one in self if user in (one.user, one.user.domain)]

    def sessions(self) -> Iterator[tuple[Occupant, JID]]:
        """All clients."""
        return ((one, session) for one in self for session in list(one.sessions))

    def conflicting(self, nick: str, user: JID) -> bool:
        """Whether somebody else has this nickname, or one that looks the same."""
        key = nick_key(nick)
        return any(one.user != user and nick_key(one.nick) == key for one in self)

    def put(self, occupant: Occupant, session: JID, presence: Presence) -> None:
        """A client is there, or says something new of itself."""
        if session not in self._by_session:
            self._house.occupancies += 1
        self._by_nick[occupant.nick] = occupant
        self._by_session[session] = occupant
        occupant.sessions.pop(session, None)
        occupant.sessions[session] = presence

    def drop(self, session: JID) -> None:
        """A client is gone; so is the occupant with the last one."""
        occupant = self._by_session.pop(session)
        self._house.occupancies -= 1
        if len(occupant.sessions) == 1:
            del self._by_nick[occupant.nick]  # it keeps the last presence, to be told of
        else:
            del occupant.sessions[session]

    def rename(self, occupant: Occupant, nick: str) -> None:
        """An occupant has another nickname."""
        del self._by_nick[occupant.nick]
        occupant.nick = nick
        self._by_nick[nick] = occupant
