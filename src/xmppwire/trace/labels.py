"""Says in a few words what an element of the wire is: the labels of a ladder.

`label` is for people ("iq get: roster"), `short_xml` shows the element itself without what only a machine needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..xml import XML_NAMESPACE, Element

STREAM = "http://etherx.jabber.org/streams"
TLS = "urn:ietf:params:xml:ns:xmpp-tls"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
SASL2 = "urn:xmpp:sasl:2"
STANZA_KINDS = ("message", "presence", "iq")

_IETF = "urn:ietf:params:xml:ns:"

_SECRET = frozenset(
    [(SASL, local) for local in ("auth", "challenge", "response", "success")]
    + [(SASL2, local) for local in ("challenge", "response", "initial-response", "additional-data", "task-data")]
)
"""What is said inside these is never shown in a ladder, even if the trace has it."""

_BRIEF = 44
"""Characters of a body, status or address in a label."""

_MEANINGS: dict[str, str] = {
    "urn:ietf:params:xml:ns:xmpp-bind": "bind",
    "urn:ietf:params:xml:ns:xmpp-session": "session",
    "urn:ietf:params:xml:ns:xmpp-tls": "starttls",
    "urn:ietf:params:xml:ns:xmpp-sasl": "mechanisms",
    "urn:xmpp:sasl-cb:0": "channel bindings",
    "urn:xmpp:features:rosterver": "roster versioning",
    "urn:xmpp:features:pre-approval": "pre-approval",
    "urn:xmpp:sm:3": "stream management",
    "urn:xmpp:csi:0": "client state",
    "urn:xmpp:sasl:2": "SASL 2",
    "urn:xmpp:bind:0": "bind 2",
    "http://jabber.org/features/compress": "compression",
    "http://jabber.org/features/iq-register": "registration",
    "http://jabber.org/protocol/caps": "capabilities",
    "jabber:iq:roster": "roster",
    "jabber:iq:register": "registration",
    "jabber:iq:version": "software version",
    "urn:xmpp:ping": "ping",
    "http://jabber.org/protocol/disco#info": "disco info",
    "http://jabber.org/protocol/disco#items": "disco items",
    "http://jabber.org/protocol/pubsub": "pubsub",
    "http://jabber.org/protocol/chatstates": "chat state",
    "urn:xmpp:receipts": "receipt",
    "urn:xmpp:delay": "delayed",
    "urn:xmpp:mam:2": "archive",
    "urn:xmpp:carbons:2": "carbons",
    "vcard-temp": "vCard",
}


def printable(text: str) -> str:
    """The text on one line, without characters that steer a terminal or that XML forbids."""
    return "".join(
        [char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}" for char in text]
    )


def brief(text: str, size: int = _BRIEF) -> str:
    """The text, printable and at most `size` characters long."""
    text = printable(" ".join(text.split()) if len(text) <= 4 * size else " ".join(text[: 4 * size].split()))
    return text if len(text) <= size else text[: size - 1] + "…"


def label(element: Element, *, to_server: bool | None = None) -> str:
    """What the element is, for people. Of two addresses, the one of the client itself is left out if the direction is
    known."""
    if element.local in STANZA_KINDS:
        return _stanza(element, to_server)
    special = _FIRST_LEVEL.get(element.name)
    return printable(special(element)) if special else brief(_plain(element))


def _stanza(element: Element, to_server: bool | None) -> str:
    kind = brief(element.get("type") or "")
    words = [element.local]
    if kind:
        words.append(kind)
    about = _about(element)
    address = element.get("to")
    sender = element.get("from")
    if sender and (to_server is not True or not address):
        words.append(f"from {brief(sender)}")
    if address and (to_server is not False or not sender):
        words.append(f"to {brief(address)}")
    head = printable(" ".join(words))
    return f"{head}: {about}" if about else head


def _about(element: Element) -> str:
    error = next((child for child in element.elements() if child.local == "error"), None)
    if error is not None:
        return _condition(error)
    parts: list[str] = []
    for child in element.elements():
        if child.local == "body":
            parts.insert(0, f"“{brief(child.text)}”")
        elif child.local in ("show", "status", "subject"):
            parts.append(brief(child.text))
        elif child.namespace != element.namespace:
            meaning = _meaning(child)
            jid = next((part.text for part in child.elements() if part.local in ("jid", "resource")), "")
            parts.append(f"{meaning} {brief(jid)}" if meaning == "bind" and jid else meaning)
    return ", ".join(dict.fromkeys(parts[:4]))


def _meaning(element: Element) -> str:
    meaning = _MEANINGS.get(element.namespace)
    if meaning is None:
        return brief(element.local)
    if element.namespace == "urn:xmpp:receipts":
        return "receipt requested" if element.local == "request" else "receipt"
    return meaning


def _features(element: Element) -> str:
    parts: list[str] = []
    for child in element.elements():
        meaning = _meaning(child)
        if child.name == (SASL, "mechanisms"):
            meaning = _mechanisms([brief(part.text) for part in child.elements() if part.local == "mechanism"][:16])
        elif child.find((child.namespace, "required")) is not None:
            meaning += " (required)"
        parts.append(meaning)
    return "features: " + (", ".join(parts) or "none")


def _mechanisms(names: list[str]) -> str:
    """SCRAM-SHA-512, SCRAM-SHA-512-PLUS, SCRAM-SHA-1, PLAIN: "SCRAM-SHA-512(-PLUS) SCRAM-SHA-1 PLAIN"."""
    result: list[str] = []
    for name in dict.fromkeys(name.removesuffix("-PLUS") for name in names):
        plus = f"{name}-PLUS" in names
        result.append(name if not plus else f"{name}(-PLUS)" if name in names else f"{name}-PLUS")
    return " ".join(result) or "no mechanisms"


def _condition(error: Element) -> str:
    conditions = [child.local for child in error.elements() if child.local != "text"]
    text = next((child.text for child in error.elements() if child.local == "text"), "")
    return " - ".join(
        ["error " + brief(conditions[0] if conditions else "without a condition"), *([brief(text)] if text else [])]
    )


def _plain(element: Element) -> str:
    return element.local


def _auth(element: Element) -> str:
    return _login(f"{element.local} {brief(element.get('mechanism') or 'without a mechanism')}", element)


def _login(words: str, element: Element) -> str:
    """What is negotiated along with a login (XEP-0388)."""
    along = ("resume", "resumed", "failed", "bind", "bound", "request-token", "token")
    return ", ".join([words, *(child.local for child in element.elements() if child.local in along)])


def _failure(element: Element) -> str:
    return "SASL failure: " + _condition(element).removeprefix("error ")


_FIRST_LEVEL: dict[tuple[str, str], Callable[[Element], str]] = {
    (STREAM, "features"): _features,
    (STREAM, "error"): lambda element: "stream " + _condition(element),
    (SASL, "auth"): _auth,
    (SASL, "failure"): _failure,
    (SASL2, "authenticate"): _auth,
    (SASL2, "failure"): _failure,
    (SASL2, "success"): lambda element: _login("success", element),
    (SASL2, "continue"): lambda element: _login("continue", element),
    (TLS, "failure"): lambda _: "TLS failure",
}


def header_label(attributes: dict[str, str]) -> str:
    """A stream header, for people."""
    words = ["stream"]
    words.extend(f"{name} {brief(attributes[name])}" for name in ("from", "to") if name in attributes)
    if "id" in attributes:
        words.append(f"id {brief(attributes['id'], 20)}")
    return printable(" ".join(words))


# --- short XML -------------------------------------------------------------------------------------------------------


def short_xml(element: Element, size: int = 120) -> str:
    """The element in at most `size` characters: no default namespaces, long values cut, the end left out if
    need be."""
    parts: list[str] = []
    length = 0
    for part in _write(element, "jabber:client"):
        parts.append(part)
        length += len(part)
        if length > size:
            return brief("".join(parts), size)
    return printable("".join(parts))


def _write(element: Element, namespace: str) -> Iterator[str]:
    name = f"stream:{element.local}" if element.namespace == STREAM else element.local
    attributes = [f" {attribute_name(key)}='{brief(value, 36)}'" for key, value in element.attributes.items()]
    if element.namespace not in (namespace, STREAM, ""):
        attributes.insert(0, f" xmlns='{_namespace(element.namespace)}'")
    if not element.children:
        yield f"<{name}{''.join(attributes)}/>"
        return
    yield f"<{name}{''.join(attributes)}>"
    for child in element.children:
        if isinstance(child, str):
            yield "…" if element.name in _SECRET else brief(child)
        else:
            yield from _write(child, element.namespace)
    yield f"</{name}>"


def _namespace(name: str) -> str:
    """A namespace without the beginning that those of the RFCs share."""
    found = name.startswith(_IETF)
    return brief("…" + name[len(_IETF) :] if found else name, 48)


def attribute_name(name: str) -> str:
    """An attribute's name as it is usually written."""
    namespace, found, local = name.rpartition("}")
    if not found:
        return name
    return f"xml:{local}" if namespace[1:] == XML_NAMESPACE else local
