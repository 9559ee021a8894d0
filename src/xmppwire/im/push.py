"""Push notifications (XEP-0357): a client has its server tell a push service of what it misses; a push service is told.

A client, with what the program's own push service gave it:

    await client.run(enable_push("push.balcony.example", node, PushPublishOptions(secret=secret)))

The push service, mostly a component. `deliver` is called for each notification, and hands it to what wakes the device:

    service = PushService(deliver)
    service.add(node, domain=juliet.domain, secret=secret)
    service.attach(component.session.answers)

Believe nobody: a notification counts only from the server that the node is for, and with the secret of the node. A node that
was removed is answered with an error, upon which servers stop (section 7.1). What a notification tells passes through hands
that are not the user's: servers should say little.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from ..jid import JID
from ..operation import Operation, request
from ..payload import Payload, PayloadError
from ..protocol.data_forms import DataForm
from ..protocol.disco import Identity
from ..protocol.pubsub import Affiliation, NodeAffiliation, Publish, Pubsub
from ..protocol.pubsub_errors import PubsubCondition, PubsubError
from ..protocol.push import NAMESPACE, DisablePush, EnablePush, PushNotification
from ..protocol.push_forms import PushPublishOptions, PushSummary
from ..session import Answer, AutomaticAnswers, IqRequest
from ..stanza import ErrorCondition, Iq, IqType, Message, StanzaError
from ..xml import Element


def enable_push(
    service: JID | str, node: str | None = None, options: PushPublishOptions | DataForm | None = None
) -> Operation[None]:
    """Have the own server tell `node` of a push service what this account misses (section 5); once more for the same node
    replaces the `options`, which the server publishes with. The account announces `urn:xmpp:push:0` where this works.

    Raises what `request` raises.
    """
    form = options.to_form() if isinstance(options, PushPublishOptions) else options
    yield from request(Iq("set", payload=EnablePush(jid=JID(service), node=node, form=form)))


def disable_push(service: JID | str, node: str | None = None) -> Operation[None]:
    """Have the own server tell a node no more; None: all nodes of the service (section 6). Raises what `request` raises."""
    yield from request(Iq("set", payload=DisablePush(jid=JID(service), node=node)))


@dataclass(frozen=True, slots=True)
class PushDelivery:
    """A notification to a `node`, from the server `sender`. `summary` is None where there is none that can be read;
    `extensions` is what else the server tells."""

    node: str
    sender: JID
    summary: PushSummary | None = None
    extensions: list[Payload | Element] = field(default_factory=list[Payload | Element])


@dataclass(frozen=True, slots=True)
class _Node:
    domain: JID
    secret: str | None


class PushService:
    """The nodes of a push service. `deliver` is called with what is published there; what it raises is an error for the server
    that published, and a `HandlerFailed` for the program."""

    def __init__(self, deliver: Callable[[PushDelivery], object]) -> None:
        self._deliver = deliver
        self._nodes: dict[str, _Node] = {}

    def __contains__(self, node: str) -> bool:
        return node in self._nodes

    def __len__(self) -> int:
        return len(self._nodes)

    def add(self, node: str, domain: JID | str, secret: str | None = None) -> None:
        """Have a node for an account of `domain`, whose server alone may publish there, with the `secret` if there is one.

        Names and secrets are random, as by `secrets.token_urlsafe()`.
        """
        self._nodes[node] = _Node(JID(domain).domain, secret)

    def remove(self, node: str) -> None:
        """Have this node no more. Raises KeyError where there is none."""
        del self._nodes[node]

    def attach(self, answers: AutomaticAnswers) -> None:
        """Answer from now on what is published, and announce the service (section 4.2)."""
        identity = Identity(category="pubsub", type="push")
        if identity not in answers.identities:
            answers.identities.append(identity)
        answers.register(IqType.SET, Pubsub, self.publish, features=(NAMESPACE,))

    def publish(self, asked: IqRequest[Pubsub]) -> Answer:
        """The answer to a request to publish (section 7). Raises PayloadError for one that does not decode."""
        pubsub = asked.payload
        publish = pubsub.action
        if not isinstance(publish, Publish):
            return StanzaError(ErrorCondition.FEATURE_NOT_IMPLEMENTED)
        node = self._nodes.get(publish.node)
        if node is None or asked.sender is None or asked.sender.domain != node.domain:
            return StanzaError(ErrorCondition.ITEM_NOT_FOUND)
        if node.secret is not None and not _same(node.secret, _secret(pubsub)):
            unmet = PubsubError(condition=PubsubCondition.PRECONDITION_NOT_MET)
            return StanzaError(ErrorCondition.CONFLICT, application=unmet)
        notification = publish.items[0].payload if len(publish.items) == 1 else None
        if not isinstance(notification, PushNotification):
            invalid = PubsubError(condition=PubsubCondition.INVALID_PAYLOAD)
            return StanzaError(ErrorCondition.BAD_REQUEST, application=invalid)
        summary = _summary(notification.form)
        self._deliver(PushDelivery(publish.node, asked.sender, summary, notification.extensions))
        return None


def _secret(pubsub: Pubsub) -> str:
    """The secret that a server publishes with."""
    form = None if pubsub.publish_options is None else pubsub.publish_options.form
    if form is None or form.form_type not in PushPublishOptions.form_types:
        return ""
    return form.get("secret") or ""


def _same(secret: str, given: str) -> bool:
    return hmac.compare_digest(secret.encode(), given.encode())


def _summary(form: DataForm | None) -> PushSummary | None:
    if form is None or form.form_type not in PushSummary.form_types:
        return None
    try:
        return PushSummary.from_form(form)
    except PayloadError:
        return None


def withdrawal(node: str, account: JID | str) -> Message:
    """What a push service tells an account of a node that is no more (section 8), so that its server stops at once."""
    jid = JID(account).bare
    gone = Affiliation(jid=jid, affiliation=NodeAffiliation.NONE)
    return Message(jid, payloads=[Pubsub(node=node, action=gone)])
