"""When a lost connection is tried again (RFC 6120 section 3.3), and what ends a session for good.

    the connection is lost --> final? --> the session is over
                           --> else: wait a random time, at most `first` --> dial
    ... and that failed    --> wait a random time, at most twice as long --> dial, up to `maximum`, `tries` times

All waits are random, so that the clients of a server that went down do not come back all at the same moment. The clock and
the source of randomness are the caller's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..sasl import Condition
from ..stream.errors import StreamErrorCondition
from ..stream.events import AuthenticationFailed, EndReason, StreamEnded

FINAL_REASONS = frozenset({EndReason.LOCAL_CLOSE, EndReason.REGISTRATION_FAILED})
"""Ends of a stream after which nobody dials again. `AUTHENTICATION_FAILED` is one as well, unless the server said that it
is temporary; everything else that is not a stream error is tried again: a lost connection, TLS that broke off, a
server that closed the stream or offers less than before."""

FINAL_ERRORS = frozenset(
    {
        StreamErrorCondition.CONFLICT,  # somebody else has our resource: to come back would begin a fight
        StreamErrorCondition.HOST_GONE,
        StreamErrorCondition.HOST_UNKNOWN,
        StreamErrorCondition.NOT_AUTHORIZED,
        StreamErrorCondition.POLICY_VIOLATION,
        # What follows says that what we send is wrong, and we would send the same again.
        StreamErrorCondition.BAD_FORMAT,
        StreamErrorCondition.BAD_NAMESPACE_PREFIX,
        StreamErrorCondition.IMPROPER_ADDRESSING,
        StreamErrorCondition.INVALID_FROM,
        StreamErrorCondition.INVALID_NAMESPACE,
        StreamErrorCondition.INVALID_XML,
        StreamErrorCondition.NOT_WELL_FORMED,
        StreamErrorCondition.RESTRICTED_XML,
        StreamErrorCondition.UNSUPPORTED_ENCODING,
        StreamErrorCondition.UNSUPPORTED_FEATURE,
        StreamErrorCondition.UNSUPPORTED_STANZA_TYPE,
        StreamErrorCondition.UNSUPPORTED_VERSION,
    }
)
"""Stream errors of the server after which nobody dials again. The others pass: `connection-timeout`,
`internal-server-error`, `remote-connection-failed`, `reset`, `resource-constraint`, `see-other-host` (which is followed),
`system-shutdown`, `undefined-condition`."""

_READERS_ERRORS = frozenset(
    {
        StreamErrorCondition.BAD_FORMAT,
        StreamErrorCondition.BAD_NAMESPACE_PREFIX,
        StreamErrorCondition.INVALID_XML,
        StreamErrorCondition.NOT_WELL_FORMED,
    }
)
"""What a server may say of a resumed stream although nothing is wrong with what we send: Prosody 0.12 and 13 go on with the
reader of the old connection, in which the half of a stanza may be left."""


def is_final(ended: StreamEnded, failure: AuthenticationFailed | None = None, *, resumed: bool = False) -> bool:
    """Whether it is of no use to dial again after this end of a stream. `failure` is the server's refusal of the login.
    `resumed`: the stream had been begun on an earlier connection; a fresh one may have more luck.

    A certificate that is not trusted is final too; only who does TLS knows of it, and says so (`Session.failed`).
    """
    if ended.reason is EndReason.AUTHENTICATION_FAILED:
        return failure is None or failure.condition is not Condition.TEMPORARY_AUTH_FAILURE
    if ended.reason is EndReason.STREAM_ERROR_RECEIVED:
        if ended.error is None or (resumed and ended.error.condition in _READERS_ERRORS):
            return False
        return ended.error.condition in FINAL_ERRORS
    return ended.reason in FINAL_REASONS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectPolicy:
    """When to dial again after a loss. Times are in seconds.

    Each wait is a random part of a longest wait, which begins with `first` and grows by `factor` up to `maximum`.
    """

    first: float = 10.0
    """The standard recommends up to 60 (RFC 6120 section 3.3); where streams are resumed that would keep people waiting
    after each change of the network."""
    factor: float = 2.0
    maximum: float = 300.0
    tries: int | None = None
    """How many failures in a row end the session. None: it never gives up."""
    stable: float = 60.0
    """A stream that was up for so long ends the row: the next loss begins with `first` again."""
    queue: int = 100
    """Stanzas that may be sent while there is no connection: they wait for the next one. More are refused."""

    def __post_init__(self) -> None:
        if min(self.first, self.maximum, self.stable, self.queue) < 0 or self.factor < 1:
            raise ValueError("times and the queue are not negative, and the factor is 1 at least")

    def longest(self, failures: int) -> float:
        """The longest wait after so many failures in a row before this one."""
        wait = self.first
        for _ in range(min(failures, 64)):
            if wait >= self.maximum:
                break
            wait *= self.factor
        return min(wait, self.maximum)


class Outages:
    """The losses of one session, and when to dial after each."""

    def __init__(self, policy: ReconnectPolicy, random: Callable[[int], bytes]) -> None:
        self.policy = policy
        self.failures = 0
        """Losses and failed attempts in a row."""
        self._random = random
        self._up_since: float | None = None

    def established(self, now: float) -> None:
        """The connection carries a stream again."""
        self._up_since = now

    def failed(self, now: float) -> float | None:
        """The connection was lost, or an attempt failed: when to dial; None if it was the last try."""
        if self._up_since is not None and now - self._up_since >= self.policy.stable:
            self.failures = 0
        self._up_since = None
        if self.policy.tries is not None and self.failures >= self.policy.tries:
            return None
        longest = self.policy.longest(self.failures)
        self.failures += 1
        return now + longest * int.from_bytes(self._random(4)) / 2**32
