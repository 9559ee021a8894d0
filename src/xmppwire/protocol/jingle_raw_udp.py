"""Jingle Raw UDP Transport Method (XEP-0177).

One address for each component, without checks whether it can be reached.
"""

from __future__ import annotations

from xmppwire.payload import Payload, UnsignedByte, UnsignedShort, field
from xmppwire.protocol.jingle_ice_udp import CandidateType
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:jingle:transports:raw-udp:1"

STANDARD = Standard("XEP-0177", "Jingle Raw UDP Transport Method", Status.STABLE, "1.1.1", namespaces=(NAMESPACE,))


class RawUdpCandidate(Payload, ns=NAMESPACE, name="candidate", nested=True):
    """An address to send to (section 4.2). Some leave out the component where there is only one."""

    component: int | None = field.attribute(UnsignedByte, default=None)
    generation: int = field.attribute(UnsignedByte)
    id: str = field.attribute()
    ip: str = field.attribute()
    port: int = field.attribute(UnsignedShort)
    type: CandidateType | None = field.attribute(default=None)


class RawUdpTransport(Payload, ns=NAMESPACE, name="transport"):
    """The addresses of a party (section 4)."""

    candidates: list[RawUdpCandidate] = field.children()
    payloads: list[Payload | Element] = field.payloads()
