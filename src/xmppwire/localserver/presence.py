"""Presence (RFC 6121 section 4): who is told when a resource comes, changes and goes, and who may ask.

Of contacts that live on this server the state is looked up; components and other servers are probed (section 4.3.1).
"""

from __future__ import annotations

from collections.abc import Callable

from ..jid import JID
from ..payload import PayloadError
from ..protocol.delay import Delay
from ..stanza import ErrorCondition, Presence, PresenceType
from .accounts import Account
from .hub import Correspondent, Hub
from .link import Link
from .subscribe import SubscriptionService


class PresenceService:
    """Handles the presence stanzas of clients."""

    def __init__(self, hub: Hub, subscriptions: SubscriptionService, *, private: bool) -> None:
        self._hub = hub
        self._subscriptions = subscriptions
        self._private = private

    def handle(self, link: Link, account: Account, presence: Presence, now: float) -> None:
        """A client has sent a presence stanza."""
        to = presence.to
        if to is None:
            self._broadcast(link, account, presence, now)
        elif not self._hub.is_reachable(to):
            self._refuse(link, presence, ErrorCondition.REMOTE_SERVER_NOT_FOUND, now)
        elif presence.type in (None, PresenceType.UNAVAILABLE):
            self._directed(link, account, presence, to, now)
        elif presence.type is PresenceType.PROBE and self._hub.is_local(to):
            self._probe(link, presence, to, now)
        elif presence.type in (PresenceType.ERROR, PresenceType.PROBE):
            self._deliver(presence, to, now)
        else:
            self._subscriptions.outbound(link, account, presence, to.bare, now)

    def from_outside(self, link: Correspondent, presence: Presence, to: JID, now: float) -> None:
        """A component or another server has sent a presence stanza, in the name of an address of its domain."""
        if self._hub.kept_apart(presence.sender, to):
            return
        if not self._hub.is_reachable(to):
            self._refuse(link, presence, ErrorCondition.REMOTE_SERVER_NOT_FOUND, now)
        elif presence.type in (None, PresenceType.UNAVAILABLE, PresenceType.ERROR) or not self._hub.is_local(to):
            self._deliver(presence, to, now)
        elif presence.type is PresenceType.PROBE:
            self._probe(link, presence, to, now)
        else:
            self._subscriptions.inbound(link, presence, now)

    def gone(self, link: Link, account: Account, now: float) -> None:
        """A client is away without a word (section 4.5.2)."""
        if link.presence is not None or link.directed:
            self._unavailable(link, account, Presence(type=PresenceType.UNAVAILABLE, sender=link.jid), now)

    def may_ask(self, target: Link, asking: JID | None) -> bool:
        """Whether an IQ of `asking` is delivered to `target` (section 8.5.3.1)."""
        return not self._private or self.shares(target, asking)

    def shares(self, target: Link, asking: JID | None) -> bool:
        """Whether `target`'s user lets `asking` know that this resource is there."""
        if target.account is None or asking is None:
            return False
        bare = asking.bare
        return _is_subscribed(target.account, bare) or bare in target.directed or asking in target.directed

    def renew(self, account: Account, now: float) -> None:
        """What the clients of an account say may be something else now: tell it to those who get their presence."""
        for link in account.available():
            if link.said is not None and (presence := self._shown(account, link.said)) != link.presence:
                link.presence = presence
                self._tell_subscribers(account, presence, now)

    def _shown(self, account: Account, presence: Presence) -> Presence:
        for service in self._hub.services:
            presence = service.showing(account, presence)
        return presence

    def _refuse(self, link: Correspondent, presence: Presence, condition: ErrorCondition, now: float) -> None:
        if presence.type is not PresenceType.ERROR:
            link.queue(presence.error_reply(condition), now)

    # --- without an address: broadcast (sections 4.2, 4.4, 4.5) -----------------------------------------------------

    def _broadcast(self, link: Link, account: Account, presence: Presence, now: float) -> None:
        if presence.type is PresenceType.UNAVAILABLE:
            self._unavailable(link, account, presence, now)
        elif presence.type is not None:
            self._refuse(link, presence, ErrorCondition.BAD_REQUEST, now)
        else:
            try:
                priority = presence.priority
            except PayloadError:
                return self._refuse(link, presence, ErrorCondition.BAD_REQUEST, now)
            initial = link.presence is None
            was_reachable = not initial and link.priority >= 0
            link.said = presence
            link.presence = presence = self._shown(account, presence)
            self._tell_subscribers(account, presence, now)
            if initial:
                self._welcome(link, account, now)
            if priority >= 0 and not was_reachable:
                for message in account.offline.take():
                    if not self._hub.kept_apart(account.jid, message.sender):
                        link.queue(message, now)
            for service in self._hub.services:
                service.present(link, account, presence, initial, now)
        return None

    def _tell_subscribers(self, account: Account, presence: Presence, now: float) -> None:
        """To the contacts with a subscription, and to the user's own available resources."""
        for contact in account.roster.contacts():
            if contact.state.from_:
                self._deliver(presence.replace(to=contact.jid), contact.jid, now)
        self._deliver(presence.replace(to=account.jid), account.jid, now)

    def _welcome(self, link: Link, account: Account, now: float) -> None:
        """What a resource is told when it becomes available: who is there, and who wants to subscribe."""
        for contact in account.roster.contacts():
            if contact.state.to:
                self._ask(link, account, contact.jid, now)
        self._report(link, account, link.jid, now)
        for request in account.roster.requests():
            if not self._hub.kept_apart(account.jid, request.sender):
                link.queue(request, now)

    def _ask(self, link: Link, account: Account, contact: JID, now: float) -> None:
        """Find out for a client whether a contact is there."""
        other = self._hub.accounts.get(contact)
        if other is not None and other.roster.shares_presence_with(account.jid):
            self._report(link, other, link.jid, now)
        elif self._hub.outside(contact) is not None:
            self._deliver(Presence(contact, sender=account.jid, type=PresenceType.PROBE), contact, now)

    def _report(self, link: Correspondent, other: Account, to: JID | None, now: float) -> None:
        """Tell `to`, a client or an address outside, of all available resources of an account, except of itself."""
        for there in other.available():
            if there.presence is None or there is link:
                continue
            if not self._hub.kept_apart(there.jid, to):
                link.queue(there.presence.replace(to=to), now)

    def _unavailable(self, link: Link, account: Account, presence: Presence, now: float) -> None:
        """A resource goes: tell the subscribers, and those who were told of it directly (section 4.6.3)."""
        was_available = link.presence is not None
        link.presence = link.said = None
        directed, link.directed = link.directed, {}
        if was_available:
            account.last_seen, account.last_status = now, presence.status or ""
            self._tell_subscribers(account, presence, now)
            if link.jid is not None and account.resources.get(link.jid.resourcepart or "") is link:
                link.queue(presence.replace(to=account.jid), now)
        for jid in directed:
            if not (was_available and _is_subscribed(account, jid.bare)):
                self._deliver(presence.replace(to=jid), jid, now)

    # --- block lists (XEP-0191 sections 3.3 and 3.4) ----------------------------------------------------------------

    def hide(self, account: Account, from_: Callable[[JID], bool], now: float) -> None:
        """Be gone for those who will be blocked."""
        for link in account.available():
            for address in self._watchers(account, from_):
                self._deliver(Presence(address, sender=link.jid, type=PresenceType.UNAVAILABLE), address, now)
        for link in list(account.resources.values()):
            for address in [jid for jid in link.directed if from_(jid)]:
                link.directed.pop(address, None)
                self._deliver(Presence(address, sender=link.jid, type=PresenceType.UNAVAILABLE), address, now)

    def reveal(self, account: Account, to: Callable[[JID], bool], now: float) -> None:
        """Be there again for those who were blocked, and find out who of them is there."""
        for link in account.available():
            for address in self._watchers(account, to):
                if link.presence is not None:
                    self._deliver(link.presence.replace(to=address), address, now)
            for contact in account.roster.contacts():
                if contact.state.to and to(contact.jid):
                    self._ask(link, account, contact.jid, now)

    def _watchers(self, account: Account, matches: Callable[[JID], bool]) -> list[JID]:
        """Those subscribers to whom it applies; of a local one of whom it applies to some resources, these."""
        found: list[JID] = []
        for contact in account.roster.contacts():
            if not contact.state.from_:
                continue
            other = self._hub.accounts.get(contact.jid)
            if matches(contact.jid):
                found.append(contact.jid)
            elif other is not None:
                found += [link.jid for link in other.available() if link.jid is not None and matches(link.jid)]
        return found

    # --- with an address (section 4.6) ------------------------------------------------------------------------------

    def _directed(self, link: Link, account: Account, presence: Presence, to: JID, now: float) -> None:
        if presence.type is PresenceType.UNAVAILABLE:
            link.directed.pop(to, None)
        elif link.presence is None or not _is_subscribed(account, to.bare):
            if to not in link.directed and len(link.directed) >= self._hub.limits.directed:
                return self._refuse(link, presence, ErrorCondition.RESOURCE_CONSTRAINT, now)
            link.directed[to] = None
        if presence.type is None:
            presence = self._shown(account, presence)
        return self._deliver(presence, to, now)

    def _deliver(self, presence: Presence, to: JID, now: float) -> None:
        """Hand presence to whom it is outside, or to a local user: all available resources, or the one that is named (section
        8.5)."""
        if (outside := self._hub.outside(to)) is not None and not self._hub.kept_apart(presence.sender, to):
            outside.queue(presence, now)
        account = self._hub.accounts.get(to)
        if account is None:
            return
        if to.resourcepart is not None:
            named = account.resources.get(to.resourcepart)
            targets = [] if named is None else [named]
        else:
            targets = account.available() if presence.type is not PresenceType.ERROR else []
        targets = [target for target in targets if not self._hub.kept_apart(presence.sender, target.jid)]
        for target in targets:
            target.queue(presence, now)
        if presence.type is PresenceType.UNAVAILABLE and presence.sender is not None:
            for target in targets:
                target.directed.pop(presence.sender, None)

    # --- probes (sections 4.3.2 and 4.6.6) --------------------------------------------------------------------------

    def _probe(self, link: Correspondent, probe: Presence, to: JID, now: float) -> None:
        account = self._hub.accounts.get(to)
        asking = probe.sender
        if asking is None or self._hub.kept_apart(asking, to):
            return
        if account is None or not _is_subscribed(account, asking.bare):
            self._probe_unsubscribed(link, account, probe, to, now)
            return
        if to.resourcepart is not None:
            there = account.resources.get(to.resourcepart)
            gone = there is None or there.presence is None
            answer = Presence(asking, sender=to, type=PresenceType.UNAVAILABLE if gone else None)
            if gone:
                answer.id = probe.id
            link.queue(answer, now)
        elif account.available():
            self._report(link, account, asking, now)
        else:
            answer = Presence(asking, sender=account.jid, type=PresenceType.UNAVAILABLE, id=probe.id)
            if account.last_seen is not None and (stamp := self._hub.stamp(account.last_seen)) is not None:
                answer = answer.with_(Delay(stamp=stamp))
            link.queue(answer, now)

    def _probe_unsubscribed(
        self, link: Correspondent, account: Account | None, probe: Presence, to: JID, now: float
    ) -> None:
        """A probe by somebody without a subscription: mere presence, where it was sent to them directly. A request that waits
        for an answer is not answered by this."""
        there = None if account is None or to.resourcepart is None else account.resources.get(to.resourcepart)
        if there is not None and self.shares(there, probe.sender):
            link.queue(Presence(probe.sender, sender=to), now)
            return
        asking = probe.sender
        contact = None if account is None or asking is None else account.roster.get(asking.bare)
        if contact is None or not contact.state.pending:
            answer = Presence(asking, sender=to.bare, type=PresenceType.UNSUBSCRIBED, id=probe.id)
            link.queue(answer, now)


def _is_subscribed(account: Account, bare: JID) -> bool:
    """Whether a user gets the presence of this account: by subscription, or because it is the own one (section 4.2.2)."""
    return bare == account.jid or account.roster.shares_presence_with(bare)
