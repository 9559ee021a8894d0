"""SASL negotiation (RFC 6120 section 6), with the channel binding types of XEP-0440.

The mechanisms themselves are in `xmppwire.sasl`: bytes in, bytes out. Here stand the elements around them, the tries, and
the rules of the stream: what may be offered when, and whose session it is in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

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
from ...xml import Element, Name
from ..errors import StreamErrorCondition
from ..events import (
    AnonymousRequested,
    Authenticated,
    AuthenticationFailed,
    AuthenticationStarted,
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
from ..header import StreamFault
from .base import Conversation, Feature, GiveUp, Outcome, Refused, Step, ask, receive_element
from .sasl_elements import (
    ABORT,
    AUTH,
    BINDING_NS,
    CHALLENGE,
    CHANNEL_BINDING,
    FAILURE,
    MECHANISM,
    MECHANISMS,
    NS,
    RESPONSE,
    SUCCESS,
    content,
    decode,
    decode_reply,
    read_failure,
    read_offer,
    write_failure,
)

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from ..negotiation import Negotiation

_HOPELESS = frozenset(
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


class SASLNegotiation(Feature):
    """The built-in feature for authentication."""

    name: ClassVar[str] = "sasl"
    element: ClassVar[Name] = MECHANISMS

    def exclusive(self, stream: Negotiation) -> bool:
        return stream.account is None

    # --- receiving entity ------------------------------------------------------------------------------------------

    def advertise(self, stream: Negotiation) -> list[Element]:
        offer = self._offer(stream)
        if stream.account is not None or not offer.mechanisms or (stream.config.require_tls and stream.tls is None):
            return []
        elements = [Element(MECHANISMS, {}, [Element(MECHANISM, {}, [name]) for name in offer.mechanisms])]
        if offer.binding_types:
            types: list[Element | str] = [
                Element((BINDING_NS, "channel-binding"), {"type": name}) for name in offer.binding_types
            ]
            elements.append(Element(CHANNEL_BINDING, {}, types))
        return elements

    def _offer(self, stream: Negotiation) -> Offer:
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

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return element.namespace == NS and stream.account is None

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        mechanism = element.get("mechanism") or ""
        try:
            if element.name == ABORT:
                raise SASLFailure(Condition.ABORTED)
            if element.name != AUTH:
                raise SASLFailure(Condition.MALFORMED_REQUEST, f"<{element.local}/> without <auth/>")
            yield AuthenticationStarted(mechanism)
            authcid, account, data = yield from self._exchange(stream, element, mechanism)
        except SASLFailure as failure:
            stream.sasl_failures += 1
            final = stream.sasl_failures >= stream.config.limits.sasl_attempts
            stream.send(write_failure(failure))
            yield AuthenticationFailed(mechanism, failure.condition, failure.text, final)
            if final:
                raise StreamFault(StreamErrorCondition.POLICY_VIOLATION, "too many failed logins") from None
            return Outcome.NEXT
        claimed = stream.header.sender
        if stream.tls is not None and claimed is not None and claimed.bare != account and mechanism != "ANONYMOUS":
            raise StreamFault(
                StreamErrorCondition.INVALID_FROM, "the stream's 'from' is not the account that logged in"
            )
        stream.send(Element(SUCCESS, {}, content(data)))
        stream.account = account
        yield Authenticated(mechanism, account, authcid)
        return Outcome.RESTART

    def _exchange(
        self, stream: Negotiation, element: Element, name: str
    ) -> Generator[Step, Any, tuple[str, JID, bytes | None]]:
        offer = self._offer(stream)
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
        step: ServerStep = mechanism.start(decode(element))
        while not isinstance(step, Success):
            if isinstance(step, Challenge):
                stream.send(Element(CHALLENGE, {}, content(step.data)))
                reply = yield from receive_element()
                if reply.name == ABORT:
                    raise SASLFailure(Condition.ABORTED)
                if reply.name != RESPONSE:
                    if reply.namespace != NS:
                        raise StreamFault(StreamErrorCondition.NOT_AUTHORIZED, "expected <response/> or <abort/>")
                    raise SASLFailure(Condition.MALFORMED_REQUEST, "expected <response/> or <abort/>")
                step = mechanism.response(decode(reply) or b"")
                continue
            question = self._question(stream, name, step)
            try:
                answer = yield from ask(question)
            except Refused as refused:
                raise SASLFailure(Condition(refused.condition), refused.text) from None
            step = mechanism.answer(answer)
        authcid = _account(stream, step.authcid, Condition.NOT_AUTHORIZED)
        account = authcid
        if step.authzid:
            account = _account(stream, step.authzid, Condition.INVALID_AUTHZID)
            if account != authcid:
                try:
                    allowed = yield from ask(AuthorizationRequested(authcid, account))
                except Refused:
                    allowed = False
                if not allowed:
                    raise SASLFailure(Condition.INVALID_AUTHZID)
        return step.authcid, account, step.data

    def _question(self, stream: Negotiation, mechanism: str, step: ServerStep) -> Question:
        match step:
            case CredentialsQuestion(username, hash):
                return CredentialsRequested(username, self._user(stream, username), hash, mechanism)
            case PasswordQuestion(username, password):
                return PasswordRequested(username, self._user(stream, username), password)
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

    def _user(self, stream: Negotiation, username: str) -> JID:
        return _account(stream, username, Condition.NOT_AUTHORIZED)

    # --- initiating entity -----------------------------------------------------------------------------------------

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        if offered is None:
            return None
        if stream.config.require_tls and stream.tls is None:
            raise GiveUp(EndReason.TLS_FAILED, "no login without TLS")
        return self._initiate(stream, offered)

    def _initiate(self, stream: Negotiation, offered: Element) -> Conversation:
        offer = read_offer(offered, stream.offered(CHANNEL_BINDING))
        config = stream.initiating
        excluded: set[str] = set()
        attempt = 0
        while True:
            attempt += 1
            try:
                choice = self._choose(stream, offer, excluded)
            except NoSuitableMechanism as error:
                raise GiveUp(EndReason.AUTHENTICATION_FAILED, error.reason) from None
            binding = choice.binding.type if choice.binding is not None else None
            yield AuthenticationStarted(choice.mechanism, binding)
            mechanism = self._mechanism(stream, choice, offer)
            failure = yield from self._attempt(stream, mechanism)
            if failure is None:
                stream.account = config.account
                authcid = config.credentials.username or None
                yield Authenticated(choice.mechanism, stream.account, authcid, binding, mechanism.keys)
                return Outcome.RESTART
            condition, text = failure
            excluded.add(choice.label if condition is Condition.NOT_AUTHORIZED else choice.mechanism)
            final = condition in _HOPELESS or attempt >= stream.config.limits.sasl_attempts
            if not final:
                try:
                    self._choose(stream, offer, excluded)
                except NoSuitableMechanism:
                    final = True
            yield AuthenticationFailed(choice.mechanism, condition, text, final)
            if final:
                words = f"{choice.mechanism} login refused: {condition}" + (f" ({text})" if text else "")
                raise GiveUp(EndReason.AUTHENTICATION_FAILED, words)

    def _choose(self, stream: Negotiation, offer: Offer, excluded: set[str]) -> Choice:
        config = stream.initiating
        bindings = tuple(stream.tls.bindings) if stream.tls is not None else ()
        return select(
            offer, bindings, config.credentials, tls=stream.tls is not None, policy=config.policy, excluded=excluded
        )

    def _mechanism(self, stream: Negotiation, choice: Choice, offer: Offer) -> ClientMechanism:
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

    def _attempt(
        self, stream: Negotiation, mechanism: ClientMechanism
    ) -> Generator[Step, Any, tuple[Condition, str | None] | None]:
        """One exchange: None on success, else the failure that the server reported."""
        stream.send(Element(AUTH, {"mechanism": mechanism.name}, content(mechanism.initial())))
        try:
            while True:
                reply = yield from receive_element()
                if reply.name == FAILURE:
                    return read_failure(reply)
                if reply.name == SUCCESS:
                    mechanism.success(decode_reply(reply, abort=False))
                    return None
                if reply.name != CHALLENGE:
                    raise StreamFault(
                        StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, "expected <challenge/>, <success/> or <failure/>"
                    )
                answer = mechanism.challenge(decode_reply(reply, abort=True) or b"")
                if isinstance(answer, KeyRequest):
                    keys = yield from self._derive(stream, answer)
                    answer = mechanism.derived(keys)
                stream.send(Element(RESPONSE, {}, content(answer, empty="")))
        except SASLError as error:
            if error.abort:
                stream.send(Element(ABORT))
            raise GiveUp(EndReason.AUTHENTICATION_FAILED, f"{mechanism.name}: {error.reason}") from None

    def _derive(self, stream: Negotiation, request: KeyRequest) -> Generator[Step, Any, ScramKeys]:
        if request.iterations <= stream.config.limits.derive_inline:
            return request.derive()
        try:
            keys: ScramKeys = yield from ask(KeyDerivationRequested(request))
        except Refused as refused:
            raise SASLError(refused.text or "the key derivation was refused") from None
        return keys


def _account(stream: Negotiation, name: str, condition: Condition) -> JID:
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
