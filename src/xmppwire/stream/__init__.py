"""XML streams (RFC 6120): `Connection`, its configs, events, limits and phases.

Where to look: `connection` is the public surface, `initiating` and `receiving` are the two sides of negotiation,
`features/` the stream features, `component` both sides where there are none, `closing` the ways to end, `core` the moving
parts that they share, `framing` what is different over WebSocket (RFC 7395).
"""

from __future__ import annotations

from . import events
from .config import (
    ClientConfig,
    ComponentConfig,
    ComponentServerConfig,
    Config,
    InitiatingConfig,
    ReceivingConfig,
    S2SIncomingConfig,
    S2SOutgoingConfig,
    ServerConfig,
    SessionConfig,
    StreamConfig,
)
from .connection import Connection
from .domain_policy import DialbackUse, DomainPolicies, DomainPolicy
from .engine import Engine
from .errors import LocalProtocolError, StreamError, StreamErrorCondition
from .events import *  # noqa: F403 - every event is public
from .fast import DeviceTokens, FastPolicy, FastToken
from .federation import check_dialback_key, dialback_key
from .framing import Framing
from .limits import CLIENT_LIMITS, Limits
from .management import Resumption, StreamManagement
from .phases import TRANSITIONS, Cause, Phase
from .registration import Registration
from .sasl2 import SASL2, SASL2Offer, UserAgent

__all__ = [
    "CLIENT_LIMITS",
    "SASL2",
    "TRANSITIONS",
    "Cause",
    "ClientConfig",
    "ComponentConfig",
    "ComponentServerConfig",
    "Config",
    "Connection",
    "DeviceTokens",
    "DialbackUse",
    "DomainPolicies",
    "DomainPolicy",
    "Engine",
    "FastPolicy",
    "FastToken",
    "Framing",
    "InitiatingConfig",
    "Limits",
    "LocalProtocolError",
    "Phase",
    "ReceivingConfig",
    "Registration",
    "Resumption",
    "S2SIncomingConfig",
    "S2SOutgoingConfig",
    "SASL2Offer",
    "ServerConfig",
    "SessionConfig",
    "StreamConfig",
    "StreamError",
    "StreamErrorCondition",
    "StreamManagement",
    "UserAgent",
    "check_dialback_key",
    "dialback_key",
]
__all__ += events.__all__
