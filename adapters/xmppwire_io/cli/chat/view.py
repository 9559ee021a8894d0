"""What stands on the screen: the history, a line that says how things are, and the line that is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from itertools import islice

from xmppwire.im.conversation import Entry

from .editor import Editor
from .layout import columns, cut, window, wrap

_PROMPT = "> "
_EDITING = "edit> "
_LONGEST = 5000
"""So many characters of a message are shown: others decide how long it is, and the screen is laid out anew for each key."""


@dataclass(slots=True)
class Frame:
    """A whole screen: so many lines as it has rows, and where the cursor is (column, row)."""

    lines: list[str]
    cursor: tuple[int, int]


@dataclass(slots=True)
class View:
    """A conversation as a person sees it. `back`: so many lines further up than its end. `notes` are said between the entries
    (by number of entries before)."""

    title: str
    zone: tzinfo | None = None
    back: int = 0
    status: str = ""
    editing: bool = False
    notes: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    _at_top: bool = True

    def frame(self, entries: Sequence[Entry], editor: Editor, width: int, height: int) -> Frame:
        """The screen for a terminal of this size."""
        room = max(1, height - 3)
        lines, all_ = self._lines(entries, width, self.back + room + 1)
        self.back = min(self.back, max(0, len(lines) - room))
        self._at_top = all_ and self.back >= len(lines) - room
        end = len(lines) - self.back
        shown = lines[max(0, end - room) : end]
        prompt = _EDITING if self.editing else _PROMPT
        text, column = window(editor.text, editor.place, max(1, width - len(prompt)))
        status = f"-- {self.back} lines further down -- {self.status}" if self.back else self.status
        whole = [
            cut(self.title, width),
            *[""] * (room - len(shown)),
            *shown,
            cut(status, width),
            prompt + text,
        ]
        return Frame(whole[:height], (len(prompt) + column, height - 1))

    def at_top(self) -> bool:
        """Whether the oldest line is on the screen."""
        return self._at_top

    def _lines(self, entries: Sequence[Entry], width: int, wanted: int) -> tuple[list[str], bool]:
        """The last lines, `wanted` of them at least if there are so many, and whether these are all: laid out is only what may
        be seen, since a history is long."""
        blocks: list[list[str]] = []
        count, number, notes = 0, len(entries), len(self.notes)
        while True:
            first = notes
            while first and self.notes[first - 1][0] >= number:
                first -= 1
            block = [line for _, note in self.notes[first:notes] for line in wrap(f"* {note}", width)]
            notes = first
            if number < len(entries):
                block += self._day(entries, number)
                block += entry_lines(entries[number], width, self.zone)
            blocks.append(block)
            count += len(block)
            if number == 0 or count >= wanted:
                return [line for block in reversed(blocks) for line in block], number == 0
            number -= 1

    def _day(self, entries: Sequence[Entry], number: int) -> list[str]:
        """The line that says from which day on the entries are, before the first of them."""
        day = self._date(entries[number])
        before = (self._date(entries[earlier]) for earlier in range(number - 1, -1, -1))
        known = day is None or next((one for one in before if one is not None), None) == day
        return [] if known else [f"--- {day:%Y-%m-%d}"]

    def _date(self, entry: Entry) -> date | None:
        return None if entry.time is None else _local(entry.time, self.zone).date()


def _local(time: datetime, zone: tzinfo | None) -> datetime:
    """A time as people here have it; as it came where it is at an end of the calendar, since a room may say so."""
    try:
        return time.astimezone(zone)
    except OverflowError:
        return time


def entry_lines(entry: Entry, width: int, zone: tzinfo | None = None) -> list[str]:
    """An entry as lines: when, who, what, and what became of it."""
    time = "     " if entry.time is None else f"{_local(entry.time, zone):%H:%M}"
    name = name_of(entry)
    if entry.retraction is not None:
        text = "(taken back)" if not entry.retraction.moderated else "(taken back by a moderator)"
    elif (action := entry.action) is not None:
        text, name = f"* {name} {action}", ""
    else:
        text = entry.text or "(no text)"
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text) - _LONGEST} characters more)"
    head = f"{time} {cut(name, 20)}: " if name else f"{time} "
    marks = _marks(entry)
    indent = min(columns(head), width // 2)
    body = wrap(f"{text} {marks}" if marks else text, max(1, width - indent))
    answered = entry.target.text if entry.target is not None else None
    lines = [" " * indent + cut(f"» {answered}", width - indent)] if answered else []
    lines += [(head if number == 0 else " " * indent) + line for number, line in enumerate(body)]
    if entry.reactions:
        emoji = " ".join(islice((one for several in entry.reactions.values() for one in several), width))
        lines.append(" " * indent + cut(f"[{emoji}]", width - indent))
    return lines


def name_of(entry: Entry) -> str:
    """What to call the author."""
    if entry.own:
        return "me"
    address = entry.author.address
    return address.resourcepart or address.localpart or str(address)


def _marks(entry: Entry) -> str:
    marks: list[str] = []
    if entry.corrected:
        marks.append("(edited)")
    if entry.error is not None:
        marks.append(f"(not delivered: {entry.error})")
    elif entry.own and entry.received_by:
        marks.append("✓")
    return " ".join(marks)
