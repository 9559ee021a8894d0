"""Stanzas (RFC 6120, section 8; RFC 6121): `Message`, `Presence`, `Iq` and `StanzaError`, the same classes in both
directions."""

from xmppwire.stanza.base import Content, Stanza
from xmppwire.stanza.content import CLIENT_NAMESPACE, Body, Priority, Show, ShowValue, Status, Subject, Thread
from xmppwire.stanza.error import ERROR_NAMESPACE, ErrorCondition, ErrorType, StanzaError
from xmppwire.stanza.iq import Iq, IqType
from xmppwire.stanza.message import Message, MessageType
from xmppwire.stanza.presence import Presence, PresenceType
from xmppwire.stanza.wire import StanzaSyntaxError, read_stanza, write_stanza

__all__ = [
    "CLIENT_NAMESPACE",
    "ERROR_NAMESPACE",
    "Body",
    "Content",
    "ErrorCondition",
    "ErrorType",
    "Iq",
    "IqType",
    "Message",
    "MessageType",
    "Presence",
    "PresenceType",
    "Priority",
    "Show",
    "ShowValue",
    "Stanza",
    "StanzaError",
    "StanzaSyntaxError",
    "Status",
    "Subject",
    "Thread",
    "read_stanza",
    "write_stanza",
]
