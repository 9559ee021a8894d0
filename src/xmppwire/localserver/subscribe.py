"""Presence subscriptions (RFC 6121 section 3): what happens around the states of `subscriptions`.

Both sides of every subscription are here, the user's and the contact's, in the order that the standard sets: presence
stanzas before roster pushes, and presence of the resources around the stanza that begins or ends a subscription.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from ..jid import JID
from ..protocol.roster import Roster as RosterQuery
from ..protocol.roster import RosterItem
from ..stanza import ErrorCondition, Iq, IqType, Presence, PresenceType, subscriptions
from ..stanza.subscriptions import SubscriptionState, SubscriptionType
from .accounts import Account
from .hub import Correspondent, Hub
from .link import Link
from .roster import Contact


class SubscriptionService:
    """Handles presence of type subscribe, subscribed, unsubscribe and unsubscribed, and pushes the roster."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def push(self, account: Account, item: RosterItem, now: float) -> None:
        """Send a roster push to all interested resources (section 2.1.6)."""
        query = RosterQuery(ver=account.roster.version, items=[item])
        for link in account.interested():
            self.push_to(link, query, now)

    def push_to(self, link: Link, query: RosterQuery, now: float) -> None:
        """Send one roster push to one client."""
        link.queue(Iq(IqType.SET, link.jid, payload=query, id=self._hub.fresh_id()), now)

    def outbound(self, link: Link, account: Account, presence: Presence, to: JID, now: float) -> None:
        """A client sends a subscription stanza to the bare JID `to`."""
        problem = self._problem(account, presence, to)
        if problem is not None:
            link.queue(presence.error_reply(problem), now)
            return
        self.send(account, _addressed(presence, account.jid, to), now)

    def _problem(self, account: Account, presence: Presence, to: JID) -> ErrorCondition | None:
        """Why a stanza cannot even begin its way, if so (section 3.1.2)."""
        if to == account.jid:
            return ErrorCondition.NOT_ALLOWED
        known = account.roster.get(to)
        if (known is None or not known.listed) and not account.roster.has_room():
            return ErrorCondition.RESOURCE_CONSTRAINT
        if presence.type is not PresenceType.SUBSCRIBE:
            return None
        if not self._hub.is_local(to):
            return None if self._hub.outside(to) is not None else ErrorCondition.SERVICE_UNAVAILABLE
        other = self._hub.accounts.get(to)
        if other is None:
            return ErrorCondition.ITEM_NOT_FOUND
        return self._no_room(other, account.jid)

    def inbound(self, link: Correspondent, presence: Presence, now: float) -> None:
        """A component or another server sends a subscription stanza, in the name of an address of its domain."""
        account, sender = self._hub.accounts.get(presence.to), presence.sender
        if account is None or sender is None:
            link.queue(presence.error_reply(ErrorCondition.ITEM_NOT_FOUND), now)
            return
        new = account.roster.get(sender.bare) is None and not account.roster.has_room()
        problem = ErrorCondition.RESOURCE_CONSTRAINT if new else None
        if presence.type is PresenceType.SUBSCRIBE:
            problem = problem or self._no_room(account, sender.bare)
        if problem is not None:
            link.queue(presence.error_reply(problem), now)
            return
        reply = self._inbound(_addressed(presence, sender.bare, account.jid), now)
        if reply is not None:
            link.queue(reply, now)
            if presence.type is PresenceType.SUBSCRIBE:
                self._show(account, sender.bare, now)

    def _no_room(self, other: Account, asking: JID) -> ErrorCondition | None:
        """Whether too many requests wait for a user already."""
        asked = other.roster.get(asking)
        waits = asked is not None and (asked.request is not None or asked.state.from_ or asked.state.approved)
        if not waits and len(other.roster.requests()) >= self._hub.limits.requests:
            return ErrorCondition.RESOURCE_CONSTRAINT
        return None

    def send(self, account: Account, presence: Presence, now: float) -> None:
        """A user's subscription stanza, between bare JIDs: change the user's state, route it, push the roster (A.2)."""
        to = presence.to
        assert to is not None  # noqa: S101 - `outbound` and `remove` address it
        type_ = _type(presence)
        contact = account.roster.known(to)
        before = replace(contact.state)
        outcome = subscriptions.outbound(contact.state, type_)
        if not contact.state.pending:
            contact.request = None
        if before.from_ and not contact.state.from_:
            self._show(account, to, now, gone=True)
        reply = self._inbound(presence, now) if outcome.forward else None
        self._push_change(account, contact, before, now)
        if contact.state.from_ and not before.from_:
            self._show(account, to, now)
        if reply is not None:
            self._inbound(reply, now)
            other = self._hub.accounts.get(to)
            if other is not None and contact.state.to and not before.to:
                self._show(other, account.jid, now)

    def _inbound(self, presence: Presence, now: float) -> Presence | None:
        """A user receives a subscription stanza (A.3). What is to be replied in the user's name is returned."""
        if (outside := self._hub.outside(presence.to)) is not None:
            outside.queue(presence, now)
        account = self._hub.accounts.get(presence.to)
        sender = presence.sender
        if account is None or sender is None or account.blocked.blocks(sender):
            return None
        contact = account.roster.known(sender)
        before = replace(contact.state)
        outcome = subscriptions.inbound(contact.state, _type(presence))
        if not contact.state.pending:
            contact.request = None
        elif outcome.forward:
            contact.request = presence
        if before.from_ and not contact.state.from_:
            self._show(account, sender, now, gone=True)
        if outcome.forward:
            request = presence.type is PresenceType.SUBSCRIBE
            for link in account.available() if request else account.interested():
                link.queue(presence, now)
        self._push_change(account, contact, before, now)
        if outcome.reply is None:
            return None
        return Presence(sender, sender=account.jid, type=outcome.reply, id=presence.id)

    def _push_change(self, account: Account, contact: Contact, before: SubscriptionState, now: float) -> None:
        """Push the roster item if the change shows there (a request that waits for the user does not)."""
        visible = replace(contact.state, pending=before.pending)
        if visible != before:
            self.push(account, account.roster.changed(contact), now)
        else:
            account.roster.tidy(contact)

    def _show(self, account: Account, to: JID, now: float, *, gone: bool = False) -> None:
        """Send the presence of all available resources to somebody who may see it from now on, or no longer."""
        if self._hub.kept_apart(account.jid, to):
            return
        other = self._hub.accounts.get(to)
        targets: Sequence[Correspondent] = [] if other is None else other.available()
        if (outside := self._hub.outside(to)) is not None:
            targets = [outside]
        for there in account.available():
            shown = Presence(to, sender=there.jid, type=PresenceType.UNAVAILABLE)
            if there.presence is not None and not gone:
                shown = there.presence.replace(to=to)
            for target in targets:
                target.queue(shown, now)
        if not gone:
            for service in self._hub.services:
                service.shared(account, to, now)

    def remove(self, account: Account, contact: Contact, now: float, *, deny: bool = False) -> None:
        """A contact is taken off the roster: end the subscriptions in both directions, then push (section 2.5.2).

        With `deny`, a request that waits is denied too.
        """
        state = contact.state
        if state.to or state.ask:
            self._quietly(account, contact, PresenceType.UNSUBSCRIBE, now)
        if state.from_ or (deny and state.pending):
            self._quietly(account, contact, PresenceType.UNSUBSCRIBED, now)
        self.push(account, account.roster.remove(contact), now)

    def _quietly(self, account: Account, contact: Contact, type_: PresenceType, now: float) -> None:
        """Send a subscription stanza without a push: one about the removal follows."""
        presence = Presence(contact.jid, sender=account.jid, type=type_, id=self._hub.fresh_id())
        if contact.state.from_ and type_ is PresenceType.UNSUBSCRIBED:
            self._show(account, contact.jid, now, gone=True)
        subscriptions.outbound(contact.state, _type(presence))
        self._inbound(presence, now)


def _type(presence: Presence) -> SubscriptionType:
    return cast("SubscriptionType", presence.type_value)


def _addressed(presence: Presence, sender: JID, to: JID) -> Presence:
    """The stanza between bare JIDs (sections 3.1.2 and 3.1.3)."""
    return presence.replace(sender=sender, to=to)
