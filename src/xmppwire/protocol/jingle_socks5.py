"""Jingle SOCKS5 Bytestreams Transport Method (XEP-0260).

Both parties name hosts, each says which one of the other's it could reach, and the best one is used (section 2).
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Integer, Payload, UnsignedShort, field
from xmppwire.protocol.socks5_bytestreams import Mode
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:jingle:transports:s5b:1"

STANDARD = Standard(
    "XEP-0260", "Jingle SOCKS5 Bytestreams Transport Method", Status.STABLE, "1.0.3", namespaces=(NAMESPACE,)
)


class Socks5CandidateType(StrEnum):
    """How a host is reached (section 2.2)."""

    ASSISTED = "assisted"
    DIRECT = "direct"
    PROXY = "proxy"
    TUNNEL = "tunnel"


class Socks5Candidate(Payload, ns=NAMESPACE, name="candidate", nested=True):
    """A host to try (section 2.2); the one with the highest priority first."""

    cid: str = field.attribute()
    host: str = field.attribute()
    jid: JID = field.attribute()
    port: int | None = field.attribute(UnsignedShort, default=None)
    priority: int = field.attribute(Integer(0))
    type: Socks5CandidateType = field.attribute(default=Socks5CandidateType.DIRECT)


class Socks5Transport(Payload, ns=NAMESPACE, name="transport"):
    """The hosts of a party; later on that it has reached the candidate `candidate_used`, or none (`candidate_error`), and that
    the proxy `activated` is ready, or fails (`proxy_error`)."""

    dstaddr: str | None = field.attribute(default=None)
    mode: Mode = field.attribute(default=Mode.TCP)
    sid: str = field.attribute()
    activated: str | None = field.value(attribute="cid", default=None)
    candidates: list[Socks5Candidate] = field.children()
    candidate_error: bool = field.flag()
    candidate_used: str | None = field.value(attribute="cid", default=None)
    proxy_error: bool = field.flag()
