"""Pre-Authenticated Roster Subscription (XEP-0379): who presents a token from an invitation is let into the roster
unasked.

The invitation is an `xmpp:` URI with the action `roster` and the key `preauth` (XEP-0147); the token comes back in a
subscription request.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:pars:0"
STANDARD = Standard("XEP-0379", "Pre-Authenticated Roster Subscription", Status.PROPOSED, "0.3.3", (NAMESPACE,))


class Preauth(Payload, ns=NAMESPACE, name="preauth"):
    """The token, in a subscription request (section 3.4) or before an account is registered (XEP-0445).

    One that nobody issued, or that has expired, counts as none.
    """

    token: str = field.attribute()
