"""Takes the steps of commands, and remembers who is asked what (XEP-0050 sections 2 to 4)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...jid import JID
from ...payload import PayloadError
from ...protocol.ad_hoc_commands import (
    NAMESPACE,
    Actions,
    Command,
    CommandAction,
    CommandCondition,
    CommandError,
    CommandStatus,
)
from ...protocol.data_forms import NAMESPACE as FORMS
from ...protocol.data_forms import DataForm, DataFormType
from ...protocol.disco import DiscoInfo, DiscoItem, Identity
from ...stanza import ErrorCondition, Iq, IqType, StanzaError
from ...xml import Element, Name
from ..service import Answer, Request, RequestError, Requests, Service
from .steps import Call, Offer, Question

if TYPE_CHECKING:
    from ..accounts import Account
    from ..hub import Correspondent, Hub

COMMAND: Name = Command.element_names[0]
EXPIRY = 600.0
"""Seconds for which a form may be looked at."""


@dataclass(slots=True)
class Session:
    """A form that somebody has not submitted yet."""

    requester: JID
    node: str
    question: Question
    used: float


class CommandService(Service):
    """The commands of the server itself, for each of its domains."""

    features = (NAMESPACE, FORMS)

    def __init__(self, hub: Hub, offers: Sequence[Offer]) -> None:
        self._hub = hub
        self._offers = {offer.node: offer for offer in offers}
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        """By their names, those used last at the end."""

    def requests(self) -> Requests:
        return {(IqType.SET, COMMAND): Request(self._command)}

    # --- discovery (section 2.2) ------------------------------------------------------------------------------------

    def info(self, link: Correspondent, iq: Iq, account: Account | None, node: str) -> DiscoInfo | None:
        offer = self._offers.get(node)
        if account is not None or (offer is None and node != NAMESPACE):
            return None
        if offer is None:
            return DiscoInfo(node=node, identities=[Identity(category="automation", type="command-list")])
        if iq.sender is None or not offer.allowed(iq.sender):
            return None
        identity = Identity(category="automation", type="command-node", name=offer.name)
        return DiscoInfo(node=node, identities=[identity], features=[NAMESPACE, FORMS])

    def items(
        self, link: Correspondent, iq: Iq, account: Account | None, node: str | None
    ) -> Sequence[DiscoItem] | None:
        if account is not None or node != NAMESPACE or iq.sender is None or iq.to is None:
            return None
        allowed = [offer for offer in self._offers.values() if offer.allowed(iq.sender)]
        return [DiscoItem(jid=iq.to.domain, node=offer.node, name=offer.name) for offer in allowed]

    # --- steps ------------------------------------------------------------------------------------------------------

    def _command(self, link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        if account is not None or iq.sender is None or iq.to is None:
            return ErrorCondition.SERVICE_UNAVAILABLE
        command = _decoded(iq)
        offer = self._offers.get(command.node)
        if offer is None:
            raise RequestError(ErrorCondition.ITEM_NOT_FOUND, "there is no such command")
        if not offer.allowed(iq.sender):
            return ErrorCondition.FORBIDDEN
        call = Call(iq.sender, iq.to.domain, command.form or DataForm(), now)
        if command.sessionid is None:
            return iq.result(self._begin(offer, command, call))
        return iq.result(self._go_on(command, command.sessionid, call))

    def _begin(self, offer: Offer, command: Command, call: Call) -> Command:
        if command.action not in (None, CommandAction.EXECUTE):
            raise _refused(CommandCondition.BAD_ACTION)
        name = self._hub.fresh_id()
        outcome = offer.begin(call)
        if not isinstance(outcome, Question):
            status = CommandStatus.COMPLETED
            notes, payloads = list(outcome.notes), list(outcome.payloads)
            return Command(node=offer.node, sessionid=name, status=status, notes=notes, payloads=payloads)
        self._expire(call.now)
        theirs = [key for key, one in self._sessions.items() if one.requester.bare == call.requester.bare]
        if len(theirs) >= self._hub.limits.command_sessions:
            del self._sessions[theirs[0]]
        self._sessions[name] = Session(call.requester, offer.node, outcome, call.now)
        actions = Actions(execute=CommandAction.COMPLETE, complete=True)
        return Command(
            node=offer.node,
            sessionid=name,
            status=CommandStatus.EXECUTING,
            actions=actions,
            payloads=[outcome.form],
        )

    def _go_on(self, command: Command, name: str, call: Call) -> Command:
        self._expire(call.now)
        session = self._sessions.get(name)
        if session is None or session.requester != call.requester or session.node != command.node:
            raise _refused(CommandCondition.BAD_SESSIONID)
        session.used = call.now
        self._sessions.move_to_end(name)
        if command.action is CommandAction.CANCEL:
            del self._sessions[name]
            return Command(node=command.node, sessionid=name, status=CommandStatus.CANCELED)
        if command.action not in (None, CommandAction.EXECUTE, CommandAction.COMPLETE):
            raise _refused(CommandCondition.BAD_ACTION)
        if call.form.type is not DataFormType.SUBMIT:
            raise _refused(CommandCondition.BAD_PAYLOAD, "a form is to be submitted")
        try:
            done = session.question.submit(call)
        except PayloadError as error:
            raise _refused(CommandCondition.BAD_PAYLOAD, str(error)[:200]) from error
        self._sessions.pop(name, None)
        return Command(
            node=command.node,
            sessionid=name,
            status=CommandStatus.COMPLETED,
            notes=list(done.notes),
            payloads=list(done.payloads),
        )

    def _expire(self, now: float) -> None:
        while self._sessions and next(iter(self._sessions.values())).used + EXPIRY <= now:
            self._sessions.popitem(last=False)


def _decoded(iq: Iq) -> Command:
    """The command of a request. What a requester says of the status is not looked at (section 4.1)."""
    element = iq.find(COMMAND)
    if element is None:
        raise RequestError(ErrorCondition.BAD_REQUEST)
    if element.get("action") not in (None, *CommandAction):
        raise _refused(CommandCondition.MALFORMED_ACTION)
    attributes = {name: value for name, value in element.attributes.items() if name != "status"}
    return Command.from_element(Element(element.name, attributes, element.children))


def _refused(condition: CommandCondition, text: str | None = None) -> RequestError:
    """An error of section 4.4."""
    return RequestError(
        StanzaError(ErrorCondition.BAD_REQUEST, text=text, application=CommandError(condition=condition))
    )
