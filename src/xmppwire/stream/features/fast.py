"""FAST (XEP-0484): logging in by a token, and how tokens come and go.

<fast/> in <authenticate mechanism="HT-..."/> ->           <- <success/>, perhaps with another <token/>
<request-token mechanism="HT-..."/> in any of them ->      <- <token expiry token/> in <success/>

It is no feature by itself: both halves are called by `sasl2`. What tokens are judged by is in `xmppwire.stream.fast`.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...jid import JID
from ...payload import PayloadError
from ...protocol.fast import FastToken as TokenElement
from ...sasl import (
    HT_MECHANISMS,
    Condition,
    HashedTokenClient,
    HashedTokenServer,
    SASLFailure,
    ht_acceptable,
    ht_possible,
)
from ...xml import Element
from ..events import FastTokensChanged, FastTokensRequested
from ..fast import MAX_COUNT, DeviceTokens, FastPolicy, FastToken
from ..sasl2 import SASL2, UserAgent
from .base import Refused, Step, ask
from .sasl_elements import SASL2_PROFILE
from .sasl_exchange import Login, account_of

if TYPE_CHECKING:
    from ..negotiation import Negotiation

NS = "urn:xmpp:fast:0"
FAST = (NS, "fast")
MECHANISM = (NS, "mechanism")
REQUEST = (NS, "request-token")
TOKEN = (NS, "token")
_TRUE = frozenset({"true", "1"})


# --- receiving entity ----------------------------------------------------------------------------------------------


def offered_here(stream: Negotiation, policy: FastPolicy) -> list[str]:
    """The mechanisms on offer: those that the connection has the channel binding for."""
    possible = ht_possible(_bindings(stream))
    return [name for name in policy.mechanisms if name in possible]


def advertise(stream: Negotiation, policy: FastPolicy) -> list[Element]:
    """What goes into the `<inline/>` of SASL2."""
    names: list[Element | str] = [Element(MECHANISM, {}, [name]) for name in offered_here(stream, policy)]
    attributes = {"tls-0rtt": "true"} if policy.early_data else {}
    return [Element(FAST, attributes, names)] if names else []


def serve(
    stream: Negotiation, policy: FastPolicy, element: Element, agent: UserAgent | None
) -> Generator[Step, Any, tuple[Login, FastToken | None]]:
    """A login by token: who it is, and a fresh token if one is due. Raises `SASLFailure`."""
    fast, name = element.find(FAST), element.get("mechanism") or ""
    assert fast is not None  # noqa: S101 - the caller saw it
    if name not in offered_here(stream, policy):
        raise SASLFailure(Condition.INVALID_MECHANISM)
    if agent is None or agent.id is None:
        raise SASLFailure(Condition.MALFORMED_REQUEST, "a token goes with the id of a user agent")
    login = HashedTokenServer(name, _bindings(stream))
    username = login.start(SASL2_PROFILE.decode_child(element, "initial-response"))
    account = account_of(stream, username, Condition.NOT_AUTHORIZED)
    stored = yield from _stored(account, agent.id)
    count = _count(fast)
    token = stored.find(login, policy.time(stream.now), count, early=stream.early)
    fresh: FastToken | None = None
    wanted = _wanted(stream, policy, element)
    if fast.get("invalidate") in _TRUE:
        tokens = DeviceTokens()  # the installation logs out: nothing of it is left
    else:
        tokens = stored.used(token, count)
        if wanted is None and policy.due(token, stream.now):
            wanted = name
    if wanted is not None:
        fresh = policy.issue(wanted, stream.now, stream.config.random)
        tokens = tokens.issued(fresh)
    if not (yield from _keep(account, agent.id, stored, tokens)):
        raise SASLFailure(Condition.TEMPORARY_AUTH_FAILURE, "another login by this token came first")
    return Login(username, account, login.proof(token.token)), fresh


def issue(
    stream: Negotiation, policy: FastPolicy, element: Element, agent: UserAgent | None, account: JID
) -> Generator[Step, Any, FastToken | None]:
    """A token for somebody who has logged in otherwise, if one is wanted and can be kept."""
    wanted = _wanted(stream, policy, element)
    if wanted is None or agent is None or agent.id is None:
        return None
    try:
        stored = yield from _stored(account, agent.id)
    except SASLFailure:
        return None
    fresh = policy.issue(wanted, stream.now, stream.config.random)
    return fresh if (yield from _keep(account, agent.id, stored, stored.issued(fresh))) else None


def write_token(token: FastToken) -> Element:
    """`<token/>`."""
    return TokenElement(expiry=token.expiry, token=token.token).to_element()


def _stored(account: JID, device: str) -> Generator[Step, Any, DeviceTokens]:
    try:
        stored: DeviceTokens | None = yield from ask(FastTokensRequested(account, device))
    except Refused as refused:
        raise SASLFailure(Condition(refused.condition), refused.text) from None
    return stored or DeviceTokens()


def _keep(account: JID, device: str, stored: DeviceTokens, tokens: DeviceTokens) -> Generator[Step, Any, bool]:
    if tokens == stored:
        return True
    try:
        kept: bool = yield from ask(FastTokensChanged(account, device, stored, tokens))
    except Refused:
        return False
    return kept


def _wanted(stream: Negotiation, policy: FastPolicy, element: Element) -> str | None:
    """The mechanism that the client wants a token for, if it is one of ours."""
    request = element.find(REQUEST)
    name = request.get("mechanism") if request is not None else None
    return name if name in offered_here(stream, policy) else None


def _count(fast: Element) -> int | None:
    text = fast.get("count")
    if text is None:
        return None
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 10 or not 0 < int(text) <= MAX_COUNT:
        raise SASLFailure(Condition.MALFORMED_REQUEST, "the count is a positive number")
    return int(text)


def _bindings(stream: Negotiation) -> tuple[Any, ...]:
    return tuple(stream.tls.bindings) if stream.tls is not None else ()


# --- initiating entity ---------------------------------------------------------------------------------------------


def mechanisms_in(fast: Element | None) -> list[str]:
    """What a server's `<fast/>` offers."""
    return [] if fast is None else [child.text.strip() for child in fast.find_all(MECHANISM)]


