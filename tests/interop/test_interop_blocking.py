"""Block lists (XEP-0191) of real servers, over each adapter."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.interop.harness import Connect, play, reach, until
from tests.interop.servers import Lab, Server
from xmppwire import JID, ErrorCondition, Iq, Message
from xmppwire.im.about import fetch_version
from xmppwire.im.blocking import block, fetch_blocked, unblock
from xmppwire.im.disco import fetch_info
from xmppwire.protocol import blocking, version


def account(lab: Lab, server: Server, user: str) -> dict[str, Any]:
    address = f"{user}@{server.domain}/{uuid.uuid4().hex}"
    return {"address": address, "password": lab.users[user], **reach(lab, server)}


@pytest.mark.spec("XEP-0191", "3.2", "3.3", "3.4")
def test_somebody_is_blocked_and_unblocked(lab: Lab, server: Server, adapter: str) -> None:
    if server.legacy:
        pytest.skip(f"{server.name} tells other clients nothing, and its session manager dies of it")

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, server, "alice")) as alice,
            connect(**account(lab, server, "bob")) as bob,
            connect(**account(lab, server, "bob")) as tablet,
        ):
            info = await bob.run(fetch_info(JID(server.domain)))
            if blocking.NAMESPACE not in info.features:
                pytest.skip(f"{server.name} does not offer {blocking.NAMESPACE}")
            for address in await bob.run(fetch_blocked()):  # of an earlier test that failed
                await bob.run(unblock(address))
            seen = await tablet.run(fetch_blocked())
            assert len(seen) == 0
            await bob.run(block(alice.jid.bare))
            assert seen.feed(await until(tablet, Iq), tablet.jid)
            assert alice.jid in seen
            assert list(await bob.run(fetch_blocked())) == [alice.jid.bare]
            await bob.send(Message(alice.jid, "can you hear me?", type="chat"))
            error = (await until(bob, Message)).error
            assert error is not None
            assert error.condition is ErrorCondition.NOT_ACCEPTABLE
            await bob.run(unblock(alice.jid.bare))
            assert seen.feed(await until(tablet, Iq), tablet.jid)
            assert len(seen) == 0
            await bob.send(Message(alice.jid, "and now?", type="chat"))
            assert (await until(alice, Message)).body == "and now?"

    play(adapter, scenario)


@pytest.mark.spec("XEP-0092", "2")
def test_which_server_it_is(lab: Lab, server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, server, "alice")) as alice:
            info = await alice.run(fetch_info(JID(server.domain)))
            if version.NAMESPACE not in info.features:
                pytest.skip(f"{server.name} does not say which version it is")
            found = await alice.run(fetch_version(server.domain))
            assert (found.software or "").lower() in server.name

    play(adapter, scenario)
