"""Extensible SASL Profile (XEP-0388).

Authentication that negotiates the rest of the stream along, and that may want further tasks before it is done. Base64 is
decoded; unlike in RFC 6120, an element that is left out stands for no data.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Base64Lines, Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.protocol.stream_elements import SASL_NAMESPACE, SaslCondition
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:sasl:2"

STANDARD = Standard("XEP-0388", "Extensible SASL Profile", Status.STABLE, "1.0.4", namespaces=(NAMESPACE,))


class InlineFeatures(Payload, ns=NAMESPACE, name="inline", nested=True):
    """What can be negotiated along (section 2.1)."""

    payloads: list[Payload | Element] = field.payloads()


class Authentication(Payload, ns=NAMESPACE, name="authentication"):
    """The feature: the mechanisms to choose from (section 2.1)."""

    mechanisms: list[str] = field.values(name="mechanism")
    inline: InlineFeatures | None = field.child(default=None)
    payloads: list[Payload | Element] = field.payloads()


class UserAgent(Payload, ns=NAMESPACE, name="user-agent", nested=True):
    """The client and its device; `id` is a UUID that stays the same (section 2.3)."""

    id: str | None = field.attribute(default=None)
    software: str | None = field.value(default=None)
    device: str | None = field.value(default=None)


class Authenticate(Payload, ns=NAMESPACE, name="authenticate"):
    """Chooses a mechanism, with its first message where it has one, and what to negotiate along (section 2.3)."""

    mechanism: str = field.attribute()
    initial_response: bytes | None = field.value(Base64Lines, default=None)
    user_agent: UserAgent | None = field.child(default=None)
    payloads: list[Payload | Element] = field.payloads()


class Challenge(Payload, ns=NAMESPACE, name="challenge"):
    """A message of the server (section 2.5)."""

    data: bytes = field.text(Base64Lines)


class Response(Payload, ns=NAMESPACE, name="response"):
    """A message of the client (section 2.5)."""

    data: bytes = field.text(Base64Lines)


class Abort(Payload, ns=NAMESPACE, name="abort"):
    """The client gives up (section 4.5)."""

    text: str | None = field.value(default=None)
    payloads: list[Payload | Element] = field.payloads()


class Success(Payload, ns=NAMESPACE, name="success"):
    """The client is authenticated as `authorization_identifier`, a full address where a resource was bound (section 2.6.1)."""

    additional_data: bytes | None = field.value(Base64Lines, default=None)
    authorization_identifier: JID = field.value()
    payloads: list[Payload | Element] = field.payloads()


class Failure(Payload, ns=NAMESPACE, name="failure"):
    """Why authentication failed (section 2.6.2)."""

    condition: SaslCondition | str | None = field.tag(
        Enumeration(SaslCondition, Unknown.KEEP), ns=SASL_NAMESPACE, default=None
    )
    text: str | None = field.value(default=None)
    payloads: list[Payload | Element] = field.payloads()


class Continue(Payload, ns=NAMESPACE, name="continue"):
    """The mechanism is through, and one of the tasks is left to be done (section 2.6.3)."""

    additional_data: bytes | None = field.value(Base64Lines, default=None)
    tasks: list[str] = field.wrapped(field.values(name="task"))
    text: str | None = field.value(default=None)


class Next(Payload, ns=NAMESPACE, name="next"):
    """Begins a task (section 2.6.3)."""

    task: str = field.attribute()
    payloads: list[Payload | Element] = field.payloads()


class TaskData(Payload, ns=NAMESPACE, name="task-data"):
    """A message of either side that belongs to the task (section 2.6.3)."""

    payloads: list[Payload | Element] = field.payloads()
