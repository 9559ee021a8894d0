"""Block lists (XEP-0191) of real servers, over each adapter."""

from __future__ import annotations

import pytest

from tests.interop.harness import Connect, account, play, skip_without, until
from tests.interop.servers import Lab, Server
from xmppwire import ErrorCondition, Iq, Message
from xmppwire.im.about import fetch_version
from xmppwire.im.blocking import block, fetch_blocked, unblock
from xmppwire.protocol import blocking, version


@pytest.mark.spec("XEP-0191", "3.2", "3.3", "3.4")
def test_somebody_is_blocked_and_unblocked(lab: Lab, im_server: Server, adapter: str) -> None:
    if im_server.legacy:
        pytest.skip(f"{im_server.name} tells other clients nothing, and its session manager dies of it")

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
            connect(**account(lab, im_server, "bob")) as tablet,
        ):
            await skip_without(bob, im_server, blocking.NAMESPACE)
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
def test_which_server_it_is(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            await skip_without(alice, im_server, version.NAMESPACE)
            found = await alice.run(fetch_version(im_server.domain))
            assert (found.software or "").lower() in f"{im_server.name} {im_server.version}"

    play(adapter, scenario)
