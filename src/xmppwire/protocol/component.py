"""Jabber Component Protocol (XEP-0114).

A component proves that it knows the secret of its server, and from then on speaks for a whole domain. The stream is in this
namespace, and so are the stanzas.
"""

from __future__ import annotations

from xmppwire.payload import Payload, Token, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "jabber:component:accept"
CONNECT_NAMESPACE = "jabber:component:connect"
"""For a server that connects to the component."""

STANDARD = Standard(
    "XEP-0114",
    "Jabber Component Protocol",
    Status.ACTIVE,
    "1.6",
    namespaces=(NAMESPACE, CONNECT_NAMESPACE),
    roles=(Role.SERVER, Role.COMPONENT),
)


class Handshake(Payload, ns=NAMESPACE, name="handshake", also=(CONNECT_NAMESPACE,)):
    """The SHA-1 of stream id and secret, as hexadecimal digits in lower case; empty, the answer that it is right
    (section 3)."""

    namespace: str = field.namespace()
    digest: str = field.text(Token, default="")
