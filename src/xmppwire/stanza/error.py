"""Stanza errors (RFC 6120, section 8.3): a condition, a type, and what else the sender said.

`<error type='cancel' by='...'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text .../>...</error>`
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID, parse_jid
from xmppwire.payload import Payload, PayloadError
from xmppwire.stanza.content import CLIENT_NAMESPACE
from xmppwire.xml import XML_LANG, Element, Name

ERROR_NAMESPACE = "urn:ietf:params:xml:ns:xmpp-stanzas"
ERROR: Name = (CLIENT_NAMESPACE, "error")
_TEXT: Name = (ERROR_NAMESPACE, "text")


class ErrorType(StrEnum):
    """What the sender of the failed stanza can do (RFC 6120, section 8.3.2)."""

    AUTH = "auth"
    """Retry after providing credentials."""
    CANCEL = "cancel"
    """Do not retry."""
    CONTINUE = "continue"
    """Go on; this was a warning."""
    MODIFY = "modify"
    """Retry after changing what was sent."""
    WAIT = "wait"
    """Retry after waiting."""


class ErrorCondition(StrEnum):
    """The conditions of RFC 6120, section 8.3.3. `default_type` is the type that the section associates with each."""

    BAD_REQUEST = "bad-request"
    CONFLICT = "conflict"
    FEATURE_NOT_IMPLEMENTED = "feature-not-implemented"
    FORBIDDEN = "forbidden"
    GONE = "gone"
    INTERNAL_SERVER_ERROR = "internal-server-error"
    ITEM_NOT_FOUND = "item-not-found"
    JID_MALFORMED = "jid-malformed"
    NOT_ACCEPTABLE = "not-acceptable"
    NOT_ALLOWED = "not-allowed"
    NOT_AUTHORIZED = "not-authorized"
    POLICY_VIOLATION = "policy-violation"
    RECIPIENT_UNAVAILABLE = "recipient-unavailable"
    REDIRECT = "redirect"
    REGISTRATION_REQUIRED = "registration-required"
    REMOTE_SERVER_NOT_FOUND = "remote-server-not-found"
    REMOTE_SERVER_TIMEOUT = "remote-server-timeout"
    RESOURCE_CONSTRAINT = "resource-constraint"
    SERVICE_UNAVAILABLE = "service-unavailable"
    SUBSCRIPTION_REQUIRED = "subscription-required"
    UNDEFINED_CONDITION = "undefined-condition"
    UNEXPECTED_REQUEST = "unexpected-request"

    @property
    def default_type(self) -> ErrorType:
        """The type to send with the condition unless there is a reason for another (`modify` for undefined-condition)."""
        return _DEFAULT_TYPES.get(self, ErrorType.CANCEL)


_AUTH = ("forbidden", "not-authorized", "registration-required", "subscription-required")
_MODIFY = ("bad-request", "jid-malformed", "not-acceptable", "policy-violation", "redirect", "undefined-condition")
_WAIT = ("recipient-unavailable", "remote-server-timeout", "resource-constraint", "unexpected-request")
_DEFAULT_TYPES = {
    **{ErrorCondition(name): ErrorType.AUTH for name in _AUTH},
    **{ErrorCondition(name): ErrorType.MODIFY for name in _MODIFY},
    **{ErrorCondition(name): ErrorType.WAIT for name in _WAIT},
}
_CONDITIONS = {condition.value: condition for condition in ErrorCondition}
_TYPES = {type_.value: type_ for type_ in ErrorType}


class StanzaError:
    """A stanza error (RFC 6120, section 8.3).

    `condition` and `type` say what went wrong; `text` describes it for people, in the language `lang`. `by` is the
    entity that made the error. `application` is the application-specific condition, as it came or as a payload. `uri`
    is the new address that `gone` and `redirect` may carry. `unknown_condition` is the element of a condition that the
    RFC does not define: it counts as undefined-condition.
    """

    __slots__ = ("application", "by", "condition", "lang", "text", "type", "unknown_condition", "uri")

    def __init__(
        self,
        condition: ErrorCondition | str,
        type: ErrorType | str | None = None,
        text: str | None = None,
        *,
        lang: str | None = None,
        by: JID | str | None = None,
        application: Element | Payload | None = None,
        uri: str | None = None,
        unknown_condition: Element | None = None,
    ) -> None:
        self.condition = ErrorCondition(condition)
        self.type = self.condition.default_type if type is None else ErrorType(type)
        self.text = text
        self.lang = lang
        self.by = None if by is None else JID(by)
        self.application = application
        self.uri = uri
        self.unknown_condition = unknown_condition

    @classmethod
    def from_element(cls, element: Element) -> StanzaError:
        """Read an `<error/>`. Whatever it is, it stays an error: what is missing or not understood becomes undefined-condition
        and the type that belongs to the condition. Raises `PayloadError` for a `by` that is no address."""
        condition = ErrorCondition.UNDEFINED_CONDITION
        text = lang = uri = unknown = application = None
        seen = False
        for child in element.elements():
            if child.name == _TEXT:
                text, lang = child.text, child.get(XML_LANG)
            elif child.name[0] != ERROR_NAMESPACE:
                application = child if application is None else application
            elif not seen:
                seen = True
                known = _CONDITIONS.get(child.name[1])
                if known is None:
                    unknown = child
                else:
                    condition = known
                    uri = child.text.strip() or None
        by = element.get("by")
        try:
            address = None if by is None else parse_jid(by)
        except ValueError as error:
            raise PayloadError(str(error), "error@by") from error
        return cls(
            condition,
            _TYPES.get(element.get("type", "") or ""),
            text,
            lang=lang,
            by=address,
            application=application,
            uri=uri,
            unknown_condition=unknown,
        )

    def to_element(self) -> Element:
        """The `<error/>` element."""
        attributes = {"type": self.type.value}
        if self.by is not None:
            attributes["by"] = str(self.by)
        if self.unknown_condition is None:
            condition = Element((ERROR_NAMESPACE, self.condition.value), {}, [self.uri] if self.uri else [])
        else:
            condition = self.unknown_condition
        children: list[Element | str] = [condition]
        if self.text is not None:
            children.append(
                Element(_TEXT, {} if self.lang is None else {XML_LANG: self.lang}, [self.text] if self.text else [])
            )
        if self.application is not None:
            application = self.application
            children.append(application if isinstance(application, Element) else application.to_element())
        return Element(ERROR, attributes, children)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StanzaError):
            return NotImplemented
        return self.to_element() == other.to_element()

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        name = self.condition.value if self.unknown_condition is None else self.unknown_condition.local
        return f"{name} ({self.type.value})" + (f": {self.text}" if self.text else "")

    def __repr__(self) -> str:
        parts = [f"{name}={value!r}" for name in self.__slots__ if (value := getattr(self, name)) is not None]
        return f"StanzaError({', '.join(parts)})"
