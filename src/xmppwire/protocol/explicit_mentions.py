"""Explicit Mentions (XEP-0513): who is meant in a message, one element for each; and who may mention whom in a room.

A mention is of one person (by `occupantid`, or by `jid` where the room has no such ids), or of a group that the URI
`mentions` names. `begin` and `end` count characters of the body.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Enumeration, Payload, Unknown, UnsignedInt, field
from xmppwire.protocol import form
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.form import TypedForm
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:mentions:0"
ASSOCIATIONS_FEATURE = f"{NAMESPACE}#associations"
"""The feature that all mentions of roles and affiliations are supported."""
STANDARD = Standard(
    "XEP-0513",
    "Explicit Mentions",
    Status.EXPERIMENTAL,
    "0.1.0",
    (NAMESPACE,),
    (Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class MentionedGroup(StrEnum):
    """Groups (section 3.2); others may be used whose support is announced."""

    CHANNEL = f"{NAMESPACE}#channel"
    SPACE = f"{NAMESPACE}#space"
    SERVER = f"{NAMESPACE}#server"
    MODERATORS = f"{NAMESPACE}#moderators"
    PARTICIPANTS = f"{NAMESPACE}#participants"
    VISITORS = f"{NAMESPACE}#visitors"
    OWNERS = f"{NAMESPACE}#owner"
    ADMINS = f"{NAMESPACE}#admin"
    MEMBERS = f"{NAMESPACE}#member"
    UNAFFILIATED = f"{NAMESPACE}#none"
    HATS = f"{NAMESPACE}#hats"


class Mention(Payload, ns=NAMESPACE, name="mention"):
    """A mention. `hreflang` is the language of the body that it is about, `uri` says which space, server, room or hat.

    `active`: only who is active is to be told; `noping`: nobody is. Other modifiers are in `modifiers`.
    """

    begin: int | None = field.attribute(UnsignedInt, default=None)
    end: int | None = field.attribute(UnsignedInt, default=None)
    hreflang: str | None = field.attribute(default=None)
    jid: JID | None = field.attribute(default=None)
    mentions: MentionedGroup | str | None = field.attribute(Enumeration(MentionedGroup, Unknown.KEEP), default=None)
    occupantid: str | None = field.attribute(default=None)
    uri: str | None = field.attribute(default=None)
    active: bool = field.flag()
    noping: bool = field.flag()
    modifiers: list[Payload | Element] = field.payloads()


class MentionPermissionsQuery(Payload, ns=NAMESPACE, name="query"):
    """Asks a room for its permissions; from the room, and from an owner who sets them, with the form."""

    form: DataForm | None = field.child(default=None)


class MentionPermission(StrEnum):
    """Who may use a kind of mention."""

    PARTICIPANTS = "participants"
    MODERATORS = "moderators"
    NONE = "none"


class MentionPermissions(TypedForm, form_type=NAMESPACE):
    """The permissions of a room (section 3.6). `count` is how many mentions a message may have; None is not
    supported."""

    count: int | None = form.field("mentions#count", UnsignedInt, default=None)
    individual: MentionPermission | None = form.field("mentions#individual", default=None)
    channel: MentionPermission | None = form.field("mentions#channel", default=None)
    space: MentionPermission | None = form.field("mentions#space", default=None)
    server: MentionPermission | None = form.field("mentions#server", default=None)
    associations: MentionPermission | None = form.field("mentions#associations", default=None)
    hats: MentionPermission | None = form.field("mentions#hats", default=None)
