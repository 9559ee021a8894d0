"""Takes the requests to accounts as publish-subscribe services, and notices who wants to hear of what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...jid import JID
from ...protocol.data_forms import DataFormType
from ...protocol.disco import DiscoInfo, DiscoItem, Identity
from ...protocol.pubsub import NAMESPACE, Pubsub
from ...protocol.pubsub_errors import PubsubFeature
from ...protocol.pubsub_forms import NodeMetadata
from ...protocol.pubsub_owner import PubsubOwner
from ...stanza import ErrorCondition, Iq, IqType, Presence
from ..link import Link
from ..service import Answer, Audience, Handler, Request, RequestError, Requests, Service
from .access import may_read
from .events import Events
from .interests import Interests
from .owner import OwnerRequests
from .publisher import Publisher
from .publishing import PublishRequests
from .reading import ReadRequests

if TYPE_CHECKING:
    from ..accounts import Account
    from ..hub import Correspondent, Hub

FEATURES = (
    PubsubFeature.ACCESS_OPEN,
    PubsubFeature.ACCESS_PRESENCE,
    PubsubFeature.ACCESS_ROSTER,
    PubsubFeature.ACCESS_WHITELIST,
    PubsubFeature.AUTO_CREATE,
    PubsubFeature.AUTO_SUBSCRIBE,
    PubsubFeature.CONFIG_NODE,
    PubsubFeature.CONFIG_NODE_MAX,
    PubsubFeature.CREATE_AND_CONFIGURE,
    PubsubFeature.CREATE_NODES,
    PubsubFeature.DELETE_ITEMS,
    PubsubFeature.DELETE_NODES,
    PubsubFeature.FILTERED_NOTIFICATIONS,
    PubsubFeature.INSTANT_NODES,
    PubsubFeature.ITEM_IDS,
    PubsubFeature.LAST_PUBLISHED,
    PubsubFeature.MEMBER_AFFILIATION,
    PubsubFeature.META_DATA,
    PubsubFeature.MODIFY_AFFILIATIONS,
    PubsubFeature.OUTCAST_AFFILIATION,
    PubsubFeature.PERSISTENT_ITEMS,
    PubsubFeature.PRESENCE_NOTIFICATIONS,
    PubsubFeature.PRESENCE_SUBSCRIBE,
    PubsubFeature.PUBLISH,
    PubsubFeature.PUBLISH_OPTIONS,
    PubsubFeature.PURGE_NODES,
    PubsubFeature.RETRACT_ITEMS,
    PubsubFeature.RETRIEVE_DEFAULT,
    PubsubFeature.RETRIEVE_ITEMS,
    PubsubFeature.RETRIEVE_SUBSCRIPTIONS,
    PubsubFeature.SUBSCRIBE,
)


class PersonalEventingService(Service):
    """The publish-subscribe services of all accounts."""

    account_identities = (Identity(category="pubsub", type="pep"),)
    account_features = (NAMESPACE, *(f"{NAMESPACE}#{feature}" for feature in FEATURES))

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._events = Events(hub)
        self._interests = Interests(hub)
        self.publisher = Publisher(hub, self._events)
        """For what the server publishes in a user's name."""

    def requests(self) -> Requests:
        publish = PublishRequests(self._hub, self.publisher)
        read = ReadRequests(self._hub, self._events)
        owner = OwnerRequests(self._hub, self._events, self.publisher)
        pubsub, pubsub_owner = Pubsub.element_names[0], PubsubOwner.element_names[0]

        def set_(link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
            return (read.set if read.takes(iq) else _owned(publish.set))(link, iq, account, now)

        return {
            (IqType.GET, pubsub): Request(read.get, Audience.ANYBODY),
            (IqType.SET, pubsub): Request(set_, Audience.ANYBODY),
            (IqType.GET, pubsub_owner): Request(_owned(owner.get), Audience.ANYBODY),
            (IqType.SET, pubsub_owner): Request(_owned(owner.set), Audience.ANYBODY),
        }

    # --- discovery (XEP-0060 section 5) -----------------------------------------------------------------------------

    def info(self, link: Correspondent, iq: Iq, account: Account | None, node: str) -> DiscoInfo | None:
        found = None if account is None else account.nodes.get(node)
        if account is None or found is None or iq.sender is None or not may_read(account, found, iq.sender):
            return None
        config = found.config
        about = NodeMetadata(
            access_model=config.access_model,
            description=config.description,
            max_items=config.max_items,
            owners=[account.jid],
            payload_type=config.payload_type,
            publish_model=config.publish_model,
            title=config.title,
        )
        identity = Identity(category="pubsub", type="leaf")
        return DiscoInfo(
            node=node, identities=[identity], features=[NAMESPACE], forms=[about.to_form(DataFormType.RESULT)]
        )

    def items(
        self, link: Correspondent, iq: Iq, account: Account | None, node: str | None
    ) -> Sequence[DiscoItem] | None:
        asking = iq.sender
        if account is None or asking is None:
            return None
        nodes = {one.name: one for one in account.nodes.values() if may_read(account, one, asking)}
        if node is None:
            return [DiscoItem(jid=account.jid, node=one.name, name=one.config.title) for one in nodes.values()]
        return [DiscoItem(jid=account.jid, name=id_) for id_ in nodes[node].items] if node in nodes else None

    # --- who is interested (XEP-0163 section 4) ---------------------------------------------------------------------

    def present(self, link: Link, account: Account, presence: Presence, initial: bool, now: float) -> None:
        if initial:
            link.interests = frozenset()
        found = self._interests.of(link, account, presence, now)
        if found is not None:
            self._interested(link, account, found, now)

    def answered(self, link: Correspondent, iq: Iq, now: float) -> None:
        if isinstance(link, Link) and link.account is not None and iq.to in (None, link.account.jid):
            found = self._interests.answered(link, iq)
            if found is not None and link.presence is not None:
                self._interested(link, link.account, found, now)

    def _interested(self, link: Link, account: Account, nodes: frozenset[str], now: float) -> None:
        new, link.interests = nodes - link.interests, nodes
        if new:
            self._events.catch_up(link, account, new, now)

    def shared(self, account: Account, to: JID, now: float) -> None:
        other = self._hub.accounts.get(to)
        for link in [] if other is None else other.available():
            self._events.show(account, link, link.interests, now)

    def gone(self, link: Link) -> None:
        self._interests.forget(link)


def _owned(handler: Handler) -> Handler:
    """A handler of requests that only the owner of the account may make."""

    def handle(link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        if account is None:
            return ErrorCondition.SERVICE_UNAVAILABLE
        if account is not link.account:
            shares = iq.sender is not None and account.roster.shares_presence_with(iq.sender.bare)
            raise RequestError(ErrorCondition.FORBIDDEN if shares else ErrorCondition.SERVICE_UNAVAILABLE)
        return handler(link, iq, account, now)

    return handle
