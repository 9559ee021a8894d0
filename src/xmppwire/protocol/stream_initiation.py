"""Stream Initiation (XEP-0095). Deprecated: Jingle (XEP-0166) took its place.

One client offers a stream of bytes, with what it is for (the profile) and the ways it could travel; the other one chooses
a way.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Payload, field
from xmppwire.protocol.feature_negotiation import FeatureNegotiation
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "http://jabber.org/protocol/si"
STREAM_METHOD = "stream-method"
"""The field of the form that names the ways."""

STANDARD = Standard("XEP-0095", "Stream Initiation", Status.DEPRECATED, "1.2", namespaces=(NAMESPACE,))


class InitiationErrorCondition(StrEnum):
    """Why an offer is refused (section 4.2)."""

    BAD_PROFILE = "bad-profile"
    NO_VALID_STREAMS = "no-valid-streams"


class StreamInitiation(Payload, ns=NAMESPACE, name="si"):
    """An offer, or its acceptance (section 4.1); what the profile has to say is in `payloads`."""

    id: str | None = field.attribute(default=None)
    mime_type: str | None = field.attribute(default=None)
    profile: str | None = field.attribute(default=None)
    payloads: list[Payload | Element] = field.payloads()
    feature: FeatureNegotiation = field.child()


class InitiationError(Payload, ns=NAMESPACE, names=tuple(InitiationErrorCondition)):
    """Stands in the stanza error that refuses an offer (section 4.2)."""

    condition: InitiationErrorCondition = field.name()
