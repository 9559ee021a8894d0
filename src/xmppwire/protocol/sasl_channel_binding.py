"""SASL Channel-Binding Type Capability (XEP-0440).

Which channel bindings the server knows, so that a client does not choose one at random.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:sasl-cb:0"

STANDARD = Standard("XEP-0440", "SASL Channel-Binding Type Capability", Status.STABLE, "1.0.0", namespaces=(NAMESPACE,))


class ChannelBindingType(StrEnum):
    """The channel bindings of TLS (RFC 5929, RFC 9266); IANA's registry may grow."""

    TLS_EXPORTER = "tls-exporter"
    TLS_SERVER_END_POINT = "tls-server-end-point"
    TLS_UNIQUE = "tls-unique"


class ChannelBindings(Payload, ns=NAMESPACE, name="sasl-channel-binding"):
    """The feature (section 2)."""

    types: list[ChannelBindingType | str] = field.values(
        Enumeration(ChannelBindingType, Unknown.KEEP), name="channel-binding", attribute="type"
    )
