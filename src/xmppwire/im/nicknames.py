"""What people want to be called (XEP-0172).

    await client.run(publish_nickname("Julie"))
    nicknames = Nicknames()
    async for event in client:
        for change in nicknames.feed(event, client.jid):
            if isinstance(change, NicknameChanged):
                print(change.jid, "is", nicknames.get(change.jid))

Announce `NOTIFY_FEATURE`, so that contacts' nicknames come. Anybody may claim any name: never show it without the address where
it matters who somebody is, and put the name that the user gave a contact in the roster first.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..jid import JID
from ..operation import IqError, Operation
from ..protocol.pep import notify_feature
from ..protocol.user_nickname import NAMESPACE, Nick
from ..stanza import Message, Presence
from .pep import PepEvents, has_nothing
from .pubsub.events import ItemsPublished, ItemsRetracted, NodeDeleted, NodePurged, RefusedEvent
from .pubsub.items import fetch_items, payload_of, publish

NOTIFY_FEATURE = notify_feature(NAMESPACE)
"""Who announces it is told of changes."""
LONGEST = 1000
"""Longer names, in characters, are not kept."""
_MAXIMUM = 10_000
"""So many are kept; of more, those that were not changed for the longest time are forgotten."""
_EVENTS = PepEvents(contacts=[NAMESPACE])


def publish_nickname(name: str, timeout: float | None = None) -> Operation[None]:
    """Publish the own nickname for the contacts; an empty one takes it back (section 4.3). Raises what `publish` raises."""
    yield from publish(NAMESPACE, Nick(name=name), id="current", timeout=timeout)


def fetch_nickname(jid: JID | str | None = None, timeout: float | None = None) -> Operation[str | None]:
    """The nickname that an account publishes (None: the own account); None where there is none. Raises what `fetch_items`
    raises."""
    try:
        items = yield from fetch_items(NAMESPACE, newest=1, service=jid, timeout=timeout)
    except IqError as error:
        if not has_nothing(error):
            raise
        return None
    nick = payload_of(items[0], Nick) if items else None
    return None if nick is None else nick.name or None


def read_nickname(stanza: Message | Presence) -> str | None:
    """The nickname that comes with a message of somebody who is no contact, or with a request for a subscription (sections 4.1
    and 4.2); None without one. In any other presence it means nothing."""
    if isinstance(stanza, Presence) and stanza.type != "subscribe":
        return None
    nick = stanza.get(Nick)
    return nick.name if nick is not None and 0 < len(nick.name) <= LONGEST else None


@dataclass(frozen=True, slots=True)
class NicknameChanged:
    """Somebody has another nickname, or none any more."""

    jid: JID
    name: str | None


class Nicknames:
    """The nicknames that accounts published, by bare JID."""

    def __init__(self) -> None:
        self._names: dict[JID, str] = {}

    def __len__(self) -> int:
        return len(self._names)

    def get(self, jid: JID) -> str | None:
        """What an account wants to be called."""
        return self._names.get(jid.bare)

    def feed(self, event: object, own: JID) -> list[NicknameChanged | RefusedEvent]:
        """Take an event of the client with the full JID `own`, and say what it changed."""
        changes: list[NicknameChanged | RefusedEvent] = []
        for one in _EVENTS.feed(event, own):
            match one:
                case RefusedEvent():
                    changes.append(one)
                case ItemsPublished(service=jid, items=items):
                    nick = payload_of(items[-1], Nick)
                    if nick is not None and len(nick.name) <= LONGEST:
                        changes += self._set(jid, nick.name)
                case ItemsRetracted(service=jid) | NodePurged(service=jid) | NodeDeleted(service=jid):
                    changes += self._set(jid, "")
                case _:
                    pass
        return changes

    def _set(self, jid: JID, name: str) -> list[NicknameChanged]:
        before = self._names.pop(jid, "")
        if name:
            self._names[jid] = name
            if len(self._names) > _MAXIMUM:
                del self._names[next(iter(self._names))]
        return [] if name == before else [NicknameChanged(jid, name or None)]
