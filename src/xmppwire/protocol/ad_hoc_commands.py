"""Ad-Hoc Commands (XEP-0050): things that an entity can be told to do, in one step or several, mostly by forms.

Every step is an IQ set and its answer. The responder says in the answer what can be done next; `sessionid` ties the steps
together.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "http://jabber.org/protocol/commands"

STANDARD = Standard(
    "XEP-0050",
    "Ad-Hoc Commands",
    Status.STABLE,
    "1.3.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class CommandAction(StrEnum):
    """What the requester wants (section 4.1). Without one it is `EXECUTE`."""

    CANCEL = "cancel"
    COMPLETE = "complete"
    EXECUTE = "execute"
    NEXT = "next"
    PREV = "prev"


class CommandStatus(StrEnum):
    """How far a command is. Whether one that is completed went well is told by its notes."""

    CANCELED = "canceled"
    COMPLETED = "completed"
    EXECUTING = "executing"


class NoteType(StrEnum):
    """How grave a note is (section 4.3)."""

    ERROR = "error"
    INFO = "info"
    WARN = "warn"


class CommandCondition(StrEnum):
    """Why a step was refused, beside the condition of the stanza error (section 4.4)."""

    BAD_ACTION = "bad-action"
    BAD_LOCALE = "bad-locale"
    BAD_PAYLOAD = "bad-payload"
    BAD_SESSIONID = "bad-sessionid"
    MALFORMED_ACTION = "malformed-action"
    SESSION_EXPIRED = "session-expired"


class Actions(Payload, ns=NAMESPACE, name="actions", nested=True):
    """What may be done next; `execute` says which of these `CommandAction.EXECUTE` stands for."""

    execute: CommandAction | None = field.attribute(default=None)
    prev: bool = field.flag()
    next: bool = field.flag()
    complete: bool = field.flag()


class Note(Payload, ns=NAMESPACE, name="note", nested=True):
    """A text for people."""

    type: NoteType = field.attribute(default=NoteType.INFO)
    text: str = field.text(default="")


class Command(Payload, ns=NAMESPACE, name="command"):
    """A step of a command, or the answer to it. Of `payloads` the first counts most (section 3.5)."""

    node: str = field.attribute()
    sessionid: str | None = field.attribute(default=None)
    action: CommandAction | None = field.attribute(default=None)
    status: CommandStatus | None = field.attribute(default=None)
    lang: str | None = field.language()
    actions: Actions | None = field.child(default=None)
    notes: list[Note] = field.children()
    payloads: list[Payload | Element] = field.payloads()

    @property
    def form(self) -> DataForm | None:
        """The first form among the payloads."""
        return next((one for one in self.payloads if isinstance(one, DataForm)), None)


class CommandError(Payload, ns=NAMESPACE, names=CommandCondition):
    """The condition of an error."""

    condition: CommandCondition = field.name()
