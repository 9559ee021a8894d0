"""What a session that writes ahead has not sent yet: first it is stored that it is sent.

    send --> held --> export (sealed) --> stored --> sent

The state that `export` gives lists what was sent and not confirmed, and then what is held, in the order in which it leaves.
So whoever resumes with that state learns from the server's count how far it came. Nothing may overtake what a state lists:
what the session sends by itself between `export` and `stored` waits behind it.
"""

from __future__ import annotations

from ..stanza import Stanza
from ..xml import Element


class Ahead:
    """What is held."""

    def __init__(self) -> None:
        self.held: list[Stanza | Element] = []
        """What the program sends."""
        self.behind: list[Stanza | Element] = []
        """What the session sent by itself since the last export: it leaves behind what that lists."""
        self.sealed: int | None = None
        """How many of `held` the last export lists, until it is stored."""

    @property
    def all(self) -> list[Stanza | Element]:
        """Everything, in the order in which it leaves."""
        sealed = self.sealed or 0
        return [*self.held[:sealed], *self.behind, *self.held[sealed:]]

    def seal(self) -> None:
        """An export lists all that is here."""
        self.held, self.behind = self.all, []
        self.sealed = len(self.held)

    def release(self) -> list[Stanza | Element]:
        """That export is stored: what may leave now."""
        sealed = self.sealed or 0
        ready = [*self.held[:sealed], *self.behind]
        self.held, self.behind, self.sealed = self.held[sealed:], [], None
        return ready
