"""Why an operation failed. All of these are raised where the operation waits for a reply, and so also by its result."""

from __future__ import annotations

from ..stanza import Iq, StanzaError


class OperationError(Exception):
    """An operation came to no result."""


class IqError(OperationError):
    """The entity that was asked answered with an error (RFC 6120 section 8.3).

    `error` is the stanza error; `reply` is the whole answer.
    """

    def __init__(self, error: StanzaError, reply: Iq | None = None) -> None:
        super().__init__(error, reply)
        self.error = error
        self.reply = reply

    def __str__(self) -> str:
        return str(self.error)


class OperationTimeout(OperationError, TimeoutError):  # noqa: N818  # named as in the standard library
    """No reply came in time. Whether the request was carried out is unknown."""


class OperationCancelled(OperationError):  # noqa: N818
    """The program gave the operation up with `Running.cancel()`."""


class ConnectionLostError(OperationError, ConnectionError):
    """The stream ended before the reply came.

    `unknown` is True where the request was sent: it may have been carried out. It is False where it never left.
    """

    def __init__(self, unknown: bool, text: str = "") -> None:
        super().__init__(unknown, text)
        self.unknown = unknown
        self.text = text

    def __str__(self) -> str:
        what = "the stream ended before the reply came" if self.unknown else "the stream is over, nothing was sent"
        return f"{what}: {self.text}" if self.text else what


class BacklogFull(OperationError):  # noqa: N818
    """The reply cannot be read, since the program does not take the events that came before it.

    Take events while operations run (from another task or thread), or give the session a larger backlog.
    """
