"""What a session sends, and what it keeps for the program: now, once there is a connection, once it is stored, or at a good
moment.

What waits is in one of three places: in `_unsent` for a connection, in `_ahead` until it is stored that it is sent, and in
`_moments` where the habits of the program have it wait. `SessionCore` builds on this.
"""

from __future__ import annotations

from collections import deque
from typing import cast

from ..operation import ConnectionLostError
from ..payload import PayloadError
from ..stanza import Iq, Stanza
from ..stream.config import SessionConfig
from ..stream.connection import Connection
from ..stream.engine import Engine
from ..stream.errors import LocalProtocolError
from ..stream.events import (
    PeerClosed,
    SeeOtherHost,
    SeeOtherURI,
    StanzasUnknown,
    StreamEnded,
    StreamErrorReceived,
    StreamErrorSent,
    StreamSuspended,
)
from ..stream.management import to_text
from ..stream.phases import Phase
from ..xml import Element, XMLCharacterError
from .ahead import Ahead
from .events import SessionEvent, StanzasUnsent
from .habits import Moments
from .policy import Outages
from .tally import Ticket

_LAST_WORDS = (
    StreamErrorReceived,
    StreamErrorSent,
    SeeOtherHost,
    SeeOtherURI,
    PeerClosed,
    StanzasUnknown,
    StanzasUnsent,
    StreamSuspended,
    StreamEnded,
)


class Sending:
    """The part of a session that sends. Its state is set up by `SessionCore`."""

    config: SessionConfig
    connection: Engine
    _unsent: deque[Stanza | Element]
    _ahead: Ahead | None
    _moments: Moments | None
    _outages: Outages | None
    _backlog: deque[tuple[SessionEvent, Ticket | None]]
    _room: int
    _counting: bool
    _up: bool
    _was_up: bool
    _closing: bool
    _ended: StreamEnded | None

    @property
    def _stream(self) -> Connection:
        """The connection, for what only managed streams have."""
        return cast("Connection", self.connection)

    def _keep(self, event: SessionEvent, ticket: Ticket | None = None) -> None:
        """Put an event into the backlog. While closing, only what tells of the end is sure of a place."""
        if len(self._backlog) < self._room or not self._closing or isinstance(event, _LAST_WORDS):
            self._backlog.append((event, ticket))

    # --- sending ----------------------------------------------------------------------------------------------------

    @property
    def _waiting(self) -> list[Stanza | Element]:
        """All that has not left."""
        ahead = self._ahead.all if self._ahead is not None else ()
        return [*self._unsent, *ahead, *(self._moments.waiting if self._moments is not None else ())]

    @property
    def _waits_for_connection(self) -> bool:
        """Whether what is sent now has to wait."""
        if self._outages is None or not self._was_up or self._closing or self._ended is not None:
            return False
        return not self._up or bool(self._unsent) or self.connection.phase is not Phase.ESTABLISHED

    def _put(self, item: Stanza | Element, now: float, *, stored_first: bool = False) -> None:
        """Send, now or later. With `stored_first`, a session that writes ahead keeps it until it is stored."""
        ahead = self._ahead if self._was_up and not self._closing else None
        if ahead is not None and (stored_first or ahead.sealed is not None or self._unsent):
            management = self.config.management
            if management is not None and len(ahead.all) >= management.queue:
                raise LocalProtocolError(f"{len(ahead.all)} stanzas wait until it is stored that they are sent")
            _check(item)
            if stored_first:
                ahead.held.append(item)
            elif ahead.sealed is not None:
                ahead.behind.append(item)
            else:
                self._unsent.append(item)
            return
        if not self._waits_for_connection:
            self.connection.send(item, now)
            return
        assert self._outages is not None  # noqa: S101 - or nothing would wait
        if len(self._unsent) >= self._outages.policy.queue:
            raise LocalProtocolError(f"there is no connection, and {len(self._unsent)} stanzas wait for one")
        _check(item)
        self._unsent.append(item)

    def _send_waiting(self, now: float) -> None:
        while self._unsent and self.connection.phase is Phase.ESTABLISHED:
            try:
                self.connection.send(self._unsent[0], now)
            except LocalProtocolError:
                if self.connection.output_size or self._stream.unacknowledged:
                    return  # there will be room
                self._keep(StanzasUnsent((self._unsent.popleft(),)))  # longer than `Limits.output_bytes`
            else:
                self._unsent.popleft()

    def _send_request(self, iq: Iq, now: float) -> None:
        if self._ended is not None:
            raise ConnectionLostError(False, words(self._ended))
        if self.connection.phase is not Phase.ESTABLISHED and not self._waits_for_connection:
            raise ConnectionLostError(False, "the stream is closing")
        if self._offer(iq, now):
            self._put(iq, now)

    # --- habits: see `habits` ---------------------------------------------------------------------------------------

    @property
    def _steady(self) -> Moments | None:
        """The habits, where there is a stream on which to keep them."""
        return self._moments if self._up and self.connection.phase is Phase.ESTABLISHED else None

    def _offer(self, item: Stanza | Element, now: float) -> bool:
        """Whether what the program sends is to be sent now."""
        moments = self._moments
        if moments is None or self._closing or not isinstance(item, Stanza):
            return True
        _check(item)
        return moments.offer(item, now)

    def _put_late(self, stanza: Stanza, now: float) -> None:
        """Send what waited for a better moment."""
        try:
            self._put(stanza, now)
        except LocalProtocolError:
            self._keep(StanzasUnsent((stanza,)))

    def _acknowledge(self, now: float) -> bool:
        """Ask the server which stanzas it has; False where it does not count them."""
        if not self._counting:
            return False
        try:
            self._stream.ask(now)
        except LocalProtocolError:
            return False
        return True


def _check(item: Stanza | Element) -> None:
    """Raise what sending would."""
    try:
        to_text(item)
    except (XMLCharacterError, PayloadError) as error:
        raise LocalProtocolError(str(error)) from None


def words(ended: StreamEnded) -> str:
    """How a stream ended, in words."""
    return ended.text or ended.reason.value
