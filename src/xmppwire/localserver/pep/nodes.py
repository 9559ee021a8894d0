"""Nodes and their items, and how a node may be configured (XEP-0060 section 17.4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ...jid import JID
from ...protocol.data_forms import DataForm, DataFormType
from ...protocol.pubsub import NodeAffiliation
from ...protocol.pubsub_errors import PubsubCondition, PubsubError
from ...protocol.pubsub_forms import (
    AccessModel,
    NodeConfig,
    NodeSettings,
    NotificationType,
    PublishModel,
    SendLastItem,
)
from ...stanza import ErrorCondition, StanzaError
from ..service import RequestError

if TYPE_CHECKING:
    from ..limits import LocalLimits

DEFAULTS = NodeConfig(
    access_model=AccessModel.PRESENCE,
    deliver_notifications=True,
    deliver_payloads=True,
    max_items=1,
    notification_type=NotificationType.HEADLINE,
    notify_config=False,
    notify_delete=True,
    notify_retract=True,
    persist_items=True,
    publish_model=PublishModel.PUBLISHERS,
    send_last_published_item=SendLastItem.ON_SUB_AND_PRESENCE,
)
SETTINGS = frozenset(
    {"roster_groups_allowed", "title", "description", "payload_type"}
    | {one.name for one in NodeConfig.form_fields if getattr(DEFAULTS, one.name) not in (None, [])}
)
"""The names of what can be configured."""
VALUES: dict[str, frozenset[str]] = {
    "access_model": frozenset((AccessModel.OPEN, AccessModel.PRESENCE, AccessModel.ROSTER, AccessModel.WHITELIST)),
    "notification_type": frozenset(NotificationType),
    "publish_model": frozenset((PublishModel.PUBLISHERS,)),
    "send_last_published_item": frozenset(SendLastItem),
}
"""What some settings may be."""


def refuse(condition: ErrorCondition, reason: PubsubCondition, text: str | None = None) -> RequestError:
    """The error that a request is refused with, in the words of XEP-0060 too."""
    return RequestError(StanzaError(condition, text=text, application=PubsubError(condition=reason)))


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item: its payload as text, and when it was published."""

    id: str
    text: str
    stamp: datetime | None

    @property
    def size(self) -> int:
        """Its characters, with those of the id: both are the client's choice."""
        return len(self.id) + len(self.text)


@dataclass(slots=True)
class Node:
    """A node of an account. `items` are in the order of publication."""

    name: str
    config: NodeConfig = field(default_factory=lambda: DEFAULTS)
    items: dict[str, StoredItem] = field(default_factory=dict[str, StoredItem])
    affiliations: dict[JID, NodeAffiliation] = field(default_factory=dict[JID, NodeAffiliation])
    subscribers: dict[JID, None] = field(default_factory=dict[JID, None])
    size: int = 0
    """Characters in the items and their ids."""

    @property
    def last(self) -> StoredItem | None:
        """The item that was published last."""
        return next(reversed(self.items.values()), None)

    def put(self, item: StoredItem) -> None:
        """Publish an item: it takes the place of one with its id, and the oldest go."""
        self.remove(item.id)
        if self.config.persist_items:
            self.items[item.id] = item
            self.size += item.size
        self.trim()

    def remove(self, id_: str) -> None:
        """Forget an item, if it is there."""
        item = self.items.pop(id_, None)
        self.size -= 0 if item is None else item.size

    def clear(self) -> None:
        """Forget all items."""
        self.items.clear()
        self.size = 0

    def trim(self) -> None:
        """Forget the items that are too many."""
        most = self.config.max_items if isinstance(self.config.max_items, int) else 1
        while len(self.items) > most:
            self.remove(next(iter(self.items)))


def changes(
    settings: NodeSettings, limits: LocalLimits, values: Mapping[str, frozenset[str]] = VALUES
) -> dict[str, Any]:
    """What a form says of the settings that there are here; `values` is what some of them may be. Raises RequestError for what
    is not to be had."""
    groups = settings.roster_groups_allowed
    texts = [*groups, settings.title or "", settings.description or "", settings.payload_type or ""]
    if len(groups) > limits.roster_groups or max(map(len, texts)) > limits.node_name:
        raise refuse(ErrorCondition.NOT_ACCEPTABLE, PubsubCondition.INVALID_OPTIONS, "the configuration is too long")
    found: dict[str, Any] = {}
    for name in SETTINGS:
        value = getattr(settings, name)
        if value in (None, []):
            continue
        if name in values and value not in values[name]:
            access = name == "access_model"
            reason = PubsubCondition.UNSUPPORTED_ACCESS_MODEL if access else PubsubCondition.INVALID_OPTIONS
            raise refuse(ErrorCondition.NOT_ACCEPTABLE, reason, f"{name} cannot be {value!r}")
        if name == "max_items":
            value = limits.node_items if value == "max" else max(1, min(value, limits.node_items))
        found[name] = value
    return found


def unknown(settings: NodeSettings) -> list[str]:
    """The settings in a form that are not to be had here."""
    names = [one.name for one in type(settings).form_fields]
    others = [name for name in names if name not in SETTINGS and getattr(settings, name) not in (None, [])]
    return others + [one.var or "" for one in settings.unknown_fields]


def configuration_form(config: NodeConfig) -> DataForm:
    """The form in which an owner sees the configuration."""
    form = config.to_form(DataFormType.FORM)
    known = {one.var for one in (NodeConfig.field_of(form, name) for name in SETTINGS) if one is not None}
    form.fields = [one for one in form.fields if one.var == "FORM_TYPE" or one.var in known]
    return form
