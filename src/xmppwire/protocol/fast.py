"""Fast Authentication Streamlining Tokens (XEP-0484).

A client that has authenticated once gets a token with which the next time takes one message (XEP-0388).
"""

from __future__ import annotations

from datetime import datetime

from xmppwire.payload import Integer, Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:fast:0"

STANDARD = Standard(
    "XEP-0484", "Fast Authentication Streamlining Tokens", Status.PROPOSED, "0.2.0", namespaces=(NAMESPACE,)
)


class Fast(Payload, ns=NAMESPACE, name="fast"):
    """In the features of the server: the mechanisms for tokens (section 3.1). From the client: a token is being used; `count`
    guards early data against replay, `invalidate` ends the token (sections 3.4 and 3.6)."""

    mechanisms: list[str] = field.values(name="mechanism")
    tls_0rtt: bool = field.attribute(default=False)
    count: int | None = field.attribute(Integer(1, 2147483647), default=None)
    invalidate: bool = field.attribute(default=False)


class RequestToken(Payload, ns=NAMESPACE, name="request-token"):
    """The client wants a token for this mechanism (section 3.2)."""

    mechanism: str = field.attribute()


class FastToken(Payload, ns=NAMESPACE, name="token"):
    """A token and when it expires (section 3.3). Keep it like a password."""

    expiry: datetime = field.attribute()
    token: str = field.attribute()
