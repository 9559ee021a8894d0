"""What "access" reads from the workload: every library must count the same."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Tally:
    """Sums over what was read, so that nobody skips work."""

    stanzas: int = 0
    text: int = 0
    """Characters in the bodies of messages."""
    receipts: int = 0
    """Messages that ask for a receipt."""
    caps: int = 0
    """Characters in the verification strings of entity capabilities."""
    status: int = 0
    """Characters in the status texts of presences."""
    archived: int = 0
    """Characters in the bodies of archived messages."""
    contacts: int = 0
    """Items of rosters."""

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def sent_text(number: int) -> str:
    """The body of the outgoing message of that number: a sentence, one character to escape."""
    return f"But soft, what light through yonder window breaks? {number} & more, it is the east"


SENT_TO = "romeo@montague.example/orchard"
