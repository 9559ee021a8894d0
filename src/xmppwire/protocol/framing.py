"""RFC 7395's own elements: how a stream begins and ends over WebSocket, where every frame is a document of its own."""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import URI, Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-framing"

STANDARD = Standard(
    "RFC 7395",
    "An Extensible Messaging and Presence Protocol (XMPP) Subprotocol for WebSocket",
    Status.PROPOSED,
    namespaces=(NAMESPACE,),
    note="streams over WebSocket: `Framing.WEBSOCKET` of the configs, and the adapters",
)


class Open(Payload, ns=NAMESPACE, name="open"):
    """Begins a stream (section 3.4); the attributes are those of a stream header."""

    sender: JID | None = field.attribute(name="from", default=None)
    id: str | None = field.attribute(default=None)
    to: JID | None = field.attribute(default=None)
    version: str | None = field.attribute(default=None)
    lang: str | None = field.language()


class Close(Payload, ns=NAMESPACE, name="close"):
    """Ends a stream (section 3.6), and may send the client to another endpoint: follow `see_other_uri` only to one that is as
    safe (section 3.6.1)."""

    sender: JID | None = field.attribute(name="from", default=None)
    id: str | None = field.attribute(default=None)
    see_other_uri: str | None = field.attribute(URI, default=None)
    to: JID | None = field.attribute(default=None)
    version: str | None = field.attribute(default=None)
    lang: str | None = field.language()
