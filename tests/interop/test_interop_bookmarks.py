"""Bookmarks on real servers, wherever these keep them, over each adapter."""

from __future__ import annotations

import uuid

import pytest

from tests.interop.harness import Connect, account, play, until
from tests.interop.servers import Lab, Server
from tests.interop.test_interop_pep import interested
from xmppwire import JID, Message, Presence
from xmppwire.im.bookmarks import (
    NOTIFY_FEATURE,
    BookmarkChanged,
    BookmarkRemoved,
    Bookmarks,
    BookmarkStore,
    fetch_bookmarks,
)
from xmppwire.im.pep import fetch_pep_support
from xmppwire.im.ping import ping
from xmppwire.im.private_storage import fetch_private
from xmppwire.im.pubsub import RefusedEvent
from xmppwire.operation import IqError
from xmppwire.protocol.bookmark_pinning import Pinned
from xmppwire.protocol.bookmark_storage import BookmarkStorage, StoredConference
from xmppwire.protocol.bookmarks import NAMESPACE, Bookmark, BookmarkExtensions
from xmppwire.protocol.pubsub_event import EventItem, EventItems, PubsubEvent


@pytest.mark.spec("XEP-0402", "3.2", "3.3", "3.4", "3.5", "4", "5.3")
@pytest.mark.spec("XEP-0048", "2.1")
@pytest.mark.spec("XEP-0049", "2.2")
def test_bookmarks(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "alice")) as tablet,
        ):
            support = await alice.run(fetch_pep_support())
            try:
                bookmarks = await alice.run(fetch_bookmarks(support))
            except IqError as error:
                pytest.skip(f"{im_server.name} keeps no bookmarks: {error}")
            for room in list(bookmarks):  # of an earlier test that failed
                await alice.run(bookmarks.remove(room))
            assert (bookmarks.store is BookmarkStore.NATIVE) or not support.converts_bookmarks
            native = bookmarks.store is BookmarkStore.NATIVE
            if native:
                await interested(tablet, NOTIFY_FEATURE, publisher=alice)
            seen = await tablet.run(fetch_bookmarks())
            assert len(seen) == 0
            rooms = [JID(f"{uuid.uuid4().hex}@rooms.example") for _ in range(3)]

            async def told() -> object:
                while True:
                    changes = seen.feed(await until(tablet, Message), tablet.jid)
                    if changes:
                        (change,) = changes
                        return change

            extensions = BookmarkExtensions(payloads=[Pinned()])
            first = Bookmark(name="Council", nick="JC", autojoin=True, extensions=extensions)
            await alice.run(bookmarks.save(rooms[0], first))
            if native:
                assert await told() == BookmarkChanged(rooms[0], first)
            for room in rooms[1:]:
                await alice.run(bookmarks.save(room, Bookmark(name="Hall")))
                if native:
                    assert await told() == BookmarkChanged(room, Bookmark(name="Hall"))
            fetched = await tablet.run(fetch_bookmarks())
            assert fetched == bookmarks
            assert set(fetched) == set(rooms)
            assert fetched.autojoin == {rooms[0]: first}

            second = fetched[rooms[0]].replace(autojoin=False)
            await alice.run(bookmarks.save(rooms[0], second))
            if native:
                assert await told() == BookmarkChanged(rooms[0], second, first)
            await alice.run(bookmarks.remove(rooms[1]))
            if native:
                assert await told() == BookmarkRemoved(rooms[1], Bookmark(name="Hall"))
                assert seen == bookmarks
            assert await tablet.run(fetch_bookmarks()) == {rooms[0]: second, rooms[2]: Bookmark(name="Hall")}
            if support.converts_bookmarks:
                stored = await tablet.run(fetch_private(BookmarkStorage))
                assert stored is not None
                kept = {one.jid: one.name for one in stored.bookmarks if isinstance(one, StoredConference)}
                assert kept == {rooms[0]: "Council", rooms[2]: "Hall"}
            for room in list(bookmarks):
                await alice.run(bookmarks.remove(room))
            assert len(await tablet.run(fetch_bookmarks())) == 0

    play(adapter, scenario)


@pytest.mark.spec("XEP-0163", "4.3.1")
def test_nobody_else_makes_us_enter_a_room(lab: Lab, im_server: Server, adapter: str) -> None:
    """CVE-2023-28686, through a server."""

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            await alice.send(Presence())
            await alice.run(ping())
            trap = EventItem(id="trap@evil.example", payload=Bookmark(autojoin=True))
            forged = PubsubEvent(action=EventItems(node=NAMESPACE, items=[trap]))
            await bob.send(Message(alice.jid, type="headline", payloads=[forged]))
            bookmarks = Bookmarks()
            event = await until(alice, Message, lambda message: message.sender == bob.jid)
            reason = f"{NAMESPACE} is believed from {alice.jid.bare} only"
            assert bookmarks.feed(event, alice.jid) == [RefusedEvent(bob.jid, NAMESPACE, reason)]
            assert len(bookmarks) == 0

    play(adapter, scenario)
