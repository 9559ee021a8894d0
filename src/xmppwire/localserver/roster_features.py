"""What a stream announces of rosters (RFC 6121 sections 2.6.1 and 3.4)."""

from __future__ import annotations

from typing import ClassVar

from ..stream.features.base import Conversation, Feature
from ..stream.negotiation import Negotiation
from ..xml import Element, Name


class RosterFeatures(Feature):
    """Announces roster versioning and pre-approval. There is nothing to negotiate."""

    name: ClassVar[str] = "roster"
    element: ClassVar[Name] = ("urn:xmpp:features:rosterver", "ver")
    pre_approval: ClassVar[Name] = ("urn:xmpp:features:pre-approval", "sub")

    def advertise(self, stream: Negotiation) -> list[Element]:
        return [] if stream.account is None else [Element(self.element), Element(self.pre_approval)]

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return False

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        raise NotImplementedError("it accepts nothing")

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        return None
