"""Reconnecting and resuming with real servers, over each adapter: the connection is cut again and again (XEP-0198).

XMPPWIRE_CUTS=50 and XMPPWIRE_MESSAGES=2000 make the long run of it; by default there are fewer of both, to save time.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.interop.harness import Connect, account, play, until
from tests.interop.servers import Lab, Server
from tests.io.conformance.cutting import MANAGEMENT, POLICY, Cutter, OrderlyCutter, cutting, exchange
from tests.io.conformance.proxy import proxied
from xmppwire import Message
from xmppwire.im.ping import ping
from xmppwire.session import Disconnected
from xmppwire.stream import Resumed, StreamManagement

CUTS = int(os.environ.get("XMPPWIRE_CUTS", "12"))
MESSAGES = int(os.environ.get("XMPPWIRE_MESSAGES", "360"))

pytestmark = pytest.mark.spec("XEP-0198", "5")


def managed(lab: Lab, server: Server, user: str, **more: Any) -> dict[str, Any]:
    """An account where streams are resumed."""
    if server.legacy:
        pytest.skip("jabberd2 does not resume streams")
    return account(lab, server, user, **more)


def test_each_message_once_and_in_order_through_many_cuts(lab: Lab, server: Server, adapter: str) -> None:
    if server.name.startswith("ejabberd") and os.environ.get("XMPPWIRE_LAB"):
        # Seen on the wire where ejabberd is slow (log level debug): after it has told how much it handled, it goes on
        # handling what came over the old connection, and what it queued comes behind what is newer.
        pytest.skip(
            "this ejabberd is not as the tests would start it, and may handle stanzas of a cut connection twice"
        )
    told: list[Any] = []
    # Prosody goes on with the reader of the old connection, and so with the half of a stanza, if that is where it stopped.
    direct = server.direct_tls if server.name.startswith("prosody") else None
    kind = Cutter if direct is None else OrderlyCutter

    async def scenario(connect: Connect) -> None:
        with cutting(direct or server.c2s, kind) as cutter:
            options = {"reconnect": POLICY, "management": MANAGEMENT, "direct": direct is not None}
            async with (
                connect(**managed(lab, server, "alice", port=cutter.port, **options)) as alice,
                connect(**managed(lab, server, "bob")) as bob,
            ):
                told.append(await exchange(alice, bob, cutter, messages=MESSAGES, cuts=CUTS))
                told.append(cutter.cuts)

    play(adapter, scenario, seconds=30 + CUTS + MESSAGES / 20)
    account_, cuts = told
    assert cuts >= CUTS * 0.7
    assert account_.resumed >= cuts - 1


def test_an_operation_that_the_connection_does_not_survive(lab: Lab, server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        with proxied(server.c2s) as proxy:
            async with connect(**managed(lab, server, "alice", port=proxy.port, reconnect=POLICY)) as alice:
                proxy.cut()
                await alice.run(ping(server.domain))
                await until(alice, Disconnected)
                await until(alice, Resumed)

    play(adapter, scenario)


def test_a_stream_goes_on_in_another_client(lab: Lab, server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**managed(lab, server, "bob")) as bob:
            options = managed(lab, server, "alice")
            async with connect(**options, management=StreamManagement()) as alice:
                for number in range(4):
                    await bob.send(Message(alice.jid, str(number), type="chat"))
                assert [(await until(alice, Message)).body for _ in range(2)] == ["0", "1"]
                state = await alice.detach()
            await bob.send(Message(alice.jid, "4", type="chat"))
            async with connect(**options, state=state) as alice:
                assert (await until(alice, Resumed)).jid == alice.jid
                await alice.send(Message(alice.jid, "last", type="chat"))
                # All of them, and once; ejabberd may put the newest first.
                bodies = [(await until(alice, Message)).body or "" for _ in range(4)]
                assert sorted(bodies) == ["2", "3", "4", "last"]

    play(adapter, scenario)
