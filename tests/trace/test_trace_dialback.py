"""Traces of streams between servers: questions that stay open while the stream goes on, and what the program asks."""

from __future__ import annotations

import pytest

from tests.pair import World
from tests.stream.dialback_world import A, B, incoming, message, outgoing
from xmppwire.jid import JID
from xmppwire.stanza import Message
from xmppwire.stream import DialbackRequested, DialbackUse, DomainPolicies, DomainPolicy, KeyVerified, PairVerified
from xmppwire.trace import TraceError, record, replay

POLICIES = DomainPolicies(
    default=DomainPolicy(require_tls=False), domains={"c.example": DomainPolicy(dialback=DialbackUse.NEVER)}
)


def scenario(*, secrets: bool) -> dict[str, list[str]]:
    """A stream with two pairs, and the one on which their keys are verified; a trace of each engine."""
    tapes: dict[str, list[str]] = {"sending": [], "receiving": [], "asking": [], "answering": []}
    configs = {
        "sending": outgoing(policies=POLICIES),
        "receiving": incoming(B, policies=POLICIES),
        "asking": outgoing(B, A, verify_only=True),
        "answering": incoming(A, "rooms.a.example"),
    }
    engines = {name: record(config, tapes[name].append, secrets=secrets) for name, config in configs.items()}
    world = World()
    keys = world.join(engines["asking"], engines["answering"])
    wire = world.join(engines["sending"], engines["receiving"])
    world.settle()
    first = wire.server.one(DialbackRequested)
    engines["asking"].verify_key(first, world.now)
    world.settle()
    engines["receiving"].answer(first, keys.client.one(KeyVerified).valid, world.now)
    world.settle()
    engines["sending"].request_pair("rooms.a.example", B, world.now)
    engines["sending"].request_pair("c.example", B, world.now)
    world.settle()
    second = wire.server.of(DialbackRequested)[-1]
    engines["sending"].send(message("j@a.example", "r@b.example"), world.now)
    world.settle()
    engines["receiving"].refuse(second, "remote-server-timeout", world.now)
    engines["receiving"].answer(first, False, world.now)  # it is answered already
    world.settle()
    engines["sending"].close(world.now)
    world.settle()
    assert wire.client.one(PairVerified).sender == JID(A)
    assert wire.server.one(Message).body == "hi"
    return tapes


def test_every_end_replays() -> None:
    for name, tape in scenario(secrets=True).items():
        played = replay(tape)
        assert played.equal, (name, played.differences)
        assert played.compared > 3


def test_without_secrets_there_is_none_to_make_keys_from() -> None:
    for tape in scenario(secrets=False).values():
        assert "secret of" not in "".join(tape)
        with pytest.raises(TraceError, match="between servers"):
            replay(tape)
