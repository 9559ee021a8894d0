"""What owners do with nodes: configuration, subscribers, affiliations, the end (XEP-0060 section 8)."""

from __future__ import annotations

from ...jid import JID
from ...payload import PayloadError
from ...protocol.data_forms import DataForm, DataFormType
from ...protocol.pubsub import NodeAffiliation, SubscriptionState
from ...protocol.pubsub_event import EventConfiguration, EventDelete, EventPurge, EventRedirect, PubsubEvent
from ...protocol.pubsub_forms import NodeConfig, SubscribeAuthorization
from ...protocol.pubsub_owner import (
    OwnerAffiliation,
    OwnerAffiliations,
    OwnerConfigure,
    OwnerDefault,
    OwnerDelete,
    OwnerPurge,
    OwnerSubscription,
    OwnerSubscriptions,
    PubsubOwner,
)
from ...stanza import ErrorCondition, Iq, Message
from ..pep.nodes import changes, configuration_form
from ..service import Answer, RequestError
from .shelf import Shelf
from .topics import DEFAULTS, VALUES, Topic


def get(shelf: Shelf, iq: Iq, sender: JID, query: PubsubOwner) -> Answer:
    """Answer an owner's question. Raises RequestError."""
    match query.action:
        case OwnerDefault():
            return iq.result(PubsubOwner(action=OwnerDefault(form=configuration_form(DEFAULTS))))
        case OwnerConfigure(node=name):
            form = configuration_form(shelf.owned(name, sender).config)
            return iq.result(PubsubOwner(action=OwnerConfigure(node=name, form=form)))
        case OwnerAffiliations(node=name):
            given = shelf.owned(name, sender).affiliations
            listed = [OwnerAffiliation(jid=jid, affiliation=one) for jid, one in given.items()]
            return iq.result(PubsubOwner(action=OwnerAffiliations(node=name, affiliations=listed)))
        case OwnerSubscriptions(node=name):
            topic = shelf.owned(name, sender)
            states = ((SubscriptionState.SUBSCRIBED, topic.subscribers), (SubscriptionState.PENDING, topic.pending))
            found = [OwnerSubscription(jid=jid, subscription=state) for state, jids in states for jid in jids]
            return iq.result(PubsubOwner(action=OwnerSubscriptions(node=name, subscriptions=found)))
        case _:
            return ErrorCondition.BAD_REQUEST


def set_(shelf: Shelf, iq: Iq, sender: JID, query: PubsubOwner, now: float) -> Answer:
    """Do what an owner wants. Raises RequestError, and PayloadError for a form that cannot be read."""
    match query.action:
        case OwnerConfigure(node=name, form=form):
            _configure(shelf, shelf.owned(name, sender), form, now)
        case OwnerDelete(node=name, redirect=redirect):
            topic = shelf.owned(name, sender)
            del shelf.topics[name]
            if topic.config.notify_delete:
                target = None if redirect is None else EventRedirect(uri=redirect.uri)
                shelf.tell(topic, PubsubEvent(action=EventDelete(node=name, redirect=target)), now)
        case OwnerPurge(node=name):
            topic = shelf.owned(name, sender)
            topic.clear()
            if topic.config.notify_retract:
                shelf.tell(topic, PubsubEvent(action=EventPurge(node=name)), now)
        case OwnerAffiliations(node=name) as action:
            _affiliate(shelf, shelf.owned(name, sender), action)
        case OwnerSubscriptions(node=name) as action:
            _subscribers(shelf, shelf.owned(name, sender), action, now)
        case _:
            return ErrorCondition.BAD_REQUEST
    return iq.result()


def decided(shelf: Shelf, message: Message, sender: JID, now: float) -> None:
    """An owner has answered whether somebody may subscribe (section 8.6). What is no such answer is not looked at."""
    try:
        form = message.get(DataForm)
        if form is None or form.type is not DataFormType.SUBMIT or form.form_type is None:
            return
        answer = SubscribeAuthorization.from_form(form)
        topic = shelf.owned(answer.node, sender)
    except (PayloadError, RequestError):
        return
    jid = answer.subscriber
    if jid is not None and jid in topic.pending and answer.allow is not None:
        _set_state(shelf, topic, jid, SubscriptionState.SUBSCRIBED if answer.allow else SubscriptionState.NONE, now)


def _configure(shelf: Shelf, topic: Topic, form: DataForm | None, now: float) -> None:
    if form is None:
        raise RequestError(ErrorCondition.BAD_REQUEST, "there is no form")
    if form.type is DataFormType.CANCEL:
        return
    topic.config = topic.config.replace(**changes(NodeConfig.from_form(form), shelf.hub.limits, VALUES))
    topic.trim()
    if topic.config.notify_config:
        shelf.tell(topic, PubsubEvent(action=EventConfiguration(node=topic.name)), now)


def _affiliate(shelf: Shelf, topic: Topic, action: OwnerAffiliations) -> None:
    changed = dict(topic.affiliations)
    for one in action.affiliations:
        if one.affiliation is NodeAffiliation.NONE:
            changed.pop(one.jid.bare, None)
        elif one.affiliation is not None:
            changed[one.jid.bare] = one.affiliation
    if NodeAffiliation.OWNER not in changed.values():
        raise RequestError(ErrorCondition.NOT_ACCEPTABLE, "a node needs an owner")
    if len(changed) > shelf.hub.limits.node_members:
        raise RequestError(ErrorCondition.RESOURCE_CONSTRAINT, "too many affiliations")
    topic.affiliations = changed


def _subscribers(shelf: Shelf, topic: Topic, action: OwnerSubscriptions, now: float) -> None:
    """End or approve subscriptions (section 8.8.2); nobody is subscribed without having asked for it."""
    wanted = {one.jid: one.subscription for one in action.subscriptions if one.subscription is not None}
    for jid, state in wanted.items():
        fits = state is SubscriptionState.NONE or (
            state is SubscriptionState.SUBSCRIBED and (jid in topic.subscribers or jid in topic.pending)
        )
        if not fits:
            raise RequestError(ErrorCondition.NOT_ACCEPTABLE, "nobody is subscribed by somebody else")
    for jid, state in wanted.items():
        known = jid in topic.subscribers or jid in topic.pending
        if known and not (state is SubscriptionState.SUBSCRIBED and jid in topic.subscribers):
            _set_state(shelf, topic, jid, state, now)


def _set_state(shelf: Shelf, topic: Topic, jid: JID, state: SubscriptionState, now: float) -> None:
    topic.pending.pop(jid, None)
    topic.subscribers.pop(jid, None)
    if state is SubscriptionState.SUBSCRIBED:
        topic.subscribers[jid] = None
    shelf.tell_state(topic, jid, state, now)
