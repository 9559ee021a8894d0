"""Plans carried out in blocking code: a little at a time, inside the calls of the program."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from . import race
from .client import Conversation
from .dial import Attempt, Call, Join, Wait
from .polling import Link, Loop, now

Steps = Generator[Call | Attempt | Wait, Any, Any]


class Errands:
    """Carries out a plan on a loop. `link` is the connection of the last attempt, `result` what the plan returned.

    `attached` is told of each new connection. A call that finds that it is time to dial takes as long as the DNS and the TCP
    connection do; all other waiting is done by the loop.
    """

    def __init__(
        self, plan: Steps | None, loop: Loop, attached: Callable[[Conversation, Link], None] | None = None
    ) -> None:
        self.link: Link | None = None
        self.result: Any = None
        self.over = plan is None
        self._plan = plan
        self._loop = loop
        self._attached = attached
        self._waits: Wait | None = None
        self._value: Any = None
        self._error: Exception | None = None

    @property
    def until(self) -> float | None:
        """When to look again, at the latest."""
        return self._waits.until if self._waits is not None else None

    def advance(self) -> bool:
        """Go on as far as it goes without waiting. Whether it went on. Raises what the plan raises."""
        moved = False
        while self._plan is not None and not self.over and (self._waits is None or self._waits.ready()):
            moved = True
            self._waits = None
            try:
                step = self._plan.send(self._value) if self._error is None else self._plan.throw(self._error)
            except StopIteration as done:
                self.over, self.result = True, done.value
                break
            self._value = self._error = None
            try:
                self._do(step)
            except (OSError, ValueError) as raised:
                self._error = raised
        return moved

    def _do(self, step: Call | Attempt | Wait) -> None:
        if isinstance(step, Call):
            self._value = step.function()
        elif isinstance(step, Wait):
            self._waits = step
        else:
            conversation = step.conversation
            sock = race.connect(step.race)
            link = Link(step.driver, sock, self._loop)
            if isinstance(step, Join):
                return
            self.link = link
            if self._attached is not None:
                self._attached(conversation, link)
            self._waits = Wait(lambda: conversation.established or link.closed)

    def close(self) -> None:
        """Give the plan up."""
        self.over = True
        if self._plan is not None:
            self._plan.close()


def soonest(*times: float | None) -> float | None:
    """The seconds until the first of these times; None if there is none."""
    due = min((time for time in times if time is not None), default=None)
    return None if due is None else max(0.0, due - now())
