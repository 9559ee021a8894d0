"""Events (XEP-0060 sections 7 and 8): what services tell those who subscribed, and who is believed.

    events = NodeEvents()
    events.expect("pubsub.shakespeare.lit", "musings")
    async for event in client:
        for change in events.feed(event):
            match change:
                case ItemsPublished(node="musings", items=items): ...
                case RefusedEvent(sender=sender, reason=reason): ...

Anybody can send a message that looks like an event. `read_events` only reads what it says, `NodeEvents` believes the services
that were named to it, and nobody else. Events of contacts and of the own account are for `xmppwire.im.pep`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ...jid import JID
from ...payload import PayloadError
from ...protocol.delay import Delay
from ...protocol.pubsub_event import (
    EventConfiguration,
    EventDelete,
    EventItem,
    EventItems,
    EventPurge,
    EventSubscription,
    PubsubEvent,
)
from ...protocol.pubsub_forms import NodeConfig
from ...stanza import Message


@dataclass(frozen=True, slots=True)
class ItemsPublished:
    """Items were published, or replaced. They have no payload where the node only notifies: fetch it then. `stamp` says when,
    where the event comes later than that."""

    service: JID
    node: str
    items: tuple[EventItem, ...]
    stamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemsRetracted:
    """Items were deleted."""

    service: JID
    node: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodePurged:
    """All items of a node were deleted."""

    service: JID
    node: str


@dataclass(frozen=True, slots=True)
class NodeDeleted:
    """A node was deleted; `redirect` is the URI of the one that takes its place."""

    service: JID
    node: str
    redirect: str | None = None


@dataclass(frozen=True, slots=True)
class NodeConfigured:
    """A node is configured differently; `config` where the event says how."""

    service: JID
    node: str
    config: NodeConfig | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionChanged:
    """A subscription changed, was ended, or has an end."""

    service: JID
    node: str
    subscription: EventSubscription


NodeEvent: TypeAlias = ItemsPublished | ItemsRetracted | NodePurged | NodeDeleted | NodeConfigured | SubscriptionChanged
"""What happened at a node of the service `service`."""


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """A message that only looks like an event at `node`: it is from somebody who does not speak for the node. `reason` says
    it in words."""

    sender: JID | None
    node: str
    reason: str


def read_events(message: Message) -> list[NodeEvent]:
    """What a message says that happened, in the order of the standard: published, then retracted. Nothing for a message
    without events, for an error, for what a room passes on, and for what does not decode. The sender is not checked."""
    if message.sender is None or message.type in ("error", "groupchat"):
        return []
    try:
        event = message.get(PubsubEvent)
    except PayloadError:
        return []
    service = message.sender
    match None if event is None else event.action:
        case EventItems(node=node) as found:
            events: list[NodeEvent] = []
            if found.items:
                events.append(ItemsPublished(service, node, tuple(found.items), _stamp(message)))
            if found.retracts:
                events.append(ItemsRetracted(service, node, tuple(one.id for one in found.retracts)))
            return events
        case EventPurge(node=node):
            return [NodePurged(service, node)]
        case EventDelete(node=node, redirect=redirect):
            return [NodeDeleted(service, node, None if redirect is None else redirect.uri)]
        case EventConfiguration(node=node) as found if node is not None:
            return [NodeConfigured(service, node, _config(found))]
        case EventSubscription(node=node) as found if node is not None:
            return [SubscriptionChanged(service, node, found)]
        case _:
            return []


class NodeEvents:
    """Events from the services that were named, and only from these."""

    def __init__(self) -> None:
        self._expected: dict[JID, set[str | None]] = {}

    def expect(self, service: JID | str, node: str | None = None) -> None:
        """Believe a service from now on, about one node or about all of its nodes."""
        self._expected.setdefault(JID(service), set()).add(node)

    def ignore(self, service: JID | str, node: str | None = None) -> None:
        """Take back what `expect` was told."""
        nodes = self._expected.get(JID(service), set())
        nodes.discard(node)
        if not nodes:
            self._expected.pop(JID(service), None)

    def feed(self, event: object) -> list[NodeEvent | RefusedEvent]:
        """Take an event of the client: what a message brings, or that it was refused. Nothing for all that is no event."""
        if not isinstance(event, Message):
            return []
        found: list[NodeEvent | RefusedEvent] = []
        for one in read_events(event):
            nodes = self._expected.get(one.service, ())
            if one.node in nodes or None in nodes:
                found.append(one)
            else:
                found.append(RefusedEvent(one.service, one.node, "nothing is expected from there"))
        return found


def _stamp(message: Message) -> datetime | None:
    try:
        delay = message.get(Delay)
    except PayloadError:
        return None
    return None if delay is None else delay.stamp


def _config(found: EventConfiguration) -> NodeConfig | None:
    try:
        return None if found.form is None else NodeConfig.from_form(found.form)
    except PayloadError:
        return None
