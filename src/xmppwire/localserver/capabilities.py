"""The server's own capabilities (XEP-0115 section 6.3, XEP-0390): their hashes stand among its stream features, so that clients
need not ask again what it is."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from ..protocol import caps, caps2
from ..protocol.caps import Caps
from ..protocol.disco import DiscoInfo, Identity
from ..protocol.hashes import HashAlgorithm
from ..stream.features.base import Conversation, Feature
from ..stream.negotiation import Negotiation
from ..xml import Element, Name

if TYPE_CHECKING:
    from .hub import Hub

NODE = "https://pypi.org/project/xmppwire/"
"""What names the software in the older hash."""


class Capabilities:
    """What a server says of itself, which does not change while it runs, and its hashes."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @cached_property
    def info(self) -> DiscoInfo:
        """The identity of the server, and what its services announce. The language is said, since hashes depend on it."""
        services = self._hub.services
        return DiscoInfo(
            identities=[Identity(category="server", type="im", name="xmppwire local server", lang="en")],
            features=list(dict.fromkeys(name for service in services for name in service.features)),
            forms=[form for service in services for form in service.forms],
        )

    @cached_property
    def elements(self) -> list[Element]:
        """The hashes."""
        return [one.to_element() for one in self._hashes]

    @cached_property
    def nodes(self) -> frozenset[str]:
        """The nodes at which the info is asked for, by its hashes."""
        old, new = self._hashes
        return frozenset((old.disco_node, *map(caps2.hash_node, new.hashes)))

    @cached_property
    def _hashes(self) -> tuple[Caps, caps2.Caps2]:
        old = Caps(node=NODE, ver=caps.verification_string(self.info), hash=HashAlgorithm.SHA_1)
        return old, caps2.hash_set(self.info)


class CapabilitiesFeature(Feature):
    """Announces the hashes to those who have logged in. There is nothing to negotiate."""

    name: ClassVar[str] = "capabilities"
    element: ClassVar[Name] = Caps.element_names[0]

    def __init__(self, capabilities: Capabilities) -> None:
        self._capabilities = capabilities

    def advertise(self, stream: Negotiation) -> list[Element]:
        return [] if stream.account is None else [one.copy() for one in self._capabilities.elements]

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return False

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        raise NotImplementedError("it accepts nothing")

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        return None
