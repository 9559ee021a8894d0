"""Message stanzas (RFC 6121, section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.stanza.base import Content, Stanza
from xmppwire.stanza.content import CLIENT_NAMESPACE, Body, Subject, Thread
from xmppwire.stanza.error import StanzaError
from xmppwire.xml import Element
from xmppwire.xml.element import Node

_BODY = Body.element_names[0]
_BODY_PATH = Body.node_paths[0]
_SUBJECT = Subject.element_names[0]


class MessageType(StrEnum):
    """The types of message (RFC 6121, section 5.2.2)."""

    CHAT = "chat"
    """Part of a one-to-one conversation."""
    ERROR = "error"
    """Answers a message that could not be delivered."""
    GROUPCHAT = "groupchat"
    """Sent to or by a room."""
    HEADLINE = "headline"
    """An alert to which no answer is expected."""
    NORMAL = "normal"
    """A single message outside any conversation; what a message without a type (or with an unknown one) is."""


class Message(Stanza):
    """A message (RFC 6121, section 5).

    `body` and `subject` are a string or a mapping from language tags to strings (`""` for no language of its own). `type` is
    `MessageType.NORMAL` unless given, as in the standard; conversations send `MessageType.CHAT`. Addresses given as strings are
    parsed (`JIDError`).
    """

    __slots__ = ("type",)
    __match_args__ = ("to", "body")

    element_names = ((CLIENT_NAMESPACE, "message"),)
    local_name = "message"

    type: MessageType

    def __init__(
        self,
        to: JID | str | None = None,
        body: str | Mapping[str, str] | None = None,
        *,
        type: MessageType | str = MessageType.NORMAL,
        sender: JID | str | None = None,
        id: str | None = None,
        lang: str | None = None,
        subject: str | Mapping[str, str] | None = None,
        thread: str | Thread | None = None,
        payloads: Iterable[Payload | Element] = (),
        error: StanzaError | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        self._set(to, sender, id, lang, attributes)
        self.type = type if isinstance(type, MessageType) else MessageType(type)
        children: list[Content] = []
        self._content = children
        if subject is not None:
            children += _in_languages(Subject, subject)
        if isinstance(body, str):
            children.append(Body(text=body))
        elif body is not None:
            children += _in_languages(Body, body)
        if thread is not None:
            children.append(Thread(text=thread) if isinstance(thread, str) else thread)
        if payloads:
            children += payloads
        if error is not None:
            children.append(error.to_element())

    @property
    def type_value(self) -> str | None:
        """The `type` attribute; None for `normal`, which is left out."""
        return None if self.type is MessageType.NORMAL else str(self.type)

    def _typed(self, value: str) -> Any:
        return MessageType(value)

    @property
    def body(self) -> str | None:
        """The body in the stanza's language, else the first one, else None (RFC 6121, section 5.2.3)."""
        if type(source := self._content) is Node:
            body = source.find(_BODY_PATH)
            if body is None:
                return None
            if not body.keys() and not len(body):
                return body.text or ""
        return self._text(_BODY, Body)

    @property
    def bodies(self) -> Mapping[str, str]:
        """All bodies by their language; `""` where none is known."""
        return self._texts(_BODY, Body)

    @property
    def subject(self) -> str | None:
        """The subject in the stanza's language, else the first one, else None (RFC 6121, section 5.2.4)."""
        return self._text(_SUBJECT, Subject)

    @property
    def subjects(self) -> Mapping[str, str]:
        """All subjects by their language; `""` where none is known."""
        return self._texts(_SUBJECT, Subject)

    @property
    def thread(self) -> str | None:
        """The thread's identifier, or None (RFC 6121, section 5.2.5); `get(Thread)` has the parent too."""
        thread = self.get(Thread)
        return None if thread is None else thread.text

    def reply(
        self, body: str | Mapping[str, str] | None = None, *, payloads: Iterable[Payload | Element] = ()
    ) -> Message:
        """The message that answers this one: of the same type and in the same thread (RFC 6121, sections 5.2.2 and 5.2.5), from
        the address that was written to. What was said in a room is answered to the room, a headline by a normal message.

        Raises ValueError for an error, which nobody may answer, and for a message without a sender.
        """
        if self.type is MessageType.ERROR or self.sender is None:
            raise ValueError("an error is not answered" if self.type is MessageType.ERROR else "nobody to answer to")
        room = self.type is MessageType.GROUPCHAT
        return Message(
            self.sender.bare if room else self.sender,
            body,
            type=MessageType.NORMAL if self.type is MessageType.HEADLINE else self.type,
            sender=self.to,
            thread=self.get(Thread),
            payloads=payloads,
        )


def _in_languages(cls: type[Body | Subject], texts: Any) -> list[Body | Subject]:
    if isinstance(texts, str):
        return [cls(text=texts)]
    return [cls(text=text, lang=lang or None) for lang, text in texts.items()]
