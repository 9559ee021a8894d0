"""What the streams of a local server are set to, and what happens when two clients want one resource."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

from ..stream.config import ServerConfig
from ..stream.features import DEFAULT_FEATURES
from ..stream.management import StreamManagement
from .capabilities import CapabilitiesFeature
from .devices import offer
from .hub import Hub
from .limits import narrowed
from .roster_features import RosterFeatures
from .suspended import MAX_SECONDS

MANAGEMENT = StreamManagement(max_seconds=MAX_SECONDS, queue=10_000)
"""How streams are managed. The queue holds more than `LocalLimits.queue_bytes` do, so that those are what counts."""


class ConflictPolicy(Enum):
    """What happens when a client asks for a resource that is connected already (RFC 6120 section 7.7.2.2)."""

    REPLACE = "replace"
    """The old stream ends with `conflict`: it is often a dead one of the same client."""
    GENERATE = "generate"
    """The new client gets a resource of the server's choice."""
    REFUSE = "refuse"
    """Binding fails with `conflict`; the client may ask for another resource."""


def stream_config(
    hub: Hub,
    base: ServerConfig | None,
    domains: Sequence[str],
    *,
    anonymous: bool,
    epoch: float | None,
    management: StreamManagement | None,
    sasl2: bool,
    registration: bool,
) -> ServerConfig:
    """What the program wants of the streams, put into `base`. The names are those of `LocalServer`."""
    base = ServerConfig(domains=domains) if base is None else base
    features = DEFAULT_FEATURES if base.features is None else base.features
    mechanisms = base.mechanisms
    if anonymous and "ANONYMOUS" not in mechanisms:
        mechanisms = (*mechanisms, "ANONYMOUS")
    if management is not None and management.epoch is None:
        management = replace(management, epoch=epoch)
    return replace(
        base,
        domains=tuple(domains),
        random=hub.random,
        limits=narrowed(hub.limits.stream, 8),
        sasl2=base.sasl2 or (offer(epoch, hub.random) if sasl2 else None),
        features=(*features, RosterFeatures(), CapabilitiesFeature(hub.capabilities)),
        mechanisms=mechanisms,
        management=management,
        client_state=True,
        registration=base.registration or registration,
    )
