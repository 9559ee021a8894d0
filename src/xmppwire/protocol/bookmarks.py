"""PEP Native Bookmarks (XEP-0402): the rooms that a user wants to find again, one item of a personal pubsub node each.

The id of the item is the JID of the room. The older way, one element with all of them, is in `bookmark_storage`.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:bookmarks:1"
"""The name of the node, too."""
NOTIFY_FEATURE = "urn:xmpp:bookmarks:1+notify"
"""Who announces it is told of changes."""
COMPAT_FEATURE = "urn:xmpp:bookmarks:1#compat"
"""The server keeps these bookmarks and those of XEP-0048 in private storage alike (section 5.3)."""
COMPAT_PEP_FEATURE = "urn:xmpp:bookmarks:1#compat-pep"
"""The same for those of XEP-0048 in pubsub."""

STANDARD = Standard(
    "XEP-0402",
    "PEP Native Bookmarks",
    Status.STABLE,
    "1.2.0",
    namespaces=(NAMESPACE, NOTIFY_FEATURE, COMPAT_FEATURE, COMPAT_PEP_FEATURE),
    roles=(Role.CLIENT, Role.SERVER),
)


class BookmarkExtensions(Payload, ns=NAMESPACE, name="extensions", nested=True):
    """What others add to a bookmark. Who changes a bookmark has to keep what it does not know."""

    payloads: list[Payload | Element] = field.payloads()


class Bookmark(Payload, ns=NAMESPACE, name="conference"):
    """A room: what to call it, whether to enter it at login, as whom and with which password."""

    name: str | None = field.attribute(default=None)
    autojoin: bool = field.attribute(default=False)
    nick: str | None = field.value(default=None)
    password: str | None = field.value(default=None)
    extensions: BookmarkExtensions | None = field.child(default=None)
