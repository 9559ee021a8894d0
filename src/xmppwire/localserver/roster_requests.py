"""Requests about the roster (RFC 6121 section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol import roster
from ..protocol.roster import Roster as RosterQuery
from ..protocol.roster import Subscription
from ..stanza import ErrorCondition, Iq, IqType
from ..xml import Element, Name
from .link import Link
from .service import Answer, Audience, Request, Requests, Service
from .subscribe import SubscriptionService

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent

ROSTER: Name = (roster.NAMESPACE, "query")


class RosterService(Service):
    """Hands out the roster, and changes it."""

    features = (roster.NAMESPACE,)

    def __init__(self, subscriptions: SubscriptionService) -> None:
        self._subscriptions = subscriptions

    def requests(self) -> Requests:
        return {
            (IqType.GET, ROSTER): Request(self._get, Audience.ANYBODY),
            (IqType.SET, ROSTER): Request(self._set, Audience.ANYBODY),
        }

    def _get(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        if account is None or account is not link.account:
            return ErrorCondition.FORBIDDEN if account is not None else ErrorCondition.SERVICE_UNAVAILABLE
        query = iq.get(RosterQuery)
        if query is not None and query.items:
            return iq.error_reply(ErrorCondition.BAD_REQUEST, text="a request for the roster has no items")
        if query is not None and query.ver and account.roster.since(query.ver) is not None:
            return iq.result()
        return iq.result(RosterQuery(ver=account.roster.version, items=account.roster.items()))

    def _set(self, link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        if account is None or account is not link.account:
            return ErrorCondition.FORBIDDEN if account is not None else ErrorCondition.SERVICE_UNAVAILABLE
        query = _only_remove(iq).get(RosterQuery)
        if query is None or len(query.items) != 1:
            return iq.error_reply(ErrorCondition.BAD_REQUEST, text="a roster set has exactly one item")
        wanted = query.items[0]
        if wanted.subscription is Subscription.REMOVE:
            contact = account.roster.get(wanted.jid.bare)
            if contact is None or not contact.listed:
                return ErrorCondition.ITEM_NOT_FOUND
            self._subscriptions.remove(account, contact, now)
        elif wanted.jid.bare == account.jid:
            return ErrorCondition.NOT_ALLOWED
        else:
            self._subscriptions.push(account, account.roster.changed(account.roster.put(wanted)), now)
        return iq.result()

    def after(self, link: Correspondent, iq: Iq, reply: Iq, now: float) -> None:
        """After a roster get the client is interested; one with an old version is told what changed (section 2.6.3)."""
        account = link.account
        if account is None or iq.type is not IqType.GET or reply.type is not IqType.RESULT:
            return
        assert isinstance(link, Link)  # noqa: S101 - only a client has an account
        link.interested = True
        query = iq.get(RosterQuery)
        if query is not None and query.ver and not reply.children:
            for change in account.roster.since(query.ver) or ():
                self._subscriptions.push_to(link, change, now)


def _only_remove(iq: Iq) -> Iq:
    """The roster set without what the server must not look at: any subscription but "remove" (RFC 6121 section 2.1.5)."""
    query = iq.find(ROSTER)
    if query is None:
        return iq
    query = query.copy()
    for item in query.elements():
        if item.get("subscription") != "remove":
            item.attributes.pop("subscription", None)
        item.attributes.pop("ask", None)
        item.attributes.pop("approved", None)
    children: list[Element] = [query]
    return iq.replace(children=children)
