"""What a `Connection` tells the program, one event at a time.

Stanzas are events themselves: `Message`, `Presence` and `Iq`, the same classes that are sent. The other events are below.
Those that end in a question mark in their first line are questions: the engine is PAUSED until `Connection.answer` or
`Connection.refuse` (for `TLSRequested`: `tls_established` or `tls_failed`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from ..jid import JID, JIDError
from ..sasl import ChannelBinding, Condition, KeyRequest, ScramKeys, StoredCredentials
from ..stanza import ErrorCondition, Iq, Message, Presence, Stanza
from ..xml import Element
from .errors import StreamError


class Signal(Enum):
    """What `next_event` returns when there is no event."""

    NEED_DATA = "need-data"
    """Everything received was handled; more input or time is needed."""
    PAUSED = "paused"
    """A question is open; nothing moves until it is answered."""


NEED_DATA = Signal.NEED_DATA
PAUSED = Signal.PAUSED


@dataclass(slots=True)
class TLSInfo:
    """What the TLS layer reports after its handshake.

    `version` is the protocol's name ("TLSv1.3"). `bindings` are the channel bindings that both ends can compute, best
    first (RFC 5929, RFC 9266). `peer_certificate` is the peer's certificate in DER, if it sent one; `peer_names` are the
    XMPP addresses that the TLS layer verified in it (id-on-xmppAddr, RFC 6120 section 13.7.1.4): what EXTERNAL may
    believe. `peer_expires` is the certificate's notAfter on the clock of the engine (seconds), for the checks of
    RFC 6120 section 13.7.2.3.
    """

    version: str
    cipher: str | None = None
    bindings: Sequence[ChannelBinding] = ()
    peer_certificate: bytes | None = field(default=None, repr=False)
    peer_names: Sequence[str] = ()
    peer_expires: float | None = None
    alpn: str | None = None
    server_name: str | None = None


# --- the stream itself ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class StreamOpened:
    """The peer's stream header arrived (RFC 6120 section 4.7); once for each restart."""

    sender: JID | None
    to: JID | None
    id: str | None
    version: tuple[int, int]
    lang: str | None


@dataclass(slots=True)
class FeaturesReceived:
    """The peer's stream features arrived (RFC 6120 section 4.3.2); they replace all earlier ones."""

    features: Sequence[Element]


@dataclass(slots=True)
class AuthenticationStarted:
    """A SASL exchange begins (RFC 6120 section 6.4.2). `binding` names the channel binding in use, if any."""

    mechanism: str
    binding: str | None = None


@dataclass(slots=True)
class AuthenticationFailed:
    """A SASL exchange failed (RFC 6120 section 6.5). With `final`, no further try follows."""

    mechanism: str
    condition: Condition
    text: str | None
    final: bool


@dataclass(slots=True)
class Authenticated:
    """The login succeeded, with mutual authentication where the mechanism has it.

    `jid` is the bare JID that the login gives, as far as it is known (with ANONYMOUS a client learns it at binding).
    `authcid` is the name whose credentials were used. `keys` can be kept and given to the next login in place of the
    password.
    """

    mechanism: str
    jid: JID | None
    authcid: str | None = None
    binding: str | None = None
    keys: ScramKeys | None = field(default=None, repr=False)


@dataclass(slots=True)
class Established:
    """Negotiation is complete: stanzas may be sent. `jid` is the full JID of the client's end (RFC 6120 section 7)."""

    jid: JID
    features: Sequence[Element]


@dataclass(slots=True)
class StanzaRejected:
    """The peer sent a stanza that breaks the rules; it was not handed on, and the stanza error went back to the peer
    where the standard allows an answer. `element` is what came."""

    element: Element
    condition: str
    text: str
    answered: bool


@dataclass(slots=True)
class OutputHigh:
    """More than `Limits.output_high` bytes wait to be written: stop sending until `OutputLow`."""

    size: int


@dataclass(slots=True)
class OutputLow:
    """The waiting output fell below `Limits.output_low`: sending may go on."""

    size: int


@dataclass(slots=True)
class CertificateExpired:
    """The peer's certificate expired while the stream was open (RFC 6120 section 13.7.2.3). The engine goes on: close the
    stream if your policy says so."""


