"""Two clients that exchange files, with a network of their own: plans are carried out step by step, in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from tests.im.jingle_stage import JULIET, ROMEO
from tests.pair import seeded
from xmppwire.im.bytestreams import InBandState, InBandStream, InBandStreams
from xmppwire.im.commands import anybody
from xmppwire.im.jingle import Sessions, support_files
from xmppwire.im.jingle.steps import (
    Arrival,
    Close,
    Dial,
    Expect,
    ExpectInBand,
    InBand,
    Plan,
    Read,
    Receive,
    Run,
    Send,
    SendEnd,
    Skip,
    Wait,
    Write,
)
from xmppwire.jid import JID
from xmppwire.operation import Operation
from xmppwire.protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from xmppwire.protocol.jingle import Action, Jingle
from xmppwire.protocol.socks5_bytestreams import Bytestreams, StreamHost
from xmppwire.session import AutomaticAnswers
from xmppwire.stanza import ErrorCondition, Iq, StanzaError

PROXY = JID("proxy.lit")


class Pipe:
    """One end of a connection."""

    def __init__(self) -> None:
        self.incoming: deque[bytes] = deque()
        self.other: Pipe | None = None
        self.closed = False


def connection() -> tuple[Pipe, Pipe]:
    one, other = Pipe(), Pipe()
    one.other, other.other = other, one
    return one, other


class Network:
    """Who can be connected to. `direct` are the hosts of clients that let others in; `proxy` is whether there is one that lets
    people in, `activates` whether it then begins."""

    def __init__(self) -> None:
        self.direct: set[str] = set()
        self.proxy = False
        self.proxy_reachable_by: set[str] = {"romeo", "juliet"}
        self.activates = True
        self.expected: dict[str, Pipe | None] = {}
        self.at_proxy: dict[str, list[Pipe]] = {}
        self.dialled: list[str] = []

    def dial(self, who: str, hosts: Any, destination: str) -> tuple[StreamHost, Pipe]:
        for host in hosts:
            self.dialled.append(f"{who} {host.host}")
            if host.jid == PROXY and self.proxy and who in self.proxy_reachable_by:
                pipe = Pipe()
                self.at_proxy.setdefault(destination, []).append(pipe)
                return host, pipe
            if host.host in self.direct and destination in self.expected:
                ours, theirs = connection()
                self.expected[destination] = theirs
                return host, ours
        raise ConnectionRefusedError("nobody there")

    def activate(self) -> bool:
        for pipes in self.at_proxy.values():
            if len(pipes) == 2 and self.activates:
                pipes[0].other, pipes[1].other = pipes[1], pipes[0]
                return True
        return False


class Sharer:
    """A client with files."""

    def __init__(self, stage: Transfers, jid: JID, seed: int) -> None:
        self.stage = stage
        self.jid = jid
        self.name = jid.localpart or ""
        self.answers = AutomaticAnswers()
        self.sessions = Sessions(anybody, random=seeded(seed))
        support_files(self.sessions)
        self.sessions.attach(self.answers)
        self.random = seeded(seed + 10)
        self.agreed: set[tuple[JID, str]] = set()
        self.in_band = InBandStreams(self.answers, allowed=lambda peer, sid: (peer, sid) in self.agreed)
        self.source = b""
        self.written = bytearray()

    def asked(self, iq: Iq) -> Iq:
        reply = self.answers.judge(iq, self.jid, 0.0).reply
        assert reply is not None
        return reply


class Carrying:
    """A plan under way."""

    def __init__(self, sharer: Sharer, plan: Plan[Any]) -> None:
        self.sharer = sharer
        self.plan = plan
        self.done = False
        self.result: Any = None
        self.error: Exception | None = None
        self.step: Any = None
        self.move(lambda: next(plan))

    def move(self, resume: Callable[[], Any]) -> None:
        try:
            self.step = resume()
        except StopIteration as stop:
            self.done, self.result = True, stop.value
        except Exception as error:
            self.done, self.error = True, error

    def try_step(self, late: bool = False) -> bool:
        """Carry out the step if that needs no waiting; `late`: time is over for it. Whether it was carried out."""
        try:
            ready, value = self._carry_out(late)
        except Exception as error:
            raised = error
            self.move(lambda: self.plan.throw(raised))
            return True
        if ready:
            self.move(lambda: self.plan.send(value))
        return ready

    def _carry_out(self, late: bool) -> tuple[bool, Any]:
        sharer, network = self.sharer, self.sharer.stage.network
        match self.step:
            case Run(operation):
                return True, sharer.stage.run(sharer, operation)
            case Wait(ready=ready):
                return ready() or late, None
            case Expect(destination):
                network.expected[destination] = None
                return True, [StreamHost(jid=sharer.jid, host=sharer.name, port=1000)]
            case Arrival(destination=destination):
                if late:
                    raise TimeoutError
                return network.expected[destination] is not None, network.expected[destination]
            case Dial(hosts=hosts, destination=destination):
                return True, network.dial(sharer.name, hosts, destination)
            case ExpectInBand(peer=peer, transport=transport):
                sharer.agreed.add((peer, transport.sid))
                return True, None
            case InBand(peer=peer, transport=transport, opens=True):
                size = transport.block_size
                return True, sharer.stage.run(sharer, sharer.in_band.open(peer, sid=transport.sid, block_size=size))
            case InBand():
                if late:
                    raise TimeoutError
                stream = sharer.in_band.take()
                return stream is not None, stream
            case Send(stream=stream, data=data):
                self._send(stream, data)
                return True, None
            case Receive(stream=stream):
                if late:
                    raise TimeoutError
                return self._receive(stream)
            case SendEnd(stream) | Close(stream):
                self._end(stream)
                return True, None
            case Skip(count):
                sharer.source = sharer.source[count:]
                return True, None
            case Read(count):
                data, sharer.source = sharer.source[:count], sharer.source[count:]
                return True, data
            case Write(data):
                sharer.written += data
                return True, None
            case _:
                raise AssertionError(self.step)

    def _send(self, stream: Any, data: bytes) -> None:
        stage = self.sharer.stage
        data = stage.damage(data)
        if isinstance(stream, InBandStream):
            stream.write(data)
            stage.run(self.sharer, stream.send_blocks())
        elif stream.other is None or stream.other.closed:
            raise BrokenPipeError
        else:
            stream.other.incoming.append(data)

    def _receive(self, stream: Any) -> tuple[bool, bytes]:
        if isinstance(stream, InBandStream):
            return stream.readable, stream.read() if stream.readable else b""
        if stream.incoming:
            return True, stream.incoming.popleft()
        return stream.other is not None and stream.other.closed, b""

    def _end(self, stream: Any) -> None:
        if isinstance(stream, InBandStream):
            if stream.state is InBandState.OPEN:
                self.sharer.stage.run(self.sharer, stream.close())
        else:
            stream.closed = True


class Transfers:
    """Romeo and Juliet."""

    def __init__(self) -> None:
        self.network = Network()
        self.romeo = Sharer(self, ROMEO, 1)
        self.juliet = Sharer(self, JULIET, 2)
        self.log: list[tuple[str, Jingle]] = []
        self.damage: Callable[[bytes], bytes] = lambda data: data
        self.lose: Callable[[str, Jingle], bool] = lambda _who, _jingle: False

    def run(self, sharer: Sharer, operation: Operation[Any]) -> Any:
        """Run an operation of one of them to its end."""
        try:
            asked = next(operation)
            while True:
                asked = operation.send(self.reply(sharer, asked.iq))
        except StopIteration as stop:
            return stop.value

    def reply(self, sharer: Sharer, iq: Iq) -> Iq:
        """What answers a request of one of them."""
        iq.id = "x"
        arrived = Iq.from_element(iq.replace(sender=sharer.jid).to_element())
        for other in (self.romeo, self.juliet):
            if iq.to == other.jid:
                jingle = arrived.get(Jingle) if Jingle.element_names[0] == arrived.payload_name else None
                if jingle is not None:
                    self.log.append((sharer.name, jingle))
                    if self.lose(sharer.name, jingle):
                        return arrived.result()
                return Iq.from_element(other.asked(arrived).to_element())
        return self._service(arrived)

    def _service(self, iq: Iq) -> Iq:
        """A server, which has a proxy."""
        if iq.get(DiscoItems) is not None:
            return iq.result(DiscoItems(items=[DiscoItem(jid=PROXY)]))
        if iq.get(DiscoInfo) is not None:
            proxy = iq.to == PROXY
            identity = Identity(category="proxy" if proxy else "server", type="bytestreams" if proxy else "im")
            return iq.result(DiscoInfo(identities=[identity]))
        query = iq.get(Bytestreams)
        if query is None or not self.network.proxy:
            return iq.error_reply(ErrorCondition.FORBIDDEN)
        if query.activate is not None:
            done = self.network.activate()
            return iq.result() if done else iq.error_reply(StanzaError(ErrorCondition.ITEM_NOT_FOUND))
        return iq.result(Bytestreams(streamhosts=[StreamHost(jid=PROXY, host="proxy", port=7777)]))

    def deliver(self) -> bool:
        moved = False
        for sharer in (self.romeo, self.juliet):
            for session in sharer.sessions.take_unsent():
                self.run(sharer, session.deliver())
                moved = True
        return moved

    def carry(self, *plans: Carrying) -> None:
        """Carry plans out until all are at their ends. Where nothing moves any more, the time of a step is over."""
        while not all(one.done for one in plans):
            moved = [one.try_step() for one in plans if not one.done]
            if not any([*moved, self.deliver()]):
                waiting = [one for one in plans if not one.done]
                min(waiting, key=lambda one: one.step.seconds).try_step(late=True)
        self.deliver()

    def begin(self, sharer: Sharer, plan: Plan[Any]) -> Carrying:
        """Begin a plan, and bring over what it sends until it waits."""
        one = Carrying(sharer, plan)
        while not one.done and one.try_step():
            pass
        self.deliver()
        return one

    def actions(self) -> list[tuple[str, Action]]:
        return [(who, jingle.action) for who, jingle in self.log]


def failed(one: Carrying) -> Exception:
    assert one.error is not None
    return one.error
