"""Quick Response (XEP-0439): a message offers answers, or things to do, for a client to show as buttons."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:tmp:quick-response"
STANDARD = Standard("XEP-0439", "Quick Response", Status.DEFERRED, "0.1.0", (NAMESPACE,), (Role.CLIENT, Role.COMPONENT))


class QuickResponse(Payload, ns=NAMESPACE, name="response"):
    """An answer: who picks it sends `value` as the body of a message, in the same language."""

    lang: str | None = field.language()
    value: str = field.attribute()
    label: str | None = field.attribute(default=None)


class QuickAction(Payload, ns=NAMESPACE, name="action"):
    """Something to do: who picks it sends `ActionSelected` with the same id."""

    lang: str | None = field.language()
    id: str = field.attribute()
    label: str = field.attribute()


class ActionSelected(Payload, ns=NAMESPACE, name="action-selected"):
    """The action that was picked; in a message without a body."""

    id: str = field.attribute()
