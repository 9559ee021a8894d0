"""Components (XEP-0114) over every kind of I/O."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.io.conformance.house import until
from tests.io.conformance.kits import Memory
from xmppwire import JID, Connection, Iq, Message
from xmppwire.im.ping import ping
from xmppwire.operation import request
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.roster import Roster
from xmppwire.session import Disconnected, ReconnectPolicy
from xmppwire.stanza import IqType
from xmppwire.stream import (
    ComponentRequested,
    ComponentServerConfig,
    EndReason,
    Established,
    Event,
    LocalProtocolError,
    Phase,
    Signal,
    StreamEnded,
    StreamError,
    StreamErrorCondition,
)
from xmppwire_io.certs import Certificates
from xmppwire_io.errors import AuthenticationError, ConnectError, TLSError

PLAYS = JID("plays.shakespeare.lit")
HAMLET = JID("hamlet@plays.shakespeare.lit")
JULIET = JID("juliet@capulet.lit/balcony")
SECRET = "quill and ink"


class Post:
    """One component's stream at a server that has one user, Juliet: what she is sent comes back, IQs are answered."""

    def __init__(self, office: Office) -> None:
        self.connection = Connection(office.config)
        self.office = office

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    def next_event(self, now: float) -> Event | Signal:
        event = self.connection.next_event(now)
        match event:
            case ComponentRequested():
                self.connection.answer(event, SECRET, now)
            case Established():
                self.say(self.office.welcome, now)
            case Message() if self.office.rude:
                self.office.rude = False
                self.connection.close(now, StreamError(StreamErrorCondition.RESET))
            case Message():
                self.say([event.replace(to=event.sender, sender=event.to)], now)
            case Iq(type=IqType.GET):
                self.say([event.result()], now)
            case Iq():
                self.office.replies.append(event)
            case StreamEnded():
                self.office.ended.append(event)
            case _:
                pass
        return event

    def say(self, stanzas: Any, now: float) -> None:
        for stanza in stanzas:
            if self.connection.phase is Phase.ESTABLISHED:
                self.connection.send(stanza, now)


class Office:
    """The acceptor."""

    def __init__(self, *, welcome: Any = (), rude: bool = False, **config: Any) -> None:
        self.config = ComponentServerConfig(domains=[str(PLAYS)], **config)
        self.welcome = welcome
        self.rude = rude
        """Whether the first message ends its stream."""
        self.replies: list[Iq] = []
        self.ended: list[StreamEnded] = []

    def accept(self, now: float) -> Any:
        return Post(self)

    def take_ready(self) -> list[Any]:
        return []


def play(io: Any, certs: Certificates, scene: Callable[[Any, Any], Awaitable[None]], **office: Any) -> Office:
    acceptor = Office(**office)

    async def scenario(io: Any) -> None:
        async with io.serve(acceptor, ssl_context=certs.tls()) as server:
            await scene(io, server)

    io.run(scenario)
    return acceptor


