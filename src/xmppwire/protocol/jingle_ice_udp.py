"""Jingle ICE-UDP Transport Method (XEP-0176).

The addresses under which the parties try to reach each other with ICE, sent with the session or one by one as they are found.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Integer, Payload, UnsignedByte, UnsignedShort, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:jingle:transports:ice-udp:1"

STANDARD = Standard(
    "XEP-0176", "Jingle ICE-UDP Transport Method", Status.STABLE, "1.1.1", namespaces=(NAMESPACE, "urn:ietf:rfc:3264")
)


class CandidateType(StrEnum):
    """Where an address comes from (section 5.3)."""

    HOST = "host"
    PEER_REFLEXIVE = "prflx"
    RELAY = "relay"
    SERVER_REFLEXIVE = "srflx"


class IceCandidate(Payload, ns=NAMESPACE, name="candidate", nested=True):
    """An address to try (section 5.3); `rel_addr` and `rel_port` are the address it was derived from. It has an `id`; stanza.js
    leaves that out, and the `generation` too."""

    component: int = field.attribute(UnsignedByte)
    foundation: str = field.attribute()
    generation: int = field.attribute(UnsignedByte, default=0, always=True)
    id: str | None = field.attribute(default=None)
    ip: str = field.attribute()
    port: int = field.attribute(UnsignedShort)
    priority: int = field.attribute(Integer(1))
    protocol: str = field.attribute()
    rel_addr: str | None = field.attribute(default=None)
    rel_port: int | None = field.attribute(UnsignedShort, default=None)
    network: int | None = field.attribute(UnsignedByte, default=None)
    type: CandidateType = field.attribute()


class RemoteCandidate(Payload, ns=NAMESPACE, name="remote-candidate", nested=True):
    """The address of the other party that is in use now (section 5.7)."""

    component: int = field.attribute(UnsignedByte)
    ip: str = field.attribute()
    port: int = field.attribute(UnsignedShort)


class IceUdpTransport(Payload, ns=NAMESPACE, name="transport"):
    """Credentials for the checks of ICE and addresses to try (section 5.3); fingerprints (XEP-0320) are among `payloads`."""

    pwd: str | None = field.attribute(default=None)
    ufrag: str | None = field.attribute(default=None)
    candidates: list[IceCandidate] = field.children()
    remote_candidates: list[RemoteCandidate] = field.children()
    payloads: list[Payload | Element] = field.payloads()
