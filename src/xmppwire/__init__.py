"""XMPP without the I/O: a pure state machine that takes bytes and the time, and gives events and bytes.

    from xmppwire import JID, ClientConfig, Connection, Message, NEED_DATA

    conn = Connection(ClientConfig(jid=JID("juliet@capulet.lit"), password="..."))
    conn.start(now)
    sock.sendall(conn.data_to_send())
    conn.receive_data(data, now)
    event = conn.next_event(now)

Here are the names that most programs need. More of them are in the subpackages: `xmppwire.stream` (configs, events,
limits), `xmppwire.stanza`, `xmppwire.protocol` (the extensions), `xmppwire.sasl`, `xmppwire.xml`, `xmppwire.payload` (to
define extensions of your own), `xmppwire.session`, `xmppwire.operation`, `xmppwire.localserver`, `xmppwire.trace`. The
adapters that move the bytes are in `xmppwire_io`.
"""

from __future__ import annotations

from .jid import JID, JIDError, escape_localpart, unescape_localpart
from .stanza import ErrorCondition, Iq, Message, Presence, StanzaError
from .stream import (
    CLIENT_LIMITS,
    NEED_DATA,
    PAUSED,
    ClientConfig,
    Connection,
    Limits,
    LocalProtocolError,
    Phase,
    ServerConfig,
    StreamError,
    TLSInfo,
)
from .xml import Element

__version__ = "0.1.0"

__all__ = [
    "CLIENT_LIMITS",
    "JID",
    "NEED_DATA",
    "PAUSED",
    "ClientConfig",
    "Connection",
    "Element",
    "ErrorCondition",
    "Iq",
    "JIDError",
    "Limits",
    "LocalProtocolError",
    "Message",
    "Phase",
    "Presence",
    "ServerConfig",
    "StanzaError",
    "StreamError",
    "TLSInfo",
    "escape_localpart",
    "unescape_localpart",
]
