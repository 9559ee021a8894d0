"""What was missed, from the archive (XEP-0313), and what comes live, as one history: in order, without a gap, nothing twice.

    history = CatchUp(client.jid, position)         # the position that was stored last time, or None
    while history.behind:
        for arrived in await client.run(history.next_page()):
            show(arrived)
    async for event in client:
        if isinstance(event, Established):          # a new stream: something may have been missed
            history.connected(event.jid)
            ...                                     # as above
        elif isinstance(event, Message):
            for arrived in history.feed(event):
                show(arrived)
        store(history.position)

Messages are known by the ids that the archive of the account gave them (`stanza-id`, XEP-0359): by those of nobody else. A copy
(XEP-0280) is handed out as it comes, under the id of what is in it. What comes live while pages are still to be fetched is held
back, since older ones may follow. What we send ourselves is in the archive too, and comes from there alone, if it does. After a
stream was resumed nothing was missed: go on as if nothing had happened.

Send initial presence when all is fetched. Before that, what the server has kept for us may fill the backlog of the session,
and a page fails with `BacklogFull`: take the events then, and go on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ..jid import JID
from ..operation import IqError, Operation
from ..payload import PayloadError
from ..protocol.mam_forms import ArchiveFilter
from ..protocol.stanza_id import StanzaId
from ..stanza import ErrorCondition, Message
from .archive import PAGE, ArchiveReader
from .carbons import Carbon, read_carbon

_KNOWN = 10_000
"""So many ids are remembered. What comes live while pages are fetched may wait in the session's backlog until they are, and be
on one of them; a copy of a message may come on another way."""
_HELD = 1000
"""So many messages are held back at most. Beyond that, those that the archive has are dropped, and fetched once more."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message of the history. `id`: what the archive calls it, None for one that it does not keep. `stamp`: when the archive
    received it; None for a message that comes live."""

    message: Message
    id: str | None
    stamp: datetime | None = None


@dataclass(slots=True)
class CatchUp:
    """The history of one account, from `position` on: the id of the message that was handed out last, None for all that the
    archive has.

    `own` is the full JID of the client. `stamp`, where it is known, is when the message at `position` was received. `behind`:
    there are pages to fetch. `restarted`: the archive did not know the position any more, so that it had to be read from
    `stamp` on, or from its beginning: something may come twice, or be lost for good.
    """

    own: JID
    position: str | None = None
    stamp: datetime | None = None
    limit: int = PAGE
    behind: bool = field(default=True, init=False)
    restarted: bool = field(default=False, init=False)
    _reader: ArchiveReader = field(init=False, repr=False)
    _held: list[Arrived] = field(default_factory=list[Arrived], init=False, repr=False)
    _dropped: bool = field(default=False, init=False, repr=False)
    _known: dict[str, None] = field(default_factory=dict[str, None], init=False, repr=False)

    def __post_init__(self) -> None:
        self._reader = ArchiveReader(position=self.position, limit=self.limit)

    def connected(self, own: JID) -> None:
        """A new stream is established: something may have been missed. `own` is the full JID there."""
        self.own = own
        self.behind, self.restarted, self._dropped = True, False, False
        self._held = [one for one in self._held if one.id is None]  # the others are in the archive
        self._reader = ArchiveReader(position=self.position, limit=self.limit)

    def next_page(self, timeout: float | None = None) -> Operation[list[Arrived]]:
        """Fetch more of what was missed; the last page brings along what came live meanwhile.

        Raises what `fetch_archive_page` raises: `item-not-found` where the archive forgets the position a second time. What was
        fetched before is not lost by that, and a further call goes on behind it.
        """
        if not self.behind:
            return []
        try:
            page = yield from self._reader.next_page(timeout)
        except IqError as error:
            forgotten = error.error.condition is ErrorCondition.ITEM_NOT_FOUND and self._reader.position is not None
            if not forgotten or self.restarted:  # one that forgets what it has told just now would be read for ever
                raise
            self.restarted = True
            since = None if self.stamp is None else ArchiveFilter(start=self.stamp)
            self._reader = ArchiveReader(since, limit=self.limit)
            page = yield from self._reader.next_page(timeout)
        arrived = [Arrived(archived.message, archived.id, archived.stamp) for archived in page]
        fetched = {one.id for one in arrived}
        self._held = [one for one in self._held if one.id is None or one.id not in fetched]
        for one in arrived:
            self._remember(one.id)
        if arrived:
            self.stamp = arrived[-1].stamp or self.stamp
        self.position = self._reader.position or self.position
        if self._reader.done and self._dropped:
            self._dropped = False
            self._reader = ArchiveReader(position=self.position, limit=self.limit)
        elif self._reader.done:
            self.behind = False
            held, self._held = self._held, []
            for one in held:
                arrived += self._hand_out(one)
        return arrived

    def feed(self, message: Message) -> list[Arrived]:
        """Take a message that came live, and hand out what is next: nothing while there are pages to fetch, nor for a message
        that was handed out before."""
        one = Arrived(message, archive_id(message, self.own))
        if not self.behind:
            return self._hand_out(one)
        self._held.append(one)
        if len(self._held) <= _HELD:
            return []
        self._dropped = True
        kept = [one for one in self._held if one.id is None]
        self._held = kept[-_HELD:]
        return kept[:-_HELD]

    def _hand_out(self, one: Arrived) -> list[Arrived]:
        if one.id is not None:
            if one.id in self._known:
                return []
            self._remember(one.id)
            self.position = one.id
        return [one]

    def _remember(self, id_: str | None) -> None:
        if id_ is not None:
            self._known[id_] = None
            if len(self._known) > _KNOWN:
                del self._known[next(iter(self._known))]


def archive_id(message: Message, own: JID) -> str | None:
    """What the archive of the account calls a message; None if it says nothing of that. Only ids by the account itself count:
    those by others may be anybody's invention, which a server that announces `urn:xmpp:sid:0` takes out of ours. In a copy
    (XEP-0280) the message that was copied bears the id."""
    copy = read_carbon(message, own)
    if isinstance(copy, Carbon):
        message = copy.message
    try:
        found = message.get_all(StanzaId)
    except PayloadError:
        return None
    return next((one.id for one in found if one.by == own.bare), None)
