"""Fallback Indication (XEP-0428): which part of a body or subject is there only for clients that lack an extension.

A client that has the extension leaves that part out: `body_without_fallback(message, {"urn:xmpp:reply:0"})`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol.character_counting import without_ranges
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.stanza import Message

NAMESPACE = "urn:xmpp:fallback:0"
STANDARD = Standard(
    "XEP-0428",
    "Fallback Indication",
    Status.EXPERIMENTAL,
    "0.2.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class FallbackRange(Payload):
    """A range in code points, of the text in the language `lang`; without `start` and `end` all of it."""

    start: int | None = field.attribute(UnsignedInt, default=None)
    end: int | None = field.attribute(UnsignedInt, default=None)
    lang: str | None = field.language()


class FallbackSubject(FallbackRange, ns=NAMESPACE, name="subject", nested=True):
    """A part of the subject."""


class FallbackBody(FallbackRange, ns=NAMESPACE, name="body", nested=True):
    """A part of the body."""


class Fallback(Payload, ns=NAMESPACE, name="fallback"):
    """The parts that stand in for the extension `for_`, named by its namespace. No part at all means the whole message."""

    for_: str | None = field.attribute(name="for", default=None)
    subjects: list[FallbackSubject] = field.children()
    bodies: list[FallbackBody] = field.children()


def strip_fallback(text: str, ranges: Iterable[FallbackRange]) -> str:
    """The text less these ranges."""
    return without_ranges(text, ((one.start, one.end) for one in ranges))


def body_without_fallback(message: Message, understood: Container[str | None]) -> str | None:
    """The body in the message's language less what is fallback for the extensions `understood`; None where nothing is left.

    Raises `PayloadError` for a fallback indication that does not decode.
    """
    return _stripped(message, message.body, message.bodies, understood, "bodies")


def subject_without_fallback(message: Message, understood: Container[str | None]) -> str | None:
    """The same for the subject."""
    return _stripped(message, message.subject, message.subjects, understood, "subjects")


def _stripped(
    message: Message, text: str | None, texts: Mapping[str, str], understood: Container[str | None], parts: str
) -> str | None:
    if text is None:
        return None
    lang = next(key for key, value in texts.items() if value == text)
    ranges: list[FallbackRange] = []
    for fallback in message.get_all(Fallback):
        if fallback.for_ not in understood:
            continue
        if not fallback.subjects and not fallback.bodies:
            return None
        ranges += (one for one in getattr(fallback, parts) if _concerns(one, lang, texts))
    return strip_fallback(text, ranges) or None


def _concerns(one: FallbackRange, lang: str, texts: Mapping[str, str]) -> bool:
    """A range without a language fits every text only where it is all of it, or where there is only one text."""
    if one.lang is not None:
        return one.lang == lang
    return len(texts) == 1 or not lang or (one.start is None and one.end is None)
