"""The receiving entity's side of negotiation (RFC 6120 section 4.3), as one script: the server's end of a client's stream."""

from __future__ import annotations

from ..jid import JID, JIDError
from ..xml import Element, StreamStart
from . import dialback
from .core import StreamCore
from .errors import StreamErrorCondition
from .events import Established, StreamOpened
from .features.base import AWAIT, Conversation, Feature, Outcome
from .federation import NAMESPACE as DIALBACK_NS
from .header import StreamFault, StreamHeader, match_lang, read_header
from .initiating import FEATURES, Script
from .negotiation import Negotiation
from .phases import Cause, Phase

STANZAS = frozenset({"message", "presence", "iq"})


def receive(core: StreamCore, stream: Negotiation) -> Script:
    """Negotiate until the client's stanzas may flow."""
    if stream.config.direct_tls:
        yield from stream.switch_to_tls()
        stream.done.add("starttls")
        core.move(Cause.REOPENED)
    else:
        core.move(Cause.START)
    while True:
        yield from _receive_header(core, stream)
        core.server_name = stream.domain
        _advertise(stream)
        while (outcome := (yield from _serve_features(stream))) is Outcome.FEATURES:
            core.allow_more()
            _advertise(stream)
        if outcome is not Outcome.RESTART:
            break
        stream.restarts += 1
        if core.phase is Phase.NEGOTIATING:  # after TLS it is RESTARTING already, with a fresh parser
            core.move(Cause.RESTART)
            core.restart_input()
        if "sasl" in stream.done:
            core.allow_more()
        core.move(Cause.REOPENED)
    jid = stream.account if stream.between_servers else stream.jid
    if jid is None:  # the peer begins with dialback: a domain is shown on the open stream, or none
        core.establish(None)
        return
    if core.federation is not None:
        core.federation.accepted |= {(jid.domainpart, domain) for domain in core.federation.served}
        if core.federation.bidirectional:
            core.federation.granted.add((stream.domain, jid.domainpart))
    core.allow_more()
    core.establish(jid)
    core.untold = ()
    yield stream.opening or Established(jid, ())


def _receive_header(core: StreamCore, stream: Negotiation) -> Script:
    start: StreamStart = yield AWAIT
    if stream.restarts > stream.config.limits.restarts:
        raise StreamFault(StreamErrorCondition.POLICY_VIOLATION, "too many stream restarts")
    header = read_header(start, stream.content_namespace)
    _check_addresses(stream, header)
    stream.header = header
    core.peer_lang = header.lang
    stream_id = stream.random_id()
    if core.federation is not None:
        core.federation.stream_id = stream_id
    core.open_stream(
        sender=stream.domain,
        to=str(header.sender.bare) if header.sender is not None else None,
        id=stream_id,
        version="1.0" if header.version >= (1, 0) else None,
        lang=match_lang(header.lang, stream.config.lang),
    )
    yield StreamOpened(header.sender, header.to, header.id, header.version, header.lang)
    if header.version < (1, 0):
        raise StreamFault(StreamErrorCondition.UNSUPPORTED_VERSION, "XMPP 1.0 is needed")


def _check_addresses(stream: Negotiation, header: StreamHeader) -> None:
    """The domain asked for must be ours, and neither it nor the client may change once they count."""
    domains = [JID(name).domainpart for name in stream.receiving.domains]
    wanted = header.to.domainpart if header.to is not None else None
    # Without 'to' there is one domain that can be meant, or none (section 4.9.1.3).
    if wanted is None and stream.to_seen is None and len(domains) == 1:
        wanted = domains[0]
    if wanted is None:
        wanted = stream.to_seen
    if wanted not in domains:
        raise StreamFault(StreamErrorCondition.HOST_UNKNOWN, "this domain is not served here")
    if (
        stream.to_seen is not None
        and wanted != stream.to_seen
        and (stream.account is not None or stream.tls is not None)
    ):
        raise StreamFault(StreamErrorCondition.NOT_AUTHORIZED, "the domain cannot change within a connection")
    stream.to_seen = wanted
    stream.domain = wanted
    sender = header.sender
    if sender is None and stream.between_servers and stream.tls is not None:
        raise StreamFault(
            StreamErrorCondition.IMPROPER_ADDRESSING, "a server says who it is once TLS protects the stream"
        )
    if sender is not None and stream.between_servers and stream.federation.policies.of(sender.domainpart).refuse:
        raise StreamFault(StreamErrorCondition.POLICY_VIOLATION, "this domain is not welcome here")
    if sender is not None and stream.account is not None and sender.bare != stream.account:
        raise StreamFault(StreamErrorCondition.INVALID_FROM, "'from' is not the account that logged in")


def _advertise(stream: Negotiation) -> None:
    offered: list[Element | str] = []
    for feature in stream.known:
        offered.extend(feature.advertise(stream))
        if feature.exclusive(stream):
            break
    stream.send(Element(FEATURES, {}, offered))


def _serve_features(stream: Negotiation) -> Conversation:
    """Answer what the client begins, until a restart is due or the client is bound."""
    while not stream.complete:
        element: Element = yield AWAIT
        feature = _feature_for(stream, element)
        if feature is None:
            _refuse(stream, element)
            continue
        outcome = yield from feature.receive(stream, element)
        if outcome is not Outcome.NEXT:
            stream.done.add(feature.name)
        if outcome in (Outcome.RESTART, Outcome.FEATURES):
            return outcome
    return Outcome.DONE


def _feature_for(stream: Negotiation, element: Element) -> Feature | None:
    for feature in stream.known:
        if feature.accepts(stream, element) and feature.requires <= stream.done:
            return feature
        if feature.exclusive(stream):
            return None
    return None


def _refuse(stream: Negotiation, element: Element) -> None:
    """A first-level element that no feature takes now.

    A stanza is for those who are logged in and bound (section 7.1); to the server itself or the own account it would be
    allowed before binding, so it gets a stanza error and not the end of the stream.
    """
    if element.namespace == DIALBACK_NS and dialback.in_use(stream.core):
        dialback.handle(stream.core, element)  # before TLS: it says so
        return
    if element.namespace != stream.content_namespace or element.local not in STANZAS:
        raise StreamFault(StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, f"<{element.local}/> is not known here")
    if stream.account is None or not _to_own_server(stream, element):
        raise StreamFault(StreamErrorCondition.NOT_AUTHORIZED, "a stanza before the stream is negotiated")
    if element.get("type") not in ("error", "result"):
        stream.reject(element, "not-allowed", "bind a resource first")


def _to_own_server(stream: Negotiation, element: Element) -> bool:
    to = element.get("to")
    if to is None:
        return True
    try:
        address = JID(to)
    except JIDError:
        return False
    return address in (JID(stream.domain), stream.account)
