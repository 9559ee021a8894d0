"""Block lists (XEP-0191): users who want to hear nothing of others, who are then told that nobody is there. What they report
about these (XEP-0377) is for the program: `LocalServer.take_reports`.

Subscriptions stay as they are. What a blocked contact does with one does not reach the user, nor the user's roster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol import blocking_reports
from ..protocol.blocking import NAMESPACE, Block, Blocked, BlockItem, BlockList, Unblock
from ..stanza import ErrorCondition, Iq, IqType, Message, MessageType, Stanza, StanzaError
from .blocklist import matches
from .link import Link
from .presence import PresenceService
from .service import Answer, Audience, Refusal, Request, RequestError, Requests, Service
from .stored import to_text

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent, Hub


class BlockingService(Service):
    """Keeps the block lists, and keeps to them in messages and IQs. For presence, `Hub.kept_apart` does."""

    features = (NAMESPACE, blocking_reports.NAMESPACE)

    def __init__(self, hub: Hub, presence: PresenceService) -> None:
        self._hub = hub
        self._presence = presence

    def requests(self) -> Requests:
        return {
            (IqType.GET, BlockList.element_names[0]): Request(self._list, Audience.OWNER),
            (IqType.SET, Block.element_names[0]): Request(self._block, Audience.OWNER),
            (IqType.SET, Unblock.element_names[0]): Request(self._unblock, Audience.OWNER),
        }

    # --- requests (section 3) ---------------------------------------------------------------------------------------

    def _list(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        assert account is not None and isinstance(link, Link)  # noqa: S101 - the audience are clients
        link.wants.add(NAMESPACE)
        return iq.result(BlockList(items=[BlockItem(jid=jid) for jid in account.blocked]))

    def _block(self, _link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        query = iq.get(Block)
        if account is None or query is None or not query.items:
            raise RequestError(ErrorCondition.BAD_REQUEST, "there is nobody to block")
        added = {item.jid: None for item in query.items}
        listed = BlockList(items=[BlockItem(jid=jid) for jid in {*account.blocked, *added}])
        limits = self._hub.limits
        if len(listed.items) > limits.blocked or len(to_text(listed).encode()) > limits.answer_bytes:
            raise RequestError(ErrorCondition.RESOURCE_CONSTRAINT, "too many addresses are blocked")
        self._presence.hide(account, lambda jid: jid.bare != account.jid and matches(added, jid), now)
        account.blocked.add(added)
        self._hub.reports.add(account.jid, query.items)
        self._push(account, Block(items=[BlockItem(jid=jid) for jid in added]), now)
        return iq.result()

    def _unblock(self, _link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        query = iq.get(Unblock)
        if account is None or query is None:
            return ErrorCondition.BAD_REQUEST
        named = dict.fromkeys(item.jid for item in query.items)
        removed = {jid: None for jid in account.blocked if jid in named or not named}
        account.blocked.remove(removed)
        self._push(account, Unblock(items=[BlockItem(jid=jid) for jid in named]), now)
        self._presence.reveal(account, lambda jid: matches(removed, jid) and not account.blocked.blocks(jid), now)
        return iq.result()

    def _push(self, account: Account, change: Block | Unblock, now: float) -> None:
        for link in list(account.resources.values()):
            if NAMESPACE in link.wants:
                link.queue(Iq(IqType.SET, link.jid, payload=change, id=self._hub.fresh_id()), now)

    # --- what passes by (section 3.3) -------------------------------------------------------------------------------

    def outgoing(self, account: Account, stanza: Stanza) -> Refusal | None:
        if stanza.to is None or not account.blocked.blocks(stanza.to):
            return None
        return Refusal(StanzaError(ErrorCondition.NOT_ACCEPTABLE, application=Blocked()))

    def incoming(self, account: Account, stanza: Stanza) -> Refusal | None:
        if stanza.sender is None or not account.blocked.blocks(stanza.sender):
            return None
        # An answer to what a room says to all would make it throw the user out.
        if isinstance(stanza, Message) and stanza.type not in (MessageType.CHAT, MessageType.NORMAL):
            return Refusal()
        return Refusal(StanzaError(ErrorCondition.SERVICE_UNAVAILABLE))
