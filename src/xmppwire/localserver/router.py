"""Where a stanza goes: the delivery rules of RFC 6121 section 8, on those of RFC 6120 section 10.

Where the standard leaves a choice, this server does the following. A message to a bare JID goes to the resource with the
highest priority, to all of them if several share it. What cannot be delivered is answered with `service-unavailable`
rather than dropped, since this server is there to be learnt from, not to be attacked; only headlines are dropped.

A client may be gone before it has confirmed what was sent to it (XEP-0198 section 4). That is treated as if it had come just
after the client went: it is `redelivered`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..jid import JID
from ..stanza import ErrorCondition, Iq, IqType, Message, MessageType, Presence, Stanza, StanzaError, write_stanza
from ..xml import Element
from .accounts import Account
from .hub import Correspondent, Hub
from .iq import IqService
from .link import Link
from .offline import delayed, moment, worth_keeping
from .presence import PresenceService


@dataclass(slots=True)
class Copies:
    """A message that went to several clients of one account: nobody needs it again if one of them has it."""

    message: Message
    """Kept, so that no other object has its id."""
    left: int
    """Copies whose fate is not known yet."""
    arrived: bool = False


class Router:
    """Takes every stanza that a client or a component sends."""

    def __init__(self, hub: Hub, iqs: IqService, presence: PresenceService) -> None:
        self._hub = hub
        self._iqs = iqs
        self._presence = presence
        self._copies: dict[int, Copies] = {}

    def handle(self, link: Link, account: Account, stanza: Message | Presence | Iq, now: float) -> None:
        """A client has sent a stanza; its `sender` is right already."""
        if self._too_long(link, stanza, now) or self._stopped(link, account, stanza, now, outgoing=True):
            return
        if isinstance(stanza, Presence):
            self._presence.handle(link, account, stanza, now)
        elif isinstance(stanza, Iq):
            self._iq(link, stanza, now)
        else:
            if stanza.to is None:  # RFC 6120 section 10.3.1
                stanza.to = account.jid
            sent = stanza
            for service in self._hub.services:
                sent = service.sent(link, account, sent, now)
            self._message(link, stanza, stanza.to, now)

    def from_outside(self, link: Correspondent, stanza: Message | Presence | Iq, now: float) -> None:
        """A component or another server has sent a stanza; the engine has seen to it that both addresses are there, and whose
        it is."""
        if stanza.to is None or self._too_long(link, stanza, now):
            return
        if isinstance(stanza, Presence):
            self._presence.from_outside(link, stanza, stanza.to, now)
        elif isinstance(stanza, Iq):
            self._iq(link, stanza, now)
        else:
            self._message(link, stanza, stanza.to, now)

    def _too_long(self, link: Correspondent, stanza: Message | Presence | Iq, now: float) -> bool:
        """Refuse a stanza that those whom it is for would take for an attack. It grows on its way: what came as one byte may be
        written as six (`&quot;`), and addresses and dates are added, for which an eighth is left. Who waits for an answer that
        is too long gets an error in its place."""
        limit = self._hub.limits.stream.after_login.stanza_bytes
        if len(write_stanza(stanza).encode()) <= limit - limit // 8:
            return False
        if stanza.type_value not in ("error", "result"):
            link.queue(stanza.error_reply(ErrorCondition.POLICY_VIOLATION, text="too long to be delivered"), now)
        elif isinstance(stanza, Iq) and stanza.type is IqType.RESULT:
            error = StanzaError(ErrorCondition.RESOURCE_CONSTRAINT, text="the answer is too long to be delivered")
            self._iq(link, Iq(IqType.ERROR, stanza.to, sender=stanza.sender, id=stanza.id, error=error), now)
        return True

    def _stopped(
        self, link: Correspondent, account: Account, stanza: Stanza, now: float, *, outgoing: bool = False
    ) -> bool:
        """Whether a service has it that a stanza of the account, or for it, goes no further."""
        for service in self._hub.services:
            refusal = service.outgoing(account, stanza) if outgoing else service.incoming(account, stanza)
            if refusal is not None:
                if refusal.error is not None and stanza.type_value not in ("error", "result"):
                    link.queue(stanza.error_reply(refusal.error), now)
                return True
        return False

    def _elsewhere(self, link: Correspondent | None, stanza: Message | Iq, to: JID, now: float) -> None:
        """Deliver to a component, or to other servers."""
        outside = self._hub.outside(to)
        if outside is not None:
            outside.queue(stanza, now)
        elif to in self._hub.components:
            self._bounce(link, stanza, ErrorCondition.SERVICE_UNAVAILABLE, now)
        else:
            self._bounce(link, stanza, ErrorCondition.REMOTE_SERVER_NOT_FOUND, now)

    # --- messages (section 8.5) -------------------------------------------------------------------------------------

    def _message(self, link: Correspondent, message: Message, to: JID, now: float) -> None:
        """Deliver a message for which `link` gets the error, if there is one."""
        if not self._hub.is_local(to):
            return self._elsewhere(link, message, to, now)
        account = self._hub.accounts.get(to)
        if account is None:
            return self._undeliverable(link, message, now)
        if self._stopped(link, account, message, now):
            return None
        receivers = self._receivers(account, message, to)
        if receivers is None:
            return self._undeliverable(link, message, now)
        if not receivers and message.type is MessageType.HEADLINE:
            return None
        for service in self._hub.services:
            message = service.arriving(account, message, now)
        if self._deliver(link, account, message, receivers, now, None):
            for service in self._hub.services:
                service.delivered(account, message, receivers, now)
        return None

    def _again(self, link: Correspondent | None, message: Message, to: JID, now: float, since: datetime | None) -> None:
        """Deliver a message that a client has not confirmed. `since` is when it was to be delivered first."""
        if not self._hub.is_local(to):
            return self._elsewhere(link, message, to, now)
        account = self._hub.accounts.get(to)
        receivers = None if account is None else self._receivers(account, message, to)
        if account is None or receivers is None:
            return self._undeliverable(link, message, now)
        self._deliver(link, account, message, receivers, now, since)
        return None

    def _receivers(self, account: Account, message: Message, to: JID) -> list[Link] | None:
        """The clients that get a message: none, where it may be kept; None where it cannot be delivered."""
        target = account.resources.get(to.resourcepart or "")
        if target is not None:
            return [target]
        if to.resourcepart is not None and message.type is not MessageType.CHAT:
            return None
        if message.type in (MessageType.GROUPCHAT, MessageType.ERROR):
            return None
        # To the account as a whole: never to a negative priority (section 8.5.2.1.1).
        receivers = [target for target in account.available() if target.priority >= 0]
        if receivers and message.type is not MessageType.HEADLINE:
            best = max(target.priority for target in receivers)
            receivers = [target for target in receivers if target.priority == best]
        return receivers

    def _deliver(
        self,
        link: Correspondent | None,
        account: Account,
        message: Message,
        receivers: list[Link],
        now: float,
        since: datetime | None,
    ) -> bool:
        """Send a message to these clients, or keep it for the account. False if it could not be kept."""
        if receivers:
            self._spread(delayed(message, account.jid.domain, since), receivers, now)
            return True
        if message.type is MessageType.HEADLINE or not worth_keeping(message):
            return True
        if account.offline.keep(message, account.jid.domain, since or self._hub.stamp(now)):
            return True
        if any(service.keeps(account, message) for service in self._hub.services):
            return True
        self._undeliverable(link, message, now)
        return False

    def _spread(self, message: Message, receivers: list[Link], now: float) -> None:
        """Send a message to several clients, and remember that until each copy has a fate."""
        if len(receivers) > 1:
            self._copies[id(message)] = Copies(message, len(receivers))
        for target in receivers:
            if not target.queue(message, now):
                self.arrived([message])

    def _undeliverable(self, link: Correspondent | None, message: Message, now: float) -> None:
        if message.type is not MessageType.HEADLINE:
            self._bounce(link, message, ErrorCondition.SERVICE_UNAVAILABLE, now)

    def _bounce(self, link: Correspondent | None, stanza: Message | Iq, condition: ErrorCondition, now: float) -> None:
        """Answer with an error, unless the stanza is an answer itself (RFC 6120 section 8.3.1)."""
        if link is not None and stanza.type_value not in ("error", "result"):
            link.queue(stanza.error_reply(condition), now)

    # --- IQs (sections 8.5.2 and 8.5.3) -----------------------------------------------------------------------------

    def _iq(self, link: Correspondent, iq: Iq, now: float) -> None:
        to = iq.to
        if to is not None and not self._hub.is_local(to):
            return self._elsewhere(link, iq, to, now)
        account = self._hub.accounts.get(to)
        if account is not None and self._stopped(link, account, iq, now):
            return None
        if to is None or to.localpart is None or to.resourcepart is None:
            if iq.is_request:
                self._iqs.answer(link, iq, now)
            else:
                for service in self._hub.services:
                    service.answered(link, iq, now)
            return None
        target = None if account is None else account.resources.get(to.resourcepart)
        trusted = link.component is not None
        if target is None or (iq.is_request and not trusted and not self._presence.may_ask(target, iq.sender)):
            return self._bounce(link, iq, ErrorCondition.SERVICE_UNAVAILABLE, now)
        target.queue(iq, now)
        return None

    # --- what was not confirmed (XEP-0198 section 4) ----------------------------------------------------------------

    def arrived(self, stanzas: Iterable[Stanza | Element]) -> None:
        """Clients have confirmed these."""
        if self._copies:
            for stanza in stanzas:
                self._settle(stanza, arrived=True)

    def redeliver(self, stanzas: Iterable[tuple[Stanza | Element, float | None]], now: float) -> None:
        """Treat what a client that is gone has not confirmed as if it was not there when that came: messages go elsewhere,
        with the time at which they were to be delivered (seconds since 1970, if known); requests are answered with an error.
        """
        for stanza, when in stanzas:
            lost = self._settle(stanza, arrived=False)
            if isinstance(stanza, Message) and stanza.to is not None:
                if lost and not self._is_ours(stanza):
                    self._again(self._sender(stanza), stanza, stanza.to, now, None if when is None else moment(when, 0))
            elif isinstance(stanza, Iq) and stanza.is_request:
                self._bounce(self._sender(stanza), stanza, ErrorCondition.SERVICE_UNAVAILABLE, now)

    def _settle(self, stanza: Stanza | Element, *, arrived: bool) -> bool:
        """One copy of a stanza has found its fate. True if nobody has got it, and nobody may get it yet."""
        copies = self._copies.get(id(stanza))
        if copies is None:
            return not arrived
        copies.left -= 1
        copies.arrived |= arrived
        if copies.left == 0:
            del self._copies[id(stanza)]
        return copies.left == 0 and not copies.arrived

    def _is_ours(self, message: Message) -> bool:
        """Whether the server told something in the name of an account, or in its own, which concerns that client alone."""
        sender = message.sender
        return sender is not None and sender.resourcepart is None and self._hub.is_local(sender)

    def _sender(self, stanza: Stanza) -> Correspondent | None:
        if (outside := self._hub.outside(stanza.sender)) is not None:
            return outside
        account = self._hub.accounts.get(stanza.sender)
        resource = None if stanza.sender is None else stanza.sender.resourcepart
        return None if account is None or resource is None else account.resources.get(resource)
