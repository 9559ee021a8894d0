"""Rooms (XEP-0045) of real servers, over each adapter."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.harness import Connect, account, play
from tests.interop.servers import Lab, Server
from xmppwire import JID
from xmppwire.im.rooms import (
    Joined,
    Room,
    RoomEvent,
    RoomMessage,
    SubjectChanged,
    accept_defaults,
    destroy,
    find_room_services,
)


async def room_service(client: Any, server: Server) -> JID:
    """The service of the server that has rooms; a skip where there is none."""
    services = await client.run(find_room_services(client.jid.domain))
    if not services:
        pytest.skip(f"{server.name} offers no rooms")
    return services[0]


async def await_event(
    client: Any, room: Room, kind: type[Any], condition: Callable[[Any], bool] = lambda _: True
) -> Any:
    """The next thing of this kind that a room tells; what comes before it is only fed to the room."""
    async for event in client:
        told: RoomEvent | None = room.feed(event)
        if isinstance(told, kind) and condition(told):
            return told
    raise AssertionError(f"the stream ended: {client.ended}")


async def new_room(client: Any, server: Server, nick: str) -> Room:
    """A room of our own, open, with us in it."""
    service = await room_service(client, server)
    room = Room(f"{uuid.uuid4().hex}@{service}", nick)
    await client.send(room.join())
    joined: Joined = await await_event(client, room, Joined)
    assert joined.created
    await client.run(accept_defaults(room.jid))
    await await_event(client, room, SubjectChanged)
    return room


@pytest.mark.spec("XEP-0045", "6.1", "7.1", "7.2.2", "7.4", "10.1.2", "10.9")
def test_a_room_is_made_and_used(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            room = await new_room(alice, im_server, "thirdwitch")
            assert room.live
            sent = room.message("Thrice the brinded cat hath mew'd.")
            await alice.send(sent)
            said: RoomMessage = await await_event(alice, room, RoomMessage)
            assert (said.own, said.reflects, said.history) == (True, sent.id, False)
            await alice.run(destroy(room.jid))

    play(adapter, scenario)
