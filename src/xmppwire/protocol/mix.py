"""Mediated Information eXchange (MIX) (XEP-0369), the core: channels that users belong to, whether they are online or
not.

A channel is a pubsub service with the nodes in `MixNode`. The user's server enters it with `MixJoin` (told by the
client with XEP-0405, `mix_pam`), the channel sends messages on with `Mix` in them, which says who wrote them.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:mix:core:1"
SEARCHABLE_FEATURE = "urn:xmpp:mix:core:1#searchable"
"""The service lists its channels in disco#items."""
CREATE_CHANNEL_FEATURE = "urn:xmpp:mix:core:1#create-channel"
"""The one who asks may make channels."""

STANDARD = Standard(
    "XEP-0369",
    "Mediated Information eXchange (MIX)",
    Status.EXPERIMENTAL,
    "0.14.6",
    namespaces=(NAMESPACE, SEARCHABLE_FEATURE, CREATE_CHANNEL_FEATURE),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class MixNode(StrEnum):
    """The pubsub nodes of a channel: those of section 4.7, and those of XEP-0403, XEP-0404 and XEP-0406."""

    MESSAGES = "urn:xmpp:mix:nodes:messages"
    PARTICIPANTS = "urn:xmpp:mix:nodes:participants"
    INFO = "urn:xmpp:mix:nodes:info"
    PRESENCE = "urn:xmpp:mix:nodes:presence"
    JID_MAP = "urn:xmpp:mix:nodes:jidmap"
    ALLOWED = "urn:xmpp:mix:nodes:allowed"
    BANNED = "urn:xmpp:mix:nodes:banned"
    CONFIG = "urn:xmpp:mix:nodes:config"


_node = Enumeration(MixNode, Unknown.KEEP)


class MixJoin(Payload, ns=NAMESPACE, name="join"):
    """Makes the user a participant who is subscribed to some nodes (section 7.1.2). The result tells the stable `id` of
    the participant; earlier versions told it within the `jid`.
    """

    id: str | None = field.attribute(default=None)
    jid: JID | None = field.attribute(default=None)
    subscribe: list[MixNode | str] = field.values(_node, name="subscribe", attribute="node")
    nick: str | None = field.value(default=None)


class MixUpdateSubscription(Payload, ns=NAMESPACE, name="update-subscription"):
    """Changes the nodes that a participant is subscribed to (section 7.1.2)."""

    jid: JID | None = field.attribute(default=None)
    subscribe: list[MixNode | str] = field.values(_node, name="subscribe", attribute="node")
    unsubscribe: list[MixNode | str] = field.values(_node, name="unsubscribe", attribute="node")


class MixLeave(Payload, ns=NAMESPACE, name="leave"):
    """Ends the participation of the user (section 7.1.3)."""


class MixSetNick(Payload, ns=NAMESPACE, name="setnick"):
    """Changes the user's nick, or asks the channel for one; the result has the one that was given (section 7.1.4)."""

    nick: str | None = field.value(default=None)


class MixParticipant(Payload, ns=NAMESPACE, name="participant"):
    """An item of the participants node; its id is the stable one of the participant (section 4.7.3)."""

    nick: str | None = field.value(default=None)
    jid: JID | None = field.value(default=None)


class Mix(Payload, ns=NAMESPACE, name="mix"):
    """Who wrote a message that a channel sends on (section 7.1.6). Only to be believed from a channel."""

    nick: str | None = field.value(default=None)
    jid: JID | None = field.value(default=None)


class MixCreate(Payload, ns=NAMESPACE, name="create"):
    """Makes a channel (section 7.3.2); without `channel` the service makes up its localpart, and the result tells it."""

    channel: str | None = field.attribute(default=None)


class MixDestroy(Payload, ns=NAMESPACE, name="destroy"):
    """Ends a channel (section 7.3.4)."""

    channel: str = field.attribute()
