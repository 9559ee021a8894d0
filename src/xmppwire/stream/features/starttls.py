"""STARTTLS (RFC 6120 section 5, RFC 7590).

The initiating entity sends `<starttls/>`, the receiving one `<proceed/>`, and from the very next byte on the wire belongs
to TLS. Bytes in the clear behind either element were put there by somebody else: they end the stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...xml import Element, Name
from ..errors import StreamErrorCondition
from ..events import EndReason
from ..header import StreamFault
from .base import Conversation, Feature, GiveUp, Outcome, receive_element

if TYPE_CHECKING:
    from ..negotiation import Negotiation

NS = "urn:ietf:params:xml:ns:xmpp-tls"
STARTTLS = (NS, "starttls")
PROCEED = (NS, "proceed")
FAILURE = (NS, "failure")


class StartTLS(Feature):
    """The built-in feature for TLS."""

    name: ClassVar[str] = "starttls"
    element: ClassVar[Name] = STARTTLS

    def advertise(self, stream: Negotiation) -> list[Element]:
        if stream.tls is not None or not stream.receiving.offer_tls:
            return []
        children: list[Element | str] = [Element((NS, "required"))] if stream.config.require_tls else []
        return [Element(STARTTLS, {}, children)]

    def exclusive(self, stream: Negotiation) -> bool:
        return stream.tls is None and stream.config.require_tls

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return element.name == STARTTLS

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        if not self.advertise(stream):
            yield from self._fail(stream, "STARTTLS is not on offer here")
        if stream.has_rest:
            yield from self._fail(stream, "bytes in the clear behind <starttls/>")
        stream.send(Element(PROCEED))
        yield from stream.switch_to_tls()
        return Outcome.RESTART

    def _fail(self, stream: Negotiation, text: str) -> Conversation:
        stream.send(Element(FAILURE))
        raise GiveUp(EndReason.TLS_FAILED, text)
        yield  # a generator, so that it reads like a step of the conversation

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        if stream.tls is not None:
            return None
        if offered is None:
            if not stream.config.require_tls:
                return None
            if not stream.initiating.starttls_unoffered:
                raise GiveUp(EndReason.TLS_FAILED, "the server does not offer STARTTLS, and plaintext is not allowed")
        return self._initiate(stream)

    def _initiate(self, stream: Negotiation) -> Conversation:
        stream.send(Element(STARTTLS))
        stream.asks_for_unoffered_tls = stream.offered(STARTTLS) is None
        reply = yield from receive_element()
        stream.asks_for_unoffered_tls = False
        if reply.name == FAILURE:
            raise GiveUp(EndReason.TLS_FAILED, "the server refused to start TLS")
        if reply.name != PROCEED:
            raise StreamFault(StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, "expected <proceed/>")
        if stream.has_rest:
            raise StreamFault(StreamErrorCondition.POLICY_VIOLATION, "bytes in the clear behind <proceed/>")
        yield from stream.switch_to_tls()
        return Outcome.RESTART
