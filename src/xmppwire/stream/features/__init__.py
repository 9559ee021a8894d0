"""The stream features that come with the engine, one file each, both halves in it."""

from __future__ import annotations

from .base import AWAIT, Conversation, Feature, Outcome, Step
from .bidi import BidirectionalStream
from .bind import ResourceBinding
from .compression import StreamCompression
from .csi import ClientStateIndication
from .dialback import ServerDialback
from .management import EnableManagement, StreamResumption
from .registration import InBandRegistration
from .sasl import SASLNegotiation
from .sasl2 import SASL2Negotiation
from .session import LegacySession
from .starttls import StartTLS
from .stream_limits import LimitsAdvertisement

SERVER_FEATURES: tuple[Feature, ...] = (
    StartTLS(),
    LimitsAdvertisement(),
    BidirectionalStream(),
    SASLNegotiation(),
    ServerDialback(),
)
"""Between servers nobody binds a resource."""

DEFAULT_FEATURES: tuple[Feature, ...] = (
    StartTLS(),
    LimitsAdvertisement(),
    InBandRegistration(),
    SASL2Negotiation(),
    SASLNegotiation(),
    StreamCompression(),
    StreamResumption(),
    ResourceBinding(),
    LegacySession(),
    EnableManagement(),
    ClientStateIndication(),
)
"""In the order in which they are advertised and tried."""


def default_features(content_namespace: str) -> tuple[Feature, ...]:
    """The built-in features for a stream of that content namespace."""
    if content_namespace == "jabber:component:accept":
        return ()
    return SERVER_FEATURES if content_namespace == "jabber:server" else DEFAULT_FEATURES


__all__ = [
    "AWAIT",
    "DEFAULT_FEATURES",
    "SERVER_FEATURES",
    "BidirectionalStream",
    "ClientStateIndication",
    "Conversation",
    "EnableManagement",
    "Feature",
    "InBandRegistration",
    "LegacySession",
    "LimitsAdvertisement",
    "Outcome",
    "ResourceBinding",
    "SASL2Negotiation",
    "SASLNegotiation",
    "ServerDialback",
    "StartTLS",
    "Step",
    "StreamCompression",
    "StreamResumption",
    "default_features",
]
