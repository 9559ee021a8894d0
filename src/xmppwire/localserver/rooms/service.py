"""`RoomService`: where stanzas for rooms come in, and which room they are for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from ...jid import JID
from ...payload import PayloadError
from ...protocol import disco
from ...protocol.disco import DiscoInfo, DiscoItem, DiscoItems
from ...protocol.in_band_registration import RegistrationQuery
from ...protocol.message_moderation import Moderate
from ...protocol.muc import MucAffiliation, MucJoin
from ...protocol.muc_admin import MucAdminQuery
from ...protocol.muc_owner import MucOwnerQuery
from ...protocol.muc_user import MucStatusCode
from ...stanza import ErrorCondition, Iq, IqType, Message, MessageType, Presence, PresenceType, Stanza, StanzaError
from ..accounts import Account
from ..hub import Correspondent, Hub
from . import administration, archiving, asking, discovery, entering, moderation, ownership, registration, talking
from .house import House, RoomError
from .relay import PING, Relay
from .room import News, Room
from .settings import Settings

INFO = (disco.INFO_NAMESPACE, "query")
ITEMS = (disco.ITEMS_NAMESPACE, "query")

LOST = frozenset(
    (
        ErrorCondition.GONE,
        ErrorCondition.ITEM_NOT_FOUND,
        ErrorCondition.RECIPIENT_UNAVAILABLE,
        ErrorCondition.REDIRECT,
        ErrorCondition.REMOTE_SERVER_NOT_FOUND,
        ErrorCondition.REMOTE_SERVER_TIMEOUT,
    )
)
"""Errors that say that a client is not there any more (section 18.1.2)."""


class RoomService:
    """The rooms of all domains of a server. It takes stanzas as a component's link does."""

    account: Account | None = None

    def __init__(
        self,
        hub: Hub,
        prefix: str,
        deliver: Callable[[Correspondent, Message | Presence | Iq, float], None],
        *,
        archive: bool,
    ) -> None:
        self.addresses = hub.addresses_under(prefix)
        """Where rooms live."""
        self._names = frozenset(jid.domainpart for jid in self.addresses)
        self.component: JID | None = self.addresses[0] if self.addresses else None
        """As a component it may ask every client."""
        self.rooms: dict[JID, Room] = {}
        self._house = House(hub, partial(deliver, self), archive)
        self._relay = Relay(self._house)
        self._inbox: deque[tuple[Stanza, float]] = deque()
        self._busy = False

    def __contains__(self, jid: JID) -> bool:
        """Whether rooms live in the domain of this address."""
        return jid.domainpart in self._names

    def items(self) -> list[DiscoItem]:
        """What the server says that there is. A component may have taken the place."""
        return [DiscoItem(jid=jid, name="Rooms") for jid in self.addresses if jid not in self._house.hub.components]

    def queue(self, stanza: Stanza, now: float) -> bool:
        """Take a stanza. What comes of sending others is taken when that is done: no room changes while it is told of."""
        self._inbox.append((stanza, now))
        if not self._busy:
            self._busy = True
            try:
                while self._inbox:
                    self._take(*self._inbox.popleft())
            finally:
                self._busy = False
        return False

    def shutdown(self, now: float) -> None:
        """Tell everybody that the service ends (section 11.2)."""
        for room in list(self.rooms.values()):
            ownership.remove_all(room, MucStatusCode.REMOVED_BY_SHUTDOWN, now)
            self._sweep(room)

    # --- where to ---------------------------------------------------------------------------------------------------

    def _take(self, stanza: Stanza, now: float) -> None:
        to, sender = stanza.to, stanza.sender
        if to is None or sender is None:
            return
        room = self.rooms.get(to.bare)
        try:
            if isinstance(stanza, Iq):
                self._iq(room, stanza, to, sender, now)
            elif stanza.type_value == "error":
                self._error(room, stanza, to, sender, now)
            elif isinstance(stanza, Message):
                self._message(room, stanza, to, now)
            elif isinstance(stanza, Presence):
                self._presence(room, stanza, to, sender, now)
        except RoomError as error:
            self._refuse(stanza, StanzaError(error.condition, error.type, error.text, by=to.bare), now)
        except PayloadError as error:
            self._refuse(stanza, StanzaError(ErrorCondition.BAD_REQUEST, text=str(error)[:200], by=to.bare), now)
        if room is not None:
            self._sweep(room)

    def _refuse(self, stanza: Stanza, error: StanzaError, now: float) -> None:
        if stanza.type_value not in ("error", "result", "unavailable"):
            self._house.post(stanza.error_reply(error), now)

    def _sweep(self, room: Room) -> None:
        """Forget a room that nobody needs."""
        if room.is_idle and self.rooms.get(room.jid) is room:
            del self.rooms[room.jid]

    # --- presence ---------------------------------------------------------------------------------------------------

    def _presence(self, room: Room | None, presence: Presence, to: JID, sender: JID, now: float) -> None:
        if presence.type is PresenceType.UNAVAILABLE:
            if room is not None:
                entering.leave(room, sender, presence, now)
        elif presence.type is PresenceType.SUBSCRIBE:
            self._house.post(Presence(sender.bare, sender=to.bare, type=PresenceType.UNSUBSCRIBED), now)
        elif presence.type is not None:
            return  # there is no presence to be subscribed to, or to be probed
        elif to.localpart is None or to.resourcepart is None:
            raise RoomError(ErrorCondition.JID_MALFORMED, "a nickname is missing")
        elif room is not None:
            entering.available(room, sender, to.resourcepart, presence, now)
        elif presence.get(MucJoin) is None:
            self._house.post(entering.not_here(to, sender), now)
        else:
            self._create(to, sender, to.resourcepart, presence, now)

    def _create(self, to: JID, sender: JID, nick: str, presence: Presence, now: float) -> None:
        """Make a room: it is locked until its owner has configured it (section 10.1)."""
        limits = self._house.limits
        owned = sum(room.affiliation(sender) is MucAffiliation.OWNER for room in self.rooms.values())
        if owned >= limits.rooms_of_one:
            raise RoomError(ErrorCondition.NOT_ALLOWED, "too many rooms are yours already")
        if len(self.rooms) >= limits.rooms:
            raise RoomError(ErrorCondition.RESOURCE_CONSTRAINT, "there are too many rooms")
        room = Room(self._house, to.bare, Settings())
        room.affiliations.put(sender.bare, MucAffiliation.OWNER)
        self.rooms[room.jid] = room
        try:
            entering.available(room, sender, nick, presence, now)
        finally:
            self._sweep(room)

    # --- messages ---------------------------------------------------------------------------------------------------

    def _message(self, room: Room | None, message: Message, to: JID, now: float) -> None:
        if room is None or room.locked:
            raise RoomError(ErrorCondition.ITEM_NOT_FOUND, "there is no such room, or it is locked")
        if to.resourcepart is not None:
            talking.to_one(room, message, to.resourcepart, now)
        elif message.type is MessageType.GROUPCHAT:
            talking.to_all(room, message, now)
        else:
            asking.to_room(room, message, now)

    def _error(self, room: Room | None, stanza: Stanza, to: JID, sender: JID, now: float) -> None:
        """Something could not be delivered. A client that cannot be reached is a ghost (section 18.1.2)."""
        if room is None:
            return
        try:
            error = stanza.error
        except PayloadError:
            return
        if error is not None and self._is_lost(error.condition, sender):
            entering.depart(room, sender, News(gone=True, codes=(MucStatusCode.REMOVED_BY_ERROR,)), now)
        elif isinstance(stanza, Message) and to.resourcepart is not None:
            talking.error_to_one(room, stanza, to.resourcepart, now)

    def _is_lost(self, condition: ErrorCondition, client: JID) -> bool:
        """Whether an error says that a client is gone. `service-unavailable` is said of those too, but also by who does not
        want something: it counts where nobody is."""
        if condition is not ErrorCondition.SERVICE_UNAVAILABLE:
            return condition in LOST
        account = self._house.hub.accounts.get(client)
        return account is None or (client.resourcepart or "") not in account.resources

    # --- IQs --------------------------------------------------------------------------------------------------------

    def _iq(self, room: Room | None, iq: Iq, to: JID, sender: JID, now: float) -> None:
        if not iq.is_request:
            self._relay.answer(iq, now)
        elif to.resourcepart is not None:
            self._relay.ask(room, iq, to, now)
        elif to.localpart is None:
            self._ask_service(iq, to, now)
        elif room is None or (room.locked and room.affiliation(sender) is not MucAffiliation.OWNER):
            raise RoomError(ErrorCondition.ITEM_NOT_FOUND, "there is no such room, or it is locked")
        else:
            self._ask_room(room, iq, sender, now)

    def _ask_service(self, iq: Iq, to: JID, now: float) -> None:
        if iq.type is IqType.GET and iq.payload_name == PING:
            self._house.post(iq.result(), now)
        elif iq.type is IqType.GET and (info := iq.get(DiscoInfo)) is not None:
            self._house.post(iq.result(discovery.service_info(info)), now)
        elif iq.type is IqType.GET and (items := iq.get(DiscoItems)) is not None:
            here = [room for room in self.rooms.values() if room.jid.domain == to]
            self._house.post(iq.result(discovery.service_items(items, here, self._house.hub.limits.answer_bytes)), now)
        else:
            raise RoomError(ErrorCondition.SERVICE_UNAVAILABLE)

    def _ask_room(self, room: Room, iq: Iq, sender: JID, now: float) -> None:
        if (admin := iq.get(MucAdminQuery)) is not None:
            administration.answer(room, iq, admin, now)
        elif (owner := iq.get(MucOwnerQuery)) is not None:
            ownership.answer(room, iq, owner, now)
        elif (register := iq.get(RegistrationQuery)) is not None:
            registration.answer(room, iq, register, now)
        elif iq.payload_name in archiving.ARCHIVE:
            archiving.answer(room, iq, sender, now)
        elif (moderate := iq.get(Moderate)) is not None:
            moderation.answer(room, iq, moderate, now)
        elif iq.type is IqType.GET and (info := iq.get(DiscoInfo)) is not None:
            self._house.post(iq.result(discovery.room_info(room, info, sender)), now)
        elif iq.type is IqType.GET and (items := iq.get(DiscoItems)) is not None:
            self._house.post(iq.result(discovery.room_items(room, items, sender)), now)
        elif iq.type is IqType.GET and iq.payload_name == PING:
            self._house.post(iq.result(), now)
        else:
            raise RoomError(ErrorCondition.SERVICE_UNAVAILABLE)
