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
from xmppwire.stream import Connection, Event, Question, Signal, StreamError, TLSInfo

_recorded: list[Recorded] = []


class _Plain:
    """A connection without what its subclasses add."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(super(RecordedConnection, self._connection), name)


class RecordedConnection(Connection):
    """Takes the place of `Connection`, also as the base of other classes."""

    def __init__(self, config: Any) -> None:
        def make(recorded: Any) -> _Plain:
            Connection.__init__(self, recorded)
            return _Plain(self)

        self._recorded = Recorded(config, make)
        _recorded.append(self._recorded)

    def start(self, now: float) -> None:
        self._recorded.engine.start(now)

    def receive_data(self, data: bytes, now: float) -> None:
        self._recorded.engine.receive_data(data, now)

    def next_event(self, now: float) -> Event | Signal:
        return self._recorded.engine.next_event(now)

    def data_to_send(self) -> bytes:
        return self._recorded.engine.data_to_send()

    def handle_timeout(self, now: float) -> None:
        self._recorded.engine.handle_timeout(now)

    def send(self, item: Any, now: float) -> None:
        self._recorded.engine.send(item, now)

    def close(self, now: float, error: StreamError | None = None) -> None:
        self._recorded.engine.close(now, error)

    def tls_established(self, info: TLSInfo, now: float) -> None:
        self._recorded.engine.tls_established(info, now)

    def tls_failed(self, reason: str, now: float) -> None:
        self._recorded.engine.tls_failed(reason, now)

    def answer(self, question: Question, value: object, now: float) -> None:
        self._recorded.engine.answer(question, value, now)

    def refuse(self, question: Question, condition: str, now: float, text: str | None = None) -> None:
        self._recorded.engine.refuse(question, condition, now, text)


xmppwire.stream.Connection = RecordedConnection  # type: ignore[misc]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, Any, Any]:
    _recorded.clear()
    result = yield
    for recorded in _recorded:
        if len(recorded.lines) > 2:
            recorded.assert_replays()
    return result
