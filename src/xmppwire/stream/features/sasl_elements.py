"""The elements of SASL negotiation (RFC 6120 section 6.4, XEP-0388, XEP-0440): reading and writing what stands in them."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...sasl import MAX_MESSAGE, Condition, Offer, SASLError, SASLFailure
from ...xml import XML_LANG, Element, Name

NS = "urn:ietf:params:xml:ns:xmpp-sasl"
NS2 = "urn:xmpp:sasl:2"
BINDING_NS = "urn:xmpp:sasl-cb:0"

MECHANISMS = (NS, "mechanisms")
MECHANISM = (NS, "mechanism")
AUTHENTICATION = (NS2, "authentication")
CHANNEL_BINDING = (BINDING_NS, "sasl-channel-binding")

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z")


@dataclass(frozen=True, slots=True)
class Profile:
    """One dress of SASL: the namespace, and how absent and empty messages are told apart.

    With `equals`, an empty message is written `=` (RFC 6120 section 6.4.2); without, the element is empty, and
    without a message there is no element (XEP-0388 section 2.2).
    """

    namespace: str
    equals: bool
    successes: Sequence[Name]
    """What reports that the mechanism is through."""

    def name(self, local: str) -> Name:
        return (self.namespace, local)

    def challenge(self, data: bytes) -> Element:
        return Element(self.name("challenge"), {}, content(data, "=" if self.equals else ""))

    def response(self, data: bytes) -> Element:
        return Element(self.name("response"), {}, content(data, ""))

    def decode(self, element: Element) -> bytes | None:
        """The bytes in an element. An empty element is None with `equals`, an empty message without. Raises `SASLFailure`."""
        text = element.text
        if not text:
            return None if self.equals else b""
        if text == "=" and self.equals:
            return b""
        if len(text) > MAX_MESSAGE * 2:
            raise SASLFailure(Condition.MALFORMED_REQUEST, "the message is too long")
        if not self.equals:
            text = text.strip()
        if not _BASE64.match(text) or len(text) % 4:
            raise SASLFailure(Condition.INCORRECT_ENCODING)
        return base64.b64decode(text)

    def decode_child(self, element: Element, local: str) -> bytes | None:
        """The bytes in a child; None if there is no such child. Raises `SASLFailure`."""
        child = element.find(self.name(local))
        return None if child is None else self.decode(child)


SASL_PROFILE = Profile(NS, True, ((NS, "success"),))
SASL2_PROFILE = Profile(NS2, False, ((NS2, "success"), (NS2, "continue")))


def content(data: bytes | None, empty: str = "=") -> list[Element | str]:
    """Character data for a SASL element: nothing, `empty` for an empty message, or base64."""
    if data is None:
        return []
    text = base64.b64encode(data).decode("ascii") if data else empty
    return [text] if text else []


def decode_reply(profile: Profile, element: Element, *, abort: bool, child: str | None = None) -> bytes | None:
    """The bytes in an element of the server, or in its `child`. Raises `SASLError`."""
    try:
        return profile.decode(element) if child is None else profile.decode_child(element, child)
    except SASLFailure as failure:
        raise SASLError(f"<{element.local}/> from the server: {failure}", abort=abort) from None


def write_failure(profile: Profile, failure: SASLFailure) -> Element:
    """`<failure/>`; the conditions are those of RFC 6120 in both profiles."""
    children: list[Element | str] = [Element((NS, failure.condition.value))]
    if failure.text:
        attributes = {XML_LANG: "en"} if profile.equals else {}
        children.append(Element(profile.name("text"), attributes, [failure.text]))
    return Element(profile.name("failure"), {}, children)


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
    names = tuple(child.text.strip() for child in mechanisms.find_all((mechanisms.namespace, "mechanism")))
    if bindings is None:
        return Offer(names)
    return Offer(names, tuple(child.get("type") or "" for child in bindings.elements()))
