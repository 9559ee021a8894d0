"""Traces of streams that could be compressed (XEP-0138)."""

from __future__ import annotations

from tests.pair import World
from tests.stream.streams import client_config, obliging_server, server_config
from xmppwire.stream import CompressionStarted
from xmppwire.trace import record, replay


def run(secrets: bool) -> tuple[list[str], list[str], bool]:
    """Both ends' traces of a login, and whether the stream was compressed."""
    client: list[str] = []
    server: list[str] = []
    world = World()
    wire = world.join(
        record(client_config(compression=True), client.append, secrets=secrets),
        record(server_config(compression=True), server.append, secrets=secrets),
        start=False,
    )
    wire.server.on_event = obliging_server
    wire.client.engine.start(world.now)
    wire.server.engine.start(world.now)
    world.settle()
    wire.client.engine.close(world.now)
    world.settle()
    assert wire.client.ended is not None
    assert wire.client.ended.clean
    return client, server, bool(wire.client.of(CompressionStarted))


def test_with_its_secrets_a_compressed_stream_replays_to_the_byte() -> None:
    client, server, compressed = run(secrets=True)
    assert compressed
    for lines in (client, server):
        result = replay(lines)
        assert result.equal, result.differences
        assert result.exact


def test_what_is_to_be_blanked_is_not_compressed() -> None:
    client, server, compressed = run(secrets=False)
    assert not compressed
    assert replay(client).equal
    assert replay(server).equal
