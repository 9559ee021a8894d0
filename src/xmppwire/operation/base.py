"""Operations: conversations above the stream, each written once as a generator that any framework can run.

An operation yields a `Request` and is resumed with the reply. It neither knows who runs it nor waits for anything:

    def fetch_version(target: JID) -> Operation[Version]:
        reply = yield from request(Iq("get", target, payload=Version()))
        return reply.get(Version)

    version = await client.run(fetch_version(target))

A runner (such as `Session`) sends the request's IQ, finds the reply to it, and resumes the generator: with the reply,
whether it is a result or an error, or by throwing in an `OperationError`. What the generator returns is the result.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

from ..stanza import Iq, Message
from .errors import IqError

T = TypeVar("T")


@dataclass(slots=True)
class Request:
    """What an operation asks its runner for: send `iq`, a get or set, and come back with the reply.

    Without an id the runner gives it one that nobody can guess. `timeout` is in seconds, for this request alone; the
    whole operation may have an earlier deadline.

    Some protocols answer with messages in front of the reply. `collect` is offered each message that comes, while the request
    is under way, from whom it went to: where it returns True, the message is the operation's, and the program does not see
    it. `named` is told the id of the request before it is sent.
    """

    iq: Iq
    timeout: float | None = None
    collect: Callable[[Message], bool] | None = None
    named: Callable[[str], None] | None = None


Operation = Generator[Request, Iq, T]
"""A conversation that ends with a `T`."""


def request(
    iq: Iq,
    timeout: float | None = None,
    *,
    collect: Callable[[Message], bool] | None = None,
    named: Callable[[str], None] | None = None,
) -> Operation[Iq]:
    """Send a get or set and wait for its result: `reply = yield from request(iq)`. The rest is said at `Request`.

    Raises `IqError` for an answer of type error, `OperationTimeout` when none came within `timeout` seconds,
    `ConnectionLostError` and `BacklogFull` where none can come any more, `PayloadError` for an error that is not
    readable, and `LocalProtocolError` for an IQ that cannot be sent.
    """
    reply = yield Request(iq, timeout, collect, named)
    error = reply.error
    if error is not None:
        raise IqError(error, reply)
    return reply
