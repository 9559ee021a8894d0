"""Displayed Markers (XEP-0333): how far somebody has read.

A message that has a mark asks for it (`Markable`); `Displayed` names the last message that was shown. In rooms the id is the
one that the room gave (`xmppwire.protocol.stanza_id`). Markers only move forward.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:chat-markers:0"
STANDARD = Standard(
    "XEP-0333",
    "Displayed Markers",
    Status.STABLE,
    "1.0.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class Markable(Payload, ns=NAMESPACE, name="markable"):
    """Asks to be told when this message was displayed."""


class Displayed(Payload, ns=NAMESPACE, name="displayed"):
    """Says that the message with this `id`, and all before it, were displayed."""

    id: str = field.attribute()


class FormerMarkerValue(StrEnum):
    """What versions before 0.5 could say beside `displayed`."""

    ACKNOWLEDGED = "acknowledged"
    RECEIVED = "received"


class FormerMarker(Payload, ns=NAMESPACE, names=[marker.value for marker in FormerMarkerValue]):
    """A marker that the standard does not have any more, and some still send: read it, do not write it."""

    marker: FormerMarkerValue = field.name()
    id: str = field.attribute()
