"""Server-side spaces (XEP-0503): rooms and nodes that belong together. A space is a pubsub node of the type
`urn:xmpp:spaces:0`.

Its items are bookmarks of rooms (XEP-0402), subscriptions to nodes and the like. A member may say where it belongs; ask
the space whether that is so.
"""

from __future__ import annotations

from xmppwire.protocol import form
from xmppwire.protocol.form import TypedForm
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:spaces:0"
AVATAR_ITEM = "urn:xmpp:spaces:avatar:metadata:0"
BANNER_ITEM = "urn:xmpp:spaces:banner:metadata:0"
"""The ids of the items with pictures of the space, as avatar metadata (XEP-0084)."""
STANDARD = Standard(
    "XEP-0503",
    "Server-side spaces",
    Status.EXPERIMENTAL,
    "0.3.0",
    (NAMESPACE, AVATAR_ITEM, BANNER_ITEM),
    (Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="Items are those of other standards; no elements of its own.",
)


class SpaceMembership(TypedForm, form_type=NAMESPACE):
    """What a member says in its service discovery (section 5.5): the space, as an `xmpp:` URI."""

    parent: str = form.field("parent")
