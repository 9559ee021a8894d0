"""Software Version (XEP-0092): which program is at the other end, asked by an IQ."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "jabber:iq:version"

STANDARD = Standard(
    "XEP-0092",
    "Software Version",
    Status.STABLE,
    "1.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Version(Payload, ns=NAMESPACE, name="query"):
    """Which software is this? Empty in an IQ get; the result names it."""

    software: str | None = field.value(name="name", default=None)
    version: str | None = field.value(default=None)
    os: str | None = field.value(default=None)
