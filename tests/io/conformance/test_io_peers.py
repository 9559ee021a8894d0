"""Peers that stall, break off, read nothing or speak something else: over real sockets, with every adapter."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.io.conformance.house import House, order, play, until
from tests.io.conformance.kits import LIMIT
from tests.io.conformance.proxy import impostor, proxied
from tests.io.conformance.theatre import DOMAIN, PASSWORD, Theatre
from xmppwire import Limits, Message
from xmppwire.im.ping import ping
from xmppwire.operation import BacklogFull, ConnectionLostError
from xmppwire.stream.events import EndReason, StreamEnded
from xmppwire_io import blocking
from xmppwire_io.certs import Certificates
from xmppwire_io.errors import ConnectError, StreamClosedError, TLSError

HEADER = (
    b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' "
    b"from='capulet.lit' version='1.0'>"
)
STARTTLS = (
    b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
)
PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


def refuse(
    real: Any, port: int, certs: Certificates, kind: type[ConnectError], words: str, **options: Any
) -> ConnectError:
    """Connect, and expect this error."""
    caught: list[ConnectError] = []

    async def scenario(io: Any) -> None:
        with pytest.raises(kind, match=words) as raised:
            async with io.connect(
                "juliet@capulet.lit", password=PASSWORD, host="127.0.0.1", port=port, ca_file=certs.ca_file, **options
            ):
                raise AssertionError
        caught.append(raised.value)

    real.run(scenario)
    return caught[0]


@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "direct"])
def test_server_that_stalls(real: Any, certs: Certificates, direct: bool) -> None:
    def stall(client: socket.socket) -> None:
        while client.recv(4096):
            pass

    with impostor(stall) as port:
        begun = time.monotonic()
        limits = Limits(handshake_seconds=0.2)
        refuse(
            real,
            port,
            certs,
            ConnectError,
            rf"127.0.0.1:{port}: .*(time|not ready after 0.2 seconds)",
            limits=limits,
            direct_tls=direct,
        )
        assert time.monotonic() - begun < 5


def test_server_that_hangs_up(real: Any, certs: Certificates) -> None:
    with impostor(lambda client: None) as port:
        error = refuse(real, port, certs, ConnectError, rf"cannot connect to capulet.lit: 127.0.0.1:{port}: ")
        assert not isinstance(error, TLSError)


def test_another_protocol(real: Any, certs: Certificates) -> None:
    with impostor(lambda client: client.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")) as port:
        refuse(real, port, certs, ConnectError, "not-well-formed|bad-format|invalid-xml")


@pytest.mark.spec("RFC 6120", "5.4.3.2")
def test_tls_handshake_failure_sends_the_alert(real: Any, certs: Certificates) -> None:
    seen: list[bytes] = []

    def garbage(client: socket.socket) -> None:
        client.recv(4096)
        client.sendall(HEADER + STARTTLS)
        client.recv(4096)
        client.sendall(PROCEED)
        hello = client.recv(4096)
        assert hello[0] == 0x16
        client.sendall(b"\x16\x03\x03\x00\x04\xff\x00\x00\x00")  # a handshake message that does not exist
        while data := client.recv(4096):
            seen.append(data)

    with impostor(garbage) as port:
        refuse(real, port, certs, TLSError, "TLS failed: unexpected message")
    alert = b"".join(seen)
    assert (alert[0], alert[5]) == (0x15, 2)  # a fatal alert, and nothing in the clear
    assert b"<" not in alert


def test_server_that_hangs_up_during_tls(real: Any, certs: Certificates) -> None:
    def leave(client: socket.socket) -> None:
        client.recv(4096)
        client.sendall(HEADER + STARTTLS)
        client.recv(4096)
        client.sendall(PROCEED)
        client.recv(4096)

    with impostor(leave) as port:
        refuse(real, port, certs, TLSError, "the peer closed the connection during the TLS handshake")


@pytest.mark.spec("RFC 6120", "4.4")
@pytest.mark.parametrize("how", ["cut", "reset"])
def test_ragged_end_is_an_event(real: Any, certs: Certificates, how: str) -> None:
    async def scene(house: House) -> None:
        with proxied(house.server.port) as proxy:
            async with house.connect(port=proxy.port) as client:
                await order(client, "echo hello")
                await until(client, Message)
                getattr(proxy, how)()
                ended = await until(client, StreamEnded)
                assert (ended.reason, ended.clean) == (EndReason.CONNECTION_LOST, False)
                with pytest.raises(StreamClosedError):
                    await order(client, "echo again")
                with pytest.raises(ConnectionLostError):
                    await client.run(ping(DOMAIN))

    play(real, certs, scene)


def test_leaving_when_the_peer_is_silent(real: Any, certs: Certificates) -> None:
    """The closing handshake has a deadline, and so has the end of the connection."""

    async def scene(house: House) -> None:
        with proxied(house.server.port) as proxy:
            async with house.connect(port=proxy.port, limits=Limits(close_seconds=0.2)):
                proxy.pause()
                begun = time.monotonic()
            assert time.monotonic() - begun < 4

    play(real, certs, scene)


def test_peer_that_does_not_read(real: Any, certs: Certificates) -> None:
    """`send` waits, the memory stays bounded, and all arrives once the peer reads."""
    limits = Limits(output_high=32 * 1024, output_low=8 * 1024)
    count = 3000

    async def scene(house: House) -> None:
        with proxied(house.server.port) as proxy:
            async with house.connect(port=proxy.port, limits=limits) as client:
                proxy.pause()
                timer = threading.Timer(0.5, proxy.resume)
                begun = time.monotonic()
                timer.start()
                for number in range(count):
                    await client.send(Message(to="nobody@capulet.lit", body=f"{number} " + "x" * 4000))
                    assert client.session.output_size <= 64 * 1024
                assert time.monotonic() - begun >= 0.4
                await client.run(ping(DOMAIN))
                timer.join()

    play(real, certs, scene)


def test_cancelled_send_leaves_the_stream_whole(concurrent: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        limits = Limits(output_high=16 * 1024, output_low=8 * 1024)
        with proxied(house.server.port) as proxy:
            async with house.connect(port=proxy.port, limits=limits) as client:
                proxy.pause()

                async def pour() -> None:
                    while True:
                        await client.send(Message(to="nobody@capulet.lit", body="x" * 4000))

                assert await concurrent.cancel_after(2000, pour())
                proxy.resume()
                await client.run(ping(DOMAIN))
            assert client.ended.clean

    play(concurrent, certs, scene)


def test_cancelled_close_is_a_hard_one(concurrent: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        with proxied(house.server.port) as proxy:
            begun = time.monotonic()
            async with house.connect(port=proxy.port) as client:
                proxy.pause()
                assert await concurrent.cancel_after(20, client.aclose())
            assert time.monotonic() - begun < 4

    play(concurrent, certs, scene)


def test_cancelled_operation_is_given_up(concurrent: Any, certs: Certificates) -> None:
    async def scene(house: House) -> None:
        with proxied(house.server.port) as proxy:
            async with house.connect(port=proxy.port) as client:
                proxy.pause()
                assert await concurrent.cancel_after(20, client.run(ping(DOMAIN)))
                assert client.session.operations == 0
                proxy.resume()
                await client.run(ping(DOMAIN))

    play(concurrent, certs, scene)


PROGRAM = """
import sys
sys.path.insert(0, {root!r})
from tests.io.conformance.kits import KITS
from xmppwire import Message
io = KITS[{name!r}]()

