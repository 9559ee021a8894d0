"""What a `Connection` tells the program, one event at a time.

Stanzas are events themselves: `Message`, `Presence` and `Iq`, the same classes that are sent. The other events are below.
Those that end in a question mark in their first line are questions: the engine is PAUSED until `Connection.answer` or
`Connection.refuse` (for `TLSRequested`: `tls_established` or `tls_failed`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from ..jid import JID
from ..sasl import Condition, ScramKeys
from ..stanza import Iq, Message, Presence, Stanza
from ..xml import Element
from .errors import StreamError
from .fast import FastToken
from .management import Resumption
from .questions import (
    AnonymousRequested,
    AuthorizationRequested,
    Binding,
    BindRequested,
    ComponentRequested,
    CredentialsOffered,
    CredentialsRequested,
    DialbackRequested,
    ExternalRequested,
    FastTokensChanged,
    FastTokensRequested,
    KeyDerivationRequested,
    PasswordRequested,
    Question,
    RegistrationFormRequested,
    RegistrationRequested,
    ResumeRequested,
    TLSInfo,
    TLSRequested,
    TokenRequested,
)
from .sasl2 import UserAgent
from .server_events import KeyVerified, PairRefused, PairVerified


class Signal(Enum):
    """What `next_event` returns when there is no event."""

    NEED_DATA = "need-data"
    """Everything received was handled; more input or time is needed."""
    PAUSED = "paused"
    """A question is open; nothing moves until it is answered."""


NEED_DATA = Signal.NEED_DATA
PAUSED = Signal.PAUSED


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
class Registered:
    """The account was made (XEP-0077), and the login follows."""

    jid: JID


@dataclass(slots=True)
class RegistrationFailed:
    """The account was not made (XEP-0077). `condition` is the server's stanza error condition; `form` is what the server wants
    to know, if it said so: read it with `RegistrationQuery.from_element`."""

    condition: str
    text: str | None
    form: Element | None


@dataclass(slots=True)
class AuthenticationStarted:
    """A SASL exchange begins (RFC 6120 section 6.4.2). `binding` names the channel binding in use, if any. At a server,
    `user_agent` is what the client says about itself (XEP-0388)."""

    mechanism: str
    binding: str | None = None
    user_agent: UserAgent | None = None


@dataclass(slots=True)
class AuthenticationFailed:
    """A SASL exchange failed (RFC 6120 section 6.5). With `final`, no further try follows. A token whose mechanism failed is
    of no use any more: forget it (XEP-0484 section 4.1)."""

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
class TokenReceived:
    """The server gave us a token for the next login (XEP-0484): keep it in place of any other, like a password, and hand it in
    as `SASL2.token`."""

    token: FastToken


@dataclass(slots=True)
class TokenUsed:
    """A token is about to be sent, with a count: keep it as it is now, before any of our output is written."""

    token: FastToken


@dataclass(slots=True)
class CompressionStarted:
    """What both sides write is compressed by `method` from here on (XEP-0138); the stream begins anew."""

    method: str


@dataclass(slots=True)
class CompressionFailed:
    """The server does not want to compress this stream after all (XEP-0138); it goes on without."""

    condition: str


@dataclass(slots=True)
class ResourceBound:
    """The resource was bound with the login (XEP-0386). `features` are the namespaces of what was switched on with it,
    `results` what the server said to it, such as the metadata of the archive. `Established` follows."""

    jid: JID
    features: Sequence[str]
    results: Sequence[Element]


@dataclass(slots=True)
class Established:
    """Negotiation is complete: stanzas may be sent. `jid` is the full JID of the client's end (RFC 6120 section 7)."""

    jid: JID
    features: Sequence[Element]


@dataclass(slots=True)
class ManagementEnabled:
    """Both sides count stanzas from here on (XEP-0198 section 3). With `id`, the stream can be resumed after a loss, for
    `max_seconds` if the server said so, preferably at `location`."""

    id: str | None
    max_seconds: int | None
    location: str | None


@dataclass(slots=True)
class ManagementFailed:
    """The server does not want to manage this stream (XEP-0198 section 3); it goes on without."""

    condition: str


