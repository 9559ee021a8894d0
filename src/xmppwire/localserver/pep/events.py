"""Events (XEP-0163 section 4, XEP-0060 section 7): what is told of nodes, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...jid import JID
from ...protocol.delay import Delay
from ...protocol.pubsub_event import EventItem, EventItems, PubsubEvent
from ...protocol.pubsub_forms import SendLastItem
from ...stanza import Message, MessageType
from ..stored import to_element
from .access import may_read
from .nodes import Node, StoredItem

if TYPE_CHECKING:
    from ..accounts import Account
    from ..hub import Correspondent, Hub
    from ..link import Link


class Events:
    """Tells clients of what is published."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def tell(self, account: Account, node: Node, event: PubsubEvent, now: float) -> None:
        """Tell those who subscribed to a node, and those clients of the user and of contacts that are interested."""
        if not node.config.deliver_notifications:
            return
        told: set[JID] = set()
        for link in [*self._interested(account, node)]:
            if link.jid is not None:
                told.add(link.jid)
                link.queue(self._message(account, node, link.jid, event), now)
        for jid in list(node.subscribers):
            if not may_read(account, node, jid) or self._hub.kept_apart(account.jid, jid):
                continue
            for target, address in self._targets(jid):
                if address not in told:
                    target.queue(self._message(account, node, address, event), now)

    def _interested(self, account: Account, node: Node) -> Iterator[Link]:
        yield from (link for link in account.available() if node.name in link.interests)
        for contact in account.roster.contacts():
            other = self._hub.accounts.get(contact.jid) if contact.state.from_ else None
            if other is None or not may_read(account, node, contact.jid):
                continue
            for link in other.available():
                if node.name in link.interests and not self._hub.kept_apart(account.jid, link.jid):
                    yield link

    def _targets(self, jid: JID) -> list[tuple[Correspondent, JID]]:
        """The clients, or the way to another server, that a subscriber is told by."""
        if (outside := self._hub.outside(jid)) is not None:
            return [(outside, jid)]
        account = self._hub.accounts.get(jid)
        links = [] if account is None else account.available()
        named = [(link, link.jid) for link in links if link.jid is not None]
        return [pair for pair in named if jid.resourcepart is None or pair[1] == jid]

    def catch_up(self, link: Link, account: Account, nodes: frozenset[str], now: float) -> None:
        """Tell a client of the last items of nodes that it wants to hear of from now on: of its user, and of contacts."""
        owners = [account]
        for contact in account.roster.contacts():
            other = self._hub.accounts.get(contact.jid) if contact.state.to else None
            if other is not None and other.roster.shares_presence_with(account.jid):
                owners.append(other)
        for owner in owners:
            self.show(owner, link, nodes, now)

    def show(self, owner: Account, link: Link, nodes: frozenset[str], now: float) -> None:
        """Tell a client of the last items of these nodes of an account."""
        if link.jid is None or self._hub.kept_apart(owner.jid, link.jid):
            return
        for node in list(owner.nodes.values()):
            wanted = node.config.send_last_published_item is SendLastItem.ON_SUB_AND_PRESENCE
            if wanted and node.name in nodes and may_read(owner, node, link.jid):
                self.last(owner, node, link, link.jid, now)

    def last(self, owner: Account, node: Node, target: Correspondent, to: JID, now: float) -> None:
        """Tell somebody of the last item of a node, if there is one."""
        item = node.last
        if item is None or not node.config.deliver_notifications:
            return
        message = self._message(owner, node, to, published(node, item))
        if item.stamp is not None:
            message.children.append(Delay(stamp=item.stamp, sender=owner.jid))
        target.queue(message, now)

    def _message(self, account: Account, node: Node, to: JID, event: PubsubEvent) -> Message:
        type_ = MessageType(str(node.config.notification_type or MessageType.HEADLINE))
        return Message(to, type=type_, sender=account.jid, id=self._hub.fresh_id(), payloads=[event])


def published(node: Node, item: StoredItem) -> PubsubEvent:
    """The event that an item was published."""
    payload = to_element(item.text) if node.config.deliver_payloads else None
    return PubsubEvent(action=EventItems(node=node.name, items=[EventItem(id=item.id, payload=payload)]))
