"""Sessions of RFC 3921, section 3, which older servers still want (RFC 6121 dropped them)."""

from __future__ import annotations

from xmppwire.payload import Payload, field

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-session"
PART_OF = "RFC 6120"


class Session(Payload, ns=NAMESPACE, name="session"):
    """The request, its result, and the stream feature; in the feature `optional` says that nobody needs it."""

    optional: bool = field.flag()
