"""Pages of which each says where the next one begins (XEP-0059): whether they lead in a circle."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Circle:
    """Notices sooner or later that the places of pages come round again, however many are on the way, and keeps one of them."""

    _kept: str | None = None
    _since: int = 0
    _turn: int = 1

    def is_closed_by(self, place: str) -> bool:
        """Whether a page leads to a place where the reader was."""
        if place == self._kept:
            return True
        self._since += 1
        if self._since == self._turn:  # Brent: the place that is kept changes after 1, 2, 4, 8, ... pages
            self._kept, self._since, self._turn = place, 0, 2 * self._turn
        return False
