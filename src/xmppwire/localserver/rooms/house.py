"""What all rooms of a server share: the limits, the clock's date, and the way out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TypeAlias, cast

from ...stanza import ErrorCondition, ErrorType, Iq, Message, Presence, Stanza
from ..hub import Hub
from ..offline import moment
from .limits import RoomLimits

Deliver: TypeAlias = Callable[[Message | Presence | Iq, float], None]

EPOCH_OF_ENGINES = 0.0
"""Where the date is not known, the clock of the engine is taken for one that counts from 1970."""


class RoomError(Exception):
    """What somebody wants of a room is refused with `condition`."""

    def __init__(self, condition: ErrorCondition, text: str | None = None, type: ErrorType | None = None) -> None:
        super().__init__(condition, text)
        self.condition = condition
        self.text = text
        self.type = type


class House:
    """Limits, dates, ids and the way out."""

    def __init__(self, hub: Hub, deliver: Deliver, archive: bool) -> None:
        self.hub = hub
        self._deliver = deliver
        self.archive = archive and hub.stamp(0.0) is not None
        """Whether rooms may keep archives. There are none without a date."""
        self.occupancies = 0
        """Clients in rooms, one counted for each room."""

    @property
    def limits(self) -> RoomLimits:
        """How much rooms keep."""
        return self.hub.limits.rooms

    @cached_property
    def secret(self) -> bytes:
        """What the identifiers of occupants are made with (XEP-0421)."""
        return self.hub.random(32)

    def post(self, stanza: Stanza, now: float) -> None:
        """Send a stanza to whom it is for."""
        self._deliver(cast("Message | Presence | Iq", stanza), now)

    def stamp(self, now: float) -> datetime:
        """The date; a wrong one where it is not known, since there must be one."""
        stamp = self.hub.stamp(now) or moment(EPOCH_OF_ENGINES, now)
        assert stamp is not None  # noqa: S101 - an epoch was given
        return stamp
