"""The requests that the server answers: in its own name, and for accounts (RFC 6120 sections 10.3.3 and 10.5.3)."""

from __future__ import annotations

from collections.abc import Callable

from ..payload import PayloadError
from ..protocol import disco, ping, roster, session
from ..protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from ..protocol.roster import Roster as RosterQuery
from ..protocol.roster import Subscription
from ..protocol.version import NAMESPACE as VERSION_NAMESPACE
from ..protocol.version import Version
from ..stanza import ErrorCondition, Iq, IqType
from ..xml import Element, Name
from . import registration as registration_features
from .accounts import Account
from .hub import Correspondent, Hub
from .link import Link
from .registration import RegistrationService
from .roster import RosterError
from .subscribe import SubscriptionService

Handler = Callable[[Correspondent, Iq, "Account | None", float], "Iq | ErrorCondition"]
"""Answers a request of a client. The account is the one that is asked; None where the server itself is."""

INFO: Name = (disco.INFO_NAMESPACE, "query")
ITEMS: Name = (disco.ITEMS_NAMESPACE, "query")
PING: Name = (ping.NAMESPACE, "ping")
ROSTER: Name = (roster.NAMESPACE, "query")
SESSION: Name = (session.NAMESPACE, "session")
VERSION: Name = (VERSION_NAMESPACE, "query")

FEATURES = [
    disco.INFO_NAMESPACE,
    disco.ITEMS_NAMESPACE,
    roster.NAMESPACE,
    VERSION_NAMESPACE,
    "msgoffline",
    ping.NAMESPACE,
]


class IqService:
    """Answers the IQs that are addressed to the server or to an account."""

    def __init__(
        self, hub: Hub, subscriptions: SubscriptionService, registration: RegistrationService | None = None
    ) -> None:
        self._hub = hub
        self._registration = registration
        self._features = FEATURES if registration is None else [*FEATURES, registration_features.FEATURE]
        self._subscriptions = subscriptions
        self._handlers: dict[tuple[IqType, Name], Handler] = {
            (IqType.GET, INFO): self._info,
            (IqType.GET, ITEMS): self._items,
            (IqType.GET, PING): self._ping,
            (IqType.GET, ROSTER): self._roster_get,
            (IqType.SET, ROSTER): self._roster_set,
            (IqType.SET, SESSION): self._ping,
            (IqType.GET, VERSION): self._version,
        }
        if registration is not None:
            self._handlers[IqType.GET, registration_features.QUERY] = registration.get
            self._handlers[IqType.SET, registration_features.QUERY] = registration.set
        self._known = {name for _, name in self._handlers}

    def answer(self, link: Correspondent, iq: Iq, now: float) -> None:
        """Answer a get or set to nobody, to one of our domains, or to the bare JID of an account."""
        to = iq.to
        if to is None or to.localpart is not None:
            account = link.account if to is None else self._hub.accounts.get(to)
            if account is None:
                reply: Iq | ErrorCondition = ErrorCondition.SERVICE_UNAVAILABLE
            else:
                reply = self._handle(link, iq, account, now)
        else:
            reply = self._handle(link, iq, None, now)
        if isinstance(reply, ErrorCondition):
            reply = iq.error_reply(reply)
        if reply.sender is None and link.account is not None:
            reply.sender = link.account.jid
        link.queue(reply, now)
        self._after(link, iq, reply, now)

    def _handle(self, link: Correspondent, iq: Iq, account: Account | None, now: float) -> Iq | ErrorCondition:
        name = iq.payload_name or ("", "")
        handler = self._handlers.get((iq.type, name))
        if handler is None:
            known = name in self._known and (account is None or account is link.account)
            return ErrorCondition.FEATURE_NOT_IMPLEMENTED if known else ErrorCondition.SERVICE_UNAVAILABLE
        if account not in (None, link.account) and name != ROSTER and not self._may_ask(iq, account):
            return ErrorCondition.SERVICE_UNAVAILABLE
        try:
            return handler(link, iq, account, now)
        except PayloadError as error:
            return iq.error_reply(ErrorCondition.BAD_REQUEST, text=str(error))
        except RosterError as error:
            return iq.error_reply(error.condition, text=error.text)

    def _may_ask(self, iq: Iq, account: Account | None) -> bool:
        """Whether the sender may know anything of somebody else's account: there is a subscription to it."""
        return account is not None and iq.sender is not None and account.roster.shares_presence_with(iq.sender.bare)

    def _ping(self, _link: Correspondent, iq: Iq, _account: Account | None, _now: float) -> Iq | ErrorCondition:
        return iq.result()

    def _version(self, _link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Iq | ErrorCondition:
        if account is not None:
            return ErrorCondition.SERVICE_UNAVAILABLE
        return iq.result(Version(software="xmppwire local server", version="0.1"))

    def _info(self, _link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Iq | ErrorCondition:
        query = iq.get(DiscoInfo)
        if query is not None and query.node is not None:
            return ErrorCondition.ITEM_NOT_FOUND
        if account is not None:
            identity = Identity(category="account", type="registered")
            return iq.result(DiscoInfo(identities=[identity], features=FEATURES[:2]))
        identity = Identity(category="server", type="im", name="xmppwire local server")
        return iq.result(DiscoInfo(identities=[identity], features=self._features))

    def _items(self, _link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Iq | ErrorCondition:
        query = iq.get(DiscoItems)
        if query is not None and query.node is not None:
            return ErrorCondition.ITEM_NOT_FOUND
        if account is None:
            return iq.result(DiscoItems(items=[DiscoItem(jid=jid) for jid in self._hub.components.connected()]))
        there = account.available()
        return iq.result(DiscoItems(items=[DiscoItem(jid=link.jid) for link in there if link.jid is not None]))

    # --- roster (RFC 6121 section 2) --------------------------------------------------------------------------------

    def _roster_get(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Iq | ErrorCondition:
        if account is None or account is not link.account:
            return ErrorCondition.FORBIDDEN if account is not None else ErrorCondition.SERVICE_UNAVAILABLE
        query = iq.get(RosterQuery)
        if query is not None and query.items:
            return iq.error_reply(ErrorCondition.BAD_REQUEST, text="a request for the roster has no items")
        if query is not None and query.ver and account.roster.since(query.ver) is not None:
            return iq.result()
        return iq.result(RosterQuery(ver=account.roster.version, items=account.roster.items()))

    def _roster_set(self, link: Correspondent, iq: Iq, account: Account | None, now: float) -> Iq | ErrorCondition:
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

    def _after(self, link: Correspondent, iq: Iq, reply: Iq, now: float) -> None:
        """After a roster get the client is interested; one with an old version is told what changed (section 2.6.3). An account
        that was ended is no more once the client was told."""
        account = link.account
        if account is None or reply.type is not IqType.RESULT:
            return
        if self._registration is not None and self._registration.ends(iq):
            self._registration.remove(account.jid, now)
        if (iq.type, iq.payload_name) != (IqType.GET, ROSTER):
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
