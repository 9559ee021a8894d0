"""Questions: events that wait for an answer of the program, and what the answers are made of.

The engine is PAUSED until `Connection.answer` or `Connection.refuse` (for `TLSRequested`: `tls_established` or `tls_failed`).
Only `DialbackRequested` is answered while the stream goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, cast

from ..jid import JID, JIDError
from ..protocol.in_band_registration import RegistrationQuery
from ..sasl import ChannelBinding, Condition, KeyRequest, ScramKeys, StoredCredentials
from ..stanza import ErrorCondition
from ..xml import Element
from .errors import StreamErrorCondition
from .fast import DeviceTokens
from .management import Resumption
from .sasl2 import UserAgent


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
    early_data: bool = False
    """Early data of TLS 1.3 is in use, which somebody may send again: a server takes logins by token only from it, and those
    with a count only (XEP-0484 section 3.4); a client sends no other."""


@dataclass(slots=True, eq=False)
class Question:
    """An event that waits for `Connection.answer(question, value)` or `Connection.refuse(question, condition)`."""

    pauses: ClassVar[bool] = True
    """Whether nothing moves until it is answered."""

    def problem(self, value: object) -> str | None:
        """What is wrong with `value` as an answer, or None."""
        return None

    def refusal_problem(self, condition: str) -> str | None:
        """What is wrong with `condition` as a refusal, or None."""
        return None if condition in _SASL_CONDITIONS else f"{condition!r} is not a SASL failure condition"


_SASL_CONDITIONS = frozenset(condition.value for condition in Condition)
_STREAM_CONDITIONS = frozenset(set(StreamErrorCondition) - {StreamErrorCondition.SEE_OTHER_HOST})
_STANZA_CONDITIONS = frozenset(condition.value for condition in ErrorCondition)
DIALBACK_CONDITIONS = _STANZA_CONDITIONS | {"remote-connection-failed"}
"""What a dialback error may say (XEP-0220 section 2.5): one word more than stanza errors have."""


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
class CredentialsOffered(Question):
    """Server: keep these keys of an account, which has none for that hash (XEP-0480)? Answer with True once they are stored, or
    with False; the login goes on all the same."""

    jid: JID
    credentials: StoredCredentials = field(repr=False)

    def problem(self, value: object) -> str | None:
        return _want(value, bool, "True or False")


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
class ResumeRequested(Question):
    """Server: go on with which stream (XEP-0198 section 5)? Answer with its `Resumption`; with the count of handled stanzas
    that is still known of a stream that is gone; or with None.

    `jid` is the bare JID that logged in, `id` the stream it asks for, `handled` how much of it the client got. If that
    stream is still open, answer with its `Connection.resumption`, and `hand_over` it when `Resumed` comes. Refuse with a stanza
    error condition.
    """

    jid: JID
    id: str
    handled: int

    def problem(self, value: object) -> str | None:
        if isinstance(value, Resumption) and value.id != self.id:
            return "the answer is the state of another stream"
        if value is None or isinstance(value, Resumption):
            return None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32:
            return None
        return "the answer is a Resumption, a count, or None"

    def refusal_problem(self, condition: str) -> str | None:
        return None if condition in _STANZA_CONDITIONS else f"{condition!r} is not a stanza error condition"


@dataclass(slots=True, eq=False)
class RegistrationFormRequested(Question):
    """Server: what must somebody say who wants an account (XEP-0077)? Answer with the element of a `RegistrationQuery`, with
    empty fields or a form. Refuse with a stanza error condition."""

    domain: JID

    def problem(self, value: object) -> str | None:
        same = isinstance(value, Element) and value.name == RegistrationQuery.element_names[0]
        return None if same else "the answer is the element of a RegistrationQuery"

    def refusal_problem(self, condition: str) -> str | None:
        return None if condition in _STANZA_CONDITIONS else f"{condition!r} is not a stanza error condition"


@dataclass(slots=True, eq=False)
class RegistrationRequested(Question):
    """Server: make this account (XEP-0077)? Answer with True once it is made. Refuse with a stanza error condition: `conflict`
    if there is one of that name, `not-acceptable` if something is missing, `jid-malformed`, `resource-constraint`.
    """

    domain: JID
    query: RegistrationQuery = field(repr=False)

    def problem(self, value: object) -> str | None:
        return None if value is True else "the answer is True; a refusal says why not"

    def refusal_problem(self, condition: str) -> str | None:
        return None if condition in _STANZA_CONDITIONS else f"{condition!r} is not a stanza error condition"


@dataclass(slots=True, eq=False)
class ComponentRequested(Question):
    """Server: which secret does this component prove (XEP-0114)? Answer with it, with a list of them while it is being
    changed, or with None if there is no such component.

    `jid` is the domain that the component wants to speak for. Refuse with a stream error condition: `conflict` if it is
    connected already, `host-unknown`. Nothing is proved yet when this is asked.
    """

    jid: JID

    def problem(self, value: object) -> str | None:
        if value is None:
            return None
        secrets = [value] if isinstance(value, str) else value
        if not isinstance(secrets, list | tuple) or not secrets:
            return "the answer is a secret, a list of secrets, or None"
        for secret in cast("Sequence[object]", secrets):
            if not isinstance(secret, str) or not secret:
                return "a secret is a text that is not empty"
            try:
                secret.encode()
            except UnicodeEncodeError as error:
                return f"a secret that is no text: {error.reason}"
        return None

    def refusal_problem(self, condition: str) -> str | None:
        return None if condition in _STREAM_CONDITIONS else f"{condition!r} is not a stream error condition"


@dataclass(slots=True, eq=False)
class DialbackRequested(Question):
    """Server: has the server of `sender` made this dialback key (XEP-0220)? Ask that server over a stream of your own
    (`Connection.verify_key`), then answer with True or False, or refuse with the condition in `KeyVerified`.

    `sender` wants to write to `to`, a domain of ours; `id` is the stream that the key came by. `certified` says that a
    certificate which TLS verified names `sender` as well. The stream goes on meanwhile, and asks about other pairs. After
    `Limits.dialback_seconds` it answers for itself; what comes later, or after the end of the stream, is ignored.
    """

    pauses: ClassVar[bool] = False

    sender: JID
    to: JID
    id: str
    key: str = field(repr=False)
    certified: bool = False

    def problem(self, value: object) -> str | None:
        return _want(value, bool, "True or False")

    def refusal_problem(self, condition: str) -> str | None:
        return None if condition in DIALBACK_CONDITIONS else f"{condition!r} is not a condition of dialback"


@dataclass(slots=True, eq=False)
class FastTokensRequested(Question):
    """Server: which tokens has this installation of the account (XEP-0484)? Answer with its `DeviceTokens`, or None.

    `device` is the id of its user agent. Refuse with `account-disabled` or `temporary-auth-failure`.
    """

    jid: JID
    device: str

    def problem(self, value: object) -> str | None:
        return None if value is None else _want(value, DeviceTokens, "DeviceTokens or None")


@dataclass(slots=True, eq=False)
class FastTokensChanged(Question):
    """Server: keep these tokens of an installation in place of `previous`? Answer with True once they are stored, with False
    if what is stored is not `previous` any more: then a login by token fails, so that none counts twice.
    """

    jid: JID
    device: str
    previous: DeviceTokens
    tokens: DeviceTokens

    def problem(self, value: object) -> str | None:
        return _want(value, bool, "True or False")


@dataclass(frozen=True, slots=True)
class Binding:
    """What a server says to a client that binds with its login (XEP-0386): the resource, and the results of what was switched
    on with it, such as the metadata of the archive."""

    resource: str | JID
    results: Sequence[Element] = ()


@dataclass(slots=True, eq=False)
class BindRequested(Question):
    """Server: which resource does this client get (RFC 6120 section 7)? Answer with the resourcepart, or the full JID.

    `resource` is what the client asked for, prepared; None leaves the choice to the server. Refuse with a stanza error
    condition: `conflict`, `not-allowed`, `resource-constraint`, `bad-request`.

    With `inline`, it binds with its login (XEP-0386), and a `Binding` may be the answer as well. `tag` is what the resource had
    best begin with, before a slash; `features` are the requests for what `SASL2Offer.bind_features` names. Earlier streams of
    the same `user_agent` id end then, with `conflict`.
    """

    jid: JID
    resource: str | None
    inline: bool = False
    tag: str | None = None
    user_agent: UserAgent | None = None
    features: Sequence[Element] = ()

    def problem(self, value: object) -> str | None:
        if self.inline and isinstance(value, Binding):
            value = value.resource
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
