"""Bookmark Pinning (XEP-0469): a bookmarked room (XEP-0402) that the user wants to see first."""

from __future__ import annotations

from xmppwire.payload import Payload
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:bookmarks-pinning:0"
STANDARD = Standard("XEP-0469", "Bookmark Pinning", Status.EXPERIMENTAL, "0.1.0", (NAMESPACE,), (Role.CLIENT,))


class Pinned(Payload, ns=NAMESPACE, name="pinned"):
    """Among the extensions of a bookmark: it is pinned."""
