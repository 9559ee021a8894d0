"""How far each chat was read, on all clients of an account (XEP-0490).

    displayed = DisplayedStates(position)        # position(chat, id): where a message stands in the history, None: unknown
    displayed.load(await client.run(fetch_displayed()), client.jid)
    async for event in client:
        for change in displayed.feed(event, client.jid):
            match change:
                case DisplayedChanged(chat=chat, id=id): ...          # read on another device, up to there
    await client.run(publish_displayed(chat, id, by=client.jid.bare, support=support))

A chat is the bare JID of a contact or a room, or the full JID of an occupant. The id is the one that the room gave to its
message, or for all other chats the own server (`stanza-id`, XEP-0359). Announce `NOTIFY_FEATURE`, so that changes come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..jid import JID
from ..operation import IqError, Operation
from ..protocol.displayed_synchronization import NAMESPACE, DisplayedUpTo
from ..protocol.pep import notify_feature
from ..protocol.pubsub import Item
from ..protocol.pubsub_event import EventItem
from ..protocol.stanza_id import StanzaId
from ..stanza import Message
from .pep import PepEvents, PepSupport, has_nothing, publish_private
from .pubsub.events import ItemsPublished, RefusedEvent
from .pubsub.items import fetch_all_items, payload_of

NOTIFY_FEATURE = notify_feature(NAMESPACE)
"""Who announces it is told of changes."""
_MAXIMUM = 10_000
"""So many chats are kept; of more, those that were not read for the longest time are forgotten."""
_EVENTS = PepEvents(own=[NAMESPACE])

Position = Callable[[JID, str], "float | None"]
"""Where the message with an id stands in the history of a chat: more is later. None for a message that is not known there."""


@dataclass(frozen=True, slots=True)
class DisplayedChanged:
    """A chat was read up to the message `id`."""

    chat: JID
    id: str


def publish_displayed(
    chat: JID | str, id: str, by: JID | str, *, support: PepSupport | None = None, timeout: float | None = None
) -> Operation[None]:
    """Tell the own clients that a chat was read up to the message that `by` calls `id` (section 4.2): the own bare JID, or the
    room. Raises what `publish_private` raises."""
    displayed = DisplayedUpTo(stanza_id=StanzaId(id=id, by=JID(by)))
    yield from publish_private(
        NAMESPACE, displayed, id=str(JID(chat)), max_items=None, support=support, timeout=timeout
    )


def with_displayed(message: Message, id: str, by: JID | str) -> Message:
    """A copy of a message, with a displayed marker for instance, that has the server do the same (section 4.5.3).

    Only where the account announces it (`PepSupport.assists_displayed`), and the receiver may know: other servers would pass
    the id on. Raises ValueError for a message that has nothing else in it, or no bare JID to go to (sections 4.5.3 and 5.1).
    """
    if message.to is None or message.to.resourcepart is not None:
        raise ValueError("the message has to go to the bare JID of the chat")
    if not message.children:
        raise ValueError("the message is empty otherwise")
    return message.with_(DisplayedUpTo(stanza_id=StanzaId(id=id, by=JID(by))))


def fetch_displayed(timeout: float | None = None) -> Operation[list[Item]]:
    """How far the chats were read, as items for `DisplayedStates.load` (section 4.4). Raises what `fetch_items` raises."""
    try:
        return (yield from fetch_all_items(NAMESPACE, maximum=_MAXIMUM, timeout=timeout))
    except IqError as error:
        if not has_nothing(error):
            raise
        return []


class DisplayedStates:
    """How far each chat was read, by what the own clients published.

    It only moves forward (section 5.1): `position` says which of two messages is the later one. What refers to a message that
    the history does not have is ignored: fetch the history first.
    """

    def __init__(self, position: Position) -> None:
        self._position = position
        self._ids: dict[JID, str] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def get(self, chat: JID) -> str | None:
        """The id of the last message of a chat that was displayed."""
        return self._ids.get(chat)

    def load(self, items: Iterable[Item | EventItem], own: JID) -> list[DisplayedChanged]:
        """Take what was fetched for the client with the full JID `own`, and say what it changed."""
        return [change for item in items for change in self._take(item, own)]

    def mark(self, chat: JID, id: str) -> bool:
        """Note that this client displayed a message. Whether that is news, and so to be published."""
        position, before = self._position(chat, id), self._ids.get(chat)
        if position is None:
            return False
        if before is not None:
            reached = self._position(chat, before)
            if reached is not None and position <= reached:
                return False
        self._ids.pop(chat, None)
        self._ids[chat] = id
        if len(self._ids) > _MAXIMUM:
            del self._ids[next(iter(self._ids))]
        return True

    def feed(self, event: object, own: JID) -> list[DisplayedChanged | RefusedEvent]:
        """Take an event of the client with the full JID `own`, and say what it changed. Only the own account is believed."""
        changes: list[DisplayedChanged | RefusedEvent] = []
        for one in _EVENTS.feed(event, own):
            if isinstance(one, RefusedEvent):
                changes.append(one)
            elif isinstance(one, ItemsPublished):
                changes += self.load(one.items, own)
        return changes

    def _take(self, item: Item | EventItem, own: JID) -> list[DisplayedChanged]:
        displayed = payload_of(item, DisplayedUpTo)
        try:
            chat = JID(item.id or "")
        except ValueError:
            return []
        if displayed is None or displayed.stanza_id.by not in (own.bare, chat.bare):
            return []
        id_ = displayed.stanza_id.id
        return [DisplayedChanged(chat, id_)] if self.mark(chat, id_) else []