class EndReason(Enum):
    """Why a stream is over."""

    LOCAL_CLOSE = "local-close"
    """We closed it, and the peer answered or the deadline for its answer passed."""
    PEER_CLOSE = "peer-close"
    """The peer closed it in order."""
    STREAM_ERROR_RECEIVED = "stream-error-received"
    """The peer ended it with a stream error."""
    STREAM_ERROR_SENT = "stream-error-sent"
    """We ended it with a stream error, since the peer broke the rules or was too slow."""
    CONNECTION_LOST = "connection-lost"
    """The transport ended without a closing tag."""
    AUTHENTICATION_FAILED = "authentication-failed"
    """Nothing was left to try with the credentials at hand."""
    TLS_FAILED = "tls-failed"
    """TLS was refused, not to be had, or its handshake failed; nothing secret was sent."""
    NEGOTIATION_FAILED = "negotiation-failed"
    """The peer demands a feature that we do not have, or refused one that we need."""


@dataclass(slots=True)
class StreamErrorReceived:
    """The peer reports a stream error (RFC 6120 section 4.9); the stream ends. `StreamEnded` follows."""

    error: StreamError


@dataclass(slots=True)
class StreamErrorSent:
    """The peer broke the rules, or a deadline passed: this stream error is in the output. `StreamEnded` follows."""

    error: StreamError


@dataclass(slots=True)
class SeeOtherHost:
    """The peer sends us elsewhere (RFC 6120 section 4.9.3.19). `StreamEnded` follows.

    Connect to `host` and `port` (None: look up SRV or use the default), but go on to expect the certificate of the
    original domain, under the same TLS policy. `host` is without the brackets of an IPv6 address.
    """

    host: str
    port: int | None
    error: StreamError


@dataclass(slots=True)
class PeerClosed:
    """The peer sent its closing tag: it will send nothing more. Our closing tag is in the output. `StreamEnded` follows."""


@dataclass(slots=True)
class StreamEnded:
    """The last event. Write what is in `data_to_send()`, then close the transport. `clean` is true when both closing
    tags were seen. `text` says in words what was wrong, for a log."""

    reason: EndReason
    clean: bool
    error: StreamError | None = None
    text: str = ""


# --- questions -----------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Question:
    """An event that waits for `Connection.answer(question, value)` or `Connection.refuse(question, condition)`."""

    def problem(self, value: object) -> str | None:
        """What is wrong with `value` as an answer, or None."""
        return None

    def refusal_problem(self, condition: str) -> str | None:
        """What is wrong with `condition` as a refusal, or None."""
        return None if condition in _SASL_CONDITIONS else f"{condition!r} is not a SASL failure condition"


_SASL_CONDITIONS = frozenset(condition.value for condition in Condition)
_STANZA_CONDITIONS = frozenset(condition.value for condition in ErrorCondition)


def _want(value: object, kind: type, name: str) -> str | None:
    return None if isinstance(value, kind) else f"the answer is {name}, not {type(value).__name__}"


def _want_name(value: object) -> str | None:
    if value is None or (isinstance(value, str) and value):
        return None
    return "the answer is a username or None"


@dataclass(slots=True, eq=False)
class TLSRequested(Question):
    """Start TLS on the transport? Write `data_to_send()` first, do the handshake, then `tls_established` or `tls_failed`.

    `server_side` says which role to play. `server_name` is the domain whose certificate a client must check, and what it
    sends as SNI; at a server it is the domain from the stream header.
    """

    server_side: bool
    server_name: str

    def problem(self, value: object) -> str | None:
        return _want(value, TLSInfo, "TLSInfo, by `tls_established`")

    def refusal_problem(self, condition: str) -> str | None:
        return "TLS is refused by `tls_failed`"


@dataclass(slots=True, eq=False)
class KeyDerivationRequested(Question):
    """Derive SCRAM keys? Answer with `ScramKeys`, for instance `request.derive()` run in a thread.

    Asked from `Limits.derive_inline` iterations on; refuse with `temporary-auth-failure` to give up the login.
    """

    request: KeyRequest

    def problem(self, value: object) -> str | None:
        if not isinstance(value, ScramKeys):
            return "the answer is ScramKeys"
        request = self.request
        same = (value.hash, value.salt, value.iterations) == (request.hash, request.salt, request.iterations)
        return None if same else "these keys are for another request"


