"""A SASL exchange, whichever elements it is dressed in: what RFC 6120 section 6 and XEP-0388 have in common.

The mechanisms themselves are in `xmppwire.sasl`: bytes in, bytes out. Here stand the tries, and the rules of the stream: what
may be offered when, and whose session it is in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...jid import JID, JIDError
from ...sasl import (
    SUPPORTED,
    AnonymousQuestion,
    Challenge,
    Choice,
    ClientMechanism,
    Condition,
    CredentialsQuestion,
    ExternalQuestion,
    KeyRequest,
    NoSuitableMechanism,
    Offer,
    PasswordQuestion,
    SASLError,
    SASLFailure,
    ScramKeys,
    ServerStep,
    Success,
    TokenQuestion,
    client_mechanism,
    select,
    server_mechanism,
)
from ...xml import Element
from ..errors import StreamErrorCondition
from ..events import (
    AnonymousRequested,
    AuthenticationFailed,
    AuthorizationRequested,
    CredentialsRequested,
    EndReason,
    ExternalRequested,
    KeyDerivationRequested,
    PasswordRequested,
    Question,
    TLSInfo,
    TokenRequested,
)
from ..framing import Framing
from ..header import StreamFault
from .base import GiveUp, Refused, Step, ask, receive_element
from .sasl_elements import Profile, decode_reply, read_failure

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from ..negotiation import Negotiation

HOPELESS = frozenset(
    {
        Condition.ACCOUNT_DISABLED,
        Condition.CREDENTIALS_EXPIRED,
        Condition.ENCRYPTION_REQUIRED,
        Condition.INVALID_AUTHZID,
        Condition.TEMPORARY_AUTH_FAILURE,
    }
)
"""Failures that another mechanism would only repeat."""

_SHOWS_SECRET = frozenset({"PLAIN", "OAUTHBEARER"})


class Login(NamedTuple):
    """How an exchange went at the receiving entity: the name whose credentials were used, whose session it is, and what the
    mechanism wants said with success."""

    authcid: str
    account: JID
    data: bytes | None


# --- receiving entity ----------------------------------------------------------------------------------------------


def current_offer(stream: Negotiation) -> Offer:
    """What is on offer now: depends on TLS, on its channel bindings, and on the client's certificate."""
    tls = stream.tls
    bindings = tuple(binding.type for binding in tls.bindings) if tls is not None else ()
    names: list[str] = []
    for name in stream.receiving.mechanisms:
        if name not in SUPPORTED or (name.endswith("-PLUS") and not bindings):
            continue
        if name in _SHOWS_SECRET and tls is None and not stream.config.allow_plain_without_tls:
            continue
        if name == "EXTERNAL" and (tls is None or tls.peer_certificate is None):
            continue
        names.append(name)
    plus = any(name.endswith("-PLUS") for name in names)
    return Offer(tuple(names), bindings if plus else None)


def serve_exchange(
    stream: Negotiation, profile: Profile, name: str, initial: bytes | None
) -> Generator[Step, Any, Login]:
    """The exchange that a client begins with the mechanism `name`. Raises `SASLFailure`."""
    offer = current_offer(stream)
    if stream.early:
        raise SASLFailure(Condition.NOT_AUTHORIZED, "early data takes a login by token only")
    if name not in offer.mechanisms:
        if name in _SHOWS_SECRET and stream.tls is None and name in stream.receiving.mechanisms:
            raise SASLFailure(Condition.ENCRYPTION_REQUIRED)
        raise SASLFailure(Condition.INVALID_MECHANISM)
    mechanism = server_mechanism(
        name,
        tuple(stream.tls.bindings) if stream.tls is not None else (),
        stream.config.random,
        plus_offered=any(item.endswith("-PLUS") for item in offer.mechanisms),
        offer=offer,
        decoy_secret=stream.decoy_secret,
    )
    step: ServerStep = mechanism.start(initial)
    while not isinstance(step, Success):
        if isinstance(step, Challenge):
            stream.send(profile.challenge(step.data))
            reply = yield from receive_element()
            if reply.name == profile.name("abort"):
                raise SASLFailure(Condition.ABORTED)
            if reply.name != profile.name("response"):
                if reply.namespace != profile.namespace:
                    raise StreamFault(StreamErrorCondition.NOT_AUTHORIZED, "expected <response/> or <abort/>")
                raise SASLFailure(Condition.MALFORMED_REQUEST, "expected <response/> or <abort/>")
            step = mechanism.response(profile.decode(reply) or b"")
            continue
        question = _question(stream, name, step)
        try:
            answer = yield from ask(question)
        except Refused as refused:
            raise SASLFailure(Condition(refused.condition), refused.text) from None
        step = mechanism.answer(answer)
    authcid, account = yield from authorize(stream, step.authcid, step.authzid)
    return Login(authcid, account, step.data)


