"""What we can be told to do, and the sessions of those who do."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...jid import JID
from ...payload import Payload, PayloadError
from ...protocol.ad_hoc_commands import (
    NAMESPACE,
    Actions,
    Command,
    CommandAction,
    CommandCondition,
    CommandError,
    CommandStatus,
    Note,
)
from ...protocol.data_forms import FORM_TYPE, DataForm, DataFormType, FieldType
from ...protocol.data_forms import NAMESPACE as FORMS
from ...protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from ...session import Answer, IqRequest
from ...stanza import ErrorCondition, ErrorType, StanzaError
from ...xml import Element
from ..disco import OwnInfo
from .steps import CommandCall, Completed, Handler, Stage

STAGES = 50
"""How many stages a session goes back at most."""


@dataclass(frozen=True, slots=True)
class _Offer:
    name: str
    handler: Handler
    allowed: Callable[[JID], bool]


@dataclass(slots=True)
class _Run:
    """A session: whose it is, when it was used last, and the stages that were shown; the last one is to be submitted."""

    id: str
    requester: JID
    node: str
    lang: str | None
    used: float
    stages: list[Stage]

    def step(self) -> Command:
        """What the requester is shown."""
        stage = self.stages[-1]
        default = CommandAction.NEXT if stage.next else CommandAction.COMPLETE
        actions = Actions(execute=default, prev=self.goes_back, next=stage.next, complete=stage.complete)
        return self._answer(CommandStatus.EXECUTING, actions, stage.notes, [stage.form])

    def end(self, outcome: Completed | None) -> Command:
        """The last answer: what came of the command, or None where it was canceled."""
        if outcome is None:
            return self._answer(CommandStatus.CANCELED, None, [], [])
        return self._answer(CommandStatus.COMPLETED, None, outcome.notes, outcome.payloads)

    @property
    def goes_back(self) -> bool:
        return len(self.stages) > 1 and self.stages[-1].back

    def _answer(
        self,
        status: CommandStatus,
        actions: Actions | None,
        notes: Sequence[Note],
        payloads: Sequence[Payload | Element],
    ) -> Command:
        return Command(
            node=self.node,
            sessionid=self.id,
            status=status,
            actions=actions,
            notes=list(notes),
            payloads=list(payloads),
        )


class Commands:
    """The commands that a client or component offers, announced by `own`.

    At most `limit` sessions are open at a time, and `each` of one account: whoever begins another one loses the oldest. A
    session that nobody goes on with for `expiry` seconds is over. `random` gives random bytes, for names of sessions.
    """

    def __init__(
        self,
        own: OwnInfo,
        *,
        limit: int = 1000,
        each: int = 10,
        expiry: float = 600.0,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._limit = limit
        self._each = each
        self._expiry = expiry
        self._random = random
        self._offers: dict[str, _Offer] = {}
        self._runs: dict[str, _Run] = {}
        """By their names, those used last at the end."""
        self._over: dict[str, JID] = {}
        """Sessions that ended, and whose they were; only the newest are remembered."""
        own.add_source(self)
        own.answers.register("set", Command, self._answer, features=[NAMESPACE, FORMS])

    def __len__(self) -> int:
        """How many sessions are open."""
        return len(self._runs)

    def add(self, node: str, name: str, handler: Handler, *, allowed: Callable[[JID], bool]) -> None:
        """Offer a command to those for whom `allowed` is true (`anybody`, `only(...)`); others do not see it. `name` is for
        people. `handler` begins it; what it raises is answered with `internal-server-error`, and told as `HandlerFailed`."""
        self._offers[node] = _Offer(name, handler, allowed)

    def remove(self, node: str) -> None:
        """Offer a command no more, if it is there; open sessions of it are over."""
        self._offers.pop(node, None)
        for run in [run for run in self._runs.values() if run.node == node]:
            self._end(run)

    # --- discovery (section 2.2) ------------------------------------------------------------------------------------

    def info(self, node: str, request: IqRequest[DiscoInfo]) -> DiscoInfo | StanzaError | None:
        """What a command is, or the list of all."""
        if node == NAMESPACE:
            return DiscoInfo(identities=[Identity(category="automation", type="command-list")], features=[NAMESPACE])
        offer = self._offers.get(node)
        if offer is None:
            return None
        if not _may(offer, request.sender):
            return _forbidden()
        identity = Identity(category="automation", type="command-node", name=offer.name)
        return DiscoInfo(identities=[identity], features=[NAMESPACE, FORMS])

    def items(self, node: str, request: IqRequest[DiscoItems]) -> Sequence[DiscoItem] | StanzaError | None:
        """The commands that whoever asks may execute."""
        here = request.iq.to or request.own
        if node == NAMESPACE and here is not None:
            offers = [(name, offer) for name, offer in self._offers.items() if _may(offer, request.sender)]
            return [DiscoItem(jid=here, node=name, name=offer.name) for name, offer in offers]
        offer = self._offers.get(node)
        if offer is None:
            return None
        return [] if _may(offer, request.sender) else _forbidden()

    # --- execution (section 2.4) ------------------------------------------------------------------------------------

    def _answer(self, request: IqRequest[Command]) -> Answer:
        self._expire(request.now)
        command = _decoded(request)
        if isinstance(command, StanzaError):
            return command
        offer, requester = self._offers.get(command.node), request.sender
        if offer is None:
            return StanzaError(ErrorCondition.ITEM_NOT_FOUND)
        if requester is None or not _may(offer, requester):
            return _forbidden()
        if command.sessionid is None:
            return self._begin(offer, command, requester, command.lang or request.iq.effective_lang, request.now)
        run = self._runs.get(command.sessionid)
        if run is None and self._over.get(command.sessionid) == requester:
            return _refused(CommandCondition.SESSION_EXPIRED)
        if run is None or run.requester != requester or run.node != command.node:
            return _refused(CommandCondition.BAD_SESSIONID)
        return self._go_on(run, command, request.now)

    def _begin(self, offer: _Offer, command: Command, requester: JID, lang: str | None, now: float) -> Answer:
        if command.action not in (None, CommandAction.EXECUTE):
            return _refused(CommandCondition.BAD_ACTION)
        theirs = [run for run in self._runs.values() if run.requester.bare == requester.bare]
        if len(theirs) >= self._each:
            self._end(theirs[0])
        if len(self._runs) >= self._limit:
            return StanzaError(ErrorCondition.RESOURCE_CONSTRAINT)
        run = _Run(self._random(16).hex(), requester, command.node, lang, now, [])
        return self._call(run, offer.handler, CommandAction.EXECUTE, command.form or DataForm(), command, now)

    def _go_on(self, run: _Run, command: Command, now: float) -> Answer:
        stage = run.stages[-1]
        self._use(run, now)
        action = command.action or CommandAction.EXECUTE
        if action is CommandAction.EXECUTE:
            action = CommandAction.NEXT if stage.next else CommandAction.COMPLETE
        if action is CommandAction.CANCEL:
            self._end(run)
            return run.end(None)
        if action is CommandAction.PREV and run.goes_back:
            run.stages.pop()
            return run.step()
        if not (stage.next if action is CommandAction.NEXT else action is CommandAction.COMPLETE and stage.complete):
            return _refused(CommandCondition.BAD_ACTION)
        try:
            form = _checked(stage.form, command.form or DataForm())
        except PayloadError as error:
            return _refused(CommandCondition.BAD_PAYLOAD, str(error))
        return self._call(run, stage.submit, action, form, command, now)

    def _call(
        self, run: _Run, handler: Handler, action: CommandAction, form: DataForm, command: Command, now: float
    ) -> Answer:
        """Let the program act, and tell what comes of it."""
        call = CommandCall(run.requester, run.node, action, form, command.payloads, run.lang, now)
        try:
            outcome = handler(call)
        except PayloadError as error:
            return _refused(CommandCondition.BAD_PAYLOAD, str(error))
        if isinstance(outcome, StanzaError):
            return outcome
        if isinstance(outcome, Completed):
            self._end(run)
            return run.end(outcome)
        if outcome.again and run.stages:
            run.stages.pop()
        run.stages = [*run.stages[-STAGES:], outcome]
        self._use(run, now)
        return run.step()

    # --- sessions ---------------------------------------------------------------------------------------------------

    def _use(self, run: _Run, now: float) -> None:
        run.used = now
        self._runs.pop(run.id, None)
        self._runs[run.id] = run

    def _end(self, run: _Run) -> None:
        self._runs.pop(run.id, None)
        self._over[run.id] = run.requester
        if len(self._over) > self._limit:
            del self._over[next(iter(self._over))]

    def _expire(self, now: float) -> None:
        for run in list(self._runs.values()):
            if now < run.used + self._expiry:
                break
            self._end(run)


def _decoded(request: IqRequest[Command]) -> Command | StanzaError:
    """The command of a request. What a requester says of the status is not looked at (section 4.1). Raises PayloadError."""
    element = request.iq.find(Command.element_names[0])
    assert element is not None  # noqa: S101 - or it would not be for us
    if element.get("action") not in (None, *CommandAction):
        return _refused(CommandCondition.MALFORMED_ACTION)
    attributes = {name: value for name, value in element.attributes.items() if name != "status"}
    return Command.from_element(Element(element.name, attributes, element.children))


def _checked(asked: DataForm, given: DataForm) -> DataForm:
    """What was submitted, without what was not asked for. Raises PayloadError for what is missing or does not fit."""
    if asked.type is not DataFormType.FORM:
        return given
    values: dict[str, object] = {
        one.var: given.values(one.var)
        for one in asked.fields
        if one.var not in (None, FORM_TYPE) and one.type != FieldType.FIXED
    }
    return asked.submit(values)


def _may(offer: _Offer, jid: JID | None) -> bool:
    return jid is not None and offer.allowed(jid)


def _forbidden() -> StanzaError:
    return StanzaError(ErrorCondition.FORBIDDEN, ErrorType.CANCEL)


def _refused(condition: CommandCondition, text: str | None = None) -> StanzaError:
    """An error of section 4.4."""
    expired = condition is CommandCondition.SESSION_EXPIRED
    general = ErrorCondition.NOT_ALLOWED if expired else ErrorCondition.BAD_REQUEST
    return StanzaError(general, text=text, application=CommandError(condition=condition))
