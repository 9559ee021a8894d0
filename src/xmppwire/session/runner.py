"""Runs operations: sends their requests, finds the replies, keeps the deadlines. Knows no stream, only how to send an IQ.

A reply is known by its kind (an IQ of type result or error), its id, and its sender. Anybody can send us an IQ with any id,
so the sender must be the address that was asked, or one that means the same (see `repliers`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar, cast

from ..jid import JID
from ..operation import (
    BacklogFull,
    Operation,
    OperationCancelled,
    OperationError,
    OperationTimeout,
    Request,
)
from ..stanza import Iq, Message
from ..stream.errors import LocalProtocolError

T = TypeVar("T")

UNTRACKED = 1000
"""Requests that the program sent by itself and whose replies are still recognised; the oldest are forgotten first."""


class Running(Generic[T]):
    """An operation under way, or finished. Made by `Session.run`."""

    __slots__ = ("_error", "_result", "_runner", "deadline", "done", "operation")

    def __init__(self, operation: Operation[T], runner: Runner, deadline: float | None) -> None:
        self.operation = operation
        self.deadline = deadline
        self.done = False
        self._runner = runner
        self._result: T | None = None
        self._error: BaseException | None = None

    def result(self) -> T:
        """What the operation returned. Raises what it raised, and RuntimeError while it is under way."""
        if not self.done:
            raise RuntimeError("the operation is under way")
        if self._error is not None:
            raise self._error
        return cast("T", self._result)

    def cancel(self) -> None:
        """Give the operation up: it ends with `OperationCancelled`. A reply that still comes counts as a stranger's."""
        if not self.done:
            self._runner.stop(self, OperationCancelled("cancelled"))

    def finish(self, result: T | None, error: BaseException | None) -> None:
        """For the runner: note how it ended."""
        self._result, self._error, self.done = result, error, True


@dataclass(slots=True)
class _Waiting:
    """A request without a reply yet. `running` is None where the program itself sent it."""

    running: Running[Any] | None
    senders: frozenset[JID | None]
    deadline: float | None = None
    collect: Callable[[Message], bool] | None = None


def repliers(to: JID | None, own: JID | None) -> frozenset[JID | None]:
    """Who may answer an IQ that went to `to`, from a client that is `own` (its full JID).

    A request without an address is handled by the server for our account (RFC 6120 section 10.3.3): the answer comes without
    an address or from the bare JID of the account (section 8.1.2.1), and from older servers in their own name. A request to
    the account may be answered without an address, and so may one to the server itself. Nobody else can use those
    forms, since the server stamps what it forwards. Every other answer comes from exactly the address that was asked.
    """
    if own is None:
        return frozenset((to,))
    if to is None:
        return frozenset((None, own.bare, own.domain))
    if to in (own.bare, own.domain):
        return frozenset((to, None))
    return frozenset((to,))


