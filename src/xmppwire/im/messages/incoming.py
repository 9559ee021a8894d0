"""How a message came: live, as a copy for our other clients, out of an archive, or sent by ourselves."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias, TypeVar

from ...jid import JID
from ...payload import Payload, PayloadError
from ...protocol.delay import Delay
from ...protocol.stanza_id import OriginId, StanzaId
from ...stanza import Message
from ..archive import ArchivedMessage
from ..carbons import Carbon, ForgedCarbon, read_carbon
from ..catch_up import Arrived

P = TypeVar("P", bound=Payload)


class Source(Enum):
    """How a message came."""

    LIVE = "live"
    """To this client, as it was sent or a little later: held back by a server it is still live."""
    CARBON = "carbon"
    """As a copy of what another client of the account sent or received (XEP-0280)."""
    ARCHIVE = "archive"
    """Out of an archive (XEP-0313)."""
    SENT = "sent"
    """It did not come: this client sends it."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message without what it was wrapped in. `archive_id`: what the archive calls it, where that told us; `stamp`: when the
    archive received it, or the copy was held back since. `sent`: it is the copy of one that the account sent."""

    message: Message
    source: Source
    archive_id: str | None = None
    stamp: datetime | None = None
    sent: bool = False


MessageEvent: TypeAlias = Message | Arrived | ArchivedMessage | Carbon | Incoming
"""What brings a message: the stream, `CatchUp`, an archive's page, or what `read_carbon` and `read_incoming` found."""


def read_incoming(event: MessageEvent, own: JID) -> Incoming | ForgedCarbon:
    """What a message is, and how it came to the client with the full JID `own`."""
    match event:
        case Incoming():
            return event
        case ArchivedMessage(id=id_, stamp=stamp, message=message):
            return Incoming(message, Source.ARCHIVE, id_, stamp)
        case Arrived(message=message, id=id_, stamp=stamp) if stamp is not None:
            return Incoming(message, Source.ARCHIVE, id_, stamp)
        case Arrived(message=message, id=id_):
            found = read_incoming(message, own)
            if isinstance(found, ForgedCarbon):
                return found
            return Incoming(found.message, found.source, found.archive_id or id_, found.stamp, found.sent)
        case Carbon(message=message, sent=sent, stamp=stamp):
            return Incoming(message, Source.CARBON, None, stamp, sent)
        case Message():
            copy = read_carbon(event, own)
            return (
                Incoming(event, Source.LIVE)
                if copy is None
                else read_incoming(copy, own)
                if isinstance(copy, Carbon)
                else copy
            )


def peer_of(event: MessageEvent, own: JID) -> JID | None:
    """Whose conversation a message belongs to: the bare JID of the other one, or of the room; ours for what we say to
    ourselves. None for a forged copy, and for what has no sender.

    The occupant of a room who writes in private has the room's bare JID too: look at the type, and use the full one for
    them.
    """
    found = read_incoming(event, own)
    if isinstance(found, ForgedCarbon):
        return None
    sender, to = found.message.sender, found.message.to
    if found.sent or (found.source is Source.ARCHIVE and sender is not None and sender.bare == own.bare):
        return None if to is None else to.bare
    return None if sender is None else sender.bare


@dataclass(frozen=True, slots=True)
class MessageIds:
    """The names of a message: `id` on the stanza, `origin_id` from its sender (XEP-0359), and `stanza_id` from the room or,
    outside rooms, from the account's archive."""

    id: str | None = None
    origin_id: str | None = None
    stanza_id: str | None = None

    def for_correction(self) -> str | None:
        """What a correction, and outside rooms a receipt, a marker and a retraction, names the message by."""
        return self.id or self.origin_id

    def for_reference(self, room: bool) -> str | None:
        """What reactions, replies and attachments name the message by: in a room by what the room called it, or not at
        all (XEP-0444 section 4.2, XEP-0461 section 4.1, XEP-0367 section 4.1)."""
        return self.stanza_id if room else self.origin_id or self.id


def message_ids(message: Message, by: JID | None = None) -> MessageIds:
    """The names of a message. `by` is who gives out stanza ids here: the room, or the account; None where it does not
    announce `urn:xmpp:sid:0`, since then anybody may have written them. Two of one giver are not believed either."""
    origins = read_all(message, OriginId)
    given = [] if by is None else [one.id for one in read_all(message, StanzaId) if one.by == by]
    return MessageIds(
        message.id or None,
        origins[0].id or None if len(origins) == 1 else None,
        given[0] or None if len(given) == 1 else None,
    )


def read_all(message: Message, kind: type[P]) -> list[P]:
    """The payloads of this class; none where one of them does not decode."""
    try:
        return message.get_all(kind)
    except PayloadError:
        return []


def is_delayed(message: Message) -> bool:
    """Whether a message says, rightly or not, that it was held back on its way (XEP-0203)."""
    try:
        return message.get(Delay) is not None
    except PayloadError:
        return True


def sent_at(found: Incoming, delayers: Container[JID | None], now: datetime | None) -> datetime | None:
    """When a message was sent, as far as those tell whose part it is: the archive, or `delayers`, who hold messages back."""
    if found.stamp is not None:
        return found.stamp
    try:
        delay = found.message.get(Delay)
    except PayloadError:
        delay = None
    if delay is None or delay.sender not in delayers or found.source is Source.SENT:
        return now
    return delay.stamp if now is None else min(delay.stamp, now)
