"""The timers of one stream. There is no clock here: every time comes in as an argument (seconds, on any steady clock).

Eight things can fall due: the handshake deadline, the deadline of the closing handshake, silence of the peer, an
acknowledgement that the peer owes, one that we want to ask for (XEP-0198), silence of ours (a blank is sent: RFC 6120
section 4.6.1), the end of the peer's certificate (section 13.7.2.3), and an answer of dialback (XEP-0220). The two silences
are worked out from the last bytes seen, so that traffic costs no bookkeeping.
"""

from __future__ import annotations

from enum import Enum


class Due(Enum):
    """What fell due."""

    HANDSHAKE = "handshake"
    CLOSE = "close"
    IDLE = "idle"
    ANSWER = "answer"


class Clock:
    """Deadlines as absolute times, None where a slot is not armed."""

    __slots__ = (
        "answer_after",
        "ask",
        "asked",
        "certificate",
        "close",
        "dialback",
        "handshake",
        "idle_after",
        "keepalive_after",
        "last_received",
        "last_sent",
    )

    def __init__(self) -> None:
        self.handshake: float | None = None
        self.close: float | None = None
        self.certificate: float | None = None
        self.dialback: float | None = None
        """When the first question of dialback has waited too long."""
        self.idle_after: float | None = None
        self.keepalive_after: float | None = None
        self.ask: float | None = None
        self.asked: float | None = None
        """When the acknowledgement that the peer owes was asked for."""
        self.answer_after = 0.0
        self.last_received = 0.0
        self.last_sent = 0.0

    def fatal(self, now: float) -> Due | None:
        """The deadline that ends the stream and is due at `now`; the earliest if there are several."""
        if self.handshake is None and self.close is None and self.idle_after is None and self.asked is None:
            return None
        best: tuple[float, Due] | None = None
        for when, due in (
            (self.handshake, Due.HANDSHAKE),
            (self.close, Due.CLOSE),
            (self._idle(), Due.IDLE),
            (self._answer(), Due.ANSWER),
        ):
            if when is not None and when <= now and (best is None or when < best[0]):
                best = (when, due)
        return best[1] if best else None

    def certificate_due(self, now: float) -> bool:
        return self.certificate is not None and self.certificate <= now

    def keepalive_due(self, now: float) -> bool:
        return self.keepalive_after is not None and self.last_sent + self.keepalive_after <= now

    def next(self) -> float | None:
        """The earliest armed deadline."""
        slots = (self.handshake, self.close, self.certificate, self._idle(), self.ask, self._answer(), self.dialback)
        times = [when for when in slots if when is not None]
        if self.keepalive_after is not None:
            times.append(self.last_sent + self.keepalive_after)
        return min(times, default=None)

    def _idle(self) -> float | None:
        return None if self.idle_after is None else self.last_received + self.idle_after

    def _answer(self) -> float | None:
        """A peer that sends something is alive, however late its acknowledgement is."""
        return None if self.asked is None else max(self.asked, self.last_received) + self.answer_after
