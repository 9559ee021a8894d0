"""One suite over every kind of I/O: what a program may rely on, whichever adapter it uses."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from tests.io.conformance.house import House, order, play, until
from tests.io.conformance.theatre import DOMAIN, Theatre
from xmppwire import JID, Limits, Message
from xmppwire.im.ping import ping
from xmppwire.operation import BacklogFull, ConnectionLostError
from xmppwire.stream.events import Authenticated, EndReason, StreamEnded, StreamErrorReceived
from xmppwire_io.certs import Certificates, make_certificates
from xmppwire_io.errors import AuthenticationError, ConnectError, StreamClosedError, TLSError


@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "direct"])
@pytest.mark.spec("RFC 6120", "5.4", "7.1")
@pytest.mark.spec("XEP-0368", "3")
def test_login(io: Any, certs: Certificates, direct: bool) -> None:
    async def scene(house: House) -> None:
        async with house.connect("juliet") as client:
            assert client.jid == JID("juliet@capulet.lit/chamber")
            assert client.tls.version in ("TLSv1.2", "TLSv1.3")
            assert client.tls.alpn == ("xmpp-client" if direct else None)
            login = next(event for event in client.negotiation if isinstance(event, Authenticated))
            assert login.mechanism == "SCRAM-SHA-512-PLUS"
            assert login.binding == "tls-server-end-point"

    theatre = play(io, certs, scene, direct_tls=direct)
    ended = [event for event in theatre.events if isinstance(event, StreamEnded)]
    assert [(event.reason, event.clean) for event in ended] == [(EndReason.PEER_CLOSE, True)]


def test_messages_both_ways_and_several_connections(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with contextlib.AsyncExitStack() as stack:
            names = ["juliet", "romeo", "nurse", "tybalt"]
            clients = [await stack.enter_async_context(house.connect(name)) for name in names]
            for number, client in enumerate(clients):
                await client.send(Message(to=f"{names[number - 1]}@capulet.lit", body=f"from {names[number]}"))
            for number, client in enumerate(clients):
                message = await until(client, Message)
                sender = names[(number + 1) % len(names)]
                assert (message.sender.localpart, message.body) == (sender, f"from {sender}")

    play(io, certs, scene)


@pytest.mark.parametrize("order_", ["flood 3", "bye"])
def test_what_comes_together_with_the_end_of_the_login(io: Any, certs: Certificates, order_: str) -> None:
    async def scene(house: House) -> None:
        async with house.connect() as client:
            if order_ == "bye":
                assert isinstance(await until(client, StreamEnded), StreamEnded)
            else:
                assert [(await until(client, Message)).body for _ in range(3)] == ["0", "1", "2"]

    play(io, certs, scene, welcome=order_)


def test_operation_inside_the_loop_over_events(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with house.connect() as client:
            await order(client, "flood 3")
            seen = []
            async for event in client:
                if isinstance(event, Message):
                    await client.run(ping(DOMAIN))
                    seen.append(event.body)
                    if len(seen) == 3:
                        break
            assert seen == ["0", "1", "2"]

    play(io, certs, scene)


def test_slow_consumer_still_answers_pings(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with house.connect() as client:
            await order(client, "flood 50")
            await order(client, "ping")
            await client.run(ping(DOMAIN))  # takes no event meanwhile
            assert client.session.backlog >= 50
            bodies = [(await until(client, Message)).body for _ in range(51)]
            assert bodies == [*map(str, range(50)), "ponged"]

    play(io, certs, scene)


def test_full_backlog_stops_reading_and_fails_operations(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with house.connect(backlog=10) as client:
            await order(client, "flood 100")
            with pytest.raises(BacklogFull):
                await client.run(ping(DOMAIN))
            assert client.session.backlog == 10
            bodies = [(await until(client, Message)).body for _ in range(100)]
            assert bodies == [*map(str, range(100))]
            await client.run(ping(DOMAIN))

    play(io, certs, scene)


def test_stanzas_larger_than_tls_records(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with house.connect() as client:
            await order(client, "big 200000")
            assert (await until(client, Message)).body == "o" * 200_000
            await order(client, "echo " + "x" * 200_000)
            assert (await until(client, Message)).body == "x" * 200_000

    play(io, certs, scene)


def test_much_output_waits_for_the_peer(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        limits = Limits(output_high=32 * 1024, output_low=8 * 1024)
        async with house.connect(limits=limits) as client:
            for number in range(200):
                await client.send(Message(to="nobody@capulet.lit", body=f"{number} " + "x" * 5000))
                assert client.session.output_size <= 64 * 1024
            await client.run(ping(DOMAIN))

    play(io, certs, scene)


def test_key_derivation_elsewhere(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with house.connect() as client:
            await client.run(ping(DOMAIN))

    play(io, certs, scene, iterations=20_000)


@pytest.mark.spec("RFC 6120", "4.4")
def test_the_server_closes_first(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with house.connect() as client:
            await order(client, "bye")
            ended = await until(client, StreamEnded)
            assert (ended.reason, ended.clean) == (EndReason.PEER_CLOSE, True)
            assert client.ended is ended
            assert [event async for event in client] == []
            with pytest.raises(StreamClosedError, match="the stream is over"):
                await order(client, "echo hello")
            with pytest.raises(ConnectionLostError):
                await client.run(ping(DOMAIN))

    theatre = play(io, certs, scene)
    assert [event.clean for event in theatre.events if isinstance(event, StreamEnded)] == [True]


def test_the_client_closes_first(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with house.connect() as client:
            await client.aclose()
            await client.aclose()
            assert [event async for event in client] == []
            with pytest.raises(StreamClosedError):
                await order(client, "echo hello")
            assert house.server.connections <= 1
        assert client.ended.clean

    theatre = play(io, certs, scene)
    assert [event.clean for event in theatre.events if isinstance(event, StreamEnded)] == [True]


def test_a_stream_error_is_an_event(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with house.connect() as client:
            await order(client, "fail")
            error = await until(client, StreamErrorReceived)
            assert error.error.text == "the roof came down"
            ended = await until(client, StreamEnded)
            assert ended.reason is EndReason.STREAM_ERROR_RECEIVED

    play(io, certs, scene)


def test_the_end_behind_a_full_backlog(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with house.connect(backlog=5) as client:
            await order(client, "flood 20")
            await order(client, "bye")
            with contextlib.suppress(BacklogFull, ConnectionLostError):
                await client.run(ping(DOMAIN))
            events = [event async for event in client]
            assert [event.body for event in events if isinstance(event, Message)] == [*map(str, range(20))]
            assert isinstance(events[-1], StreamEnded)

    play(io, certs, scene)


def test_leaving_with_a_full_backlog(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        async with house.connect(backlog=5) as client:
            await order(client, "flood 2000")
            with pytest.raises(BacklogFull):
                await client.run(ping(DOMAIN))
        assert client.ended.clean

    play(io, certs, scene)


def test_the_body_s_exception_passes(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        with pytest.raises(ZeroDivisionError):
            async with house.connect():
                raise ZeroDivisionError
        group = ExceptionGroup("mine", [ValueError()])
        with pytest.raises(ExceptionGroup) as raised:
            async with house.connect():
                raise group
        # trio may make an equal copy of a group that passes a cancel scope
        assert (raised.value.message, raised.value.exceptions) == (group.message, group.exceptions)

    theatre = play(io, certs, scene)
    assert [event.clean for event in theatre.events if isinstance(event, StreamEnded)] == [True, True]


def test_wrong_password(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        with pytest.raises(AuthenticationError, match=r"juliet@capulet.lit cannot log in at 127.0.0.1:\d+") as raised:
            async with house.connect(password="montague"):
                raise AssertionError
        assert raised.value.failure.condition.value == "not-authorized"
        assert len(raised.value.attempts) == 1

    play(io, certs, scene)


def test_connection_refused(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        with pytest.raises(ConnectError, match=r"^cannot connect to capulet.lit: 127.0.0.1:1: connection refused$"):
            async with house.connect(port=1):
                raise AssertionError

    play(io, certs, scene)


def test_name_that_does_not_resolve(io: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        with pytest.raises(
            ConnectError, match=r"cannot connect to capulet.lit: nowhere.invalid:5222: nowhere.invalid: "
        ):
            async with house.connect(host="nowhere.invalid", port=5222):
                raise AssertionError

    play(io, certs, scene)


@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "direct"])
@pytest.mark.parametrize("case", ["untrusted", "name", "expired"])
@pytest.mark.spec("RFC 6120", "13.7.2")
@pytest.mark.spec("RFC 7590", "3.4")
def test_certificates_that_are_not_to_be_trusted(
    io: Any, certs: Certificates, case: str, direct: bool, tmp_path: Path
) -> None:
    from datetime import UTC, datetime

    names = ["montague.lit" if case == "name" else "capulet.lit"]
    other = make_certificates(
        tmp_path, names, not_after=datetime(2020, 1, 1, tzinfo=UTC) if case == "expired" else None
    )
    words = {
        "untrusted": "self-signed certificate in certificate chain|unable to get local issuer",
        "name": "Hostname mismatch, certificate is not valid for 'capulet.lit'",
        "expired": "certificate has expired",
    }

    async def scene(house: House) -> None:
        ca_file = certs.ca_file if case == "untrusted" else other.ca_file
        with pytest.raises(TLSError, match=f"the certificate for capulet.lit is not trusted: .*({words[case]})"):
            async with house.connect(ca_file=ca_file):
                raise AssertionError

    theatre = play(io, other, scene, direct_tls=direct)
    ended = [event for event in theatre.events if isinstance(event, StreamEnded)]
    assert [event.reason for event in ended] == [EndReason.TLS_FAILED]
    assert "the peer refused with the TLS alert" in ended[0].text


def test_server_goes_down(io: Any, certs: Certificates) -> None:
    acceptor = Theatre()

    async def scenario(io: Any) -> None:
        async with contextlib.AsyncExitStack() as stack:
            server = await stack.enter_async_context(io.serve(acceptor, ssl_context=certs.tls()))
            async with House(io, certs, server, acceptor).connect() as client:
                if io.name == "blocking":
                    import threading

                    closing = threading.Thread(target=server.close)
                    closing.start()
                    stack.callback(closing.join)
                elif io.name == "memory":
                    server.hub.close(io.time)
                else:
                    stack.push_async_callback(server.wait_closed)
                    await server.aclose() if io.name != "asyncio" else server._hub.close(0)
                error = await until(client, StreamErrorReceived)
                assert error.error.condition.value == "system-shutdown"
                await until(client, StreamEnded)
                if io.name == "asyncio":
                    await server.aclose()

    io.run(scenario)


@pytest.mark.parametrize("ticks", [*range(0, 40, 1), *range(40, 120, 4)])
def test_cancellation_anywhere(concurrent: Any, certs: Certificates, ticks: int) -> None:
    """Wherever it strikes, the connection is closed, no task is left, and nothing else than the cancellation comes out."""

    async def scene(house: House) -> None:
        async def work() -> None:
            async with house.connect() as client:
                await order(client, "flood 3")
                await client.run(ping(DOMAIN))
                async for event in client:
                    if isinstance(event, Message) and event.body == "2":
                        break
                await order(client, "echo " + "x" * 30_000)
                await until(client, Message)

        await concurrent.cancel_after(ticks, work())
        for _ in range(500):
            if not house.server.connections:
                break
            await concurrent.sleep(0.01)
        assert house.server.connections == 0

    play(concurrent, certs, scene)
