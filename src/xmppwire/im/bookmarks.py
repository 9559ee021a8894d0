"""Rooms to find again: bookmarks in a personal node (XEP-0402), or where older clients keep them (XEP-0048, XEP-0049).

    bookmarks = await client.run(fetch_bookmarks())
    for room, bookmark in bookmarks.autojoin.items():
        ...                                                             # enter it, as bookmark.nick
    await client.run(bookmarks.save(room, Bookmark(name="Council", autojoin=True)))
    await client.run(bookmarks.save(room, bookmarks[room].replace(autojoin=False)))
    async for event in client:
        for change in bookmarks.feed(event, client.jid):
            match change:
                case BookmarkChanged(jid=room, bookmark=bookmark): ...  # enter it if bookmark.autojoin, else leave it
                case BookmarkRemoved(jid=room): ...                     # leave it
                case RefusedEvent(sender=sender): ...                   # somebody would like us to enter a room

`im.bookmarked_rooms` enters and leaves rooms as these say. Announce `NOTIFY_FEATURE`, so that changes by other clients are
told. Change a bookmark by `replace` only: that keeps what other clients added to it. Whoever can see the data of the account
sees passwords too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from ..jid import JID
from ..operation import IqError, Operation
from ..payload import PayloadError
from ..protocol.bookmark_storage import BookmarkStorage, StoredConference
from ..protocol.bookmarks import NAMESPACE, NOTIFY_FEATURE, Bookmark, BookmarkExtensions
from ..protocol.pubsub import Item
from ..protocol.pubsub_event import EventItem
from ..xml import Element
from .pep import PepEvents, PepSupport, fetch_pep_support, has_nothing, publish_private
from .private_storage import fetch_private_element, store_private
from .pubsub.events import ItemsPublished, ItemsRetracted, NodeDeleted, NodePurged, RefusedEvent
from .pubsub.items import fetch_all_items, payload_of, retract

__all__ = [
    "NOTIFY_FEATURE",
    "BookmarkChanged",
    "BookmarkRemoved",
    "BookmarkStore",
    "Bookmarks",
    "fetch_bookmarks",
    "from_stored",
    "to_stored",
]

_MAXIMUM = 10_000
"""So many bookmarks are kept at most."""
_EVENTS = PepEvents(own=[NAMESPACE])
_STORAGE = BookmarkStorage.element_names[0]
_STORED = StoredConference.element_names[0]


class BookmarkStore(Enum):
    """Where bookmarks are."""

    NATIVE = "native"
    """In items of a personal node (XEP-0402)."""
    PRIVATE = "private"
    """All in one element of private storage (XEP-0048, XEP-0049), of whose changes nobody is told."""


@dataclass(frozen=True, slots=True)
class BookmarkChanged:
    """A bookmark is new (`before` is None) or different."""

    jid: JID
    bookmark: Bookmark
    before: Bookmark | None = None


@dataclass(frozen=True, slots=True)
class BookmarkRemoved:
    """A bookmark is gone."""

    jid: JID
    before: Bookmark


class Bookmarks(Mapping[JID, Bookmark]):
    """The bookmarks of the own account, by the address of the room. `store` says where they are."""

    def __init__(
        self,
        store: BookmarkStore = BookmarkStore.NATIVE,
        support: PepSupport | None = None,
        bookmarks: Mapping[JID, Bookmark] | None = None,
    ) -> None:
        self.store = store
        self._support = support
        self._bookmarks: dict[JID, Bookmark] = dict(bookmarks or {})
        self._ids: dict[JID, str] = {}
        """The ids of items that are not the address as we would write it."""

    def __getitem__(self, jid: JID) -> Bookmark:
        return self._bookmarks[jid]

    def __iter__(self) -> Iterator[JID]:
        return iter(self._bookmarks)

    def __len__(self) -> int:
        return len(self._bookmarks)

    @property
    def autojoin(self) -> dict[JID, Bookmark]:
        """The rooms to enter at login."""
        return {jid: bookmark for jid, bookmark in self._bookmarks.items() if bookmark.autojoin}

    def save(self, jid: JID | str, bookmark: Bookmark) -> Operation[None]:
        """Add the bookmark of a room, or replace it. Raises what `publish_private` or `store_private` raises, and ValueError
        for an address with a resource."""
        room = _room(jid)
        if self.store is BookmarkStore.NATIVE:
            id_ = self._ids.get(room, str(room))
            yield from publish_private(NAMESPACE, bookmark, id=id_, max_items=None, support=self._support)
        else:
            yield from _rewrite(room, bookmark)
        self._bookmarks[room] = bookmark

    def remove(self, jid: JID | str) -> Operation[None]:
        """Remove the bookmark of a room, if there is one. Raises what `retract` or `store_private` raises, and ValueError
        for an address with a resource."""
        room = _room(jid)
        if self.store is BookmarkStore.NATIVE:
            try:
                yield from retract(NAMESPACE, self._ids.get(room, str(room)))
            except IqError as error:
                if not has_nothing(error):
                    raise
        else:
            yield from _rewrite(room, None)
        self._bookmarks.pop(room, None)
        self._ids.pop(room, None)

    def feed(self, event: object, own: JID) -> list[BookmarkChanged | BookmarkRemoved | RefusedEvent]:
        """Take an event of the client with the full JID `own`, and say what it changed. Only the own account is believed."""
        if self.store is not BookmarkStore.NATIVE:
            return []
        changes: list[BookmarkChanged | BookmarkRemoved | RefusedEvent] = []
        for one in _EVENTS.feed(event, own):
            match one:
                case RefusedEvent():
                    changes.append(one)
                case ItemsPublished(items=items):
                    for item in items:
                        changes += self.take(item)
                case ItemsRetracted(ids=ids):
                    changes += self._drop([room for id_ in ids if (room := _address(id_)) is not None])
                case NodePurged() | NodeDeleted():
                    changes += self._drop(list(self._bookmarks))
                case _:
                    pass
        return changes

    def take(self, item: Item | EventItem) -> list[BookmarkChanged]:
        """Take an item of the own node, and say what it changed."""
        room, bookmark = _address(item.id), payload_of(item, Bookmark)
        if room is None or bookmark is None:
            return []
        before = self._bookmarks.get(room)
        if before is None and len(self._bookmarks) >= _MAXIMUM:
            return []
        if item.id is not None and item.id != str(room):
            self._ids[room] = item.id
        self._bookmarks[room] = bookmark
        return [] if before == bookmark else [BookmarkChanged(room, bookmark, before)]

    def _drop(self, rooms: list[JID]) -> list[BookmarkRemoved]:
        removed: list[BookmarkRemoved] = []
        for room in rooms:
            if (before := self._bookmarks.pop(room, None)) is not None:
                self._ids.pop(room, None)
                removed.append(BookmarkRemoved(room, before))
        return removed


def fetch_bookmarks(support: PepSupport | None = None) -> Operation[Bookmarks]:
    """Fetch the bookmarks of the own account, ten thousand at most.

    They are in a personal node where the server keeps those of older clients the same (XEP-0402 section 5.3), or has no
    private storage; else in private storage, where every client finds them. `support` is what `fetch_pep_support` found out;
    without it, that is asked first. Raises what `request` raises. What does not decode is left out, and left alone.
    """
    if support is None:
        support = yield from fetch_pep_support()
    if not support.converts_bookmarks:
        try:
            stored = yield from fetch_private_element(_STORAGE)
        except IqError as error:
            if not (support.publish_options and has_nothing(error)):
                raise
        else:
            return Bookmarks(BookmarkStore.PRIVATE, support, _read(stored))
    bookmarks = Bookmarks(BookmarkStore.NATIVE, support)
    try:
        items = yield from fetch_all_items(NAMESPACE, maximum=_MAXIMUM)
    except IqError as error:
        if not has_nothing(error):
            raise
        items = []
    for item in items:
        bookmarks.take(item)
    return bookmarks


def from_stored(stored: StoredConference) -> Bookmark:
    """A bookmark of XEP-0048 as one of XEP-0402. What it has beyond that becomes its extensions."""
    extra = list[Element | str](stored.unknown_children or [])
    extensions = Element(BookmarkExtensions.element_names[0], {}, extra)
    return Bookmark(
        name=stored.name,
        autojoin=stored.autojoin,
        nick=stored.nick,
        password=stored.password,
        extensions=BookmarkExtensions.from_element(extensions) if extra else None,
    )


def to_stored(jid: JID, bookmark: Bookmark) -> StoredConference:
    """A bookmark of XEP-0402 as one of XEP-0048, with its extensions among what it has."""
    stored = StoredConference(
        jid=jid, autojoin=bookmark.autojoin, name=bookmark.name, nick=bookmark.nick, password=bookmark.password
    )
    if bookmark.extensions is not None and bookmark.extensions.payloads:
        payloads = bookmark.extensions.payloads
        stored.unknown_children = [one if isinstance(one, Element) else one.to_element() for one in payloads]
    return stored


def _rewrite(room: JID, bookmark: Bookmark | None) -> Operation[None]:
    """Put the bookmark of a room (or none) into what is stored now. All else stays as it stands, readable or not."""
    stored = yield from fetch_private_element(_STORAGE)
    written: list[Element | str] = []
    added = None if bookmark is None else to_stored(room, bookmark).to_element()
    for child in _children(stored):
        known = _conference(child)
        if known is None or known.jid != room:
            written.append(child)
        elif added is not None:
            written.append(added)
            added = None
    if added is not None:
        written.append(added)
    yield from store_private(Element(_STORAGE, {} if stored is None else dict(stored.attributes), written))


def _read(stored: Element | None) -> dict[JID, Bookmark]:
    found: dict[JID, Bookmark] = {}
    for child in _children(stored):
        known = _conference(child)
        if known is not None and known.jid.resourcepart is None and len(found) < _MAXIMUM:
            found.setdefault(known.jid, from_stored(known))
    return found


def _children(stored: Element | None) -> list[Element]:
    return [] if stored is None else list(stored.elements())


def _conference(element: Element) -> StoredConference | None:
    if element.name != _STORED:
        return None
    try:
        return StoredConference.from_element(element)
    except PayloadError:
        return None


def _room(jid: JID | str) -> JID:
    room = JID(jid)
    if room.resourcepart is not None:
        raise ValueError(f"the address of an occupant, not of a room: {room}")
    return room


def _address(id_: str | None) -> JID | None:
    """The room that the id of an item names."""
    try:
        return None if id_ is None else _room(id_)
    except ValueError:
        return None