def authorize(stream: Negotiation, authcid: str, authzid: str | None) -> Generator[Step, Any, tuple[str, JID]]:
    """Whose session it is, for somebody who proved to be `authcid`. Raises `SASLFailure`."""
    proved = account_of(stream, authcid, Condition.NOT_AUTHORIZED)
    account = proved
    if authzid:
        account = account_of(stream, authzid, Condition.INVALID_AUTHZID)
        if account != proved:
            try:
                allowed = yield from ask(AuthorizationRequested(proved, account))
            except Refused:
                allowed = False
            if not allowed:
                raise SASLFailure(Condition.INVALID_AUTHZID)
    return authcid, account


def _question(stream: Negotiation, mechanism: str, step: ServerStep) -> Question:
    match step:
        case CredentialsQuestion(username, hash):
            return CredentialsRequested(
                username, account_of(stream, username, Condition.NOT_AUTHORIZED), hash, mechanism
            )
        case PasswordQuestion(username, password):
            return PasswordRequested(username, account_of(stream, username, Condition.NOT_AUTHORIZED), password)
        case TokenQuestion(token, authzid):
            return TokenRequested(token, authzid)
        case ExternalQuestion(authzid):
            tls = stream.tls
            assert tls is not None  # noqa: S101 - EXTERNAL is offered inside TLS only
            return ExternalRequested(_names_in(tls, stream), authzid, tls)
        case AnonymousQuestion(trace):
            return AnonymousRequested(trace)
        case _:
            raise AssertionError(step)


def count_failure(stream: Negotiation, mechanism: str, failure: SASLFailure) -> Generator[Step, Any, None]:
    """A login failed, and the client was told: after too many of them the stream ends."""
    stream.sasl_failures += 1
    final = stream.sasl_failures >= stream.config.limits.sasl_attempts
    yield AuthenticationFailed(mechanism, failure.condition, failure.text, final)
    if final:
        raise StreamFault(StreamErrorCondition.POLICY_VIOLATION, "too many failed logins") from None


def account_of(stream: Negotiation, name: str, condition: Condition) -> JID:
    """Who a SASL name means. From a client: a localpart of our domain, or a whole address at it (RFC 6120 section 6.3.8).
    From a server: its domain."""
    try:
        if stream.between_servers:
            jid = JID(name)
            if not jid.is_domain:
                raise SASLFailure(condition, "a server logs in as its domain")
            return jid
        if "@" in name:
            jid = JID(name)
            if jid.domainpart != JID(stream.domain).domainpart or not jid.is_bare or jid.localpart is None:
                raise SASLFailure(condition, "no account of this server")
            return jid
        return JID.from_parts(name, stream.domain)
    except JIDError as error:
        raise SASLFailure(condition, str(error)) from None


def _names_in(tls: TLSInfo, stream: Negotiation) -> list[JID]:
    """The names in the peer's certificate that it can log in with here."""
    found: list[JID] = []
    for name in tls.peer_names:
        try:
            jid = JID(name)
        except JIDError:
            continue
        if jid.is_domain if stream.between_servers else (jid.domainpart == stream.domain and jid.localpart is not None):
            found.append(jid.bare)
    return found


# --- initiating entity ---------------------------------------------------------------------------------------------


