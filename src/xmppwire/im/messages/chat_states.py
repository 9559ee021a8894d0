"""What we tell of our own chat state (XEP-0085), and when it is time to."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...jid import JID
from ...payload import PayloadError
from ...protocol.chat_states import ChatState, ChatStateValue
from ...stanza import Message, MessageType

PAUSED_AFTER = 30.0
INACTIVE_AFTER = 120.0
GONE_AFTER = 600.0
"""Seconds without a key, and without a look at the conversation (section 2)."""

_TYPING = (ChatStateValue.COMPOSING, ChatStateValue.PAUSED)


@dataclass(slots=True)
class ChatStates:
    """Our state in one conversation: what the user does goes in, and what is to be sent comes out, if anything.

    `to` is the other one, or a room (`room`). `supported` is what discovery says of the other client; None where nothing is
    known. Then each message with content says `active`, until the answer shows whether they have the extension: nothing
    more is sent to who answers without (section 5.1). `enabled` is the user's choice. In a room states may be sent whatever the
    others do, and `gone` is never (section 5.5).

    Times are seconds of any clock that does not jump; `next_timeout` says when `handle_timeout` is due.
    """

    to: JID
    room: bool = False
    supported: bool | None = None
    enabled: bool = True
    state: ChatStateValue | None = field(default=None, init=False)
    """The state that the other side knows from us; None before the first."""
    _learned: bool | None = field(default=None, init=False, repr=False)
    _touched: float | None = field(default=None, init=False, repr=False)

    def feed(self, message: Message) -> ChatStateValue | None:
        """Take a message of theirs, and return the state in it. It must have come live and straight from them."""
        if message.type is MessageType.ERROR or message.sender is None or message.sender.bare != self.to.bare:
            return None
        state = state_of(message)
        if state is not None:
            self._learned = True
        elif message.body is not None:
            self._learned = False
        return None if self.room and state is ChatStateValue.GONE else state

    def outgoing(self, message: Message, now: float) -> Message:
        """A message with content, as it is to be sent: with `active` in it, unless they do not want to know."""
        self._touched = now
        if not self.enabled or not self._may_ask() or state_of(message) is not None:
            return message
        self.state = ChatStateValue.ACTIVE
        return message.with_(ChatState(state=ChatStateValue.ACTIVE))

    def composing(self, now: float) -> Message | None:
        """The user changes the text that is to be sent."""
        self._touched = now
        return self._tell(ChatStateValue.COMPOSING)

    def active(self, now: float) -> Message | None:
        """The user looks at the conversation, or has emptied the text."""
        self._touched = now
        return self._tell(ChatStateValue.ACTIVE)

    def close(self) -> Message | None:
        """The user ends the conversation (not merely the program: the unavailable presence tells that, XEP-0280)."""
        self._touched = None
        return None if self.room else self._tell(ChatStateValue.GONE)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due; None while it is not."""
        if self._touched is None or self.state is None:
            return None
        step = self._step()
        return None if step is None else self._touched + step[0]

    def handle_timeout(self, now: float) -> Message | None:
        """The time `next_timeout` has come."""
        due = self.next_timeout()
        step = self._step()
        return None if due is None or step is None or now < due else self._tell(step[1])

    def _step(self) -> tuple[float, ChatStateValue] | None:
        """After how long without the user which state follows."""
        match self.state:
            case ChatStateValue.COMPOSING:
                return PAUSED_AFTER, ChatStateValue.PAUSED
            case ChatStateValue.ACTIVE | ChatStateValue.PAUSED:
                return INACTIVE_AFTER, ChatStateValue.INACTIVE
            case ChatStateValue.INACTIVE if not self.room:
                return GONE_AFTER, ChatStateValue.GONE
            case _:
                return None

    def _may_ask(self) -> bool:
        return self._may_tell() or (self.supported is None and self._learned is None)

    def _may_tell(self) -> bool:
        return self.room or bool(self.supported or self._learned)

    def _tell(self, state: ChatStateValue) -> Message | None:
        """The notification, which has nothing else in it (section 5.6), and never comes twice in a row (section 5.3)."""
        if not self.enabled or not self._may_tell() or state is self.state:
            return None
        if self.state is None and state not in _TYPING:
            return None  # there is nothing yet that this could be the end of
        self.state = state
        kind = MessageType.GROUPCHAT if self.room else MessageType.CHAT
        return Message(self.to, type=kind, payloads=[ChatState(state=state)])


def state_of(message: Message) -> ChatStateValue | None:
    """The chat state in a message; None without one, and where there are several (section 5.6)."""
    try:
        states = message.get_all(ChatState)
    except PayloadError:
        return None
    return states[0].state if len(states) == 1 else None
