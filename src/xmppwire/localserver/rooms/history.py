"""What was said in a room, for those who enter later (XEP-0045 sections 7.2.13 and 7.2.14). Bounded."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime

from ...jid import JID
from ...protocol.delay import Delay
from ...protocol.hints import NoPermanentStore, NoStore, Store
from ...protocol.message_retraction import Retracted
from ...protocol.muc import MucHistory
from ...protocol.occupant_id import OccupantId
from ...protocol.stanza_id import StanzaId
from ...stanza import Message, write_stanza
from .limits import RoomLimits

KEPT = frozenset((Delay.element_names[0], OccupantId.element_names[0], StanzaId.element_names[0]))
"""What is kept of a message that was taken back."""


@dataclass(frozen=True, slots=True)
class Past:
    """A message as it was sent to all, but for the address, and with the time at which that was."""

    message: Message
    now: float
    stamp: datetime
    size: int
    id: str = ""
    """What the room calls it (XEP-0359)."""


class History:
    """The last messages of a room."""

    def __init__(self, room: JID, limits: RoomLimits) -> None:
        self._room = room
        self._limits = limits
        self._past: deque[Past] = deque()
        self._size = 0

    def keep(self, message: Message, id: str, now: float, stamp: datetime) -> None:
        """Keep a message that was sent to all, unless it is of no use later."""
        if not _worth_keeping(message):
            return
        delayed = message.with_(Delay(stamp=stamp, sender=self._room))
        past = Past(delayed, now, stamp, len(write_stanza(delayed)), id)
        self._past.append(past)
        self._size += past.size
        while self._past and (
            len(self._past) > self._limits.history_messages or self._size > self._limits.history_bytes
        ):
            self._size -= self._past.popleft().size

    def bury(self, id: str, tombstone: Retracted) -> bool:
        """Put a tombstone in the place of a message, of which it is still known who said it and when. False if it is not
        there, or was buried before."""
        for number, past in enumerate(self._past):
            if past.id == id and past.message.get(Retracted) is None:
                message = buried(past.message, tombstone)
                size = len(write_stanza(message))
                self._past[number] = replace(past, message=message, size=size)
                self._size += size - past.size
                return True
        return False

    def select(self, to: JID, most: int, wanted: MucHistory | None, now: float) -> list[Message]:
        """What to send to somebody who enters: the latest messages, as many as all conditions allow."""
        wanted = wanted or MucHistory()
        if wanted.max_stanzas is not None:
            most = min(most, wanted.max_stanzas)
        chars = wanted.max_chars
        since = wanted.since
        chosen: list[Message] = []
        for past in reversed(self._past):
            late = wanted.seconds is not None and past.now < now - wanted.seconds
            if len(chosen) >= most or late or (since is not None and past.stamp < since):
                break
            message = past.message.replace(to=to)
            if chars is not None:
                chars -= len(write_stanza(message))
                if chars < 0:
                    break
            chosen.append(message)
        chosen.reverse()
        return chosen


def buried(message: Message, tombstone: Retracted) -> Message:
    """What is left of a message that was taken back."""
    kept = [one for one in message.elements() if one.name in KEPT]
    return message.replace(children=[*kept, tombstone])


def _worth_keeping(message: Message) -> bool:
    if any(message.find(hint.element_names[0]) is not None for hint in (NoStore, NoPermanentStore)):
        return False
    return message.body is not None or message.find(Store.element_names[0]) is not None
