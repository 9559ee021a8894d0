"""PubSub Server Information (XEP-0485): servers publish with whom they federate.

It is the item of a pubsub node, by default `serverinfo` at the domain's pubsub service. Name a remote domain only where
it announces this standard itself: that is its consent.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:serverinfo:0"
DEFAULT_NODE = "serverinfo"
NODE_FIELD = "serverinfo-pubsub-node"
"""The field of the server's contact form (XEP-0157) with the `xmpp:` URI of the node."""
STANDARD = Standard(
    "XEP-0485", "PubSub Server Information", Status.STABLE, "1.0.0", (NAMESPACE,), (Role.SERVER, Role.COMPONENT)
)


class Direction(StrEnum):
    """In what direction stanzas flow on a connection, seen from the publisher."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    BIDIRECTIONAL = "bidi"


class FederationConnection(Payload, ns=NAMESPACE, name="connection", nested=True):
    """A connection to the remote domain."""

    type: Direction | None = field.attribute(default=None)


class RemoteDomain(Payload, ns=NAMESPACE, name="remote-domain", nested=True):
    """A domain that is federated with; without name where it has not consented."""

    name: str | None = field.attribute(default=None)
    connections: list[FederationConnection] = field.children()


class Federation(Payload, ns=NAMESPACE, name="federation", nested=True):
    """All domains that are federated with."""

    remote_domains: list[RemoteDomain] = field.children()


class ServerDomain(Payload, ns=NAMESPACE, name="domain", nested=True):
    """A domain that the publisher serves; `others` is what other standards say of it."""

    name: str | None = field.attribute(default=None)
    federation: Federation | None = field.child(default=None)
    others: list[Payload | Element] = field.payloads()


class ServerInfo(Payload, ns=NAMESPACE, name="serverinfo"):
    """The domains of a server; `others` is what other standards say of it, such as its software (XEP-0092)."""

    domains: list[ServerDomain] = field.children()
    others: list[Payload | Element] = field.payloads()
