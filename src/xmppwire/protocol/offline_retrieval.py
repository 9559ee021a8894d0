"""Flexible Offline Message Retrieval (XEP-0013): the queue of offline messages, read and deleted one by one.

How many there are and who sent them is told by service discovery at the node `NODE`. A client that asks before its first
presence is not sent all of them at once. Today an archive (XEP-0313) does this.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol import form
from xmppwire.protocol.form import TypedForm
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "http://jabber.org/protocol/offline"
NODE = NAMESPACE
STANDARD = Standard("XEP-0013", "Flexible Offline Message Retrieval", Status.DEPRECATED, "1.3", (NAMESPACE,))


class OfflineAction(StrEnum):
    """What to do with a message."""

    REMOVE = "remove"
    VIEW = "view"


class OfflineItem(Payload, ns=NAMESPACE, name="item", nested=True):
    """A message by its `node` in the queue: what to do with it, or, in the message itself, which one it is."""

    action: OfflineAction | None = field.attribute(default=None)
    jid: JID | None = field.attribute(default=None)
    node: str = field.attribute()


class Offline(Payload, ns=NAMESPACE, name="offline"):
    """Messages; or all of them, to be sent (`fetch`) or deleted (`purge`)."""

    items: list[OfflineItem] = field.children()
    fetch: bool = field.flag()
    purge: bool = field.flag()


class OfflineInformation(TypedForm, form_type=NAMESPACE):
    """How many messages wait (section 2.2)."""

    number_of_messages: int | None = form.field("number_of_messages", UnsignedInt, default=None)
