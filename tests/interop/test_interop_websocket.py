"""XMPP over WebSocket (RFC 7395) with real servers, from each adapter."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.interop.harness import Connect, authenticated, play, until
from tests.interop.servers import Lab, Server
from tests.io.conformance.cutting import MANAGEMENT, POLICY, OrderlyCutter, cutting, exchange
from tests.io.conformance.proxy import Proxy, proxied
from xmppwire import Message
from xmppwire.im.ping import ping
from xmppwire.im.roster import fetch_roster
from xmppwire.session import Disconnected
from xmppwire.stream import Resumed

CUTS, MESSAGES = 6, 180

pytestmark = pytest.mark.spec("RFC 7395", "3")


def account(lab: Lab, server: Server, user: str, **more: Any) -> dict[str, Any]:
    if server.websocket is None:
        pytest.skip(f"no WebSocket of {server.name} is known")
    address = f"{user}@{server.domain}/{uuid.uuid4().hex}"
    password = lab.users[user]
    return {"address": address, "password": password, "ca_file": lab.ca, "websocket": server.websocket, **more}


def test_login_and_messages(lab: Lab, server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, server, "alice")) as alice,
            connect(**account(lab, server, "bob")) as bob,
        ):
            assert authenticated(alice).mechanism.startswith("SCRAM-")
            await alice.run(ping(server.domain))
            await alice.run(fetch_roster())
            for text in ("one <&>", "x" * 50_000, "\U0001f98a"):
                await alice.send(Message(bob.jid, text, type="chat"))
                assert (await until(bob, Message)).body == text

    play(adapter, scenario)


def behind(url: str, cutter: Proxy) -> str:
    """The same WebSocket, by way of a proxy."""
    return url.replace(f":{port_of(url)}/", f":{cutter.port}/")


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


@pytest.mark.spec("RFC 7395", "3.10")
@pytest.mark.spec("XEP-0198", "5")
def test_a_stream_goes_on_after_a_cut(lab: Lab, server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        options = account(lab, server, "alice", reconnect=POLICY)
        with proxied(port_of(options["websocket"])) as proxy:
            options["websocket"] = behind(options["websocket"], proxy)
            async with connect(**options) as alice, connect(**account(lab, server, "bob")) as bob:
                await alice.send(Message(bob.jid, "before", type="chat"))
                assert (await until(bob, Message)).body == "before"
                proxy.cut()
                await until(alice, Disconnected)
                await bob.send(Message(alice.jid, "meanwhile", type="chat"))
                await alice.send(Message(bob.jid, "after", type="chat"))
                await until(alice, Resumed)
                assert (await until(alice, Message)).body == "meanwhile"
                assert (await until(bob, Message)).body == "after"

    play(adapter, scenario)


@pytest.mark.spec("RFC 7395", "3.10")
@pytest.mark.spec("XEP-0198", "5")
def test_each_message_once_and_in_order_through_many_cuts(lab: Lab, server: Server, adapter: str) -> None:
    if server.name.startswith("ejabberd"):
        pytest.skip("where a WebSocket breaks while it writes, ejabberd may not find the stream: 'copying timed out'")
    told: list[Any] = []

    async def scenario(connect: Connect) -> None:
        options = account(lab, server, "alice", reconnect=POLICY, management=MANAGEMENT)
        # Never inside a frame: Prosody would take its beginning for that of the next connection's first frame.
        with cutting(port_of(options["websocket"]), OrderlyCutter) as cutter:
            options["websocket"] = behind(options["websocket"], cutter)
            async with connect(**options) as alice, connect(**account(lab, server, "bob")) as bob:
                told.append(await exchange(alice, bob, cutter, messages=MESSAGES, cuts=CUTS))
                told.append(cutter.cuts)

    play(adapter, scenario, seconds=60.0)
    account_, cuts = told
    assert cuts >= CUTS * 0.5
    assert account_.resumed >= cuts - 1
