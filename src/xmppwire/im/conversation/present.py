"""What holds only now: whether somebody is typing (XEP-0085), and nudges (XEP-0224)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...protocol.chat_states import ChatStateValue
from .acts import Reading
from .changes import AttentionAsked, Change, StateChanged
from .entries import Participant

_STATES = 200
"""Of so many participants the state is known."""


@dataclass(slots=True)
class Present:
    """The chat states of the others. In a room nobody is `gone` (section 5.5)."""

    in_room: bool
    states: dict[Participant, ChatStateValue] = field(default_factory=dict[Participant, ChatStateValue])

    def feed(self, author: Participant, reading: Reading) -> list[Change]:
        """Take what somebody sends just now. Who says something need not tell that they are active."""
        changes: list[Change] = []
        state = reading.state or (ChatStateValue.ACTIVE if reading.content and author in self.states else None)
        if self.in_room and state is ChatStateValue.GONE:
            state = None
        if state is not None and self.states.get(author) is not state:
            self.states.pop(author, None)
            self.states[author] = state
            if len(self.states) > _STATES:
                del self.states[next(iter(self.states))]
            changes.append(StateChanged(author, state))
        if reading.attention:
            changes.append(AttentionAsked(author))
        return changes
