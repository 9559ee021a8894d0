"""Feature Negotiation (XEP-0020). Deprecated, and still a part of Stream Initiation (XEP-0095).

A form of options that the other party chooses from.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "http://jabber.org/protocol/feature-neg"

STANDARD = Standard("XEP-0020", "Feature Negotiation", Status.DEPRECATED, "1.6", namespaces=(NAMESPACE,))


class FeatureNegotiation(Payload, ns=NAMESPACE, name="feature"):
    """The options, or the choice (section 2.1)."""

    form: DataForm = field.child()
