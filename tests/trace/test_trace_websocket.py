"""Traces of streams over WebSocket: one line a message, without secrets, and replayed to the byte."""

from __future__ import annotations

import pytest

from tests.pair import World
from tests.stream.streams import JULIET, PASSWORD, client_config, obliging_server, server_config
from xmppwire.stanza import Message
from xmppwire.stream import Framing, SASL2Offer
from xmppwire.trace import record, replay


@pytest.mark.parametrize("secrets", [False, True])
@pytest.mark.parametrize("sasl2", [None, SASL2Offer()], ids=["sasl", "sasl2"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_a_trace_replays(mechanism: str, sasl2: SASL2Offer | None, secrets: bool) -> None:
    how = {"framing": Framing.WEBSOCKET, "direct_tls": True, "mechanisms": (mechanism,)}
    world = World()
    near: list[str] = []
    far: list[str] = []
    client = record(client_config(**how), near.append, secrets=secrets)
    server = record(server_config(**how, sasl2=sasl2), far.append, secrets=secrets)
    wire = world.join(client, server, start=False)
    wire.server.on_event = obliging_server
    client.start(world.now)
    server.start(world.now)
    world.settle()
    client.send(Message(to=JULIET, body="hi"), world.now)
    world.settle()
    client.close(world.now)
    world.settle()
    for lines in (near, far):
        again = replay(lines)
        assert again.equal, again.differences
        assert again.compared > 20
        if not secrets:
            assert PASSWORD not in "".join(lines)
            assert any("***" in line for line in lines)
    assert sum('"out":"<open ' in line for line in near) == (2 if sasl2 is None else 1)
