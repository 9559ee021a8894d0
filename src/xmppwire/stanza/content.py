"""The children of message and presence that RFC 6121 itself defines (sections 4.7.2 and 5.2)."""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Integer, Payload, field

CLIENT_NAMESPACE = "jabber:client"
"""The content namespace of all stanzas in memory, whatever it is on the wire."""


class ShowValue(StrEnum):
    """How available an entity is (RFC 6121, section 4.7.2.1); without one it is just available."""

    AWAY = "away"
    CHAT = "chat"
    DND = "dnd"
    XA = "xa"


class LanguageText(Payload):
    """Text for people, in a language: the stanza's, where `lang` is None."""

    text: str = field.text()
    lang: str | None = field.language()


class Body(LanguageText, ns=CLIENT_NAMESPACE, name="body", nested=True):
    """Human-readable contents of a message (RFC 6121, section 5.2.3)."""


class Subject(LanguageText, ns=CLIENT_NAMESPACE, name="subject", nested=True):
    """The topic of a message (RFC 6121, section 5.2.4)."""


class Thread(Payload, ns=CLIENT_NAMESPACE, name="thread", nested=True):
    """The conversation that a message belongs to (RFC 6121, section 5.2.5); `parent` is the thread it came out of."""

    text: str = field.text()
    parent: str | None = field.attribute(default=None)


class Show(Payload, ns=CLIENT_NAMESPACE, name="show", nested=True):
    """How available an entity is (RFC 6121, section 4.7.2.1)."""

    value: ShowValue = field.text()


class Status(LanguageText, ns=CLIENT_NAMESPACE, name="status", nested=True):
    """Availability in words (RFC 6121, section 4.7.2.2)."""


class Priority(Payload, ns=CLIENT_NAMESPACE, name="priority", nested=True):
    """The priority of a resource (RFC 6121, section 4.7.2.3): -128 to 127."""

    value: int = field.text(Integer(-128, 127))
