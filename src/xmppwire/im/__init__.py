"""What programs do with the vocabulary: operations and trackers, one module a topic."""

from __future__ import annotations

from . import disco, ping, roster

__all__ = ["disco", "ping", "roster"]
