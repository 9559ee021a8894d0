"""What the owner does with nodes and items (XEP-0060 sections 7 and 8.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...protocol.data_forms import DataForm
from ...protocol.pubsub import Create, Item, Publish, Pubsub, Retract
from ...protocol.pubsub_errors import PubsubCondition, PubsubError, PubsubFeature
from ...protocol.pubsub_forms import NodeConfig, PublishOptionsForm
from ...stanza import ErrorCondition, Iq, StanzaError
from ...xml import Element, Name
from ..service import Answer, RequestError
from ..stored import to_text
from .nodes import Node, StoredItem, changes, refuse, unknown
from .publisher import Publisher

if TYPE_CHECKING:
    from ..accounts import Account
    from ..hub import Correspondent, Hub

PUBSUB: Name = Pubsub.element_names[0]
PUBLISH: Name = Publish.element_names[0]
ITEM: Name = Item.element_names[0]


class PublishRequests:
    """Creates nodes, publishes and retracts."""

    def __init__(self, hub: Hub, publisher: Publisher) -> None:
        self._hub = hub
        self._publisher = publisher

    def set(self, _link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        """A request of the owner."""
        query = iq.get(Pubsub)
        if account is None or query is None:
            return ErrorCondition.BAD_REQUEST
        match query.action:
            case Create(node=name):
                form = None if query.configure is None else query.configure.form
                return self._create(iq, account, name, form)
            case Publish() as action:
                options = None if query.publish_options is None else query.publish_options.form
                return self._publish(iq, account, action, options, now)
            case Retract() as action:
                return self._retract(iq, account, action, now)
            case None:
                return ErrorCondition.BAD_REQUEST
            case _:
                return unsupported()

    def _create(self, iq: Iq, account: Account, name: str | None, form: DataForm | None) -> Answer:
        chosen = self._hub.fresh_id() if name is None else name
        if chosen in account.nodes:
            return ErrorCondition.CONFLICT
        wanted = {} if form is None else changes(NodeConfig.from_form(form), self._hub.limits)
        self._publisher.create(account, chosen, wanted)
        return iq.result() if name is not None else iq.result(Pubsub(action=Create(node=chosen)))

    # --- items ------------------------------------------------------------------------------------------------------

    def _publish(self, iq: Iq, account: Account, action: Publish, form: DataForm | None, now: float) -> Answer:
        if not action.items:
            raise refuse(ErrorCondition.BAD_REQUEST, PubsubCondition.ITEM_REQUIRED)
        if len(action.items) > 1:
            raise refuse(ErrorCondition.NOT_ALLOWED, PubsubCondition.MAX_ITEMS_EXCEEDED)
        payload = payload_of(iq)
        given = action.items[0].id
        if given is not None and not 0 < len(given) <= self._hub.limits.node_name:
            raise RequestError(ErrorCondition.NOT_ACCEPTABLE, "this cannot be the id of an item")
        item = StoredItem(given or self._hub.fresh_id(), to_text(payload), self._hub.stamp(now))
        options = PublishOptionsForm() if form is None else PublishOptionsForm.from_form(form)
        wanted = self._options(options, account.nodes.get(action.node))
        self._publisher.put(account, action.node, item, wanted, now)
        return iq.result(Pubsub(action=Publish(node=action.node, items=[Item(id=item.id)])))

    def _options(self, options: PublishOptionsForm, node: Node | None) -> dict[str, Any]:
        """How a node is to be made for a publication. Raises RequestError where one is different (section 7.1.5)."""
        unmet = refuse(ErrorCondition.CONFLICT, PubsubCondition.PRECONDITION_NOT_MET)
        if unknown(options):
            raise unmet
        wanted = changes(options, self._hub.limits)
        if node is not None and any(getattr(node.config, name) != value for name, value in wanted.items()):
            raise unmet
        return wanted

    def _retract(self, iq: Iq, account: Account, action: Retract, now: float) -> Answer:
        node = account.nodes.get(action.node)
        if node is None:
            return ErrorCondition.ITEM_NOT_FOUND
        ids = [item.id for item in action.items if item.id]
        if not ids or len(ids) < len(action.items):
            raise refuse(ErrorCondition.BAD_REQUEST, PubsubCondition.ITEM_REQUIRED)
        if any(id_ not in node.items for id_ in ids):
            return ErrorCondition.ITEM_NOT_FOUND
        notify = node.config.notify_retract if action.notify is None else action.notify
        self._publisher.retract(account, node, ids, bool(notify), now)
        return iq.result()


def unsupported(feature: PubsubFeature | None = None) -> StanzaError:
    """The error for what is not done here (section 12)."""
    reason = PubsubError(condition=PubsubCondition.UNSUPPORTED, feature=feature)
    return StanzaError(ErrorCondition.FEATURE_NOT_IMPLEMENTED, application=reason)


def payload_of(iq: Iq) -> Element:
    """The payload of the item that is published, as it came: a class for it might leave something out."""
    query = iq.find(PUBSUB)
    publish = None if query is None else query.find(PUBLISH)
    item = None if publish is None else publish.find(ITEM)
    payloads = [] if item is None else list(item.elements())
    if not payloads:
        raise refuse(ErrorCondition.BAD_REQUEST, PubsubCondition.PAYLOAD_REQUIRED)
    if len(payloads) > 1:
        raise refuse(ErrorCondition.BAD_REQUEST, PubsubCondition.INVALID_PAYLOAD)
    return payloads[0]
