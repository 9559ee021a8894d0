"""Components at the local server (XEP-0114): which there may be, and how one is told from a client.

Clients and components come to the same port: the first tag says what somebody is. A server with components looks at that
tag before it gives the stream to an engine (`Doorman`). A component is a `Link` as clients are, with a domain in place of an
account; what is addressed to that domain goes there, and it may send to everybody in the name of all who are in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..jid import JID
from ..stream.config import COMPONENT_NAMESPACE
from ..stream.limits import Limits
from ..xml import StreamReader, StreamStart, XMLError

if TYPE_CHECKING:
    from .link import Link


class Components:
    """The domains of components, their secrets, and the links of those that are connected."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self._links: dict[str, Link] = {}

    def __contains__(self, jid: JID) -> bool:
        """Whether the address is in the domain of a component, connected or not."""
        return jid.domainpart in self.secrets

    def get(self, jid: JID | None) -> Link | None:
        """The link of the component in whose domain the address is, if that is connected."""
        return None if jid is None else self._links.get(jid.domainpart)

    def connected(self) -> list[JID]:
        """The components that are connected."""
        return [link.component for link in self._links.values() if link.component is not None]

    def enter(self, link: Link, domain: JID) -> bool:
        """A component has proved that it knows the secret. False if there is another one for that domain."""
        if domain.domainpart in self._links:
            return False
        link.component = domain
        self._links[domain.domainpart] = link
        return True

    def leave(self, link: Link) -> None:
        """The stream of a component is over, or about to be."""
        if link.component is not None:
            del self._links[link.component.domainpart]
            link.component = None


class Doorman:
    """Looks at the first tag of a stream, and keeps what came until it is there."""

    def __init__(self, limits: Limits) -> None:
        self._reader = StreamReader(limits.before_login)
        self.held = b""

    def is_component(self, data: bytes) -> bool | None:
        """Whether a component is at the door, now that `data` came as well; None if that cannot be said yet."""
        self.held += data
        if not data:
            return False
        self._reader.feed(data)
        try:
            start = self._reader.next()
        except XMLError:
            return False  # the engine for clients will find it too, and say so
        if start is None:
            return None
        return isinstance(start, StreamStart) and start.default_namespace == COMPONENT_NAMESPACE
