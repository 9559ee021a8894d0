"""IQ stanzas: a request and its one answer (RFC 6120, section 8.2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, overload

from xmppwire.jid import JID
from xmppwire.payload import Convertible, Payload, find
from xmppwire.stanza.base import Stanza
from xmppwire.stanza.content import CLIENT_NAMESPACE
from xmppwire.stanza.error import ERROR, StanzaError
from xmppwire.xml import Element, Name


class IqType(StrEnum):
    """The types of IQ (RFC 6120, section 8.2.3)."""

    ERROR = "error"
    GET = "get"
    RESULT = "result"
    SET = "set"


P = TypeVar("P", bound=Convertible)


class _GetRequest(Protocol):
    def __call__(
        self,
        payload: Payload | Element,
        to: JID | str | None = None,
        *,
        id: str | None = None,
        lang: str | None = None,
    ) -> Iq: ...


class _GetPayload(Protocol):
    def __call__(self, cls: type[P]) -> P | None: ...


class _Get:
    """What type checkers know about `Iq.get`: a request on the class, a look-up on an instance."""

    @overload
    def __get__(self, instance: None, owner: type[Iq]) -> _GetRequest: ...
    @overload
    def __get__(self, instance: Iq, owner: type[Iq]) -> _GetPayload: ...
    def __get__(self, instance: Iq | None, owner: type[Iq]) -> Any:
        raise NotImplementedError


class _IqType(type):
    """Gives the class a `get` of its own, beside the method of instances: `Iq.get(payload)` is a request."""

    @property
    def get(cls) -> _GetRequest:
        """A request for information: an `Iq` of type `get`."""
        request: _GetRequest = getattr(cls, "_get_request")  # noqa: B009 (a method of the class this one makes)
        return request


class Iq(Stanza, metaclass=_IqType):
    """An IQ (RFC 6120, section 8.2.3): a `get` or `set` with one payload, a `result` with at most one, or an `error`.

    `Iq.get(payload, to)` and `Iq.set(payload, to)` make requests; `iq.get(Type)` on an instance looks for a payload, as
    on every stanza. `id` may be left out here; who sends the IQ supplies it. Addresses given as strings are parsed
    (`JIDError`).
    """

    __slots__ = ("type",)
    __match_args__ = ("type", "payload")

    element_names = ((CLIENT_NAMESPACE, "iq"),)
    local_name = "iq"

    type: IqType

    def __init__(
        self,
        type: IqType | str,
        to: JID | str | None = None,
        *,
        payload: Payload | Element | None = None,
        id: str | None = None,
        sender: JID | str | None = None,
        lang: str | None = None,
        error: StanzaError | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        self._set(to, sender, id, lang, attributes)
        self.type = type if isinstance(type, IqType) else IqType(type)
        if payload is None and self.type in (IqType.GET, IqType.SET):
            raise ValueError(f"an iq of type {self.type} needs a payload")
        self.children = [] if payload is None else [payload]
        if error is not None:
            self.children.append(error.to_element())

    if TYPE_CHECKING:
        get: _Get = _Get()  # pyright: ignore[reportIncompatibleMethodOverride]

    @classmethod
    def _get_request(
        cls,
        payload: Payload | Element,
        to: JID | str | None = None,
        *,
        id: str | None = None,
        lang: str | None = None,
    ) -> Iq:
        return cls(IqType.GET, to, payload=payload, id=id, lang=lang)

    @classmethod
    def set(
        cls,
        payload: Payload | Element,
        to: JID | str | None = None,
        *,
        id: str | None = None,
        lang: str | None = None,
    ) -> Iq:
        """A request that changes something or asks for an action."""
        return cls(IqType.SET, to, payload=payload, id=id, lang=lang)

    @property
    def type_value(self) -> str | None:
        """The `type` attribute."""
        return str(self.type)

    def _typed(self, value: str) -> Any:
        return IqType(value)

    @property
    def is_request(self) -> bool:
        """Whether this IQ demands an answer."""
        return self.type is IqType.GET or self.type is IqType.SET

    def _payload(self) -> Payload | Element | None:
        for child in self.children:
            if not isinstance(child, str) and not (isinstance(child, Element) and child.name == ERROR):
                return child
        return None

    @property
    def payload_name(self) -> Name | None:
        """The name of the payload's element; None without a payload."""
        payload = self._payload()
        if payload is None:
            return None
        return payload.name if isinstance(payload, Element) else payload.to_element().name

    @property
    def payload(self) -> Payload | Element | None:
        """The one child (in an error: the one that is not `<error/>`), decoded where a definition of it is imported.

        Raises `PayloadError` where it does not decode.
        """
        payload = self._payload()
        if isinstance(payload, Element):
            cls = find(payload.name)
            if cls is not None:
                return self._decode(cls, payload)
        return payload

    def result(self, payload: Payload | Element | None = None) -> Iq:
        """The result that answers this request: the same id, addresses exchanged. Raises ValueError where this is no
        request, and TypeError for what is no payload.

        A payload of a class that knows several namespaces is sent in that of the request.
        """
        if not self.is_request:
            raise ValueError(f"an iq of type {self.type} is not answered")
        reply = self._reply("result")
        if payload is not None:
            reply.children.append(self._as_asked(_checked(payload)))
        return reply

    def _as_asked(self, payload: Payload | Element) -> Payload | Element:
        """The payload of an answer in the namespace of the question, where its class knows that."""
        asked = self._payload()
        if isinstance(payload, Payload) and asked is not None and len(type(payload).element_names) > 1:
            ns = asked.name[0] if isinstance(asked, Element) else asked.to_element().name[0]
            if any(ns == known for known, _ in type(payload).element_names):
                return payload.in_namespace(ns)
        return payload


def _checked(payload: object) -> Payload | Element:
    if not isinstance(payload, (Payload, Element)):
        raise TypeError(f"a request is not answered with a {type(payload).__name__}")
    return payload