def place(server: Any, **more: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": server.port, **more}


@pytest.mark.spec("XEP-0114", "3")
def test_a_component_connects_talks_and_leaves(io: Any, certs: Certificates) -> None:
    async def scene(io: Any, server: Any) -> None:
        async with io.connect_component("plays.shakespeare.lit", SECRET, **place(server)) as component:
            assert component.jid == PLAYS
            assert component.tls is None
            for sender in (None, HAMLET, HAMLET.with_resource("stage")):
                await component.send(Message(JULIET, "To be", sender=sender))
                heard = await until(component, Message)
                assert (heard.sender, heard.to, heard.body) == (JULIET, sender or PLAYS, "To be")

    office = play(io, certs, scene)
    assert [(event.reason, event.clean) for event in office.ended] == [(EndReason.PEER_CLOSE, True)]


@pytest.mark.spec("XEP-0368", "3")
def test_a_component_with_tls_from_the_first_byte(io: Any, certs: Certificates) -> None:
    async def scene(io: Any, server: Any) -> None:
        tls = {"direct_tls": True, "require_tls": True, "ca_file": certs.ca_file}
        async with io.connect_component("capulet.lit", SECRET, **place(server, **tls)) as component:
            assert component.tls.alpn is None
            await component.run(ping(JULIET))
        with pytest.raises(TLSError):
            async with io.connect_component("plays.shakespeare.lit", SECRET, **place(server, **tls)):
                raise AssertionError("the certificate is for another name")

    acceptor = Office(direct_tls=True)
    acceptor.config = ComponentServerConfig(domains=["capulet.lit"], direct_tls=True)

    async def scenario(io: Any) -> None:
        async with io.serve(acceptor, ssl_context=certs.tls()) as server:
            await scene(io, server)

    io.run(scenario)


def test_operations_of_a_component_and_of_its_users(io: Any, certs: Certificates) -> None:
    async def scene(io: Any, server: Any) -> None:
        async with io.connect_component(PLAYS, SECRET, **place(server)) as component:
            await component.run(ping(JULIET))
            iq = Iq.get(DiscoInfo(), to=JULIET)
            iq.sender = HAMLET
            reply = await component.run(request(iq))
            assert (reply.sender, reply.to) == (JULIET, HAMLET)
            with pytest.raises(LocalProtocolError, match="whom it is for"):
                await component.run(request(Iq.get(Roster())))

    play(io, certs, scene)


@pytest.mark.spec("XEP-0030", "3.1")
@pytest.mark.spec("XEP-0199", "4.3")
@pytest.mark.parametrize("asked", [PLAYS, HAMLET, HAMLET.with_resource("stage")])
def test_a_component_answers_for_its_whole_domain(io: Any, certs: Certificates, asked: JID) -> None:
    questions = [
        Iq.get(DiscoInfo(), to=asked, id="d1"),
        Iq.get(Ping(), to=asked, id="p1"),
        Iq.set(Roster(), to=asked, id="r1"),
    ]
    for iq in questions:
        iq.sender = JULIET

    async def scene(io: Any, server: Any) -> None:
        async with io.connect_component(PLAYS, SECRET, **place(server)) as component:
            await component.run(ping(JULIET))

    office = play(io, certs, scene, welcome=questions)
    disco, pong, roster = office.replies
    assert [(reply.sender, reply.to) for reply in office.replies] == [(asked, JULIET)] * 3
    info = disco.get(DiscoInfo)
    assert info is not None
    assert [(identity.category, identity.type) for identity in info.identities] == [("component", "generic")]
    assert (pong.type, roster.type) == ("result", "error")


@pytest.mark.parametrize("secret", ["wrong", "Quill and ink"])
def test_a_wrong_secret(io: Any, certs: Certificates, secret: str) -> None:
    async def scene(io: Any, server: Any) -> None:
        with pytest.raises(AuthenticationError, match=r"^plays\.shakespeare\.lit cannot log in at .*not-authorized"):
            async with io.connect_component(PLAYS, secret, **place(server)):
                raise AssertionError("let in")

    play(io, certs, scene)


def test_a_server_that_does_not_know_the_component(io: Any, certs: Certificates) -> None:
    async def scene(io: Any, server: Any) -> None:
        with pytest.raises(ConnectError, match="host-unknown") as caught:
            async with io.connect_component("music.shakespeare.lit", SECRET, **place(server)):
                raise AssertionError("let in")
        assert caught.value.error is not None
        assert not isinstance(caught.value, AuthenticationError)

    play(io, certs, scene)


def test_where_nobody_listens() -> None:
    async def scenario(io: Any) -> None:
        with pytest.raises(ConnectError, match="refused"):
            async with io.connect_component(PLAYS, SECRET, "127.0.0.1"):
                raise AssertionError("let in")

    Memory().run(scenario)


def test_a_failed_operation_names_the_condition(io: Any, certs: Certificates) -> None:
    question = Iq.get(DiscoInfo(node="no such node"), to=PLAYS, id="d1")
    question.sender = JULIET

    async def scene(io: Any, server: Any) -> None:
        async with io.connect_component(PLAYS, SECRET, **place(server)) as component:
            await component.run(ping(JULIET))

    office = play(io, certs, scene, welcome=[question])
    (reply,) = office.replies
    assert reply.error is not None
    assert reply.error.condition == "item-not-found"


def test_a_component_connects_again_after_a_loss(real: Any, certs: Certificates) -> None:
    async def scene(io: Any, server: Any) -> None:
        policy = ReconnectPolicy(first=0.01, maximum=0.05)
        async with io.connect_component(PLAYS, SECRET, **place(server, reconnect=policy)) as component:
            await component.send(Message(JULIET, "go away"))
            assert isinstance(await until(component, Disconnected), Disconnected)
            assert (await until(component, Established)).jid == PLAYS
            await component.run(ping(JULIET))

    play(real, certs, scene, rude=True)
