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
    from ..core import StreamCore
    from ..negotiation import Negotiation

SASL2_NS = "urn:xmpp:sasl:2"
BIND2_NS = "urn:xmpp:bind:0"
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


def begin(core: StreamCore, stream: Negotiation) -> None:
    """Client: the stream is ready. Find out whether the server takes states, and tell it of one that is not the usual one."""
    config = stream.client_config
    if config is None:
        return
    resumed = config.resume is not None and stream.opening is not None and config.resume.states
    core.takes_states = resumed or stream.offered(CSI) is not None or NAMESPACE in inline_features(stream)
    if core.takes_states and not config.active:
        indicate(core, False)


def indicate(core: StreamCore, active: bool) -> None:
    """Client: tell the server of a state, if it is another."""
    if core.client_active != active:
        core.client_active = active
        core.write_element(indication(active))


def inline_features(stream: Negotiation) -> set[str | None]:
    """What the server can switch on with binding (XEP-0386), as it advertised last."""
    offered = stream.offered((SASL2_NS, "authentication"))
    for name in ((SASL2_NS, "inline"), (BIND2_NS, "bind"), (BIND2_NS, "inline")):
        offered = offered.find(name) if offered is not None else None
    return set() if offered is None else {feature.get("var") for feature in offered.elements()}
