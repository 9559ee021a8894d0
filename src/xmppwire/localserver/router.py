"""Where a stanza goes: the delivery rules of RFC 6121 section 8, on those of RFC 6120 section 10.

Where the standard leaves a choice, this server does the following. A message to a bare JID goes to the resource with the
highest priority, to all of them if several share it. What cannot be delivered is answered with `service-unavailable`
rather than dropped, since this server is there to be learnt from, not to be attacked; only headlines are dropped.
"""

from __future__ import annotations

from ..jid import JID
from ..stanza import ErrorCondition, Iq, Message, MessageType, Presence
from .accounts import Account
from .hub import Hub
from .iq import IqService
from .link import Link
from .offline import worth_keeping
from .presence import PresenceService


class Router:
    """Takes every stanza that a client sends."""

    def __init__(self, hub: Hub, iqs: IqService, presence: PresenceService) -> None:
        self._hub = hub
        self._iqs = iqs
        self._presence = presence

    def handle(self, link: Link, account: Account, stanza: Message | Presence | Iq, now: float) -> None:
        """A client has sent a stanza; its `sender` is right already."""
        if isinstance(stanza, Presence):
            self._presence.handle(link, account, stanza, now)
        elif isinstance(stanza, Iq):
            self._iq(link, stanza, now)
        else:
            if stanza.to is None:  # RFC 6120 section 10.3.1
                stanza.to = account.jid
            self._message(link, stanza, stanza.to, now)

    # --- messages (section 8.5) -------------------------------------------------------------------------------------

    def _message(self, link: Link, message: Message, to: JID, now: float) -> None:
        if not self._hub.is_local(to):
            return self._bounce(link, message, ErrorCondition.REMOTE_SERVER_NOT_FOUND, now)
        account = self._hub.accounts.get(to)
        if account is None:
            return self._undeliverable(link, message, now)
        target = account.resources.get(to.resourcepart or "")
        if target is not None:
            return target.queue(message, now)
        if to.resourcepart is not None and message.type is not MessageType.CHAT:
            return self._undeliverable(link, message, now)
        return self._to_account(link, account, message, now)

    def _to_account(self, link: Link, account: Account, message: Message, now: float) -> None:
        """Deliver to the account as a whole: never to a negative priority (section 8.5.2.1.1)."""
        if message.type in (MessageType.GROUPCHAT, MessageType.ERROR):
            return self._undeliverable(link, message, now)
        receivers = [target for target in account.available() if target.priority >= 0]
        if receivers and message.type is not MessageType.HEADLINE:
            best = max(target.priority for target in receivers)
            receivers = [target for target in receivers if target.priority == best]
        for target in receivers:
            target.queue(message, now)
        if receivers or message.type is MessageType.HEADLINE or not worth_keeping(message):
            return None
        if not account.offline.keep(message, account.jid.domain, self._hub.stamp(now)):
            return self._undeliverable(link, message, now)
        return None

    def _undeliverable(self, link: Link, message: Message, now: float) -> None:
        if message.type is not MessageType.HEADLINE:
            self._bounce(link, message, ErrorCondition.SERVICE_UNAVAILABLE, now)

    def _bounce(self, link: Link, stanza: Message | Iq, condition: ErrorCondition, now: float) -> None:
        """Answer with an error, unless the stanza is an answer itself (RFC 6120 section 8.3.1)."""
        if stanza.type_value not in ("error", "result"):
            link.queue(stanza.error_reply(condition), now)

    # --- IQs (sections 8.5.2 and 8.5.3) -----------------------------------------------------------------------------

    def _iq(self, link: Link, iq: Iq, now: float) -> None:
        to = iq.to
        if to is not None and not self._hub.is_local(to):
            return self._bounce(link, iq, ErrorCondition.REMOTE_SERVER_NOT_FOUND, now)
        if to is None or to.localpart is None or to.resourcepart is None:
            if iq.is_request:
                self._iqs.answer(link, iq, now)
            return None
        account = self._hub.accounts.get(to)
        target = None if account is None else account.resources.get(to.resourcepart)
        if target is None or (iq.is_request and not self._presence.may_ask(target, link)):
            return self._bounce(link, iq, ErrorCondition.SERVICE_UNAVAILABLE, now)
        return target.queue(iq, now)
