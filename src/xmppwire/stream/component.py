"""The stream of a component (XEP-0114), both halves: a server lends a domain to a program that knows a secret.

header, to='the domain of the component' ->            <- header with a stream id, or a stream error
<handshake>SHA-1 of id and secret</handshake> ->       <- <handshake/>, or not-authorized
stanzas, each with both addresses

There are no features: TLS is there from the first byte or not at all, and nothing is bound. From then on the component
speaks for every address of its domain; what it sends under another one ends the stream (see `addressing`).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Generator
from typing import Any

from ..jid import JID
from ..xml import Element, StreamStart
from .config import COMPONENT_NAMESPACE, ComponentConfig
from .core import StreamCore
from .errors import StreamErrorCondition
from .events import ComponentRequested, Established, FeaturesReceived, StreamOpened
from .features.base import AWAIT, Refused, Step, ask
from .header import StreamFault, StreamHeader, match_lang, read_header
from .initiating import FEATURES, Script
from .negotiation import Negotiation
from .phases import Cause

HANDSHAKE = (COMPONENT_NAMESPACE, "handshake")


def handshake_digest(stream_id: str, secret: str) -> str:
    """What proves that a component knows the secret (section 3): SHA-1 in hexadecimal digits."""
    return hashlib.sha1((stream_id + secret).encode(), usedforsecurity=False).hexdigest()  # the protocol has no other


# --- the component ---------------------------------------------------------------------------------------------------


def initiate_component(core: StreamCore, stream: Negotiation) -> Script:
    """Open the stream, and prove that we know the secret."""
    config = stream.config
    assert isinstance(config, ComponentConfig)  # noqa: S101 - chosen by the config
    yield from _begin(core, stream)
    core.open_stream(sender=None, to=config.domain, lang=config.lang, version=None)
    header = yield from _receive_header(stream)
    core.peer_lang = header.lang
    yield StreamOpened(header.sender, header.to, header.id, header.version, header.lang)
    if not header.id:
        raise StreamFault(StreamErrorCondition.BAD_FORMAT, "without an id of the stream there is no handshake")
    stream.send(Element(HANDSHAKE, {}, [handshake_digest(header.id, config.secret)]))
    while True:
        element: Element = yield AWAIT
        if element.name == HANDSHAKE:
            break
        if element.name != FEATURES:
            raise StreamFault(StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, "expected <handshake/>")
        # A server that says it speaks version 1.0 owes features. None of them is for components.
        yield FeaturesReceived(list(element.elements()))
    core.allow_more()
    core.establish(config.jid)
    yield Established(config.jid, ())


# --- its server ------------------------------------------------------------------------------------------------------


def receive_component(core: StreamCore, stream: Negotiation) -> Script:
    """Accept a component that is known, and whose handshake is right."""
    yield from _begin(core, stream)
    header = yield from _receive_header(stream)
    yield StreamOpened(header.sender, header.to, header.id, header.version, header.lang)
    domain = _domain(core, stream, header)
    try:
        answer: str | list[str] | None = yield from ask(ComponentRequested(domain))
    except Refused as refused:
        raise StreamFault(StreamErrorCondition(refused.condition), refused.text or "") from None
    if answer is None:
        raise StreamFault(StreamErrorCondition.HOST_UNKNOWN, "no such component is known here")
    secrets = [answer] if isinstance(answer, str) else answer
    core.peer_lang = header.lang
    stream_id = stream.random_id()
    lang = match_lang(header.lang, stream.config.lang)
    core.open_stream(sender=stream.domain, to=None, id=stream_id, lang=lang, version=None)
    element: Element = yield AWAIT
    if element.name != HANDSHAKE:
        raise StreamFault(StreamErrorCondition.NOT_AUTHORIZED, "the handshake comes first")
    given = element.text.strip().encode()
    right = [hmac.compare_digest(given, handshake_digest(stream_id, secret).encode()) for secret in secrets]
    if not any(right):
        raise StreamFault(StreamErrorCondition.NOT_AUTHORIZED, "the handshake is not that of the secret")
    stream.send(Element(HANDSHAKE))
    core.allow_more()
    core.establish(domain)
    yield Established(domain, ())


def _domain(core: StreamCore, stream: Negotiation, header: StreamHeader) -> JID:
    """The domain that the component asks for, which must be one of those for components."""
    if header.to is None:
        raise StreamFault(StreamErrorCondition.IMPROPER_ADDRESSING, "'to' names the component")
    core.server_name = stream.domain = header.to.domainpart
    if header.to not in [JID(name) for name in stream.receiving.domains]:
        raise StreamFault(StreamErrorCondition.HOST_UNKNOWN, "no such component is known here")
    return header.to


# --- both ------------------------------------------------------------------------------------------------------------


def _begin(core: StreamCore, stream: Negotiation) -> Script:
    if stream.config.direct_tls:
        yield from stream.switch_to_tls()
        core.move(Cause.REOPENED)
    else:
        core.move(Cause.START)


def _receive_header(stream: Negotiation) -> Generator[Step, Any, StreamHeader]:
    start: StreamStart = yield AWAIT
    return read_header(start, stream.content_namespace)
