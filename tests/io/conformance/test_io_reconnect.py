"""Clients that dial again by themselves: over every adapter, with a real network between them and the server."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import pytest

from tests.io.conformance.cutting import MANAGEMENT, POLICY, cutting, exchange
from tests.io.conformance.house import House, order, play, until
from tests.io.conformance.proxy import proxied
from tests.io.conformance.theatre import DOMAIN, PASSWORD, Theatre
from xmppwire import JID, Message
from xmppwire.im.ping import ping
from xmppwire.localserver import LocalServer
from xmppwire.operation import OperationTimeout
from xmppwire.session import Disconnected, ReconnectPolicy
from xmppwire.stream import EndReason, Established, Resumed, StreamEnded, StreamManagement
from xmppwire_io.certs import Certificates, make_certificates
from xmppwire_io.errors import StreamClosedError

ACCOUNTS = {"juliet": PASSWORD, "romeo": PASSWORD}


def serve_and(real: Any, certs: Certificates, scene: Any, **options: Any) -> None:
    """Serve a `LocalServer`, and run a scene with a function that connects to it."""
    local = LocalServer([str(DOMAIN)], ACCOUNTS, iterations=4096, **options)

    async def scenario(io: Any) -> None:
        async with io.serve(local, ssl_context=certs.tls()) as server:

            def connect(name: str, **more: Any) -> Any:
                options = {"host": "127.0.0.1", "port": server.port, "ca_file": certs.ca_file, **more}
                return io.connect(f"{name}@{DOMAIN}/room", password=PASSWORD, **options)

            await scene(connect, server)

    real.run(scenario)


@pytest.mark.spec("XEP-0198", "5")
def test_each_message_once_and_in_order_through_many_cuts(real: Any, certs: Certificates) -> None:
    told: list[Any] = []

    async def scene(connect: Any, server: Any) -> None:
        with cutting(server.port) as cutter:
            options = {"reconnect": POLICY, "management": MANAGEMENT}
            async with connect("juliet", port=cutter.port, **options) as juliet, connect("romeo") as romeo:
                told.append(await exchange(juliet, romeo, cutter, messages=400, cuts=20))
                told.append(cutter.cuts)

    serve_and(real, certs, scene)
    account, cuts = told
    assert cuts >= 15
    assert account.resumed >= cuts // 2  # a cut may hit an attempt to resume
    assert account.lost >= account.resumed


@pytest.mark.spec("XEP-0198", "5")
def test_an_operation_begun_while_there_is_no_connection(real: Any, certs: Certificates) -> None:
    async def scene(connect: Any, server: Any) -> None:
        with proxied(server.port) as proxy:
            async with connect("juliet", port=proxy.port, reconnect=POLICY) as juliet:
                proxy.cut()
                await until(juliet, Disconnected)
                await juliet.run(ping(DOMAIN))
                await until(juliet, Resumed)
                proxy.cut()
                await juliet.run(ping(DOMAIN))

    serve_and(real, certs, scene)


def test_a_server_without_stream_management(real: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        with proxied(house.server.port) as proxy:
            async with house.connect(port=proxy.port, reconnect=POLICY) as client:
                proxy.cut()
                gone = await until(client, Disconnected)
                assert not gone.resumable
                await client.send(Message(to=DOMAIN, body="echo hello"))  # it waits
                assert (await until(client, Established)).jid == client.jid
                assert (await until(client, Message)).body == "hello"

    play(real, certs, scene)


def test_a_server_that_is_gone_for_good(real: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        with contextlib.ExitStack() as stack:
            proxy = stack.enter_context(proxied(house.server.port))
            policy = ReconnectPolicy(first=0.01, maximum=0.02, tries=3)
            async with house.connect(port=proxy.port, reconnect=policy) as client:
                stack.close()
                await until(client, Disconnected)
                ended = await until(client, StreamEnded)
                assert ended.reason is EndReason.CONNECTION_LOST
                assert "connection refused" in ended.text
                assert client.ended is ended
                assert [event async for event in client] == []
                with pytest.raises(StreamClosedError):
                    await order(client, "echo hello")

    play(real, certs, scene)


def test_a_password_that_was_changed_meanwhile_ends_it(real: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        with proxied(house.server.port) as proxy:
            async with house.connect("juliet", port=proxy.port, reconnect=POLICY) as client:
                house.theatre.strangers.add("juliet")
                proxy.cut()
                ended = await until(client, StreamEnded)
                assert ended.reason is EndReason.AUTHENTICATION_FAILED

    play(real, certs, scene)


def test_a_certificate_that_is_not_trusted_any_more_ends_it(real: Any, certs: Certificates, tmp_path: Path) -> None:
    other = make_certificates(tmp_path, [str(DOMAIN)])

    async def scenario(io: Any) -> None:
        async with (
            io.serve(Theatre(), ssl_context=certs.tls()) as server,
            io.serve(Theatre(), ssl_context=other.tls()) as impostor,
        ):
            with proxied(server.port) as proxy:
                house = House(io, certs, server, Theatre())
                async with house.connect(port=proxy.port, reconnect=POLICY) as client:
                    proxy.lead_to(impostor.port)
                    proxy.cut()
                    ended = await until(client, StreamEnded)
                    assert ended.reason is EndReason.TLS_FAILED
                    assert "not trusted" in ended.text

    real.run(scenario)


def test_leaving_while_there_is_no_connection(real: Any, certs: Certificates) -> None:
    async def scene(connect: Any, server: Any) -> None:
        with proxied(server.port) as proxy:
            # The wait is a random part of this: so that nobody draws one that is over at once.
            patient = ReconnectPolicy(first=1e7, maximum=1e7)
            async with connect("juliet", port=proxy.port, reconnect=patient) as juliet:
                proxy.cut()
                await until(juliet, Disconnected)
                begun = time.monotonic()
                with pytest.raises(OperationTimeout):
                    await juliet.run(ping(DOMAIN), timeout=0.05)
                await juliet.send(Message(to=DOMAIN, body="never sent"))
            assert time.monotonic() - begun < 5
            assert juliet.ended.reason is EndReason.LOCAL_CLOSE

    serve_and(real, certs, scene)


@pytest.mark.spec("XEP-0198", "5")
def test_a_stream_goes_on_in_another_client(real: Any, certs: Certificates) -> None:
    async def scene(connect: Any, server: Any) -> None:
        async with connect("romeo") as romeo:
            async with connect("juliet", management=StreamManagement()) as juliet:
                for number in range(4):
                    await romeo.send(Message(juliet.jid, str(number)))
                assert [(await until(juliet, Message)).body for _ in range(2)] == ["0", "1"]
                await juliet.run(ping(DOMAIN))  # so that the others wait already
                state = await juliet.detach()
                assert state is not None
            await romeo.send(Message(juliet.jid, "4"))
            async with connect("juliet", state=state) as juliet:
                assert (await until(juliet, Resumed)).jid == JID(f"juliet@{DOMAIN}/room")
                assert [(await until(juliet, Message)).body for _ in range(3)] == ["2", "3", "4"]
                assert await until_last(juliet) == []

    async def until_last(client: Any) -> list[str | None]:
        await client.send(Message(client.jid, "last"))
        bodies = []
        while (body := (await until(client, Message)).body) != "last":
            bodies.append(body)
        return bodies

    serve_and(real, certs, scene)


def test_without_management_nothing_can_be_left_to_others(real: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with house.connect() as client:
            assert await client.detach() is None
            await order(client, "echo still here")
            assert (await until(client, Message)).body == "still here"

    play(real, certs, scene)


@pytest.mark.parametrize("ticks", [*range(0, 60, 3), *range(60, 400, 20)])
def test_cancellation_anywhere(concurrent: Any, certs: Certificates, ticks: int) -> None:
    """Also while it dials again: the connection is closed, no task is left."""

    async def scene(house: House) -> None:
        with proxied(house.server.port) as proxy:

            async def work() -> None:
                async with house.connect(port=proxy.port, reconnect=ReconnectPolicy(first=0.001)) as client:
                    while True:
                        proxy.cut()
                        await until(client, Established)

            assert await concurrent.cancel_after(ticks, work())
            for _ in range(500):
                if not house.server.connections:
                    break
                await concurrent.sleep(0.01)
            assert house.server.connections == 0

    play(concurrent, certs, scene)
