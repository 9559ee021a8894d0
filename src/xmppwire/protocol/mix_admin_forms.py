"""The form of the configuration node of a channel (XEP-0406)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Enumeration, Unknown
from xmppwire.protocol import form
from xmppwire.protocol.data_forms import FieldType
from xmppwire.protocol.form import TypedForm

PART_OF = "XEP-0406"


class ChannelGroup(StrEnum):
    """Groups of people, those who have a right (section 2.1)."""

    ADMINS = "admins"
    ALLOWED = "allowed"
    ANYONE = "anyone"
    NOBODY = "nobody"
    OWNERS = "owners"
    PARTICIPANTS = "participants"


_GROUP = Enumeration(ChannelGroup, Unknown.KEEP)


class ChannelConfiguration(TypedForm, form_type="urn:xmpp:mix:admin:0"):
    """Who may do what in a channel (section 2.4). What is None stays as it is."""

    last_change_by: JID | None = form.field("Last Change Made By", default=None)
    owners: list[JID] = form.fields("Owner")
    administrators: list[JID] = form.fields("Administrator")
    end_of_life: datetime | None = form.field("End of Life", default=None)
    nodes_present: list[str] = form.fields("Nodes Present", type=FieldType.LIST_MULTI)
    messages_subscription: ChannelGroup | str | None = form.field("Messages Node Subscription", _GROUP, default=None)
    presence_subscription: ChannelGroup | str | None = form.field("Presence Node Subscription", _GROUP, default=None)
    participants_subscription: ChannelGroup | str | None = form.field(
        "Participants Node Subscription", _GROUP, default=None
    )
    information_subscription: ChannelGroup | str | None = form.field(
        "Information Node Subscription", _GROUP, default=None
    )
    allowed_subscription: ChannelGroup | str | None = form.field("Allowed Node Subscription", _GROUP, default=None)
    banned_subscription: ChannelGroup | str | None = form.field("Banned Node Subscription", _GROUP, default=None)
    configuration_access: ChannelGroup | str | None = form.field("Configuration Node Access", _GROUP, default=None)
    information_update: ChannelGroup | str | None = form.field("Information Node Update Rights", _GROUP, default=None)
    avatar_update: ChannelGroup | str | None = form.field("Avatar Nodes Update Rights", _GROUP, default=None)
    jid_visibility: str | None = form.field("JID Visibility", default=None, type=FieldType.LIST_SINGLE)
    open_presence: bool | None = form.field("Open Presence", default=None)
    must_provide_presence: bool | None = form.field("Participants Must Provide Presence", default=None)
    user_retraction: bool | None = form.field("User Message Retraction", default=None)
    administrator_retraction: ChannelGroup | str | None = form.field(
        "Administrator Message Retraction Rights", _GROUP, default=None
    )
    participants_may_invite: bool | None = form.field(
        "Participation Addition by Invitation from Participant", default=None
    )
    private_messages: bool | None = form.field("Private Messages", default=None)
    mandatory_nicks: bool | None = form.field("Mandatory Nicks", default=None)
