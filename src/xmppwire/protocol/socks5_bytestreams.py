"""SOCKS5 Bytestreams (XEP-0065).

Bytes between two clients over a connection of their own, direct or through a proxy: the requester names hosts, the target says
which of them it could reach, and a proxy is told to begin.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha1

from xmppwire.jid import JID
from xmppwire.payload import Payload, UnsignedShort, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/bytestreams"
UDP_FEATURE = f"{NAMESPACE}#udp"

STANDARD = Standard(
    "XEP-0065",
    "SOCKS5 Bytestreams",
    Status.STABLE,
    "1.8.2",
    namespaces=(NAMESPACE, UDP_FEATURE),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Mode(StrEnum):
    """The transport protocol (section 8)."""

    TCP = "tcp"
    UDP = "udp"


class StreamHost(Payload, ns=NAMESPACE, name="streamhost", nested=True):
    """Where to connect: a party itself, or a proxy (section 9.2)."""

    jid: JID = field.attribute()
    host: str = field.attribute()
    port: int = field.attribute(UnsignedShort, default=1080, always=True)


class StreamHostUsed(Payload, ns=NAMESPACE, name="streamhost-used", nested=True):
    """The host that the target has connected to (section 9.3)."""

    jid: JID = field.attribute()


class Bytestreams(Payload, ns=NAMESPACE, name="query"):
    """Asks a proxy for its address, names hosts, chooses one of them, or tells the proxy to `activate` the stream to that
    target (section 9.1). Only the question to the proxy has no `sid`."""

    dstaddr: str | None = field.attribute(default=None)
    mode: Mode = field.attribute(default=Mode.TCP)
    sid: str | None = field.attribute(default=None)
    streamhosts: list[StreamHost] = field.children()
    streamhost_used: StreamHostUsed | None = field.child(default=None)
    activate: JID | None = field.value(default=None)


class UdpSuccess(Payload, ns=NAMESPACE, name="udpsuccess"):
    """The host has got the first datagram (section 9.5); `dstaddr` is what stood in it."""

    dstaddr: str = field.attribute()


def destination_address(sid: str, requester: JID, target: JID) -> str:
    """What stands for the host name when a SOCKS5 connection is asked for (section 5.3.2)."""
    return sha1(f"{sid}{requester}{target}".encode(), usedforsecurity=False).hexdigest()
