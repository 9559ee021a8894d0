"""Who may read a node (XEP-0060 section 4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...jid import JID
from ...protocol.pubsub import NodeAffiliation
from ...protocol.pubsub_errors import PubsubCondition
from ...protocol.pubsub_forms import AccessModel
from ...stanza import ErrorCondition
from ..service import RequestError
from .nodes import Node, refuse

if TYPE_CHECKING:
    from ..accounts import Account

READERS = (NodeAffiliation.OWNER, NodeAffiliation.PUBLISHER, NodeAffiliation.MEMBER)


def problem(account: Account, node: Node, asking: JID) -> RequestError | None:
    """Why somebody may not read a node of an account; None for those who may."""
    bare = asking.bare
    affiliation = node.affiliations.get(bare)
    if bare == account.jid or affiliation in READERS:
        return None
    if affiliation is NodeAffiliation.OUTCAST:
        return RequestError(ErrorCondition.FORBIDDEN)
    contact = account.roster.get(bare)
    match node.config.access_model:
        case AccessModel.OPEN:
            return None
        case AccessModel.PRESENCE:
            if account.roster.shares_presence_with(bare):
                return None
            return refuse(ErrorCondition.NOT_AUTHORIZED, PubsubCondition.PRESENCE_SUBSCRIPTION_REQUIRED)
        case AccessModel.ROSTER:
            groups = () if contact is None or not contact.state.from_ else contact.groups
            if any(group in node.config.roster_groups_allowed for group in groups):
                return None
            return refuse(ErrorCondition.NOT_AUTHORIZED, PubsubCondition.NOT_IN_ROSTER_GROUP)
        case _:
            return refuse(ErrorCondition.NOT_ALLOWED, PubsubCondition.CLOSED_NODE)


def may_read(account: Account, node: Node, asking: JID) -> bool:
    """Whether somebody may read a node."""
    return problem(account, node, asking) is None
