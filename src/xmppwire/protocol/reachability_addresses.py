"""Reachability Addresses (XEP-0152): other ways to reach a user at the moment, as URIs; in presence or published
(node `urn:xmpp:reach:0`)."""

from __future__ import annotations

from xmppwire.payload import URI, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:reach:0"
STANDARD = Standard("XEP-0152", "Reachability Addresses", Status.STABLE, "1.0", (NAMESPACE,), (Role.CLIENT,))


class ReachabilityAddress(Payload, ns=NAMESPACE, name="addr", nested=True):
    """An address with descriptions in several languages."""

    uri: str = field.attribute(URI)
    descriptions: dict[str, str] = field.language_map(name="desc")


class Reachability(Payload, ns=NAMESPACE, name="reach"):
    """The addresses, the preferred one first. An empty one withdraws those published before."""

    addresses: list[ReachabilityAddress] = field.children()
