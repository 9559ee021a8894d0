"""Multi-User Chat (XEP-0045), what occupants and invited users see: `MucUser`, in presence and messages.

The room says in the presence of an occupant what the occupant is (`items`) and what has just happened (`statuses`).
Messages carry invitations, their refusals, and news about the room.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.muc import USER_NAMESPACE as NAMESPACE
from xmppwire.protocol.muc import MucAffiliation, MucRole
from xmppwire.xml import Element

PART_OF = "XEP-0045"


class MucStatusCode(StrEnum):
    """What a room tells with a number (section 16.6.2). 1xx inform, 2xx are fine, 3xx say why somebody left."""

    JID_VISIBLE = "100"
    """Every occupant may see the user's full JID."""
    AFFILIATION_CHANGED = "101"
    """The user's affiliation changed while the user was not in the room."""
    SHOWS_UNAVAILABLE = "102"
    """The room now shows members who are not there."""
    HIDES_UNAVAILABLE = "103"
    """The room now does not show members who are not there."""
    CONFIGURATION_CHANGED = "104"
    """The configuration changed in some other way, which has nothing to do with privacy."""
    SELF_PRESENCE = "110"
    """This presence is the user's own; the first one ends the list of occupants."""
    LOGGING_ENABLED = "170"
    LOGGING_DISABLED = "171"
    NON_ANONYMOUS = "172"
    """The room now shows full JIDs to everybody."""
    SEMI_ANONYMOUS = "173"
    """The room now shows full JIDs to moderators only."""
    ROOM_CREATED = "201"
    """Entering made the room; it is locked until the owner has configured it."""
    NICK_ASSIGNED = "210"
    """The service chose or changed the user's nickname."""
    BANNED = "301"
    NICK_CHANGED = "303"
    """The occupant is there again under the nickname that the item names."""
    KICKED = "307"
    REMOVED_BY_AFFILIATION = "321"
    """Removed because of a change of affiliation."""
    REMOVED_AS_NON_MEMBER = "322"
    """Removed because the room became members-only."""
    REMOVED_BY_SHUTDOWN = "332"
    """Removed because the service is being shut down."""
    REMOVED_BY_ERROR = "333"
    """Removed because of a technical problem, as when the server of the user cannot be reached."""


class MucStatus(Payload, ns=NAMESPACE, name="status", nested=True):
    """One status code."""

    code: MucStatusCode | str = field.attribute(Enumeration(MucStatusCode, Unknown.KEEP))


class MucActor(Payload, ns=NAMESPACE, name="actor", nested=True):
    """Who did it: the nickname where the room hides JIDs."""

    jid: JID | None = field.attribute(default=None)
    nick: str | None = field.attribute(default=None)


class MucContinue(Payload, ns=NAMESPACE, name="continue", nested=True):
    """The room goes on with a conversation of two, in this `thread` (section 7.9)."""

    thread: str | None = field.attribute(default=None)


class MucItem(Payload, ns=NAMESPACE, name="item", nested=True):
    """What an occupant is. `jid` is the real JID, where the room shows it; `nick` a new nickname."""

    affiliation: MucAffiliation | None = field.attribute(default=None)
    jid: JID | None = field.attribute(default=None)
    nick: str | None = field.attribute(default=None)
    role: MucRole | None = field.attribute(default=None)
    actor: MucActor | None = field.child(default=None)
    continuation: MucContinue | None = field.child(default=None)
    reason: str | None = field.value(default=None)


class MucInvite(Payload, ns=NAMESPACE, name="invite", nested=True):
    """An invitation through the room (section 7.8.2): `to` whom, on the way there; then `sender`, who invites."""

    sender: JID | None = field.attribute(name="from", default=None)
    to: JID | None = field.attribute(default=None)
    reason: str | None = field.value(default=None)
    continuation: MucContinue | None = field.child(default=None)


class MucDecline(Payload, ns=NAMESPACE, name="decline", nested=True):
    """No to an invitation: `to` who invited, on the way there; then `sender`, who declines."""

    sender: JID | None = field.attribute(name="from", default=None)
    to: JID | None = field.attribute(default=None)
    reason: str | None = field.value(default=None)


class MucDestroyed(Payload, ns=NAMESPACE, name="destroy", nested=True):
    """The room is gone (section 10.9); `jid` is the room to go to instead."""

    jid: JID | None = field.attribute(default=None)
    reason: str | None = field.value(default=None)


class MucUser(Payload, ns=NAMESPACE, name="x"):
    """What the room says of an occupant or to a user. `extensions` is what others add.

    An empty one in a message marks it as private, sent through the room (section 7.5).
    """

    decline: MucDecline | None = field.child(default=None)
    destroy: MucDestroyed | None = field.child(default=None)
    invites: list[MucInvite] = field.children()
    items: list[MucItem] = field.children()
    password: str | None = field.value(default=None)
    statuses: list[MucStatus] = field.children()
    extensions: list[Payload | Element] = field.payloads()

    @property
    def codes(self) -> frozenset[MucStatusCode | str]:
        """The status codes."""
        return frozenset(status.code for status in self.statuses)
