"""Extensible SASL Profile (XEP-0388): authentication with the rest of the negotiation along, and without a restart.

<authenticate mechanism/> ->     <- <challenge/>
<response/> ->                   <- <success/> and features     the stream goes on, perhaps bound already (XEP-0386)
                                 <- <success/> alone            ... or an earlier one does (XEP-0198 section 9)
                                 <- <continue/>                 ... or something is left to do
                                 <- <failure/>                  ... or another try

It is spoken inside TLS only, where the server offers it and `ClientConfig.sasl2` (`ServerConfig.sasl2`) allows it. Along go the
resource (`bind2`), resumption and management (`management`), and tokens (`fast`).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ...jid import JID, JIDError
from ...sasl import (
    HT_MECHANISMS,
    BindingPolicy,
    ClientMechanism,
    Condition,
    NoSuitableMechanism,
    SASLError,
    SASLFailure,
)
from ...xml import Element, Name
from ..errors import StreamErrorCondition
from ..events import (
    Authenticated,
    AuthenticationStarted,
    EndReason,
    ResumptionFailed,
    TokenReceived,
    TokenUsed,
)
from ..fast import FastToken
from ..header import StreamFault
from ..management import Acks
from ..sasl2 import SASL2, SASL2Offer, UserAgent
from . import bind2, fast, upgrade
from .base import Conversation, Feature, GiveUp, Outcome, Step
from .management import FAILED, RESUME, RESUMED, SM, Resuming, conclude_resumption, judge_resumption, resume_request
from .sasl_elements import (
    AUTHENTICATION,
    CHANNEL_BINDING,
    NS2,
    SASL2_PROFILE,
    content,
    decode_reply,
    read_failure,
    read_offer,
    write_failure,
)
from .sasl_exchange import HOPELESS, Login, Tries, attempt, choose, count_failure, current_offer, mechanism_for
from .sasl_exchange import serve_exchange as serve_mechanism

if TYPE_CHECKING:
    from ..negotiation import Negotiation

INLINE = (NS2, "inline")
MECHANISM = (NS2, "mechanism")
AUTHENTICATE = (NS2, "authenticate")
USER_AGENT = (NS2, "user-agent")
IDENTIFIER = (NS2, "authorization-identifier")


class SASL2Negotiation(Feature):
    """The built-in feature for authentication with what comes along."""

    name: ClassVar[str] = "sasl2"
    element: ClassVar[Name] = AUTHENTICATION

    # --- receiving entity ------------------------------------------------------------------------------------------

    def advertise(self, stream: Negotiation) -> list[Element]:
        ours = _offering(stream)
        names = current_offer(stream).mechanisms
        if ours is None or not names:
            return []
        inline: list[Element | str] = [bind2.advertise(stream, ours.bind_features)]
        if stream.config.management is not None:
            inline.insert(0, Element(SM))
        if ours.fast is not None:
            inline += fast.advertise(stream, ours.fast)
        mechanisms = [Element(MECHANISM, {}, [name]) for name in names]
        tasks = upgrade.write_tasks(list(ours.upgrades))
        return [Element(AUTHENTICATION, {}, [*mechanisms, Element(INLINE, {}, inline), *tasks])]

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return element.namespace == NS2 and _offering(stream) is not None

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        ours = _offering(stream)
        assert ours is not None  # noqa: S101 - `accepts` saw to it
        if element.name != AUTHENTICATE:
            raise StreamFault(StreamErrorCondition.NOT_AUTHORIZED, f"<{element.local}/> without <authenticate/>")
        mechanism = element.get("mechanism") or ""
        token: FastToken | None = None
        try:
            agent = _read_user_agent(element)
            yield AuthenticationStarted(mechanism, None, agent)
            if ours.fast is not None and element.find(fast.FAST) is not None:
                login, token = yield from fast.serve(stream, ours.fast, element, agent)
            else:
                initial = SASL2_PROFILE.decode_child(element, "initial-response")
                login = yield from serve_mechanism(stream, SASL2_PROFILE, mechanism, initial)
            _check_sender(stream, login, mechanism)
            if ours.upgrades:
                login = login._replace(data=(yield from upgrade.serve(stream, ours, element, login)))
        except SASLFailure as failure:
            stream.send(write_failure(SASL2_PROFILE, failure))
            yield from count_failure(stream, mechanism, failure)
            return Outcome.NEXT
        stream.account = login.account
        stream.done.add("sasl")
        yield Authenticated(mechanism, login.account, login.authcid)
        if ours.fast is not None and token is None and element.find(fast.FAST) is None:
            token = yield from fast.issue(stream, ours.fast, element, agent, login.account)
        return (yield from self._begin(stream, ours, element, agent, login, token))

    def _begin(
        self,
        stream: Negotiation,
        ours: SASL2Offer,
        element: Element,
        agent: UserAgent | None,
        login: Login,
        token: FastToken | None,
    ) -> Conversation:
        """Somebody has logged in: do what was asked for along with it, and tell of it all in `<success/>`."""
        children: list[Element | str] = []
        resuming: Resuming | None = None
        bound: bind2.Bound | None = None
        if (resume := element.find(RESUME)) is not None and stream.config.management is not None:
            reply, resuming = yield from judge_resumption(stream, resume)
            children.append(reply)
        if resuming is None and (request := element.find(bind2.BIND)) is not None:
            bound = yield from bind2.bind(stream, request, ours.bind_features, agent)
        if bound is not None:
            children.append(bound.element)
        if token is not None:
            children.append(fast.write_token(token))
        if login.data is not None:
            children.insert(0, Element((NS2, "additional-data"), {}, content(login.data, "")))
        address = resuming[1].jid if resuming is not None else stream.jid or login.account
        children.insert(1 if login.data is not None else 0, Element(IDENTIFIER, {}, [str(address)]))
        stream.send(Element((NS2, "success"), {}, children))
        if resuming is not None:
            stream.resume(*resuming)
            return Outcome.DONE
        if bound is not None:
            yield from bind2.begin(stream, bound)
        return Outcome.FEATURES

    # --- initiating entity -----------------------------------------------------------------------------------------

    def anticipate(self, stream: Negotiation) -> Generator[Step, Any, None]:
        config = stream.client_config
        wanted = config.sasl2 if config is not None else None
        if wanted is None:
            return
        known = next((element for element in wanted.known_features if element.name == AUTHENTICATION), None)
        along = Along.of(stream, wanted, known) if known is not None else None
        if along is not None and along.token is not None:
            stream.anticipated = yield from _try_token(stream, along, along.token)

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        config = stream.client_config
        wanted = config.sasl2 if config is not None else None
        if offered is None or stream.tls is None or wanted is None:
            return None
        along = Along.of(stream, wanted, offered)
        if along.token is None and stream.anticipated is None:
            try:
                choose(stream, read_offer(offered, stream.offered(CHANNEL_BINDING)), set())
            except NoSuitableMechanism:
                return None  # the older profile may have another mechanism, or knows better why there is none
        return self._initiate(stream, along)

    def _initiate(self, stream: Negotiation, along: Along) -> Conversation:
        offer = read_offer(along.offered, stream.offered(CHANNEL_BINDING))
        plus = any(name.endswith("-PLUS") for name in offer.mechanisms)
        if plus and offer.binding_types is None and stream.client.channel_binding is not BindingPolicy.IGNORE:
            # XEP-0440 section 3: with SASL2 this is a mistake or an attack.
            why = "the server offers channel binding without saying which types"
            raise GiveUp(EndReason.AUTHENTICATION_FAILED, why)
        tries = Tries(stream, offer)
        attempted = stream.anticipated if isinstance(stream.anticipated, Try) else None
        stream.anticipated = None
        while True:
            if attempted is None and along.token is not None:
                attempted = yield from _try_token(stream, along, along.token)
            elif attempted is None:
                choice = tries.next()
                binding = choice.binding.type if choice.binding is not None else None
                attempted = Try(along, mechanism_for(stream, choice, offer), choice.label, binding)
                yield from attempted.send(stream, None)
            outcome = yield from self._exchange(stream, attempted.mechanism, attempted.along.upgrades)
            if isinstance(outcome, Element):
                return (yield from self._succeed(stream, attempted, outcome))
            condition, text = outcome
            # Who is refused with a token may still come with a password.
            hopeless = condition in HOPELESS and attempted.label not in HT_MECHANISMS
            yield from tries.failed(attempted.mechanism.name, attempted.label, condition, text, hopeless)
            along.token = attempted = None

    def _exchange(
        self, stream: Negotiation, mechanism: ClientMechanism, upgrades: list[str]
    ) -> Generator[Step, Any, Element | tuple[Condition, str | None]]:
        """The elements behind `<authenticate/>`: `<success/>`, with the server's proof checked, or a failure. `upgrades` are
        the tasks that the server may order."""
        try:
            outcome = yield from attempt(stream, SASL2_PROFILE, mechanism)
            if isinstance(outcome, Element):
                mechanism.success(decode_reply(SASL2_PROFILE, outcome, abort=False, child="additional-data"))
            while isinstance(outcome, Element) and outcome.local == "continue":
                outcome = yield from upgrade.perform(stream, outcome, upgrades)
                if outcome.name == SASL2_PROFILE.name("failure"):
                    outcome = read_failure(outcome)
                elif outcome.name not in SASL2_PROFILE.successes:
                    raise StreamFault(
                        StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, "expected <success/> or <continue/>"
                    )
        except SASLError as error:
            if error.abort:
                stream.send(Element((NS2, "abort")))
            raise GiveUp(EndReason.AUTHENTICATION_FAILED, f"{mechanism.name}: {error.reason}") from None
        return outcome

    def _succeed(self, stream: Negotiation, attempted: Try, success: Element) -> Conversation:
        along, mechanism = attempted.along, attempted.mechanism
        config = stream.client
        address = _address(success)
        stream.account = config.account or address.bare
        stream.done.add("sasl")
        authcid = config.credentials.username or None
        yield Authenticated(mechanism.name, stream.account, authcid, attempted.binding, mechanism.keys)
        if (token := fast.read_token(success, along.token_mechanism)) is not None:
            yield TokenReceived(token)
        state, management = config.resume, config.management
        if along.resume and state is not None and management is not None:
            stream.done.add("resumption")
            reply = success.find(RESUMED)
            reply = success.find(FAILED) if reply is None else reply
            if reply is None:
                yield ResumptionFailed("undefined-condition", (), Acks.of(management, state).leftover())
            elif (failure := conclude_resumption(stream, management, state, reply)) is not None:
                yield failure
            else:
                return Outcome.DONE
        if along.bind is not None and (bound := success.find(bind2.BOUND)) is not None:
            yield from bind2.conclude(stream, along.bind, bound, address)
        return Outcome.FEATURES


@dataclass(slots=True)
class Along:
    """Initiating entity: what to ask for along with the login, of what a server offers for that."""

    wanted: SASL2
    offered: Element
    token: FastToken | None
    """The token to log in with; None once it was refused."""
    fast: Element | None
    bind: bind2.BindRequest | None
    resume: bool
    token_mechanism: str | None = field(default=None)
    """What a token is for that comes with success."""
    upgrades: list[str] = field(default_factory=list[str])
    """The mechanisms that an upgrade to is asked for (XEP-0480)."""

    @classmethod
    def of(cls, stream: Negotiation, wanted: SASL2, offered: Element) -> Along:
        inline = offered.find(INLINE)
        tokens = inline.find(fast.FAST) if inline is not None else None
        binds = inline.find(bind2.BIND) if inline is not None else None
        resumes = inline is not None and inline.find(SM) is not None
        state = stream.client.resume
        if stream.client.compression and any(feature.name == "compression" for feature in stream.known):
            resumes, binds = False, None  # it comes before both, so both come behind the login (XEP-0170 section 2.2)
        # A resource of our own cannot be asked for here, and resumption comes before binding wherever it is done.
        may_bind = stream.client.jid.resourcepart is None and (resumes or state is None)
        return cls(
            wanted,
            offered,
            fast.usable_token(stream, wanted, tokens),
            tokens,
            bind2.request(stream, wanted, binds) if binds is not None and may_bind else None,
            state is not None and resumes,
        )

    def authenticate(self, stream: Negotiation, mechanism: ClientMechanism, token: FastToken | None) -> Element:
        """`<authenticate/>`, the whole of it."""
        self.upgrades = upgrade.requests(stream, self.offered, mechanism.name) if self.wanted.upgrade else []
        children: list[Element | str] = [*upgrade.write_tasks(self.upgrades)]
        if (initial := mechanism.initial()) is not None:
            children.append(Element((NS2, "initial-response"), {}, content(initial, "")))
        if self.wanted.user_agent is not None:
            children.append(_write_user_agent(self.wanted.user_agent))
        self.token_mechanism = None
        if token is not None:
            children.append(fast.use_element(self.wanted, token.count or None))
            self.token_mechanism = token.mechanism
        if (request := fast.request_for(stream, self.wanted, self.fast)) is not None:
            children.append(request[0])
            self.token_mechanism = request[1]
        if self.resume and (state := stream.client.resume) is not None:
            children.append(resume_request(state))
        if self.bind is not None:
            children.append(self.bind.element)
        return Element(AUTHENTICATE, {"mechanism": mechanism.name}, children)


@dataclass(slots=True)
class Try:
    """Initiating entity: a login that is under way, and what was asked for along with it."""

    along: Along
    mechanism: ClientMechanism
    label: str
    binding: str | None

    def send(self, stream: Negotiation, token: FastToken | None) -> Generator[Step, Any, None]:
        yield AuthenticationStarted(self.mechanism.name, self.binding)
        stream.send(self.along.authenticate(stream, self.mechanism, token))


def _try_token(stream: Negotiation, along: Along, token: FastToken) -> Generator[Step, Any, Try]:
    """Begin to log in by a token."""
    kind = HT_MECHANISMS[token.mechanism]
    attempted = Try(along, fast.mechanism_for(stream, token), token.mechanism, kind)
    if (used := fast.counted(stream, token)) is not None:
        token = used
        yield TokenUsed(token)
    yield from attempted.send(stream, token)
    return attempted


def _offering(stream: Negotiation) -> SASL2Offer | None:
    """What a server offers along with SASL2, if it offers that now."""
    config = stream.server_config
    return config.sasl2 if config is not None and stream.tls is not None and stream.account is None else None


def _check_sender(stream: Negotiation, login: Login, mechanism: str) -> None:
    """The account must be the one that the stream's header named (section 2.3)."""
    claimed = stream.header.sender
    if claimed is not None and claimed.bare != login.account and mechanism != "ANONYMOUS":
        raise SASLFailure(Condition.INVALID_AUTHZID, "the stream's 'from' is not the account that logged in")


def _write_user_agent(agent: UserAgent) -> Element:
    texts = (("software", agent.software), ("device", agent.device))
    children: list[Element | str] = [Element((NS2, name), {}, [text]) for name, text in texts if text]
    return Element(USER_AGENT, {"id": agent.id} if agent.id else {}, children)


def _read_user_agent(element: Element) -> UserAgent | None:
    """What a client says about itself. Raises `SASLFailure`."""
    found = element.find(USER_AGENT)
    if found is None:
        return None
    texts = [child.text if (child := found.find((NS2, name))) is not None else None for name in ("software", "device")]
    try:
        return UserAgent(id=(found.get("id") or "").lower() or None, software=texts[0] or None, device=texts[1] or None)
    except ValueError as error:
        raise SASLFailure(Condition.MALFORMED_REQUEST, str(error)) from None


def _address(success: Element) -> JID:
    """Whose session it is. Raises `GiveUp`."""
    identifier = success.find(IDENTIFIER)
    try:
        return JID(identifier.text.strip() if identifier is not None else "")
    except JIDError as error:
        raise GiveUp(EndReason.NEGOTIATION_FAILED, f"the server does not say who we are: {error}") from None
