"""Pubsub Attachments (XEP-0470): what people attach to an item of a pubsub node, such as that they noticed it, or
reactions.

Everybody publishes one item to the attachment node of the target, with the own bare JID as its id; who changes it
republishes all that was there, things unknown included. The service may count them together, in the summary node.
"""

from __future__ import annotations

from datetime import datetime

from xmppwire.jid import JID
from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.protocol.xmpp_uri import XMPPURI
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:pubsub-attachments:1"
SUMMARY_NAMESPACE = "urn:xmpp:pubsub-attachments:summary:1"
STANDARD = Standard(
    "XEP-0470",
    "Pubsub Attachments",
    Status.EXPERIMENTAL,
    "0.2.0",
    (NAMESPACE, SUMMARY_NAMESPACE),
    (Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Noticed(Payload, ns=NAMESPACE, name="noticed", nested=True):
    """The publisher has seen the item."""

    timestamp: datetime | None = field.attribute(default=None)


class AttachedReactions(Payload, ns=NAMESPACE, name="reactions", nested=True):
    """Emojis of the publisher, each at most once."""

    timestamp: datetime | None = field.attribute(default=None)
    reactions: list[str] = field.values(name="reaction")


class Attachments(Payload, ns=NAMESPACE, name="attachments"):
    """All that one publisher attaches to one item. `others` are of other standards."""

    noticed: Noticed | None = field.child(default=None)
    reactions: AttachedReactions | None = field.child(default=None)
    others: list[Payload | Element] = field.payloads()


class NoticedSummary(Payload, ns=SUMMARY_NAMESPACE, name="noticed", nested=True):
    """How many have noticed the item."""

    count: int = field.attribute(UnsignedInt)


class ReactionCount(Payload, ns=SUMMARY_NAMESPACE, name="reaction", nested=True):
    """An emoji, and how many have attached it."""

    count: int = field.attribute(UnsignedInt, default=1)
    reaction: str = field.text()


class ReactionsSummary(Payload, ns=SUMMARY_NAMESPACE, name="reactions", nested=True):
    """All emojis attached to the item."""

    reactions: list[ReactionCount] = field.children()


class AttachmentsSummary(Payload, ns=SUMMARY_NAMESPACE, name="summary"):
    """What is attached to an item, counted together by the service (section 4.6)."""

    noticed: NoticedSummary | None = field.child(default=None)
    reactions: ReactionsSummary | None = field.child(default=None)
    others: list[Payload | Element] = field.payloads()


def attachment_node(service: JID, node: str, item: str) -> str:
    """The name of the attachment node of an item (section 4.1.1)."""
    return f"{NAMESPACE}/{XMPPURI(service, parameters=(('node', node), ('item', item)))}"


def summary_node(node: str) -> str:
    """The name of the node with the summaries for all items of `node` (section 4.6)."""
    return f"{SUMMARY_NAMESPACE}/{node}"
