"""What the stream's tests share: a pair that logs in, and one engine alone against bytes written by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from tests.pair import Cut, End, Wire, World, seeded, whole
from xmppwire.jid import JID
from xmppwire.sasl import StoredCredentials
from xmppwire.stream import (
    AnonymousRequested,
    AuthorizationRequested,
    BindRequested,
    ClientConfig,
    Config,
    Connection,
    CredentialsRequested,
    Established,
    Event,
    ExternalRequested,
    PasswordRequested,
    Phase,
    ServerConfig,
    Signal,
    StreamEnded,
    StreamErrorSent,
    TLSInfo,
    TLSRequested,
    TokenRequested,
)

E = TypeVar("E")

JULIET = JID("juliet@capulet.lit/balcony")
PASSWORD = "r0m30myr0m30"
HEADER = (
    "<?xml version='1.0'?><stream:stream from='capulet.lit' id='s1' version='1.0' xml:lang='en' "
    "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
CLIENT_HEADER = (
    "<?xml version='1.0'?><stream:stream to='capulet.lit' version='1.0' xml:lang='en' "
    "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
PROCEED = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
SUCCESS = f"<success xmlns='{SASL}'/>"


def mechanisms(*names: str) -> str:
    inner = "".join(f"<mechanism>{name}</mechanism>" for name in names)
    return f"<mechanisms xmlns='{SASL}'>{inner}</mechanisms>"


def features(*inner: str) -> str:
    return f"<stream:features>{''.join(inner)}</stream:features>"


def client_config(**changes: Any) -> ClientConfig:
    return ClientConfig(**{"jid": JULIET, "password": PASSWORD, "random": seeded(1), **changes})


def server_config(**changes: Any) -> ServerConfig:
    return ServerConfig(**{"domains": ["capulet.lit"], "random": seeded(2), **changes})


def plain(**changes: Any) -> dict[str, Any]:
    """Config fields for a stream without TLS."""
    return {"require_tls": False, "allow_plain_without_tls": True, **changes}


def credentials(hash: str, password: str = PASSWORD) -> StoredCredentials:
    return StoredCredentials.from_password(password, salt=b"saltsaltsaltsalt", iterations=4096, hash=hash)


def obliging_server(end: End, event: Event) -> None:
    """Answers every question of the server half as a server with one account would."""
    now, engine = end.world.now, end.engine
    match event:
        case CredentialsRequested(username=name, hash=hash):
            engine.answer(event, credentials(hash) if name == "juliet" else None, now)
        case PasswordRequested(username=name, password=password):
            engine.answer(event, name == "juliet" and password == PASSWORD, now)
        case TokenRequested(token=token):
            engine.answer(event, "juliet" if token == "good-token" else None, now)
        case ExternalRequested(candidates=candidates):
            engine.answer(event, candidates[0].localpart if candidates else None, now)
        case AnonymousRequested():
            engine.answer(event, "visitor", now)
        case AuthorizationRequested():
            engine.answer(event, False, now)
        case BindRequested(resource=resource):
            engine.answer(event, resource or "chosen", now)
        case _:
            pass


def pair(
    client: ClientConfig | None = None,
    server: ServerConfig | None = None,
    *,
    cut: Cut = whole,
    on_server: Callable[[End, Event], None] = obliging_server,
    world: World | None = None,
) -> tuple[World, Wire]:
    """A client and a server, joined and started; nothing has moved yet."""
    world = world or World()
    wire = world.join(
        Connection(client or client_config()), Connection(server or server_config()), cut=cut, start=False
    )
    wire.server.on_event = on_server
    wire.client.engine.start(world.now)
    wire.server.engine.start(world.now)
    return world, wire


def established(
    client: ClientConfig | None = None, server: ServerConfig | None = None, *, cut: Cut = whole
) -> tuple[World, Wire]:
    """A pair whose negotiation is complete."""
    world, wire = pair(client, server, cut=cut)
    world.settle()
    assert wire.client.of(Established), wire.client.events
    assert wire.server.of(Established), wire.server.events
    wire.client.take()
    wire.server.take()
    return world, wire


class Solo:
    """One engine against a peer that is written by hand: `feed` text, look at `events` and at what `sent` returns."""

    def __init__(self, config: Config, *, now: float = 0.0) -> None:
        self.engine = Connection(config)
        self.now = now
        self.events: list[Event] = []
        self.on_event: Callable[[Solo, Event], None] | None = None
        self.engine.start(now)
        self.pull()

    def pull(self) -> Signal:
        while not isinstance(event := self.engine.next_event(self.now), Signal):
            self.events.append(event)
            if self.on_event is not None:
                self.on_event(self, event)
        return event

    def feed(self, *data: str | bytes) -> None:
        for piece in data:
            self.engine.receive_data(piece.encode() if isinstance(piece, str) else piece, self.now)
            self.pull()

    def end_of_file(self) -> None:
        self.engine.receive_data(b"", self.now)
        self.pull()

    def sent(self) -> str:
        return self.engine.data_to_send().decode()

    def tls(self, **facts: Any) -> None:
        assert isinstance(self.events[-1], TLSRequested), self.events
        self.engine.tls_established(TLSInfo(**{"version": "TLSv1.3", **facts}), self.now)
        self.pull()

    def wait(self, seconds: float) -> None:
        """Let time pass, with every timer on the way, as an adapter would."""
        target = self.now + seconds
        for _ in range(10_000):
            due = self.engine.next_timeout()
            if due is None or due > target:
                break
            self.now = max(self.now, due)
            self.engine.handle_timeout(self.now)
            self.pull()
        else:
            raise AssertionError("a timer is always due")
        self.now = target

    def one(self, kind: type[E]) -> E:
        found = [event for event in self.events if isinstance(event, kind)]
        assert len(found) == 1, f"{len(found)} of {kind.__name__} in {self.events}"
        return found[0]

    @property
    def error(self) -> str:
        """The condition of the stream error that was sent."""
        return self.one(StreamErrorSent).error.condition.value

    @property
    def ended(self) -> StreamEnded:
        last = self.events[-1]
        assert isinstance(last, StreamEnded), self.events
        assert self.engine.phase is Phase.CLOSED
        return last


def client_in_tls(**changes: Any) -> Solo:
    """A client that has done STARTTLS and sent its second header; the server's answer is next."""
    solo = Solo(client_config(**changes))
    solo.feed(HEADER, features(STARTTLS), PROCEED)
    solo.tls()
    return solo


