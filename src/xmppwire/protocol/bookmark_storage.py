"""Bookmarks (XEP-0048): rooms and web pages that a user wants to find again, all in one element. Deprecated.

It is kept in private XML storage (XEP-0049) or in a personal pubsub node (XEP-0223). `bookmarks` has what follows it.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "storage:bookmarks"

STANDARD = Standard("XEP-0048", "Bookmarks", Status.DEPRECATED, "1.2", namespaces=(NAMESPACE,))


class StoredConference(Payload, ns=NAMESPACE, name="conference"):
    """A room: what to call it, whether to enter it at login, as whom and with which password (section 2.1)."""

    autojoin: bool = field.attribute(default=False)
    jid: JID = field.attribute()
    name: str | None = field.attribute(default=None)
    nick: str | None = field.value(default=None)
    password: str | None = field.value(default=None)


class StoredUrl(Payload, ns=NAMESPACE, name="url"):
    """A web page (section 2.2)."""

    name: str | None = field.attribute(default=None)
    url: str = field.attribute()


class BookmarkStorage(Payload, ns=NAMESPACE, name="storage"):
    """All bookmarks of a user."""

    bookmarks: list[StoredConference | StoredUrl] = field.children()
