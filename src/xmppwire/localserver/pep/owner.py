"""What the owner of a node does with it (XEP-0060 section 8): configuration, affiliations, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...protocol.data_forms import DataFormType
from ...protocol.pubsub import NodeAffiliation
from ...protocol.pubsub_errors import PubsubCondition, PubsubFeature
from ...protocol.pubsub_event import EventConfiguration, EventDelete, EventPurge, EventRedirect, PubsubEvent
from ...protocol.pubsub_forms import NodeConfig
from ...protocol.pubsub_owner import (
    OwnerAffiliation,
    OwnerAffiliations,
    OwnerConfigure,
    OwnerDefault,
    OwnerDelete,
    OwnerPurge,
    PubsubOwner,
)
from ...stanza import ErrorCondition, Iq
from ..service import Answer, RequestError
from .events import Events
from .nodes import DEFAULTS, Node, changes, configuration_form, refuse
from .publisher import Publisher
from .publishing import unsupported

if TYPE_CHECKING:
    from ..accounts import Account
    from ..hub import Correspondent, Hub

GIVEN = (NodeAffiliation.MEMBER, NodeAffiliation.OUTCAST, NodeAffiliation.NONE)
"""What others can be to a node."""


class OwnerRequests:
    """Configures and ends nodes."""

    def __init__(self, hub: Hub, events: Events, publisher: Publisher) -> None:
        self._hub = hub
        self._events = events
        self._publisher = publisher

    def get(self, _link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        """A question of the owner."""
        query = iq.get(PubsubOwner)
        if account is None or query is None:
            return ErrorCondition.BAD_REQUEST
        match query.action:
            case OwnerConfigure(node=name):
                form = configuration_form(self._node(account, name).config)
                return iq.result(PubsubOwner(action=OwnerConfigure(node=name, form=form)))
            case OwnerDefault():
                return iq.result(PubsubOwner(action=OwnerDefault(form=configuration_form(DEFAULTS))))
            case OwnerAffiliations(node=name):
                node = self._node(account, name)
                listed = [OwnerAffiliation(jid=account.jid, affiliation=NodeAffiliation.OWNER)]
                listed += [OwnerAffiliation(jid=jid, affiliation=one) for jid, one in node.affiliations.items()]
                return iq.result(PubsubOwner(action=OwnerAffiliations(node=name, affiliations=listed)))
            case None:
                return ErrorCondition.BAD_REQUEST
            case _:
                return unsupported(PubsubFeature.MANAGE_SUBSCRIPTIONS)

    def set(self, _link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        """A change by the owner."""
        query = iq.get(PubsubOwner)
        if account is None or query is None:
            return ErrorCondition.BAD_REQUEST
        match query.action:
            case OwnerConfigure() as action:
                self._configure(account, action, now)
            case OwnerDelete(node=name, redirect=redirect):
                node = self._node(account, name)
                del account.nodes[name]
                if node.config.notify_delete:
                    target = None if redirect is None else EventRedirect(uri=redirect.uri)
                    self._events.tell(account, node, PubsubEvent(action=EventDelete(node=name, redirect=target)), now)
                node.clear()
                self._publisher.changed(account, node, now)
            case OwnerPurge(node=name):
                node = self._node(account, name)
                node.clear()
                if node.config.notify_retract:
                    self._events.tell(account, node, PubsubEvent(action=EventPurge(node=name)), now)
                self._publisher.changed(account, node, now)
            case OwnerAffiliations() as action:
                self._affiliate(account, action)
            case None:
                return ErrorCondition.BAD_REQUEST
            case _:
                return unsupported(PubsubFeature.MANAGE_SUBSCRIPTIONS)
        return iq.result()

    def _node(self, account: Account, name: str | None) -> Node:
        if name is None:
            raise refuse(ErrorCondition.BAD_REQUEST, PubsubCondition.NODEID_REQUIRED)
        if name not in account.nodes:
            raise RequestError(ErrorCondition.ITEM_NOT_FOUND)
        return account.nodes[name]

    def _configure(self, account: Account, action: OwnerConfigure, now: float) -> None:
        node = self._node(account, action.node)
        if action.form is None:
            raise RequestError(ErrorCondition.BAD_REQUEST, "there is no form")
        if action.form.type is DataFormType.CANCEL:
            return
        node.config = node.config.replace(**changes(NodeConfig.from_form(action.form), self._hub.limits))
        node.trim()
        self._publisher.changed(account, node, now)
        if node.config.notify_config:
            self._events.tell(account, node, PubsubEvent(action=EventConfiguration(node=node.name)), now)

    def _affiliate(self, account: Account, action: OwnerAffiliations) -> None:
        node = self._node(account, action.node)
        changed = dict(node.affiliations)
        for one in action.affiliations:
            if one.jid.bare == account.jid or one.affiliation is None or one.affiliation not in GIVEN:
                raise RequestError(ErrorCondition.NOT_ACCEPTABLE, "an account has one owner, who publishes")
            changed.pop(one.jid.bare, None)
            if one.affiliation is not NodeAffiliation.NONE:
                changed[one.jid.bare] = one.affiliation
        if len(changed) > self._hub.limits.node_members:
            raise RequestError(ErrorCondition.RESOURCE_CONSTRAINT, "too many affiliations")
        node.affiliations = changed
