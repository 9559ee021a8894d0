"""What a session tells beside the events of its stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..stanza import Iq, Stanza
from ..stream.events import Event, StanzaRejected, StreamEnded
from ..xml import Element


@dataclass(slots=True)
class ReplyIgnored(StanzaRejected):
    """An IQ of type result or error that answers nothing: from an address that was not asked, late, or invented.

    It had no effect. `element` is what came.
    """


@dataclass(slots=True)
class Disconnected:
    """There is no connection, and the session dials again at `retry_at` (on the engine's clock): after a loss, and after each
    attempt that failed; of several in a row only the newest waits to be taken.

    `ended` is how the stream or the attempt ended, None where no stream came about; `text` says it in words. With
    `resumable`, the stream may still go on: `Resumed` or `ResumptionFailed` will tell. Else a new one follows: `Established`.
    """

    retry_at: float
    resumable: bool
    text: str
    ended: StreamEnded | None


@dataclass(slots=True)
class CaughtUp:
    """After `Resumed`, for a stream of another process that did not say good-bye (`Session.export`): what came before this
    event may have reached that process as well. What comes behind it did not."""


@dataclass(slots=True)
class StanzasUnsent:
    """The session is over, or they cannot be sent: these stanzas waited for a connection, and never left."""

    stanzas: Sequence[Stanza | Element]


@dataclass(slots=True)
class HandlerFailed:
    """A handler (`AutomaticAnswers.register`) raised `error`, or sending what it answered did, and the request `iq` was
    answered with `internal-server-error`; or `may_ask` did, and it was answered with `service-unavailable`."""

    iq: Iq
    error: Exception


SessionEvent = Event | Disconnected | CaughtUp | StanzasUnsent | HandlerFailed
"""What `Session.next_event` may return beside a `Signal`; `ReplyIgnored` is a `StanzaRejected`."""
