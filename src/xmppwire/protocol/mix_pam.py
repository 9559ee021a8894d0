"""Mediated Information eXchange (MIX): Participant Server Requirements (XEP-0405): clients enter channels by their
server.

The server keeps the channels in the roster, and sends what comes from them to all clients that know MIX. Roster queries
carry `MixAnnotate`, roster items then `MixRosterChannel`; both are in `extensions`.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.mix import MixJoin, MixLeave
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:mix:pam:2"
ROSTER_NAMESPACE = "urn:xmpp:mix:roster:0"
ARCHIVE_FEATURE = "urn:xmpp:mix:pam:2#archive"
"""The server archives the messages of channels for the user."""

STANDARD = Standard(
    "XEP-0405",
    "Mediated Information eXchange (MIX): Participant Server Requirements",
    Status.EXPERIMENTAL,
    "0.5.3",
    namespaces=(NAMESPACE, ROSTER_NAMESPACE, ARCHIVE_FEATURE),
)


class MixClientJoin(Payload, ns=NAMESPACE, name="client-join"):
    """Tells the user's server to join a channel; the result has the answer of the channel (section 2.7)."""

    channel: JID | None = field.attribute(default=None)
    join: MixJoin = field.child()


class MixClientLeave(Payload, ns=NAMESPACE, name="client-leave"):
    """Tells the user's server to leave a channel (section 2.8)."""

    channel: JID | None = field.attribute(default=None)
    leave: MixLeave = field.child()


class MixAnnotate(Payload, ns=ROSTER_NAMESPACE, name="annotate"):
    """In the request for the roster: asks the server to mark channels (section 2.10)."""


class MixRosterChannel(Payload, ns=ROSTER_NAMESPACE, name="channel"):
    """In a roster item: it is a channel, where the user has this stable id (section 2.10)."""

    participant_id: str | None = field.attribute(default=None)
