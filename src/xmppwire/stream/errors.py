"""Faults of a stream: what is wrong, in the words of RFC 6120 section 4.9, and who made the mistake.

A fault of the peer is a `StreamError` inside an event, never an exception. A mistake of the program that embeds the engine
is a `LocalProtocolError`: it names the mistake, and the state of the engine is what it was before the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..xml import XML_LANG, Element

STREAM_NS = "http://etherx.jabber.org/streams"
STREAM_ERROR_NS = "urn:ietf:params:xml:ns:xmpp-streams"

ERROR_NAME = (STREAM_NS, "error")


class LocalProtocolError(Exception):
    """The program asked for something that the protocol does not allow now. Nothing was changed or sent."""


class StreamErrorCondition(StrEnum):
    """The defined conditions of RFC 6120 section 4.9.3."""

    BAD_FORMAT = "bad-format"
    BAD_NAMESPACE_PREFIX = "bad-namespace-prefix"
    CONFLICT = "conflict"
    CONNECTION_TIMEOUT = "connection-timeout"
    HOST_GONE = "host-gone"
    HOST_UNKNOWN = "host-unknown"
    IMPROPER_ADDRESSING = "improper-addressing"
    INTERNAL_SERVER_ERROR = "internal-server-error"
    INVALID_FROM = "invalid-from"
    INVALID_NAMESPACE = "invalid-namespace"
    INVALID_XML = "invalid-xml"
    NOT_AUTHORIZED = "not-authorized"
    NOT_WELL_FORMED = "not-well-formed"
    POLICY_VIOLATION = "policy-violation"
    REMOTE_CONNECTION_FAILED = "remote-connection-failed"
    RESET = "reset"
    RESOURCE_CONSTRAINT = "resource-constraint"
    RESTRICTED_XML = "restricted-xml"
    SEE_OTHER_HOST = "see-other-host"
    SYSTEM_SHUTDOWN = "system-shutdown"
    UNDEFINED_CONDITION = "undefined-condition"
    UNSUPPORTED_ENCODING = "unsupported-encoding"
    UNSUPPORTED_FEATURE = "unsupported-feature"
    UNSUPPORTED_STANZA_TYPE = "unsupported-stanza-type"
    UNSUPPORTED_VERSION = "unsupported-version"


@dataclass(slots=True)
class StreamError:
    """A stream error (RFC 6120 section 4.9): always fatal to the stream that it stands in.

    `text` is for a person, in the language `lang`. `content` is what the condition's own element holds, used by
    `see-other-host` for the address. `application` is the application-specific condition, if there is one.
    """

    condition: StreamErrorCondition
    text: str | None = None
    lang: str | None = None
    content: str | None = None
    application: Element | None = None

    def __str__(self) -> str:
        parts = [self.condition.value]
        if self.content:
            parts.append(f"({self.content})")
        if self.text:
            parts.append(f"- {self.text}")
        return " ".join(parts)

    def to_element(self) -> Element:
        """The `<stream:error/>` element that says this on the wire."""
        condition = Element((STREAM_ERROR_NS, self.condition.value))
        if self.content:
            condition.append(self.content)
        error = Element(ERROR_NAME, {}, [condition])
        if self.text:
            attributes = {XML_LANG: self.lang} if self.lang else {}
            error.append(Element((STREAM_ERROR_NS, "text"), attributes, [self.text]))
        if self.application is not None:
            error.append(self.application)
        return error

    @classmethod
    def from_element(cls, element: Element) -> StreamError:
        """Read a `<stream:error/>` element.

        A condition that RFC 6120 does not define is read as `undefined-condition`, as section 4.9.2 orders.
        """
        condition = StreamErrorCondition.UNDEFINED_CONDITION
        text = lang = content = application = None
        for child in element.elements():
            if child.namespace != STREAM_ERROR_NS:
                application = application or child
            elif child.local == "text":
                text, lang = child.text, child.get(XML_LANG)
            else:
                try:
                    condition = StreamErrorCondition(child.local)
                except ValueError:
                    continue
                content = child.text.strip() or None
        return cls(condition, text, lang, content, application)
