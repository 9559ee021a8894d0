"""Streams over WebSocket (RFC 7395): one message is one complete element, which declares its own namespaces.

A stream begins with `<open/>` and ends with `<close/>`, where one over TCP has the two tags of `<stream:stream/>`. So that the
scripts of negotiation need not know, `MessageReader` gives what `StreamReader` would have given for the same stream, and
`MessageOutput` hands out one message at a time. A blank stands for a sign of life in either direction: no message can be one,
and whoever carries the messages makes a ping of it.
"""

from __future__ import annotations

import re
from collections import deque
from enum import Enum

from ..protocol.framing import NAMESPACE as NS
from ..stanza import Stanza
from ..xml import XML_LANG, Element, StreamEnd, StreamReader, StreamStart, XMLError, XMLLimits, write_element
from .errors import STREAM_NS
from .limits import Limits
from .output import Output

OPEN = (NS, "open")
CLOSE = (NS, "close")
SIGN_OF_LIFE = b" "

_SPACE = b" \t\r\n"
_HEADERS = frozenset({"open", "close", "stream"})
_URI = re.compile(
    r"(ws|http)(s?)://(?:\[[0-9a-f:.]{2,45}\]|[^\s/?#@:\[\]]{1,1023})(?::(?P<port>[0-9]{1,5}))?(?:[/?#]\S*)?\Z",
    re.IGNORECASE | re.ASCII,
)
_ROOT = b"<messages>"  # without a namespace: what a message does not declare is in none


class Framing(Enum):
    """How the elements of a stream are told apart."""

    TCP = "tcp"
    """One XML document, in a stream of bytes (RFC 6120)."""
    WEBSOCKET = "websocket"
    """One message each (RFC 7395): `receive_data` takes one message, `data_to_send` gives one."""


class StreamClose(StreamEnd):
    """`<close/>`: the end of the peer's stream, perhaps with the URI where it would have us go on (section 3.6.1)."""

    __slots__ = ("see_other_uri",)

    def __init__(self, see_other_uri: str | None) -> None:
        self.see_other_uri = see_other_uri


class MessageReader:
    """The header, the elements and the end of a stream, out of messages: `feed` takes one."""

    __slots__ = ("_content_namespace", "_eof", "_error", "_messages", "_opened", "_reader", "_size", "stepping")

    def __init__(self, limits: XMLLimits, content_namespace: str) -> None:
        self.stepping = True
        """Of no use here: a message ends where it ends."""
        self._content_namespace = content_namespace
        self._messages: deque[bytes] = deque()
        self._size = 0
        self._eof = False
        self._opened = False
        self._error: XMLError | None = None
        self._reader = StreamReader(limits, stepping=False)
        self._reader.feed(_ROOT)
        self._reader.next()

    def feed(self, data: bytes) -> None:
        """Store a message."""
        if data != SIGN_OF_LIFE:
            self._messages.append(data)
            self._size += len(data)

    def feed_eof(self) -> None:
        """Store that there are no more."""
        self._eof = True

    @property
    def limits(self) -> XMLLimits:
        """The limits; new ones hold for all messages that were not taken yet."""
        return self._reader.limits

    @limits.setter
    def limits(self, limits: XMLLimits) -> None:
        self._reader.limits = limits

    def next(self) -> StreamStart | Element | StreamEnd | None:
        """What the next message is; None if there is none. Raises XMLError, and again from then on."""
        if self._error is not None:
            raise self._error.with_traceback(None)
        if not self._messages:
            return None
        message = self._messages.popleft()
        self._size -= len(message)
        try:
            return self._item(self._element(message))
        except XMLError as error:
            self._error = error
            raise

    def pull(self) -> StreamStart | Element | StreamEnd | None:
        """The same: each message is an element at once."""
        return self.next()

    @property
    def at_eof(self) -> bool:
        """The end was fed, and every message in front of it was taken."""
        return self._eof and not self._messages and self._error is None

    @property
    def buffered(self) -> int:
        """Bytes of messages that were not taken."""
        return self._size

    @property
    def has_rest(self) -> bool:
        """Whether there are messages that were not taken."""
        return bool(self._messages)

    def restart(self) -> None:
        """The next message opens a new stream (section 3.7)."""
        self._opened = False

    def _element(self, message: bytes) -> Element:
        """The one element that a message has to be."""
        if message[:1] != b"<":
            raise XMLError("bad-format", "a message is text, and begins with '<'")
        reader = self._reader
        if len(message) > reader.limits.stanza_bytes:
            raise XMLError("policy-violation", f"a message is longer than {reader.limits.stanza_bytes} bytes")
        reader.feed(message if message[-1:] == b">" else message.rstrip(_SPACE))
        item = reader.next()
        if item is None:
            raise XMLError("not-well-formed", "a message ends inside an element")
        if not isinstance(item, Element) or reader.has_rest:
            raise XMLError("not-well-formed", "a message holds one element, and nothing else")
        return item

    def _item(self, element: Element) -> StreamStart | Element | StreamEnd:
        namespace, local = element.name
        if namespace == NS:
            if local == "close":
                return StreamClose(element.get("see-other-uri"))
            if local != "open" or self._opened:
                raise XMLError("bad-format", f"<{local}/> has no place here")
            self._opened = True
            attributes = {**element.attributes}
            return StreamStart((STREAM_NS, "stream"), attributes, {}, self._content_namespace)
        if not namespace or (not self._opened and local in _HEADERS):
            raise XMLError("invalid-namespace", "each message declares its namespace")
        if not self._opened:
            raise XMLError("bad-format", "a stream begins with <open/>")
        return element


class MessageOutput(Output):
    """Messages in order: `append` adds one, `take` gives one."""

    __slots__ = ("_messages",)

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self._messages: deque[bytes] = deque()

    def append(self, data: bytes) -> None:
        self._messages.append(data)
        self.size += len(data)

    def take(self) -> bytes:
        """The oldest message that waits; b"" if there is none."""
        if not self._messages:
            return b""
        message = self._messages.popleft()
        self.size -= len(message)
        return message


def write_open(*, sender: str | None, to: str | None, id: str | None, version: str | None, lang: str | None) -> str:
    """The text of `<open/>` (section 3.4)."""
    named = (("from", sender), ("to", to), ("id", id), ("version", version), (XML_LANG, lang))
    return write_element(Element(OPEN, {name: value for name, value in named if value is not None}), "", {})


def write_close(see_other_uri: str | None = None) -> str:
    """The text of `<close/>` (section 3.6)."""
    attributes = {} if see_other_uri is None else {"see-other-uri": see_other_uri}
    return write_element(Element(CLOSE, attributes), "", {})


def write_message(item: Stanza | Element) -> str:
    """The text of a stanza or another element, with all its namespaces declared. Raises as `write_stanza` does."""
    if isinstance(item, Element):
        if item.name[0] == STREAM_NS:  # with the prefix that everybody expects (section 3.3.3)
            prefixes = {**(item.prefixes or {}), "stream": STREAM_NS}
            item = Element(item.name, item.attributes, item.children, prefixes)
        return write_element(item, "", {})
    out: list[str] = []
    item.write(out, "")
    return "".join(out)


def acceptable_uri(uri: str | None, secure: bool) -> str | None:
    """The URI of another endpoint, unless it is none or less secure than where we are (section 3.6.1)."""
    match = _URI.match(uri or "")
    if match is None or (secure and not match[2]) or not 0 < int(match["port"] or 1) < 65536:
        return None
    return uri
