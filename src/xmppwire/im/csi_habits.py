"""How a client on a phone spares the radio while nobody looks at it (XEP-0286): what can wait goes when the radio is awake.

    async with connect(..., habits=RadioHabits) as client:
        client.set_active(False)                  # nobody looks
        ...

Or by hand, on any other engine:

    habits = RadioHabits(now())
    for each in habits.offer(stanza, now()): await client.send(each)      # in place of client.send(stanza)
    for each in habits.heard(now()): await client.send(each)              # on each event
    for each in habits.set_active(False, now()): await client.send(each)  # with client.set_active(False), XEP-0352

and when `next_timeout()` is reached:

    for each in habits.handle_timeout(now()): await client.send(each)
    if habits.take_ping(now()): await client.run(ping())

What costs is not so much what is sent but that the radio wakes for it, and stays awake for seconds afterwards. So what the
program has to say of its own accord and can wait (its presence, receipts, displayed markers, chat states) waits for something
that cannot, or for something that comes; and a ping is sent only after a long silence, together with what waits. The server
does its half where it knows that the client is inactive. With the option, the keepalives of the stream are few as well, and
the session asks the server by itself: for an acknowledgement where the stream has them (XEP-0198), else by a ping; where no
answer comes, the connection counts as lost. `functools.partial(RadioHabits, patience=60)` is another measure. Times are seconds
on the clock of the caller, or of the adapter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..stanza import Presence, Stanza
from ..stream.csi import NOW, HeldTraffic, Judgement, Urgency, judge

TAIL = 11.0
"""How many seconds a radio stays awake after it was used (section 4.2)."""
PATIENCE = 300.0
"""How many seconds something waits at most."""
SILENCE = 900.0
"""After how many seconds without anything from the server to ask whether it is still there (section 4.1)."""


def judge_own(stanza: Stanza) -> Judgement:
    """What can wait of what a client sends: presence to all, and chat states, of which the latest counts, and what
    `stream.csi.judge` says of other messages. Presence to somebody, such as a room, cannot, and neither can requests."""
    if isinstance(stanza, Presence):
        return Judgement(Urgency.LATER, "presence") if stanza.type is None and stanza.to is None else NOW
    judgement = judge(stanza)
    return Judgement(Urgency.LATER, ("state", stanza.to)) if judgement.urgency is Urgency.NEVER else judgement


class RadioHabits:
    """What waits for the radio, and when to ping. While the client is active nothing waits.

    `patience` is how long something waits at most, `silence` after how long to ping, `tail` how long the radio stays awake; all
    in seconds. `judge` decides what can wait. Beyond a bound of what waits all of it is sent.
    """

    def __init__(
        self,
        now: float,
        *,
        patience: float = PATIENCE,
        silence: float = SILENCE,
        tail: float = TAIL,
        judge: Callable[[Stanza], Judgement] = judge_own,
    ) -> None:
        self._held = HeldTraffic(judge=judge)
        self._patience = patience
        self._silence = silence
        self._tail = tail
        self._awake_until = now
        self._heard = now
        self._waiting_since: float | None = None

    def __len__(self) -> int:
        """The number of stanzas that wait."""
        return len(self._held)

    @property
    def waiting(self) -> Sequence[Stanza]:
        """What waits, in order."""
        return tuple(self._held)

    @property
    def active(self) -> bool:
        """Whether somebody looks at the client."""
        return self._held.active

    def offer(self, stanza: Stanza, now: float) -> Sequence[Stanza]:
        """What to send now that the program has this to say: all that waited with it, or nothing yet."""
        ready = self._held.offer(stanza)
        if not ready and now < self._awake_until:
            ready = self._held.release()
        if ready:
            return self._sent(ready, now)
        if len(self._held) and self._waiting_since is None:
            self._waiting_since = now
        return ready

    def heard(self, now: float) -> Sequence[Stanza]:
        """What to send now that something came from the server, since the radio is awake."""
        self._heard = now
        return self._sent(self._held.release(), now)

    def set_active(self, active: bool, now: float) -> Sequence[Stanza]:
        """The client is active from now on, or inactive. What to send, which is all that waited."""
        ready = self._held.set_active(active)
        return self._sent(ready, now) if ready else ready

    def next_timeout(self) -> float:
        """When `handle_timeout` and `take_ping` are to be called; earlier calls do nothing."""
        ping = self._heard + self._silence
        return ping if self._waiting_since is None else min(ping, self._waiting_since + self._patience)

    def handle_timeout(self, now: float) -> Sequence[Stanza]:
        """What has waited for long enough, with all the rest that waits. So does what waits where a ping is due."""
        return self._sent(self._held.release(), now) if len(self._held) and now >= self.next_timeout() else ()

    def take_ping(self, now: float) -> bool:
        """Whether to ping now. From then on the silence is counted anew."""
        if now < self._heard + self._silence:
            return False
        self._heard = now
        self._awake_until = now + self._tail
        return True

    def _sent(self, ready: Sequence[Stanza], now: float) -> Sequence[Stanza]:
        self._awake_until = now + self._tail
        self._waiting_since = None
        return ready
