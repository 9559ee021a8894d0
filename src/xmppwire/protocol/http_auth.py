"""Verifying HTTP Requests via XMPP (XEP-0070).

A web server asks the owner of an address whether a request is really his. The answer is the IQ result, or an error
`not-authorized`; for a message, the same element in a message back.
"""

from __future__ import annotations

from xmppwire.payload import URI, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/http-auth"

STANDARD = Standard(
    "XEP-0070",
    "Verifying HTTP Requests via XMPP",
    Status.STABLE,
    "1.0.2",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Confirm(Payload, ns=NAMESPACE, name="confirm"):
    """The request to confirm, by the identifier that its sender was shown (section 4.5)."""

    id: str = field.attribute()
    method: str = field.attribute()
    url: str = field.attribute(URI)
