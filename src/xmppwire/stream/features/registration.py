"""In-Band Registration (XEP-0077), as a stream feature: an account is made in the stream that then logs in.

<iq type=get><query/></iq> ->       <- what the server wants to know, as empty elements or as a form
<iq type=set><query>...</query></iq> ->    <- result, or an error

A server offers it with `ServerConfig.registration`; a client makes use of it with `ClientConfig.register`. To change the
password or to end the account are requests of those who are logged in: see `xmppwire.im.registration`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...jid import JID, JIDError
from ...payload import PayloadError
from ...protocol.in_band_registration import RegistrationFeature, RegistrationQuery
from ...stanza import ErrorCondition, StanzaError
from ...xml import Element, Name
from ..errors import StreamErrorCondition
from ..events import EndReason, Registered, RegistrationFailed, RegistrationFormRequested, RegistrationRequested
from ..header import StreamFault
from .base import Conversation, Feature, GiveUp, Outcome, Refused, ask

if TYPE_CHECKING:
    from ..negotiation import Negotiation

FEATURE: Name = RegistrationFeature.element_names[0]
QUERY: Name = RegistrationQuery.element_names[0]


class InBandRegistration(Feature):
    """The built-in feature for registration."""

    name: ClassVar[str] = "registration"
    element: ClassVar[Name] = FEATURE

    # --- receiving entity ------------------------------------------------------------------------------------------

    def advertise(self, stream: Negotiation) -> list[Element]:
        return [Element(FEATURE)] if self._open(stream) else []

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        iq = element.name == (stream.content_namespace, "iq")
        return iq and self._open(stream) and element.find(QUERY) is not None

    def _open(self, stream: Negotiation) -> bool:
        server = stream.server_config
        if server is None or not server.registration or stream.account is not None:
            return False
        return stream.tls is not None or not server.require_tls

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        stream.registrations += 1
        if stream.registrations > stream.config.limits.registration_attempts:
            raise StreamFault(StreamErrorCondition.POLICY_VIOLATION, "too many requests to register")
        child = element.find(QUERY)
        assert child is not None  # noqa: S101 - `accepts` saw to it
        kind = element.get("type")
        if kind not in ("get", "set") or not element.get("id"):
            return self._refuse(
                stream, element, ErrorCondition.BAD_REQUEST, "registration takes a get or set with an id"
            )
        if not _is_for(element, stream.domain):
            return self._refuse(stream, element, ErrorCondition.NOT_AUTHORIZED, "log in first")
        try:
            if kind == "get":
                form: Element = yield from ask(RegistrationFormRequested(JID(stream.domain)))
                self._reply(stream, element, form)
                return Outcome.NEXT
            if stream.registered:
                raise Refused(ErrorCondition.NOT_ACCEPTABLE.value, "this stream has made an account already")
            query = RegistrationQuery.from_element(child)
            if query.remove:
                raise Refused(ErrorCondition.UNEXPECTED_REQUEST.value, "who is not logged in has no account to end")
            yield from ask(RegistrationRequested(JID(stream.domain), query))
        except PayloadError as error:
            return self._refuse(stream, element, ErrorCondition.BAD_REQUEST, str(error))
        except Refused as refused:
            return self._refuse(stream, element, ErrorCondition(refused.condition), refused.text)
        stream.registered = True
        self._reply(stream, element)
        return Outcome.NEXT

    def _reply(self, stream: Negotiation, element: Element, *children: Element, kind: str = "result") -> None:
        attributes = {"type": kind}
        if (identifier := element.get("id")) is not None:
            attributes["id"] = identifier
        stream.send(Element((stream.content_namespace, "iq"), attributes, list(children)))

    def _refuse(self, stream: Negotiation, element: Element, condition: ErrorCondition, text: str | None) -> Outcome:
        if element.get("type") not in ("error", "result"):
            self._reply(stream, element, StanzaError(condition, text=text).to_element(), kind="error")
        return Outcome.NEXT

    # --- initiating entity -----------------------------------------------------------------------------------------

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        config = stream.client_config
        if config is None or config.register is None or stream.account is not None:
            return None
        if stream.tls is None and not config.allow_plain_without_tls:
            # STARTTLS comes first, and where it does not, nothing that shows the password does.
            return None if config.require_tls else self._give_up(stream, "a password is told inside TLS only")
        if offered is None:
            return self._give_up(stream, "the server does not offer to make accounts")
        return self._initiate(stream)

    def _initiate(self, stream: Negotiation) -> Conversation:
        config = stream.client
        assert config.register is not None  # noqa: S101 - `initiate` saw to it
        reply = yield from stream.request("get", Element(QUERY))
        if reply.get("type") == "error":
            return (yield from self._failed(reply, "the server makes no accounts here", None))
        child = reply.find(QUERY)
        try:
            query = RegistrationQuery.from_element(child) if child is not None else RegistrationQuery()
            answer = config.register.answer(query, config.jid.localpart or "", config.password or "")
        except ValueError as error:
            yield RegistrationFailed("not-acceptable", str(error), child)
            raise GiveUp(EndReason.REGISTRATION_FAILED, str(error)) from None
        reply = yield from stream.request("set", answer.to_element())
        if reply.get("type") == "error":
            return (yield from self._failed(reply, "the account was not made", child))
        yield Registered(config.jid.bare)
        return Outcome.DONE

    def _failed(self, reply: Element, words: str, form: Element | None) -> Conversation:
        child = next((child for child in reply.elements() if child.local == "error"), None)
        error = StanzaError.from_element(child) if child is not None else None
        condition = error.condition.value if error is not None else "undefined-condition"
        text = error.text if error is not None else None
        yield RegistrationFailed(condition, text, form)
        raise GiveUp(EndReason.REGISTRATION_FAILED, f"{words}: {condition}" + (f" ({text})" if text else ""))

    def _give_up(self, stream: Negotiation, text: str) -> Conversation:
        raise GiveUp(EndReason.REGISTRATION_FAILED, text)
        yield  # a generator, so that it reads like a step of the conversation


def _is_for(element: Element, domain: str) -> bool:
    """Whether the request is for the server itself."""
    to = element.get("to")
    try:
        return to is None or JID(to) == JID(domain)
    except JIDError:
        return False
