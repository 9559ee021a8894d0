"""`PubsubService`: where stanzas for the service come in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from ...jid import JID
from ...payload import PayloadError
from ...protocol import disco, ping, rsm
from ...protocol.data_forms import DataFormType
from ...protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from ...protocol.pubsub import NAMESPACE, Pubsub
from ...protocol.pubsub_errors import PubsubFeature
from ...protocol.pubsub_forms import NodeMetadata
from ...protocol.pubsub_owner import PubsubOwner
from ...stanza import ErrorCondition, Iq, IqType, Message, Presence, PresenceType, Stanza
from ..basics import PING
from ..disco import item_bytes, item_name
from ..paging import page_of
from ..service import Answer, RequestError
from . import owning, using
from .shelf import Shelf

if TYPE_CHECKING:
    from ..accounts import Account
    from ..hub import Correspondent, Hub

FEATURES = (
    PubsubFeature.ACCESS_AUTHORIZE,
    PubsubFeature.ACCESS_OPEN,
    PubsubFeature.ACCESS_WHITELIST,
    PubsubFeature.CONFIG_NODE,
    PubsubFeature.CONFIG_NODE_MAX,
    PubsubFeature.CREATE_AND_CONFIGURE,
    PubsubFeature.CREATE_NODES,
    PubsubFeature.DELETE_ITEMS,
    PubsubFeature.DELETE_NODES,
    PubsubFeature.INSTANT_NODES,
    PubsubFeature.ITEM_IDS,
    PubsubFeature.MANAGE_SUBSCRIPTIONS,
    PubsubFeature.MEMBER_AFFILIATION,
    PubsubFeature.META_DATA,
    PubsubFeature.MODIFY_AFFILIATIONS,
    PubsubFeature.OUTCAST_AFFILIATION,
    PubsubFeature.PERSISTENT_ITEMS,
    PubsubFeature.PUBLISH,
    PubsubFeature.PUBLISHER_AFFILIATION,
    PubsubFeature.PUBLISH_OPTIONS,
    PubsubFeature.PURGE_NODES,
    PubsubFeature.RETRACT_ITEMS,
    PubsubFeature.RETRIEVE_AFFILIATIONS,
    PubsubFeature.RETRIEVE_DEFAULT,
    PubsubFeature.RETRIEVE_ITEMS,
    PubsubFeature.RETRIEVE_SUBSCRIPTIONS,
    PubsubFeature.SUBSCRIBE,
)
NAME = "Publish-subscribe"


class PubsubService:
    """The services of all domains of a server. It takes stanzas as a component's link does."""

    account: Account | None = None

    def __init__(
        self, hub: Hub, prefix: str, deliver: Callable[[Correspondent, Message | Presence | Iq, float], None]
    ) -> None:
        self._hub = hub
        self._deliver = partial(deliver, self)
        self.addresses = hub.addresses_under(prefix)
        """Where the services are."""
        self.component: JID | None = self.addresses[0] if self.addresses else None
        self._shelves = {jid.domainpart: Shelf(hub, jid, self._post) for jid in self.addresses}

    def __contains__(self, jid: JID) -> bool:
        """Whether the address is in the domain of a service."""
        return jid.domainpart in self._shelves

    def items(self) -> list[DiscoItem]:
        """What the server says that there is. A component may have taken the place."""
        return [DiscoItem(jid=jid, name=NAME) for jid in self.addresses if jid not in self._hub.components]

    def forget(self, user: JID) -> None:
        """An account is gone."""
        for shelf in self._shelves.values():
            shelf.forget(user)

    def queue(self, stanza: Stanza, now: float) -> bool:
        """Take a stanza."""
        to, sender = stanza.to, stanza.sender
        if to is None or sender is None:
            return False
        shelf = self._shelves[to.domainpart]
        if isinstance(stanza, Iq):
            if stanza.is_request:
                self._post(self._answer(shelf, stanza, to, sender, now), now)
        elif stanza.type_value == "error":
            return False
        elif isinstance(stanza, Message):
            owning.decided(shelf, stanza, sender, now)
        elif isinstance(stanza, Presence) and stanza.type is PresenceType.SUBSCRIBE:
            self._post(Presence(sender.bare, sender=to.bare, type=PresenceType.UNSUBSCRIBED), now)
        return False

    def _post(self, stanza: Stanza, now: float) -> None:
        self._deliver(cast("Message | Presence | Iq", stanza), now)

    def _answer(self, shelf: Shelf, iq: Iq, to: JID, sender: JID, now: float) -> Iq:
        try:
            reply: Answer = ErrorCondition.SERVICE_UNAVAILABLE if to != shelf.jid else _ask(shelf, iq, sender, now)
        except PayloadError as error:
            return iq.error_reply(ErrorCondition.BAD_REQUEST, text=str(error)[:200])
        except RequestError as refused:
            reply = refused.error
        return reply if isinstance(reply, Iq) else iq.error_reply(reply)


def _ask(shelf: Shelf, iq: Iq, sender: JID, now: float) -> Answer:
    get = iq.type is IqType.GET
    if (query := iq.get(Pubsub)) is not None:
        return using.get(shelf, iq, sender, query) if get else using.set_(shelf, iq, sender, query, now)
    if (owner := iq.get(PubsubOwner)) is not None:
        return owning.get(shelf, iq, sender, owner) if get else owning.set_(shelf, iq, sender, owner, now)
    if get and (info := iq.get(DiscoInfo)) is not None:
        return iq.result(_info(shelf, sender, info.node))
    if get and (items := iq.get(DiscoItems)) is not None:
        return iq.result(_items(shelf, sender, items))
    if get and iq.payload_name == PING:
        return iq.result()
    return ErrorCondition.SERVICE_UNAVAILABLE


def _info(shelf: Shelf, sender: JID, node: str | None) -> DiscoInfo:
    """What the service is, or a node that may be read (sections 5.1, 5.3 and 5.4)."""
    if node is None:
        features = [disco.INFO_NAMESPACE, disco.ITEMS_NAMESPACE, ping.NAMESPACE, rsm.NAMESPACE, NAMESPACE]
        features += [f"{NAMESPACE}#{feature}" for feature in FEATURES]
        return DiscoInfo(identities=[Identity(category="pubsub", type="service", name=NAME)], features=features)
    topic = shelf.readable(node, sender)
    config = topic.config
    about = NodeMetadata(
        access_model=config.access_model,
        description=config.description,
        max_items=config.max_items,
        owners=topic.owners(),
        payload_type=config.payload_type,
        publish_model=config.publish_model,
        title=config.title,
    )
    identity = Identity(category="pubsub", type="leaf", name=config.title)
    form = about.to_form(DataFormType.RESULT)
    return DiscoInfo(node=node, identities=[identity], features=[NAMESPACE], forms=[form])


def _items(shelf: Shelf, sender: JID, query: DiscoItems) -> DiscoItems:
    """The nodes that somebody may read, or the items of one (sections 5.2 and 5.5), in pages."""
    if query.node is None:
        topics = [topic for topic in shelf.topics.values() if topic.problem(sender) is None]
        items = [DiscoItem(jid=shelf.jid, node=topic.name, name=topic.config.title) for topic in topics]
    else:
        items = [DiscoItem(jid=shelf.jid, name=id_) for id_ in shelf.readable(query.node, sender).items]
    room = shelf.hub.limits.answer_bytes
    page, described = page_of(items, query.set, name=item_name, size=item_bytes, room=room)
    return DiscoItems(node=query.node, items=page, set=described)
