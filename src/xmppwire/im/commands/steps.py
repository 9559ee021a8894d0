"""What handlers of commands are given, and what they return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from ...jid import JID
from ...payload import Payload
from ...protocol.ad_hoc_commands import CommandAction, Note
from ...protocol.data_forms import DataForm
from ...protocol.form import TypedForm
from ...stanza import StanzaError
from ...xml import Element

F = TypeVar("F", bound=TypedForm)


def anybody(_jid: JID, /) -> bool:
    """For commands that everybody may execute."""
    return True


def only(*jids: JID | str) -> Callable[[JID], bool]:
    """For commands that these accounts or clients may execute, and nobody else."""
    allowed = {JID(jid) for jid in jids}
    return lambda jid: jid in allowed or jid.bare in allowed


@dataclass(frozen=True, slots=True)
class CommandCall:
    """One step, as a handler receives it.

    `form` is what was submitted, and fits into the form of the stage; it is empty where nothing was. `payloads` has all that
    came. `lang` is the language that the requester began with. `now` is the time of the engine's clock in seconds.
    """

    requester: JID
    node: str
    action: CommandAction
    form: DataForm
    payloads: list[Payload | Element]
    lang: str | None
    now: float

    def read(self, kind: type[F]) -> F:
        """What was submitted, as a typed form. Raises PayloadError where it does not decode; from a handler that makes a
        `bad-payload`."""
        return kind.from_form(self.form)


@dataclass(slots=True, kw_only=True)
class Completed:
    """The end of a command: the result is a form or anything else, or notes for people. A note of type `error` says that it
    failed (section 3.6)."""

    payloads: list[Payload | Element] = field(default_factory=list[Payload | Element])
    notes: list[Note] = field(default_factory=list[Note])


@dataclass(slots=True)
class Stage:
    """A question to the requester: a `form` to be filled in, and `submit` for what is submitted.

    `next` and `complete` say how it may be submitted; one of them at least, or it is a ValueError. `back` is whether the stage
    before may be returned to, if there is one. With `again` this stage takes the place of the one that was submitted, as where
    something is asked once more.
    """

    form: DataForm
    submit: Callable[[CommandCall], Outcome]
    next: bool = field(default=False, kw_only=True)
    complete: bool = field(default=True, kw_only=True)
    back: bool = field(default=True, kw_only=True)
    again: bool = field(default=False, kw_only=True)
    notes: list[Note] = field(default_factory=list[Note], kw_only=True)

    def __post_init__(self) -> None:
        if not self.next and not self.complete:
            raise ValueError("a stage that cannot be submitted")


Outcome: TypeAlias = Stage | Completed | StanzaError
"""What a handler returns: what to ask next, the end, or a refusal, which leaves the session where it was."""
Handler: TypeAlias = Callable[[CommandCall], Outcome]
