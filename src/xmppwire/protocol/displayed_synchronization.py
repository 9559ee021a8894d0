"""Message Displayed Synchronization (XEP-0490): how far each chat was read, for all clients of an account.

It is an item on the account's pubsub node of this namespace, its id the address of the chat. With server assistance a client
puts it into a message instead, which the server takes out and publishes.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.protocol.stanza_id import StanzaId

NAMESPACE = "urn:xmpp:mds:displayed:0"
SERVER_ASSIST_FEATURE = "urn:xmpp:mds:server-assist:0"
STANDARD = Standard(
    "XEP-0490",
    "Message Displayed Synchronization",
    Status.STABLE,
    "1.0.1",
    namespaces=(NAMESPACE, SERVER_ASSIST_FEATURE),
)


class DisplayedUpTo(Payload, ns=NAMESPACE, name="displayed"):
    """The last message that was shown, by the id that the room or the own server gave to it. It only moves forward."""

    stanza_id: StanzaId = field.child()
