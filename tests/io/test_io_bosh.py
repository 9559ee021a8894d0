"""BOSH under a driver: several connections in memory, against a connection manager on h11. No sockets, a virtual clock."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

h11 = pytest.importorskip("h11")

from tests.pair import seeded  # noqa: E402
from xmppwire.jid import JID  # noqa: E402
from xmppwire.stanza import Message  # noqa: E402
from xmppwire.stream import ClientConfig, Connection, EndReason, Established, Event, Framing, StreamEnded  # noqa: E402
from xmppwire.stream.bosh import BOSHSession  # noqa: E402
from xmppwire_io.bosh import BOSHDriver, Place  # noqa: E402
from xmppwire_io.dial import Call, Wait  # noqa: E402
from xmppwire_io.dial_bosh import BOSHDialer  # noqa: E402
from xmppwire_io.driver import Driver  # noqa: E402

if TYPE_CHECKING:
    from xmppwire_io.bosh_port import Port
    from xmppwire_io.client import Conversation

NS = "http://jabber.org/protocol/httpbind"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
FEATURES = "<s:features xmlns:s='http://etherx.jabber.org/streams'>{}</s:features>"
HELLO = "<message xmlns='jabber:client' from='romeo@montague.lit'><body>{}</body></message>"


class Wire:
    """One connection: our port, and the server's half of HTTP."""

    def __init__(self, port: Driver) -> None:
        self.port = port
        self.http = h11.Connection(h11.SERVER)
        self.body = b""
        self.closed = False

    def collect(self) -> str | None:
        """The next whole request that came, if there is one."""
        while (data := self.port.data_to_send()) is not None:
            if data:
                self.http.receive_data(data)
        while True:
            event = self.http.next_event()
            if isinstance(event, h11.Data):
                self.body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                body, self.body = self.body.decode(), b""
                return body
            elif not isinstance(event, h11.Request):
                return None

    def answer(self, content: str, now: float, *, status: int = 200, close: bool = False, cut: int = 7) -> None:
        data = content.encode()
        headers = [("Content-Length", str(len(data))), *([("Connection", "close")] if close else [])]
        events = (h11.Response(status_code=status, headers=headers), h11.Data(data=data), h11.EndOfMessage())
        raw = b"".join(self.http.send(event) or b"" for event in events)
        for start in range(0, len(raw), cut):
            self.port.receive_data(raw[start : start + cut], now)
        if not close:
            self.http.start_next_cycle()

    def drop(self, now: float) -> None:
        """The connection breaks."""
        self.closed = True
        self.port.receive_data(b"", now)
        self.port.transport_closed(now)


class Bench:
    """A client over BOSH without TLS, and the connections that it has."""

    def __init__(self) -> None:
        self.now = 100.0
        self.events: list[Event] = []
        config = ClientConfig(
            jid=JID("juliet@capulet.lit/b"),
            password="r0m30",
            framing=Framing.WEBSOCKET,
            require_tls=False,
            allow_plain_without_tls=True,
            random=seeded(3),
        )
        self.engine = Connection(config)
        session = BOSHSession(config.limits, config.random)
        place = Place.parse("http://capulet.lit/http-bind")
        self.driver = BOSHDriver(self.engine, None, session=session, place=place)
        self.driver.on_event = self.events.append
        self.wires: list[Wire] = []
        self.open()

    def open(self) -> Wire:
        wire = Wire(self.driver.carrier())
        self.wires.append(wire)
        wire.port.start(self.now)
        return wire

    def step(self, seconds: float = 1.0) -> None:
        self.now += seconds
        for wire in self.wires:
            if not wire.closed:
                wire.port.handle_timeout(self.now)

    def requests(self) -> list[tuple[Wire, str]]:
        """The requests that came since the last call, in their order."""
        found = [(wire, body) for wire in self.wires if not wire.closed and (body := wire.collect()) is not None]
        return sorted(found, key=lambda one: int(re.findall(r" rid='(\d+)'", one[1])[0]))

    def one(self) -> tuple[Wire, str]:
        (found,) = self.requests()
        return found

    def reply(self, content: str = "", attributes: str = "", **options: Any) -> str:
        """Answer the only request; it is the result."""
        wire, body = self.one()
        wire.answer(f"<body xmlns='{NS}'{attributes}>{content}</body>", self.now, **options)
        return body

    def send(self, text: str) -> None:
        self.engine.send(Message(to="romeo@montague.lit", body=text), self.now)
        self.driver.advance(self.now)

    @property
    def ended(self) -> StreamEnded:
        assert self.driver.ended is not None
        return self.driver.ended


def logged_in() -> Bench:
    """A bench with one connection, on which a request is held."""
    bench = Bench()
    offer = f"<mechanisms xmlns='{SASL}'><mechanism>PLAIN</mechanism></mechanisms>"
    bench.reply(FEATURES.format(offer), " sid='s1' wait='60' requests='2' hold='1' inactivity='20'")
    assert "PLAIN" in bench.reply(f"<success xmlns='{SASL}'/>")
    assert "restart" in bench.reply(FEATURES.format(BIND))
    wire, body = bench.one()
    identifier = re.findall(r" id='([^']*)'", body)[-1]
    bound = f"<iq xmlns='jabber:client' type='result' id='{identifier}'>{BIND[:-2]}><jid>juliet@capulet.lit/b</jid></bind></iq>"
    wire.answer(f"<body xmlns='{NS}'>{bound}</body>", bench.now)
    assert isinstance(bench.events[-1], Established)
    bench.step()
    return bench


