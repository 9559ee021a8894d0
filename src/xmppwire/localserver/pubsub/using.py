"""What everybody may ask of nodes, as far as they let: items, subscriptions, publications (XEP-0060 sections 5 to 7)."""

from __future__ import annotations

from ...jid import JID
from ...protocol.data_forms import DataForm
from ...protocol.delay import Delay
from ...protocol.pubsub import (
    Affiliation,
    Affiliations,
    Create,
    Item,
    Items,
    NodeAffiliation,
    Publish,
    Pubsub,
    Retract,
    Subscribe,
    Subscription,
    Subscriptions,
    SubscriptionState,
    Unsubscribe,
)
from ...protocol.pubsub_errors import PubsubCondition, PubsubFeature
from ...protocol.pubsub_event import EventItems, EventRetract, PubsubEvent
from ...protocol.pubsub_forms import AccessModel, NodeConfig, PublishOptionsForm, SendLastItem
from ...protocol.rsm import ResultSet
from ...stanza import ErrorCondition, Iq
from ..paging import page_of
from ..pep.events import published
from ..pep.nodes import StoredItem, changes, refuse, unknown
from ..pep.publishing import payload_of, unsupported
from ..service import Answer, RequestError
from ..stored import to_element, to_text
from .shelf import Shelf
from .topics import VALUES, Topic


def get(shelf: Shelf, iq: Iq, sender: JID, query: Pubsub) -> Answer:
    """Answer a question. Raises RequestError."""
    match query.action:
        case Items() as action:
            return iq.result(_items(shelf, shelf.readable(action.node, sender), action, query.set))
        case Subscriptions(node=name):
            topics = shelf.topics.values() if name is None else [shelf.get(name)]
            mine = [one for topic in topics for one in _subscriptions(topic, sender)]
            return iq.result(Pubsub(action=Subscriptions(node=name, subscriptions=mine)))
        case Affiliations(node=name):
            topics = shelf.topics.values() if name is None else [shelf.get(name)]
            found = [
                Affiliation(node=topic.name, affiliation=topic.affiliation(sender))
                for topic in topics
                if sender.bare in topic.affiliations
            ]
            return iq.result(Pubsub(action=Affiliations(node=name, affiliations=found)))
        case None:
            return ErrorCondition.BAD_REQUEST
        case _:
            return unsupported()


def set_(shelf: Shelf, iq: Iq, sender: JID, query: Pubsub, now: float) -> Answer:
    """Do something. Raises RequestError, and PayloadError for a form that cannot be read."""
    match query.action:
        case Create(node=name):
            return _create(shelf, iq, sender, name, None if query.configure is None else query.configure.form)
        case Publish() as action:
            options = None if query.publish_options is None else query.publish_options.form
            return _publish(shelf, iq, sender, action, options, now)
        case Retract() as action:
            return _retract(shelf, iq, sender, action, now)
        case Subscribe() as action:
            if query.options is not None:
                return unsupported(PubsubFeature.SUBSCRIPTION_OPTIONS)
            return _subscribe(shelf, iq, sender, action, now)
        case Unsubscribe() as action:
            topic = shelf.get(action.node)
            jid = _own(action.jid, sender)
            if jid not in topic.subscribers and jid not in topic.pending:
                raise refuse(ErrorCondition.UNEXPECTED_REQUEST, PubsubCondition.NOT_SUBSCRIBED)
            topic.subscribers.pop(jid, None)
            topic.pending.pop(jid, None)
            return iq.result()
        case None:
            return ErrorCondition.BAD_REQUEST
        case _:
            return unsupported()


# --- items (sections 6.5, 7.1 and 7.2) ------------------------------------------------------------------------------


def _items(shelf: Shelf, topic: Topic, action: Items, asked: ResultSet | None) -> Pubsub:
    ids = {item.id for item in action.items}
    page, described = page_of(
        [item for item in topic.items.values() if not ids or item.id in ids],
        asked,
        name=lambda item: item.id,
        size=lambda item: len(item.text.encode()) + len(item.id.encode()) + 100,
        room=shelf.hub.limits.answer_bytes,
        newest=action.max_items,
    )
    items = [Item(id=item.id, payload=to_element(item.text)) for item in page]
    return Pubsub(action=Items(node=topic.name, items=items), set=described)


def _create(shelf: Shelf, iq: Iq, sender: JID, name: str | None, form: DataForm | None) -> Answer:
    if shelf.hub.accounts.get(sender) is None:
        raise RequestError(ErrorCondition.FORBIDDEN, "only users of this server make nodes")
    chosen = shelf.hub.fresh_id() if name is None else name
    if chosen in shelf.topics:
        return ErrorCondition.CONFLICT
    wanted = {} if form is None else changes(NodeConfig.from_form(form), shelf.hub.limits, VALUES)
    shelf.create(chosen, sender.bare, wanted)
    return iq.result() if name is not None else iq.result(Pubsub(action=Create(node=chosen)))


