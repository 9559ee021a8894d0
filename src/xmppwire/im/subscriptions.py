"""Who may see whose presence (RFC 6121 section 3), told together with the roster.

    subscriptions = Subscriptions(policy=accept_from("capulet.lit"))
    subscriptions.feed(client.negotiation[-1], client.jid)
    await client.run(subscriptions.roster.fetch())
    await client.send(Presence())                           # requests come to who is available
    await client.send(subscriptions.request("romeo@montague.lit", status="I'm Juliet"))
    async for event in client:
        match subscriptions.feed(event, client.jid):
            case SubscriptionNews(type="subscribe") as news:
                for answer in news.answers:                 # what the policy says; nothing where it leaves it to the program
                    await client.send(answer)
            case SubscriptionNews(type="subscribed", jid=jid, credible=True): ...   # the contact approved
            case SubscriptionFailed(jid=jid, error=error): ...                      # the request did not get there
            case RosterChange(after=item): ...              # this feeds the roster as well: do not feed it twice

On a new stream begin as described in `roster`. By default nobody is let in before the program said so: an approval shows all
further presence to the contact.

The state towards a contact is what the server's roster says, and what is known of requests under way. A stanza that a server
would not have handed on in that state changes nothing: what others send is not believed beyond the tables of appendix A.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias, cast

from ..jid import JID
from ..payload import Payload, PayloadError
from ..protocol.roster import Ask, RosterItem, Subscription, SubscriptionPreApproval
from ..stanza import Presence, PresenceType, StanzaError
from ..stanza.subscriptions import SubscriptionState, SubscriptionType, inbound
from ..stream.errors import LocalProtocolError
from ..stream.events import Established
from ..xml import Element, Name
from .roster import RefusedPush, Roster, RosterChange

REQUESTS = 1000
"""So many requests of others are remembered; beyond that, the oldest is forgotten. The server has it, and tells it again when
the account becomes available the next time."""

_PRE_APPROVAL: Name = SubscriptionPreApproval.element_names[0]
_TYPES = frozenset(
    (PresenceType.SUBSCRIBE, PresenceType.SUBSCRIBED, PresenceType.UNSUBSCRIBE, PresenceType.UNSUBSCRIBED)
)
_TO = frozenset((Subscription.TO, Subscription.BOTH))
_FROM = frozenset((Subscription.FROM, Subscription.BOTH))


# --- policies -------------------------------------------------------------------------------------------------------


class Decision(Enum):
    """What becomes of a request."""

    ASK = "ask"
    """The program decides."""
    ACCEPT = "accept"
    REFUSE = "refuse"


SubscriptionPolicy: TypeAlias = Callable[[JID], Decision]
"""What becomes of a request by somebody with this bare JID."""


def ask_always(_jid: JID) -> Decision:
    """Leave all requests to the program."""
    return Decision.ASK


def accept_all(_jid: JID) -> Decision:
    """Accept whoever asks: for programs that are there for everybody."""
    return Decision.ACCEPT


def accept_from(*domains: JID | str, otherwise: Decision = Decision.ASK) -> SubscriptionPolicy:
    """Accept who has an address of one of these domains. Their subdomains are other domains."""
    accepted = {JID(domain).domain for domain in domains}
    return lambda jid: Decision.ACCEPT if jid.domain in accepted else otherwise


# --- what is told ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SubscriptionNews:
    """A contact says something about the subscriptions.

    `jid` is a bare JID. `before` and `after` are the states of appendix A. Where the difference shows on the roster, what
    counts is a push, which follows, or came already (ejabberd): then there is no difference any more. `presence` is what came:
    the text of a request is its `status`. `answers` is to be sent.
    """

    jid: JID
    type: PresenceType
    before: SubscriptionState
    after: SubscriptionState
    presence: Presence
    answers: tuple[Presence, ...] = ()

    @property
    def credible(self) -> bool:
        """Whether it is so. Anybody can say that he approved what nobody asked for; all else is so because it is said."""
        return self.type is not PresenceType.SUBSCRIBED or self.after.to


@dataclass(frozen=True, slots=True)
class SubscriptionFailed:
    """A request of ours did not reach the contact. The roster goes on to show it as asked for. `error` is None where it cannot
    be read."""

    jid: JID
    error: StanzaError | None


# --- the tracker ----------------------------------------------------------------------------------------------------


class Subscriptions:
    """The subscriptions of an account in both directions, and its `roster`.

    `policy` says what becomes of requests. `mutual`: who is accepted by it is asked for a subscription in turn. `pre_approval`:
    the server offers it, as `Established` said when it was fed.
    """

    def __init__(
        self,
        roster: Roster | None = None,
        policy: SubscriptionPolicy = ask_always,
        *,
        mutual: bool = False,
        limit: int = REQUESTS,
    ) -> None:
        self.roster = Roster() if roster is None else roster
        self.policy = policy
        self.mutual = mutual
        self.pre_approval = False
        self._limit = limit
        self._requests: dict[JID, Presence] = {}
        self._asked: dict[JID, str] = {}
        """Requests of ours that the roster does not show yet, or whose answer may be an error: their ids. Not more than `limit`
        either: what the roster shows is known from there."""
        self._number = 0

    @property
    def requests(self) -> dict[JID, Presence]:
        """The requests of others that have no answer yet, by bare JID."""
        return dict(self._requests)

    def state(self, jid: JID | str) -> SubscriptionState:
        """What is agreed with a contact, and what is asked for."""
        bare = JID(jid).bare
        item = self.roster.get(bare)
        state = SubscriptionState(ask=bare in self._asked)
        if item is not None:
            state.to, state.from_ = item.subscription in _TO, item.subscription in _FROM
            state.ask = not state.to and (state.ask or item.ask is Ask.SUBSCRIBE)
            state.approved = item.approved
        state.pending = bare in self._requests and not state.from_
        return state

    # --- what is told -----------------------------------------------------------------------------------------------

    def feed(
        self, event: object, own: JID
    ) -> RosterChange | RefusedPush | SubscriptionNews | SubscriptionFailed | None:
        """Take an event of the client with the full JID `own`, and say what it tells; None for one that is about neither roster
        nor subscriptions."""
        if isinstance(event, Established):
            self.pre_approval = any(element.name == _PRE_APPROVAL for element in event.features)
            self._requests.clear()  # the server tells them again
            self._asked.clear()
        if isinstance(event, Presence):
            return self._presence(event, own)
        told = self.roster.feed(event, own)
        if isinstance(told, RosterChange):
            self._settle(told.jid.bare, told.after)
        return told

    def _settle(self, jid: JID, item: RosterItem | None) -> None:
        """What the roster says ends requests, also what other clients of the account brought about."""
        if item is None or item.subscription in _TO:
            self._asked.pop(jid, None)
        if item is not None and item.subscription in _FROM:
            self._requests.pop(jid, None)

    def _presence(self, presence: Presence, own: JID) -> SubscriptionNews | SubscriptionFailed | None:
        sender = presence.sender
        if sender is None or sender.bare == own.bare:
            return None
        jid, type_ = sender.bare, presence.type
        if type_ is PresenceType.ERROR:
            return self._error(presence, jid)
        if type_ is None or type_ not in _TYPES:
            return None
        before = self.state(jid)
        after = replace(before)
        inbound(after, cast("SubscriptionType", type_.value))
        answers: tuple[Presence, ...] = ()
        if type_ is PresenceType.UNSUBSCRIBE:
            self._requests.pop(jid, None)
        elif type_ is not PresenceType.SUBSCRIBE:
            self._asked.pop(jid, None)
        elif after.pending:  # else the server lets the contact in by itself
            answers = self._requested(jid, presence, before)
        return SubscriptionNews(jid, type_, before, after, presence, answers)

    def _requested(self, jid: JID, presence: Presence, state: SubscriptionState) -> tuple[Presence, ...]:
        """A contact in this state asks: remember it, and say what the policy answers."""
        decision = self.policy(jid)
        if decision is Decision.REFUSE:
            return (self._stanza(jid, PresenceType.UNSUBSCRIBED),)
        self._requests.pop(jid, None)
        self._requests[jid] = presence
        if len(self._requests) > self._limit:
            del self._requests[next(iter(self._requests))]
        if decision is Decision.ASK:
            return ()
        approval = self._stanza(jid, PresenceType.SUBSCRIBED)
        return (approval, self.request(jid)) if self.mutual and not (state.to or state.ask) else (approval,)

    def _error(self, presence: Presence, jid: JID) -> SubscriptionFailed | None:
        """An error answers our request if it bears its id; one without might answer any presence of ours."""
        if presence.id is None or self._asked.get(jid) != presence.id:
            return None
        del self._asked[jid]
        try:
            return SubscriptionFailed(jid, presence.error)
        except PayloadError:
            return SubscriptionFailed(jid, None)

    # --- stanzas to be sent -----------------------------------------------------------------------------------------

    def request(
        self, jid: JID | str, status: str | None = None, payloads: Iterable[Payload | Element] = ()
    ) -> Presence:
        """Ask a contact for its presence (section 3.1.1). `status` is for the person who decides; `payloads` may hold a `Nick`
        (XEP-0172) or a `Preauth` (XEP-0379)."""
        stanza = self._stanza(jid, PresenceType.SUBSCRIBE, status, payloads)
        assert stanza.to is not None and stanza.id is not None  # noqa: S101 - `_stanza` gives both
        self._asked.pop(stanza.to, None)
        self._asked[stanza.to] = stanza.id
        if len(self._asked) > self._limit:  # who asks us may decide whom we ask: see `mutual`
            del self._asked[next(iter(self._asked))]
        return stanza

    def approve(self, jid: JID | str) -> Presence:
        """Let a contact who asked see our presence (section 3.1.4). Raises LocalProtocolError for one who did not: see
        `pre_approve`."""
        if not self.state(jid).pending:
            raise LocalProtocolError(f"{jid} did not ask for a subscription")
        return self._stanza(jid, PresenceType.SUBSCRIBED)

    def pre_approve(self, jid: JID | str) -> Presence:
        """Let a contact see our presence as soon as it asks (section 3.4). Raises LocalProtocolError where the server does not
        offer that."""
        if not self.pre_approval:
            raise LocalProtocolError("the server does not approve subscriptions beforehand")
        return self._stanza(jid, PresenceType.SUBSCRIBED)

    def cancel(self, jid: JID | str) -> Presence:
        """Refuse a contact's request, end its subscription to our presence, or take back what was approved beforehand (section
        3.2.1)."""
        stanza = self._stanza(jid, PresenceType.UNSUBSCRIBED)
        self._requests.pop(JID(jid).bare, None)
        return stanza

    def unsubscribe(self, jid: JID | str, status: str | None = None) -> Presence:
        """See a contact's presence no longer, or take a request back (section 3.3.1). What is known of its presence is void
        from then on."""
        stanza = self._stanza(jid, PresenceType.UNSUBSCRIBE, status)
        self._asked.pop(JID(jid).bare, None)
        return stanza

    def _stanza(
        self,
        jid: JID | str,
        type_: PresenceType,
        status: str | None = None,
        payloads: Iterable[Payload | Element] = (),
    ) -> Presence:
        """Addressed to the bare JID, with an id of its own: the sections ask for both."""
        self._number += 1
        return Presence(JID(jid).bare, type=type_, status=status, id=f"{type_}-{self._number}", payloads=payloads)
