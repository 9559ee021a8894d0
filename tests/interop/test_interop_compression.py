"""Compressed streams (XEP-0138) with a real server: ejabberd. Prosody has left it out."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.interop.harness import Connect, play, reach
from tests.interop.servers import Lab, Server
from xmppwire.im.ping import ping
from xmppwire.stanza import Message
from xmppwire.stream import CompressionStarted, Connection, Engine, ManagementEnabled, StreamManagement


@pytest.fixture
def options(lab: Lab, server: Server) -> dict[str, Any]:
    """How to reach a server that compresses."""
    if server.compressing is None:
        pytest.skip(f"{server.name} does not compress")
    return {**reach(lab, server), "port": server.compressing, "compression": True}


class Meter(Connection):
    """Counts what goes over the wire."""

    written = 0

    def data_to_send(self) -> bytes:
        data = super().data_to_send()
        self.written += len(data)
        return data


@pytest.mark.spec("XEP-0138", "2")
def test_a_compressed_stream(lab: Lab, server: Server, adapter: str, options: dict[str, Any]) -> None:
    meters: list[Meter] = []

    def trace(config: Any) -> Engine:
        meters.append(Meter(config))
        return meters[-1]

    async def scenario(connect: Connect) -> None:
        address = f"alice@{server.domain}/{uuid4().hex}"
        async with connect(address, password=lab.users["alice"], trace=trace, **options) as client:
            assert [event.method for event in client.negotiation if isinstance(event, CompressionStarted)] == ["zlib"]
            before = meters[-1].written
            bodies = [f"{number}: {'wherefore art thou? ' * 30}" for number in range(50)]
            for body in bodies:
                await client.send(Message(to=client.jid, body=body))
            came: list[str] = []
            async for event in client:
                if isinstance(event, Message):
                    came.append(event.body or "")
                if len(came) == len(bodies):
                    break
            assert came == bodies
            await client.run(ping(server.domain))
            assert meters[-1].written - before < sum(map(len, bodies)) / 4
        assert client.ended.clean, client.ended

    play(adapter, scenario)


@pytest.mark.spec("XEP-0170", "2.2")
def test_a_stream_is_compressed_and_then_resumed(lab: Lab, server: Server, options: dict[str, Any]) -> None:
    async def scenario(connect: Connect) -> None:
        managed = {"management": StreamManagement(), "password": lab.users["bob"], **options}
        async with connect(f"bob@{server.domain}", **managed) as client:
            assert any(isinstance(event, ManagementEnabled) for event in client.negotiation)
            state = await client.detach()
        async with connect(f"bob@{server.domain}", state=state, **managed) as client:
            kinds = [type(event).__name__ for event in client.negotiation]
            assert kinds.index("CompressionStarted") < kinds.index("Resumed")
            await client.run(ping(server.domain))

    play("asyncio", scenario)
