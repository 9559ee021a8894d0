"""`Leg`: one connection of a session, as the engine of a driver.

The driver of a connection and the program look at different things. A `Leg` gives a driver what it has to do something
about: questions (TLS, key derivation) and the end of this connection. All else goes on to the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..stanza import Stanza
from ..stream.errors import StreamError
from ..stream.events import Event, Question, Signal, StreamEnded, TLSInfo
from ..stream.phases import Phase
from ..xml import Element

if TYPE_CHECKING:
    from .session import Session


class Leg:
    """The surface of an engine, for one connection, made by `Session.dial`. `next_event` gives questions and `StreamEnded`,
    nothing else.

    `negotiation` is what the stream told until it was established, that event included, or until it ended.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.connection = session.connection
        self.negotiation: list[Event] = []
        self.question: Question | None = None
        """A question that the driver was not handed yet."""
        self.ended: StreamEnded | None = None
        """How this connection ended, once that is known."""
        self._told = False

    @property
    def phase(self) -> Phase:
        return self.connection.phase

    @property
    def wants_read(self) -> bool:
        return self.session.wants_read if self._current else self.connection.wants_read

    @property
    def output_size(self) -> int:
        return self.connection.output_size

    def start(self, now: float) -> None:
        if self.phase is Phase.CONNECTED and self.ended is None:
            self.session.start(now)

    def receive_data(self, data: bytes, now: float) -> None:
        if self._current:
            self.session.receive_data(data, now)

    def next_event(self, now: float) -> Event | Signal:
        signal = self.session.pump(now)
        if self.question is not None:
            question, self.question = self.question, None
            return question
        if self.ended is not None and not self._told:
            self._told = True
            return self.ended
        return signal

    def data_to_send(self) -> bytes:
        return self.connection.data_to_send()

    def next_timeout(self) -> float | None:
        return self.session.next_timeout() if self._current else None

    def handle_timeout(self, now: float) -> None:
        self.session.handle_timeout(now)

    def send(self, item: Stanza | Element, now: float) -> None:
        self.session.send(item, now)

    def close(self, now: float, error: StreamError | None = None) -> None:
        if self._current:
            self.session.close(now, error)

    def tls_established(self, info: TLSInfo, now: float) -> None:
        self.session.tls_established(info, now)

    def tls_failed(self, reason: str, now: float) -> None:
        self.session.tls_failed(reason, now)

    def answer(self, question: Question, value: object, now: float) -> None:
        self.session.answer(question, value, now)

    def refuse(self, question: Question, condition: str, now: float, text: str | None = None) -> None:
        self.session.refuse(question, condition, now, text)

    @property
    def _current(self) -> bool:
        """Whether the session has not gone on to another connection."""
        return self.session.connection is self.connection
