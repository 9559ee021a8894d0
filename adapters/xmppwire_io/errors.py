"""What `connect()` and the calls on a client raise. Each message is one line that a person can act on."""

from __future__ import annotations

from collections.abc import Sequence

from xmppwire.stream.errors import StreamError
from xmppwire.stream.events import AuthenticationFailed, Event, RegistrationFailed, StreamEnded


class StreamClosedError(Exception):
    """The stream is over: nothing more can be sent. `ended` is the event that ended it, if the stream had begun."""

    def __init__(self, message: str, ended: StreamEnded | None = None) -> None:
        super().__init__(message)
        self.ended = ended


class ConnectError(Exception):
    """No address led to an established stream; the message names each one that was tried, and what happened there.

    `attempts` has the same as pairs of address and reason. `error` is the stream error that the last server sent, if it
    sent one. `events` is what the last stream told before it ended.
    """

    def __init__(
        self,
        message: str,
        attempts: Sequence[tuple[str, str]] = (),
        *,
        error: StreamError | None = None,
        events: Sequence[Event] = (),
    ) -> None:
        super().__init__(message)
        self.attempts = tuple(attempts)
        self.error = error
        self.events = tuple(events)


class TLSError(ConnectError):
    """A server was reached, but TLS was refused or failed, or its certificate is not trusted; the message says why."""


class AuthenticationError(ConnectError):
    """The server was reached, and refused the login. `failure` is its last refusal, if it gave one."""

    def __init__(
        self,
        message: str,
        attempts: Sequence[tuple[str, str]] = (),
        *,
        failure: AuthenticationFailed | None = None,
        error: StreamError | None = None,
        events: Sequence[Event] = (),
    ) -> None:
        super().__init__(message, attempts, error=error, events=events)
        self.failure = failure


class RegistrationError(ConnectError):
    """The server was reached, and did not make the account (XEP-0077). `failure` says what it told."""

    def __init__(
        self,
        message: str,
        attempts: Sequence[tuple[str, str]] = (),
        *,
        failure: RegistrationFailed | None = None,
        error: StreamError | None = None,
        events: Sequence[Event] = (),
    ) -> None:
        super().__init__(message, attempts, error=error, events=events)
        self.failure = failure


__all__ = ["AuthenticationError", "ConnectError", "RegistrationError", "StreamClosedError", "TLSError"]
