"""Replays whatever any test did to a `Connection`.

    python -m pytest -p tests.trace.replay_plugin tests/stream

Every `Connection` that a test makes is recorded, with secrets and blanked; when the test has passed, each trace has to
replay without a difference. A config with features of its own is given to the replay, since a trace cannot hold those.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

import xmppwire.stream
from tests.trace.replaying import Recorded
from xmppwire.stream import Connection

_recorded: list[Recorded] = []


class RecordedConnection:
    """Takes the place of the class `Connection`."""

    def __new__(cls, config: Any) -> Any:
        recorded = Recorded(config, Connection)
        _recorded.append(recorded)
        return recorded.engine


xmppwire.stream.Connection = RecordedConnection  # type: ignore[assignment,misc]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, Any, Any]:
    _recorded.clear()
    result = yield
    for recorded in _recorded:
        if len(recorded.lines) > 2:
            recorded.assert_replays()
    return result