class Runner:
    """The operations of one session. `send` puts an IQ on the stream or raises; `random` gives random bytes."""

    def __init__(self, send: Callable[[Iq, float], None], random: Callable[[int], bytes]) -> None:
        self.own: JID | None = None
        self._send = send
        self._random = random
        self._waiting: dict[str, _Waiting] = {}
        self._collecting: dict[str, _Waiting] = {}  # those of `_waiting` that take messages
        self._untracked: dict[str, _Waiting] = {}
        self._running: dict[Running[Any], None] = {}
        self._finished: list[Running[Any]] = []

    def __len__(self) -> int:
        return len(self._running)

    def start(self, operation: Operation[T], now: float, timeout: float | None) -> Running[T]:
        """Begin an operation: it runs up to its first request at once."""
        running = Running(operation, self, None if timeout is None else now + timeout)
        self._running[running] = None
        self._drive(running, now, partial(next, operation))
        return running

    def fresh_id(self) -> str:
        """An id that nobody can guess."""
        return self._random(12).hex()

    def expect(self, iq: Iq) -> None:
        """Recognise the reply to a request that the program sends by itself."""
        if iq.id is not None:
            self._untracked[iq.id] = _Waiting(None, repliers(iq.to, self.own))
            if len(self._untracked) > UNTRACKED:
                del self._untracked[next(iter(self._untracked))]

    def reply(self, iq: Iq, now: float) -> Running[Any] | bool:
        """Take an IQ of type result or error: the operation that waited for it, or True if the program did, else False."""
        for table in (self._waiting, self._untracked):
            waiting = table.get(iq.id or "")
            if waiting is not None and iq.sender in waiting.senders:
                del table[iq.id or ""]
                self._collecting.pop(iq.id or "", None)
                if waiting.running is None:
                    return True
                self._drive(waiting.running, now, partial(waiting.running.operation.send, iq))
                return waiting.running
        return False

    def collect(self, message: Message, now: float) -> bool:
        """Whether an operation takes this message for its own."""
        for id_, waiting in self._collecting.items():
            if waiting.collect is None or message.sender not in waiting.senders:
                continue
            try:
                if waiting.collect(message):
                    return True
            except Exception as error:  # it ends the operation, and not the session
                self._forget(id_)
                if waiting.running is not None:
                    self._drive(waiting.running, now, partial(waiting.running.operation.throw, error))
                return True
        return False

    def next_deadline(self) -> float | None:
        """When `expire` is due."""
        times = [waiting.deadline for waiting in self._waiting.values() if waiting.deadline is not None]
        return min(times, default=None)

    def expire(self, now: float, blocked: bool) -> None:
        """End what is late. With `blocked`, the backlog kept the replies from being read, and the error says so."""
        for id_, waiting in list(self._waiting.items()):
            running = waiting.running
            if running is None or waiting.deadline is None or now < waiting.deadline or id_ not in self._waiting:
                continue
            error = BacklogFull("take the events that wait") if blocked else OperationTimeout("no reply came in time")
            if running.deadline is not None and now >= running.deadline:
                self.stop(running, error)
            else:
                self._forget(id_)
                self._drive(running, now, partial(running.operation.throw, error))

    def end(self, error: Callable[[], OperationError], spare: Collection[str | None] = ()) -> None:
        """End every operation under way, each with an error of its own, but for those that wait for the reply to one of the
        requests with the ids in `spare`."""
        spared = {waiting.running for id_, waiting in self._waiting.items() if id_ in spare}
        for running in list(self._running):
            if running not in spared:
                self.stop(running, error())

    def stop(self, running: Running[Any], error: OperationError) -> None:
        """End one operation with an error. It may still turn the error into a result, but gets no further request."""
        for id_, waiting in list(self._waiting.items()):
            if waiting.running is running:
                self._forget(id_)
        try:
            running.operation.throw(error)
            running.operation.close()
        except StopIteration as stop:
            self._finish(running, stop.value, None)
        except Exception as raised:  # whatever the operation raises is its outcome
            self._finish(running, None, raised)
        else:
            self._finish(running, None, error)

    def take_finished(self) -> list[Running[Any]]:
        """The operations that finished since the last call."""
        finished, self._finished = self._finished, []
        return finished

    def _drive(self, running: Running[Any], now: float, resume: Callable[[], Request]) -> None:
        """Resume an operation until it waits for a reply or is done."""
        while True:
            try:
                wanted = resume()
            except StopIteration as stop:
                return self._finish(running, stop.value, None)
            except Exception as error:  # whatever the operation raises is its outcome
                return self._finish(running, None, error)
            try:
                return self._ask(running, wanted, now)
            except Exception as error:  # the operation hears why its request was not sent
                resume = partial(running.operation.throw, error)

    def _ask(self, running: Running[Any], wanted: Request, now: float) -> None:
        iq = wanted.iq
        if iq.id is None:
            iq.id = self.fresh_id()
        elif iq.id in self._waiting:
            raise LocalProtocolError(f"a request with the id {iq.id!r} is under way")
        if wanted.named is not None:
            wanted.named(iq.id)
        self._send(iq, now)
        deadline = running.deadline
        if wanted.timeout is not None:
            own = now + wanted.timeout
            deadline = own if deadline is None else min(deadline, own)
        waiting = self._waiting[iq.id] = _Waiting(running, repliers(iq.to, self.own), deadline, wanted.collect)
        if wanted.collect is not None:
            self._collecting[iq.id] = waiting

    def _forget(self, id_: str) -> None:
        del self._waiting[id_]
        self._collecting.pop(id_, None)

    def _finish(self, running: Running[Any], result: Any, error: BaseException | None) -> None:
        if running not in self._running:
            return  # it was ended while it ran, by something that it did itself
        running.finish(result, error)
        del self._running[running]
        self._finished.append(running)
