"""A process that is killed at any moment, and another one that goes on from what was stored (XEP-0198 section 5)."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.localserver.town import Town
from tests.pair import Wire, seeded
from xmppwire.im.ping import ping
from xmppwire.jid import JID
from xmppwire.protocol.ping import Ping
from xmppwire.session import CaughtUp, Session, StanzasUnsent
from xmppwire.stanza import Iq, IqType, Message, Presence
from xmppwire.stream import (
    ClientConfig,
    EndReason,
    LocalProtocolError,
    Resumed,
    ResumptionFailed,
    Signal,
    StreamEnded,
    StreamManagement,
)

pytestmark = pytest.mark.spec("XEP-0198", "5")

JULIET = JID("juliet@capulet.lit/balcony")
ROMEO = JID("romeo@capulet.lit/orchard")
COUNT = 4
WANTED = [str(number) for number in range(COUNT)]


@dataclass
class Store:
    """What outlives a process: written as a whole, or not at all."""

    state: bytes | None = None
    handled: list[str] = field(default_factory=list[str])


class Play:
    """Romeo speaks; Juliet, who may be killed, notes what she hears and answers. Her server is a real one, in memory."""

    def __init__(self, *, write_ahead: bool = True) -> None:
        self.town = Town({"juliet": "secret1", "romeo": "secret2"}, epoch=0.0, iterations=1)
        self.world = self.town.world
        self.write_ahead = write_ahead
        self.store = Store()
        self.events: list[Any] = []
        self.romeo = self.town.login(str(ROMEO), mechanisms=["PLAIN"])
        self.begin()
        self.heard: list[str] = []
        self.pings = 0

    def begin(self) -> None:
        """Juliet's process starts."""
        management = StreamManagement(ask_stanzas=2)
        config = ClientConfig(
            jid=JULIET,
            password="secret1",
            mechanisms=["PLAIN"],
            random=seeded(90 + len(self.world.wires)),
            management=management,
        )
        self.session = Session(config, state=self.store.state, write_ahead=self.write_ahead)
        self.wire: Wire = self.world.join(self.session.dial())
        self.world.settle()
        assert self.session.jid == JULIET

    def kill(self) -> None:
        """The process is gone, and its connection with it."""
        self.wire.cut_off()
        self.world.wires.remove(self.wire)
        self.wire.server.engine.receive_data(b"", self.world.now)
        self.wire.server.pull()
        self.world.settle()

    def program(self) -> Generator[None]:
        """What Juliet does: she may die at each `yield`."""
        session, now = self.session, self.world.now
        if self.store.state is None:
            session.send(Presence(), now)
            self.store.state = session.export()
            yield
            if self.write_ahead:
                session.stored(now)
            self.world.settle()
        while True:
            event = session.next_event(now)
            yield
            if isinstance(event, Signal):
                return
            if not isinstance(event, Message):
                self.events.append(event)
                continue
            body = event.body or ""
            session.send(Message(ROMEO, f"re {body}"), now)
            yield
            state = session.export()
            yield
            self.store = Store(state, [*self.store.handled, body])
            yield
            if self.write_ahead:
                session.stored(now)
            yield

    def run(self, kill_at: int | None, settle: bool) -> int:
        """Until all is said and answered; Juliet dies at the step `kill_at`. Returns the number of steps."""
        steps = 0
        said = 0
        program = self.program()
        for _ in range(200):
            if said < COUNT and said <= len(self.store.handled):
                self.romeo.say(Message(JULIET, str(said)), Iq(IqType.GET, JULIET, payload=Ping()))
                said += 1
            for _ in program:
                steps += 1
                if settle:
                    self.world.settle()
                if steps == kill_at:
                    self.kill()
                    self.begin()
                    break
            program = self.program()
            self.world.settle()
            for stanza in self.romeo.heard():
                if isinstance(stanza, Message):
                    self.heard.append(stanza.body or "")
                elif isinstance(stanza, Iq):
                    self.pings += 1
            if (
                said == COUNT
                and len(self.heard) >= COUNT
                and len(self.store.handled) >= COUNT
                and steps >= (kill_at or 0)
            ):
                return steps
        raise AssertionError(f"it did not come to an end: {self.store.handled}, {self.heard}")


@pytest.mark.parametrize("settle", [True, False])
def test_killed_at_every_step_nothing_is_lost_and_nothing_comes_twice(settle: bool) -> None:
    total = Play().run(None, settle)
    assert total > 20
    resumed = 0
    for step in range(1, total + 1):
        play = Play()
        play.run(step, settle)
        assert play.store.handled == WANTED, step
        assert play.heard == [f"re {number}" for number in WANTED], step
        resumed += any(isinstance(event, Resumed) for event in play.events)
        assert not any(isinstance(event, ResumptionFailed) for event in play.events), step
    assert resumed > total - 5


@pytest.mark.parametrize("settle", [True, False])
def test_without_writing_ahead_what_may_be_double_is_marked(settle: bool) -> None:
    """Nothing is lost all the same."""
    total = Play(write_ahead=False).run(None, settle)
    marked = 0
    for step in range(1, total + 1):
        play = Play(write_ahead=False)
        play.run(step, settle)
        assert sorted(set(play.store.handled)) == WANTED, step
        assert set(play.heard) == {f"re {number}" for number in WANTED}, step
        twice = len(play.heard) > COUNT or len(play.store.handled) > COUNT
        told = [event for event in play.events if isinstance(event, CaughtUp | ResumptionFailed)]
        assert told or not twice, step
        marked += bool(told)
    assert marked


