"""Multi-User Chat (XEP-0045), for moderators and admins: `MucAdminQuery`, in IQs to the room.

A get asks for all who have an affiliation or a role, with one item that names it. A set changes the role of nicknames
and the affiliation of JIDs.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.muc import ADMIN_NAMESPACE as NAMESPACE
from xmppwire.protocol.muc import MucAffiliation, MucRole

PART_OF = "XEP-0045"


class MucAdminActor(Payload, ns=NAMESPACE, name="actor", nested=True):
    """Who did it."""

    jid: JID | None = field.attribute(default=None)
    nick: str | None = field.attribute(default=None)


class MucAdminItem(Payload, ns=NAMESPACE, name="item", nested=True):
    """One user: by `nick` where it is about the role, by bare `jid` where it is about the affiliation."""

    affiliation: MucAffiliation | None = field.attribute(default=None)
    jid: JID | None = field.attribute(default=None)
    nick: str | None = field.attribute(default=None)
    role: MucRole | None = field.attribute(default=None)
    actor: MucAdminActor | None = field.child(default=None)
    reason: str | None = field.value(default=None)


class MucAdminQuery(Payload, ns=NAMESPACE, name="query"):
    """A list of users, or changes to it (sections 8 and 9)."""

    items: list[MucAdminItem] = field.children()
