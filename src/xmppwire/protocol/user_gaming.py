"""User Gaming (XEP-0196): which game somebody is playing, published on their pubsub node of this namespace."""

from __future__ import annotations

from xmppwire.payload import URI, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:gaming:0"
STANDARD = Standard(
    "XEP-0196",
    "User Gaming",
    Status.DEFERRED,
    "0.3",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class Game(Payload, ns=NAMESPACE, name="game"):
    """The game, the player's character in it, and the server it is played on. An empty one: not playing any more."""

    character_name: str | None = field.value(name="character_name", default=None)
    character_profile: str | None = field.value(URI, name="character_profile", default=None)
    level: str | None = field.value(default=None)
    name: str | None = field.value(default=None)
    server_address: str | None = field.value(name="server_address", default=None)
    server_name: str | None = field.value(name="server_name", default=None)
    uri: str | None = field.value(URI, default=None)
