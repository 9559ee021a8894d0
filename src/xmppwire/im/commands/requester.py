"""Telling others what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...jid import JID
from ...operation import IqError, Operation, OperationError, request
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
from ...protocol.data_forms import DataForm, DataFormType
from ...protocol.disco import DiscoItem
from ...protocol.form import TypedForm
from ...stanza import Iq
from ...xml import Element
from ..disco import fetch_items

Values = Mapping[str, object] | DataForm | TypedForm | None
"""What is submitted: values by the names of fields, with what the form proposes for the others; or a whole form; or None."""


class CommandResponseError(OperationError):
    """The responder answers, but not as it has to."""


class CommandRefusedError(IqError):
    """The responder refused a step. `condition` says more than the stanza error, where it says something (section 4.4)."""

    @property
    def condition(self) -> CommandCondition | None:
        """Why, in the terms of commands; None where that cannot be read."""
        said = self.error.application
        if isinstance(said, Element) and said.name in CommandError.element_names:
            try:
                said = CommandError.from_element(said)
            except PayloadError:
                return None
        return said.condition if isinstance(said, CommandError) else None


def fetch_commands(target: JID | str) -> Operation[list[DiscoItem]]:
    """What `target` can be told to do by us, as items with a `node` and mostly a `name` (section 2.2).

    Commands that it lists for somebody else are left out: those are not its to list (section 5). Raises what `fetch_items`
    raises; entities without commands mostly answer with an error.
    """
    target = JID(target)
    items = yield from fetch_items(target, NAMESPACE)
    return [item for item in items if item.jid == target and item.node is not None]


@dataclass(frozen=True, slots=True)
class CommandStep:
    """Where a command is. `form` is to be filled in while it is `executing`, or else the result; `payloads` has all that came.

    `actions` are those that the responder takes next, beside `cancel`, which it always takes. `default` is what it proposes,
    None where it proposes something impossible. That the command failed is said by a note of type `error`.
    """

    status: CommandStatus
    form: DataForm | None
    notes: list[Note]
    payloads: list[Payload | Element]
    actions: frozenset[CommandAction] = frozenset()
    default: CommandAction | None = None


class CommandSession:
    """A command being executed at `target`: `start`, then go on until the step is not `executing` any more.

    `step` is the latest one; `lang` the language that texts should be in. Every method but `start` raises ValueError, and asks
    nothing, where the session does not take that action. `CommandRefusedError` says that the responder refuses the step, which
    leaves the session where it was; CommandResponseError that its answer is none. Else they raise what `request` raises, and
    PayloadError for values that do not fit into the form.
    """

    def __init__(self, target: JID | str, node: str, *, lang: str | None = None) -> None:
        self.target = JID(target)
        self.node = node
        self.lang = lang
        self.id: str | None = None
        """The responder's name for the session."""
        self.step: CommandStep | None = None

    def start(self) -> Operation[CommandStep]:
        """Begin (section 2.4.1). Raises ValueError if that was done before."""
        if self.step is not None:
            raise ValueError("the command was begun already")
        return (yield from self._ask(CommandAction.EXECUTE, None))

    def proceed(self, values: Values = None) -> Operation[CommandStep]:
        """Submit what is asked for, and do what the responder proposes: the next step, or completion."""
        default = None if self.step is None else self.step.default
        if default is None:
            raise ValueError("no action is proposed")
        return (yield from self._go_on(default, values))

    def next(self, values: Values = None) -> Operation[CommandStep]:
        """Submit what is asked for, and go on to the next step."""
        return (yield from self._go_on(CommandAction.NEXT, values))

    def complete(self, values: Values = None) -> Operation[CommandStep]:
        """Submit what is asked for, and be done."""
        return (yield from self._go_on(CommandAction.COMPLETE, values))

    def prev(self) -> Operation[CommandStep]:
        """Go back to the step before."""
        return (yield from self._go_on(CommandAction.PREV, None))

    def cancel(self) -> Operation[CommandStep]:
        """Give the command up (section 2.4.3)."""
        return (yield from self._go_on(CommandAction.CANCEL, None))

    def _go_on(self, action: CommandAction, values: Values) -> Operation[CommandStep]:
        step = self.step
        if step is None or step.status is not CommandStatus.EXECUTING:
            raise ValueError("the command is not being executed")
        if action not in step.actions and action is not CommandAction.CANCEL:
            raise ValueError(f"the responder does not take {action} now")
        back = action in (CommandAction.PREV, CommandAction.CANCEL)
        return (yield from self._ask(action, None if back else _submitted(values, step.form)))

    def _ask(self, action: CommandAction, form: DataForm | None) -> Operation[CommandStep]:
        command = Command(node=self.node, sessionid=self.id, action=action, payloads=[] if form is None else [form])
        try:
            reply = yield from request(Iq("set", self.target, payload=command, lang=self.lang))
        except IqError as error:
            raise CommandRefusedError(error.error, error.reply) from None
        answer = reply.get(Command)
        if answer is None or answer.status is None:
            raise CommandResponseError("the responder does not say how far the command is")
        if answer.node != self.node or (self.id is not None and answer.sessionid not in (None, self.id)):
            raise CommandResponseError("the responder answers for another command")
        if answer.status is CommandStatus.EXECUTING and not (self.id or answer.sessionid):
            raise CommandResponseError("the responder gives the session no name")
        self.id = self.id or answer.sessionid
        self.step = _read(answer)
        return self.step


def _read(answer: Command) -> CommandStep:
    actions: set[CommandAction] = set()
    default: CommandAction | None = None
    if answer.status is CommandStatus.EXECUTING:
        actions, default = _possible(answer.actions)
    assert answer.status is not None  # noqa: S101 - the caller looked
    return CommandStep(answer.status, answer.form, answer.notes, answer.payloads, frozenset(actions), default)


def _possible(offered: Actions | None) -> tuple[set[CommandAction], CommandAction | None]:
    """What may be done, and what is proposed (section 3.4)."""
    if offered is None:
        return {CommandAction.COMPLETE}, CommandAction.COMPLETE
    flags = {
        CommandAction.PREV: offered.prev,
        CommandAction.NEXT: offered.next,
        CommandAction.COMPLETE: offered.complete,
    }
    actions = {action for action, there in flags.items() if there}
    # Without the attribute it is `next`. Prosody leaves it out where there is nothing but `complete`, too.
    default = offered.execute or (CommandAction.NEXT if offered.next else CommandAction.COMPLETE)
    return actions, default if default in actions else None


def _submitted(values: Values, form: DataForm | None) -> DataForm | None:
    """The form to send (section 3.5.1)."""
    if isinstance(values, TypedForm):
        return values.to_form()
    if isinstance(values, DataForm):
        return values
    if form is not None and form.type is DataFormType.FORM:
        return form.submit(values)
    if values:
        raise ValueError("there is no form to fill in")
    return None
