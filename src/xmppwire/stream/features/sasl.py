"""SASL negotiation (RFC 6120 section 6), with the channel binding types of XEP-0440.

<auth mechanism/> ->     <- <challenge/>
<response/> ->           <- <success/>     and all over again on a new stream
                         <- <failure/>     ... or another try

What it shares with its successor (XEP-0388) is in `sasl_exchange`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...sasl import Condition, SASLError, SASLFailure
from ...xml import Element, Name
from ..errors import StreamErrorCondition
from ..events import Authenticated, AuthenticationStarted, EndReason
from ..header import StreamFault
from .base import Conversation, Feature, GiveUp, Outcome
from .sasl_elements import (
    BINDING_NS,
    CHANNEL_BINDING,
    MECHANISM,
    MECHANISMS,
    NS,
    SASL_PROFILE,
    content,
    decode_reply,
    read_offer,
    write_failure,
)
from .sasl_exchange import HOPELESS, Tries, attempt, count_failure, current_offer, mechanism_for, serve_exchange

if TYPE_CHECKING:
    from ..negotiation import Negotiation


class SASLNegotiation(Feature):
    """The built-in feature for authentication."""

    name: ClassVar[str] = "sasl"
    element: ClassVar[Name] = MECHANISMS

    def exclusive(self, stream: Negotiation) -> bool:
        return stream.account is None and not stream.between_servers

    # --- receiving entity ------------------------------------------------------------------------------------------

    def advertise(self, stream: Negotiation) -> list[Element]:
        offer = current_offer(stream)
        if stream.account is not None or not offer.mechanisms or (stream.config.require_tls and stream.tls is None):
            return []
        elements = [Element(MECHANISMS, {}, [Element(MECHANISM, {}, [name]) for name in offer.mechanisms])]
        if offer.binding_types:
            types: list[Element | str] = [
                Element((BINDING_NS, "channel-binding"), {"type": name}) for name in offer.binding_types
            ]
            elements.append(Element(CHANNEL_BINDING, {}, types))
        return elements

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return element.namespace == NS and stream.account is None

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        mechanism = element.get("mechanism") or ""
        try:
            if element.name == SASL_PROFILE.name("abort"):
                raise SASLFailure(Condition.ABORTED)
            if element.name != SASL_PROFILE.name("auth"):
                raise SASLFailure(Condition.MALFORMED_REQUEST, f"<{element.local}/> without <auth/>")
            yield AuthenticationStarted(mechanism)
            login = yield from serve_exchange(stream, SASL_PROFILE, mechanism, SASL_PROFILE.decode(element))
        except SASLFailure as failure:
            stream.send(write_failure(SASL_PROFILE, failure))
            yield from count_failure(stream, mechanism, failure)
            return Outcome.NEXT
        claimed = stream.header.sender
        if (
            stream.tls is not None
            and claimed is not None
            and claimed.bare != login.account
            and mechanism != "ANONYMOUS"
        ):
            raise StreamFault(
                StreamErrorCondition.INVALID_FROM, "the stream's 'from' is not the account that logged in"
            )
        stream.send(Element(SASL_PROFILE.name("success"), {}, content(login.data)))
        stream.account = login.account
        yield Authenticated(mechanism, login.account, login.authcid)
        return Outcome.RESTART

    # --- initiating entity -----------------------------------------------------------------------------------------

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        if offered is None or stream.login_failed or not _wanted(stream, offered):
            return None
        if stream.config.require_tls and stream.tls is None:
            raise GiveUp(EndReason.TLS_FAILED, "no login without TLS")
        return self._initiate(stream, offered)

    def _initiate(self, stream: Negotiation, offered: Element) -> Conversation:
        offer = read_offer(offered, stream.offered(CHANNEL_BINDING))
        config = stream.initiating
        tries = Tries(stream, offer)
        while True:
            choice = tries.next()
            binding = choice.binding.type if choice.binding is not None else None
            yield AuthenticationStarted(choice.mechanism, binding)
            mechanism = mechanism_for(stream, choice, offer)
            initial = content(mechanism.initial())
            stream.send(Element(SASL_PROFILE.name("auth"), {"mechanism": mechanism.name}, initial))
            try:
                outcome = yield from attempt(stream, SASL_PROFILE, mechanism)
                if isinstance(outcome, Element):
                    mechanism.success(decode_reply(SASL_PROFILE, outcome, abort=False))
            except SASLError as error:
                if error.abort:
                    stream.send(Element(SASL_PROFILE.name("abort")))
                raise GiveUp(EndReason.AUTHENTICATION_FAILED, f"{mechanism.name}: {error.reason}") from None
            if isinstance(outcome, Element):
                stream.account = config.account
                authcid = config.credentials.username or None
                yield Authenticated(choice.mechanism, stream.account, authcid, binding, mechanism.keys)
                return Outcome.RESTART
            condition, text = outcome
            try:
                yield from tries.failed(choice.mechanism, choice.label, condition, text, condition in HOPELESS)
            except GiveUp:
                if not stream.between_servers or not stream.federation.dialback_left:
                    raise
                stream.login_failed = True
                return Outcome.NEXT


def _wanted(stream: Negotiation, offered: Element) -> bool:
    """Whether to log in with what is offered. A server may have dialback instead."""
    if not stream.between_servers:
        return True
    federation = stream.federation
    external = "EXTERNAL" in read_offer(offered, None).mechanisms
    return federation.login and (not federation.dialback_left or (federation.external and external))