async def scenario(io):
    async with io.connect("juliet@capulet.lit", password={password!r}, host="127.0.0.1", port={port}, ca_file={ca!r}) as client:
        print("here", flush=True)
        async for event in client:
            pass

if {name!r} == "blocking":
    from tests.io.conformance.kits import run_at_once
    run_at_once(scenario(io))
else:
    io.run(scenario)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_closes_in_order(real: Any, certs: Certificates) -> None:
    theatre = Theatre()
    root = str(Path(__file__).resolve().parents[3])
    with blocking.serve(theatre, ssl_context=certs.tls()) as server:
        program = PROGRAM.format(root=root, name=real.name, password=PASSWORD, port=server.port, ca=str(certs.ca_file))
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=LIMIT)
        assert process.returncode != 0
        assert b"KeyboardInterrupt" in errors
    ended = [event for event in theatre.events if isinstance(event, StreamEnded)]
    assert [(event.reason, event.clean) for event in ended] == [(EndReason.PEER_CLOSE, True)]


def test_break_behind_a_full_backlog(real: Any, certs: Certificates) -> None:
    """Nothing reads any more, so that only writing finds the break: deadlines hold all the same, and nobody waits for room."""

    async def scene(house: House) -> None:
        limits = Limits(output_high=32 * 1024, output_low=1024)
        with proxied(house.server.port) as proxy:
            async with house.connect(port=proxy.port, backlog=5, limits=limits) as client:
                await order(client, "flood 30")
                with pytest.raises(BacklogFull):
                    await client.run(ping(DOMAIN))
                proxy.reset()
                for _ in range(3):
                    await order(client, "echo")
                    await real.sleep(0.05)
                with pytest.raises(BacklogFull):
                    await client.run(ping(DOMAIN), timeout=2)
                for _ in range(20):
                    await client.send(Message(to=DOMAIN, body="x" * 5000))
                bodies = [event.body async for event in client if isinstance(event, Message)]
                assert bodies[:5] == [*map(str, range(5))]
                assert isinstance(client.ended, StreamEnded)

    play(real, certs, scene)
