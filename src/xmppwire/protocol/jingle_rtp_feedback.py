"""Jingle RTP Feedback Negotiation (XEP-0293).

Which reports about packets the receiver of a medium sends back (RFC 4585): for a description, or for one of its codecs.
"""

from __future__ import annotations

from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:jingle:apps:rtp:rtcp-fb:0"

STANDARD = Standard("XEP-0293", "Jingle RTP Feedback Negotiation", Status.STABLE, "1.0.2", namespaces=(NAMESPACE,))


class FeedbackParameter(Payload, ns=NAMESPACE, name="parameter", nested=True):
    """A further parameter of a kind of feedback."""

    name: str = field.attribute()
    value: str | None = field.attribute(default=None)


class Feedback(Payload, ns=NAMESPACE, name="rtcp-fb"):
    """A kind of feedback (section 3), `nack` with the subtype `pli` for example."""

    type: str = field.attribute()
    subtype: str | None = field.attribute(default=None)
    parameters: list[FeedbackParameter] = field.children()


class FeedbackInterval(Payload, ns=NAMESPACE, name="rtcp-fb-trr-int"):
    """The least time between two regular reports, in milliseconds (section 3)."""

    value: int = field.attribute(UnsignedInt)
