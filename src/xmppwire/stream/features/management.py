"""Stream Management (XEP-0198): resumption before binding, enabling behind it, and what flows on an established stream.

<resume h previd/> ->    <- <resumed h previd/>     the stream goes on: nothing is bound, what was lost is sent again
                         <- <failed h?/>            ... or it does not: bind in the same stream, as if for the first time
<enable resume/> ->      <- <enabled id resume/>    counting begins: ours with `enable`, theirs with `enabled`
<r/> ->                  <- <a h/>                  and the other way round
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

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
from ..management import NS, Acks, Resumption, Sendable, StreamManagement, count_of
from .base import AWAIT, Conversation, Feature, Outcome, Refused, ask

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
        return [Element(SM)] if stream.account is not None and stream.config.management is not None else []

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return element.name in (RESUME, ENABLE) and stream.jid is None and stream.config.management is not None

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        management = stream.config.management
        account = stream.account
        assert management is not None and account is not None  # noqa: S101 - `accepts` and `requires` saw to it
        if element.name == ENABLE:
            return _refuse(stream, "unexpected-request")  # there is nothing to manage before a resource is bound
        handled = count_of(element)
        if handled is None or not element.get("previd"):
            return _refuse(stream, "bad-request")
        question = ResumeRequested(account, element.attributes["previd"], handled)
        try:
            state: Resumption | int | None = yield from ask(question)
        except Refused as refused:
            return _refuse(stream, refused.condition)
        if not isinstance(state, Resumption) or state.jid.bare != account:
            # A stream of somebody else is as good as none: nobody learns that it exists.
            return _refuse(stream, "item-not-found", state if isinstance(state, int) else None)
        acks = Acks.of(management, state)
        confirmed = _confirm(acks, handled)
        stream.send(Element(RESUMED, {"h": str(state.handled), "previd": state.id}))
        stream.resume(acks, state, confirmed)
        return Outcome.DONE

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        state = stream.client.resume if not stream.between_servers else None
        management = stream.config.management
        if state is None or management is None:
            return None
        return self._initiate(stream, offered, management, state)

    def _initiate(
        self, stream: Negotiation, offered: Element | None, management: StreamManagement, state: Resumption
    ) -> Conversation:
        acks = Acks.of(management, state)
        if offered is None:
            yield ResumptionFailed("feature-not-implemented", (), acks.leftover())
            return Outcome.DONE
        stream.send(Element(RESUME, {"h": str(state.handled), "previd": state.id}))
        reply: Element = yield AWAIT
        if reply.name == RESUMED and reply.get("previd") == state.id and (h := count_of(reply)) is not None:
            stream.resume(acks, state, _confirm(acks, h))
            return Outcome.DONE
        if reply.name != FAILED:
            raise StreamFault(StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, "expected <resumed/> or <failed/>")
        confirmed: Sequence[Sendable] = ()
        if (h := count_of(reply)) is not None:
            confirmed = _confirm(acks, h)
        yield ResumptionFailed(_condition(reply), confirmed, acks.leftover())
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
        stream.send(Element(ENABLED, attributes))
        stream.manage(Acks(management, id=identifier, max_seconds=granted, location=management.location))
        yield ManagementEnabled(identifier, granted, management.location)
        return Outcome.DONE

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        management = stream.config.management
        return None if offered is None or management is None else self._initiate(stream, management)

    def _initiate(self, stream: Negotiation, management: StreamManagement) -> Conversation:
        attributes: dict[str, str] = {}
        if management.resume:
            attributes["resume"] = "true"
            if management.max_seconds is not None:
                attributes["max"] = str(management.max_seconds)
        stream.send(Element(ENABLE, attributes))
        reply = yield from stream.await_other({ENABLED, FAILED})
        if reply.name == FAILED:
            yield ManagementFailed(_condition(reply))
            return Outcome.DONE
        resumable = reply.get("resume") in _TRUE and bool(reply.get("id"))
        acks = Acks(
            management,
            id=reply.get("id") if resumable else None,
            max_seconds=_maximum(reply),
            location=reply.get("location"),
        )
        stream.manage(acks)
        yield ManagementEnabled(acks.id, acks.max_seconds, acks.location)
        return Outcome.DONE


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


def _confirm(acks: Acks, h: int) -> Sequence[Sendable]:
    """Take what the peer has handled from the queue."""
    confirmed = acks.acknowledge(h)
    if confirmed is None:
        sent = acks.sent_count
        detail = Element((NS, "handled-count-too-high"), {"h": str(h), "send-count": str(sent)})
        text = f"you handled {h} stanzas, and I sent {sent}"
        raise StreamFault(StreamErrorCondition.UNDEFINED_CONDITION, text, detail)
    return confirmed


def _refuse(stream: Negotiation, condition: str, handled: int | None = None) -> Outcome:
    stream.send(_failure(condition, handled))
    return Outcome.NEXT


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
