"""Whether a server that resumes a stream goes on with it.

A server may say `resumed` and then handle nothing of what it is sent, time after time: to resume once more would not end.
Seen with a WebSocket that broke inside a frame: what the server had of that frame came before all that followed.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..stanza import Stanza
from ..xml import Element

_PATIENCE = 2
"""So many resumptions in a row without an acknowledgement, and the stream is given up."""


class Progress:
    """The resumptions of one session."""

    def __init__(self) -> None:
        self._oldest: Stanza | Element | None = None
        self._since = 0.0
        self._in_vain = 0

    def resumed(self, unacknowledged: Sequence[Stanza | Element], now: float) -> None:
        """The stream goes on, the server says; it was sent all this again, and asked what of it arrived."""
        self._oldest = unacknowledged[0] if unacknowledged else None
        self._since = now

    def lost(self, unacknowledged: Sequence[Stanza | Element], now: float, answer_seconds: float | None) -> bool:
        """The connection is gone. True if it is of no use to resume the stream again: as before, the server had
        `answer_seconds`, and did not even say that it handled the oldest stanza."""
        oldest, self._oldest = self._oldest, None
        stuck = oldest is not None and bool(unacknowledged) and unacknowledged[0] is oldest
        if not stuck:
            self._in_vain = 0
        elif answer_seconds is not None and now - self._since >= answer_seconds:  # else: it had no time
            self._in_vain += 1
        if self._in_vain < _PATIENCE:
            return False
        self._in_vain = 0
        return True
