"""A session that nobody looks at (XEP-0352): the server hears of it on every connection."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.localserver.town import Town
from tests.pair import Wire, seeded
from xmppwire.jid import JID
from xmppwire.session import ReconnectPolicy, Session
from xmppwire.stanza import Message
from xmppwire.stream import (
    ClientConfig,
    ClientStateChanged,
    ComponentConfig,
    Established,
    LocalProtocolError,
    Resumed,
    Signal,
    StreamManagement,
)
from xmppwire.stream.management import Resumption
from xmppwire.stream.sasl2 import SASL2
from xmppwire.xml import Element

pytestmark = pytest.mark.spec("XEP-0352", "5")

INACTIVE = b"<inactive xmlns='urn:xmpp:csi:0'/>"
JULIET = JID("juliet@capulet.lit")


class Play:
    """Juliet's session, with one connection after the other to a local server."""

    def __init__(self, *, sasl2: bool, managed: bool = True, **config: Any) -> None:
        self.town = Town({"juliet": "secret1", "romeo": "secret2"}, epoch=0.0, iterations=1, sasl2=sasl2)
        self.world = self.town.world
        self.romeo = self.town.login("romeo@capulet.lit/orchard", mechanisms=["PLAIN"])
        config.setdefault("jid", JULIET)
        settings = ClientConfig(
            password="secret1",
            mechanisms=["PLAIN"],
            random=seeded(7),
            management=StreamManagement() if managed else None,
            sasl2=SASL2() if sasl2 else None,
            **config,
        )
        self.session = Session(settings, reconnect=ReconnectPolicy(first=1))
        self.wire = self.dial()

    def dial(self) -> Wire:
        self.wire = self.world.join(self.session.dial())
        self.world.settle()
        assert self.session.jid is not None
        return self.wire

    def again(self, *, forget: bool = False) -> Wire:
        """The connection is lost, and another follows."""
        self.wire.cut_off()
        self.world.settle()
        if forget:
            for link in self.town.server.hub.sessions.suspended:
                self.town.server.expire(link, self.world.now)
        assert self.session.retry_at is not None
        self.world.now = max(self.world.now, self.session.retry_at)
        return self.dial()

    def take(self) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self.session.next_event(self.world.now), Signal):
            found.append(event)
        self.world.settle()
        return found

    @property
    def told(self) -> list[bool]:
        """What the server heard on the present connection."""
        return [event.active for event in self.wire.server.events if isinstance(event, ClientStateChanged)]


@pytest.mark.parametrize("sasl2", [True, False])
def test_told_again_on_a_resumed_stream(sasl2: bool) -> None:
    play = Play(sasl2=sasl2)
    assert play.session.set_active(False, play.world.now)
    play.world.settle()
    assert play.told == [False]
    play.take()
    play.again()
    assert any(isinstance(event, Resumed) for event in play.take())
    assert play.told == [False]
    composing = Element(("http://jabber.org/protocol/chatstates", "composing"))
    play.romeo.say(
        Message(play.session.jid, payloads=[composing]), Message(play.session.jid, "hello", payloads=[composing])
    )
    assert [event.body for event in play.take() if isinstance(event, Message)] == ["hello"]
    assert play.session.set_active(True, play.world.now)
    play.world.settle()
    play.again()
    assert play.told == []


@pytest.mark.parametrize("sasl2", [True, False])
def test_told_again_on_a_new_stream(sasl2: bool) -> None:
    play = Play(sasl2=sasl2)
    play.session.set_active(False, play.world.now)
    play.world.settle()
    play.again(forget=True)
    assert any(isinstance(event, Established) for event in play.take())
    assert play.told == [False]


@pytest.mark.spec("XEP-0386", "5")
def test_a_stream_that_is_bound_with_its_login_begins_so() -> None:
    play = Play(sasl2=True, managed=False, active=False)
    sent = bytes(play.wire.client.sent)
    assert sent.count(INACTIVE) == 1
    assert b"<bind" in sent.partition(INACTIVE)[0].rpartition(b"<authenticate")[2]
    assert play.told == [False]
    assert play.session.set_active(True, play.world.now)
    play.world.settle()
    assert play.told == [False, True]


def test_said_without_a_connection_it_is_told_on_the_next() -> None:
    play = Play(sasl2=False)
    play.wire.cut_off()
    play.world.settle()
    assert not play.session.set_active(False, play.world.now)
    assert play.session.retry_at is not None
    play.world.now = play.session.retry_at
    play.dial()
    assert play.told == [False]


def test_said_while_a_connection_begins() -> None:
    play = Play(sasl2=False)
    play.wire.cut_off()
    play.world.settle()
    assert play.session.retry_at is not None
    play.world.now = play.session.retry_at
    play.wire = play.world.join(play.session.dial())
    assert not play.session.set_active(False, play.world.now)
    play.world.settle()
    assert play.told == [False]


def test_a_server_without_it_is_told_nothing() -> None:
    state = Resumption(jid=JULIET.with_resource("x"), id="1", handled=0, acknowledged=0)
    assert not Resumption.from_bytes(state.to_bytes()).states
    play = Play(sasl2=False)
    play.town.server.config = replace(play.town.server.config, client_state=False)
    play.session.close(play.world.now)
    silent = Session(ClientConfig(jid=JULIET, password="secret1", mechanisms=["PLAIN"], random=seeded(8), active=False))
    wire = play.world.join(silent)
    play.world.settle()
    assert silent.jid is not None
    assert INACTIVE not in bytes(wire.client.sent)
    assert not silent.set_active(False, play.world.now)


def test_components_have_no_state() -> None:
    session = Session(ComponentConfig(jid=JID("echo.capulet.lit"), secret="s"))
    with pytest.raises(LocalProtocolError, match="only a client"):
        session.set_active(False, 0.0)
