"""Stream headers: reading the peer's, and writing ours (RFC 6120 sections 4.7 and 4.8).

`read_header` turns what the reader found into a `StreamHeader` or raises `StreamFault` with the stream error that the
standard names. `write_header` gives the text of an opening tag, with the XML declaration in front.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..jid import JID, JIDError
from ..xml import XML_LANG, Element, StreamStart, escape_attribute
from .errors import STREAM_NS, StreamError, StreamErrorCondition
from .federation import NAMESPACE as DIALBACK_NS

STREAM_NAME = (STREAM_NS, "stream")
FOOTER = "</stream:stream>"

_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\Z")
_LANG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")


class StreamFault(Exception):  # noqa: N818 - raised inside the engine only; it never reaches the program
    """The peer broke the rules: the stream ends with this error."""

    def __init__(self, condition: StreamErrorCondition, text: str, application: Element | None = None) -> None:
        super().__init__(f"{condition.value}: {text}")
        self.error = StreamError(condition, text, "en", application=application)


@dataclass(slots=True)
class StreamHeader:
    """The attributes of a stream header, checked. A header without `version` has (0, 9), as section 4.7.5 orders."""

    sender: JID | None
    to: JID | None
    id: str | None
    version: tuple[int, int]
    lang: str | None


def read_header(start: StreamStart, content_namespace: str) -> StreamHeader:
    """Check the header that begins the peer's stream.

    Raises `StreamFault`: `invalid-namespace` for a wrong stream or content namespace (section 4.8), `bad-format` for
    another element, `improper-addressing` or `invalid-from` for addresses that are none, `unsupported-version`.
    """
    namespace, local = start.name
    if local != "stream" and namespace == STREAM_NS:
        raise StreamFault(StreamErrorCondition.BAD_FORMAT, f"a stream begins with <stream/>, not <{local}/>")
    if namespace != STREAM_NS:
        raise StreamFault(StreamErrorCondition.INVALID_NAMESPACE, "the stream's namespace is not that of XMPP streams")
    if start.default_namespace not in ("", STREAM_NS, content_namespace):
        raise StreamFault(
            StreamErrorCondition.INVALID_NAMESPACE, f"the content namespace of this stream is {content_namespace}"
        )
    attributes = start.attributes
    return StreamHeader(
        sender=_address(attributes.get("from"), StreamErrorCondition.INVALID_FROM, "from"),
        to=_address(attributes.get("to"), StreamErrorCondition.IMPROPER_ADDRESSING, "to"),
        id=attributes.get("id"),
        version=_version(attributes.get("version")),
        lang=_lang(attributes.get(XML_LANG)),
    )


def write_header(
    content_namespace: str,
    *,
    sender: str | None,
    to: str | None,
    id: str | None = None,
    version: str | None = "1.0",
    lang: str | None = None,
    dialback: bool = False,
) -> str:
    """The text of an XML declaration and an opening stream tag (sections 4.2 and 11.5). With `dialback`, the prefix `db` is
    declared, which is how a server says that it speaks it (XEP-0220 section 2.4.1)."""
    parts = ["<?xml version='1.0'?><stream:stream"]
    for name, value in (("from", sender), ("to", to), ("id", id), ("version", version), ("xml:lang", lang)):
        if value is not None:
            parts.append(f" {name}='{escape_attribute(value)}'")
    prefix = f" xmlns:db='{DIALBACK_NS}'" if dialback else ""
    parts.append(f" xmlns='{content_namespace}' xmlns:stream='{STREAM_NS}'{prefix}>")
    return "".join(parts)


def match_lang(wanted: str | None, ours: str) -> str:
    """The language of our response header: as the peer spelled it if we speak exactly that, else ours (section 4.7.4).

    A peer that asks for "de-CH" where we speak "de" is answered "de": the lookup scheme of RFC 4647 section 3.4.
    """
    return wanted if wanted is not None and wanted.lower() == ours.lower() else ours


def _address(text: str | None, condition: StreamErrorCondition, attribute: str) -> JID | None:
    if not text:
        return None
    try:
        return JID(text)
    except JIDError as error:
        raise StreamFault(condition, f"'{attribute}' of the stream header is not an address: {error}") from None


def _version(text: str | None) -> tuple[int, int]:
    if text is None:
        return (0, 9)
    match = _VERSION.match(text.strip())
    if match is None:
        raise StreamFault(StreamErrorCondition.UNSUPPORTED_VERSION, "the version of the stream is not a version number")
    return int(match[1]), int(match[2])


def is_language_tag(text: str) -> bool:
    """Whether `text` has the form of a language tag (RFC 5646 section 2.1), of at most 64 characters."""
    return len(text) <= 64 and _LANG.match(text) is not None


def _lang(text: str | None) -> str | None:
    return text if text and is_language_tag(text) else None
