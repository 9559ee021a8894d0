"""A history without a gap and without a double, over many connections to real servers (XEP-0313)."""

from __future__ import annotations

import os
import uuid
from typing import Any

import pytest

from tests.interop.harness import Connect, account, play, skip_without, until
from tests.interop.servers import Lab, Server
from xmppwire import Message, Presence
from xmppwire.im.archive import fetch_archive_page
from xmppwire.im.catch_up import CatchUp
from xmppwire.im.ping import ping
from xmppwire.operation import BacklogFull
from xmppwire.protocol import mam

ARCHIVED = int(os.environ.get("XMPPWIRE_ARCHIVED", "500"))
CONNECTIONS = 5
CHUNK = 50


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

            async def say(to: Any, times: int, bob: Any = None) -> None:
                """Say so much more; what reaches bob meanwhile is taken now and then, or it would fill his backlog."""
                for number in range(times):
                    said.append(f"{mark} {len(said)}")
                    await alice.send(Message(to, said[-1], type="chat"))
                    if number % CHUNK == CHUNK - 1 or number == times - 1:
                        await alice.run(ping(alice.jid.domain))
                        if bob is not None:
                            await hear(bob)

            async def hear(bob: Any) -> None:
                """Take what came live, up to what was said last."""
                assert history is not None
                while not got or got[-1] != said[-1]:
                    take(history.feed(await until(bob, Message)))

            history: CatchUp | None = None
            for _ in range(CONNECTIONS):
                async with connect(**account(lab, im_server, "bob", archived=True)) as bob:
                    if history is None:
                        await skip_without(bob, im_server, mam.NAMESPACE, bob.jid.bare)
                        newest = await bob.run(fetch_archive_page(before="", limit=1))
                        history = CatchUp(bob.jid, newest.last)
                    else:
                        history.connected(bob.jid)
                    await say(bob.jid.bare, min(share, CHUNK))  # while he is catching up
                    await bob.send(Presence())
                    while history.behind:
                        try:
                            take(await bob.run(history.next_page()))
                        except BacklogFull:  # of what was kept for him (offline)
                            for _ in range(100):
                                if isinstance(event := await anext(bob), Message):
                                    take(history.feed(event))
                    assert not history.restarted
                    await say(bob.jid.bare, max(1, share - CHUNK), bob)
                await say(bob.jid.bare, share)
            async with connect(**account(lab, im_server, "bob", archived=True)) as bob:
                assert history is not None
                history.connected(bob.jid)
                while history.behind:
                    take(await bob.run(history.next_page()))
            assert got == said

    play(adapter, scenario, seconds=30 + count / 10)