@pytest.mark.spec("XEP-0124", "5")
def test_one_connection_is_enough_for_a_login() -> None:
    bench = logged_in()
    assert len(bench.wires) == 1
    assert not bench.driver.wants_port(bench.now)
    assert bench.reply(HELLO.format("hi")).endswith("></body>")
    assert isinstance(bench.events[-1], Message)


@pytest.mark.spec("XEP-0124", "5", "11")
def test_what_is_to_be_said_goes_over_a_second_one() -> None:
    bench = logged_in()
    held, _ = bench.one()
    bench.step()
    bench.send("first")
    assert bench.requests() == []
    assert bench.driver.wants_port(bench.now)
    second = bench.open()
    assert not bench.driver.wants_port(bench.now)
    wire, body = bench.one()
    assert wire is second
    assert "first" in body
    held.answer(f"<body xmlns='{NS}'/>", bench.now)
    bench.step()
    assert bench.requests() == []  # the second one is held now
    bench.send("next")
    wire, body = bench.one()
    assert wire is held
    assert "next" in body


def test_too_much_to_say_is_seen_to_be() -> None:
    bench = logged_in()
    held, _ = bench.one()
    for number in range(500):
        bench.engine.send(Message(to="romeo@montague.lit", body=f"{number} {'x' * 1000}"), bench.now)
        bench.driver.advance(bench.now)
    assert bench.driver.congested
    bench.open()
    said = ""
    for _ in range(50):
        bench.step()
        for wire, body in bench.requests():
            said += body
            wire.answer(f"<body xmlns='{NS}'/>", bench.now, cut=1000)
        if not held.closed and "499 " in said:
            break
    assert [int(found) for found in re.findall(r"<body>(\d+) ", said)] == list(range(500))
    assert not bench.driver.congested


@pytest.mark.spec("XEP-0124", "14.3")
def test_a_connection_that_breaks_costs_nothing() -> None:
    bench = logged_in()
    held, before = bench.one()
    held.drop(bench.now)
    assert bench.driver.wants_port(bench.now)
    bench.open()
    wire, again = bench.one()
    assert again == before
    wire.answer(f"<body xmlns='{NS}'>{HELLO.format('hi')}</body>", bench.now)
    assert isinstance(bench.events[-1], Message)
    assert not bench.driver.over


def test_a_server_that_closes_after_each_response_is_lived_with() -> None:
    bench = logged_in()
    bench.reply(HELLO.format("hi"), close=True)
    assert bench.wires[0].port.finished
    bench.wires[0].drop(bench.now)
    assert bench.driver.wants_port(bench.now)
    bench.open()
    bench.step()
    assert bench.one()[1].endswith("></body>")


@pytest.mark.spec("XEP-0124", "10")
def test_without_any_connection_it_ends_when_the_server_has_forgotten_it() -> None:
    bench = logged_in()
    held, _ = bench.one()
    held.drop(bench.now)
    bench.driver.port_failed(bench.now)
    assert not bench.driver.wants_port(bench.now)
    assert bench.driver.retry_at == bench.now + 1.0
    for _ in range(30):
        bench.now += 1.0
        bench.driver.port_failed(bench.now)
    assert bench.ended.reason is EndReason.CONNECTION_LOST
    assert bench.driver.gone
    assert "forgotten" in (bench.driver.transport_fault or "")


def test_a_connection_without_tls_is_followed_by_another() -> None:
    """The pause begins while the plan waits for something else: it has to hear of it, or it would never look again."""
    bench = logged_in()
    held, _ = bench.one()
    dialer = BOSHDialer(JID("juliet@capulet.lit"), {"bosh": "https://capulet.lit/http-bind"}, lambda: bench.now)
    conversation = cast(
        "Conversation", SimpleNamespace(driver=bench.driver, session=SimpleNamespace(ended=None, retry_at=None))
    )
    errand = dialer._keep(conversation)
    wait = next(errand)
    assert isinstance(wait, Wait)
    assert (wait.until, wait.ready()) == (None, False)
    held.drop(bench.now)
    bench.driver.port_refused(cast("Port", held.port), ValueError("no TLS"), bench.now)
    assert wait.ready()
    wait = errand.send(None)
    assert isinstance(wait, Wait)
    assert (wait.until, wait.ready()) == (bench.now + 1.0, False)
    bench.now += 1.0
    assert isinstance(errand.send(None), Call)


