"""Nodes of the service, and who may do what there (XEP-0060 section 4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...jid import JID
from ...protocol.pubsub import NodeAffiliation
from ...protocol.pubsub_errors import PubsubCondition
from ...protocol.pubsub_forms import AccessModel, PublishModel, SendLastItem
from ...stanza import ErrorCondition
from ..pep.nodes import DEFAULTS as PERSONAL
from ..pep.nodes import VALUES as PERSONAL_VALUES
from ..pep.nodes import Node, refuse
from ..service import RequestError

DEFAULTS = PERSONAL.replace(access_model=AccessModel.OPEN, max_items=20, send_last_published_item=SendLastItem.NEVER)
"""How a node is configured of which nobody said anything."""
VALUES = PERSONAL_VALUES | {
    "access_model": frozenset((AccessModel.OPEN, AccessModel.WHITELIST, AccessModel.AUTHORIZE)),
    "publish_model": frozenset((PublishModel.PUBLISHERS, PublishModel.SUBSCRIBERS, PublishModel.OPEN)),
}
"""What some settings may be."""

_READERS = (NodeAffiliation.OWNER, NodeAffiliation.PUBLISHER, NodeAffiliation.MEMBER)
_PUBLISHERS = (NodeAffiliation.OWNER, NodeAffiliation.PUBLISHER, NodeAffiliation.PUBLISH_ONLY)


@dataclass(slots=True, kw_only=True)
class Topic(Node):
    """A node of the service. `creator` is whose limits count."""

    creator: JID
    pending: dict[JID, None] = field(default_factory=dict[JID, None])
    """Those whose subscriptions wait for an owner."""

    def affiliation(self, jid: JID) -> NodeAffiliation:
        """What somebody is to the node."""
        return self.affiliations.get(jid.bare, NodeAffiliation.NONE)

    def owners(self) -> list[JID]:
        """Whose it is."""
        return [jid for jid, one in self.affiliations.items() if one is NodeAffiliation.OWNER]

    def is_subscribed(self, jid: JID) -> bool:
        """Whether an address, or the account that it is of, gets the events."""
        return jid in self.subscribers or jid.bare in self.subscribers

    def problem(self, jid: JID) -> RequestError | None:
        """Why somebody may not read (section 4.5); None for those who may."""
        affiliation = self.affiliation(jid)
        if affiliation in (NodeAffiliation.OUTCAST, NodeAffiliation.PUBLISH_ONLY):
            return RequestError(ErrorCondition.FORBIDDEN)
        if affiliation in _READERS or self.config.access_model is AccessModel.OPEN:
            return None
        if self.config.access_model is AccessModel.AUTHORIZE:
            if self.is_subscribed(jid):
                return None
            return refuse(ErrorCondition.NOT_AUTHORIZED, PubsubCondition.NOT_SUBSCRIBED)
        return refuse(ErrorCondition.NOT_ALLOWED, PubsubCondition.CLOSED_NODE)

    def may_publish(self, jid: JID) -> bool:
        """Whether somebody may publish (section 4.1 and the publish models of section 16.4.4)."""
        affiliation = self.affiliation(jid)
        if affiliation is NodeAffiliation.OUTCAST:
            return False
        model = self.config.publish_model
        subscribed = model is PublishModel.SUBSCRIBERS and self.is_subscribed(jid)
        return affiliation in _PUBLISHERS or model is PublishModel.OPEN or subscribed

    def may_retract(self, jid: JID) -> bool:
        """Whether somebody may take items out: owners, and those who are named as publishers."""
        return self.affiliation(jid) in (NodeAffiliation.OWNER, NodeAffiliation.PUBLISHER)
