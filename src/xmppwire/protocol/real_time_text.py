"""In-Band Real Time Text (XEP-0301): a message that is seen while it is typed.

Each `RealTimeText` carries a few edits of the text so far, and a number that goes up by one; after a gap the text is lost until
the next `new` or `reset`. The body that comes in the end is what counts. Positions count code points.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias

from xmppwire.payload import Codec, Enumeration, Int, Payload, Unknown, UnsignedInt, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:rtt:0"
STANDARD = Standard(
    "XEP-0301",
    "In-Band Real Time Text",
    Status.STABLE,
    "1.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)

_Clipped: Codec[int] = Codec(
    "count", lambda text: min(max(0, Int.decode(text)), 0xFFFFFFFF), UnsignedInt.encode, plain=True
)
"""What is too small or too large is moved to the nearest bound (section 4.6.2)."""


class RealTimeEvent(StrEnum):
    """What happens to the text (section 4.2.2)."""

    CANCEL = "cancel"
    EDIT = "edit"
    INIT = "init"
    NEW = "new"
    RESET = "reset"


class InsertText(Payload, ns=NAMESPACE, name="t", nested=True):
    """Inserts text at a position, or at the end (section 4.6.3.1)."""

    position: int | None = field.attribute(_Clipped, name="p", default=None)
    text: str = field.text(default="")


class EraseText(Payload, ns=NAMESPACE, name="e", nested=True):
    """Takes away `count` characters before a position, or before the end (section 4.6.3.2)."""

    position: int | None = field.attribute(_Clipped, name="p", default=None)
    count: int = field.attribute(_Clipped, name="n", default=1)


class Wait(Payload, ns=NAMESPACE, name="w", nested=True):
    """Lets so many milliseconds pass before the next edit is shown (section 4.6.3.3)."""

    milliseconds: int = field.attribute(_Clipped, name="n")


Action: TypeAlias = InsertText | EraseText | Wait
"""One edit of the text, or a pause between two."""


class RealTimeText(Payload, ns=NAMESPACE, name="rtt"):
    """Edits of the text so far. `id` is that of the message which is being corrected; an event that is not known is ignored."""

    seq: int = field.attribute(UnsignedInt)
    event: RealTimeEvent | str = field.attribute(Enumeration(RealTimeEvent, Unknown.KEEP), default=RealTimeEvent.EDIT)
    id: str | None = field.attribute(default=None)
    actions: list[InsertText | EraseText | Wait] = field.children()


def apply_actions(text: str, actions: Iterable[Action]) -> str:
    """The text after these edits; positions outside of it are moved to its ends."""
    for action in actions:
        if isinstance(action, Wait):
            continue
        place = len(text) if action.position is None else min(action.position, len(text))
        if isinstance(action, InsertText):
            text = text[:place] + action.text + text[place:]
        else:
            text = text[: max(0, place - action.count)] + text[place:]
    return text


def actions_between(old: str, new: str) -> list[Action]:
    """Edits that make `new` out of `old`: at most one that takes away and one that inserts (section 7.3.1)."""
    shorter = min(len(old), len(new))
    head = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    tail = next((place for place in range(shorter - head) if old[-1 - place] != new[-1 - place]), shorter - head)
    actions: list[Action] = []
    if erased := len(old) - tail - head:
        actions.append(EraseText(position=head + erased if tail else None, count=erased))
    if inserted := new[head : len(new) - tail]:
        actions.append(InsertText(position=head if tail else None, text=inserted))
    return actions
