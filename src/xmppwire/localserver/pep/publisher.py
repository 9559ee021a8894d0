"""Makes nodes, puts items into them and takes them out, for requests of the owner and for what the server does in the owner's
name; who is interested is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...protocol.pubsub_errors import PubsubCondition
from ...protocol.pubsub_event import EventItems, EventRetract, PubsubEvent
from ...stanza import ErrorCondition
from ..service import RequestError
from .events import Events, published
from .nodes import DEFAULTS, Node, StoredItem, refuse

if TYPE_CHECKING:
    from ..accounts import Account
    from ..hub import Hub


class Publisher:
    """Changes the nodes of accounts, within the limits."""

    def __init__(self, hub: Hub, events: Events) -> None:
        self._hub = hub
        self._events = events

    def create(self, account: Account, name: str, wanted: dict[str, Any]) -> Node:
        """Make a node with these settings. Raises RequestError."""
        if not name or len(name) > self._hub.limits.node_name:
            raise RequestError(ErrorCondition.NOT_ACCEPTABLE, "this cannot be the name of a node")
        if len(account.nodes) >= self._hub.limits.nodes:
            raise refuse(ErrorCondition.RESOURCE_CONSTRAINT, PubsubCondition.MAX_NODES_EXCEEDED)
        node = account.nodes[name] = Node(name, DEFAULTS.replace(**wanted))
        return node

    def put(self, account: Account, name: str, item: StoredItem, wanted: dict[str, Any], now: float) -> Node:
        """Publish an item; a node that is not there is made with these settings. Raises RequestError."""
        if sum(one.size for one in account.nodes.values()) + item.size > self._hub.limits.node_bytes:
            raise refuse(ErrorCondition.RESOURCE_CONSTRAINT, PubsubCondition.PAYLOAD_TOO_BIG)
        node = account.nodes.get(name) or self.create(account, name, wanted)
        node.put(item)
        self._events.tell(account, node, published(node, item), now)
        self.changed(account, node, now)
        return node

    def retract(self, account: Account, node: Node, ids: Sequence[str], notify: bool, now: float) -> None:
        """Take items out."""
        for id_ in ids:
            node.remove(id_)
        if notify:
            retracts = [EventRetract(id=id_) for id_ in dict.fromkeys(ids)]
            self._events.tell(account, node, PubsubEvent(action=EventItems(node=node.name, retracts=retracts)), now)
        self.changed(account, node, now)

    def changed(self, account: Account, node: Node, now: float) -> None:
        """Let the other services know that other items are in a node."""
        for service in self._hub.services:
            service.node_changed(account, node, now)
