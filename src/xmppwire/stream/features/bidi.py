"""Bidirectional streams between servers (XEP-0288): what is one way becomes two.

<bidi/> ->      (nothing comes back; then EXTERNAL or dialback, and what either proves counts in both directions)

It comes after TLS and before any proof. The server that was connected to sends nothing before the peer has shown who it is,
and asks about no dialback key on the connection that the key came by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...payload import PayloadError
from ...protocol.bidi import FEATURE_NAMESPACE, NAMESPACE, Bidi
from ...xml import Element, Name
from .base import Conversation, Feature, Outcome

if TYPE_CHECKING:
    from ..negotiation import Negotiation

BIDI = (NAMESPACE, "bidi")


class BidirectionalStream(Feature):
    """The built-in feature for both directions on one stream between servers."""

    name: ClassVar[str] = "bidi"
    element: ClassVar[Name] = (FEATURE_NAMESPACE, "bidi")

    def advertise(self, stream: Negotiation) -> list[Element]:
        return [Element(self.element)] if self._on_offer(stream) else []

    def _on_offer(self, stream: Negotiation) -> bool:
        wanted = stream.federation.may_be_bidirectional
        return wanted and stream.account is None and self.name not in stream.done

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return element.name == BIDI and self._on_offer(stream)

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        stream.federation.bidirectional = True
        try:
            limits = Bidi.from_element(element).limits
        except PayloadError:
            limits = None  # it is a hint, and no reason to give up
        if limits is not None:
            stream.core.peer_bytes, stream.core.peer_seconds = limits.max_bytes, limits.idle_seconds
        return Outcome.DONE
        yield  # a generator that waits for nothing

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        federation = stream.federation
        wanted = federation.may_be_bidirectional and federation.login and federation.trusts(str(federation.remote))
        return self._initiate(stream) if wanted and offered is not None and stream.account is None else None

    def _initiate(self, stream: Negotiation) -> Conversation:
        stream.send(Element(BIDI))
        stream.federation.bidirectional = True
        return Outcome.DONE
        yield  # a generator that waits for nothing
