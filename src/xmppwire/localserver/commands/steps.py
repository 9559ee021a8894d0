"""What a command is given and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ...jid import JID
from ...payload import Payload
from ...protocol.ad_hoc_commands import Note, NoteType
from ...protocol.data_forms import DataForm, DataFormType
from ...protocol.form import TypedForm
from ...xml import Element


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody wants something done. `domain` is the one that was asked; `form` is what was submitted, empty at first."""

    requester: JID
    domain: JID
    form: DataForm
    now: float


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a command: a form with the result, or a note for people."""

    payloads: Sequence[Payload | Element] = ()
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A form to be filled in first, and what is done with it."""

    form: DataForm
    submit: Callable[[Call], Done]


Outcome: TypeAlias = Done | Question
"""What a command returns; it may raise RequestError, and PayloadError for a form that cannot be read."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A command: its node, its name for people, what begins it, and who may."""

    node: str
    name: str
    begin: Callable[[Call], Outcome]
    allowed: Callable[[JID], bool] = field(repr=False)


def said(text: str, type: NoteType = NoteType.INFO) -> Done:
    """The end of a command, told by a note."""
    return Done(notes=[Note(type=type, text=text)])


def shown(form: TypedForm) -> Done:
    """The end of a command with a result."""
    return Done(payloads=[form.to_form(DataFormType.RESULT)])


def ask(kind: type[TypedForm], title: str, required: Sequence[str], optional: Sequence[str] = ()) -> DataForm:
    """A form with those of the fields of a kind that are asked for, by their `var`."""
    form = kind.blank(title=title)
    form.fields = [one for one in form.fields if one.var in ("FORM_TYPE", *required, *optional)]
    for one in form.fields:
        one.required = one.var in required
    return form
