"""Mediated Information eXchange (MIX): Miscellaneous Capabilities (XEP-0407).

Registered nicks, retraction of messages, and invitations into channels that the invited user could not enter otherwise.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.mix import MixNode
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:mix:misc:0"
NICK_REGISTER_FEATURE = "urn:xmpp:mix:misc:0#nick-register"
"""The service registers nicks."""

STANDARD = Standard(
    "XEP-0407",
    "Mediated Information eXchange (MIX): Miscellaneous Capabilities",
    Status.DEFERRED,
    "0.1.2",
    namespaces=(NAMESPACE, NICK_REGISTER_FEATURE),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class InvitationAnswer(StrEnum):
    """What became of an invitation (section 6)."""

    JOINED = "Joined"
    DECLINED = "Declined"
    ACKNOWLEDGED = "Acknowledged"


class MixRegister(Payload, ns=NAMESPACE, name="register"):
    """Registers a nick with a service, or asks for one; the result has the one that was given (section 3)."""

    nick: str | None = field.value(default=None)


class MixRetract(Payload, ns=NAMESPACE, name="retract"):
    """Takes back the message that has this `id` in the archive of the channel (section 4)."""

    id: str = field.attribute()


class MixRetracted(Payload, ns=NAMESPACE, name="retracted"):
    """What is left of such a message in the archive: who took it back and when (section 4)."""

    by: JID = field.attribute()
    time: datetime = field.attribute()


class MixInvitation(Payload, ns=NAMESPACE, name="invitation"):
    """An invitation that the channel believes because of its `token` (section 6)."""

    inviter: JID = field.value()
    invitee: JID = field.value()
    channel: JID = field.value()
    token: str | None = field.value(default=None)


class MixInvite(Payload, ns=NAMESPACE, name="invite"):
    """Asks the channel for an invitation of `invitee`; the result has it (section 6)."""

    invitee: JID | None = field.value(default=None)
    invitation: MixInvitation | None = field.child(default=None)


class MixInvitedJoin(Payload, ns=NAMESPACE, name="join"):
    """What `MixJoin` is, with an invitation (section 6)."""

    id: str | None = field.attribute(default=None)
    jid: JID | None = field.attribute(default=None)
    subscribe: list[MixNode | str] = field.values(
        Enumeration(MixNode, Unknown.KEEP), name="subscribe", attribute="node"
    )
    nick: str | None = field.value(default=None)
    invitation: MixInvitation | None = field.child(default=None)


class MixInvitationAck(Payload, ns=NAMESPACE, name="invitation-ack"):
    """Tells the one who invited what became of it (section 6)."""

    value: InvitationAnswer | str = field.value(Enumeration(InvitationAnswer, Unknown.KEEP))
    invitation: MixInvitation = field.child()
