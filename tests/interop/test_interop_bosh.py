"""BOSH (XEP-0124, XEP-0206) with real servers, over each adapter."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.interop.harness import Connect, authenticated, fails, play, until
from tests.interop.servers import Lab, Server
from tests.io.conformance.proxy import proxied
from xmppwire.im.ping import ping
from xmppwire.stanza import Message
from xmppwire.stream import ManagementEnabled, Resumed, StreamManagement
from xmppwire_io.errors import AuthenticationError


@pytest.fixture
def options(lab: Lab, server: Server) -> dict[str, Any]:
    """How to reach a server's connection manager."""
    if server.bosh is None:
        pytest.skip(f"{server.name} has no BOSH here")
    return {"bosh": server.bosh, "ca_file": lab.ca}


@pytest.mark.spec("XEP-0124", "7", "8", "13")
@pytest.mark.spec("XEP-0206", "3", "4", "5")
def test_messages_there_and_back(lab: Lab, server: Server, adapter: str, options: dict[str, Any]) -> None:
    async def scenario(connect: Connect) -> None:
        address = f"alice@{server.domain}/{uuid4().hex}"
        async with connect(address, password=lab.users["alice"], **options) as client:
            assert authenticated(client).binding is None  # many connections: nothing to bind to
            assert client.tls.version.startswith("TLSv1")
            await client.run(ping(server.domain))
            bodies = [f"{number} <&> ä" for number in range(40)]
            for body in bodies[:20]:
                await client.send(Message(to=client.jid, body=body))
            came: list[str] = []
            async for event in client:
                if isinstance(event, Message):
                    came.append(event.body or "")
                    if len(came) >= 20 and len(came) < 40:
                        await client.send(Message(to=client.jid, body=bodies[len(came)]))
                    if len(came) == len(bodies):
                        break
            assert came == bodies
            await client.run(ping(server.domain))
        assert client.ended.clean, client.ended

    play(adapter, scenario)


@pytest.mark.spec("XEP-0124", "14.3")
def test_the_session_outlives_its_connections(lab: Lab, server: Server, adapter: str, options: dict[str, Any]) -> None:
    where = urlsplit(options["bosh"])
    assert where.port is not None

    async def scenario(connect: Connect) -> None:
        with proxied(where.port or 0) as proxy:
            through = {**options, "bosh": where._replace(netloc=f"127.0.0.1:{proxy.port}").geturl()}
            async with connect(f"bob@{server.domain}/{uuid4().hex}", password=lab.users["bob"], **through) as client:
                came: list[str] = []
                for number in range(8):
                    await client.send(Message(to=client.jid, body=str(number)))
                    came.append((await until(client, Message)).body)
                    proxy.cut()
                assert came == [str(number) for number in range(8)]
                await client.run(ping(server.domain))
            assert client.ended.clean, client.ended

    play(adapter, scenario)


@pytest.mark.spec("XEP-0198", "5")
def test_a_stream_goes_on_in_another_session(lab: Lab, server: Server, options: dict[str, Any]) -> None:
    if server.name.startswith("prosody"):
        pytest.skip(
            "Prosody 0.12 and 13 fail inside (mod_smacks) when a stream over BOSH is resumed, and do not answer"
        )

    async def scenario(connect: Connect) -> None:
        managed = {"management": StreamManagement(), "password": lab.users["bob"], **options}
        async with connect(f"bob@{server.domain}", **managed) as client:
            assert any(isinstance(event, ManagementEnabled) for event in client.negotiation)
            state = await client.detach()
        async with connect(f"bob@{server.domain}", state=state, **managed) as client:
            assert isinstance(client.negotiation[-1], Resumed)
            await client.run(ping(server.domain))

    play("asyncio", scenario)


def test_a_wrong_password(lab: Lab, server: Server, adapter: str, options: dict[str, Any]) -> None:
    error = fails(adapter, f"alice@{server.domain}", password="wrong", **options)
    assert isinstance(error, AuthenticationError)
    assert error.failure is not None
