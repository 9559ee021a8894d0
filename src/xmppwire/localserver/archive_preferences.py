"""Which conversations an account wants to be archived (XEP-0441)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..jid import JID
from ..protocol.mam_preferences import AlwaysArchive, ArchivePreferences, DefaultBehavior, NeverArchive
from .roster import Roster


@dataclass(slots=True)
class Preferences:
    """A default, and whom it does not hold for; all their resources, where an address names none."""

    default: DefaultBehavior = DefaultBehavior.ALWAYS
    always: list[JID] = field(default_factory=list[JID])
    never: list[JID] = field(default_factory=list[JID])

    def wants(self, roster: Roster, other: JID) -> bool:
        """Whether messages from and to this address are kept."""
        if other in self.never or other.bare in self.never:
            return False
        if other in self.always or other.bare in self.always:
            return True
        if self.default is DefaultBehavior.ROSTER:
            contact = roster.get(other.bare)
            return contact is not None and contact.listed
        return self.default is DefaultBehavior.ALWAYS

    def to_payload(self) -> ArchivePreferences:
        """The answer to a client."""
        return ArchivePreferences(
            default=self.default, always=AlwaysArchive(jids=self.always), never=NeverArchive(jids=self.never)
        )
