"""OAuth Over XMPP (XEP-0235): a request that somebody else has allowed, with OAuth 1.0.

The element stands beside the payload that asks for something. The one for logging in with OAuth 2.0 is a mechanism of SASL, and
in `xmppwire.sasl`.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:oauth:0"
ERRORS_NAMESPACE = "urn:xmpp:oauth:0:errors"

STANDARD = Standard("XEP-0235", "OAuth Over XMPP", Status.DEFERRED, "0.7", namespaces=(NAMESPACE, ERRORS_NAMESPACE))


class OAuthErrorCondition(StrEnum):
    """Why a request is refused (section 5)."""

    DUPLICATED_PARAMETER = "duplicated-parameter"
    INVALID_CONSUMER_KEY = "invalid-consumer-key"
    INVALID_NONCE = "invalid-nonce"
    INVALID_SIGNATURE = "invalid-signature"
    INVALID_TOKEN = "invalid-token"
    MISSING_PARAMETER = "missing-parameter"
    TOKEN_REQUIRED = "token-required"
    UNSUPPORTED_PARAMETER = "unsupported-parameter"
    UNSUPPORTED_SIGNATURE_METHOD = "unsupported-signature-method"


class OAuth(Payload, ns=NAMESPACE, name="oauth"):
    """The parameters of OAuth (section 3). `timestamp` counts seconds since 1970."""

    consumer_key: str | None = field.value(name="oauth_consumer_key", default=None)
    nonce: str | None = field.value(name="oauth_nonce", default=None)
    signature: str | None = field.value(name="oauth_signature", default=None)
    signature_method: str | None = field.value(name="oauth_signature_method", default=None)
    timestamp: int | None = field.value(name="oauth_timestamp", default=None)
    token: str | None = field.value(name="oauth_token", default=None)
    version: str | None = field.value(name="oauth_version", default=None)


class OAuthError(Payload, ns=ERRORS_NAMESPACE, names=tuple(OAuthErrorCondition)):
    """Stands in the stanza error that refuses a request (section 5)."""

    condition: OAuthErrorCondition = field.name()
