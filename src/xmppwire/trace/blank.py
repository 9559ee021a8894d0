"""Finds the secrets in the bytes of a stream and puts something else in their place, however the bytes are cut.

What a trace must not give away stands in few places: the contents of the SASL elements (RFC 6120 section 6), the
handshake of a component (XEP-0114), the keys of dialback (XEP-0220), and the fields that hold a password or token
(XEP-0077, XEP-0078, XEP-0045, private fields of XEP-0004). A `Blanker` follows one direction of one stream, byte by
byte where it has to, and knows just enough XML for that: tags, quotes, CDATA, depth. It holds nothing back, so a
recorded run keeps its rhythm. Where the input is not well-formed it may blank too much, never too little.

The same machine works backwards: given a recorded stream, `fill` is asked for something to stand in each blank.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum, auto

BLANK = b"***"
"""What stands where something was."""

FIRST_LEVEL = frozenset({"auth", "response", "challenge", "success", "handshake", "result", "verify"})
"""First-level elements whose text is secret; until the login is complete, elements of these names at any depth."""

ANYWHERE = frozenset({"password", "digest", "initial-response", "additional-data", "task-data", "token", "secret"})
"""Elements whose text is secret wherever they stand."""

ATTRIBUTES = frozenset({"token", "password", "secret"})
"""Attributes whose value is secret."""

_PRIVATE_FIELD = re.compile("password|passwd|secret|token|text-private")
_TAG_MARK = re.compile(rb"[\"'>]")
_KEPT = 200
"""Bytes kept of a name or value: no name that matters is longer, and nobody may make a trace cost memory."""

Fill = Callable[[str, Mapping[str, str]], bytes]
"""Given the name and attributes of the element: what to write in place of its text."""


class _State(Enum):
    TEXT = auto()
    NAME = auto()
    TAG = auto()
    VALUE = auto()
    DECLARATION = auto()
    CDATA = auto()


def _blank(_name: str, _attributes: Mapping[str, str]) -> bytes:
    return BLANK


class Blanker:
    """One direction of a stream. Feed it what passes; it returns what may be shown.

    Set `authenticated` once the login is complete. `depth` is how many elements are open.
    """

    __slots__ = (
        "_attribute",
        "_attributes",
        "_fill",
        "_filled",
        "_kept",
        "_name",
        "_quote",
        "_secret_depth",
        "_secret_name",
        "_self_closing",
        "_state",
        "authenticated",
        "depth",
    )

    def __init__(self, fill: Fill = _blank) -> None:
        self._fill = fill
        self.authenticated = False
        self.restart()

    def restart(self) -> None:
        """The stream begins anew: whatever was open is forgotten."""
        self.depth = 0
        self._state = _State.TEXT
        self._name = b""
        self._kept = b""
        self._quote = b""
        self._attribute = ""
        self._attributes: dict[str, str] = {}
        self._self_closing = False
        self._secret_depth = 0
        self._secret_name = ""
        self._filled = False

    def feed(self, data: bytes) -> bytes:
        """The same bytes without what is secret."""
        out: list[bytes] = []
        position = 0
        while position < len(data):
            position = _STEPS[self._state](self, data, position, out)
        return b"".join(out)

    # --- the states: each consumes some bytes and returns the position behind them ------------------------------------

    def _text(self, data: bytes, start: int, out: list[bytes]) -> int:
        found = data.find(b"<", start)
        end = len(data) if found < 0 else found
        if end > start:
            self._emit(data[start:end], out)
        if found < 0:
            return end
        out.append(b"<")
        self._filled = False
        self._state = _State.NAME
        self._name = b""
        return found + 1

    def _emit(self, text: bytes, out: list[bytes]) -> None:
        if not self._secret_depth:
            out.append(text)
        elif not self._filled and not text.isspace():
            self._filled = True
            out.append(self._fill(self._secret_name, self._attributes))

    def _tag_name(self, data: bytes, start: int, out: list[bytes]) -> int:
        if not self._name and data[start : start + 1] in (b"!", b"?"):
            self._state = _State.DECLARATION
            self._kept = b""
            return start
        position = start
        while position < len(data):
            byte = data[position : position + 1]
            if byte in (b" ", b"\t", b"\r", b"\n", b">") or (byte == b"/" and self._name):
                self._state = _State.TAG
                self._kept = b""
                self._self_closing = False
                if not self._secret_depth:
                    self._attributes = {}
                break
            self._name = (self._name + byte)[:_KEPT]
            position += 1
        out.append(data[start:position])
        return position

    def _tag(self, data: bytes, start: int, out: list[bytes]) -> int:
        match = _TAG_MARK.search(data, start)
        end = match.start() if match else len(data)
        if end > start:
            self._self_closing = data[end - 1 : end] == b"/"
            self._kept = (self._kept + data[start:end])[-_KEPT:]
        out.append(data[start : end + 1])
        if match is None:
            return end
        if match.group() == b">":
            self._tag_end()
        else:
            self._quote = match.group()
            words = self._kept.replace(b"=", b" ").split()
            self._attribute = words[-1].decode("utf-8", "replace") if words else ""
            self._kept = b""
            self._filled = False
            self._state = _State.VALUE
        return end + 1

    def _value(self, data: bytes, start: int, out: list[bytes]) -> int:
        found = data.find(self._quote, start)
        end = len(data) if found < 0 else found
        if _local(self._attribute) not in ATTRIBUTES:
            out.append(data[start:end])
            self._kept = (self._kept + data[start:end])[:_KEPT]
        elif end > start and not self._filled:
            self._filled = True
            out.append(BLANK)
        if found < 0:
            return end
        out.append(self._quote)
        if not self._secret_depth and len(self._attributes) < 20:
            self._attributes[self._attribute] = self._kept.decode("utf-8", "replace")
        self._kept = b""
        self._self_closing = False
        self._state = _State.TAG
        return end + 1

    def _declaration(self, data: bytes, start: int, out: list[bytes]) -> int:
        byte = data[start : start + 1]
        self._kept = (self._kept + byte)[:_KEPT]
        out.append(byte)
        if self._kept == b"![CDATA[":
            self._state = _State.CDATA
            self._kept = b""
        elif byte == b">":
            self._state = _State.TEXT
        return start + 1

    def _cdata(self, data: bytes, start: int, out: list[bytes]) -> int:
        # Two bytes of the end mark may have come with the piece before; they were text to us then, and are shown or not
        # like the rest of the text, so that the mark is complete in either case.
        for end in range(start, len(data)):
            byte = data[end : end + 1]
            if byte == b">" and self._kept == b"]]":
                self._emit_cdata(data[start:end], out)
                out.append(b"]]>" if self._secret_depth else b">")
                self._state = _State.TEXT
                return end + 1
            self._kept = (self._kept + byte)[-2:]
        self._emit_cdata(data[start:], out)
        return len(data)

    def _emit_cdata(self, text: bytes, out: list[bytes]) -> None:
        if not self._secret_depth or text.strip(b"]"):
            self._emit(text, out)

    def _tag_end(self) -> None:
        self._state = _State.TEXT
        name = self._name
        if name.startswith(b"/"):
            if self._secret_depth and self.depth <= self._secret_depth:
                self._secret_depth = 0
            self.depth = max(self.depth - 1, 0)
        elif not self._self_closing:
            local = _local(name.decode("utf-8", "replace"))
            if local == "stream" and self.depth <= 1 and not self._secret_depth:
                self.depth = 0  # a new header: the stream begins anew
            self.depth += 1
            if not self._secret_depth and self._is_secret(local):
                self._secret_depth = self.depth
                self._secret_name = local

    def _is_secret(self, local: str) -> bool:
        if local in ANYWHERE:
            return True
        if local == "success" and self._attributes.get("xmlns") == "urn:xmpp:sasl:2":
            return False  # what is secret in it has elements and attributes of its own
        if local in FIRST_LEVEL:
            return self.depth <= 2 or not self.authenticated
        if local == "field":
            return any(_PRIVATE_FIELD.search(self._attributes.get(name, "").lower()) for name in ("type", "var"))
        return False


def _local(name: str) -> str:
    return name.rpartition(":")[2]


_STEPS: Mapping[_State, Callable[[Blanker, bytes, int, list[bytes]], int]] = {
    _State.TEXT: Blanker._text,  # pyright: ignore[reportPrivateUsage]
    _State.NAME: Blanker._tag_name,  # pyright: ignore[reportPrivateUsage]
    _State.TAG: Blanker._tag,  # pyright: ignore[reportPrivateUsage]
    _State.VALUE: Blanker._value,  # pyright: ignore[reportPrivateUsage]
    _State.DECLARATION: Blanker._declaration,  # pyright: ignore[reportPrivateUsage]
    _State.CDATA: Blanker._cdata,  # pyright: ignore[reportPrivateUsage]
}
