"""ANONYMOUS (RFC 4505, XEP-0175): a visitor, with at most a few words of trace information."""

from __future__ import annotations

from .base import AnonymousQuestion, Condition, Exchange, SASLFailure, ServerMechanism, SingleMessage, Success, utf8

MAX_TRACE = 255
"""The longest trace, in characters (RFC 4505 section 2)."""


class AnonymousClient(SingleMessage):
    """One anonymous login. `trace` is shown to the server; XEP-0175 advises against it. Raises `ValueError`."""

    __slots__ = ()

    def __init__(self, *, trace: str | None = None) -> None:
        if trace is not None and (len(trace) > MAX_TRACE or "\0" in trace):
            raise ValueError(f"a trace has at most {MAX_TRACE} characters and no NUL")
        super().__init__("ANONYMOUS", (trace or "").encode())


class AnonymousServer(ServerMechanism):
    """One anonymous login: asks an `AnonymousQuestion`."""

    __slots__ = ()

    name = "ANONYMOUS"

    def _exchange(self, message: bytes) -> Exchange:
        trace = utf8(message)
        if len(trace) > MAX_TRACE or "\0" in trace:
            raise SASLFailure(Condition.MALFORMED_REQUEST, "not a trace")
        username: str | None = yield AnonymousQuestion(trace or None)
        if username is None:
            raise SASLFailure(Condition.NOT_AUTHORIZED)
        yield Success(username)
