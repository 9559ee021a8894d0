"""Advanced Message Processing (XEP-0079): rules for the delivery of a message, such as not to store it, or not after
some time.

The sender puts rules into the message. Where one is met, the server acts and, if the rule says so, reports back with
the rule inside.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "http://jabber.org/protocol/amp"
ERRORS_NAMESPACE = "http://jabber.org/protocol/amp#errors"
FEATURE_NAMESPACE = "http://jabber.org/features/amp"
STANDARD = Standard(
    "XEP-0079", "Advanced Message Processing", Status.STABLE, "1.2", (NAMESPACE, ERRORS_NAMESPACE, FEATURE_NAMESPACE)
)


class DeliveryAction(StrEnum):
    """What is done when a rule is met (section 3.4); the registrar may list more."""

    ALERT = "alert"
    DROP = "drop"
    ERROR = "error"
    NOTIFY = "notify"


class DeliveryCondition(StrEnum):
    """When a rule is met (section 3.3); the registrar may list more."""

    DELIVER = "deliver"
    """The value says how the message would be delivered: direct, forward, gateway, none, stored."""
    EXPIRE_AT = "expire-at"
    """The value is a moment (XEP-0082) in UTC."""
    MATCH_RESOURCE = "match-resource"
    """The value is any, exact or other."""


class DeliveryRule(Payload, ns=NAMESPACE, name="rule", nested=True):
    """A rule; what `value` means is the condition's business."""

    action: DeliveryAction | str = field.attribute(Enumeration(DeliveryAction, Unknown.KEEP))
    condition: DeliveryCondition | str = field.attribute(Enumeration(DeliveryCondition, Unknown.KEEP))
    value: str = field.attribute()


class MessageProcessing(Payload, ns=NAMESPACE, name="amp"):
    """The rules of a message, tried in order; the first that is met ends it. `sender` and `to` are those of the
    message.

    `per_hop`: servers on the way look at them too. With a `status` it is a report, of the rule that was met.
    """

    sender: JID | None = field.attribute(name="from", default=None)
    per_hop: bool = field.attribute(default=False)
    status: DeliveryAction | str | None = field.attribute(Enumeration(DeliveryAction, Unknown.KEEP), default=None)
    to: JID | None = field.attribute(default=None)
    rules: list[DeliveryRule] = field.children()


class InvalidRules(Payload, ns=NAMESPACE, name="invalid-rules"):
    """In an error: rules that the server does not accept."""

    rules: list[DeliveryRule] = field.children()


class UnsupportedActions(Payload, ns=NAMESPACE, name="unsupported-actions"):
    """In an error: rules whose action the server does not know."""

    rules: list[DeliveryRule] = field.children()


class UnsupportedConditions(Payload, ns=NAMESPACE, name="unsupported-conditions"):
    """In an error: rules whose condition the server does not know."""

    rules: list[DeliveryRule] = field.children()


class FailedRule(DeliveryRule, ns=ERRORS_NAMESPACE, name="rule", nested=True):
    """A rule with the action `error` that was met."""


class FailedRules(Payload, ns=ERRORS_NAMESPACE, name="failed-rules"):
    """In an error: the rules that were met."""

    rules: list[FailedRule] = field.children()


class MessageProcessingFeature(Payload, ns=FEATURE_NAMESPACE, name="amp"):
    """The stream feature (section 8)."""
