"""An archive of messages in memory (XEP-0313), with its pages (XEP-0059). It knows nothing of accounts: rooms may have one too.

    archive = Archive(limits, random)
    record = archive.add(message, stamp)
    page = archive.page(archive.select(), ResultSet(max=10))

A message is kept as text, which takes far less room than its elements. The oldest go when there are too many.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from ..jid import JID
from ..protocol.delay import Delay
from ..protocol.forward import Forwarded
from ..protocol.mam import ArchiveEnd, ArchiveFin, ArchiveMetadata, ArchiveResult, ArchiveStart
from ..protocol.mam_forms import ArchiveFilter
from ..protocol.rsm import First, ResultSet
from ..stanza import ErrorCondition, Message, Stanza, write_stanza
from ..stream.management import from_text
from .service import RequestError

if TYPE_CHECKING:
    from .limits import LocalLimits

_serial = attrgetter("serial")


@dataclass(frozen=True, slots=True)
class Record:
    """One message of an archive."""

    serial: int
    """Its place in the order in which the messages came."""
    id: str
    stamp: datetime
    sender: JID | None
    to: JID | None
    text: str

    def result(self, queryid: str | None) -> ArchiveResult:
        """What is sent of it to somebody who asks."""
        stanza = from_text(self.text)
        inner = stanza if isinstance(stanza, Stanza) else None
        return ArchiveResult(
            id=self.id, queryid=queryid, forwarded=Forwarded(delay=Delay(stamp=self.stamp), stanza=inner)
        )


@dataclass(slots=True)
class Page:
    """Some of the records that were asked for, oldest first, and where they stand among all of these."""

    records: Sequence[Record]
    index: int
    count: int
    complete: bool
    """Whether there is nothing beyond, in the direction of the query."""

    def fin(self) -> ArchiveFin:
        """The end of the answer."""
        described = ResultSet(count=self.count)
        if self.records:
            described.first = First(index=self.index, id=self.records[0].id)
            described.last = self.records[-1].id
        return ArchiveFin(complete=self.complete, set=described)


@dataclass(slots=True)
class Archive:
    """The messages of one address. `random` makes ids that nobody can guess."""

    limits: LocalLimits
    random: Callable[[int], bytes]
    _records: list[Record] = field(default_factory=list[Record])
    _gone: int = 0
    """So many at the beginning of the list are no more: they are taken out together, which is cheap."""
    _by_id: dict[str, Record] = field(default_factory=dict[str, Record])
    _size: int = 0
    _serial: int = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._by_id

    def add(self, message: Message, stamp: datetime, id: str | None = None) -> Record:
        """Keep a message that came at `stamp`. Its id here is in the record, one of ours where none is given."""
        self._serial += 1
        id_ = self.random(12).hex() if id is None else id
        record = Record(self._serial, id_, stamp, message.sender, message.to, write_stanza(message))
        self._records.append(record)
        self._by_id[id_] = record
        self._size += len(record.text)
        while len(self) > self.limits.archive_messages or (self._size > self.limits.archive_bytes and len(self) > 1):
            oldest = self._records[self._gone]
            self._gone += 1
            del self._by_id[oldest.id]
            self._size -= len(oldest.text)
        if self._gone > len(self):
            del self._records[: self._gone]
            self._gone = 0
        return record

    def change(self, id: str, change: Callable[[Message], Message]) -> bool:
        """Put something else in the place of a message. False if there is none of this id."""
        record = self._by_id.get(id)
        message = None if record is None else from_text(record.text)
        if record is None or not isinstance(message, Message):
            return False
        changed = replace(record, text=write_stanza(change(message)))
        self._records[bisect_left(self._records, record.serial, key=_serial)] = self._by_id[id] = changed
        self._size += len(changed.text) - len(record.text)
        return True

    def metadata(self) -> ArchiveMetadata:
        """From when to when the archive reaches (section 5)."""
        if not len(self):
            return ArchiveMetadata()
        first, last = self._records[self._gone], self._records[-1]
        return ArchiveMetadata(
            start=ArchiveStart(id=first.id, timestamp=first.stamp), end=ArchiveEnd(id=last.id, timestamp=last.stamp)
        )

    def select(self, wanted: ArchiveFilter | None = None, own: JID | None = None) -> list[Record]:
        """The records that a filter lets through (section 4.1). `own` is the account that the archive belongs to.

        Raises RequestError: `item-not-found` for an id that is not in the archive.
        """
        records = self._records[self._gone :]
        if wanted is None:
            return records
        if wanted.after_id is not None:
            records = records[bisect_right(records, self._known(wanted.after_id).serial, key=_serial) :]
        if wanted.before_id is not None:
            records = records[: bisect_left(records, self._known(wanted.before_id).serial, key=_serial)]
        if wanted.ids:
            named = {self._known(id_).serial for id_ in wanted.ids}
            records = [record for record in records if record.serial in named]
        if wanted.start is not None:
            records = [record for record in records if record.stamp >= wanted.start]
        if wanted.end is not None:
            records = [record for record in records if record.stamp <= wanted.end]
        if (other := wanted.correspondent) is not None:
            # With the owner's address every message would match: what is meant are notes to oneself.
            enough = all if own is not None and other.bare == own else any
            records = [
                record for record in records if enough(_is(other, address) for address in (record.sender, record.to))
            ]
        return records

    def page(self, selected: list[Record], asked: ResultSet | None, bytes_: int) -> Page:
        """A page of `selected`, of this many bytes at most, though never less than one message. Raises RequestError:
        `item-not-found` for an id that is not in the archive."""
        asked = asked or ResultSet()
        most = min(self.limits.archive_page, self.limits.archive_page if asked.max is None else asked.max)
        start, end = 0, len(selected)
        if asked.after:
            start = bisect_right(selected, self._known(asked.after).serial, key=_serial)
        if asked.before:
            end = bisect_left(selected, self._known(asked.before).serial, key=_serial)
        if asked.index is not None:
            start = min(asked.index, end)
        backwards = asked.before is not None
        candidates = selected[start:end]
        taken: list[Record] = []
        for record in reversed(candidates) if backwards else candidates:
            bytes_ -= len(record.text)
            if len(taken) == most or (bytes_ < 0 and taken):
                break
            taken.append(record)
        if backwards:
            taken.reverse()
            start = end - len(taken)
        return Page(taken, start, len(selected), len(taken) >= len(candidates))

    def _known(self, id_: str) -> Record:
        record = self._by_id.get(id_)
        if record is None:
            raise RequestError(ErrorCondition.ITEM_NOT_FOUND, "the archive has no message of this id")
        return record


def _is(wanted: JID, address: JID | None) -> bool:
    return address is not None and wanted == (address if wanted.resourcepart is not None else address.bare)