def _publish(shelf: Shelf, iq: Iq, sender: JID, action: Publish, form: DataForm | None, now: float) -> Answer:
    topic = shelf.get(action.node)
    if not topic.may_publish(sender):
        raise RequestError(ErrorCondition.FORBIDDEN, "this is not for you to publish")
    if len(action.items) != 1:
        few = not action.items
        condition = ErrorCondition.BAD_REQUEST if few else ErrorCondition.NOT_ALLOWED
        raise refuse(condition, PubsubCondition.ITEM_REQUIRED if few else PubsubCondition.MAX_ITEMS_EXCEEDED)
    limits = shelf.hub.limits
    given = action.items[0].id
    if given is not None and not 0 < len(given) <= limits.node_name:
        raise RequestError(ErrorCondition.NOT_ACCEPTABLE, "this cannot be the id of an item")
    options = PublishOptionsForm() if form is None else PublishOptionsForm.from_form(form)
    wanted = {} if unknown(options) else changes(options, limits, VALUES)
    if unknown(options) or any(getattr(topic.config, name) != value for name, value in wanted.items()):
        raise refuse(ErrorCondition.CONFLICT, PubsubCondition.PRECONDITION_NOT_MET)
    item = StoredItem(given or shelf.hub.fresh_id(), to_text(payload_of(iq)), shelf.hub.stamp(now))
    shelf.check_room(topic, len(item.text))
    topic.put(item)
    shelf.tell(topic, published(topic, item), now)
    return iq.result(Pubsub(action=Publish(node=topic.name, items=[Item(id=item.id)])))


def _retract(shelf: Shelf, iq: Iq, sender: JID, action: Retract, now: float) -> Answer:
    topic = shelf.get(action.node)
    if not topic.may_retract(sender):
        return ErrorCondition.FORBIDDEN
    ids = [item.id for item in action.items if item.id]
    if not ids or len(ids) < len(action.items):
        raise refuse(ErrorCondition.BAD_REQUEST, PubsubCondition.ITEM_REQUIRED)
    if any(id_ not in topic.items for id_ in ids):
        return ErrorCondition.ITEM_NOT_FOUND
    for id_ in ids:
        topic.remove(id_)
    if topic.config.notify_retract if action.notify is None else action.notify:
        retracts = [EventRetract(id=id_) for id_ in dict.fromkeys(ids)]
        shelf.tell(topic, PubsubEvent(action=EventItems(node=topic.name, retracts=retracts)), now)
    return iq.result()


# --- subscriptions (sections 5.6, 6.1 and 6.2) ----------------------------------------------------------------------


def _subscribe(shelf: Shelf, iq: Iq, sender: JID, action: Subscribe, now: float) -> Answer:
    topic = shelf.get(action.node)
    jid = _own(action.jid, sender)
    problem = topic.problem(sender)
    nobody = topic.affiliation(sender) is NodeAffiliation.NONE
    waits = problem is not None and nobody and topic.config.access_model is AccessModel.AUTHORIZE
    if problem is not None and not waits:
        raise problem
    known = jid in topic.subscribers or jid in topic.pending
    if not known and len(topic.subscribers) + len(topic.pending) >= shelf.hub.limits.node_members:
        raise refuse(ErrorCondition.RESOURCE_CONSTRAINT, PubsubCondition.TOO_MANY_SUBSCRIPTIONS)
    if waits:
        if jid not in topic.pending:
            topic.pending[jid] = None
            shelf.ask_owners(topic, jid, now)
        return iq.result(Pubsub(action=_state(topic, jid, SubscriptionState.PENDING)))
    topic.subscribers[jid] = None
    last = topic.last
    if last is not None and topic.config.send_last_published_item is not SendLastItem.NEVER:
        delays = [] if last.stamp is None else [Delay(stamp=last.stamp, sender=shelf.jid)]
        shelf.send(topic, jid, published(topic, last), now, *delays)
    return iq.result(Pubsub(action=_state(topic, jid, SubscriptionState.SUBSCRIBED)))


def _own(jid: JID | None, sender: JID) -> JID:
    """The address that is subscribed: that of the client which asks, or of its account."""
    if jid is None or jid not in (sender, sender.bare):
        raise refuse(ErrorCondition.BAD_REQUEST, PubsubCondition.INVALID_JID)
    return jid


def _subscriptions(topic: Topic, of: JID) -> list[Subscription]:
    states = ((SubscriptionState.SUBSCRIBED, topic.subscribers), (SubscriptionState.PENDING, topic.pending))
    return [_state(topic, jid, state) for state, jids in states for jid in jids if jid.bare == of.bare]


def _state(topic: Topic, jid: JID, state: SubscriptionState) -> Subscription:
    return Subscription(jid=jid, node=topic.name, subscription=state)
