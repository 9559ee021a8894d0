"""How a client finds its server: the order of tries, what ends the search, redirects, and what the errors say."""

from __future__ import annotations

import dataclasses
import errno
from collections.abc import Callable
from typing import Any

import pytest

from tests.io.conformance.house import House
from tests.io.conformance.kits import Memory
from tests.io.conformance.theatre import PASSWORD, Stage, Theatre
from xmppwire import JID, ClientConfig, JIDError, StreamError
from xmppwire.stream import Event, Signal
from xmppwire.stream.errors import StreamErrorCondition
from xmppwire.stream.events import SeeOtherHost, StreamOpened
from xmppwire.trace import record
from xmppwire_io import resolve
from xmppwire_io.certs import Certificates, make_certificates
from xmppwire_io.dial import Attempt, Call, dial
from xmppwire_io.errors import AuthenticationError, ConnectError, TLSError
from xmppwire_io.options import StreamOptions
from xmppwire_io.race import Race
from xmppwire_io.resolve import ResolveError, Target

Refusal = Callable[[], Exception | None]


class Map:
    """A DNS and a network: `targets` for the domain, hosts with addresses, and what connecting to an address does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, io: Memory) -> None:
        self.domains: dict[str, list[Target] | Exception] = {}
        self.hosts: dict[str, list[str]] = {}
        self.places: dict[tuple[str, int], Any] = {}
        self.tried: list[tuple[str, int]] = []
        monkeypatch.setattr(resolve, "lookup", self.lookup)
        monkeypatch.setattr(resolve, "addresses", self.addresses)
        self.io = io
        self.open, io.open = io.open, self.connect  # type: ignore[method-assign]

    def lookup(self, domain: str, *, direct_tls: bool | None = None) -> list[Target]:
        found = self.domains[domain]
        if isinstance(found, Exception):
            raise found
        return [target for target in found if direct_tls in (None, target.direct_tls)]

    def addresses(self, host: str, port: int) -> list[tuple[str, int]]:
        if resolve.is_address(host):
            return [(host, port)]
        if host not in self.hosts:
            raise ResolveError(f"{host}: name or service not known")
        return [(address, port) for address in self.hosts[host]]

    async def connect(self, step: Attempt) -> Any:
        for where in step.race.places:
            self.tried.append(where)
            place = self.places.get(where, ConnectionRefusedError(errno.ECONNREFUSED, "?"))
            if not isinstance(place, OSError):
                step.race.won = where
                return await self.open(
                    dataclasses.replace(step, race=Race([("127.0.0.1", place.port)], step.race.timeout))
                )
            step.race.failed(where, place)
        raise step.race.fault()


def on_map(
    monkeypatch: pytest.MonkeyPatch,
    certs: Certificates,
    scene: Callable[[House, Map], Any],
    *,
    theatre: Theatre | None = None,
) -> None:
    io = Memory()
    acceptor = theatre or Theatre()

    async def scenario(io: Any) -> None:
        async with io.serve(acceptor, ssl_context=certs.tls()) as server:
            await scene(House(io, certs, server, acceptor), Map(monkeypatch, io))

    io.run(scenario)


@pytest.mark.spec("RFC 6120", "3.2.1")
def test_targets_and_addresses_in_turn(monkeypatch: pytest.MonkeyPatch, certs: Certificates) -> None:
    async def scene(house: House, map: Map) -> None:
        map.domains["capulet.lit"] = [
            Target("gone.capulet.lit", 5222),
            Target("a.capulet.lit", 5222),
            Target("b.capulet.lit", 443, direct_tls=True),
            Target("c.capulet.lit", 5222),
        ]
        map.hosts = {"a.capulet.lit": ["2001:db8::1", "192.0.2.1"], "b.capulet.lit": ["192.0.2.2"]}
        map.hosts["c.capulet.lit"] = ["192.0.2.3"]
        map.places["192.0.2.1", 5222] = TimeoutError()
        map.places["192.0.2.2", 443] = OSError(errno.EHOSTUNREACH, "?")
        map.places["192.0.2.3", 5222] = house.server
        async with house.connect(host=None, port=None, direct_tls=None):
            pass
        assert map.tried == [("2001:db8::1", 5222), ("192.0.2.1", 5222), ("192.0.2.2", 443), ("192.0.2.3", 5222)]

        map.places["192.0.2.3", 5222] = ConnectionResetError("wrapped by a framework")
        with pytest.raises(ConnectError) as raised:
            async with house.connect(host=None, port=None, direct_tls=None):
                raise AssertionError
        assert str(raised.value) == (
            "cannot connect to capulet.lit: gone.capulet.lit:5222: gone.capulet.lit: name or service not known; "
            "a.capulet.lit ([2001:db8::1]:5222): connection refused; a.capulet.lit (192.0.2.1:5222): timed out; "
            "b.capulet.lit (192.0.2.2:443): no route to host; c.capulet.lit (192.0.2.3:5222): wrapped by a framework"
        )
        assert len(raised.value.attempts) == 5
        assert "\n" not in str(raised.value)

    on_map(monkeypatch, certs, scene)


def test_no_service(monkeypatch: pytest.MonkeyPatch, certs: Certificates) -> None:
    async def scene(house: House, map: Map) -> None:
        for error in (ResolveError("capulet.lit says that it has none"), ValueError("length: too long")):
            map.domains["capulet.lit"] = error
            with pytest.raises(ConnectError, match=f"^cannot connect to capulet.lit: {error}$"):
                async with house.connect(host=None, port=None, direct_tls=None):
                    raise AssertionError
        map.domains["capulet.lit"] = []
        with pytest.raises(ConnectError, match=r"no address found"):
            async with house.connect(host=None, port=None, direct_tls=None):
                raise AssertionError

    on_map(monkeypatch, certs, scene)


@pytest.mark.parametrize(
    ("options", "tried"),
    [
        ({"port": 15222}, ("192.0.2.1", 15222)),
        ({"host": "192.0.2.9"}, ("192.0.2.9", 5222)),
        ({"host": "192.0.2.9", "direct_tls": True}, ("192.0.2.9", 5223)),
        ({"host": "[2001:db8::1]", "port": 1}, ("2001:db8::1", 1)),
    ],
)
def test_a_given_place_is_not_looked_up(
    monkeypatch: pytest.MonkeyPatch, certs: Certificates, options: dict[str, Any], tried: tuple[str, int]
) -> None:
    async def scene(house: House, map: Map) -> None:
        map.hosts["capulet.lit"] = ["192.0.2.1"]
        with pytest.raises(ConnectError, match=r"connection refused"):
            async with house.connect(**{"host": None, "port": None, "direct_tls": None, **options}):
                raise AssertionError
        assert map.tried == [tried]

    on_map(monkeypatch, certs, scene)


def test_bad_tls_leads_to_the_next_and_a_refused_login_ends_it(
    monkeypatch: pytest.MonkeyPatch, certs: Certificates, tmp_path: Any
) -> None:
    bad = make_certificates(tmp_path, ["montague.lit"])

    async def scene(house: House, map: Map) -> None:
        async with house.io.serve(Theatre(), ssl_context=bad.tls()) as other:
            map.domains["capulet.lit"] = [Target("192.0.2.1", 5222), Target("192.0.2.2", 5222)]
            map.places = {("192.0.2.1", 5222): other, ("192.0.2.2", 5222): house.server}
            options = {"host": None, "port": None, "direct_tls": None}
            async with house.connect(**options):
                pass
            assert len(map.tried) == 2

            del map.places["192.0.2.2", 5222]
            with pytest.raises(
                TLSError, match=r"192.0.2.1:5222: the certificate .*; 192.0.2.2:5222: connection refused"
            ):
                async with house.connect(**options):
                    raise AssertionError

            map.places["192.0.2.1", 5222] = house.server
            map.tried.clear()
            with pytest.raises(AuthenticationError):
                async with house.connect(password="montague", **options):
                    raise AssertionError
            assert map.tried == [("192.0.2.1", 5222)]

    on_map(monkeypatch, certs, scene)


class Redirecting(Theatre):
    """Sends everybody elsewhere; with `places`, each connection to the next of them, and lets in those who come after."""

    def __init__(self, *places: str, **options: Any) -> None:
        super().__init__(**options)
        self.places = list(places)
        self.opened = 0

    def handle(self, stage: Stage, event: Event | Signal, now: float) -> None:
        if isinstance(event, StreamOpened):
            self.opened += 1
            if self.places:
                error = StreamError(StreamErrorCondition.SEE_OTHER_HOST, content=self.places.pop(0))
                stage.connection.close(now, error)
        super().handle(stage, event, now)


@pytest.mark.spec("RFC 6120", "4.9.3.19")
def test_see_other_host(monkeypatch: pytest.MonkeyPatch, certs: Certificates) -> None:
    async def scene(house: House, map: Map) -> None:
        map.domains["elsewhere.example"] = [Target("192.0.2.4", 5222)]
        first = ("127.0.0.1", house.server.port)
        for place in (first, ("2001:db8::1", 5299), ("192.0.2.3", 5222), ("192.0.2.4", 5222)):
            map.places[place] = house.server
        async with house.connect() as client:  # the certificate is still the one of capulet.lit
            assert client.jid.domainpart == "capulet.lit"
        assert map.tried == [first, ("2001:db8::1", 5299), ("192.0.2.3", 5222), ("192.0.2.4", 5222)]

    on_map(monkeypatch, certs, scene, theatre=Redirecting("[2001:db8::1]:5299", "192.0.2.3", "elsewhere.example"))


def test_redirects_are_counted(monkeypatch: pytest.MonkeyPatch, certs: Certificates) -> None:
    theatre = Redirecting(*["192.0.2.3:5222"] * 10)

    async def scene(house: House, map: Map) -> None:
        map.places = {("127.0.0.1", house.server.port): house.server, ("192.0.2.3", 5222): house.server}
        with pytest.raises(ConnectError, match=r"too many redirects, the last one to 192\.0\.2\.3") as raised:
            async with house.connect(redirects=2):
                raise AssertionError
        assert len(raised.value.attempts) == 3
        assert len(map.tried) == 3
        with pytest.raises(ConnectError, match=r"too many redirects"):
            async with house.connect(redirects=0):
                raise AssertionError

    on_map(monkeypatch, certs, scene, theatre=theatre)


def test_redirect_to_nowhere(monkeypatch: pytest.MonkeyPatch, certs: Certificates) -> None:
    async def scene(house: House, map: Map) -> None:
        map.places["127.0.0.1", house.server.port] = house.server
        map.domains["nowhere.invalid"] = ResolveError("no such name")
        with pytest.raises(ConnectError, match=r"nowhere.invalid: no such name") as raised:
            async with house.connect():
                raise AssertionError
        assert any(isinstance(event, SeeOtherHost) for event in raised.value.events)

    on_map(monkeypatch, certs, scene, theatre=Redirecting("nowhere.invalid"))


def test_redirect_keeps_direct_tls(monkeypatch: pytest.MonkeyPatch, certs: Certificates) -> None:
    async def scene(house: House, map: Map) -> None:
        map.places = {("127.0.0.1", house.server.port): house.server, ("192.0.2.3", 5223): house.server}
        async with house.connect() as client:
            assert client.tls.alpn == "xmpp-client"
        assert map.tried[-1] == ("192.0.2.3", 5223)

    on_map(monkeypatch, certs, scene, theatre=Redirecting("192.0.2.3", direct_tls=True))


def test_what_cannot_be_an_option() -> None:
    with pytest.raises(JIDError):
        dial("@capulet.lit", {})
    with pytest.raises(TypeError, match=r"colour"):
        dial("juliet@capulet.lit", {"colour": "red"})  # type: ignore[typeddict-unknown-key]


def test_the_plan_is_steps_that_anybody_can_carry_out() -> None:
    plan = dial(JID("juliet@capulet.lit"), {"host": "192.0.2.1", "port": 5222, "ca_file": "/nonexistent"})
    step = next(plan)
    assert isinstance(step, Call)
    with pytest.raises(TLSError, match=r"cannot set up TLS"):
        plan.throw(OSError("no such file"))


def test_trace_makes_the_engine(certs: Certificates) -> None:
    io = Memory()
    lines: list[str] = []
    acceptor = Theatre()

    async def scenario(io: Any) -> None:
        async with io.serve(acceptor, ssl_context=certs.tls()) as server:
            house = House(io, certs, server, acceptor)
            async with house.connect(trace=lambda config: record(config, lines.append)):
                pass

    io.run(scenario)
    assert lines[0].startswith('{"xmppwire-trace":1,"role":"client"')
    assert PASSWORD not in "".join(lines)
    assert any("tls_established" in line for line in lines)


def test_every_setting_of_a_client_is_an_option_of_connect() -> None:
    by_itself = {"jid", "password", "direct_tls", "framing", "resume"}
    assert StreamOptions.__annotations__.keys() == {
        field.name for field in dataclasses.fields(ClientConfig) if field.name not in by_itself
    }
