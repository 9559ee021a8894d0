"""Turns the lines of a trace into the steps of a ladder: client on the left, server on the right.

    line of a trace ──feed──> steps: an element that crosses, a remark, the beginning and end of TLS

Steps come as soon as they can be told, so a ladder can be drawn while the stream is alive. Which end recorded the trace
makes no difference to the picture. `text` and `svg` draw the steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..xml import Element
from .labels import attribute_name, brief, header_label, label, short_xml
from .peek import Peek
from .split import Piece, PieceKind, Splitter
from .values import Json, decode_bytes, member, parse_line


class StepKind(Enum):
    """What a step shows."""

    TITLE = "title"
    TO_SERVER = "to-server"
    TO_CLIENT = "to-client"
    NOTE = "note"
    TLS = "tls"
    """From here on the bytes travel inside TLS."""
    END = "end"
    """The stream is over; TLS too."""


@dataclass(slots=True)
class Step:
    """One step. `time` is in seconds since the first call of the trace; `label` is for people; `xml` is the element,
    shortened, and empty for steps that are none. `short` is a label for where there is little room, if there is one."""

    kind: StepKind
    time: float
    label: str
    xml: str = ""
    short: str = ""


class Ladder:
    """Feed it the lines of one trace, in order."""

    __slots__ = ("_began", "_ended", "_now", "_peeks", "_splitters", "role", "title")

    def __init__(self) -> None:
        self.role = "client"
        self.title = ""
        self._began: float | None = None
        self._ended = False
        self._now = 0.0
        self._splitters = {True: Splitter(), False: Splitter()}
        self._peeks = {True: Peek(), False: Peek()}

    def feed(self, line: str) -> list[Step]:
        """The steps that this line completes. Raises TraceError if it is no line of a trace."""
        record = parse_line(line)
        if "xmppwire-trace" in record:
            return self._header(record)
        at = record.get("at")
        if isinstance(at, int | float):
            self._now = at
            if self._began is None:
                self._began = at
        return list(self._steps(record))

    def _header(self, record: dict[str, Json]) -> list[Step]:
        self.role = "server" if record.get("role") == "server" else "client"
        name = record.get("label")
        self.title = brief(name) if isinstance(name, str) else f"a stream, recorded by the {self.role}"
        return [Step(StepKind.TITLE, 0.0, self.title)]

    def _steps(self, record: dict[str, Json]) -> Iterator[Step]:
        match record:
            case {"call": "receive_data", "in": data}:
                if data is None:
                    yield from self._end_of_file()
                else:
                    yield from self._bytes(decode_bytes(data), to_server=self.role == "server")
            case {"call": "data_to_send", "out": data}:
                yield from self._bytes(decode_bytes(data), to_server=self.role == "client")
            case {"call": "tls_established", "info": {"version": str(version)}}:
                for splitter in self._splitters.values():
                    splitter.restart()
                cipher = member(record["info"], "cipher")
                yield self._step(StepKind.TLS, brief(f"{version}, {cipher}" if cipher else version, 60))
            case {"call": "tls_failed", "reason": str(reason)}:
                yield self._step(StepKind.NOTE, f"TLS failed: {brief(reason, 60)}")
            case {"event": {"class": str(name)}}:
                yield from self._event(name, record["event"])
            case _:
                return

    def _event(self, name: str, event: dict[str, Any]) -> Iterator[Step]:
        match name:
            case "Authenticated":
                who = f" as {_jid(event['jid'])}" if event.get("jid") else ""
                how = str(event.get("mechanism"))
                if binding := event.get("binding"):
                    text = f"logged in{who} ({how}, bound to TLS by {binding})"
                    yield self._step(StepKind.NOTE, text, short=f"logged in{who} ({how}, {binding})")
                else:
                    yield self._step(StepKind.NOTE, f"logged in{who} ({how})")
            case "AuthenticationFailed" if event.get("final"):
                yield self._step(StepKind.NOTE, f"login failed: {event.get('text') or _member(event.get('condition'))}")
            case "Established":
                yield self._step(StepKind.NOTE, f"session established: {_jid(event.get('jid'))}")
            case "StanzaRejected":
                yield self._step(StepKind.NOTE, f"stanza rejected, {event.get('condition')}: {event.get('text')}")
            case "CertificateExpired":
                yield self._step(StepKind.NOTE, "the peer's certificate expired")
            case "StreamEnded":
                self._ended = True
                text = f": {event['text']}" if event.get("text") else ""
                yield self._step(StepKind.END, f"stream ended, {_member(event.get('reason'))}{text}")
            case _:
                return

    def _end_of_file(self) -> Iterator[Step]:
        if not self._ended:
            end = "client" if self.role == "server" else "server"
            yield self._step(StepKind.NOTE, f"the {end} closed the connection")

    def _bytes(self, data: bytes, *, to_server: bool) -> Iterator[Step]:
        kind = StepKind.TO_SERVER if to_server else StepKind.TO_CLIENT
        for piece in self._splitters[to_server].feed(data):
            text, xml = self._peek(piece, to_server)
            yield self._step(kind, text, xml)

    def _peek(self, piece: Piece, to_server: bool) -> tuple[str, str]:
        """Label and short XML of a piece."""
        peek = self._peeks[to_server]
        match piece.kind:
            case PieceKind.BLANK:
                return "(blank: keepalive)", ""
            case PieceKind.FOOTER:
                return "end of stream", "</stream:stream>"
            case PieceKind.HEADER:
                attributes = peek.header(piece.raw)
                shown = "".join(f" {attribute_name(name)}='{brief(value, 40)}'" for name, value in attributes.items())
                return header_label(attributes), f"<stream:stream{shown}>"
            case PieceKind.ELEMENT:
                element: Element | None = peek.element(piece.raw)
                if element is not None:
                    return label(element, to_server=to_server), short_xml(element)
            case PieceKind.OTHER:
                pass
        shown = brief(piece.raw[:400].decode("utf-8", "replace"), 60)
        return f"(not XMPP) {shown}", shown

    def _step(self, kind: StepKind, text: str, xml: str = "", short: str = "") -> Step:
        return Step(
            kind,
            self._now - (self._now if self._began is None else self._began),
            brief(text, 200),
            xml,
            brief(short, 200),
        )


def steps(lines: Iterable[str]) -> Iterator[Step]:
    """The steps of a whole trace. Blank lines are passed over. Raises TraceError."""
    ladder = Ladder()
    for line in lines:
        if line.strip():
            yield from ladder.feed(line)


def _jid(value: Json) -> str:
    return str(member(value, "jid") or "?")


def _member(value: Json) -> str:
    names = member(value, "enum")
    return str(names[-1] if names else value).lower().replace("_", "-")
