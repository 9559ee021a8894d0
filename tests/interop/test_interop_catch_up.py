"""A history without a gap and without a double, over many connections to real servers (XEP-0313)."""

from __future__ import annotations

import os
import uuid
from typing import Any

import pytest

from tests.interop.harness import Connect, account, play
from tests.interop.servers import Lab, Server
from xmppwire import Message, Presence
from xmppwire.im.archive import fetch_archive_page
from xmppwire.im.catch_up import CatchUp
from xmppwire.im.disco import fetch_info
from xmppwire.im.ping import ping
from xmppwire.protocol import mam

ARCHIVED = int(os.environ.get("XMPPWIRE_ARCHIVED", "500"))
CONNECTIONS = 5


@pytest.mark.spec("XEP-0313", "4.3.1")
@pytest.mark.spec("XEP-0359", "5")
def test_neither_gap_nor_double(lab: Lab, im_server: Server, adapter: str) -> None:
    """Half of the messages come while he is there, half while he is not; to those the server may have kept a copy (offline)."""
    mark = uuid.uuid4().hex
    count = ARCHIVED if adapter == "asyncio" else min(ARCHIVED, 100)
    share = max(1, count // (2 * CONNECTIONS))
    said: list[str] = []
    got: list[str] = []

    def take(arrived: list[Any]) -> None:
        got.extend(one.message.body for one in arrived if (one.message.body or "").startswith(mark))

    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice", archived=True)) as alice:

            async def say(to: Any, times: int) -> None:
                for _ in range(times):
                    said.append(f"{mark} {len(said)}")
                    await alice.send(Message(to, said[-1], type="chat"))
                await alice.run(ping(im_server.hashed_domain or im_server.domain))

            history: CatchUp | None = None
            for _ in range(CONNECTIONS):
                async with connect(**account(lab, im_server, "bob", archived=True)) as bob:
                    if history is None:
                        info = await bob.run(fetch_info(bob.jid.bare))
                        if mam.NAMESPACE not in info.features:
                            pytest.skip(f"{im_server.name} has no archive")
                        newest = await bob.run(fetch_archive_page(before="", limit=1))
                        history = CatchUp(bob.jid, newest.last)
                    else:
                        history.connected(bob.jid)
                    await bob.send(Presence())
                    await say(bob.jid.bare, share)
                    while history.behind:
                        take(await bob.run(history.next_page()))
                    assert not history.restarted
                    await say(bob.jid.bare, 1)
                    async for event in bob:
                        if isinstance(event, Message):
                            take(history.feed(event))
                            if got and got[-1] == said[-1]:
                                break
                await say(bob.jid.bare, share)
            async with connect(**account(lab, im_server, "bob", archived=True)) as bob:
                assert history is not None
                history.connected(bob.jid)
                while history.behind:
                    take(await bob.run(history.next_page()))
            assert got == said

    play(adapter, scenario)
