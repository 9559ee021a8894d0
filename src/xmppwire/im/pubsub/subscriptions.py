"""Subscriptions (XEP-0060 sections 5.6, 6.1 to 6.3, 8.6 and 8.8): the own ones, and those to a node that one owns.

    subscription = await client.run(subscribe("musings", client.jid.bare, service=service))
    if subscription.subscription is SubscriptionState.PENDING: ...      # an owner has to approve it

Owners are asked by messages: `read_subscription_request` reads one, `answer_subscription_request` gives the answer to send.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...jid import JID
from ...operation import Operation
from ...payload import PayloadError
from ...protocol.data_forms import DataForm, DataFormType
from ...protocol.pubsub import (
    Pubsub,
    Subscribe,
    Subscription,
    SubscriptionOptions,
    Subscriptions,
    SubscriptionState,
    Unsubscribe,
)
from ...protocol.pubsub_forms import SubscribeAuthorization, SubscribeOptionsForm
from ...protocol.pubsub_owner import OwnerSubscription, OwnerSubscriptions, PubsubOwner
from ...stanza import Iq, Message
from .errors import PubsubAnswerError, answer_of, ask, owner_answer_of


def subscribe(
    node: str,
    jid: JID | str,
    *,
    options: SubscribeOptionsForm | None = None,
    service: JID | str | None = None,
    timeout: float | None = None,
) -> Operation[Subscription]:
    """Subscribe an address, one's own bare or full JID, to a node (section 6.1). The state of the answer may be `PENDING` or
    `UNCONFIGURED`: then nothing comes before an owner approves, or before options are set. Raises PubsubIqError, and
    PubsubAnswerError for an answer that does not say what became of it."""
    chosen = None if options is None else SubscriptionOptions(form=options.to_form())
    query = Pubsub(action=Subscribe(jid=JID(jid), node=node), options=chosen)
    reply = yield from ask(Iq("set", service, payload=query), timeout)
    action = answer_of(reply).action
    if not isinstance(action, Subscription):
        raise PubsubAnswerError("the service does not say what became of the subscription")
    return action


def unsubscribe(
    node: str,
    jid: JID | str,
    *,
    subid: str | None = None,
    service: JID | str | None = None,
    timeout: float | None = None,
) -> Operation[None]:
    """End a subscription; `subid` says which, where there are several (section 6.2). Raises PubsubIqError."""
    query = Pubsub(action=Unsubscribe(jid=JID(jid), node=node, subid=subid))
    yield from ask(Iq("set", service, payload=query), timeout)


def fetch_subscriptions(
    node: str | None = None, *, service: JID | str | None = None, timeout: float | None = None
) -> Operation[list[Subscription]]:
    """The subscriptions of the own account at a service, or to one node (section 5.6). Raises PubsubIqError."""
    query = Pubsub(action=Subscriptions(node=node))
    reply = yield from ask(Iq("get", service, payload=query), timeout)
    action = answer_of(reply).action
    found = action.subscriptions if isinstance(action, Subscriptions) else []
    return [one if one.node is not None else one.replace(node=node) for one in found]


def fetch_subscription_form(
    node: str,
    jid: JID | str,
    *,
    subid: str | None = None,
    service: JID | str | None = None,
    timeout: float | None = None,
) -> Operation[DataForm]:
    """The options of a subscription, as a form to fill in (section 6.3). Raises PubsubIqError, and PubsubAnswerError for an
    answer without a form."""
    query = Pubsub(options=SubscriptionOptions(jid=JID(jid), node=node, subid=subid))
    reply = yield from ask(Iq("get", service, payload=query), timeout)
    options = answer_of(reply).options
    if options is None or options.form is None or options.form.type is not DataFormType.FORM:
        raise PubsubAnswerError("the service gives no form")
    return options.form


def set_subscription_options(
    node: str,
    jid: JID | str,
    options: SubscribeOptionsForm | DataForm,
    *,
    subid: str | None = None,
    service: JID | str | None = None,
    timeout: float | None = None,
) -> Operation[None]:
    """Set options of a subscription (section 6.3). Raises PubsubIqError."""
    form = options.to_form() if isinstance(options, SubscribeOptionsForm) else options
    query = Pubsub(options=SubscriptionOptions(jid=JID(jid), node=node, subid=subid, form=form))
    yield from ask(Iq("set", service, payload=query), timeout)


def change_subscription(
    node: str,
    jid: JID | str,
    *,
    subid: str | None = None,
    service: JID | str | None = None,
    timeout: float | None = None,
    **changes: Any,
) -> Operation[None]:
    """Change some options of a subscription, named as the fields of `SubscribeOptionsForm`, and leave the others. Raises
    PubsubIqError, PubsubAnswerError, PayloadError for what the service does not take, and TypeError for a name that is none."""
    form = yield from fetch_subscription_form(node, jid, subid=subid, service=service, timeout=timeout)
    answer = SubscribeOptionsForm.answer(form, **changes)
    yield from set_subscription_options(node, jid, answer, subid=subid, service=service, timeout=timeout)


def fetch_subscribers(
    node: str, *, service: JID | str | None = None, timeout: float | None = None
) -> Operation[list[OwnerSubscription]]:
    """Who is subscribed to a node, for its owner (section 8.8.1). Raises PubsubIqError."""
    query = PubsubOwner(action=OwnerSubscriptions(node=node))
    reply = yield from ask(Iq("get", service, payload=query), timeout)
    action = owner_answer_of(reply).action
    return action.subscriptions if isinstance(action, OwnerSubscriptions) else []


def set_subscribers(
    node: str,
    changes: Mapping[JID, SubscriptionState],
    *,
    service: JID | str | None = None,
    timeout: float | None = None,
) -> Operation[None]:
    """Change the subscriptions of others to a node, as its owner; `NONE` ends one, who is not named stays (section 8.8.2).
    Raises PubsubIqError (`not-acceptable` where a change cannot be made; others may have been)."""
    subscriptions = [OwnerSubscription(jid=jid, subscription=state) for jid, state in changes.items()]
    query = PubsubOwner(action=OwnerSubscriptions(node=node, subscriptions=subscriptions))
    yield from ask(Iq("set", service, payload=query), timeout)


def read_subscription_request(message: Message, service: JID | str) -> SubscribeAuthorization | None:
    """What a service asks an owner of one of its nodes: whether `subscriber` may subscribe to `node` (section 8.6). None for
    any other message, and for such a question by anybody else."""
    if message.sender != JID(service) or message.type == "error":
        return None
    try:
        form = message.get(DataForm)
        if form is None or form.type is not DataFormType.FORM:
            return None
        if form.form_type not in SubscribeAuthorization.form_types:
            return None
        return SubscribeAuthorization.from_form(form)
    except PayloadError:
        return None


def answer_subscription_request(message: Message, allow: bool) -> Message:
    """The message that answers such a question. Raises ValueError for one that asks nothing."""
    asked = None if message.sender is None else read_subscription_request(message, message.sender)
    if asked is None:
        raise ValueError("no request for a subscription")
    return Message(message.sender, id=message.id, payloads=[asked.replace(allow=allow).to_form()])
