"""Server Dialback (XEP-0220).

A server that gets a connection asks the server of the domain, over a connection of its own, whether the key that it was
shown is right. That proves no more than that DNS says so.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Enumeration, Payload, Token, Unknown, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.stanza import ERROR_NAMESPACE, ErrorCondition, ErrorType

NAMESPACE = "jabber:server:dialback"
FEATURE_NAMESPACE = "urn:xmpp:features:dialback"

STANDARD = Standard(
    "XEP-0220",
    "Server Dialback",
    Status.STABLE,
    "1.1.1",
    namespaces=(NAMESPACE, FEATURE_NAMESPACE),
    roles=(Role.SERVER,),
)


class DialbackType(StrEnum):
    """The answer (sections 2.1 and 2.2)."""

    ERROR = "error"
    INVALID = "invalid"
    VALID = "valid"


class DialbackError(Payload, ns="jabber:server", name="error", also=("jabber:client",), nested=True):
    """Why there is no answer (section 2.5); it is in the default namespace of the stream."""

    namespace: str = field.namespace()
    type: ErrorType = field.attribute()
    condition: ErrorCondition | str | None = field.tag(
        Enumeration(ErrorCondition, Unknown.KEEP), ns=ERROR_NAMESPACE, default=None
    )
    text: dict[str, str] = field.language_map(ns=ERROR_NAMESPACE)


class DialbackResult(Payload, ns=NAMESPACE, name="result"):
    """The key, to the server that was connected to, and its answer (section 2.1)."""

    sender: JID = field.attribute(name="from")
    to: JID = field.attribute()
    type: DialbackType | None = field.attribute(default=None)
    key: str = field.text(Token, default="")
    error: DialbackError | None = field.child(default=None)


class DialbackVerify(Payload, ns=NAMESPACE, name="verify"):
    """The key that was shown on the stream `id`, to the server of the domain, and its answer (section 2.2)."""

    sender: JID = field.attribute(name="from")
    to: JID = field.attribute()
    id: str = field.attribute()
    type: DialbackType | None = field.attribute(default=None)
    key: str = field.text(Token, default="")
    error: DialbackError | None = field.child(default=None)


class DialbackFeature(Payload, ns=FEATURE_NAMESPACE, name="dialback"):
    """The feature; `errors` says that errors do not end the stream (section 2.4.2)."""

    errors: bool = field.flag()
