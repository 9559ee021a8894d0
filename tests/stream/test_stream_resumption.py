"""A managed stream whose connection is lost at every byte, in each direction: each stanza arrives exactly once and in order
(XEP-0198 section 5). With a server that forgot the stream, each is acknowledged, or told to be unknown."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.pair import seeded
from tests.stream.streams import JULIET, PASSWORD
from xmppwire.jid import JID
from xmppwire.stanza import Message
from xmppwire.stream import (
    BindRequested,
    ClientConfig,
    Connection,
    Event,
    ManagementEnabled,
    PasswordRequested,
    Phase,
    Resumed,
    ResumeRequested,
    Resumption,
    ResumptionFailed,
    ServerConfig,
    Signal,
    StanzasAcknowledged,
    StanzasUnknown,
    StreamManagement,
    StreamSuspended,
)

pytestmark = pytest.mark.spec("XEP-0198", "5")

COUNT = 30
MANAGEMENT = StreamManagement(ask_stanzas=4)
SERVER = JID("capulet.lit")


@dataclass
class Side:
    """One end of the session: what it has sent and got over all its connections, and what it was told of the fate."""

    to: JID
    connection: Connection = field(init=False)
    to_send: int = 0
    got: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    state: Resumption | None = None
    open: bool = False

    def pull(self, now: float, forget: bool) -> None:
        while not isinstance(event := self.connection.next_event(now), Signal):
            self.handle(event, now, forget)

    def handle(self, event: Event, now: float, forget: bool) -> None:
        match event:
            case Message(body=body):
                self.got.append(body or "")
            case StanzasAcknowledged(stanzas=stanzas):
                self.acknowledged += numbers(stanzas)
            case Resumed(acknowledged=stanzas):
                self.acknowledged += numbers(stanzas)
                self.open = True
            case ResumptionFailed(acknowledged=stanzas, unknown=unknown):
                self.acknowledged += numbers(stanzas)
                self.unknown += numbers(unknown)
            case StanzasUnknown(stanzas=unknown):
                self.unknown += numbers(unknown)
            case StreamSuspended(resumption=state):
                self.state = Resumption.from_bytes(state.to_bytes())
            case ManagementEnabled():
                self.open = True
            case PasswordRequested(password=password):
                self.connection.answer(event, password == PASSWORD, now)
            case BindRequested():
                self.connection.answer(event, "balcony", now)
            case ResumeRequested(id=identifier):
                known = not forget and self.state is not None and self.state.id == identifier
                self.connection.answer(event, self.state if known else None, now)
            case _:
                pass

    def send_some(self, now: float) -> None:
        if self.open and self.to_send < COUNT and self.connection.phase is Phase.ESTABLISHED:
            self.connection.send(Message(self.to, str(self.to_send)), now)
            self.to_send += 1


def numbers(stanzas: object) -> list[str]:
    return [stanza.body for stanza in stanzas]  # type: ignore[attr-defined]


def run(cut: dict[str, int], forget: bool = False) -> tuple[Side, Side, dict[str, int], bool]:
    """A session of 30 messages each way, whose first connection breaks when one direction has carried so many bytes since both
    ends were open. Returns both ends, the bytes carried, and whether it broke."""
    client, server = Side(SERVER), Side(JULIET)
    carried = {"client": 0, "server": 0}
    broken = False
    now = 0.0
    for attempt in range(3):
        plain = {"require_tls": False, "allow_plain_without_tls": True, "management": MANAGEMENT}
        client.connection = Connection(
            ClientConfig(jid=JULIET, password=PASSWORD, random=seeded(attempt), resume=client.state, **plain)
        )
        server.connection = Connection(
            ServerConfig(
                domains=["capulet.lit"], offer_tls=False, mechanisms=["PLAIN"], random=seeded(9 + attempt), **plain
            )
        )
        client.open = server.open = False
        for side in (client, server):
            side.connection.start(now)
        over = False
        while not over:
            moved = False
            now += 0.01
            for name, side, other in (("client", client, server), ("server", server, client)):
                side.pull(now, forget)
                side.send_some(now)
                data = side.connection.data_to_send()
                if attempt == 0 and client.open and server.open:
                    room = cut.get(name, 1 << 30) - carried[name]
                    if len(data) > room:
                        data, broken = data[:room], True
                    carried[name] += len(data)
                if data:
                    moved = True
                    other.connection.receive_data(data, now)
                    other.pull(now, forget)
                if broken and attempt == 0:
                    break
            if broken and attempt == 0:
                over = True
                for side in (client, server):
                    side.connection.data_to_send()
                    side.connection.receive_data(b"", now)
                    side.pull(now, forget)
            elif not moved:
                done = client.to_send == server.to_send == COUNT
                if done and not client.connection.unacknowledged and not server.connection.unacknowledged:
                    return client, server, carried, broken
                due = min(t for s in (client, server) if (t := s.connection.next_timeout()) is not None)
                now = max(now, due)
                for side in (client, server):
                    side.connection.handle_timeout(now)
                    side.pull(now, forget)
    raise AssertionError("it did not come to an end")


WANTED = [str(number) for number in range(COUNT)]


def test_without_a_loss() -> None:
    client, server, carried, broken = run({})
    assert not broken
    assert client.got == server.got == client.acknowledged == server.acknowledged == WANTED
    assert min(carried.values()) > 1000


@pytest.mark.parametrize("direction", ["client", "server"])
def test_lost_at_every_byte_and_resumed(direction: str) -> None:
    total = run({})[2][direction]
    for cut in range(total):
        client, server, _, broken = run({direction: cut})
        assert broken
        assert client.got == WANTED, cut
        assert server.got == WANTED, cut
        assert client.acknowledged == WANTED, cut
        assert server.acknowledged == WANTED, cut
        assert not client.unknown
        assert not server.unknown


@pytest.mark.parametrize("direction", ["client", "server"])
def test_lost_at_every_seventh_byte_and_forgotten(direction: str) -> None:
    """A server that restarted: it knows nothing of the stream."""
    total = run({})[2][direction]
    for cut in range(0, total, 7):
        client, server, _, _ = run({direction: cut}, forget=True)
        assert sorted(client.acknowledged + client.unknown, key=int) == WANTED, cut
        # What the client was told had arrived did; of the rest some may have.
        assert set(client.acknowledged) <= set(server.got) <= set(WANTED)
        assert len(server.got) == len(set(server.got))
        assert client.got == sorted(set(client.got), key=int)
