"""The driver by itself: what it does with bytes, time and questions, under a clock that the test moves."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from tests.io.conformance.house import House, play, until
from tests.io.conformance.kits import Memory
from tests.io.conformance.theatre import PASSWORD, Theatre
from xmppwire import JID, ClientConfig, Limits, Message, Phase
from xmppwire.sasl import KeyRequest
from xmppwire.session import Session, SessionEvent
from xmppwire.stream.events import (
    NEED_DATA,
    PAUSED,
    BindRequested,
    EndReason,
    Event,
    KeyDerivationRequested,
    Signal,
    StreamEnded,
    StreamErrorReceived,
    TLSInfo,
    TLSRequested,
)
from xmppwire_io.certs import Certificates
from xmppwire_io.client import Conversation
from xmppwire_io.driver import Driver
from xmppwire_io.server import Hub
from xmppwire_io.tls import ClientTLS, client_context


class Puppet:
    """An engine whose events are what the test puts there; it writes down what it is told."""

    def __init__(self, *events: Event) -> None:
        self.events: deque[Event] = deque(events)
        self.output = b""
        self.log: list[Any] = []
        self.wants_read = True
        self.phase = Phase.NEGOTIATING
        self.timeout: float | None = None

    @property
    def output_size(self) -> int:
        return len(self.output)

    def next_event(self, now: float) -> Event | Signal:
        return self.events.popleft() if self.events else NEED_DATA

    def data_to_send(self) -> bytes:
        data, self.output = self.output, b""
        return data

    def next_timeout(self) -> float | None:
        return self.timeout

    def start(self, now: float) -> None:
        self.log.append(("start", now))

    def receive_data(self, data: bytes, now: float) -> None:
        self.log.append(("data", data))

    def handle_timeout(self, now: float) -> None:
        self.log.append(("timeout", now))

    def close(self, now: float, error: Any = None) -> None:
        self.log.append(("close", error))
        self.phase = Phase.CLOSING

    def tls_established(self, info: TLSInfo, now: float) -> None:
        self.log.append(("established", info))

    def tls_failed(self, reason: str, now: float) -> None:
        self.log.append(("failed", reason))
        self.output = b"</stream:stream>"
        self.events.append(StreamEnded(EndReason.TLS_FAILED, False, text=reason))

    def answer(self, question: Any, value: object, now: float) -> None:
        self.log.append(("answer", value))


ENDED = StreamEnded(EndReason.PEER_CLOSE, True)


def test_bytes_pass_as_they_are() -> None:
    puppet = Puppet()
    driver = Driver(puppet)  # type: ignore[arg-type]
    driver.start(1.0)
    puppet.output = b"<a/>"
    assert driver.data_to_send() == b"<a/>"
    assert driver.data_to_send() is None
    driver.receive_data(b"<b/>", 2.0)
    assert puppet.log == [("start", 1.0), ("data", b"<b/>")]
    assert not driver.finished
    assert driver.open


def test_reading_and_time_are_the_engine_s() -> None:
    puppet = Puppet()
    driver = Driver(puppet)  # type: ignore[arg-type]
    assert driver.wants_read
    puppet.wants_read = False
    assert not driver.wants_read
    puppet.timeout = 7.0
    assert driver.next_timeout() == 7.0
    driver.handle_timeout(7.5)
    assert puppet.log == [("timeout", 7.5)]


def test_the_end_in_three_steps() -> None:
    puppet = Puppet()
    seen: list[Event] = []
    driver = Driver(puppet, on_event=seen.append, linger=2.0)  # type: ignore[arg-type]
    puppet.events.append(ENDED)
    puppet.output = b"</stream:stream>"
    driver.receive_data(b"</stream:stream>", 10.0)
    assert seen == [ENDED]
    assert driver.ended is ENDED
    assert driver.data_to_send() == b"</stream:stream>"
    assert driver.data_to_send() == b""
    assert driver.data_to_send() is None
    assert not driver.finished
    puppet.wants_read = False
    assert driver.wants_read  # to the end of what the peer sends
    driver.receive_data(b"late", 10.5)
    assert ("data", b"late") not in puppet.log
    assert driver.next_timeout() == 12.0
    driver.receive_data(b"", 11.0)
    assert driver.finished
    assert not driver.wants_read
    assert not driver.abandoned


def test_a_peer_that_never_ends_is_left() -> None:
    driver = Driver(Puppet(ENDED), linger=2.0)  # type: ignore[arg-type]
    driver.start(0.0)
    driver.handle_timeout(1.9)
    assert not driver.finished
    driver.handle_timeout(2.0)
    assert driver.finished
    assert driver.abandoned
    assert driver.next_timeout() is None


def test_a_transport_that_takes_nothing_more() -> None:
    puppet = Puppet()
    driver = Driver(puppet)  # type: ignore[arg-type]
    puppet.output = b"<a/>"
    driver.write_failed()
    assert driver.data_to_send() is None
    puppet.events.append(ENDED)
    driver.receive_data(b"", 1.0)
    assert driver.data_to_send() is None
    assert driver.finished


def test_the_transport_is_gone() -> None:
    closed: list[bool] = []
    puppet = Puppet()
    driver = Driver(puppet)  # type: ignore[arg-type]
    driver.on_closed = lambda: closed.append(True)
    driver.transport_closed(1.0)
    assert puppet.log == [("data", b"")]
    assert closed == [True]


def test_congestion_has_two_marks() -> None:
    puppet = Puppet()
    driver = Driver(puppet, marks=(100, 10))  # type: ignore[arg-type]
    for size, expected in ((100, False), (101, True), (50, True), (11, True), (10, False), (50, False)):
        puppet.output = bytes(size)
        assert driver.congested is expected
    puppet.output = bytes(1000)
    puppet.events.append(ENDED)
    driver.advance(1.0)
    assert not driver.congested


def test_long_work_is_handed_out_once() -> None:
    woken: list[int] = []
    request = KeyRequest("sha1", "pencil", b"salt", 4096)
    puppet = Puppet(KeyDerivationRequested(request))
    driver = Driver(puppet)  # type: ignore[arg-type]
    driver.wake = lambda: woken.append(1)
    driver.start(0.0)
    assert woken
    (job,) = driver.take_jobs()
    assert driver.take_jobs() == []
    keys = job.work()
    job.finish(keys, 1.0)
    assert puppet.log[-1] == ("answer", keys)
    puppet.events.append(ENDED)
    driver.advance(1.0)
    job.finish(keys, 2.0)
    assert puppet.log.count(("answer", keys)) == 1


def test_questions_of_the_application_are_passed_on() -> None:
    question = BindRequested(JID("juliet@capulet.lit"), None)
    seen: list[Event] = []
    Driver(Puppet(question), on_event=seen.append).start(0.0)  # type: ignore[arg-type]
    assert seen == [question]


@pytest.mark.spec("RFC 7590", "3.1")
@pytest.mark.parametrize("server_side", [False, True])
def test_without_tls_nothing_is_said_in_the_clear(server_side: bool) -> None:
    puppet = Puppet(TLSRequested(server_side, "capulet.lit"))
    driver = Driver(puppet)  # type: ignore[arg-type]
    driver.start(0.0)
    assert puppet.log[-1] == ("failed", "no TLS is configured")
    assert driver.data_to_send() == b""
    assert driver.tls_fault == "no TLS is configured"
    assert driver.ended is not None
    assert driver.ended.reason is EndReason.TLS_FAILED


def test_a_name_that_tls_cannot_carry(certs: Certificates) -> None:
    tls = ClientTLS(client_context(certs.ca_file))
    puppet = Puppet(TLSRequested(False, "a" * 70 + ".lit"))
    Driver(puppet, tls).start(0.0)  # type: ignore[arg-type]
    assert puppet.log[-1][0] == "failed"
    server = Puppet(TLSRequested(True, "a" * 70 + ".lit"))
    driver = Driver(server, certs.tls())  # type: ignore[arg-type]
    driver.start(0.0)
    assert driver.data_to_send() is None  # a server's certificate is the client's to judge


@pytest.mark.parametrize("name", ["[2001:db8::1]", "b\u00fccher.example", "capulet.lit"])
def test_names_for_tls(certs: Certificates, name: str) -> None:
    asked: list[str] = []

    class Provider(ClientTLS):
        def layer(self, server_side: bool, server_name: str) -> Any:
            asked.append(server_name)
            return super().layer(server_side, server_name)

    puppet = Puppet(TLSRequested(False, name))
    driver = Driver(puppet, Provider(client_context(certs.ca_file)))  # type: ignore[arg-type]
    puppet.output = b"<starttls/>"
    driver.start(0.0)
    assert asked == [{"[2001:db8::1]": "2001:db8::1", "capulet.lit": "capulet.lit"}.get(name, "xn--bcher-kva.example")]
    data = driver.data_to_send() or b""
    assert data.startswith(b"<starttls/>\x16\x03")
    driver.receive_data(b"", 1.0)
    assert puppet.log[-1] == ("failed", "the peer closed the connection during the TLS handshake")


def test_the_deadline_strikes_during_the_handshake(certs: Certificates) -> None:
    puppet = Puppet(TLSRequested(False, "capulet.lit"))
    driver = Driver(puppet, ClientTLS(client_context(certs.ca_file)))  # type: ignore[arg-type]
    driver.start(0.0)
    assert driver.data_to_send()
    puppet.events.append(StreamEnded(EndReason.TLS_FAILED, False))
    driver.handle_timeout(60.0)
    assert driver.data_to_send() == b""
    driver.receive_data(b"", 61.0)
    assert driver.finished


class Duet:
    """A client's conversation and a theatre's stage, joined by hand."""

    def __init__(self, certs: Certificates, **options: Any) -> None:
        self.now = 0.0
        config = ClientConfig(jid=JID("juliet@capulet.lit"), password=PASSWORD, **options)
        self.conversation = Conversation(Session(config), ClientTLS(client_context(certs.ca_file)))
        self.client = self.conversation.driver
        self.theatre = Theatre()
        self.server = Hub(self.theatre, ssl_context=certs.tls()).accept(0.0)

    def settle(self, cut: int = 1 << 20) -> None:
        moved = True
        while moved:
            moved = False
            for one, other in ((self.client, self.server), (self.server, self.client)):
                if data := one.data_to_send():
                    moved = True
                    for start in range(0, len(data), cut):
                        other.receive_data(data[start : start + cut], self.now)

    def next_event(self) -> SessionEvent | Signal:
        """What a client does to take one."""
        event = self.conversation.session.next_event(self.now)
        self.client.advance(self.now)
        return event

    def begin(self, cut: int = 1 << 20) -> None:
        self.client.start(self.now)
        self.server.start(self.now)
        self.settle(cut)


def test_closed_before_it_began(certs: Certificates) -> None:
    duet = Duet(certs)
    duet.client.close(duet.now)
    assert duet.client.ended is not None
    duet.client.start(duet.now)
    assert duet.client.data_to_send() == b""
    duet.client.receive_data(b"", duet.now)
    assert duet.client.finished


@pytest.mark.parametrize("cut", [1, 5, 100])
def test_any_cut_of_the_bytes(certs: Certificates, cut: int) -> None:
    duet = Duet(certs)
    duet.begin(cut)
    assert duet.conversation.established
    duet.conversation.session.send(Message(to="capulet.lit", body="echo hello"), duet.now)
    duet.settle(cut)
    event = duet.next_event()
    assert isinstance(event, Message)
    assert event.body == "hello"
    assert duet.next_event() is NEED_DATA


@pytest.mark.spec("RFC 6120", "4.4")
def test_the_transport_ends_although_the_program_takes_no_events(certs: Certificates) -> None:
    duet = Duet(certs)
    duet.begin()
    duet.conversation.session.send(Message(to="capulet.lit", body="fail"), duet.now)
    duet.settle()
    assert duet.conversation.session.backlog == 2
    assert not duet.client.open
    duet.client.receive_data(b"", duet.now)
    duet.server.receive_data(b"", duet.now)
    assert duet.client.finished
    assert duet.server.finished
    kinds = [type(duet.next_event()) for _ in range(2)]
    assert kinds == [StreamErrorReceived, StreamEnded]
    assert duet.client.ended is not None


def test_late_data_after_our_own_close_notify(certs: Certificates) -> None:
    duet = Duet(certs, limits=Limits(close_seconds=1.0))
    duet.begin()
    duet.client.close(duet.now)
    data = duet.client.data_to_send()
    assert data
    duet.now = 2.0
    duet.client.handle_timeout(duet.now)  # no answer to our closing tag in time
    assert duet.client.ended is not None
    assert duet.client.data_to_send()  # close_notify
    assert duet.client.data_to_send() == b""
    duet.server.receive_data(data, duet.now)
    late = duet.server.data_to_send()
    assert late
    duet.client.receive_data(late, duet.now)
    duet.client.receive_data(b"", duet.now)
    assert duet.client.finished


def test_bytes_behind_the_end_of_tls_are_not_read(certs: Certificates) -> None:
    duet = Duet(certs)
    duet.begin()
    duet.client.receive_data(b"", duet.now)
    event = duet.next_event()
    assert isinstance(event, StreamEnded)
    assert event.reason is EndReason.CONNECTION_LOST


def test_records_wait_while_the_engine_wants_none(certs: Certificates) -> None:
    duet = Duet(certs)
    duet.conversation.session._room = 2
    duet.begin()
    duet.conversation.session.send(Message(to="capulet.lit", body="flood 400"), duet.now)
    duet.settle()
    assert not duet.client.wants_read
    bodies: list[str | None] = []
    while isinstance(event := duet.next_event(), Message):
        bodies.append(event.body)
    assert bodies == [*map(str, range(400))]
    assert duet.client.wants_read


def test_a_fault_of_tls_after_the_handshake_is_told(certs: Certificates) -> None:
    duet = Duet(certs)
    duet.begin()
    duet.server.receive_data(b"\x17\x03\x03\x00\x20" + bytes(32), duet.now)
    assert "bad record mac" in (duet.server.tls_fault or "") or "decryption failed" in (duet.server.tls_fault or "")
    alert = duet.server.data_to_send()
    assert alert
    duet.client.receive_data(alert, duet.now)
    assert duet.client.tls_fault == "the peer refused with the TLS alert: bad record mac"


def test_engines_without_a_driver_are_passed_over() -> None:
    class Acceptor:
        def __init__(self) -> None:
            self.engine = Puppet()
            self.ready: list[Any] = []

        def accept(self, now: float) -> Any:
            return self.engine

        def take_ready(self) -> list[Any]:
            ready, self.ready = self.ready, []
            return ready

    acceptor = Acceptor()
    hub = Hub(acceptor)
    driver = hub.accept(0.0)
    woken: list[int] = []
    driver.wake = lambda: woken.append(1)
    acceptor.ready = [Puppet(), acceptor.engine]
    driver.start(0.0)
    assert woken == [1]
    assert len(hub) == 1
    driver.transport_closed(1.0)
    assert len(hub) == 0


def test_a_paused_engine_is_left_alone() -> None:
    class Paused(Puppet):
        def next_event(self, now: float) -> Event | Signal:
            return PAUSED

    driver = Driver(Paused())  # type: ignore[arg-type]
    driver.start(0.0)
    assert driver.next_event(0.0) is PAUSED


def test_messages_after_leaving_go_nowhere(certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with house.connect() as client:
            await client.send(Message(to="capulet.lit", body="flood 10"))
            await until(client, Message)
            await client.aclose()
            assert not any(isinstance(event, Message) for event in client.negotiation)

    play(Memory(), certs, scene)