@dataclass(slots=True)
class Resumed:
    """The earlier stream goes on (XEP-0198 section 5): in place of `Established`. Presence, roster and all else are as they
    were. `acknowledged` had arrived before the loss after all; `resent` is on its way again."""

    jid: JID
    acknowledged: Sequence[Stanza | Element]
    resent: Sequence[Stanza | Element]


@dataclass(slots=True)
class ResumptionFailed:
    """The earlier stream cannot be resumed; a new one follows. `acknowledged` had arrived; of `unknown` nobody can say
    whether it did: send it again, or tell the user. `condition` is the server's stanza error condition."""

    condition: str
    acknowledged: Sequence[Stanza | Element]
    unknown: Sequence[Stanza | Element]


@dataclass(slots=True)
class StanzasAcknowledged:
    """The peer has handled these stanzas of ours (XEP-0198 section 4), the oldest first."""

    stanzas: Sequence[Stanza | Element]


@dataclass(slots=True)
class StanzasUnknown:
    """The stream is over, and the peer did not confirm these stanzas of ours: they may have arrived or not. `StreamEnded`
    follows, or `Disconnected` from a session that goes on with another stream. `times` says when each was sent (seconds since
    1970), where `StreamManagement.epoch` is given."""

    stanzas: Sequence[Stanza | Element]
    times: Sequence[float | None]


@dataclass(slots=True)
class ClientStateChanged:
    """Server: the client says that somebody looks at it again, or that nobody does (XEP-0352). Every stream begins active, a
    resumed one too. `xmppwire.stream.csi` says what can be held back meanwhile."""

    active: bool


@dataclass(slots=True)
class StreamSuspended:
    """The transport is lost, and the stream may be resumed with `resumption`, which holds the stanzas that were not
    acknowledged. `StreamEnded` follows."""

    resumption: Resumption


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
    REGISTRATION_FAILED = "registration-failed"
    """The account that we wanted was not made."""
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
class SeeOtherURI:
    """The server closed the stream to send us to another endpoint (RFC 7395 section 3.6.1). `StreamEnded` follows.

    Connect to `uri` (wss or https; ws and http too where the stream was not secure). One that is less secure than where we
    are is no event.
    """

    uri: str


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


Event = (
    StreamOpened
    | FeaturesReceived
    | Registered
    | RegistrationFailed
    | AuthenticationStarted
    | AuthenticationFailed
    | Authenticated
    | TokenReceived
    | TokenUsed
    | CompressionStarted
    | CompressionFailed
    | ResourceBound
    | Established
    | PairVerified
    | PairRefused
    | KeyVerified
    | ManagementEnabled
    | ManagementFailed
    | Resumed
    | ResumptionFailed
    | StanzasAcknowledged
    | StanzasUnknown
    | StreamSuspended
    | ClientStateChanged
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
    | SeeOtherURI
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
    "Binding",
    "CertificateExpired",
    "ClientStateChanged",
    "ComponentRequested",
    "CompressionFailed",
    "CompressionStarted",
    "CredentialsOffered",
    "CredentialsRequested",
    "DialbackRequested",
    "EndReason",
    "Established",
    "Event",
    "ExternalRequested",
    "FastTokensChanged",
    "FastTokensRequested",
    "FeaturesReceived",
    "KeyDerivationRequested",
    "KeyVerified",
    "ManagementEnabled",
    "ManagementFailed",
    "OutputHigh",
    "OutputLow",
    "PairRefused",
    "PairVerified",
    "PasswordRequested",
    "PeerClosed",
    "Question",
    "Registered",
    "RegistrationFailed",
    "RegistrationFormRequested",
    "RegistrationRequested",
    "ResourceBound",
    "ResumeRequested",
    "Resumed",
    "ResumptionFailed",
    "SeeOtherHost",
    "SeeOtherURI",
    "Signal",
    "Stanza",
    "StanzaRejected",
    "StanzasAcknowledged",
    "StanzasUnknown",
    "StreamEnded",
    "StreamErrorReceived",
    "StreamErrorSent",
    "StreamOpened",
    "StreamSuspended",
    "TLSInfo",
    "TLSRequested",
    "TokenReceived",
    "TokenRequested",
    "TokenUsed",
]
