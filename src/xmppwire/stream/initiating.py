"""The initiating entity's side of negotiation (RFC 6120 section 4.3), as one script.

header ->            <- header, features
one feature at a time; after those that demand it, all over again on a new stream
until nothing mandatory is left
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from ..jid import JID
from ..xml import StreamStart
from .core import StreamCore
from .errors import STREAM_NS, StreamErrorCondition
from .events import EndReason, Established, FeaturesReceived, StreamOpened
from .features import csi
from .features.base import AWAIT, Conversation, GiveUp, Outcome, Step, receive_element
from .features.stream_limits import limits_of
from .header import StreamFault, read_header
from .negotiation import Negotiation
from .phases import Cause, Phase

FEATURES = (STREAM_NS, "features")

Script = Generator[Step, Any, None]


def initiate(core: StreamCore, stream: Negotiation) -> Script:
    """Negotiate until stanzas may flow."""
    config = stream.initiating
    if config.direct_tls:
        yield from stream.switch_to_tls()
        stream.done.add("starttls")
        core.move(Cause.REOPENED)
    else:
        core.move(Cause.START)
    while True:
        # Who we are is shown once nobody can listen (section 4.7.1); a visitor does not know it yet.
        # A server has nothing to hide.
        shown = stream.tls is not None or stream.between_servers
        core.open_stream(
            sender=config.address if shown else None,
            to=config.domain,
            lang=config.lang,
        )
        if stream.tls is not None:
            for feature in stream.known:
                if feature.ready(stream):
                    yield from feature.anticipate(stream)
        yield from _receive_header(core, stream)
        yield from _receive_features(stream)
        while (outcome := (yield from _negotiate_offered(stream))) is Outcome.FEATURES:
            core.allow_more()
            yield from _receive_features(stream)
        if outcome is not Outcome.RESTART:
            break
        if core.phase is Phase.NEGOTIATING:  # after TLS it is RESTARTING already, with a fresh parser
            core.move(Cause.RESTART)
            core.restart_input()
        if "sasl" in stream.done:
            core.allow_more()
        core.move(Cause.REOPENED)
    address = JID(config.domain) if stream.between_servers else stream.jid
    if address is None or not {"sasl", "dialback"} & stream.done:
        missing = "bind a resource" if "sasl" in stream.done else "log in"
        raise GiveUp(EndReason.NEGOTIATION_FAILED, f"the server offers no way to {missing}")
    core.allow_more()
    limits = limits_of(stream)
    core.peer_bytes, core.peer_seconds = limits.max_bytes, limits.idle_seconds
    if core.federation is not None and "sasl" in stream.done:
        core.federation.grant(str(config.address), config.domain)
    core.establish(address)
    core.untold = ()
    csi.begin(core, stream)
    yield stream.opening or Established(address, stream.features)


def _receive_header(core: StreamCore, stream: Negotiation) -> Script:
    start: StreamStart = yield AWAIT
    header = read_header(start, stream.content_namespace)
    if header.version < (1, 0):
        raise StreamFault(
            StreamErrorCondition.UNSUPPORTED_VERSION, "XMPP 1.0 is needed: older servers have neither TLS nor SASL"
        )
    stream.header = header
    if core.federation is not None:
        core.federation.stream_id = header.id
    core.peer_lang = header.lang
    yield StreamOpened(header.sender, header.to, header.id, header.version, header.lang)


def _receive_features(stream: Negotiation) -> Script:
    # Once we are logged in and bound (XEP-0386), somebody's stanza may come first.
    element = yield from stream.await_other({FEATURES}) if stream.jid is not None else receive_element()
    if element.name != FEATURES:
        raise StreamFault(StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, "expected <stream:features/>")
    stream.features = [
        child for _, child in zip(range(stream.config.limits.features), element.elements(), strict=False)
    ]
    yield FeaturesReceived(stream.features)


def _negotiate_offered(stream: Negotiation) -> Conversation:
    """Negotiate what was offered until a restart is due, or nothing of ours is left."""
    for feature in stream.known:
        while feature.ready(stream):
            conversation = feature.initiate(stream, stream.offered(feature.element))
            if conversation is None:
                break
            outcome = yield from conversation
            if outcome is not Outcome.NEXT:
                stream.done.add(feature.name)
            if outcome in (Outcome.RESTART, Outcome.FEATURES):
                return outcome
    known = {feature.element for feature in stream.known}
    for element in stream.features:
        if element.name not in known and element.find((element.namespace, "required")) is not None:
            raise StreamFault(
                StreamErrorCondition.UNSUPPORTED_FEATURE,
                f"the feature {element.namespace} is required, and not known here",
            )
    return Outcome.DONE