# --- what it says ----------------------------------------------------------------------------------------------------


def texts(play: Play) -> list[str]:
    return [stanza.body or "" for stanza in play.romeo.heard() if isinstance(stanza, Message)]


def begun(**options: Any) -> Play:
    """Juliet is there, and has stored it."""
    play = Play(**options)
    for _ in play.program():
        pass
    play.romeo.heard()
    return play


def unconfirmed(play: Play) -> int:
    """How much the server does not know to be handled, after asking."""
    connection = play.wire.server.engine.connection
    connection.ask(play.world.now)
    play.wire.server.dirty = True
    play.world.settle()
    return len(connection.unacknowledged)


def test_what_is_sent_leaves_once_it_is_stored() -> None:
    play = begun()
    session, now = play.session, play.world.now
    session.send(Message(ROMEO, "1"), now)
    play.world.settle()
    assert texts(play) == []
    session.export()
    session.send(Message(ROMEO, "2"), now)  # it is in no state yet
    play.world.settle()
    assert texts(play) == []
    session.stored(now)
    play.world.settle()
    assert texts(play) == ["1"]
    session.export()
    session.export()
    session.stored(now)
    play.world.settle()
    assert texts(play) == ["2"]


def test_the_server_hears_that_it_was_handled_once_that_is_stored() -> None:
    play = begun()
    session, now = play.session, play.world.now
    play.romeo.say(Message(JULIET, "1"))
    assert isinstance(session.next_event(now), Message)
    session.next_event(now)
    waiting = unconfirmed(play)
    assert waiting
    session.export()
    assert unconfirmed(play) == waiting
    session.stored(now)
    assert unconfirmed(play) < waiting


def test_what_the_session_sends_by_itself_does_not_wait() -> None:
    play = begun()
    session, now = play.session, play.world.now
    session.send(Message(ROMEO, "held"), now)
    running = session.run(ping("capulet.lit"), now)
    play.world.settle()
    assert running.result() is None
    session.export()
    late = session.run(ping("capulet.lit"), now)  # it must not overtake what the export lists
    play.world.settle()
    assert not late.done
    session.stored(now)
    play.world.settle()
    assert late.result() is None
    assert texts(play) == ["held"]


def test_mistakes_of_the_program() -> None:
    play = begun()
    session, now = play.session, play.world.now
    with pytest.raises(LocalProtocolError, match="nothing was exported"):
        session.stored(now)
    with pytest.raises(LocalProtocolError, match="XML cannot carry"):
        session.send(Message(ROMEO, "\x00"), now)
    with pytest.raises(ValueError, match="needs management"):
        Session(ClientConfig(jid=JULIET, password="x"), write_ahead=True)
    with pytest.raises(LocalProtocolError, match="does not write ahead"):
        begun(write_ahead=False).session.stored(now)
    for _ in range(1000):
        session.send(Message(ROMEO, "x"), now)
    with pytest.raises(LocalProtocolError, match="1000 stanzas wait"):
        session.send(Message(ROMEO, "x"), now)


def test_what_was_never_stored_is_unsent_at_the_end() -> None:
    play = begun()
    session, now = play.session, play.world.now
    session.send(Message(ROMEO, "1"), now)
    session.export()
    session.send(Message(ROMEO, "2"), now)
    session.close(now)
    play.world.settle()
    events: list[Any] = []
    while not isinstance(event := session.next_event(now), Signal):
        events.append(event)
    (unsent,) = [event for event in events if isinstance(event, StanzasUnsent)]
    assert [getattr(stanza, "body", None) for stanza in unsent.stanzas] == ["1", "2"]
    assert isinstance(events[-1], StreamEnded)
    assert events[-1].reason is EndReason.LOCAL_CLOSE
    session.stored(now)  # too late, and harmless
    assert texts(play) == []


def test_what_waits_goes_along_when_the_stream_is_left() -> None:
    play = begun()
    play.session.send(Message(ROMEO, "1"), play.world.now)
    play.store.state = play.session.detach(play.world.now)
    play.world.settle()
    play.begin()
    assert texts(play) == ["1"]
    for _ in play.program():
        pass
    assert play.events
    assert not [event for event in play.events if isinstance(event, CaughtUp)]  # it was left in order


def test_an_older_state_than_the_server_knows_of_opens_a_new_stream() -> None:
    """It confirmed stanzas that the state says were not handled: the server has them no more."""
    play = begun(write_ahead=False)
    for number in range(5):
        play.romeo.say(Message(JULIET, str(number)))
    now = play.world.now
    while not isinstance(play.session.next_event(now), Signal):
        pass
    assert unconfirmed(play) == 0
    play.kill()
    play.begin()
    play.events.clear()
    for _ in play.program():
        pass
    assert [type(event) for event in play.events if not isinstance(event, Presence)] == [ResumptionFailed]
    assert play.session.jid == JULIET
