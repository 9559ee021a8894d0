"""Out of Band Data (XEP-0066): the address of a file elsewhere.

In a message it is one to show, or to fetch (`OutOfBand`); in an IQ it asks the other side to fetch it and to answer when it
has (`OutOfBandQuery`).
"""

from __future__ import annotations

from xmppwire.payload import URI, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

IQ_NAMESPACE = "jabber:iq:oob"
NAMESPACE = "jabber:x:oob"
STANDARD = Standard(
    "XEP-0066",
    "Out of Band Data",
    Status.STABLE,
    "1.5",
    namespaces=(NAMESPACE, IQ_NAMESPACE),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class OutOfBand(Payload, ns=NAMESPACE, name="x"):
    """Where a file is, and what it is (section 3)."""

    url: str = field.value(URI)
    desc: str | None = field.value(default=None)


class OutOfBandQuery(Payload, ns=IQ_NAMESPACE, name="query"):
    """Asks the recipient to fetch a file (section 2). `sid` is the stream of a stream initiation (section 5)."""

    sid: str | None = field.attribute(default=None)
    url: str = field.value(URI)
    desc: str | None = field.value(default=None)
