"""Messages to one peer or room, with the ids, hints and fallback texts that the extensions ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ...jid import JID
from ...payload import Payload
from ...protocol.attention import Attention
from ...protocol.carbons import PrivateMessage
from ...protocol.displayed_markers import Displayed, Markable
from ...protocol.fallback_indication import Fallback
from ...protocol.hints import NoCopy, Store
from ...protocol.me_command import PREFIX
from ...protocol.message_attaching import AttachTo
from ...protocol.message_correction import Replace
from ...protocol.message_moderation import NAMESPACE as MODERATE
from ...protocol.message_moderation import moderation_request
from ...protocol.message_retraction import NAMESPACE as RETRACT
from ...protocol.message_retraction import Retract
from ...protocol.reactions import Reactions
from ...protocol.receipts import ReceiptRequest
from ...protocol.references import Reference, ReferenceType
from ...protocol.replies import Reply, quotation
from ...protocol.spoiler import Spoiler
from ...protocol.stanza_id import OriginId
from ...protocol.styling import Unstyled
from ...protocol.xmpp_uri import XMPPURI
from ...stanza import Iq, Message, MessageType
from .incoming import MessageIds
from .reaction_rules import ANY_REACTION, ReactionRules

RETRACTED_TEXT = "This person attempted to take back a previous message, but your program does not support that."
"""What programs without the extension show of a retraction (XEP-0428)."""


class UnnamedError(ValueError):
    """A message cannot be referred to: it has no id, or the room gave it none."""


@dataclass(slots=True)
class Composer:
    """Builds messages to `to`: a contact, an occupant of a room (by the full JID), or with `room` a room.

    `random` gives random bytes; ids are made of them. What refers to an earlier message takes its names (`Entry.ids` of a
    conversation, or `message_ids`), and raises UnnamedError where there is none to use. `reaction_rules` is what the function
    of that name found about the others.
    """

    to: JID
    room: bool = False
    random: Callable[[int], bytes] = field(default=os.urandom, repr=False)
    reaction_rules: ReactionRules = ANY_REACTION

    def text(
        self,
        body: str,
        *,
        receipt: bool = False,
        markable: bool = False,
        spoiler: str | None = None,
        unstyled: bool = False,
        mentions: Iterable[tuple[int, int, JID]] = (),
        private: bool = False,
        payloads: Iterable[Payload] = (),
    ) -> Message:
        """A message with content.

        `receipt` asks for a receipt, which is not done in rooms (XEP-0184 section 5.3), and `markable` for a marker (XEP-0333).
        `spoiler` hides the body behind a hint, which may be empty (XEP-0382); `unstyled` says that marks in it mean nothing
        (XEP-0393). `mentions` are ranges of the body, in code points, and whom they name (XEP-0372). `private`: no other client
        of either side gets a copy (XEP-0280 section 9, XEP-0334), which needs a full JID.

        Raises ValueError for a range outside of the body, and for what cannot be asked of this address.
        """
        content: list[Payload] = []
        if receipt:
            if self.room:
                raise ValueError("nobody asks for receipts in a room")
            content.append(ReceiptRequest())
        if markable:
            content.append(Markable())
        if spoiler is not None:
            content.append(Spoiler(hint=spoiler))
        if unstyled:
            content.append(Unstyled())
        for begin, end, whom in mentions:
            if not 0 <= begin < end <= len(body):
                raise ValueError(f"the body has no range from {begin} to {end}")
            content.append(Reference(begin=begin, end=end, type=ReferenceType.MENTION, uri=str(XMPPURI(whom))))
        if private:
            if not self.to.is_full:
                raise ValueError("only what goes to a full JID can go without copies")
            content += (PrivateMessage(), NoCopy())
        return self._message(body, *content, *payloads)

    def action(self, what: str) -> Message:
        """What the user does, told in the third person (XEP-0245)."""
        return self._message(PREFIX + what)

    def attention(self, body: str | None = None) -> Message:
        """A nudge (XEP-0224): a headline, so that nobody gets it later. Only to who announces the extension."""
        return Message(self.to, body, type="headline", id=self._id(), payloads=[Attention()])

    def correction(self, of: MessageIds, body: str, payloads: Iterable[Payload] = ()) -> Message:
        """The whole content that takes the place of a message of ours, by its first name however often it was corrected
        (XEP-0308). Older messages than the last one need not be accepted by others."""
        return self._message(body, *payloads, Replace(id=_named(of.for_correction())))

    def retraction(self, of: MessageIds) -> Message:
        """Takes back a message of ours (XEP-0424), as far as others follow."""
        named = (of.stanza_id or of.origin_id) if self.room else of.for_correction()
        return self._message(RETRACTED_TEXT, Retract(id=_named(named)), Fallback(for_=RETRACT), Store())

    def moderation(self, of: MessageIds, reason: str | None = None, namespace: str = MODERATE) -> Iq:
        """Asks a room, as a moderator, to take back a message (XEP-0425); `namespace` is the one among the room's features."""
        return Iq("set", self.to, payload=moderation_request(_named(of.stanza_id), reason, namespace))

    def reactions(self, of: MessageIds, emoji: Iterable[str]) -> Message:
        """All that we have under a message from now on, each once; none takes them back (XEP-0444). Raises ReactionError for
        what the others do not take."""
        chosen = list(dict.fromkeys(emoji))
        self.reaction_rules.check(chosen)
        return self._message(None, Reactions(id=_named(of.for_reference(self.room)), reactions=chosen), Store())

    def reply(
        self, of: MessageIds, body: str, *, author: JID, quoted: str | None = None, name: str | None = None
    ) -> Message:
        """An answer to a message that `author` wrote (XEP-0461). With `quoted`, the text that is answered, programs without the
        extension see a quotation before the body; `name` is what people call the author."""
        content: list[Payload] = [Reply(to=author, id=_named(of.for_reference(self.room)))]
        if quoted is not None:
            quote, fallback = quotation(quoted, name)
            body = quote + body
            content.append(fallback)
        return self._message(body, *content)

    def attachment(self, to: MessageIds, body: str, payloads: Iterable[Payload] = ()) -> Message:
        """A message that is to be shown with an earlier one (XEP-0367)."""
        return self._message(body, *payloads, AttachTo(id=_named(to.for_reference(self.room))))

    def displayed(self, of: MessageIds) -> Message:
        """Says that the user has seen this message and all before it (XEP-0333). `Acknowledgements.marker` knows when to."""
        named = of.stanza_id if self.room else of.for_correction()
        return Message(self.to, type=self._type, id=self._id(), payloads=[Displayed(id=_named(named))])

    @property
    def _type(self) -> MessageType:
        return MessageType.GROUPCHAT if self.room else MessageType.CHAT

    def _id(self) -> str:
        return self.random(12).hex()

    def _message(self, body: str | None, *payloads: Payload) -> Message:
        id_ = self._id()
        return Message(self.to, body, type=self._type, id=id_, payloads=[*payloads, OriginId(id=id_)])


def _named(id_: str | None) -> str:
    if id_ is None:
        raise UnnamedError("there is no id by which the others know this message")
    return id_
