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
    """An engine that is recorded twice at once: with its secrets, and blanked."""

    def __init__(self, config: StreamConfig, make: Callable[[Any], Any] | None = None) -> None:
        self.lines: list[str] = []
        self.blanked: list[str] = []
        self.make = make
        self.config = config
        inner: list[Recorder] = []

        def recorded(inner_config: Any) -> Any:
            inner.append(record(inner_config, self.lines.append, make=make, secrets=True))
            return inner[0]

        self.engine = record(config, self.blanked.append, make=recorded)

    def assert_replays(self) -> Replay:
        """Both traces replay without a difference. The replay of the exact one is returned."""
        assert_replays(self.blanked, config=None if self.config.features is None else self.config, make=self.make)
        return assert_replays(self.lines, config=None if self.config.features is None else self.config, make=self.make)


def assert_replays(
    lines: Iterable[str], *, config: StreamConfig | None = None, make: Callable[[Any], Any] | None = None
) -> Replay:
    """The trace replays without a difference."""
    result = replay(lines, config=config, make=make)
    assert result.equal, "\n".join(str(difference) for difference in result.differences)
    assert result.compared > 0
    return result
