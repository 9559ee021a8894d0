"""When what a program sends leaves: what the session asks of an object that knows good moments, as `im.csi_habits.RadioHabits`.

The session offers it all stanzas that the program and its operations send, and tells it of input, of time, and whether anybody
looks at the client; each answer is what to send now. While there are habits, the session's keepalive is theirs as well: they
say when to ask the server whether it is still there. `Moments` is the session's side of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ..operation import Operation, OperationError, OperationTimeout, request
from ..payload import PayloadError
from ..protocol.ping import Ping
from ..stanza import Iq, Stanza
from ..stream.errors import LocalProtocolError
from .runner import Running

KEEPALIVE = 1800.0
"""Seconds of silence after which a blank is sent where there are habits: later than their own question, which does the same for
the path. A server that wants to hear from us more often (XEP-0478) still does."""
ANSWER_SECONDS = 60.0
"""How long the server may take to answer a ping, before the connection counts as lost."""


class Habits(Protocol):
    """Says what to send when. Times are seconds on the clock of the session. Of what is offered nothing is lost: any call gives
    it back, at once or later, unless it was outdated by something else; the stanza that is offered comes last."""

    @property
    def waiting(self) -> Sequence[Stanza]:
        """What was not given back yet."""
        ...

    def offer(self, stanza: Stanza, now: float) -> Sequence[Stanza]:
        """The program sends this: what to send now."""
        ...

    def heard(self, now: float) -> Sequence[Stanza]:
        """Something came from the server: what to send now."""
        ...

    def set_active(self, active: bool, now: float) -> Sequence[Stanza]:
        """Somebody looks at the client, or nobody does: what to send now."""
        ...

    def next_timeout(self) -> float | None:
        """When to call `handle_timeout` and `take_ping`. After both were called, it is later than that."""
        ...

    def handle_timeout(self, now: float) -> Sequence[Stanza]:
        """The time passed: what to send now."""
        ...

    def take_ping(self, now: float) -> bool:
        """Whether to ask the server now if it is still there."""
        ...


MakeHabits = Callable[[float], Habits]
"""Makes them, told what time it is, once the first stream is established: `RadioHabits`, for instance."""


class Moments:
    """The habits of a session. `send` puts on the stream what waited; `run` starts an operation."""

    __slots__ = ("_asked", "_habits", "_heard", "_run", "_send")

    def __init__(
        self,
        habits: Habits,
        send: Callable[[Stanza, float], None],
        run: Callable[[Operation[bool], float], Running[bool]],
    ) -> None:
        self._habits = habits
        self._send = send
        self._run = run
        self._heard = 0.0
        self._asked: tuple[float, Running[bool]] | None = None

    @property
    def waiting(self) -> Sequence[Stanza]:
        """What waits for a better moment."""
        return self._habits.waiting

    @property
    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due."""
        return self._habits.next_timeout()

    def offer(self, item: Stanza, now: float) -> bool:
        """Whether the item is to be sent now; what waited was sent then."""
        ready = self._habits.offer(item, now)
        follows = bool(ready) and ready[-1] is item
        self._send_all(ready[:-1] if follows else ready, now)
        return follows

    def heard(self, now: float) -> None:
        """Something came from the server."""
        self._heard = now
        self._send_all(self._habits.heard(now), now)

    def set_active(self, active: bool, now: float) -> None:
        """Somebody looks at the client, or nobody does."""
        self._send_all(self._habits.set_active(active, now), now)

    def handle_timeout(self, now: float, acknowledge: Callable[[float], bool]) -> bool:
        """Do what is due. `acknowledge` asks the server for an acknowledgement, if it can. False: the connection is lost."""
        self._send_all(self._habits.handle_timeout(now), now)
        if self._habits.take_ping(now) and not acknowledge(now):
            self._asked = now, self._run(_still_there(), now)
        if self._asked is None or not self._asked[1].done:
            return True
        (asked, running), self._asked = self._asked, None
        return running.result() or self._heard >= asked

    def _send_all(self, stanzas: Sequence[Stanza], now: float) -> None:
        for stanza in stanzas:
            self._send(stanza, now)


def _still_there() -> Operation[bool]:
    """Ping the server (XEP-0199). False: no answer in time."""
    try:
        yield from request(Iq("get", payload=Ping()), ANSWER_SECONDS)
    except OperationTimeout:
        return False
    except (OperationError, PayloadError, LocalProtocolError):
        pass  # an answer, or the end of the stream anyway
    return True
