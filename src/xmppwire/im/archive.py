"""Reading an archive of messages (XEP-0313), page by page, in either direction.

    reader = ArchiveReader(ArchiveFilter(correspondent=JID("romeo@montague.lit")), backwards=True)
    while not reader.done:
        for archived in await client.run(reader.next_page()):
            print(archived.stamp, archived.message.body)

The results of a page are messages of their own, from the archive and in front of its answer. The session hands them to the
operation that asked, and to nobody else: a message that only looks like a result, from somebody else or of another query, is a
message like any other, which a program has no reason to take for more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from ..jid import JID
from ..operation import Operation, OperationError, request
from ..payload import PayloadError
from ..protocol.mam import NAMESPACE, ArchiveFin, ArchiveMetadata, ArchiveQuery, ArchiveResult
from ..protocol.mam_forms import ArchiveFilter
from ..protocol.rsm import ResultSet
from ..stanza import Iq, Message
from ._circle import Circle

PAGE = 100
"""How many messages are asked for at once."""


class ArchiveError(OperationError):
    """The archive answers, but not as it has to."""


@dataclass(frozen=True, slots=True)
class ArchivedMessage:
    """A message from an archive: its `id` there, and when it was received (None where the archive does not say)."""

    id: str
    stamp: datetime | None
    message: Message


@dataclass(slots=True)
class ArchivePage:
    """Some messages of an archive, the oldest first.

    `complete`: there is none beyond, in the direction of the query. `stable` is False where the archive may still change what
    it has told. `first` and `last` are where the page before and the page behind begin; `count` is how many messages there are
    in all, which may be an estimate. `unreadable`: how many results held no message that can be read; they are not among the
    messages.
    """

    messages: list[ArchivedMessage]
    complete: bool
    stable: bool = True
    first: str | None = None
    last: str | None = None
    count: int | None = None
    unreadable: int = 0

    def __iter__(self) -> Iterator[ArchivedMessage]:
        return iter(self.messages)

    def __len__(self) -> int:
        return len(self.messages)


def fetch_archive_page(
    filter: ArchiveFilter | None = None,
    *,
    archive: JID | str | None = None,
    after: str | None = None,
    before: str | None = None,
    limit: int = PAGE,
    namespace: str = NAMESPACE,
    node: str | None = None,
    timeout: float | None = None,
) -> Operation[ArchivePage]:
    """Fetch one page of an archive (XEP-0313 section 4, XEP-0059).

    `archive` is whose it is: None for the own one, or the address of a room. `after` and `before` are ids of the archive
    that the page lies behind, or in front of; `before=""` asks for the newest messages. `limit` is how many to ask for: an
    archive may give fewer. `namespace` is the version that the archive announces. `timeout` is in seconds.

    Raises what `request` raises: an `IqError` with `item-not-found` says that the archive does not know the id any more.
    Raises ArchiveError for an answer that is none, or for more messages than were asked for; ValueError for a limit below 1.
    """
    if limit < 1:
        raise ValueError("a page has one message at least")
    query = ArchiveQuery(namespace=namespace, node=node, set=ResultSet(after=after, before=before, max=limit))
    if filter is not None:
        asked = filter.replace()
        asked.form_type = namespace
        query.form = asked.to_form()
    page = ArchivePage([], False)

    def collect(message: Message) -> bool:
        try:
            result = message.get(ArchiveResult)
        except PayloadError:
            page.unreadable += 1
            return True
        if result is None or result.queryid != query.queryid or result.namespace != namespace:
            return False
        if len(page.messages) + page.unreadable >= limit:
            raise ArchiveError(f"the archive gives more than the {limit} messages that were asked for")
        try:
            inner = result.forwarded.stanza
        except (PayloadError, ValueError):
            inner = None
        if not isinstance(inner, Message):
            page.unreadable += 1
            return True
        delay = result.forwarded.delay
        page.messages.append(ArchivedMessage(result.id, None if delay is None else delay.stamp, inner))
        return True

    def named(id_: str) -> None:
        query.queryid = id_

    reply = yield from request(Iq("set", archive, payload=query), timeout, collect=collect, named=named)
    fin = reply.get(ArchiveFin)
    if fin is None:
        raise ArchiveError("the archive does not say which page it gave")
    page.complete, page.stable = fin.complete, fin.stable
    if fin.set is not None:
        page.first = None if fin.set.first is None else fin.set.first.id
        page.last, page.count = fin.set.last, fin.set.count
    return page


def fetch_archive_range(archive: JID | str | None = None) -> Operation[ArchiveMetadata]:
    """From when to when an archive reaches (section 5): neither `start` nor `end` where it is empty. Only where the archive
    announces `urn:xmpp:mam:2#extended`. Raises what `request` raises."""
    reply = yield from request(Iq("get", archive, payload=ArchiveMetadata()))
    return reply.get(ArchiveMetadata) or ArchiveMetadata()


@dataclass(slots=True)
class ArchiveReader:
    """A way through an archive, page by page: from the oldest message on, or `backwards` from the newest.

    `position` is the id of the archive that the next page begins behind (backwards: in front of); give one to go on where
    another reader was. `done`: there is no further page.
    """

    filter: ArchiveFilter | None = None
    archive: JID | str | None = None
    backwards: bool = False
    limit: int = PAGE
    position: str | None = None
    namespace: str = NAMESPACE
    done: bool = field(default=False, init=False)
    _circle: Circle = field(default_factory=Circle, init=False, repr=False)

    def next_page(self, timeout: float | None = None) -> Operation[ArchivePage]:
        """Fetch the next page: its messages are the oldest first also on the way back. An empty one if there is none.

        Raises what `fetch_archive_page` raises; the reader is then where it was. ArchiveError too for an archive that
        leads in a circle, or on and on without any message.
        """
        if self.done:
            return ArchivePage([], True)
        after = None if self.backwards else self.position
        before = (self.position or "") if self.backwards else None
        page = yield from fetch_archive_page(
            self.filter,
            archive=self.archive,
            after=after,
            before=before,
            limit=self.limit,
            namespace=self.namespace,
            timeout=timeout,
        )
        position = page.first if self.backwards else page.last
        if page.complete or position is None:
            self.done = True
        elif position == self.position:
            raise ArchiveError("the archive gives the same page again")
        elif self._circle.is_closed_by(position):
            raise ArchiveError("the archive leads in a circle")
        elif not page.messages and not page.unreadable:
            raise ArchiveError("the archive gives a page without messages, and goes on behind it")
        self.position = position or self.position
        return page
