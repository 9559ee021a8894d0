"""Push notifications (XEP-0357): services of their choice are told when there is something for users who are away.

A service is a component, or on another server. It is told how many messages wait, and no more: it is a third party. One that
answers with an error is told nothing any more.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from ..jid import JID
from ..protocol.data_forms import DataForm
from ..protocol.pubsub import Item, Publish, PublishOptions, Pubsub
from ..protocol.push import NAMESPACE, DisablePush, EnablePush, PushNotification
from ..protocol.push_forms import PushSummary
from ..stanza import ErrorCondition, Iq, IqType, Message
from .link import Link
from .offline import worth_keeping
from .service import Answer, Audience, Request, RequestError, Requests, Service
from .stored import to_text

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent, Hub

Target: TypeAlias = tuple[JID, str | None]
"""A node of a push service."""

UNANSWERED = 1000
"""Notifications whose answer is waited for."""


class PushService(Service):
    """Keeps which services an account has enabled, and tells them of messages that reach no client."""

    account_features = (NAMESPACE,)

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._sent: OrderedDict[str, tuple[JID, Target]] = OrderedDict()

    def requests(self) -> Requests:
        return {
            (IqType.SET, EnablePush.element_names[0]): Request(self._enable, Audience.OWNER),
            (IqType.SET, DisablePush.element_names[0]): Request(self._disable, Audience.OWNER),
        }

    def _enable(self, _link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        wanted = iq.get(EnablePush)
        if account is None or wanted is None:
            return ErrorCondition.BAD_REQUEST
        if self._hub.is_local(wanted.jid) or not self._hub.is_reachable(wanted.jid):
            raise RequestError(ErrorCondition.ITEM_NOT_FOUND, "there is no way to such a service")
        options = "" if wanted.form is None else to_text(wanted.form)
        if len(options) + len(wanted.node or "") > self._hub.limits.push_options:
            raise RequestError(ErrorCondition.NOT_ACCEPTABLE, "the options are too long")
        target = wanted.jid, wanted.node
        if target not in account.pushes and len(account.pushes) >= self._hub.limits.pushes:
            raise RequestError(ErrorCondition.RESOURCE_CONSTRAINT, "too many services are enabled")
        account.pushes[target] = wanted.form
        return iq.result()

    def _disable(self, _link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        named = iq.get(DisablePush)
        if account is None or named is None:
            return ErrorCondition.BAD_REQUEST
        for target in list(account.pushes):
            if target[0] == named.jid and named.node in (None, target[1]):
                del account.pushes[target]
        return iq.result()

    def delivered(self, account: Account, message: Message, receivers: Sequence[Link], now: float) -> None:
        if not account.pushes or not worth_keeping(message) or any(link.suspended is None for link in receivers):
            return
        summary = PushSummary(message_count=max(1, len(account.offline)))
        notification = PushNotification(form=summary.to_form())
        for target, options in list(account.pushes.items()):
            self._tell(account, target, options, notification, now)

    def _tell(
        self, account: Account, target: Target, options: DataForm | None, notification: PushNotification, now: float
    ) -> None:
        jid, node = target
        outside = self._hub.outside(jid)
        if outside is None or self._hub.kept_apart(account.jid, jid):
            return
        id_ = self._hub.fresh_id()
        self._sent[id_] = account.jid, target
        if len(self._sent) > UNANSWERED:
            self._sent.popitem(last=False)
        request = Pubsub(action=Publish(node=node or "", items=[Item(payload=notification)]))
        if options is not None:
            request.publish_options = PublishOptions(form=options)
        outside.queue(Iq(IqType.SET, jid, payload=request, sender=account.jid, id=id_), now)

    def answered(self, link: Correspondent, iq: Iq, now: float) -> None:
        owner, target = self._sent.get(iq.id or "", (None, None))
        if owner is None or target is None or iq.sender != target[0] or iq.to != owner:
            return
        del self._sent[iq.id or ""]
        account = self._hub.accounts.get(owner)
        if iq.type is IqType.ERROR and account is not None:
            account.pushes.pop(target, None)
