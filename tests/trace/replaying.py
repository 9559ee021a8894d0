"""Recorded runs for tests, and the promise that every one of them replays.

    trace = Recorded(config)                  # trace.engine goes where the Connection would go
    ...
    trace.assert_replays()                    # the same bytes, events and phases again

Any test that drives engines can do this with the engines it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from xmppwire.stream import StreamConfig
from xmppwire.trace import Recorder, Replay, record, replay


class Recorded:
    """An engine that is recorded twice at once: with its secrets, and blanked. `make` makes it (None: a `Connection`)."""

    def __init__(self, config: StreamConfig, make: Callable[[Any], Any] | None = None) -> None:
        self.lines: list[str] = []
        self.blanked: list[str] = []
        # A trace cannot hold features of one's own.
        self.replay_config = None if config.features is None else config

        def recorded(inner_config: Any) -> Recorder:
            return record(inner_config, self.lines.append, make=make, secrets=True)

        self.engine = record(config, self.blanked.append, make=recorded)

    def assert_replays(self) -> Replay:
        """Both traces replay with a `Connection`, without a difference. The replay of the exact one is returned."""
        assert_replays(self.blanked, config=self.replay_config)
        return assert_replays(self.lines, config=self.replay_config)


def assert_replays(lines: Iterable[str], *, config: StreamConfig | None = None) -> Replay:
    """The trace replays without a difference."""
    result = replay(lines, config=config)
    assert result.equal, "\n".join(str(difference) for difference in result.differences)
    assert result.compared > 0
    return result
