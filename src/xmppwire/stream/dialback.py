"""Server Dialback (XEP-0220): a domain is shown by asking the server that the DNS names for it.

initiating server                     receiving server                      authoritative server
<db:result from to>key</>         ->  (the program opens a stream)      ->  <db:verify from to id>key</>
<db:result from to type='valid'/> <-  (it answers the question)         <-  <db:verify from to id type='valid'/>

A key is made from a secret, both domains and the id of the stream that it goes by: the authoritative server, usually the
initiating one, knows its own. All goes on while stanzas flow, for as many pairs of domains as there are. What nobody asked
for, on this very stream, is never believed.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from ..jid import JID, JIDError
from ..protocol.server_dialback import NAMESPACE
from ..stanza import ERROR_NAMESPACE
from ..xml import Element, Name
from .domain_policy import DialbackUse
from .errors import LocalProtocolError, StreamErrorCondition
from .events import DialbackRequested, Established, Event, KeyVerified, PairRefused, PairVerified
from .federation import Federation, Pair, check_dialback_key, dialback_key
from .header import StreamFault
from .phases import Phase
from .questions import DIALBACK_CONDITIONS

if TYPE_CHECKING:
    from .core import StreamCore
    from .features.base import Refused, Step

RESULT = (NAMESPACE, "result")
VERIFY = (NAMESPACE, "verify")

MAX_KEY = 1024
"""Characters of a key; ours has 64."""


def in_use(core: StreamCore) -> bool:
    """Whether this is a stream that speaks dialback."""
    return core.federation is not None and core.federation.secret is not None


# --- what comes ----------------------------------------------------------------------------------------------------


def handle(core: StreamCore, element: Element) -> Event | None:
    """An element of dialback. Raises `StreamFault`."""
    federation = _federation(core)
    if element.name not in (RESULT, VERIFY):
        raise StreamFault(StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, f"<{element.local}/> is not of dialback")
    sender, to = _domain(element, "from"), _domain(element, "to")
    identifier = element.get("id")
    if element.name == VERIFY and not identifier:
        raise StreamFault(StreamErrorCondition.BAD_FORMAT, "<verify/> names the stream that the key came by")
    kind = element.get("type")
    if kind in ("valid", "invalid", "error"):
        if element.name == RESULT:
            return _result(core, federation, (to, sender), element, kind)
        return _verdict(core, federation, (sender, to, identifier or ""), element, kind)
    if kind is not None:
        raise StreamFault(StreamErrorCondition.BAD_FORMAT, f"{kind!r} is no type of dialback")
    if federation.remote is not None and not (federation.bidirectional and federation.granted):
        raise StreamFault(StreamErrorCondition.NOT_AUTHORIZED, "keys come by the stream of the other direction")
    if element.name == RESULT:
        return _request(core, federation, (sender, to), element.text.strip())
    _recognize(core, federation, (sender, to), identifier or "", element.text.strip())
    return None


def _request(core: StreamCore, federation: Federation, pair: Pair, key: str) -> DialbackRequested | None:
    """Receiving server: a key that somebody else has to recognize."""
    sender, to = pair
    limits = core.config.limits
    if pair in federation.accepted:
        _reply(core, RESULT, pair, "valid")
        return None
    objection = _objection(federation, pair, key)
    if pair in federation.requests:
        return None  # one answer is for both
    senders = {known for known, _ in federation.accepted} | {known for known, _ in federation.requests}
    full = len(senders) >= limits.peer_domains and sender not in senders
    if full or len(federation.requests) >= limits.dialback_pending:
        objection = objection or "resource-constraint"
    if objection is not None:
        _reply(core, RESULT, pair, "error", condition=objection)
        return None
    request = DialbackRequested(JID(sender), JID(to), str(federation.stream_id), key, federation.certifies(sender))
    federation.requests[pair] = (request, core.now + limits.dialback_seconds)
    _arm(core, federation)
    return request


def _objection(federation: Federation, pair: Pair, key: str | None) -> str | None:
    """The stanza error condition for a pair that is not even looked into (section 2.5)."""
    sender, to = pair
    policy = federation.policies.of(sender)
    if to not in federation.served:
        return "item-not-found"
    if policy.refuse or ((policy.require_tls or federation.require_tls) and not federation.secured):
        return "policy-violation"
    if key is None:  # it only asks about a key of ours
        return None
    if policy.dialback is DialbackUse.NEVER:
        return "not-authorized"
    if policy.dialback is DialbackUse.WITH_CERTIFICATE and not federation.certifies(sender):
        return "not-authorized"
    if sender in federation.served or not 0 < len(key) <= MAX_KEY:
        return "not-acceptable"
    return None


def _recognize(core: StreamCore, federation: Federation, pair: Pair, identifier: str, key: str) -> None:
    """Authoritative server: is this a key that we made?"""
    sender, to = pair
    objection = _objection(federation, pair, None)
    if objection is None and identifier == federation.stream_id:
        objection = "policy-violation"  # nobody is asked on the very connection that is to be proved
    if objection is not None:
        _reply(core, VERIFY, pair, "error", identifier, objection)
        return
    right = check_dialback_key(key, _secret(federation), receiving=sender, originating=to, stream_id=identifier)
    _reply(core, VERIFY, pair, "valid" if right else "invalid", identifier)
    if right and core.clock.handshake is not None:  # somebody who asks about keys of ours is no idler
        core.clock.handshake = core.now + core.config.limits.handshake_seconds


def _result(core: StreamCore, federation: Federation, pair: Pair, element: Element, kind: str) -> Event | None:
    """Initiating server: what the receiving server says to our key."""
    if pair not in federation.asked:
        _check_late(federation, (*pair, ""))
        return None
    del federation.asked[pair]
    _arm(core, federation)
    local, remote = JID(pair[0]), JID(pair[1])
    if kind == "valid":
        federation.grant(*pair)
        return PairVerified(local, remote)
    condition, text = _read_error(element) if kind == "error" else ("invalid", None)
    return PairRefused(local, remote, condition, text)


def _verdict(
    core: StreamCore, federation: Federation, check: tuple[str, str, str], element: Element, kind: str
) -> Event | None:
    """Receiving server: what the authoritative server says to the key that was shown to us."""
    if check not in federation.checks:
        _check_late(federation, check)
        return None
    request, _ = federation.checks.pop(check)
    _arm(core, federation)
    if kind != "error":
        return KeyVerified(request, kind == "valid")
    condition, text = _read_error(element)
    return KeyVerified(request, False, "remote-server-not-found", f"{condition} ({text})" if text else condition)


def _check_late(federation: Federation, answer: tuple[str, str, str]) -> None:
    """An answer that nothing waits for: we may have waited for it once. Raises `StreamFault`."""
    if answer in federation.late:
        federation.late.remove(answer)
        return
    raise StreamFault(StreamErrorCondition.NOT_AUTHORIZED, "an answer of dialback that nobody asked for")


# --- what the program does -----------------------------------------------------------------------------------------


def request_pair(core: StreamCore, local: str, remote: str, now: float, same_host: bool) -> None:
    """Initiating server: show a key for one more pair. Raises `LocalProtocolError`."""
    federation = _federation(core)
    pair = (_own_domain(local), _own_domain(remote))
    if pair in federation.granted or pair in federation.asked:
        raise LocalProtocolError("this pair was asked for")
    if not federation.stream_id:
        raise LocalProtocolError("without an id of the stream there is no dialback")
    if federation.remote is not None:
        if pair[1] != federation.remote:
            if not federation.errors_known:
                raise LocalProtocolError(
                    "the peer does not take dialback errors, so a further target might end the stream"
                )
            if not same_host and not federation.certifies(pair[1]):
                raise LocalProtocolError(f"nothing shows that {pair[1]} is at the other end of this connection")
    elif pair[1] not in {sender for sender, _ in federation.accepted} or not federation.bidirectional:
        raise LocalProtocolError(f"nothing shows that {pair[1]} is at the other end of this connection")
    core.now = max(core.now, now)
    send_key(core, pair, core.now + 2 * core.config.limits.dialback_seconds)


def verify_key(core: StreamCore, request: DialbackRequested, now: float) -> None:
    """Receiving server: ask the authoritative server about a key. Raises `LocalProtocolError`."""
    federation = _federation(core)
    sender, to = request.sender.domainpart, request.to.domainpart
    if federation.remote != sender:
        raise LocalProtocolError(f"a key of {sender} is verified on a stream that we opened to {sender}")
    if any(request is asked for asked, _ in federation.requests.values()):
        raise LocalProtocolError("a key is never verified on the connection that it came by")
    check = (sender, to, request.id)
    if check in federation.checks:
        raise LocalProtocolError("this key is under verification")
    core.now = max(core.now, now)
    attributes = {"from": to, "to": sender, "id": request.id}
    core.write_element(Element(VERIFY, attributes, [request.key]))
    federation.checks[check] = (request, core.now + core.config.limits.dialback_seconds)
    _arm(core, federation)


def conclude(core: StreamCore, request: DialbackRequested, valid: bool, refused: Refused | None) -> bool:
    """Receiving server: the program knows about a key. False: it is wrong, and the stream must end (section 2.2.1)."""
    federation = _federation(core)
    pair = (request.sender.domainpart, request.to.domainpart)
    if pair not in federation.requests or federation.requests[pair][0] is not request:
        return True
    del federation.requests[pair]
    _arm(core, federation)
    if refused is not None:
        _reply(core, RESULT, pair, "error", condition=refused.condition, text=refused.text)
    elif valid:
        federation.allow(*pair)
        _reply(core, RESULT, pair, "valid")
        core.allow_more()
        federation.told.append(PairVerified(request.sender, request.to))
        if core.jid is None:
            core.jid = request.sender
            core.clock.handshake = None
            federation.told.append(Established(request.sender, ()))
    elif federation.accepted:
        _reply(core, RESULT, pair, "error", condition="forbidden")
    else:
        _reply(core, RESULT, pair, "invalid")
        return False
    return True


# --- what the machine does -----------------------------------------------------------------------------------------


def tell(core: StreamCore) -> Generator[Step, Any, None]:
    """Hand out the events that wait."""
    told = _federation(core).told
    while told:
        yield told.popleft()


def next_event(core: StreamCore) -> Event | None:
    """An event that waits, after giving up what has waited too long; None if there is none."""
    federation = _federation(core)
    if core.clock.dialback is not None and core.clock.dialback <= core.now and core.phase is Phase.ESTABLISHED:
        _expire(core, federation)
    return federation.told.popleft() if federation.told and core.phase is Phase.ESTABLISHED else None


def _expire(core: StreamCore, federation: Federation) -> None:
    now = core.now
    for pair in [pair for pair, (_, when) in federation.requests.items() if when <= now]:
        del federation.requests[pair]
        _reply(core, RESULT, pair, "error", condition="remote-server-timeout")
    for check in [check for check, (_, when) in federation.checks.items() if when <= now]:
        request, _ = federation.checks.pop(check)
        federation.late.append(check)
        federation.told.append(KeyVerified(request, False, "remote-server-timeout", "no answer came in time"))
    for pair in [pair for pair, when in federation.asked.items() if when is not None and when <= now]:
        del federation.asked[pair]
        federation.late.append((*pair, ""))
        refused = PairRefused(JID(pair[0]), JID(pair[1]), "remote-server-timeout", "no answer came in time")
        federation.told.append(refused)
    _arm(core, federation)


def abandon(core: StreamCore) -> Generator[Step, Any, None]:
    """The stream is over: nothing that waits will be answered, and the program hears of it."""
    federation = core.federation
    if federation is None:
        return
    while federation.told:
        yield federation.told.popleft()
    while federation.checks:
        _, (request, _) = federation.checks.popitem()
        yield KeyVerified(request, False, "remote-server-timeout", "the stream ended before an answer came")
    while federation.asked:
        (local, remote), _ = federation.asked.popitem()
        yield PairRefused(JID(local), JID(remote), "remote-server-timeout", "the stream ended before an answer came")


# --- parts ---------------------------------------------------------------------------------------------------------


def send_key(core: StreamCore, pair: Pair, deadline: float | None) -> None:
    """Initiating server: show our key for a pair on this stream."""
    federation = _federation(core)
    local, remote = pair
    key = dialback_key(_secret(federation), receiving=remote, originating=local, stream_id=str(federation.stream_id))
    core.write_element(Element(RESULT, {"from": local, "to": remote}, [key]))
    federation.asked[pair] = deadline
    federation.served |= {local}
    _arm(core, federation)


def _reply(
    core: StreamCore,
    name: Name,
    pair: Pair,
    kind: str,
    identifier: str | None = None,
    condition: str | None = None,
    text: str | None = None,
) -> None:
    """Answer what came from `pair`, with the addresses swapped."""
    attributes = {"from": pair[1], "to": pair[0], "type": kind}
    if identifier is not None:
        attributes["id"] = identifier
    reply = Element(name, attributes)
    if condition is not None:
        error = Element((core.content_namespace, "error"), {"type": "cancel"}, [Element((ERROR_NAMESPACE, condition))])
        if text:
            error.append(Element((ERROR_NAMESPACE, "text"), {}, [text]))
        reply.append(error)
    core.write_element(reply)


def _read_error(element: Element) -> tuple[str, str | None]:
    """The condition of a dialback error, and its text."""
    condition, text = "undefined-condition", None
    for child in (part for error in element.elements() for part in error.elements()):
        if child.namespace == ERROR_NAMESPACE and child.local == "text":
            text = child.text
        elif child.namespace == ERROR_NAMESPACE and child.local in DIALBACK_CONDITIONS:
            condition = child.local
    return condition, text


def _domain(element: Element, attribute: str) -> str:
    try:
        jid = JID(element.get(attribute) or "")
    except JIDError:
        jid = None
    if jid is None or not jid.is_domain:
        raise StreamFault(StreamErrorCondition.IMPROPER_ADDRESSING, f"'{attribute}' of <{element.local}/> is a domain")
    return jid.domainpart


def _own_domain(text: str) -> str:
    try:
        jid = JID(text)
    except JIDError as error:
        raise LocalProtocolError(str(error)) from None
    if not jid.is_domain:
        raise LocalProtocolError(f"{text!r} is not a domain")
    return jid.domainpart


def _federation(core: StreamCore) -> Federation:
    assert core.federation is not None  # noqa: S101 - between servers only
    return core.federation


def _secret(federation: Federation) -> str | bytes:
    assert federation.secret is not None  # noqa: S101 - see `in_use`
    return federation.secret


def _arm(core: StreamCore, federation: Federation) -> None:
    core.clock.dialback = federation.deadline()
