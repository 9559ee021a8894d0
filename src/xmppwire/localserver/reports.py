"""What users report about those whom they block (XEP-0377): kept for the program, the oldest go."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from ..jid import JID
from ..protocol.blocking import BlockItem
from ..protocol.blocking_reports import Report, ReportReason

TEXTS = 5
"""Languages of the text of a report that are kept."""
MESSAGES = 20
"""Messages named by a report that are kept."""


@dataclass(frozen=True, slots=True)
class AbuseReport:
    """`user` has blocked `jid`, and says why."""

    user: JID
    jid: JID
    report: Report


class Reports:
    """The last reports. `limit` is how many, `length` how many characters of each text are kept."""

    def __init__(self, limit: int, length: int) -> None:
        self._reports: deque[AbuseReport] = deque(maxlen=limit)
        self._length = length

    def take(self) -> list[AbuseReport]:
        """Those since the last call."""
        reports = list(self._reports)
        self._reports.clear()
        return reports

    def add(self, user: JID, items: Iterable[BlockItem]) -> None:
        """Keep what is said of each address that is blocked, as far as it is not too long."""
        for item in items:
            if item.report is not None:
                self._reports.append(AbuseReport(user, item.jid, self._short(item.report)))

    def _short(self, report: Report) -> Report:
        """A copy with what is kept of it."""
        texts = {lang: text[: self._length] for lang, text in islice(report.texts.items(), TEXTS)}
        ids = [one.replace(id=one.id[: self._length]) for one in report.stanza_ids[:MESSAGES]]
        return Report(
            reason=report.reason if isinstance(report.reason, ReportReason) else report.reason[: self._length],
            stanza_ids=ids,
            texts=texts,
            report_origin=report.report_origin,
            third_party=report.third_party,
        )
