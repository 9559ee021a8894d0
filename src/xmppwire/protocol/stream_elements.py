"""RFC 6120's own elements: what streams carry beside stanzas.

The features that one side offers, the error that ends a stream, the switch to TLS, and the exchange of SASL. The engine reads
and writes these by itself; the classes are for those who look at streams.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Base64Lines, Codec, Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.sasl import Condition
from xmppwire.xml import Element

STREAMS_NAMESPACE = "http://etherx.jabber.org/streams"
STREAM_ERRORS_NAMESPACE = "urn:ietf:params:xml:ns:xmpp-streams"
TLS_NAMESPACE = "urn:ietf:params:xml:ns:xmpp-tls"
SASL_NAMESPACE = "urn:ietf:params:xml:ns:xmpp-sasl"

STANDARD = Standard(
    "RFC 6120",
    "Extensible Messaging and Presence Protocol (XMPP): Core",
    Status.PROPOSED,
    namespaces=(
        STREAMS_NAMESPACE,
        STREAM_ERRORS_NAMESPACE,
        TLS_NAMESPACE,
        SASL_NAMESPACE,
        "urn:ietf:params:xml:ns:xmpp-bind",
        "urn:ietf:params:xml:ns:xmpp-session",
        "urn:ietf:params:xml:ns:xmpp-stanzas",
    ),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="stanzas and their errors are in xmppwire.stanza, streams in xmppwire.stream",
)


class StreamErrorCondition(StrEnum):
    """Why a stream ends (section 4.9.3); `see-other-host` is a field of `StreamError`."""

    BAD_FORMAT = "bad-format"
    BAD_NAMESPACE_PREFIX = "bad-namespace-prefix"
    CONFLICT = "conflict"
    CONNECTION_TIMEOUT = "connection-timeout"
    HOST_GONE = "host-gone"
    HOST_UNKNOWN = "host-unknown"
    IMPROPER_ADDRESSING = "improper-addressing"
    INTERNAL_SERVER_ERROR = "internal-server-error"
    INVALID_FROM = "invalid-from"
    INVALID_ID = "invalid-id"
    """Of RFC 3920; the schema still has it."""
    INVALID_NAMESPACE = "invalid-namespace"
    INVALID_XML = "invalid-xml"
    NOT_AUTHORIZED = "not-authorized"
    NOT_WELL_FORMED = "not-well-formed"
    POLICY_VIOLATION = "policy-violation"
    REMOTE_CONNECTION_FAILED = "remote-connection-failed"
    RESET = "reset"
    RESOURCE_CONSTRAINT = "resource-constraint"
    RESTRICTED_XML = "restricted-xml"
    SYSTEM_SHUTDOWN = "system-shutdown"
    UNDEFINED_CONDITION = "undefined-condition"
    UNSUPPORTED_ENCODING = "unsupported-encoding"
    UNSUPPORTED_FEATURE = "unsupported-feature"
    UNSUPPORTED_STANZA_TYPE = "unsupported-stanza-type"
    UNSUPPORTED_VERSION = "unsupported-version"


SaslCondition = Condition
"""Why authentication failed (section 6.5)."""


def _decode_data(text: str) -> bytes | None:
    text = text.strip()
    return None if not text else b"" if text == "=" else Base64Lines.decode(text)


SaslData: Codec[bytes | None] = Codec(
    "base64", _decode_data, lambda value: "" if value is None else Base64Lines.encode(value) or "=", plain=True
)
"""Base64, and `=` for data of no bytes (section 6.4.2). An empty element says that there are no data."""


class StreamFeatures(Payload, ns=STREAMS_NAMESPACE, name="features"):
    """What can be negotiated now (section 4.3.2)."""

    payloads: list[Payload | Element] = field.payloads()


class StreamError(Payload, ns=STREAMS_NAMESPACE, name="error"):
    """Why the stream ends: a condition, or the host and port to connect to instead; text for people, and what the
    application has to say (section 4.9)."""

    condition: StreamErrorCondition | str | None = field.tag(
        Enumeration(StreamErrorCondition, Unknown.KEEP), ns=STREAM_ERRORS_NAMESPACE, default=None
    )
    see_other_host: str | None = field.value(ns=STREAM_ERRORS_NAMESPACE, default=None)
    text: dict[str, str] = field.language_map(ns=STREAM_ERRORS_NAMESPACE)
    payloads: list[Payload | Element] = field.payloads()


class StartTls(Payload, ns=TLS_NAMESPACE, name="starttls"):
    """The feature, and the command to begin (section 5.4)."""

    required: bool = field.flag()


class Proceed(Payload, ns=TLS_NAMESPACE, name="proceed"):
    """The handshake may begin (section 5.4.2.3)."""


class TlsFailure(Payload, ns=TLS_NAMESPACE, name="failure"):
    """There will be no TLS, and no stream either (section 5.4.2.2)."""


class Mechanisms(Payload, ns=SASL_NAMESPACE, name="mechanisms"):
    """The mechanisms of SASL to choose from (section 6.4.1)."""

    mechanisms: list[str] = field.values(name="mechanism")
    payloads: list[Payload | Element] = field.payloads()


class Auth(Payload, ns=SASL_NAMESPACE, name="auth"):
    """Chooses a mechanism, with its first message where it has one (section 6.4.2)."""

    mechanism: str = field.attribute()
    data: bytes | None = field.text(SaslData, default=None)


class Challenge(Payload, ns=SASL_NAMESPACE, name="challenge"):
    """A message of the server (section 6.4.3)."""

    data: bytes | None = field.text(SaslData, default=None)


class Response(Payload, ns=SASL_NAMESPACE, name="response"):
    """A message of the client (section 6.4.3)."""

    data: bytes | None = field.text(SaslData, default=None)


class Abort(Payload, ns=SASL_NAMESPACE, name="abort"):
    """The client gives up (section 6.4.4)."""


class Success(Payload, ns=SASL_NAMESPACE, name="success"):
    """The client is who it says, with the last message of the mechanism where it has one (section 6.4.6)."""

    data: bytes | None = field.text(SaslData, default=None)


class SaslFailure(Payload, ns=SASL_NAMESPACE, name="failure"):
    """Why authentication failed (sections 6.4.5 and 6.5)."""

    condition: SaslCondition | str | None = field.tag(Enumeration(SaslCondition, Unknown.KEEP), default=None)
    text: dict[str, str] = field.language_map()
    payloads: list[Payload | Element] = field.payloads()
