"""IQs between occupants (XEP-0045 section 17.4): the room passes them on, and neither side learns the other's address.

Whether a client is still in the room it asks itself through the room; that is answered here (XEP-0410).
"""

from __future__ import annotations

from dataclasses import dataclass

from ...jid import JID
from ...protocol import disco, pubsub, vcard_temp
from ...protocol import ping as pings
from ...stanza import ErrorCondition, Iq, write_stanza
from .forgeries import without_author
from .house import House, RoomError
from .room import Room

PING = (pings.NAMESPACE, "ping")
OF_ACCOUNTS = (vcard_temp.NAMESPACE, pubsub.NAMESPACE)
"""What the account answers, not the client: these go to the bare JID."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An IQ that was passed on."""

    asker: JID
    address: JID
    """The occupant JID that was asked."""
    id: str | None
    answerer: JID


class Relay:
    """The IQs that wait for an answer."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._waiting: dict[str, Asked] = {}

    def ask(self, room: Room | None, iq: Iq, address: JID, now: float) -> None:
        """Answer a request to an occupant JID, or pass it on. Raises `RoomError`."""
        sender = iq.sender
        asker = None if room is None else room.occupants.of(sender)
        if room is None or asker is None or sender is None:
            discovery = (iq.payload_name or ("", ""))[0] in (disco.INFO_NAMESPACE, disco.ITEMS_NAMESPACE)
            raise RoomError(ErrorCondition.BAD_REQUEST if discovery else ErrorCondition.NOT_ACCEPTABLE)
        occupant = room.occupants.get(address.resourcepart)
        if occupant is None:
            raise RoomError(ErrorCondition.ITEM_NOT_FOUND, "nobody here has this nickname")
        name = iq.payload_name or ("", "")
        if occupant is asker and name == PING:
            self._house.post(iq.result(), now)
            return
        if len(write_stanza(iq)) > self._house.limits.message_bytes:
            raise RoomError(ErrorCondition.POLICY_VIOLATION, "the request is too long for a room")
        to = occupant.user if name[0] in OF_ACCOUNTS else occupant.main
        identifier = self._house.hub.fresh_id()
        self._waiting[identifier] = Asked(sender, address, iq.id, to)
        while len(self._waiting) > self._house.limits.requests:
            del self._waiting[next(iter(self._waiting))]
        self._house.post(iq.replace(sender=room.address(asker), to=to, id=identifier), now)

    def answer(self, iq: Iq, now: float) -> None:
        """Pass an answer on to who has asked. What nobody waits for, or somebody else sends, is dropped."""
        asked = self._waiting.get(iq.id or "")
        if asked is None or iq.sender != asked.answerer:
            return
        del self._waiting[iq.id or ""]
        children = without_author(iq)
        self._house.post(iq.replace(sender=asked.address, to=asked.asker, id=asked.id, children=children), now)
