"""The form of a participant's preferences in a channel (XEP-0404)."""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Enumeration, Unknown
from xmppwire.protocol import form
from xmppwire.protocol.form import TypedForm

PART_OF = "XEP-0404"


class JidVisibility(StrEnum):
    """Whether the participant's address may be shown."""

    ALWAYS = "always"
    DEFAULT = "default"
    NEVER = "never"
    PREFER_NOT = "prefer not"


class Permission(StrEnum):
    """Whether something may reach the participant through the channel."""

    ALLOW = "allow"
    BLOCK = "block"


class PresenceSharing(StrEnum):
    """Whether the channel has the participant's presence."""

    SHARE = "share"
    NOT_SHARE = "not share"


_PERMISSION = Enumeration(Permission, Unknown.KEEP)


class ParticipantPreferences(TypedForm, form_type="urn:xmpp:mix:anon:0"):
    """What a participant wishes (section 3.1). What is None is as the channel has it."""

    jid_visibility: JidVisibility | str | None = form.field(
        "JID Visibility", Enumeration(JidVisibility, Unknown.KEEP), default=None
    )
    private_messages: Permission | str | None = form.field("Private Messages", _PERMISSION, default=None)
    vcard: Permission | str | None = form.field("vCard", _PERMISSION, default=None)
    presence: PresenceSharing | str | None = form.field(
        "Presence", Enumeration(PresenceSharing, Unknown.KEEP), default=None
    )
