"""The nodes of one service address, and how those who subscribed are told of them (XEP-0060 section 7.1.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from ...jid import JID
from ...payload import Payload
from ...protocol.data_forms import DataFormType
from ...protocol.pubsub import NodeAffiliation, SubscriptionState
from ...protocol.pubsub_errors import PubsubCondition
from ...protocol.pubsub_event import EventSubscription, PubsubEvent
from ...protocol.pubsub_forms import SubscribeAuthorization
from ...stanza import ErrorCondition, Message, MessageType, Stanza
from ..pep.nodes import refuse
from ..service import RequestError
from .topics import DEFAULTS, Topic

if TYPE_CHECKING:
    from ..hub import Hub

Post: TypeAlias = Callable[[Stanza, float], None]


class Shelf:
    """The nodes at `jid`. `post` sends a stanza to whom it is for."""

    def __init__(self, hub: Hub, jid: JID, post: Post) -> None:
        self.hub = hub
        self.jid = jid
        self.topics: dict[str, Topic] = {}
        self._post = post

    # --- nodes ------------------------------------------------------------------------------------------------------

    def get(self, name: str | None) -> Topic:
        """A node. Raises RequestError."""
        if name is None:
            raise refuse(ErrorCondition.BAD_REQUEST, PubsubCondition.NODEID_REQUIRED)
        topic = self.topics.get(name)
        if topic is None:
            raise RequestError(ErrorCondition.ITEM_NOT_FOUND)
        return topic

    def owned(self, name: str | None, by: JID) -> Topic:
        """A node of which somebody is an owner. Raises RequestError."""
        topic = self.get(name)
        if topic.affiliation(by) is not NodeAffiliation.OWNER:
            raise RequestError(ErrorCondition.FORBIDDEN, "only owners may do that")
        return topic

    def readable(self, name: str | None, by: JID) -> Topic:
        """A node that somebody may read. Raises RequestError."""
        topic = self.get(name)
        if (problem := topic.problem(by)) is not None:
            raise problem
        return topic

    def create(self, name: str, by: JID, wanted: dict[str, Any]) -> Topic:
        """Make a node with these settings. Raises RequestError."""
        limits = self.hub.limits
        if not name or len(name) > limits.node_name:
            raise RequestError(ErrorCondition.NOT_ACCEPTABLE, "this cannot be the name of a node")
        if sum(topic.creator == by for topic in self.topics.values()) >= limits.nodes:
            raise refuse(ErrorCondition.RESOURCE_CONSTRAINT, PubsubCondition.MAX_NODES_EXCEEDED)
        topic = self.topics[name] = Topic(name, DEFAULTS.replace(**wanted), creator=by)
        topic.affiliations[by] = NodeAffiliation.OWNER
        return topic

    def check_room(self, topic: Topic, length: int) -> None:
        """Raises RequestError where items of somebody's nodes would be too many characters."""
        size = sum(one.size for one in self.topics.values() if one.creator == topic.creator)
        if size + length > self.hub.limits.node_bytes:
            raise refuse(ErrorCondition.RESOURCE_CONSTRAINT, PubsubCondition.PAYLOAD_TOO_BIG)

    def forget(self, user: JID) -> None:
        """An account is gone: it is nothing to any node, and nodes without an owner go with it."""
        for name, topic in list(self.topics.items()):
            topic.affiliations.pop(user, None)
            for jids in (topic.subscribers, topic.pending):
                for jid in [jid for jid in jids if jid.bare == user]:
                    del jids[jid]
            if not topic.owners():
                del self.topics[name]

    # --- messages ---------------------------------------------------------------------------------------------------

    def tell(self, topic: Topic, event: PubsubEvent, now: float) -> None:
        """Tell all who subscribed, and may still read, of something."""
        if topic.config.deliver_notifications:
            for jid in list(topic.subscribers):
                if topic.problem(jid) is None:
                    self.send(topic, jid, event, now)

    def send(self, topic: Topic, to: JID, event: Payload, now: float, *more: Payload) -> None:
        """Tell somebody of an event."""
        type_ = MessageType(str(topic.config.notification_type or MessageType.HEADLINE))
        message = Message(to, type=type_, sender=self.jid, id=self.hub.fresh_id(), payloads=[event, *more])
        self._post(message, now)

    def tell_state(self, topic: Topic, jid: JID, state: SubscriptionState, now: float) -> None:
        """Tell somebody what became of a subscription (section 8.6)."""
        change = EventSubscription(node=topic.name, jid=jid, subscription=state)
        self.send(topic, jid, PubsubEvent(action=change), now)

    def ask_owners(self, topic: Topic, jid: JID, now: float) -> None:
        """Ask the owners whether somebody may subscribe (section 8.6)."""
        form = SubscribeAuthorization(allow=False, node=topic.name, subscriber=jid).to_form(DataFormType.FORM)
        form.title = "Somebody wants to subscribe"
        for owner in topic.owners():
            self._post(Message(owner, sender=self.jid, id=self.hub.fresh_id(), payloads=[form]), now)