def client_at_binding(**changes: Any) -> tuple[Solo, str]:
    """A client that has asked for a resource, and the id of that request."""
    solo = client_in_tls(**changes)
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND))
    return solo, last_id(solo.sent())


def established_client(**changes: Any) -> Solo:
    solo, identifier = client_at_binding(**changes)
    solo.feed(
        f"<iq type='result' id='{identifier}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        f"<jid>{JULIET}</jid></bind></iq>"
    )
    assert solo.engine.phase is Phase.ESTABLISHED, solo.events
    solo.sent()
    solo.events.clear()
    return solo


def obliging(solo: Solo, event: Event) -> None:
    """`obliging_server` for a `Solo`."""

    class Shim:
        world = solo
        engine = solo.engine

    obliging_server(Shim, event)  # type: ignore[arg-type]


def server_in_tls(**changes: Any) -> Solo:
    """A server that has done STARTTLS; the client's second header is next."""
    solo = Solo(server_config(**changes))
    solo.on_event = obliging
    solo.feed(CLIENT_HEADER, STARTTLS)
    solo.tls()
    solo.sent()
    return solo


AUTH_PLAIN = f"<auth xmlns='{SASL}' mechanism='PLAIN'>AGp1bGlldAByMG0zMG15cjBtMzA=</auth>"


def server_logged_in(**changes: Any) -> Solo:
    """A server whose client has authenticated; the third header is next."""
    solo = server_in_tls(**changes)
    solo.feed(CLIENT_HEADER, AUTH_PLAIN)
    assert "<success" in solo.sent()
    return solo


def established_server(**changes: Any) -> Solo:
    solo = server_logged_in(**changes)
    solo.feed(
        CLIENT_HEADER,
        "<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>balcony</resource></bind></iq>",
    )
    assert solo.engine.phase is Phase.ESTABLISHED, solo.events
    solo.sent()
    solo.events.clear()
    return solo


def last_id(text: str) -> str:
    found = re.findall(r" id='([^']*)'", text)
    assert found, text
    return found[-1]
