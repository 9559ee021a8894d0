"""Jingle (XEP-0166).

Two clients negotiate a session, a call or a file transfer for example: what is exchanged (`description`), how it travels
(`transport`), and what protects it (`security`). Each of these is an extension of its own, so contents are open here. The
messages travel in IQs of type `set`, one `<jingle/>` each; `reason` says why a session or a content ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:jingle:1"
ERRORS_NAMESPACE = "urn:xmpp:jingle:errors:1"

STANDARD = Standard("XEP-0166", "Jingle", Status.STABLE, "1.1.2", namespaces=(NAMESPACE, ERRORS_NAMESPACE))


class Action(StrEnum):
    """What a message does (section 7.2). Another one is answered with `bad-request`."""

    CONTENT_ACCEPT = "content-accept"
    CONTENT_ADD = "content-add"
    CONTENT_MODIFY = "content-modify"
    CONTENT_REJECT = "content-reject"
    CONTENT_REMOVE = "content-remove"
    DESCRIPTION_INFO = "description-info"
    SECURITY_INFO = "security-info"
    SESSION_ACCEPT = "session-accept"
    SESSION_INFO = "session-info"
    SESSION_INITIATE = "session-initiate"
    SESSION_TERMINATE = "session-terminate"
    TRANSPORT_ACCEPT = "transport-accept"
    TRANSPORT_INFO = "transport-info"
    TRANSPORT_REJECT = "transport-reject"
    TRANSPORT_REPLACE = "transport-replace"


class Creator(StrEnum):
    """Which party a content comes from (section 7.3)."""

    INITIATOR = "initiator"
    RESPONDER = "responder"


class Senders(StrEnum):
    """Which parties send (section 7.3)."""

    BOTH = "both"
    INITIATOR = "initiator"
    NONE = "none"
    RESPONDER = "responder"


class ReasonCondition(StrEnum):
    """Why something ends (section 7.4); `alternative-session` is a field of `Reason`."""

    BUSY = "busy"
    CANCEL = "cancel"
    CONNECTIVITY_ERROR = "connectivity-error"
    DECLINE = "decline"
    EXPIRED = "expired"
    FAILED_APPLICATION = "failed-application"
    FAILED_TRANSPORT = "failed-transport"
    GENERAL_ERROR = "general-error"
    GONE = "gone"
    INCOMPATIBLE_PARAMETERS = "incompatible-parameters"
    MEDIA_ERROR = "media-error"
    SECURITY_ERROR = "security-error"
    SUCCESS = "success"
    TIMEOUT = "timeout"
    UNSUPPORTED_APPLICATIONS = "unsupported-applications"
    UNSUPPORTED_TRANSPORTS = "unsupported-transports"


class JingleErrorCondition(StrEnum):
    """The conditions that go with a stanza error (section 10)."""

    OUT_OF_ORDER = "out-of-order"
    SECURITY_REQUIRED = "security-required"
    TIE_BREAK = "tie-break"
    UNKNOWN_SESSION = "unknown-session"
    UNSUPPORTED_INFO = "unsupported-info"


class AlternativeSession(Payload, ns=NAMESPACE, name="alternative-session", nested=True):
    """The session to use instead (section 6.7)."""

    sid: str | None = field.value(default=None)


class Reason(Payload, ns=NAMESPACE, name="reason"):
    """Why a session or a content ends, or `alternative_session`; `payloads` may tell the application's own reason
    (section 7.4)."""

    alternative_session: AlternativeSession | None = field.child(default=None)
    condition: ReasonCondition | str | None = field.tag(Enumeration(ReasonCondition, Unknown.KEEP), default=None)
    text: str | None = field.value(default=None)
    payloads: list[Payload | Element] = field.payloads()


class Content(Payload, ns=NAMESPACE, name="content", nested=True):
    """One thing that is exchanged, named by its creator (section 7.3).

    `disposition` is of the registry of Content-Disposition; what it is for. `senders` must be said in `content-modify`, and so
    always is.
    """

    creator: Creator = field.attribute(default=Creator.INITIATOR, always=True)
    disposition: str = field.attribute(default="session")
    name: str = field.attribute()
    senders: Senders = field.attribute(default=Senders.BOTH, always=True)
    payloads: list[Payload | Element] = field.payloads()

    @property
    def description(self) -> Payload | Element | None:
        """What is exchanged: the first child of that name, of any application."""
        return _called("description", self.payloads)

    @property
    def transport(self) -> Payload | Element | None:
        """How it travels."""
        return _called("transport", self.payloads)

    @property
    def security(self) -> Payload | Element | None:
        """What protects it (section 9)."""
        return _called("security", self.payloads)


def _called(local: str, payloads: Iterable[Payload | Element]) -> Payload | Element | None:
    for one in payloads:
        if (one.local if isinstance(one, Element) else one.element_names[0][1]) == local:
            return one
    return None


class Jingle(Payload, ns=NAMESPACE, name="jingle"):
    """One message of the negotiation (section 7.1); `payloads` hold what `session-info` tells.

    `initiator` and `responder` may differ from the addresses of the stanza: trust them only where the sender may speak for
    them.
    """

    action: Action = field.attribute()
    initiator: JID | None = field.attribute(default=None)
    responder: JID | None = field.attribute(default=None)
    sid: str = field.attribute()
    contents: list[Content] = field.children()
    reason: Reason | None = field.child(default=None)
    payloads: list[Payload | Element] = field.payloads()


class JingleError(Payload, ns=ERRORS_NAMESPACE, names=tuple(JingleErrorCondition)):
    """What a stanza error means to the session (section 10)."""

    condition: JingleErrorCondition = field.name()
