"""Messages for users who are away (XEP-0160), with the time at which they came (XEP-0203). Bounded; lost with the server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..jid import JID
from ..protocol.delay import Delay
from ..protocol.hints import NoStore, Store
from ..stanza import Message, MessageType, write_stanza
from ..xml import Name

if TYPE_CHECKING:
    from .limits import LocalLimits

NO_STORE: Name = NoStore.element_names[0]
STORE: Name = Store.element_names[0]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(epoch: float | None, now: float) -> datetime | None:
    """The date that `now` stands for, if it is known what the engine's clock showed in 1970: minus `epoch`."""
    if epoch is None:
        return None
    return EPOCH + timedelta(milliseconds=round((epoch + now) * 1000))


def delayed(message: Message, domain: JID, stamp: datetime | None, reason: str = "") -> Message:
    """The message with the time at which the server had it first (XEP-0203): where that is known, and not in it yet."""
    if stamp is None or any(_is_delay_of(child, domain) for child in message.children):
        return message
    return message.with_(Delay(stamp=stamp, sender=domain, reason=reason))


def _is_delay_of(child: object, domain: JID) -> bool:
    return isinstance(child, Delay) and child.sender == domain


def worth_keeping(message: Message) -> bool:
    """Whether a message is kept: chat with a body, and all normal ones (XEP-0160 section 3), but for what the sender has to
    say about that (XEP-0334 section 4)."""
    if message.find(NO_STORE) is not None:
        return False
    if message.type is MessageType.CHAT:
        return message.body is not None or message.find(STORE) is not None
    return message.type is MessageType.NORMAL


class OfflineMessages:
    """The messages that wait for one account."""

    def __init__(self, limits: LocalLimits) -> None:
        self._limits = limits
        self._messages: list[Message] = []
        self._size = 0

    def __len__(self) -> int:
        return len(self._messages)

    def keep(self, message: Message, domain: JID, stamp: datetime | None) -> bool:
        """Keep a message, with its delay where the time is known. False if there is no room."""
        message = delayed(message, domain, stamp, "Offline storage")
        size = len(write_stanza(message))
        if len(self._messages) >= self._limits.offline_messages or self._size + size > self._limits.offline_bytes:
            return False
        self._messages.append(message)
        self._size += size
        return True

    def take(self) -> list[Message]:
        """All messages, oldest first; none are left."""
        messages, self._messages, self._size = self._messages, [], 0
        return messages
