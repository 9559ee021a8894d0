"""What stands on the screen: the history, a line that says how things are, and the line that is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from xmppwire.im.conversation import Entry

from .editor import Editor
from .layout import columns, cut, window, wrap

_PROMPT = "> "
_EDITING = "edit> "


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
    _top: int = 0

    def frame(self, entries: Sequence[Entry], editor: Editor, width: int, height: int) -> Frame:
        """The screen for a terminal of this size."""
        room = max(1, height - 3)
        lines = self._lines(entries, width)
        self._top = max(0, len(lines) - room)
        self.back = min(self.back, self._top)
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
        return self.back >= self._top

    def _lines(self, entries: Sequence[Entry], width: int) -> list[str]:
        lines: list[str] = []
        notes = list(self.notes)
        day = None
        for number, entry in enumerate(entries):
            while notes and notes[0][0] <= number:
                lines += wrap(f"* {notes.pop(0)[1]}", width)
            if entry.time is not None and (date := entry.time.astimezone(self.zone).date()) != day:
                day = date
                lines.append(f"--- {day:%Y-%m-%d}")
            lines += entry_lines(entry, width, self.zone)
        for _, note in notes:
            lines += wrap(f"* {note}", width)
        return lines


def entry_lines(entry: Entry, width: int, zone: tzinfo | None = None) -> list[str]:
    """An entry as lines: when, who, what, and what became of it."""
    time = "     " if entry.time is None else f"{entry.time.astimezone(zone):%H:%M}"
    name = name_of(entry)
    if entry.retraction is not None:
        text = "(taken back)" if not entry.retraction.moderated else "(taken back by a moderator)"
    elif (action := entry.action) is not None:
        text, name = f"* {name} {action}", ""
    else:
        text = entry.text or "(no text)"
    head = f"{time} {cut(name, 20)}: " if name else f"{time} "
    marks = _marks(entry)
    indent = min(columns(head), width // 2)
    body = wrap(f"{text} {marks}" if marks else text, max(1, width - indent))
    answered = entry.target.text if entry.target is not None else None
    lines = [" " * indent + cut(f"» {answered}", width - indent)] if answered else []
    lines += [(head if number == 0 else " " * indent) + line for number, line in enumerate(body)]
    if entry.reactions:
        emoji = " ".join(one for several in entry.reactions.values() for one in several)
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
