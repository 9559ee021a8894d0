"""What somebody is to a node (XEP-0060 sections 5.7 and 8.9).

    mine = await client.run(fetch_affiliations(service=service))
    await client.run(set_node_affiliations("musings", {friend: NodeAffiliation.PUBLISHER}, service=service))

What others are is for the owners of the node.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...jid import JID
from ...operation import Operation
from ...protocol.pubsub import Affiliation, Affiliations, NodeAffiliation, Pubsub
from ...protocol.pubsub_owner import OwnerAffiliation, OwnerAffiliations, PubsubOwner
from ...stanza import Iq
from .errors import answer_of, ask, owner_answer_of


def fetch_affiliations(
    node: str | None = None, *, service: JID | str | None = None, timeout: float | None = None
) -> Operation[list[Affiliation]]:
    """What the own account is to the nodes of a service, or to one of them (section 5.7). Raises PubsubIqError."""
    query = Pubsub(action=Affiliations(node=node))
    reply = yield from ask(Iq("get", service, payload=query), timeout)
    action = answer_of(reply).action
    return action.affiliations if isinstance(action, Affiliations) else []


def fetch_node_affiliations(
    node: str, *, service: JID | str | None = None, timeout: float | None = None
) -> Operation[dict[JID, NodeAffiliation]]:
    """Who has an affiliation with a node, for its owner (section 8.9.1). Raises PubsubIqError."""
    query = PubsubOwner(action=OwnerAffiliations(node=node))
    reply = yield from ask(Iq("get", service, payload=query), timeout)
    action = owner_answer_of(reply).action
    found = action.affiliations if isinstance(action, OwnerAffiliations) else []
    return {one.jid: one.affiliation for one in found if one.affiliation is not None}


def set_node_affiliations(
    node: str,
    changes: Mapping[JID, NodeAffiliation],
    *,
    service: JID | str | None = None,
    timeout: float | None = None,
) -> Operation[None]:
    """Change what some are to a node, as its owner; `NONE` ends it, who is not named stays what they are (section 8.9.2).
    Raises PubsubIqError (`not-acceptable` where a change cannot be made; others may have been)."""
    affiliations = [OwnerAffiliation(jid=jid, affiliation=affiliation) for jid, affiliation in changes.items()]
    query = PubsubOwner(action=OwnerAffiliations(node=node, affiliations=affiliations))
    yield from ask(Iq("set", service, payload=query), timeout)
