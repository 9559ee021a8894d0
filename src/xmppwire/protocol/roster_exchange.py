"""Roster Item Exchange (XEP-0144): one entity suggests to another what to add to its roster, to change or to remove.

It travels in a message or in an IQ of type `set`. Nothing changes by itself: the receiver asks the user, unless it
trusts the sender.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Enumeration, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/rosterx"
STANDARD = Standard(
    "XEP-0144", "Roster Item Exchange", Status.STABLE, "1.1.1", (NAMESPACE,), (Role.CLIENT, Role.SERVER, Role.COMPONENT)
)


class SuggestedAction(StrEnum):
    """What is suggested (sections 3.1 to 3.3). One payload holds suggestions of one kind only."""

    ADD = "add"
    DELETE = "delete"
    MODIFY = "modify"


class SuggestedItem(Payload, ns=NAMESPACE, name="item", nested=True):
    """A contact. An `action` that nobody knows counts as `add` (section 3.1)."""

    action: SuggestedAction = field.attribute(
        Enumeration(SuggestedAction, SuggestedAction.ADD), default=SuggestedAction.ADD
    )
    jid: JID = field.attribute()
    name: str | None = field.attribute(default=None)
    groups: list[str] = field.values(name="group")


class RosterExchange(Payload, ns=NAMESPACE, name="x"):
    """Suggestions. More than 150 at a time are suspicious (section 6)."""

    items: list[SuggestedItem] = field.children()
