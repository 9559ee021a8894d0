"""Microblogging over XMPP (XEP-0277): short posts, published by personal eventing (XEP-0163).

Posts are Atom entries (module `atom`); what there is to know about the blog is a feed, the item `METADATA_ID`. Comments on a
post are at a node of their own, which the post links to as its `replies`.
"""

from __future__ import annotations

from xmppwire.protocol.standard import Standard, Status

NODE = "urn:xmpp:microblog:0"
METADATA_ID = "0"
"""The id of the item at the node that describes the blog (section 5)."""

STANDARD = Standard(
    "XEP-0277",
    "Microblogging over XMPP",
    Status.DEFERRED,
    "0.6.5",
    namespaces=(NODE,),
    note="Posts are Atom entries; no elements of its own.",
)


def comments_node(post: str) -> str:
    """The node for comments on the post with this item id, by the name that is recommended (section 3.1)."""
    return f"{NODE}:comments/{post}"
