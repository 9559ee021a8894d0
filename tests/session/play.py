"""A session, and a server that the test plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.pair import End, World, seeded, whole
from xmppwire.jid import JID
from xmppwire.operation import Operation
from xmppwire.sasl import StoredCredentials
from xmppwire.session import Running, Session
from xmppwire.stanza import Iq
from xmppwire.stream.config import ClientConfig, ServerConfig
from xmppwire.stream.connection import Connection
from xmppwire.stream.events import BindRequested, CredentialsRequested, Event
from xmppwire.stream.limits import Limits
from xmppwire.stream.phases import Phase

JULIET = JID("juliet@capulet.lit/balcony")
KEYS = {
    name: StoredCredentials.from_password("secret", b"0123456789abcdef", 4096, name)
    for name in ("sha1", "sha256", "sha512")
}


class Play:
    """A session and, at the other end, a server without any behaviour of its own beyond the login."""

    def __init__(
        self,
        cut: Callable[[bytes], Any] = whole,
        limits: Limits | None = None,
        server_keepalive: float | None = 60.0,
        **keywords: Any,
    ) -> None:
        self.world = World()
        config = ClientConfig(jid=JULIET, password="secret", random=seeded(1), limits=limits or Limits())
        self.session = Session(config, **keywords)
        server = Connection(ServerConfig(domains=["capulet.lit"], random=seeded(2), keepalive=server_keepalive))
        self.wire = self.world.join(self.session, server, cut=cut, start=False)
        self.wire.server.on_event = self.login
        self.session.start(self.world.now)
        server.start(self.world.now)
        self.world.settle()
        assert self.session.phase is Phase.ESTABLISHED
        self.client, self.server = self.wire.client, self.wire.server
        self.client.take()
        self.server.take()

    @staticmethod
    def login(end: End, event: Event) -> None:
        if isinstance(event, CredentialsRequested):
            end.engine.answer(event, KEYS[event.hash], end.world.now)
        elif isinstance(event, BindRequested):
            end.engine.answer(event, event.resource, end.world.now)

    def run(self, operation: Operation[Any], **keywords: Any) -> Running[Any]:
        running = self.session.run(operation, self.world.now, **keywords)
        self.world.settle()
        return running

    def say(self, *stanzas: Any) -> None:
        for stanza in stanzas:
            self.server.engine.send(stanza, self.world.now)
        self.world.settle()

    def asked(self) -> Iq:
        """The one request that reached the server since the last look."""
        (iq,) = [event for event in self.server.take() if isinstance(event, Iq)]
        return iq
