"""The session request of RFC 3921, which RFC 6120 dropped.

Older servers demand it after resource binding. Newer ones advertise it with `<optional/>`: then it is left out. Our
receiving side advertises it so, since older clients insist on it, and answers it whenever it comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...xml import Element, Name
from ..events import EndReason
from .base import Conversation, Feature, GiveUp, Outcome

if TYPE_CHECKING:
    from ..negotiation import Negotiation

NS = "urn:ietf:params:xml:ns:xmpp-session"
SESSION = (NS, "session")


class LegacySession(Feature):
    """The built-in feature for the session request."""

    name: ClassVar[str] = "session"
    element: ClassVar[Name] = SESSION
    requires: ClassVar[frozenset[str]] = frozenset({"bind"})

    def advertise(self, stream: Negotiation) -> list[Element]:
        if stream.account is None or stream.between_servers or "session" in stream.done:
            return []
        return [Element(SESSION, {}, [Element((NS, "optional"))])]

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return (
            element.name == (stream.content_namespace, "iq")
            and element.get("type") == "set"
            and element.find(SESSION) is not None
        )

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        reply = Element((stream.content_namespace, "iq"), {"type": "result"})
        if (identifier := element.get("id")) is not None:
            reply.attributes["id"] = identifier
        stream.send(reply)
        return Outcome.DONE
        yield  # a generator that waits for nothing

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        if offered is None or offered.find((NS, "optional")) is not None:
            return None
        return self._initiate(stream)

    def _initiate(self, stream: Negotiation) -> Conversation:
        reply = yield from stream.request("set", Element(SESSION))
        if reply.get("type") == "error":
            raise GiveUp(EndReason.NEGOTIATION_FAILED, "the server refused to open a session")
        return Outcome.DONE
