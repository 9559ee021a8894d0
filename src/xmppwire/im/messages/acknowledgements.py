"""What is to be sent because a message arrived (XEP-0184) or was shown (XEP-0333): to whom it is due, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...jid import JID
from ...payload import PayloadError
from ...protocol.carbons import ReceivedCarbon, SentCarbon
from ...protocol.displayed_markers import Displayed, Markable
from ...protocol.forward import Forwarded
from ...protocol.mam import ArchiveResult
from ...protocol.receipts import Receipt, ReceiptRequest
from ...stanza import Message, MessageType
from .incoming import Incoming, MessageEvent, Source, message_ids, read_incoming

_WRAPPERS = (
    *SentCarbon.element_names,
    *ReceivedCarbon.element_names,
    *Forwarded.element_names,
    *ArchiveResult.element_names,
)


def nobody(_: JID) -> bool:
    """Shares presence with nobody."""
    return False


@dataclass(slots=True)
class Acknowledgements:
    """Answers that a client gives by itself. Each gives the message to send, or None.

    `own` is the full JID. A receipt and a marker tell that we are there, so they go to those only for whom `shares_presence`
    is true, which is nobody at first: give a function that looks into the roster (subscription `from` or `both`, and whoever
    got directed presence), or `to_strangers`. `receipts` and `displayed` are the user's choices.

    Only what came live and straight to this client is answered: no copy, nothing from an archive, nothing forwarded, no error,
    no message in a room, nothing of our own. So nothing is answered twice, nothing goes round in circles, and no error of an
    answer comes to somebody who asked for none.
    """

    own: JID
    shares_presence: Callable[[JID], bool] = nobody
    to_strangers: bool = False
    receipts: bool = True
    displayed: bool = True

    def receipt(self, event: MessageEvent) -> Message | None:
        """The receipt for a message that arrives, where it asks for one (XEP-0184 section 7)."""
        found = self._answerable(event)
        if not self.receipts or found is None or found.message.id is None:
            return None
        message = found.message
        if message.type is MessageType.GROUPCHAT or not _has(message, ReceiptRequest) or _has(message, Receipt):
            return None
        return Message(message.sender, type=message.type, payloads=[Receipt(id=message.id)])

    def marker(self, event: MessageEvent, *, read_elsewhere: bool = False, by: JID | None = None) -> Message | None:
        """The marker for the newest message that the user has seen now (XEP-0333 section 4); the older ones need none.

        Outside rooms only a message that asks for it gets one. `read_elsewhere` sends it also for a copy of a message to
        another client, and for one from the archive: say so only after a look of the user, and never for all that was fetched.
        `by` is the room, where it announces `urn:xmpp:sid:0`: without that nothing in it can be named.
        """
        found = self._answerable(event, read_elsewhere)
        if not self.displayed or found is None or _has(found.message, Displayed):
            return None
        message = found.message
        if message.type is MessageType.GROUPCHAT:
            if by is None or message.sender is None or message.sender.bare != by or message.sender.is_bare:
                return None
            id_ = found.archive_id if found.source is Source.ARCHIVE else message_ids(message, by).stanza_id
            return None if id_ is None else Message(by, type="groupchat", payloads=[Displayed(id=id_)])
        if message.id is None or not _has(message, Markable):
            return None
        return Message(message.sender, type=message.type, payloads=[Displayed(id=message.id)])

    def _answerable(self, event: MessageEvent, copies: bool = False) -> Incoming | None:
        """The message, unless it is of a kind that nobody answers by itself."""
        found = read_incoming(event, self.own)
        if not isinstance(found, Incoming) or found.sent or not (copies or found.source is Source.LIVE):
            return None
        message = found.message
        sender = message.sender
        if sender is None or sender.bare == self.own.bare or message.type is MessageType.ERROR:
            return None
        if any(message.find(name) is not None for name in _WRAPPERS):
            return None
        return found if self.to_strangers or self.shares_presence(sender) else None


def _has(message: Message, kind: type[ReceiptRequest | Receipt | Displayed | Markable]) -> bool:
    """Whether there is such an element, readable or not."""
    try:
        return message.get(kind) is not None
    except PayloadError:
        return True
