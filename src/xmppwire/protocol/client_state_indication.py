"""Client State Indication (XEP-0352): whether anybody looks at the client.

While nobody does, the server may hold back what can wait. These are elements of the stream, not stanzas.
"""

from __future__ import annotations

from xmppwire.payload import Payload
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:csi:0"
STANDARD = Standard("XEP-0352", "Client State Indication", Status.STABLE, "1.0.0", (NAMESPACE,))


class ClientStateFeature(Payload, ns=NAMESPACE, name="csi"):
    """The stream feature."""


class Active(Payload, ns=NAMESPACE, name="active"):
    """The client is looked at. So it counts after binding and resuming."""


class Inactive(Payload, ns=NAMESPACE, name="inactive"):
    """It is not."""
