"""Traces of logins by SASL2 and by token: they replay, and give nothing away."""

from __future__ import annotations

import base64
import json

from tests.pair import World
from tests.stream.sasl2_world import Keeper, bare_config, policy, wanting
from tests.stream.streams import server_config
from tests.trace.replaying import Recorded
from xmppwire.stream import FastToken, FeaturesReceived, SASL2Offer, TokenReceived


def test_a_token_does_not_show_and_the_login_replays() -> None:
    keeper = Keeper()
    token: FastToken | None = None
    known: tuple[object, ...] = ()
    for _ in range(3):
        client = Recorded(bare_config(wanting(token=token, request_token=token is None, known_features=known)))
        server = Recorded(server_config(sasl2=SASL2Offer(fast=policy())))
        world = World()
        wire = world.join(client.engine, server.engine)
        wire.server.on_event = keeper
        world.settle()
        known = tuple(wire.client.of(FeaturesReceived)[1].features) if token is not None else ()
        token = token or wire.client.one(TokenReceived).token
        for trace in (client, server):
            trace.assert_replays()
            assert token.token not in "".join(trace.blanked)
            for line in trace.blanked:
                for draw in json.loads(line).get("random", ()):
                    made = base64.urlsafe_b64encode(base64.b64decode(draw)).decode().rstrip("=")
                    assert made != token.token
