"""Two workers as one component, with the code of docs/scale.md: each user is served by one of them, and all are served."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from tests.bench.workers import TEAM_SLOTS, load, shown, worker
from tests.interop.servers import Server
from xmppwire import Message
from xmppwire.im.ping import ping
from xmppwire.operation import OperationTimeout
from xmppwire_io.asyncio import connect_component


@pytest.fixture
def team(server: Server) -> Server:
    """A server where several connections speak for one domain."""
    if server.team is None:
        pytest.skip(f"{server.name} has no component with several connections here")
    return server


def test_each_user_has_one_worker(team: Server) -> None:
    with worker(team, 1, 0.0), worker(team, 1, 0.0):
        _, shares, places = asyncio.run(load(team, 1000))
    assert len(shares) == 2
    assert min(shares.values()) > 200
    assert {len(names) for names in places.values()} == {1}


def test_one_worker_may_hold_all_slots(team: Server) -> None:
    with worker(team, TEAM_SLOTS, 0.0):
        _, shares, _ = asyncio.run(load(team, 200))
    assert list(shares.values()) == [200]


def test_what_a_worker_asks_its_user_is_answered_to_it(team: Server) -> None:
    """Both slots ask whoever wrote to them; each answer finds the slot that asked."""
    assert team.team is not None
    domain, port = team.team

    async def slot() -> None:
        while True:
            async with connect_component(domain, team.component_secret, team.host, port) as component:
                # While ejabberd has not noticed that those of the last test are gone, this one is given no slot, for ever.
                with suppress(TimeoutError):
                    while True:
                        async with asyncio.timeout(3):
                            event = await anext(component)
                        if isinstance(event, Message) and event.type != "error":
                            with suppress(OperationTimeout):  # asked before the other slot was held, it may go there
                                await component.run(ping(event.sender), timeout=3)
                                await component.send(Message(event.sender, "well?", sender=event.to))

    async def scenario() -> None:
        slots = [asyncio.create_task(slot()) for _ in range(TEAM_SLOTS)]
        place = (team.component, team.component_secret, team.host, team.component_port)
        waiting = {f"user{number}@{team.component}" for number in range(20)}
        rounds = 0
        try:
            async with asyncio.timeout(60), connect_component(*place) as many:
                while waiting:
                    assert not any(task.done() for task in slots), slots
                    for user in waiting:
                        await many.send(Message(f"bot@{domain}", "?", sender=user))
                    rounds += 1
                    try:
                        async with asyncio.timeout(1):
                            while waiting:
                                event = await anext(many)
                                if isinstance(event, Message) and event.body == "well?":
                                    waiting.discard(str(event.to))
                    except TimeoutError:
                        pass
        except TimeoutError:
            pytest.fail(f"after {rounds} rounds no word for {sorted(waiting)}: {slots}")
        for task in slots:
            assert not task.done(), task
            task.cancel()

    asyncio.run(scenario())


def test_prosody_takes_one_connection(server: Server) -> None:
    if not server.name.startswith("prosody"):
        pytest.skip("this is about Prosody")

    async def scenario() -> None:
        work = shown()["work"]
        place = (server.component, server.component_secret, server.host, server.component_port)
        with pytest.raises(ExceptionGroup) as caught:
            async with asyncio.timeout(30):
                await work(*place, str.upper, slots=2)
        assert "conflict" in str(caught.value.exceptions)

    asyncio.run(scenario())
