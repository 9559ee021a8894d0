"""Being in rooms of real servers as the bookmarks say that these keep, over each adapter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.harness import Connect, account, play, until
from tests.interop.servers import Lab, Server
from tests.interop.test_interop_pep import interested
from tests.interop.test_interop_rooms import new_room
from tests.io.conformance.cutting import POLICY
from tests.io.conformance.proxy import proxied
from xmppwire import Presence
from xmppwire.im.bookmarked_rooms import AutojoinFailed, AutojoinProblem, BookmarkedRooms, RoomGone, RoomTold
from xmppwire.im.bookmarks import NOTIFY_FEATURE, Bookmarks, BookmarkStore, fetch_bookmarks
from xmppwire.im.pep import fetch_pep_support
from xmppwire.im.ping import ping
from xmppwire.im.rooms import Joined, Left, RoomState, SubjectChanged, ban, destroy, kick, set_affiliation
from xmppwire.operation import IqError
from xmppwire.protocol.bookmarks import Bookmark
from xmppwire.protocol.muc import MucAffiliation
from xmppwire.protocol.muc_self_ping import SelfPingResult
from xmppwire.stream import Resumed


async def follow(client: Any, rooms: BookmarkedRooms, kind: type[Any], condition: Callable[[Any], bool]) -> Any:
    """The next thing of this kind that the rooms tell, while all that is due is sent."""
    for presence in rooms.to_send(0):
        await client.send(presence)
    async for event in client:
        found = [told for told in rooms.feed(event, client.jid, 0) if isinstance(told, kind) and condition(told)]
        for presence in rooms.to_send(0):
            await client.send(presence)
        if found:
            return found[0]
    raise AssertionError(f"the stream ended: {client.ended}")


def says(room: Any, kind: type[Any]) -> Callable[[RoomTold], bool]:
    return lambda told: told.jid == room.jid and isinstance(told.event, kind)


@pytest.mark.spec("XEP-0402", "3.2", "4")
@pytest.mark.spec("XEP-0048", "2.1")
@pytest.mark.spec("XEP-0410", "3.2")
@pytest.mark.spec("XEP-0045", "10.9")
def test_bookmarked_rooms(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(
                **account(lab, im_server, "alice")
            ) as alice,  # not the other way: nobody bans who administers a server
            connect(**account(lab, im_server, "bob")) as tablet,
        ):
            support = await tablet.run(fetch_pep_support())
            try:
                bookmarks = await tablet.run(fetch_bookmarks(support))
            except IqError as error:
                pytest.skip(f"{im_server.name} keeps no bookmarks: {error}")
            for room in list(bookmarks):  # of an earlier test that failed
                await tablet.run(bookmarks.remove(room))
            native = bookmarks.store is BookmarkStore.NATIVE
            hall, attic, closed = [await new_room(alice, im_server, "Alice") for _ in range(3)]
            await alice.run(ban(closed.jid, tablet.jid.bare))
            await tablet.run(bookmarks.save(hall.jid, Bookmark(autojoin=True, nick="Bo")))
            await tablet.run(bookmarks.save(attic.jid, Bookmark(name="Attic")))
            rooms = BookmarkedRooms("Bob")

            async with connect(**account(lab, im_server, "bob")) as phone:
                if native:
                    await interested(phone, NOTIFY_FEATURE, publisher=tablet)
                else:
                    await phone.send(Presence())
                assert await phone.run(rooms.fetch(support)) == []
                joined = await follow(phone, rooms, RoomTold, says(hall, Joined))
                assert joined.event.own.nick == "Bo"
                assert list(rooms.rooms) == [hall.jid]
                assert await phone.run(rooms.check()) == []
                assert rooms.rooms[hall.jid].state is RoomState.INSIDE

                await tablet.run(bookmarks.save(attic.jid, bookmarks[attic.jid].replace(autojoin=True)))
                if not native:
                    await phone.run(rooms.fetch(support))
                joined = await follow(phone, rooms, RoomTold, says(attic, Joined))
                assert joined.event.own.nick == "Bob"
                await tablet.run(bookmarks.save(closed.jid, Bookmark(autojoin=True)))
                if not native:
                    await phone.run(rooms.fetch(support))
                failed = await follow(phone, rooms, AutojoinFailed, lambda told: told.jid == closed.jid)
                assert failed.problem is AutojoinProblem.REFUSED
                await alice.run(set_affiliation(closed.jid, tablet.jid.bare, MucAffiliation.NONE))
                await tablet.run(bookmarks.remove(attic.jid))
                if not native:
                    await phone.run(rooms.fetch(support))
                await follow(phone, rooms, RoomTold, says(attic, Left))
                assert list(rooms.rooms) == [hall.jid, closed.jid]

            async with connect(**account(lab, im_server, "bob")) as phone:  # a new stream: in all of them again
                assert rooms.feed(phone.negotiation[-1], phone.jid, 0)
                await phone.run(rooms.fetch(support))
                await follow(phone, rooms, RoomTold, says(closed, Joined))
                await alice.run(destroy(hall.jid, "winter", alternate=closed.jid))
                gone = await follow(phone, rooms, RoomGone, lambda told: told.jid == hall.jid)
                assert gone.alternate == closed.jid
                assert await phone.run(rooms.follow(hall.jid)) == closed.jid
                assert set(rooms.bookmarks) == {closed.jid}
                assert set(await tablet.run(fetch_bookmarks(support))) == {closed.jid}
                assert await phone.run(rooms.rooms[closed.jid].self_ping()) is SelfPingResult.JOINED
                await phone.run(rooms.bookmarks.remove(closed.jid))
                rooms.sync()
                await follow(phone, rooms, RoomTold, says(closed, Left))
            for room in (attic, closed):
                await alice.run(destroy(room.jid))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0410", "3.2")
@pytest.mark.spec("XEP-0198", "5")
def test_on_a_stream_that_goes_on_we_are_in_the_rooms_still(lab: Lab, im_server: Server, adapter: str) -> None:
    if im_server.legacy:
        pytest.skip(f"{im_server.name} does not resume streams")

    async def scenario(connect: Connect) -> None:
        with proxied(im_server.c2s) as proxy:
            options = account(lab, im_server, "bob", port=proxy.port, reconnect=POLICY)
            async with connect(**options) as bob, connect(**account(lab, im_server, "alice")) as alice:
                hall, attic = [await new_room(alice, im_server, "Alice") for _ in range(2)]
                rooms = BookmarkedRooms("Bob")
                marks = {room.jid: Bookmark(autojoin=True) for room in (hall, attic)}
                rooms.bookmarks = Bookmarks(bookmarks=marks)
                assert rooms.sync() == []
                await follow(bob, rooms, RoomTold, says(hall, SubjectChanged))
                while rooms.rooms[attic.jid].state is not RoomState.INSIDE:
                    await follow(bob, rooms, RoomTold, lambda told: told.jid == attic.jid)
                proxy.cut()
                await bob.run(ping())
                assert rooms.feed(await until(bob, Resumed), bob.jid, 0) == []
                assert rooms.unsure
                assert await bob.run(rooms.check(), timeout=None) == []
                assert not rooms.unsure
                assert rooms.to_send(0) == []

                await alice.run(kick(attic.jid, "Bob"))  # alice administers the servers of a lab: nobody kicks her
                assert await bob.run(rooms.check([hall.jid])) == []
                failed = await follow(bob, rooms, AutojoinFailed, lambda told: told.jid == attic.jid)
                assert failed.problem is AutojoinProblem.REMOVED
                for room in (hall, attic):
                    await alice.run(destroy(room.jid))

    play(adapter, scenario)
