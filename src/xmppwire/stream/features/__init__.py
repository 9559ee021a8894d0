"""The stream features that come with the engine, one file each, both halves in it."""

from __future__ import annotations

from .base import AWAIT, Conversation, Feature, Outcome, Step
from .bind import ResourceBinding
from .sasl import SASLNegotiation
from .session import LegacySession
from .starttls import StartTLS

DEFAULT_FEATURES: tuple[Feature, ...] = (StartTLS(), SASLNegotiation(), ResourceBinding(), LegacySession())
"""In the order in which they are advertised and tried."""

__all__ = [
    "AWAIT",
    "DEFAULT_FEATURES",
    "Conversation",
    "Feature",
    "LegacySession",
    "Outcome",
    "ResourceBinding",
    "SASLNegotiation",
    "StartTLS",
    "Step",
]
