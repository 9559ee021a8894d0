"""Pubsub Social Feed (XEP-0472): what a pubsub node for posts looks like. The posts are Atom entries (module `atom`).

A node says by its type (`pubsub#type`) what profile it follows; the values here are the discovery features too.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:pubsub-social-feed:1"
STANDARD = Standard(
    "XEP-0472",
    "Pubsub Social Feed",
    Status.EXPERIMENTAL,
    "0.2.1",
    (NAMESPACE,),
    note="Posts are Atom entries; no elements of its own.",
)


class FeedProfile(StrEnum):
    """Profiles of nodes (section 5)."""

    BASE = NAMESPACE
    GALLERY = "urn:xmpp:pubsub-social-feed:gallery:1"
    """Every item has a picture, as a link of the relation `enclosure`."""
    MICROBLOG = "urn:xmpp:microblog:0"
