"""Resource binding (RFC 6120 section 7): the last mandatory step of a client's negotiation.

The client asks for a resource or leaves the choice to the server; the server asks the program (`BindRequested`) and
answers with the full JID, which is the client's address from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...jid import JID, JIDError
from ...stanza import ErrorCondition, StanzaError
from ...xml import Element, Name
from ..errors import StreamErrorCondition
from ..events import BindRequested, EndReason
from ..header import StreamFault
from .base import Conversation, Feature, GiveUp, Outcome, Refused, ask

if TYPE_CHECKING:
    from ..negotiation import Negotiation

NS = "urn:ietf:params:xml:ns:xmpp-bind"
BIND = (NS, "bind")
RESOURCE = (NS, "resource")
JID_NAME = (NS, "jid")

_TRY_ANOTHER = frozenset({"conflict", "bad-request", "not-acceptable", "jid-malformed"})
"""Errors that blame the resource we asked for: the server may still choose one itself."""


class ResourceBinding(Feature):
    """The built-in feature for resource binding."""

    name: ClassVar[str] = "bind"
    element: ClassVar[Name] = BIND
    requires: ClassVar[frozenset[str]] = frozenset({"sasl"})

    def advertise(self, stream: Negotiation) -> list[Element]:
        return [Element(BIND)] if stream.account is not None and not stream.complete else []

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return element.name == (stream.content_namespace, "iq") and element.find(BIND) is not None

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        bind = element.find(BIND)
        account = stream.account
        assert bind is not None and account is not None  # noqa: S101 - `accepts` and `advertise` saw to it
        if element.get("type") != "set" or not element.get("id"):
            return self._refuse(stream, element, ErrorCondition.BAD_REQUEST, "binding takes an IQ set with an id")
        wanted = bind.find(RESOURCE)
        resource: str | None = None
        if wanted is not None and wanted.text:
            try:
                resource = account.with_resource(wanted.text).resourcepart
            except JIDError as error:
                return self._refuse(stream, element, ErrorCondition.BAD_REQUEST, str(error))
        try:
            answer: str | JID = yield from ask(BindRequested(account, resource))
        except Refused as refused:
            return self._refuse(stream, element, ErrorCondition(refused.condition), refused.text)
        stream.jid = answer if isinstance(answer, JID) else account.with_resource(answer)
        result = Element(BIND, {}, [Element(JID_NAME, {}, [str(stream.jid)])])
        reply = Element((stream.content_namespace, "iq"), {"type": "result", "id": element.attributes["id"]}, [result])
        stream.send(reply)
        return Outcome.DONE

    def _refuse(self, stream: Negotiation, element: Element, condition: ErrorCondition, text: str | None) -> Outcome:
        stream.bind_failures += 1
        attributes = {"type": "error"}
        if (identifier := element.get("id")) is not None:
            attributes["id"] = identifier
        error = StanzaError(condition, text=text).to_element()
        stream.send(Element((stream.content_namespace, "iq"), attributes, [error]))
        if stream.bind_failures >= stream.config.limits.bind_attempts:
            raise StreamFault(StreamErrorCondition.POLICY_VIOLATION, "too many failed tries at resource binding")
        return Outcome.NEXT

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        return None if offered is None else self._initiate(stream)

    def _initiate(self, stream: Negotiation) -> Conversation:
        resource = stream.client.jid.resourcepart
        while True:
            wanted: list[Element | str] = [Element(RESOURCE, {}, [resource])] if resource is not None else []
            reply = yield from stream.request("set", Element(BIND, {}, wanted))
            if reply.get("type") == "result":
                break
            condition, text = _error_of(reply)
            if resource is None or condition not in _TRY_ANOTHER:
                raise GiveUp(EndReason.NEGOTIATION_FAILED, f"resource binding failed: {condition}{text}")
            resource = None
        result = reply.find(BIND)
        address = result.find(JID_NAME) if result is not None else None
        try:
            stream.jid = JID(address.text.strip() if address is not None else "")
            if not stream.jid.is_full:
                raise JIDError("resourcepart", "a resource must be bound")
        except JIDError as error:
            raise GiveUp(EndReason.NEGOTIATION_FAILED, f"the server bound no usable address: {error}") from None
        return Outcome.DONE


def _error_of(reply: Element) -> tuple[str, str]:
    for child in reply.elements():
        if child.local == "error":
            error = StanzaError.from_element(child)
            return error.condition.value, f" ({error.text})" if error.text else ""
    return "undefined-condition", ""
