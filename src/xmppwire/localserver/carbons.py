"""Copies of messages for the other clients of an account (XEP-0280).

What is a message for people is judged by its type and content (section 6.1). Errors are not copied: what they answer is not
remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..protocol import chat_states, direct_muc_invitations, displayed_markers, receipts
from ..protocol.carbons import NAMESPACE, DisableCarbons, EnableCarbons, PrivateMessage, ReceivedCarbon, SentCarbon
from ..protocol.forward import Forwarded
from ..protocol.muc_user import MucUser
from ..stanza import Iq, IqType, Message, MessageType
from ..xml import Element, Name
from .link import Link
from .service import Answer, Audience, Request, Requests, Service

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent

PRIVATE: Name = PrivateMessage.element_names[0]
ROOM: Name = MucUser.element_names[0]
CONVERSATION = frozenset(
    (receipts.NAMESPACE, chat_states.NAMESPACE, displayed_markers.NAMESPACE, direct_muc_invitations.NAMESPACE)
)
"""Namespaces of what belongs to conversations."""


class CarbonsService(Service):
    """Copies what a client receives or sends to those others that asked for it."""

    features = (NAMESPACE,)

    def requests(self) -> Requests:
        return {
            (IqType.SET, EnableCarbons.element_names[0]): Request(_enable, Audience.OWNER),
            (IqType.SET, DisableCarbons.element_names[0]): Request(_disable, Audience.OWNER),
        }

    def bound(self, link: Link, wish: Element) -> None:
        if wish.name == EnableCarbons.element_names[0]:
            link.wants.add(NAMESPACE)

    def sent(self, link: Link, account: Account, message: Message, now: float) -> Message:
        to_self = message.to is not None and message.to.bare == account.jid
        if not to_self and is_copied(message, sent=True):  # what one sends to oneself is copied as it arrives
            copy = SentCarbon(forwarded=Forwarded(stanza=message))
            _spread(account, message, copy, (link,), now)
        return message

    def delivered(self, account: Account, message: Message, receivers: Sequence[Link], now: float) -> None:
        if is_copied(message, sent=False):
            have = [*receivers, account.resources.get((message.sender and message.sender.resourcepart) or "")]
            own = message.sender is not None and message.sender.bare == account.jid
            copy = ReceivedCarbon(forwarded=Forwarded(stanza=message))
            _spread(account, message, copy, have if own else receivers, now)


def _spread(
    account: Account, message: Message, copy: SentCarbon | ReceivedCarbon, have: Sequence[Link | None], now: float
) -> None:
    for link in list(account.resources.values()):
        if NAMESPACE in link.wants and link not in have:
            link.queue(Message(link.jid, type=message.type, sender=account.jid, payloads=[copy]), now)


def is_copied(message: Message, *, sent: bool) -> bool:
    """Whether a message is for all clients of the account that sent it, or that it is for (section 6.1)."""
    if message.type in (MessageType.GROUPCHAT, MessageType.ERROR) or message.find(PRIVATE) is not None:
        return False
    names = [child.name for child in message.elements()]
    if ROOM in names:
        # A private message in a room, which reaches all clients that are there; or an invitation, from the room itself.
        return sent or (message.sender is not None and message.sender.resourcepart is None)
    if message.type is MessageType.CHAT or (message.type is MessageType.NORMAL and message.body is not None):
        return True
    return any(namespace in CONVERSATION for namespace, _ in names)


def _enable(link: Correspondent, iq: Iq, _account: Account | None, _now: float) -> Answer:
    assert isinstance(link, Link)  # noqa: S101 - the audience are clients
    link.wants.add(NAMESPACE)
    return iq.result()


def _disable(link: Correspondent, iq: Iq, _account: Account | None, _now: float) -> Answer:
    assert isinstance(link, Link)  # noqa: S101 - the audience are clients
    link.wants.discard(NAMESPACE)
    return iq.result()
