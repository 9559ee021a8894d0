"""The elements of SASL negotiation (RFC 6120 section 6.4, XEP-0440): reading and writing what stands in them."""

from __future__ import annotations

import base64
import re

from ...sasl import MAX_MESSAGE, Condition, Offer, SASLError, SASLFailure
from ...xml import XML_LANG, Element

NS = "urn:ietf:params:xml:ns:xmpp-sasl"
BINDING_NS = "urn:xmpp:sasl-cb:0"

MECHANISMS = (NS, "mechanisms")
MECHANISM = (NS, "mechanism")
AUTH = (NS, "auth")
CHALLENGE = (NS, "challenge")
RESPONSE = (NS, "response")
ABORT = (NS, "abort")
FAILURE = (NS, "failure")
SUCCESS = (NS, "success")
CHANNEL_BINDING = (BINDING_NS, "sasl-channel-binding")

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z")


def content(data: bytes | None, empty: str = "=") -> list[Element | str]:
    """Character data for a SASL element: nothing, `=` for an empty message (RFC 6120 section 6.4.2), or base64."""
    if data is None:
        return []
    text = base64.b64encode(data).decode("ascii") if data else empty
    return [text] if text else []


def decode(element: Element) -> bytes | None:
    """The bytes in a SASL element; None if it is empty. Raises `SASLFailure` for wrong base64."""
    text = element.text
    if not text:
        return None
    if text == "=":
        return b""
    if len(text) > MAX_MESSAGE * 2:
        raise SASLFailure(Condition.MALFORMED_REQUEST, "the message is too long")
    if not _BASE64.match(text) or len(text) % 4:
        raise SASLFailure(Condition.INCORRECT_ENCODING)
    return base64.b64decode(text)


def decode_reply(element: Element, *, abort: bool) -> bytes | None:
    try:
        return decode(element)
    except SASLFailure as failure:
        raise SASLError(f"<{element.local}/> from the server: {failure}", abort=abort) from None


def write_failure(failure: SASLFailure) -> Element:
    children: list[Element | str] = [Element((NS, failure.condition.value))]
    if failure.text:
        children.append(Element((NS, "text"), {XML_LANG: "en"}, [failure.text]))
    return Element(FAILURE, {}, children)


def read_failure(element: Element) -> tuple[Condition, str | None]:
    condition, text = Condition.NOT_AUTHORIZED, None
    for child in element.elements():
        if child.local == "text":
            text = child.text or None
        else:
            try:
                condition = Condition(child.local)
            except ValueError:
                text = text or child.local
    return condition, text


def read_offer(mechanisms: Element, bindings: Element | None) -> Offer:
    names = tuple(child.text.strip() for child in mechanisms.find_all(MECHANISM))
    if bindings is None:
        return Offer(names)
    return Offer(names, tuple(child.get("type") or "" for child in bindings.elements()))
