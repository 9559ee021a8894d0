"""A small server for these tests: raw `Connection`s, and a few things it does when it is told to in a message.

It stands for any acceptor: what `serve()` needs of one is all that it has. Messages to `capulet.lit` itself are orders:

    echo TEXT       the same text comes back          flood N        N messages, numbered
    ping            it pings us, then says "ponged"   bye            it closes the stream
    fail            it ends the stream with an error  big N          a message of N characters
"""

from __future__ import annotations

from typing import Any

from xmppwire import JID, Connection, Iq, Message, Phase, ServerConfig, StreamError
from xmppwire.protocol.ping import Ping
from xmppwire.sasl import StoredCredentials
from xmppwire.stanza import IqType
from xmppwire.stream import Event, Signal
from xmppwire.stream.errors import StreamErrorCondition
from xmppwire.stream.events import (
    BindRequested,
    CredentialsRequested,
    Established,
    ExternalRequested,
    PasswordRequested,
    StreamEnded,
)

DOMAIN = JID("capulet.lit")
PASSWORD = "r0m30"
_KEYS: dict[tuple[str, int], StoredCredentials] = {}


def stored(algorithm: str, iterations: int) -> StoredCredentials:
    key = (algorithm, iterations)
    if key not in _KEYS:
        _KEYS[key] = StoredCredentials.from_password(PASSWORD, b"salt of the test", iterations, algorithm)
    return _KEYS[key]


class Stage:
    """One connection: the engine surface of a `Connection`, with the theatre looking at its events."""

    def __init__(self, theatre: Theatre, connection: Connection) -> None:
        self.connection = connection
        self.theatre = theatre
        self.jid: JID | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    def next_event(self, now: float) -> Event | Signal:
        event = self.connection.next_event(now)
        self.theatre.handle(self, event, now)
        return event


class Theatre:
    """The acceptor. Every account exists, with `PASSWORD`; the localpart `nobody` does not."""

    def __init__(self, *, iterations: int = 4096, welcome: str = "", **config: Any) -> None:
        self.config = ServerConfig(domains=[str(DOMAIN)], **config)
        self.welcome = welcome
        self.iterations = iterations
        self.stages: dict[JID, Stage] = {}
        self.ready: list[Stage] = []
        self.strangers = {"nobody"}
        self.accepted = 0
        self.events: list[Event] = []

    def accept(self, now: float) -> Any:
        self.accepted += 1
        return Stage(self, Connection(self.config))

    def take_ready(self) -> list[Any]:
        ready, self.ready = self.ready, []
        return ready

    def handle(self, stage: Stage, event: Event | Signal, now: float) -> None:
        if isinstance(event, Signal):
            return
        if not isinstance(event, Message):
            self.events.append(event)
        match event:
            case CredentialsRequested():
                known = event.username not in self.strangers
                stage.connection.answer(event, stored(event.hash, self.iterations) if known else None, now)
            case PasswordRequested():
                stage.connection.answer(event, event.password == PASSWORD, now)
            case ExternalRequested():
                stage.connection.answer(event, event.candidates[0].localpart if event.candidates else None, now)
            case BindRequested():
                stage.connection.answer(event, event.resource or "chamber", now)
            case Established():
                stage.jid = event.jid
                self.stages[event.jid] = stage
                self.obey(stage, self.welcome, now)
            case StreamEnded():
                if stage.jid is not None:
                    self.stages.pop(stage.jid, None)
            case Message() if event.to == DOMAIN:
                self.obey(stage, event.body or "", now)
            case Message():
                self.say(event.to or DOMAIN, event, now)
            case Iq(type=IqType.GET):
                if stage.phase is Phase.ESTABLISHED:
                    stage.connection.send(event.result(), now)
            case Iq(type=IqType.RESULT):
                self.tell(stage, "ponged", now)
            case _:
                pass

    def tell(self, stage: Stage, text: str, now: float) -> None:
        stage.connection.send(Message(to=stage.jid, sender=DOMAIN, body=text), now)

    def say(self, to: JID, message: Message, now: float) -> None:
        for jid, stage in self.stages.items():
            if to in (jid, jid.bare):
                stage.connection.send(Message(to=jid, sender=message.sender, body=message.body), now)
                self.ready.append(stage)

    def obey(self, stage: Stage, order: str, now: float) -> None:
        word, _, rest = order.partition(" ")
        match word:
            case "echo":
                self.tell(stage, rest, now)
            case "flood":
                for number in range(int(rest)):
                    self.tell(stage, str(number), now)
            case "big":
                self.tell(stage, "o" * int(rest), now)
            case "ping":
                stage.connection.send(Iq.get(Ping(), to=stage.jid, id="p1"), now)
            case "bye":
                stage.connection.close(now)
            case "fail":
                stage.connection.close(
                    now, StreamError(StreamErrorCondition.INTERNAL_SERVER_ERROR, "the roof came down")
                )
            case _:
                pass
