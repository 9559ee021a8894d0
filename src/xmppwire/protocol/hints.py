"""Message Processing Hints (XEP-0334): what the sender of a message wishes of servers on its way.

They are hints: nobody may rely on them. In a message of type `error` they mean nothing.
"""

from __future__ import annotations

from xmppwire.payload import Payload
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:hints"
STANDARD = Standard(
    "XEP-0334",
    "Message Processing Hints",
    Status.STABLE,
    "1.0.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class NoPermanentStore(Payload, ns=NAMESPACE, name="no-permanent-store"):
    """Keep the message out of archives and logs; holding it until it is delivered is fine (section 4.1)."""


class NoStore(Payload, ns=NAMESPACE, name="no-store"):
    """Do not keep the message at all, not even until it is delivered (section 4.2)."""


class NoCopy(Payload, ns=NAMESPACE, name="no-copy"):
    """Deliver the message to nobody but the full address that it is for (section 4.3)."""


class Store(Payload, ns=NAMESPACE, name="store"):
    """Archive the message, though it may not look worth it (section 4.4)."""