def choose(stream: Negotiation, offer: Offer, excluded: set[str]) -> Choice:
    """The best way to log in that is left. Raises `NoSuitableMechanism`.

    Over WebSocket and BOSH, where no `-PLUS` is offered there and none worked before, it is as if no binding were at hand.
    There TLS often ends in front of the server; ejabberd 24 then offers no binding, and refuses the flag `y` all the same.
    """
    config, policy = stream.initiating, stream.initiating.policy
    bindings = tuple(stream.tls.bindings) if stream.tls is not None else ()
    if stream.config.framing is Framing.WEBSOCKET and not any(name.endswith("-PLUS") for name in offer.mechanisms):
        bindings = bindings if policy.binding_remembered([binding.type for binding in bindings]) else ()
    return select(offer, bindings, config.credentials, tls=stream.tls is not None, policy=policy, excluded=excluded)


class Tries:
    """The failed logins of one stream at the initiating entity, and whether another is worth it."""

    def __init__(self, stream: Negotiation, offer: Offer) -> None:
        self._stream = stream
        self._offer = offer
        self._count = 0
        self._excluded: set[str] = set()

    def next(self) -> Choice:
        """What to try now. Raises `GiveUp` where nothing is left."""
        try:
            return choose(self._stream, self._offer, self._excluded)
        except NoSuitableMechanism as error:
            raise GiveUp(EndReason.AUTHENTICATION_FAILED, error.reason) from None

    def failed(
        self, mechanism: str, label: str, condition: Condition, text: str | None, hopeless: bool
    ) -> Generator[Step, Any, None]:
        """A try failed. Raises `GiveUp` where no other follows."""
        self._count += 1
        self._excluded.add(label if condition is Condition.NOT_AUTHORIZED else mechanism)
        final = hopeless or self._count >= self._stream.config.limits.sasl_attempts
        if not final:
            try:
                choose(self._stream, self._offer, self._excluded)
            except NoSuitableMechanism:
                final = True
        yield AuthenticationFailed(mechanism, condition, text, final)
        if final:
            words = f"{mechanism} login refused: {condition}" + (f" ({text})" if text else "")
            raise GiveUp(EndReason.AUTHENTICATION_FAILED, words)


def mechanism_for(stream: Negotiation, choice: Choice, offer: Offer) -> ClientMechanism:
    """The client half of a choice. Raises `GiveUp`."""
    low, high = stream.config.limits.scram_iterations
    try:
        return client_mechanism(
            choice,
            stream.initiating.credentials,
            stream.config.random,
            offer=offer,
            min_iterations=low,
            max_iterations=high,
            host=stream.domain,
        )
    except ValueError as error:
        raise GiveUp(EndReason.AUTHENTICATION_FAILED, str(error)) from None


def attempt(
    stream: Negotiation, profile: Profile, mechanism: ClientMechanism
) -> Generator[Step, Any, Element | tuple[Condition, str | None]]:
    """One exchange, once its first element is sent: the element that reports success, or the failure that the server reported.

    The server's proof is the caller's to check. Raises `SASLError`.
    """
    while True:
        reply = yield from receive_element()
        if reply.name == profile.name("failure"):
            return read_failure(reply)
        if reply.name in profile.successes:
            return reply
        if reply.name != profile.name("challenge"):
            raise StreamFault(
                StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, "expected <challenge/>, <success/> or <failure/>"
            )
        answer = mechanism.challenge(decode_reply(profile, reply, abort=True) or b"")
        if isinstance(answer, KeyRequest):
            keys = yield from derive(stream, answer)
            answer = mechanism.derived(keys)
        stream.send(profile.response(answer))


def derive(stream: Negotiation, request: KeyRequest) -> Generator[Step, Any, ScramKeys]:
    """The keys, by the program where that takes long. Raises `SASLError`."""
    if request.iterations <= stream.config.limits.derive_inline:
        return request.derive()
    try:
        keys: ScramKeys = yield from ask(KeyDerivationRequested(request))
    except Refused as refused:
        raise SASLError(refused.text or "the key derivation was refused") from None
    return keys
