"""`Room`: one room with its occupants, and how they are told of each other (XEP-0045 sections 7.1 and 7.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...jid import JID
from ...protocol.muc import MucAffiliation, MucRole
from ...protocol.muc_user import MucActor, MucDestroyed, MucItem, MucStatus, MucStatusCode, MucUser
from ...protocol.occupant_id import OccupantId, make_occupant_id
from ...stanza import Message, MessageType, Presence, PresenceType, Stanza
from ...xml import Element
from ..archive import Archive
from .affiliations import Affiliations
from .history import History, Past
from .house import House
from .occupants import Occupant, Occupants
from .permissions import is_admin
from .settings import Settings


@dataclass(frozen=True, slots=True)
class News:
    """What a presence of the room says beside who it is of."""

    codes: tuple[MucStatusCode, ...] = ()
    gone: bool = False
    """The occupant is not in the room any more, under this nickname."""
    actor: Occupant | JID | None = None
    """Who did it."""
    reason: str | None = None
    nick: str | None = None
    """The new nickname."""
    content: tuple[Element, ...] = ()
    """What an occupant says in going."""
    destroyed: MucDestroyed | None = None


STILL = News()


class Room:
    """One room. The methods that build stanzas leave it to the caller to send them, since the standard sets their order."""

    def __init__(self, house: House, jid: JID, settings: Settings) -> None:
        self.house = house
        self.jid = jid
        self.settings = settings
        self.affiliations = Affiliations(house.limits)
        self.occupants = Occupants(house)
        self.history = History(jid, house.limits)
        self.archive: Archive | None = None
        """What was said since the room keeps it (XEP-0313)."""
        self.subject: Past | None = None
        """The message that set the subject."""
        self.locked = True
        """The first owner has not configured it yet (section 10.1)."""
        self.destroyed = False
        self.invited: dict[tuple[JID, JID], JID] = {}
        """Invitations that may be declined: invitee and inviter as they were told, and the client that invited."""

    # --- what somebody is here --------------------------------------------------------------------------------------

    def affiliation(self, user: JID) -> MucAffiliation:
        """What a user is to the room."""
        return self.affiliations.of(user)

    def role(self, session: JID) -> MucRole:
        """The role of a client; `MucRole.NONE` outside of the room."""
        occupant = self.occupants.of(session)
        return MucRole.NONE if occupant is None else occupant.role

    def sees_jids(self, viewer: Occupant) -> bool:
        """Whether an occupant is shown the real addresses of all."""
        return self.settings.non_anonymous or viewer.role is MucRole.MODERATOR

    def shows(self, role: MucRole) -> bool:
        """Whether the presence of occupants with this role is sent to the others."""
        return role in self.settings.presence_broadcast

    def address(self, occupant: Occupant) -> JID:
        """The occupant JID."""
        return self.jid.with_resource(occupant.nick)

    def occupant_id(self, user: JID) -> OccupantId:
        """What identifies a user whatever the nickname (XEP-0421)."""
        return OccupantId(id=make_occupant_id(self.house.secret, user, self.jid))

    @property
    def is_idle(self) -> bool:
        """Whether nobody needs the room any more."""
        return self.destroyed or (len(self.occupants) == 0 and (self.locked or not self.settings.persistent))

    @property
    def archives(self) -> bool:
        """Whether what is said is kept in an archive."""
        return self.settings.logging and self.house.archive

    # --- sending ----------------------------------------------------------------------------------------------------

    def send(self, stanzas: Iterable[Stanza], now: float) -> None:
        """Send stanzas, each to a client."""
        for stanza in stanzas:
            self.house.post(stanza, now)

    def send_if_there(self, stanzas: Iterable[Stanza], now: float) -> None:
        """Send stanzas to those of their receivers who are still in the room."""
        for stanza in stanzas:
            if self.occupants.of(stanza.to) is not None:
                self.house.post(stanza, now)

    def reflect(self, message: Message, now: float) -> None:
        """Send a message to all occupants."""
        self.send([message.replace(to=session) for _, session in self.occupants.sessions()], now)

    def notify(self, codes: Iterable[MucStatusCode], now: float) -> None:
        """Tell all occupants about a change of the room (section 10.2.1)."""
        user = MucUser(statuses=[MucStatus(code=code) for code in codes])
        identifier = self.house.hub.fresh_id()
        self.reflect(
            Message(type=MessageType.GROUPCHAT, sender=self.jid, id=identifier, payloads=[user]),
            now,
        )

    # --- presence ---------------------------------------------------------------------------------------------------

    def own(self, occupant: Occupant, news: News = STILL, sessions: Iterable[JID] | None = None) -> list[Stanza]:
        """An occupant's presence for its own clients, or for some of them."""
        news = replace(news, codes=tuple(sorted((*news.codes, MucStatusCode.SELF_PRESENCE))))
        receivers = list(occupant.sessions) if sessions is None else sessions
        return [self._presence(occupant, occupant, session, news) for session in receivers]

    def others(self, occupant: Occupant, news: News = STILL, *, before: bool) -> list[Stanza]:
        """An occupant's presence for everybody else, as the configuration allows. `before`: they have seen it until now."""
        if not before and (news.gone or not self.shows(occupant.role)):
            return []
        if not self.shows(occupant.role):
            news = replace(news, gone=True)
        return [
            self._presence(occupant, viewer, session, news)
            for viewer, session in self.occupants.sessions()
            if viewer is not occupant
        ]

    def seen_by(self, viewer: Occupant, session: JID) -> list[Stanza]:
        """The presence of everybody else, for one client."""
        return [
            self._presence(occupant, viewer, session, STILL)
            for occupant in self.occupants
            if occupant is not viewer and self.shows(occupant.role)
        ]

    def changed(self, occupant: Occupant, news: News = STILL, *, was: MucRole | None = None) -> list[Stanza]:
        """What all are told about an occupant who stays, and whose role was another one (`was`). Who has become a moderator is
        shown the others once more, now with their addresses."""
        was = occupant.role if was is None else was
        told = [*self.others(occupant, news, before=self.shows(was)), *self.own(occupant, news)]
        if was is not MucRole.MODERATOR and occupant.role is MucRole.MODERATOR and not self.settings.non_anonymous:
            told += [one for session in occupant.sessions for one in self.seen_by(occupant, session)]
        return told

    def remove(self, occupant: Occupant, news: News) -> tuple[list[Stanza], list[Stanza]]:
        """Put an occupant out with all clients. What these are told, and what the others are told."""
        news = replace(news, gone=True)
        own = self.own(occupant, news)
        for session in list(occupant.sessions):
            self.occupants.drop(session)
        return own, self.others(occupant, news, before=self.shows(occupant.role))

    def _presence(self, occupant: Occupant, viewer: Occupant, session: JID, news: News) -> Stanza:
        sees = self.sees_jids(viewer)
        item = MucItem(
            affiliation=self.affiliation(occupant.user),
            role=MucRole.NONE if news.gone and news.nick is None else occupant.role,
            jid=(session if viewer is occupant else occupant.main) if sees or viewer is occupant else None,
            nick=news.nick,
            actor=self._actor(news.actor, sees),
            reason=news.reason,
        )
        user = MucUser(items=[item], statuses=[MucStatus(code=code) for code in news.codes], destroy=news.destroyed)
        content = news.content if news.gone else occupant.presence.elements()
        return Presence(
            session,
            sender=self.address(occupant),
            type=PresenceType.UNAVAILABLE if news.gone else None,
            id=None if news.gone else occupant.presence.id,
            lang=None if news.gone else occupant.presence.lang,
            payloads=[*content, user, self.occupant_id(occupant.user)],
        )

    def _actor(self, actor: Occupant | JID | None, sees: bool) -> MucActor | None:
        """Who did it, as far as the viewer may know."""
        if actor is None or (isinstance(actor, JID) and not sees):
            return None
        if isinstance(actor, JID):
            return MucActor(jid=actor)
        return MucActor(nick=actor.nick, jid=actor.user if sees else None)

    def capacity(self, affiliation: MucAffiliation) -> int:
        """How many may be in the room when somebody with this affiliation has entered (section 7.2.9)."""
        limits = self.house.limits
        most = self.settings.max_users or limits.occupants
        return most + limits.spare_occupants if is_admin(affiliation) else most
