"""Resource binding (RFC 6120, section 7)."""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-bind"
PART_OF = "RFC 6120"


class Bind(Payload, ns=NAMESPACE, name="bind"):
    """The request names a `resource` or leaves the choice to the server; the result tells the full `jid`."""

    resource: str | None = field.value(default=None)
    jid: JID | None = field.value(default=None)
