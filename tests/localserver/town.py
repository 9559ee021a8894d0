"""A local server with clients that are sessions, joined in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from tests.pair import Cut, End, Wire, World, seeded, whole
from xmppwire.jid import JID
from xmppwire.localserver import Link, LocalServer
from xmppwire.operation import Operation
from xmppwire.session import AutomaticAnswers, Session
from xmppwire.stanza import Iq, Message, Presence, Stanza
from xmppwire.stream.config import ClientConfig
from xmppwire.stream.phases import Phase

T = TypeVar("T")

ACCOUNTS = {"juliet": "secret1", "romeo": "secret2", "nurse": "secret3"}


class Client:
    """One logged-in client."""

    def __init__(self, town: Town, wire: Wire) -> None:
        self.town = town
        self.wire = wire
        self.end: End = wire.client
        self.session: Session = wire.client.engine
        self.link: Link = wire.server.engine

    @property
    def jid(self) -> JID:
        assert self.session.jid is not None
        return self.session.jid

    def say(self, *stanzas: Stanza) -> None:
        for stanza in stanzas:
            self.session.send(stanza, self.town.world.now)
        self.town.world.settle()

    def heard(self) -> list[Any]:
        """The stanzas since the last call."""
        self.town.world.settle()
        return [event for event in self.end.take() if isinstance(event, Stanza)]

    def run(self, operation: Operation[T]) -> T:
        running = self.session.run(operation, self.town.world.now)
        self.town.world.settle()
        return running.result()

    def ask(self, iq: Iq) -> Iq:
        """Send a request and take its answer, which must be the only IQ of that id."""
        self.say(iq)
        (reply,) = [event for event in self.end.events if isinstance(event, Iq) and event.id == iq.id]
        self.end.events.remove(reply)
        return reply

    def leave(self) -> None:
        self.session.close(self.town.world.now)
        self.town.world.settle()


class Town:
    def __init__(
        self, accounts: Mapping[str, str] = ACCOUNTS, *, domains: Any = ("capulet.lit",), **keywords: Any
    ) -> None:
        self.server = LocalServer(domains, accounts, random=seeded(5), **keywords)
        self.world = World(self.server)
        self.passwords = dict(accounts)

    def connect(
        self, address: str, *, cut: Cut = whole, session: Mapping[str, Any] | None = None, **config: Any
    ) -> Client:
        """Begin a login and settle; whether it succeeded is for the caller to see."""
        jid = JID(address)
        if not config.get("anonymous"):
            config.setdefault("password", self.passwords.get(jid.localpart or "", "wrong"))
        engine = Session(ClientConfig(jid=jid, random=seeded(len(self.world.wires)), **config), **(session or {}))
        client = Client(self, self.world.join(engine, cut=cut))
        self.world.settle()
        return client

    def login(
        self,
        address: str,
        *,
        priority: int | None = 0,
        roster: bool = False,
        session: Mapping[str, Any] | None = None,
        **config: Any,
    ) -> Client:
        """A client that is connected; available unless `priority` is None; interested with `roster`."""
        client = self.connect(address, session=session, **config)
        assert client.session.phase is Phase.ESTABLISHED, client.end.events
        if roster:
            from xmppwire.im.roster import fetch_roster

            client.run(fetch_roster())
        if priority is not None:
            client.say(Presence(priority=priority))
        for wire in self.world.wires:
            wire.client.take()
        return client

    def befriend(self, first: str, second: str) -> None:
        """Make two users of the server subscribe to each other, without any stanza."""
        for one, other in ((first, second), (second, first)):
            account = self.server.hub.accounts.get(JID(one))
            assert account is not None
            contact = account.roster.known(JID(other))
            contact.state.to = contact.state.from_ = True
            account.roster.changed(contact)


def bodies(stanzas: list[Any]) -> list[str | None]:
    return [stanza.body for stanza in stanzas if isinstance(stanza, Message)]


__all__ = ["ACCOUNTS", "AutomaticAnswers", "Client", "Town", "bodies"]
