"""Forms of Multi-User Chat (XEP-0045): registration with a room, the request for voice, the configuration of a room, and what
service discovery tells about one.

Fields that other extensions add are there too: slow mode (XEP-0500), the hash of the avatar (XEP-0486), mentions that are
forwarded (XEP-0452), the hash of the hats (XEP-0317), and how much is said (XEP-0502).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from xmppwire.jid import JID
from xmppwire.payload import Enumeration, Unknown, UnsignedInt
from xmppwire.protocol import form
from xmppwire.protocol.data_forms import FieldType
from xmppwire.protocol.form import TypedForm

PART_OF = "XEP-0045"

NAMESPACE = "http://jabber.org/protocol/muc"


class PrivateMessages(StrEnum):
    """Who may send private messages in a room."""

    ANYONE = "anyone"
    PARTICIPANTS = "participants"
    MODERATORS = "moderators"
    NONE = "none"


class Whois(StrEnum):
    """Who sees the real addresses of occupants: moderators in a semi-anonymous room, anyone in a non-anonymous one."""

    MODERATORS = "moderators"
    ANYONE = "anyone"


class OccupantRole(StrEnum):
    """Roles, as the configuration names those who are meant."""

    MODERATOR = "moderator"
    PARTICIPANT = "participant"
    VISITOR = "visitor"


_ROLE = Enumeration(OccupantRole, Unknown.KEEP)


class RoomRegistration(TypedForm, form_type=f"{NAMESPACE}#register"):
    """Registration with a room (section 7.10), and an admin's decision about it (section 9.9): `allow`."""

    allow: bool | None = form.field("muc#register_allow", default=None)
    email: str | None = form.field("muc#register_email", default=None)
    faq_entry: str | None = form.text("muc#register_faqentry", default=None)
    first: str | None = form.field("muc#register_first", default=None)
    last: str | None = form.field("muc#register_last", default=None)
    nick: str | None = form.field("muc#register_roomnick", default=None)
    url: str | None = form.field("muc#register_url", default=None)


class VoiceRequest(TypedForm, form_type=f"{NAMESPACE}#request"):
    """A visitor's wish for another role (section 7.13), and a moderator's decision about it (section 8.6): `allow`."""

    role: OccupantRole | str | None = form.field("muc#role", _ROLE, default=None)
    jid: JID | None = form.field("muc#jid", default=None)
    nick: str | None = form.field("muc#roomnick", default=None)
    allow: bool | None = form.field("muc#request_allow", default=None)


class RoomConfig(TypedForm, form_type=f"{NAMESPACE}#roomconfig"):
    """The configuration of a room, for its owners (section 10.2). What is None stays as the service has it."""

    max_history_fetch: int | None = form.field("muc#maxhistoryfetch", UnsignedInt, default=None)
    private_messages: PrivateMessages | str | None = form.field(
        "muc#roomconfig_allowpm", Enumeration(PrivateMessages, Unknown.KEEP), default=None
    )
    members_may_invite: bool | None = form.field("muc#roomconfig_allowinvites", default=None)
    occupants_may_change_subject: bool | None = form.field("muc#roomconfig_changesubject", default=None)
    logging: bool | None = form.field("muc#roomconfig_enablelogging", default=None)
    member_list_for: list[OccupantRole | str] = form.fields("muc#roomconfig_getmemberlist", _ROLE)
    lang: str | None = form.field("muc#roomconfig_lang", default=None)
    pubsub: str | None = form.field("muc#roomconfig_pubsub", default=None)
    max_users: int | Literal["none"] | None = form.field(
        "muc#roomconfig_maxusers", form.or_word(UnsignedInt, "none"), default=None, type=FieldType.LIST_SINGLE
    )
    members_only: bool | None = form.field("muc#roomconfig_membersonly", default=None)
    moderated: bool | None = form.field("muc#roomconfig_moderatedroom", default=None)
    password_protected: bool | None = form.field("muc#roomconfig_passwordprotectedroom", default=None)
    persistent: bool | None = form.field("muc#roomconfig_persistentroom", default=None)
    presence_broadcast: list[OccupantRole | str] = form.fields("muc#roomconfig_presencebroadcast", _ROLE)
    public: bool | None = form.field("muc#roomconfig_publicroom", default=None)
    admins: list[JID] = form.fields("muc#roomconfig_roomadmins")
    description: str | None = form.field("muc#roomconfig_roomdesc", default=None)
    room_name: str | None = form.field("muc#roomconfig_roomname", default=None)
    owners: list[JID] = form.fields("muc#roomconfig_roomowners")
    secret: str | None = form.field("muc#roomconfig_roomsecret", default=None, type=FieldType.TEXT_PRIVATE)
    whois: Whois | str | None = form.field("muc#roomconfig_whois", Enumeration(Whois, Unknown.KEEP), default=None)
    slow_mode_duration: int | None = form.field("muc#roomconfig_slow_mode_duration", UnsignedInt, default=None)
    """Seconds that have to pass between two messages of an occupant (XEP-0500)."""
    forward_mentions: bool | None = form.field("muc#roomconfig_forwardmentions", default=None)


class RoomInfo(TypedForm, form_type=f"{NAMESPACE}#roominfo"):
    """What service discovery tells about a room (section 6.4). Fields of the configuration may come as well."""

    max_history_fetch: int | None = form.field("muc#maxhistoryfetch", UnsignedInt, default=None)
    contacts: list[JID] = form.fields("muc#roominfo_contactjid")
    description: str | None = form.field("muc#roominfo_description", default=None)
    lang: str | None = form.field("muc#roominfo_lang", default=None)
    ldap_group: str | None = form.field("muc#roominfo_ldapgroup", default=None)
    logs: str | None = form.field("muc#roominfo_logs", default=None)
    occupants: int | None = form.field("muc#roominfo_occupants", UnsignedInt, default=None)
    subject: str | None = form.field("muc#roominfo_subject", default=None)
    occupants_may_change_subject: bool | None = form.field("muc#roominfo_subjectmod", default=None)
    config_change_subject: bool | None = form.field("muc#roomconfig_changesubject", default=None)
    pubsub: str | None = form.field("muc#roomconfig_pubsub", default=None)
    avatar_hashes: list[str] = form.fields("muc#roominfo_avatarhash")
    slow_mode_duration: int | None = form.field("muc#roominfo_slow_mode_duration", UnsignedInt, default=None)
    hats_hash: str | None = form.field("hats#hash", default=None)
    message_activity: float | None = form.field("{urn:xmpp:muc-activity}message-activity", default=None)
    """Messages an hour, roughly (XEP-0502)."""
