"""Portable Import/Export Format for XMPP-IM Servers (XEP-0227): all that a server keeps for its users, as one XML document.

The document may be split into files that include each other; then `ServerData`, `Host` and `User` are roots of their own.
It has passwords in it, or what is nearly as good: mind who can read it. Includes below the children of a user are data, and
are not to be followed.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Base64Lines, Integer, Payload, field
from xmppwire.protocol.mam import ArchiveResult
from xmppwire.protocol.pubsub import Items
from xmppwire.protocol.pubsub_owner import OwnerAffiliations, OwnerConfigure, OwnerSubscriptions
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.stanza import Message, Presence
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:pie:0"
ARCHIVE_NAMESPACE = "urn:xmpp:pie:0#mam"
SCRAM_NAMESPACE = "urn:xmpp:pie:0#scram"

STANDARD = Standard(
    "XEP-0227",
    "Portable Import/Export Format for XMPP-IM Servers",
    Status.STABLE,
    "1.1",
    namespaces=(NAMESPACE, ARCHIVE_NAMESPACE, SCRAM_NAMESPACE),
    roles=(Role.SERVER,),
)


class Include(Payload, ns="http://www.w3.org/2001/XInclude", name="include", nested=True):
    """Another file, whose root stands here. Only those with nothing but a relative `href` are sure to be followed."""

    href: str | None = field.attribute(default=None)
    parse: str | None = field.attribute(default=None)
    xpointer: str | None = field.attribute(default=None)


class ScramCredentials(Payload, ns=SCRAM_NAMESPACE, name="scram-credentials", nested=True):
    """What a server needs for SCRAM (section 4.3); one for a mechanism at most. `mechanism` is without `-PLUS`."""

    mechanism: str = field.attribute()
    iterations: int = field.value(Integer(1), name="iter-count")
    salt: bytes = field.value(Base64Lines)
    server_key: bytes = field.value(Base64Lines)
    stored_key: bytes = field.value(Base64Lines)


class OfflineMessages(Payload, ns=NAMESPACE, name="offline-messages", nested=True):
    """What came while the user was offline, the oldest first."""

    messages: list[Message] = field.children()


class NodeConfigurations(Payload, ns="http://jabber.org/protocol/pubsub#owner", name="pubsub", nested=True):
    """The nodes of the user's eventing service: configuration of each, and perhaps affiliations and subscriptions."""

    parts: list[OwnerConfigure | OwnerAffiliations | OwnerSubscriptions] = field.children()


class NodeItems(Payload, ns="http://jabber.org/protocol/pubsub", name="pubsub", nested=True):
    """What is in each of the nodes."""

    nodes: list[Items] = field.children()


class Archive(Payload, ns=ARCHIVE_NAMESPACE, name="archive", nested=True):
    """The message archive (section 4.11), the oldest first."""

    results: list[ArchiveResult] = field.children()


class User(Payload, ns=NAMESPACE, name="user"):
    """A user. `name` is the localpart.

    `subscription_requests` are those that wait for an answer. All else, the roster, vCard, private storage and privacy
    lists as their own protocols have them and what no standard knows, is in `payloads`.
    """

    name: str = field.attribute()
    password: str | None = field.attribute(default=None)
    offline_messages: OfflineMessages | None = field.child(default=None)
    credentials: list[ScramCredentials] = field.children()
    subscription_requests: list[Presence] = field.children()
    node_configurations: NodeConfigurations | None = field.child(default=None)
    node_items: NodeItems | None = field.child(default=None)
    archive: Archive | None = field.child(default=None)
    includes: list[Include] = field.children()
    payloads: list[Payload | Element] = field.payloads()


class Host(Payload, ns=NAMESPACE, name="host"):
    """A virtual host."""

    jid: JID = field.attribute()
    users: list[User] = field.children()
    includes: list[Include] = field.children()
    extensions: list[Payload | Element] = field.payloads()


class ServerData(Payload, ns=NAMESPACE, name="server-data"):
    """The root."""

    hosts: list[Host] = field.children()
    includes: list[Include] = field.children()
    extensions: list[Payload | Element] = field.payloads()
