"""Presence stanzas (RFC 6121, sections 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.stanza.base import Content, Stanza
from xmppwire.stanza.content import CLIENT_NAMESPACE, Priority, Show, ShowValue, Status
from xmppwire.stanza.error import StanzaError
from xmppwire.xml import Element
from xmppwire.xml.element import Node

_STATUS = Status.element_names[0]
_SHOW = Show.element_names[0]
_SHOW_PATH = Show.node_paths[0]
_PRIORITY_PATH = Priority.node_paths[0]
_SHOWS = {value.value: value for value in ShowValue}
_PRIORITY = Priority.element_names[0]
_PRIORITIES = {str(value): value for value in range(-128, 128)}


class PresenceType(StrEnum):
    """The types of presence (RFC 6121, section 4.7.1); a presence without one says "available"."""

    ERROR = "error"
    PROBE = "probe"
    SUBSCRIBE = "subscribe"
    SUBSCRIBED = "subscribed"
    UNAVAILABLE = "unavailable"
    UNSUBSCRIBE = "unsubscribe"
    UNSUBSCRIBED = "unsubscribed"


class Presence(Stanza):
    """A presence (RFC 6121, section 4). `type` None says "available".

    `status` is a string or a mapping from language tags to strings; `priority` from -128 to 127. Addresses given as strings are
    parsed (`JIDError`).
    """

    __slots__ = ("type",)
    __match_args__ = ("to", "type")

    element_names = ((CLIENT_NAMESPACE, "presence"),)
    local_name = "presence"

    type: PresenceType | None

    def __init__(
        self,
        to: JID | str | None = None,
        *,
        type: PresenceType | str | None = None,
        show: ShowValue | str | None = None,
        status: str | Mapping[str, str] | None = None,
        priority: int = 0,
        sender: JID | str | None = None,
        id: str | None = None,
        lang: str | None = None,
        payloads: Iterable[Payload | Element] = (),
        error: StanzaError | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        self._set(to, sender, id, lang, attributes)
        self.type = None if type is None else PresenceType(type)
        children: list[Content] = []
        self._content = children
        if show is not None:
            children.append(Show(value=ShowValue(show)))
        if isinstance(status, str):
            children.append(Status(text=status))
        elif status is not None:
            children += [Status(text=text, lang=tag or None) for tag, text in status.items()]
        if priority:
            if not -128 <= priority <= 127:
                raise ValueError(f"priority {priority} is not between -128 and 127")
            children.append(Priority(value=priority))
        if payloads:
            children += payloads
        if error is not None:
            children.append(error.to_element())

    @property
    def type_value(self) -> str | None:
        """The `type` attribute; None for "available"."""
        return None if self.type is None else str(self.type)

    def _typed(self, value: str) -> Any:
        return PresenceType(value)

    @property
    def is_available(self) -> bool:
        """Whether this says that the sender is available."""
        return self.type is None

    @property
    def show(self) -> ShowValue | None:
        """How available the sender is; None is plainly available. Raises `PayloadError` for a value that is none."""
        if type(source := self._content) is Node:
            child = source.find(_SHOW_PATH)
            if child is None:
                return None
            if not len(child) and not child.keys() and (text := child.text) in _SHOWS:
                return _SHOWS[text]
        text = self._plain_text(_SHOW)
        if text in _SHOWS:
            return _SHOWS[text]
        show = self.get(Show)
        return None if show is None else show.value

    @property
    def status(self) -> str | None:
        """The status in the stanza's language, else the first one, else None."""
        return self._text(_STATUS, Status)

    @property
    def statuses(self) -> Mapping[str, str]:
        """All statuses by their language; `""` where none is known."""
        return self._texts(_STATUS, Status)

    @property
    def priority(self) -> int:
        """The priority, 0 without one. Raises `PayloadError` for one that is no integer from -128 to 127."""
        if type(source := self._content) is Node and source.find(_PRIORITY_PATH) is None:
            return 0
        text = self._plain_text(_PRIORITY)
        if text in _PRIORITIES:
            return _PRIORITIES[text]
        priority = self.get(Priority)
        return 0 if priority is None else priority.value
