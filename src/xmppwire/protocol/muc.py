"""Multi-User Chat (XEP-0045): rooms. Here: entering one, and the words that all parts of the protocol share.

A room is a JID, and each occupant is a full JID of it (the nickname is the resourcepart). Who wants in sends presence
with `MucJoin`; what the room says carries `MucUser` (`muc_user`). Moderators and admins use `MucAdminQuery`
(`muc_admin`), owners `MucOwnerQuery` (`muc_owner`). The forms of all these are in `muc_forms`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "http://jabber.org/protocol/muc"
USER_NAMESPACE = "http://jabber.org/protocol/muc#user"
ADMIN_NAMESPACE = "http://jabber.org/protocol/muc#admin"
OWNER_NAMESPACE = "http://jabber.org/protocol/muc#owner"
STABLE_ID_FEATURE = "http://jabber.org/protocol/muc#stable_id"
"""The room sends messages back with the id that they had."""
TRAFFIC_NODE = "http://jabber.org/protocol/muc#traffic"
"""The node whose features are the namespaces that a room lets through."""
ROOMS_NODE = "http://jabber.org/protocol/muc#rooms"
"""The node of a user whose items are the rooms that the user is in."""

STANDARD = Standard(
    "XEP-0045",
    "Multi-User Chat",
    Status.STABLE,
    "1.35.5",
    namespaces=(NAMESPACE, USER_NAMESPACE, ADMIN_NAMESPACE, OWNER_NAMESPACE, STABLE_ID_FEATURE),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class MucAffiliation(StrEnum):
    """What a user is to a room, for as long as nobody changes it (section 5.2)."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    NONE = "none"
    OUTCAST = "outcast"


class MucRole(StrEnum):
    """What an occupant may do in a room until leaving it (section 5.1)."""

    MODERATOR = "moderator"
    PARTICIPANT = "participant"
    VISITOR = "visitor"
    NONE = "none"


class MucRoomFeature(StrEnum):
    """The disco#info features of a room that say of what type it is (section 16.3)."""

    HIDDEN = "muc_hidden"
    MEMBERS_ONLY = "muc_membersonly"
    MODERATED = "muc_moderated"
    NON_ANONYMOUS = "muc_nonanonymous"
    OPEN = "muc_open"
    PASSWORD_PROTECTED = "muc_passwordprotected"
    PERSISTENT = "muc_persistent"
    PUBLIC = "muc_public"
    ROOMS = "muc_rooms"
    SEMI_ANONYMOUS = "muc_semianonymous"
    TEMPORARY = "muc_temporary"
    UNMODERATED = "muc_unmoderated"
    UNSECURED = "muc_unsecured"


class MucHistory(Payload, ns=NAMESPACE, name="history", nested=True):
    """How much of the past to send (section 7.2.14): the smallest set that meets all conditions. `max_chars=0`:
    nothing.
    """

    max_chars: int | None = field.attribute(UnsignedInt, name="maxchars", default=None)
    max_stanzas: int | None = field.attribute(UnsignedInt, name="maxstanzas", default=None)
    seconds: int | None = field.attribute(UnsignedInt, default=None)
    since: datetime | None = field.attribute(default=None)


class MucJoin(Payload, ns=NAMESPACE, name="x"):
    """In presence to the occupant JID wanted: lets the user into the room (section 7.2). `extensions` is what others
    add.
    """

    history: MucHistory | None = field.child(default=None)
    password: str | None = field.value(default=None)
    extensions: list[Payload | Element] = field.payloads()
