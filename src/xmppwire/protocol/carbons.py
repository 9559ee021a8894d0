"""Message Carbons (XEP-0280): a copy of every conversation for all of an account's clients.

A client switches it on with an IQ to its own account. From then on the server sends it what other clients of the account send
(`SentCarbon`) and receive (`ReceivedCarbon`), each in a message from the account's own bare address: one from any other sender
is forged.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:carbons:2"
STANDARD = Standard("XEP-0280", "Message Carbons", Status.STABLE, "1.0.1", namespaces=(NAMESPACE,))


class EnableCarbons(Payload, ns=NAMESPACE, name="enable"):
    """Asks for copies from now on (section 4)."""


class DisableCarbons(Payload, ns=NAMESPACE, name="disable"):
    """Asks for no more copies (section 5)."""


class ReceivedCarbon(Payload, ns=NAMESPACE, name="received"):
    """A copy of a message that another client of the account received (section 7)."""

    forwarded: Forwarded = field.child()


class SentCarbon(Payload, ns=NAMESPACE, name="sent"):
    """A copy of a message that another client of the account sent (section 8)."""

    forwarded: Forwarded = field.child()


class PrivateMessage(Payload, ns=NAMESPACE, name="private"):
    """Says that nobody gets a copy of this message (section 9); goes with the hint `NoCopy`."""
