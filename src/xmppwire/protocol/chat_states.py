"""Chat State Notifications (XEP-0085): whether the other one is typing, and is there at all.

A state comes with a message that has content (it is `active` then), or alone in a message when it changes. One message has one
state at most. In a room `gone` means nothing.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/chatstates"
STANDARD = Standard(
    "XEP-0085",
    "Chat State Notifications",
    Status.FINAL,
    "2.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class ChatStateValue(StrEnum):
    """How somebody takes part in a conversation (section 3)."""

    ACTIVE = "active"
    COMPOSING = "composing"
    GONE = "gone"
    INACTIVE = "inactive"
    PAUSED = "paused"


class ChatState(Payload, ns=NAMESPACE, names=[state.value for state in ChatStateValue]):
    """The sender's state in this conversation."""

    state: ChatStateValue = field.name()
