"""Pre-Authenticated In-Band Registration (XEP-0445): a token from an invitation opens the registration of an account
(XEP-0077).

The client sends `Preauth` (XEP-0379) in an IQ of type `set` to the server, before it registers on the same stream.
"""

from __future__ import annotations

from xmppwire.payload import Payload
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:ibr-token:0"
STANDARD = Standard("XEP-0445", "Pre-Authenticated In-Band Registration", Status.PROPOSED, "0.2.0", (NAMESPACE,))


class PreauthRegistration(Payload, ns=NAMESPACE, name="register"):
    """The stream feature: this server takes tokens."""