def usable_token(stream: Negotiation, along: SASL2, fast: Element | None) -> FastToken | None:
    """Our token, if the server takes its mechanism and this connection has the binding."""
    token, credentials = along.token, stream.client.credentials
    if token is None or not credentials.username or credentials.authzid is not None:
        return None  # HT has no place for another identity
    names = ht_acceptable(mechanisms_in(fast), _bindings(stream), stream.client.policy)
    return token if token.mechanism in names else None


def counted(stream: Negotiation, token: FastToken) -> FastToken | None:
    """The token with one use more, where that has to be counted: in early data. None where it has not."""
    early = stream.tls is not None and stream.tls.early_data
    return replace(token, count=token.count + 1) if early and token.count < MAX_COUNT else None


def mechanism_for(stream: Negotiation, token: FastToken) -> HashedTokenClient:
    """The client half of a login by this token."""
    kind = HT_MECHANISMS[token.mechanism]
    binding = next((binding for binding in _bindings(stream) if binding.type == kind), None)
    return HashedTokenClient(token.mechanism, stream.client.credentials.username, token.token, binding)


def use_element(along: SASL2, count: int | None) -> Element:
    """`<fast/>`: a token is in use."""
    attributes = {} if count is None else {"count": str(count)}
    if along.invalidate_token:
        attributes["invalidate"] = "true"
    return Element(FAST, attributes)


def request_for(stream: Negotiation, along: SASL2, fast: Element | None) -> tuple[Element, str] | None:
    """The request for a token, and the mechanism it is for: the best that is possible here."""
    if not along.request_token:
        return None
    names = ht_acceptable(mechanisms_in(fast), _bindings(stream), stream.client.policy)
    return (Element(REQUEST, {"mechanism": names[0]}), names[0]) if names else None


def read_token(success: Element, mechanism: str | None) -> FastToken | None:
    """The token that came with success, for `mechanism`; None if there is none, or it is of no use."""
    element = success.find(TOKEN)
    if element is None or mechanism is None:
        return None
    try:
        token = TokenElement.from_element(element)
        return FastToken(mechanism=mechanism, token=token.token, expiry=token.expiry)
    except (PayloadError, ValueError):
        return None