@dataclass(slots=True, eq=False)
class CredentialsRequested(Question):
    """Server: which stored keys has this account? Answer with `StoredCredentials`, or None if it does not exist.

    `username` is the name as sent; `jid` the bare JID it makes. The keys must be for `hash` ("sha1", "sha256", "sha512").
    Refuse with `account-disabled`, `credentials-expired` or `temporary-auth-failure`.
    """

    username: str
    jid: JID
    hash: str
    mechanism: str

    def problem(self, value: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, StoredCredentials):
            return "the answer is StoredCredentials or None"
        return None if value.hash == self.hash else f"these credentials are for {value.hash}, not {self.hash}"


@dataclass(slots=True, eq=False)
class PasswordRequested(Question):
    """Server: is this the account's password (PLAIN)? Answer with True or False."""

    username: str
    jid: JID
    password: str = field(repr=False)

    def problem(self, value: object) -> str | None:
        return _want(value, bool, "True or False")


@dataclass(slots=True, eq=False)
class TokenRequested(Question):
    """Server: whose is this OAuth 2.0 bearer token (OAUTHBEARER, RFC 7628)? Answer with the username, or None."""

    token: str = field(repr=False)
    authzid: str | None

    def problem(self, value: object) -> str | None:
        return _want_name(value)


@dataclass(slots=True, eq=False)
class ExternalRequested(Question):
    """Server: who is the client with this certificate (EXTERNAL)? Answer with the username, or None.

    `candidates` are the bare JIDs of this server that the TLS layer verified in the certificate.
    """

    candidates: Sequence[JID]
    authzid: str | None
    tls: TLSInfo

    def problem(self, value: object) -> str | None:
        return _want_name(value)


@dataclass(slots=True, eq=False)
class AnonymousRequested(Question):
    """Server: let an anonymous client in? Answer with a fresh username, or None."""

    trace: str | None

    def problem(self, value: object) -> str | None:
        return _want_name(value)


@dataclass(slots=True, eq=False)
class AuthorizationRequested(Question):
    """Server: may `authcid` act as `authzid`, which is somebody else? Answer with True or False."""

    authcid: JID
    authzid: JID

    def problem(self, value: object) -> str | None:
        return _want(value, bool, "True or False")


@dataclass(slots=True, eq=False)
class BindRequested(Question):
    """Server: which resource does this client get (RFC 6120 section 7)? Answer with the resourcepart, or the full JID.

    `resource` is what the client asked for, prepared; None leaves the choice to the server. Refuse with a stanza error
    condition: `conflict`, `not-allowed`, `resource-constraint`, `bad-request`.
    """

    jid: JID
    resource: str | None

    def problem(self, value: object) -> str | None:
        if isinstance(value, JID):
            return None if value.is_full else f"{value} has no resourcepart"
        if not isinstance(value, str) or not value:
            return "the answer is a resourcepart or a full JID"
        try:
            self.jid.with_resource(value)
        except JIDError as error:
            return str(error)
        return None

    def refusal_problem(self, condition: str) -> str | None:
        return None if condition in _STANZA_CONDITIONS else f"{condition!r} is not a stanza error condition"


Event = (
    StreamOpened
    | FeaturesReceived
    | AuthenticationStarted
    | AuthenticationFailed
    | Authenticated
    | Established
    | Message
    | Presence
    | Iq
    | StanzaRejected
    | OutputHigh
    | OutputLow
    | CertificateExpired
    | StreamErrorReceived
    | StreamErrorSent
    | SeeOtherHost
    | PeerClosed
    | StreamEnded
    | Question
    | Element
)
"""Everything that `next_event` may return beside a `Signal`. An `Element` is a first-level element of an extension that
the program registered in its config."""

__all__ = [
    "NEED_DATA",
    "PAUSED",
    "AnonymousRequested",
    "Authenticated",
    "AuthenticationFailed",
    "AuthenticationStarted",
    "AuthorizationRequested",
    "BindRequested",
    "CertificateExpired",
    "CredentialsRequested",
    "EndReason",
    "Established",
    "Event",
    "ExternalRequested",
    "FeaturesReceived",
    "KeyDerivationRequested",
    "OutputHigh",
    "OutputLow",
    "PasswordRequested",
    "PeerClosed",
    "Question",
    "SeeOtherHost",
    "Signal",
    "Stanza",
    "StanzaRejected",
    "StoredCredentials",
    "StreamEnded",
    "StreamErrorReceived",
    "StreamErrorSent",
    "StreamOpened",
    "TLSInfo",
    "TLSRequested",
    "TokenRequested",
]
