"""What everybody may ask who may read a node: its items, and subscriptions to it (XEP-0060 section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...jid import JID
from ...protocol.pubsub import (
    Item,
    Items,
    Pubsub,
    Subscribe,
    Subscription,
    Subscriptions,
    SubscriptionState,
    Unsubscribe,
)
from ...protocol.pubsub_errors import PubsubCondition, PubsubFeature
from ...protocol.pubsub_forms import SendLastItem
from ...protocol.rsm import ResultSet
from ...stanza import ErrorCondition, Iq
from ..paging import page_of
from ..service import Answer, RequestError
from ..stored import to_element
from .access import may_read, problem
from .events import Events
from .nodes import Node, refuse
from .publishing import unsupported

if TYPE_CHECKING:
    from ..accounts import Account
    from ..hub import Correspondent, Hub


class ReadRequests:
    """Hands out items, and keeps subscriptions."""

    def __init__(self, hub: Hub, events: Events) -> None:
        self._hub = hub
        self._events = events

    def takes(self, iq: Iq) -> bool:
        """Whether a set is about a subscription, which others than the owner may have."""
        query = iq.get(Pubsub)
        return query is not None and isinstance(query.action, Subscribe | Unsubscribe)

    def get(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        """A request for items, or for the own subscriptions."""
        query = iq.get(Pubsub)
        if account is None or iq.sender is None:
            return ErrorCondition.SERVICE_UNAVAILABLE
        match None if query is None else query.action:
            case Items() as action:
                node = self._node(account, action.node, iq.sender)
                return iq.result(self._items(node, action, query.set if query is not None else None))
            case Subscriptions(node=name):
                return iq.result(Pubsub(action=self._subscriptions(account, name, iq.sender)))
            case None:
                return ErrorCondition.BAD_REQUEST
            case _:
                return unsupported()

    def _node(self, account: Account, name: str | None, asking: JID) -> Node:
        """A node that somebody may read. Strangers do not learn that there is one, or an account at all, if they may not."""
        node = account.nodes.get(name or "")
        knows = asking.bare == account.jid or account.roster.shares_presence_with(asking.bare)
        if node is None or name is None:
            if not knows:
                raise RequestError(ErrorCondition.SERVICE_UNAVAILABLE)
            if name is None:
                raise refuse(ErrorCondition.BAD_REQUEST, PubsubCondition.NODEID_REQUIRED)
            raise RequestError(ErrorCondition.ITEM_NOT_FOUND)
        refusal = problem(account, node, asking)
        if refusal is not None:
            raise refusal if knows else RequestError(ErrorCondition.SERVICE_UNAVAILABLE)
        return node

    def _items(self, node: Node, action: Items, asked: ResultSet | None) -> Pubsub:
        """The items that were asked for, in the order of publication, in pages (section 6.5.4)."""
        ids = [item.id for item in action.items]
        found = [item for item in node.items.values() if not ids or item.id in ids]
        page, described = page_of(
            found,
            asked,
            name=lambda item: item.id,
            size=lambda item: len(item.text.encode()) + len(item.id.encode()) + 100,
            room=self._hub.limits.answer_bytes,
            newest=action.max_items,
        )
        items = [Item(id=item.id, payload=to_element(item.text)) for item in page]
        return Pubsub(action=Items(node=node.name, items=items), set=described)

    # --- subscriptions ----------------------------------------------------------------------------------------------

    def set(self, link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        """Begin or end a subscription."""
        query = iq.get(Pubsub)
        action = None if query is None else query.action
        if account is None or iq.sender is None or not isinstance(action, Subscribe | Unsubscribe):
            return ErrorCondition.SERVICE_UNAVAILABLE
        node = self._node(account, action.node, iq.sender)
        if action.jid is None or action.jid not in (iq.sender, iq.sender.bare):
            raise refuse(ErrorCondition.BAD_REQUEST, PubsubCondition.INVALID_JID)
        if isinstance(action, Unsubscribe):
            if action.jid not in node.subscribers:
                raise refuse(ErrorCondition.UNEXPECTED_REQUEST, PubsubCondition.NOT_SUBSCRIBED)
            del node.subscribers[action.jid]
            return iq.result()
        if query is not None and query.options is not None:
            return unsupported(PubsubFeature.SUBSCRIPTION_OPTIONS)
        if action.jid not in node.subscribers and len(node.subscribers) >= self._hub.limits.node_members:
            raise refuse(ErrorCondition.RESOURCE_CONSTRAINT, PubsubCondition.TOO_MANY_SUBSCRIPTIONS)
        node.subscribers[action.jid] = None
        if node.config.send_last_published_item is not SendLastItem.NEVER:
            self._events.last(account, node, link, iq.sender, now)
        return iq.result(Pubsub(action=_subscription(node, action.jid)))

    def _subscriptions(self, account: Account, name: str | None, asking: JID) -> Subscriptions:
        nodes = [one for one in account.nodes.values() if name in (None, one.name) and may_read(account, one, asking)]
        mine = [(node, jid) for node in nodes for jid in node.subscribers if jid.bare == asking.bare]
        return Subscriptions(node=name, subscriptions=[_subscription(node, jid) for node, jid in mine])


def _subscription(node: Node, jid: JID) -> Subscription:
    return Subscription(jid=jid, node=node.name, subscription=SubscriptionState.SUBSCRIBED)
