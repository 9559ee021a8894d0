"""Source-Specific Media Attributes in Jingle (XEP-0339).

What SDP says about single sources of an RTP session (RFC 5576), and which of them belong together. Both stand in the
description.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Enumeration, Payload, Unknown, UnsignedInt, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:jingle:apps:rtp:ssma:0"

STANDARD = Standard(
    "XEP-0339",
    "Source-Specific Media Attributes in Jingle",
    Status.STABLE,
    "1.0.1",
    namespaces=(NAMESPACE, "urn:ietf:rfc:5576"),
)


class SourceSemantics(StrEnum):
    """Why sources belong together (section 2.2); the registry of SDP knows more."""

    ALTERNATIVE_ADDRESSES = "ANAT"
    DECODING_DEPENDENCY = "DDP"
    FLOW_IDENTIFICATION = "FID"
    FORWARD_ERROR_CORRECTION = "FEC"
    LIP_SYNCHRONIZATION = "LS"
    SINGLE_RESERVATION_FLOW = "SRF"


class SourceParameter(Payload, ns=NAMESPACE, name="parameter", nested=True):
    """An attribute of a source."""

    name: str = field.attribute()
    value: str | None = field.attribute(default=None)


class Source(Payload, ns=NAMESPACE, name="source"):
    """A source, by its number in RTP (section 2.1)."""

    ssrc: int = field.attribute(UnsignedInt)
    parameters: list[SourceParameter] = field.children()


class SourceGroup(Payload, ns=NAMESPACE, name="ssrc-group"):
    """Sources that belong together (section 2.2)."""

    semantics: SourceSemantics | str = field.attribute(Enumeration(SourceSemantics, Unknown.KEEP))
    sources: list[Source] = field.children()
