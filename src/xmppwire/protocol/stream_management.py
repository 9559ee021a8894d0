"""Stream Management (XEP-0198).

Both sides count the stanzas that they have handled and tell each other, so that nothing is lost unnoticed; a stream that breaks
can be resumed.
"""

from __future__ import annotations

from xmppwire.payload import Enumeration, Integer, Payload, Unknown, UnsignedInt, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.stanza import ERROR_NAMESPACE, ErrorCondition

NAMESPACE = "urn:xmpp:sm:3"

STANDARD = Standard(
    "XEP-0198",
    "Stream Management",
    Status.STABLE,
    "1.6.3",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)

Seconds = Integer(1)


class StreamManagement(Payload, ns=NAMESPACE, name="sm"):
    """The feature (section 2)."""


class Enable(Payload, ns=NAMESPACE, name="enable"):
    """Switches it on; `max` is how many seconds the client would like to be able to resume (section 3)."""

    max: int | None = field.attribute(Seconds, default=None)
    resume: bool = field.attribute(default=False)


class Enabled(Payload, ns=NAMESPACE, name="enabled"):
    """It is on; with `resume` the stream can be resumed by its `id` for `max` seconds, best at `location` (section 3)."""

    id: str | None = field.attribute(default=None)
    location: str | None = field.attribute(default=None)
    max: int | None = field.attribute(Seconds, default=None)
    resume: bool = field.attribute(default=False)


class AckRequest(Payload, ns=NAMESPACE, name="r"):
    """Asks how many stanzas the other side has handled (section 4)."""


class Ack(Payload, ns=NAMESPACE, name="a"):
    """How many it has handled, modulo 2 to the power of 32 (section 4)."""

    h: int = field.attribute(UnsignedInt)


class Resume(Payload, ns=NAMESPACE, name="resume"):
    """Goes on with the stream `previd`, of which `h` stanzas came (section 5)."""

    h: int = field.attribute(UnsignedInt)
    previd: str = field.attribute()


class Resumed(Payload, ns=NAMESPACE, name="resumed"):
    """The stream goes on; `h` stanzas had come (section 5)."""

    h: int = field.attribute(UnsignedInt)
    previd: str = field.attribute()


class Failed(Payload, ns=NAMESPACE, name="failed"):
    """It could not be switched on or resumed; `h` is how many stanzas of the old stream came, where that is known."""

    h: int | None = field.attribute(UnsignedInt, default=None)
    condition: ErrorCondition | str | None = field.tag(
        Enumeration(ErrorCondition, Unknown.KEEP), ns=ERROR_NAMESPACE, default=None
    )
    text: dict[str, str] = field.language_map(ns=ERROR_NAMESPACE)


class HandledCountTooHigh(Payload, ns=NAMESPACE, name="handled-count-too-high"):
    """Stands in a stream error: the other side acknowledged `h` stanzas of only `send_count` (section 6)."""

    send_count: int | None = field.attribute(UnsignedInt, default=None)
    h: int | None = field.attribute(UnsignedInt, default=None)
