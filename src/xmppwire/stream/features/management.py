"""Stream Management (XEP-0198): resumption before binding, enabling behind it, and what flows on an established stream.

<resume h previd/> ->    <- <resumed h previd/>     the stream goes on: nothing is bound, what was lost is sent again
                         <- <failed h?/>            ... or it does not: bind in the same stream, as if for the first time
<enable resume/> ->      <- <enabled id resume/>    counting begins: ours with `enable`, theirs with `enabled`
<r/> ->                  <- <a h/>                  and the other way round
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ...stanza import ErrorCondition
from ...xml import Element, Name
from ..errors import StreamErrorCondition
from ..events import (
    Event,
    ManagementEnabled,
    ManagementFailed,
    ResumeRequested,
    ResumptionFailed,
    StanzasAcknowledged,
)
from ..header import StreamFault
from ..management import NS, WRAP, Acks, Resumption, Sendable, StreamManagement, count_of, is_backwards
from .base import AWAIT, Conversation, Feature, Outcome, Refused, Step, ask

if TYPE_CHECKING:
    from ..core import StreamCore
    from ..negotiation import Negotiation

SM = (NS, "sm")
ENABLE = (NS, "enable")
ENABLED = (NS, "enabled")
RESUME = (NS, "resume")
RESUMED = (NS, "resumed")
FAILED = (NS, "failed")
A = (NS, "a")
R = (NS, "r")
STANZAS_NS = "urn:ietf:params:xml:ns:xmpp-stanzas"
_TRUE = frozenset({"true", "1"})


class StreamResumption(Feature):
    """The built-in feature that goes on with an earlier stream; it comes before binding, which it replaces."""

    name: ClassVar[str] = "resumption"
    element: ClassVar[Name] = SM
    requires: ClassVar[frozenset[str]] = frozenset({"sasl"})

    def advertise(self, stream: Negotiation) -> list[Element]:
        wanted = stream.account is not None and stream.config.management is not None
        return [Element(SM)] if wanted and "management" not in stream.done else []

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return element.name in (RESUME, ENABLE) and stream.jid is None and stream.config.management is not None

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        if element.name == ENABLE:
            # There is nothing to manage before a resource is bound.
            return self._failed(stream, _failure("unexpected-request"))
        reply, resuming = yield from judge_resumption(stream, element)
        if resuming is None:
            return self._failed(stream, reply)
        stream.send(reply)
        stream.resume(*resuming)
        return Outcome.DONE

    def _failed(self, stream: Negotiation, reply: Element) -> Outcome:
        stream.send(reply)
        stream.resume_failures += 1
        if stream.resume_failures >= stream.config.limits.resume_attempts:
            raise StreamFault(StreamErrorCondition.POLICY_VIOLATION, "too many failed tries at resumption")
        return Outcome.NEXT

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        state = stream.client.resume if not stream.between_servers else None
        management = stream.config.management
        if state is None or management is None:
            return None
        return self._initiate(stream, offered, management, state)

    def _initiate(
        self, stream: Negotiation, offered: Element | None, management: StreamManagement, state: Resumption
    ) -> Conversation:
        if offered is None:
            yield ResumptionFailed("feature-not-implemented", (), Acks.of(management, state).leftover())
            return Outcome.DONE
        stream.send(resume_request(state))
        reply: Element = yield AWAIT
        if (failure := conclude_resumption(stream, management, state, reply)) is not None:
            yield failure
        return Outcome.DONE


class EnableManagement(Feature):
    """The built-in feature that enables management once a resource is bound."""

    name: ClassVar[str] = "management"
    element: ClassVar[Name] = SM
    requires: ClassVar[frozenset[str]] = frozenset({"bind"})

    def advertise(self, stream: Negotiation) -> list[Element]:
        return []  # the element stands for both features, and is there already

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return element.name == ENABLE and stream.config.management is not None

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        management = stream.config.management
        assert management is not None  # noqa: S101 - `accepts` saw to it
        reply, acks = grant(stream, management, element)
        stream.send(reply)
        stream.manage(acks)
        yield ManagementEnabled(acks.id, acks.max_seconds, acks.location)
        return Outcome.DONE

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        management = stream.config.management
        return None if offered is None or management is None else self._initiate(stream, management)

    def _initiate(self, stream: Negotiation, management: StreamManagement) -> Conversation:
        stream.send(enable_request(management))
        reply = yield from stream.await_other({ENABLED, FAILED})
        yield conclude_enabling(stream, management, reply)
        return Outcome.DONE


# --- what can also stand inside other elements (section 9) ---------------------------------------------------------

Resuming = tuple[Acks, Resumption, Sequence[Sendable]]
"""The arguments of `Negotiation.resume`."""


def judge_resumption(stream: Negotiation, element: Element) -> Generator[Step, Any, tuple[Element, Resuming | None]]:
    """Receiving entity: the answer to `<resume/>`, and what to go on with once it is sent."""
    management = stream.config.management
    account = stream.account
    assert management is not None and account is not None  # noqa: S101 - the callers saw to it
    handled = count_of(element)
    if handled is None or not element.get("previd"):
        return _failure("bad-request"), None
    question = ResumeRequested(account, element.attributes["previd"], handled)
    try:
        state: Resumption | int | None = yield from ask(question)
    except Refused as refused:
        return _failure(refused.condition), None
    if not isinstance(state, Resumption) or state.jid.bare != account:
        # A stream of somebody else is as good as none: nobody learns that it exists.
        return _failure("item-not-found", state if isinstance(state, int) else None), None
    acks = Acks.of(management, state)
    if is_backwards((handled - acks.acknowledged) % WRAP):
        # An older state of the client, for instance. What it lacks is confirmed, and so not kept any more.
        return _failure("item-not-found", state.handled), None
    confirmed = _confirm(acks, handled)
    return Element(RESUMED, {"h": str(state.handled), "previd": state.id}), (acks, state, confirmed)


def resume_request(state: Resumption) -> Element:
    """Initiating entity: `<resume/>`."""
    return Element(RESUME, {"h": str(state.handled), "previd": state.id})


def conclude_resumption(
    stream: Negotiation, management: StreamManagement, state: Resumption, reply: Element
) -> ResumptionFailed | None:
    """Initiating entity: go on with the stream as the reply to `<resume/>` says, or tell that this is not to be."""
    acks = Acks.of(management, state)
    if reply.name == RESUMED and reply.get("previd") == state.id and (h := count_of(reply)) is not None:
        try:
            confirmed = _confirm(acks, h, more=state.snapshot)
        except StreamFault:
            stream.manage(acks)  # so that the end tells the fate of what is in it
            raise
        stream.resume(acks, state, confirmed)
        return None
    if reply.name != FAILED:
        raise StreamFault(StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, "expected <resumed/> or <failed/>")
    # A count that cannot be says nothing, and is no reason to fail once more with the next login.
    h = count_of(reply)
    confirmed = (None if h is None else acks.acknowledge(h, more=state.snapshot)) or ()
    return ResumptionFailed(_condition(reply), confirmed, acks.leftover())


def grant(stream: Negotiation, management: StreamManagement, element: Element) -> tuple[Element, Acks]:
    """Receiving entity: the answer to `<enable/>`, and the counters to begin with once it is sent."""
    attributes: dict[str, str] = {}
    identifier: str | None = None
    granted: int | None = None
    if management.resume and element.get("resume") in _TRUE:
        identifier = stream.random_id()
        asked = _maximum(element)
        granted = min((one for one in (asked, management.max_seconds) if one is not None), default=None)
        attributes = {"id": identifier, "resume": "true"}
        if granted is not None:
            attributes["max"] = str(granted)
        if management.location is not None:
            attributes["location"] = management.location
    acks = Acks(management, id=identifier, max_seconds=granted, location=management.location)
    return Element(ENABLED, attributes), acks


def enable_request(management: StreamManagement) -> Element:
    """Initiating entity: `<enable/>`."""
    attributes: dict[str, str] = {}
    if management.resume:
        attributes["resume"] = "true"
        if management.max_seconds is not None:
            attributes["max"] = str(management.max_seconds)
    return Element(ENABLE, attributes)


def conclude_enabling(
    stream: Negotiation, management: StreamManagement, reply: Element
) -> ManagementEnabled | ManagementFailed:
    """Initiating entity: count from here on, if the reply to `<enable/>` says so."""
    if reply.name == FAILED:
        return ManagementFailed(_condition(reply))
    resumable = reply.get("resume") in _TRUE and bool(reply.get("id"))
    acks = Acks(
        management,
        id=reply.get("id") if resumable else None,
        max_seconds=_maximum(reply),
        location=reply.get("location"),
    )
    stream.manage(acks)
    return ManagementEnabled(acks.id, acks.max_seconds, acks.location)


# --- on an established stream --------------------------------------------------------------------------------------


def handle(core: StreamCore, element: Element) -> Event | None:
    """What the peer says about counting. Raises `StreamFault` for what makes no sense."""
    acks = core.acks
    if element.name == R and acks is not None:
        core.acknowledge()
        return None
    if element.name == A and acks is not None:
        h = count_of(element)
        if h is None:
            raise StreamFault(StreamErrorCondition.UNDEFINED_CONDITION, "an acknowledgement without a count")
        confirmed = _confirm(acks, h)
        core.acknowledged()
        return StanzasAcknowledged(confirmed) if confirmed else None
    if element.name in (ENABLE, RESUME) and core.config.management is not None:
        core.write_element(_failure("unexpected-request"))
        return None
    raise StreamFault(StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, f"<{element.local}/> is not known here")


def _confirm(acks: Acks, h: int, *, more: bool = False) -> Sequence[Sendable]:
    """Take what the peer has handled from the queue."""
    confirmed = acks.acknowledge(h, more=more)
    if confirmed is None:
        sent = acks.sent_count
        detail = Element((NS, "handled-count-too-high"), {"h": str(h), "send-count": str(sent)})
        text = f"you handled {h} stanzas, and I sent {sent}"
        raise StreamFault(StreamErrorCondition.UNDEFINED_CONDITION, text, detail)
    return confirmed


def _failure(condition: str, handled: int | None = None) -> Element:
    attributes = {} if handled is None else {"h": str(handled)}
    return Element(FAILED, attributes, [Element((STANZAS_NS, condition))])


def _condition(failed: Element) -> str:
    """The stanza error condition in `<failed/>`."""
    found = next((child.local for child in failed.elements() if child.namespace == STANZAS_NS), None)
    return found or ErrorCondition.UNDEFINED_CONDITION.value


def _maximum(element: Element) -> int | None:
    text = (element.get("max") or "").strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 9 and int(text) > 0 else None
