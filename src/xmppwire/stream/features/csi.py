"""Client State Indication (XEP-0352): the server offers it, the client says whether anybody looks at it. Nothing is negotiated.

Every stream begins in the active state, one that is resumed too (section 5). What a server does with the indication is its own
affair: see `xmppwire.stream.csi` for what there is to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...protocol.client_state_indication import NAMESPACE, Active, ClientStateFeature, Inactive
from ...xml import Element, Name
from .base import Conversation, Feature

if TYPE_CHECKING:
    from ..negotiation import Negotiation

CSI: Name = ClientStateFeature.element_names[0]
STATES = {Active.element_names[0]: True, Inactive.element_names[0]: False}


class ClientStateIndication(Feature):
    """The built-in feature that offers it, where `ServerConfig.client_state` says so."""

    name: ClassVar[str] = "csi"
    element: ClassVar[Name] = CSI

    def advertise(self, stream: Negotiation) -> list[Element]:
        offered = getattr(stream.config, "client_state", False)  # a setting of `ServerConfig` only
        return [Element(CSI)] if offered and stream.account is not None else []

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return False

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        raise NotImplementedError("it accepts nothing")

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        return None


def indication(active: bool) -> Element:
    """The element that says whether the client is active."""
    return Element((NAMESPACE, "active" if active else "inactive"))
