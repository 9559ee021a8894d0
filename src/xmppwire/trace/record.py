"""Records what happens to an engine, as lines of JSON, while it happens.

    config ──record()──> Recorder(engine) ──one line for each call──> sink

A `Recorder` has the surface of the engine that it wraps, so that a driver cannot tell them apart. Each call is one line,
written when the call returns: the time, what went in, what came out, and the random bytes drawn on the way. That is
everything the engine depends on, so that `replay` can do it again. `docs/reference/trace-format.md` describes the lines.

The sink is any callable that takes a line (without the line end): a file's writer, a list's `append`, a live ladder.
An exception from the sink passes through to the caller, after the engine has done its work.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

from ..stanza import Stanza
from ..stream import (
    Authenticated,
    ClientConfig,
    ComponentRequested,
    Connection,
    DialbackRequested,
    Engine,
    Established,
    Event,
    LocalProtocolError,
    Phase,
    Question,
    ServerConfig,
    Signal,
    StreamConfig,
    StreamError,
    TLSInfo,
)
from ..xml import Element
from .blank import Blanker
from .values import BLANK, Json, encode, encode_bytes

VERSION = 1
"""The version of the format; it stands in the first line."""

_UNSAFE = re.compile("[\ud800-\udfff\x85\u2028\u2029]")
"""What cannot be written to a file, and what some readers take for the end of a line."""

Sink = Callable[[str], object]
RandomBytes = Callable[[int], bytes]
C = TypeVar("C", bound=StreamConfig)
T = TypeVar("T")


class Tape:
    """What a recording is written to: a sink, and the random bytes that were drawn since the last line.

    `secrets` keeps what is secret in the trace; by default it is blanked.
    """

    __slots__ = ("_draws", "_sink", "secrets")

    def __init__(self, sink: Sink, *, secrets: bool = False) -> None:
        self._sink = sink
        self._draws: list[bytes] = []
        self.secrets = secrets

    def header(self, config: StreamConfig | None, label: str | None = None) -> None:
        """Write the first line."""
        role = type(config).__name__.removesuffix("Config").lower() if config is not None else None
        line: dict[str, Json] = {"xmppwire-trace": VERSION, "role": role, "secrets": self.secrets}
        if label is not None:
            line["label"] = label
        line["config"] = encode(config, self.secrets)
        self._write(line)

    def write(self, record: dict[str, Json]) -> None:
        """Write the line of one call, with the random draws that it made."""
        if self._draws:
            record["random"] = [base64.b64encode(draw).decode("ascii") for draw in self._draws]
            self._draws.clear()
        self._write(record)

    def drawn(self, data: bytes) -> None:
        """Note a random draw; it belongs to the call under way."""
        self._draws.append(data)

    def _write(self, record: dict[str, Json]) -> None:
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        if _UNSAFE.search(line):
            line = json.dumps(record, separators=(",", ":"))
        self._sink(line)


def recorded_random(random: RandomBytes, tape: Tape) -> RandomBytes:
    """The same source of random bytes, noting on the tape what it gave."""

    def draw(size: int) -> bytes:
        data = random(size)
        tape.drawn(data)
        return data

    return draw


def record(
    config: C,
    sink: Sink,
    *,
    make: Callable[[C], Engine] | None = None,
    secrets: bool = False,
    label: str | None = None,
) -> Recorder:
    """An engine for `config`, recorded from its making on.

    `make` makes the engine (None: a `Connection`); it must take time and randomness from nowhere but its arguments and
    the config it is given. `label` names the stream in ladders. `secrets` keeps passwords, keys and SASL messages in the
    trace, which alone makes it replayable to the byte from beginning to end. Without it the stream is not compressed, whatever
    the config says: what is compressed cannot be blanked.
    """
    tape = Tape(sink, secrets=secrets)
    if isinstance(config, ClientConfig | ServerConfig) and not secrets:
        config = dataclasses.replace(config, compression=False)
    config = dataclasses.replace(config, random=recorded_random(config.random, tape))
    tape.header(config, label)
    engine = make(config) if make is not None else cast("Engine", Connection(cast("Any", config)))
    return Recorder(engine, tape)


class HasConnection(Protocol):
    """A layer around a `Connection`: a `Session`, a link of the local server."""

    connection: Any


def record_connection(layer: HasConnection, sink: Sink, *, secrets: bool = False, label: str | None = None) -> Recorder:
    """Record the stream below a `Session` or a `Link` of the local server, which was not started yet.

    What such a layer does on its own (operations, automatic answers, routing) reaches its connection as calls, so the
    trace can be replayed with a bare `Connection`. Raises ValueError if the stream was started.
    """
    connection = layer.connection
    if connection.phase is not Phase.CONNECTED:
        raise ValueError("the stream was started already; its trace would lack the beginning")
    recorder = record(connection.config, sink, secrets=secrets, label=label)
    layer.connection = recorder
    return recorder


class Recorder:
    """An engine, with each call written to a tape. Made by `record`, or around an engine whose config draws through
    `recorded_random` (then call `Tape.header` first).

    `engine` is what is wrapped; what is called there directly is not recorded.
    """

    __slots__ = ("_asked", "_inbound", "_last", "_open", "_outbound", "_phase", "_question", "engine", "tape")

    def __init__(self, engine: Engine, tape: Tape) -> None:
        self.engine = engine
        self.tape = tape
        self._inbound = Blanker()
        self._outbound = Blanker()
        self._phase = engine.phase
        self._question: Question | None = None
        self._open: dict[Question, int] = {}
        """Those that do not stop the stream: each may be answered at any time."""
        self._asked = self._last = 0

    def __getattr__(self, name: str) -> Any:
        """Whatever else the engine has, such as `config` and `jid`."""
        return getattr(self.engine, name)

    @property
    def phase(self) -> Phase:
        return self.engine.phase

    @property
    def wants_read(self) -> bool:
        return self.engine.wants_read

    @property
    def output_size(self) -> int:
        return self.engine.output_size

    def next_timeout(self) -> float | None:
        return self.engine.next_timeout()

    def start(self, now: float) -> None:
        self._call("start", now, {}, lambda: self.engine.start(now))

    def receive_data(self, data: bytes, now: float) -> None:
        shown = data if self.tape.secrets else self._inbound.feed(data)
        line = {"in": encode_bytes(shown) if data else None}
        self._call("receive_data", now, line, lambda: self.engine.receive_data(data, now))

    def next_event(self, now: float) -> Event | Signal:
        event = self.engine.next_event(now)
        if isinstance(event, Authenticated | Established):  # a component logs in without SASL
            self._inbound.authenticated = self._outbound.authenticated = True
        line: dict[str, Json] = {"at": now, "call": "next_event"}
        if isinstance(event, Signal):
            line["signal"] = event.name
        else:
            line["event"] = encode(event, self.tape.secrets)
        if isinstance(event, Question):
            self._asked += 1
            if event.pauses:
                self._question, self._last = event, self._asked
            else:
                self._open[event] = self._asked
            line["question"] = self._asked
        self._note(line)
        return event

    def data_to_send(self) -> bytes:
        data = self.engine.data_to_send()
        if data:
            shown = data if self.tape.secrets else self._outbound.feed(data)
            self._note({"call": "data_to_send", "out": encode_bytes(shown)})
        return data

    def handle_timeout(self, now: float) -> None:
        self._call("handle_timeout", now, {}, lambda: self.engine.handle_timeout(now))

    def send(self, item: Stanza | Element, now: float) -> None:
        shown = {"item": encode(item, self.tape.secrets)}  # as it was given: the engine may add an id
        self._call("send", now, shown, lambda: self.engine.send(item, now))

    def handled(self, count: int = 1) -> None:
        """See `Connection.handled`; the line is without a time."""
        connection = cast("Connection", self.engine)
        self._call("handled", None, {"count": count}, lambda: connection.handled(count))

    def ask(self, now: float) -> None:
        """See `Connection.ask`."""
        connection = cast("Connection", self.engine)
        self._call("ask", now, {}, lambda: connection.ask(now))

    def set_active(self, active: bool, now: float) -> bool:
        """See `Connection.set_active`."""
        connection = cast("Connection", self.engine)
        return self._call("set_active", now, {"active": active}, lambda: connection.set_active(active, now))

    def request_pair(self, local: str, remote: str, now: float, *, same_host: bool = False) -> None:
        """See `Connection.request_pair`."""
        connection = cast("Connection", self.engine)
        shown: dict[str, Json] = {"local": local, "remote": remote, "same_host": same_host}
        self._call("request_pair", now, shown, lambda: connection.request_pair(local, remote, now, same_host=same_host))

    def verify_key(self, request: DialbackRequested, now: float) -> None:
        """See `Connection.verify_key`."""
        connection = cast("Connection", self.engine)
        shown = {"request": encode(request, self.tape.secrets)}
        self._call("verify_key", now, shown, lambda: connection.verify_key(request, now))

    def close(self, now: float, error: StreamError | None = None) -> None:
        self._call("close", now, {"error": encode(error, self.tape.secrets)}, lambda: self.engine.close(now, error))

    def tls_established(self, info: TLSInfo, now: float) -> None:
        shown = {"info": encode(info, self.tape.secrets)}
        self._call("tls_established", now, shown, lambda: self.engine.tls_established(info, now))
        self._inbound.restart()
        self._outbound.restart()

    def tls_failed(self, reason: str, now: float) -> None:
        self._call("tls_failed", now, {"reason": reason}, lambda: self.engine.tls_failed(reason, now))

    def answer(self, question: Question, value: object, now: float) -> None:
        hidden = isinstance(question, ComponentRequested) and value is not None and not self.tape.secrets
        shown = {"question": self._number(question), "value": BLANK if hidden else encode(value, self.tape.secrets)}
        self._call("answer", now, shown, lambda: self.engine.answer(question, value, now))

    def refuse(self, question: Question, condition: str, now: float, text: str | None = None) -> None:
        shown = {"question": self._number(question), "condition": condition, "text": text}
        self._call("refuse", now, shown, lambda: self.engine.refuse(question, condition, now, text))

    def _number(self, question: Question) -> int | None:
        return self._open.get(question, self._last if question is self._question else None)

    def _call(self, name: str, now: float | None, details: dict[str, Json], action: Callable[[], T]) -> T:
        line: dict[str, Json] = {"call": name} if now is None else {"at": now, "call": name}
        try:
            result = action()
        except Exception as error:
            # A mistake of the caller changes nothing; that it was made is noted, and a replay passes over it.
            if isinstance(error, LocalProtocolError):
                line["raised"] = str(error)
                self._note(line)
            raise
        line.update(details)
        self._note(line)
        return result

    def _note(self, line: dict[str, Json]) -> None:
        phase = self.engine.phase
        if phase is not self._phase:
            self._phase = phase
            line["phase"] = phase.value
        self.tape.write(line)