def test_what_waits_for_its_time_wakes_who_keeps_the_time() -> None:
    """What the engine has to say is seen where a connection writes; another one may keep the time."""
    bench = logged_in()
    first, _ = bench.one()
    bench.send("first")
    second = bench.open()
    assert bench.requests() == []
    bench.step(0.05)
    assert "first" in bench.one()[1]
    first.answer(f"<body xmlns='{NS}'/>", bench.now)
    woken: list[float | None] = []
    second.port.wake = lambda: woken.append(second.port.next_timeout())
    bench.engine.send(Message(to="romeo@montague.lit", body="next"), bench.now)  # in the gap
    assert first.port.data_to_send() is None
    assert woken == [pytest.approx(bench.now + 0.05)]
    bench.step(0.05)
    assert "next" in bench.one()[1]


@pytest.mark.spec("XEP-0124", "13")
def test_the_end_is_said_and_waited_for() -> None:
    bench = logged_in()
    held, _ = bench.one()
    second = bench.open()
    bench.step()
    bench.driver.close(bench.now)
    wire, body = bench.one()
    assert wire is second
    assert "type='terminate'" in body
    assert not second.port.finished
    held.answer(f"<body xmlns='{NS}' type='terminate'/>", bench.now)
    assert bench.ended.clean
    assert held.port.finished
    assert second.port.finished
    held.drop(bench.now)
    assert not bench.driver.gone
    second.drop(bench.now)
    assert bench.driver.gone


def test_who_leaves_without_a_connection_waits_for_nothing() -> None:
    bench = logged_in()
    bench.one()[0].drop(bench.now)
    bench.driver.carrier()  # one that is never made
    bench.driver.close(bench.now)
    assert bench.driver.gone
    assert not bench.ended.clean


def test_the_last_connection_breaks_while_the_end_is_waited_for() -> None:
    bench = logged_in()
    held, _ = bench.one()
    bench.step()
    bench.driver.close(bench.now)
    assert not bench.driver.gone
    held.drop(bench.now)
    assert bench.driver.gone


def test_a_server_that_does_not_answer_the_end_is_left() -> None:
    bench = logged_in()
    bench.one()
    bench.open()
    bench.driver.close(bench.now)
    bench.step(6.0)
    assert not bench.ended.clean
    bench.step(3.0)
    assert bench.driver.abandoned
    assert all(wire.port.finished for wire in bench.wires)


def drowned(wire: Wire, now: float) -> None:
    wire.port.receive_data(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", now)
    for _ in range(140):  # more than a body may have: one long stanza, and many of a common length
        wire.port.receive_data(b"x" * 65536, now)


def headed(wire: Wire, now: float) -> None:
    wire.port.receive_data(b"HTTP/1.1 200 OK\r\n" + b"X-Y: zzzzzzzzzzzzzzzzz\r\n" * 4000, now)


def garbled(wire: Wire, now: float) -> None:
    wire.port.receive_data(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", now)


@pytest.mark.parametrize("flood", [drowned, headed, garbled])
def test_a_response_without_end_is_cut_off(flood: Callable[[Wire, float], None]) -> None:
    bench = logged_in()
    held, before = bench.one()
    flood(held, bench.now)
    assert held.port.finished
    held.drop(bench.now)
    bench.open()
    assert bench.one()[1] == before


@pytest.mark.parametrize("close", [False, True])
def test_what_is_no_connection_manager_is_said(close: bool) -> None:
    bench = Bench()
    wire, _ = bench.one()
    wire.answer("no such page", bench.now, status=404, close=close)
    assert bench.driver.transport_fault == "the server answers HTTP 404"
    assert bench.ended.reason is EndReason.CONNECTION_LOST


def test_a_connection_that_ends_before_there_is_a_session() -> None:
    bench = Bench()
    bench.wires[0].drop(bench.now)
    assert bench.ended.reason is EndReason.CONNECTION_LOST
    assert bench.driver.gone


@pytest.mark.parametrize(
    "url",
    ["ws://capulet.lit/", "https:///x", "https://a@capulet.lit/", "https://capulet.lit/a b", "https://x:99999/", ""],
)
def test_urls_that_are_none(url: str) -> None:
    with pytest.raises(ValueError, match="no URL for BOSH"):
        Place.parse(url)


def test_the_parts_of_a_url() -> None:
    assert Place.parse("https://capulet.lit/x?y=1") == Place(True, "capulet.lit", 443, "capulet.lit", "/x?y=1")
    assert Place.parse("http://[::1]:5280") == Place(False, "::1", 5280, "[::1]:5280", "/")


def test_an_answer_that_nobody_asked_for_ends_a_connection() -> None:
    """Proxies say so when they are tired of an idle connection."""
    bench = logged_in()
    bench.one()
    bench.step()
    bench.send("first")
    second = bench.open()
    wire, _ = bench.one()
    bench.step()
    wire.answer(f"<body xmlns='{NS}'/>", bench.now)
    bench.step()
    assert second.port.idle
    second.port.receive_data(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 3\r\n\r\n", bench.now)
    bench.send("next")
    assert second.port.finished


def test_interim_responses_are_passed_over() -> None:
    bench = logged_in()
    wire, _ = bench.one()
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    wire.port.receive_data(hint * 3, bench.now)
    assert not wire.port.finished
    wire.port.receive_data(hint * 30, bench.now)
    assert wire.port.finished
