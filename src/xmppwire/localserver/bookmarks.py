"""One list of bookmarks, whichever way a client keeps it (XEP-0402 section 5.3): what is in the items of the node is read and
written in private storage as well (XEP-0048), as if it stood there.

Web pages, which the node has no place for, stay in private storage. What the older way does not know of a bookmark is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..jid import JID, JIDError
from ..payload import PayloadError
from ..protocol.bookmark_storage import BookmarkStorage, StoredConference
from ..protocol.bookmarks import COMPAT_FEATURE, NAMESPACE, Bookmark, BookmarkExtensions
from ..protocol.pubsub_forms import AccessModel, SendLastItem
from ..stanza import ErrorCondition
from ..xml import Element, Name
from .pep.nodes import Node, StoredItem
from .service import RequestError, Service
from .stored import to_element, to_text

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Hub
    from .pep.publisher import Publisher

STORAGE: Name = BookmarkStorage.element_names[0]
CONFERENCE: Name = StoredConference.element_names[0]


class BookmarkConversionService(Service):
    """Has the bookmarks of private storage come from the node, and go there."""

    account_features = (COMPAT_FEATURE,)

    def __init__(self, hub: Hub, publisher: Publisher) -> None:
        self._hub = hub
        self._publisher = publisher

    def private_shown(self, account: Account, element: Element, now: float) -> Element:
        """Add the bookmarks of the node to what private storage has. Raises RequestError if they are too long to be sent."""
        node = account.nodes.get(NAMESPACE)
        if element.name != STORAGE or node is None:
            return element
        rooms = [_stored(room, bookmark).to_element() for room, bookmark in _bookmarks(node).items()]
        shown = Element(element.name, element.attributes, [*rooms, *element.children])
        if len(to_text(shown)) > self._hub.limits.answer_bytes:
            raise RequestError(ErrorCondition.RESOURCE_CONSTRAINT, "there are too many bookmarks to be sent at once")
        return shown

    def private_stored(self, account: Account, element: Element, now: float) -> Element:
        """Put the rooms into the node, take out of it which are not among them, and leave the rest to private storage. Raises
        RequestError, and PayloadError for a bookmark that cannot be read."""
        if element.name != STORAGE:
            return element
        wanted: dict[JID, Bookmark] = {}
        node = account.nodes.get(NAMESPACE)
        known = {} if node is None else _bookmarks(node)
        for one in element.find_all(CONFERENCE):
            stored = StoredConference.from_element(one)
            room = stored.jid.bare
            wanted[room] = _bookmark(stored, known.get(room))
        self._publish(account, known, wanted, now)
        rest = [one for one in element.children if not isinstance(one, Element) or one.name != CONFERENCE]
        return Element(element.name, element.attributes, rest)

    def _publish(self, account: Account, known: dict[JID, Bookmark], wanted: dict[JID, Bookmark], now: float) -> None:
        """Change what is different in the node, or nothing of it."""
        changed = {room: to_text(bookmark) for room, bookmark in wanted.items() if known.get(room) != bookmark}
        size = sum(node.size for node in account.nodes.values()) + sum(map(len, changed.values()))
        if len(wanted) > self._hub.limits.node_items or size > self._hub.limits.node_bytes:
            raise RequestError(ErrorCondition.RESOURCE_CONSTRAINT, "there is no room for so many bookmarks")
        node = account.nodes.get(NAMESPACE)
        if node is None:
            if not changed:
                return
            node = self._publisher.create(account, NAMESPACE, {})
        # What is put into private storage is private, whatever the node was made for.
        node.config = node.config.replace(
            access_model=AccessModel.WHITELIST,
            max_items=self._hub.limits.node_items,
            persist_items=True,
            send_last_published_item=SendLastItem.NEVER,
        )
        ids = _ids(node)
        gone = [id_ for room, id_ in ids.items() if room in known and room not in wanted]
        if gone:
            self._publisher.retract(account, node, gone, True, now)
        for room, text in changed.items():
            item = StoredItem(ids.get(room, str(room)), text, self._hub.stamp(now))
            self._publisher.put(account, NAMESPACE, item, {}, now)


def _ids(node: Node) -> dict[JID, str]:
    """The ids of items that are addresses of rooms."""
    found: dict[JID, str] = {}
    for id_ in node.items:
        try:
            found[JID(id_).bare] = id_
        except JIDError:
            continue
    return found


def _bookmarks(node: Node) -> dict[JID, Bookmark]:
    """The bookmarks in a node; what cannot be read is none."""
    found: dict[JID, Bookmark] = {}
    for room, id_ in _ids(node).items():
        element = to_element(node.items[id_].text)
        try:
            if element.name in Bookmark.element_names:
                found[room] = Bookmark.from_element(element)
        except PayloadError:
            continue
    return found


def _stored(room: JID, bookmark: Bookmark) -> StoredConference:
    """A bookmark as the older way has it, with its extensions among what it has."""
    stored = StoredConference(
        jid=room, name=bookmark.name, autojoin=bookmark.autojoin, nick=bookmark.nick, password=bookmark.password
    )
    payloads = [] if bookmark.extensions is None else bookmark.extensions.payloads
    stored.unknown_children = [one if isinstance(one, Element) else one.to_element() for one in payloads]
    return stored


def _bookmark(stored: StoredConference, before: Bookmark | None) -> Bookmark:
    """A bookmark as the node has it. Its extensions stay if the client does not know any."""
    extensions = None if before is None else before.extensions
    if stored.unknown_children:
        element = Element(BookmarkExtensions.element_names[0], {}, list(stored.unknown_children))
        extensions = BookmarkExtensions.from_element(element)
    return Bookmark(
        name=stored.name,
        autojoin=stored.autojoin,
        nick=stored.nick,
        password=stored.password,
        extensions=extensions,
    )
