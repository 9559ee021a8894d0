"""Archives (XEP-0313) and copies of messages (XEP-0280) of real servers, over each adapter."""

from __future__ import annotations

import uuid

import pytest

from tests.interop.harness import Connect, account, play, skip_without, until
from tests.interop.servers import Lab, Server
from xmppwire import JID, ErrorCondition, Message, Presence
from xmppwire.im.archive import ArchiveReader, fetch_archive_page
from xmppwire.im.carbons import Carbon, disable_carbons, enable_carbons, read_carbon
from xmppwire.im.ping import ping
from xmppwire.operation import IqError
from xmppwire.protocol import carbons, mam
from xmppwire.protocol.mam_forms import ArchiveFilter


@pytest.mark.spec("XEP-0313", "4.1", "4.2", "4.3")
def test_an_archive_in_both_directions(lab: Lab, im_server: Server, adapter: str) -> None:
    mark = uuid.uuid4().hex
    said = [f"{mark} {number}" for number in range(25)]

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice", archived=True)) as alice,
            connect(**account(lab, im_server, "bob", archived=True)) as bob,
        ):
            await skip_without(bob, im_server, mam.NAMESPACE, bob.jid.bare)
            first = None
            for text in ("before", *said):
                await alice.send(Message(bob.jid, text, type="chat"))
                await until(bob, Message)
                if first is None:  # where our messages begin, in the archive's own words
                    newest = await bob.run(fetch_archive_page(before="", limit=1))
                    first = newest.messages[0].id
            reader = ArchiveReader(ArchiveFilter(correspondent=alice.jid.bare), limit=10, position=first)
            sizes, found = [], []
            while not reader.done:
                page = await bob.run(reader.next_page())
                sizes.append(len(page))
                found += page.messages
            assert [archived.message.body for archived in found] == said
            assert sum(size > 0 for size in sizes) == 3
            assert all(archived.stamp is not None for archived in found)
            assert {archived.message.sender for archived in found} == {alice.jid}

            back = ArchiveReader(ArchiveFilter(correspondent=alice.jid.bare), backwards=True, limit=10)
            pages = [[archived.message.body for archived in await bob.run(back.next_page())] for _ in range(3)]
            assert [*pages[2], *pages[1], *pages[0]][-25:] == said
            if im_server.name == "prosody":  # to ejabberd every id is a time, and Prosody 13 begins anew
                with pytest.raises(IqError) as unknown:
                    await bob.run(fetch_archive_page(after="no-such-id", limit=1))
                assert unknown.value.error.condition is ErrorCondition.ITEM_NOT_FOUND

    play(adapter, scenario)


@pytest.mark.spec("XEP-0280", "4", "5", "7", "8")
def test_copies_for_the_other_clients(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice", archived=True)) as alice,
            connect(**account(lab, im_server, "bob", archived=True)) as bob,
            connect(**account(lab, im_server, "bob", archived=True)) as tablet,
        ):
            await skip_without(tablet, im_server, carbons.NAMESPACE, JID(im_server.hashed_domain or im_server.domain))
            await tablet.run(enable_carbons())
            for client in (bob, tablet):
                await client.send(Presence())
                await client.run(ping(im_server.hashed_domain or im_server.domain))
            await alice.send(Message(bob.jid, "to his phone", type="chat"))
            copy = read_carbon(await until(tablet, Message), tablet.jid)
            assert isinstance(copy, Carbon)
            assert (copy.message.body, copy.sent, copy.message.sender) == ("to his phone", False, alice.jid)
            await bob.send(Message(alice.jid, "from his phone", type="chat"))
            copy = read_carbon(await until(tablet, Message), tablet.jid)
            assert isinstance(copy, Carbon)
            assert (copy.message.body, copy.sent, copy.message.to) == ("from his phone", True, alice.jid)
            await tablet.run(disable_carbons())
            await bob.send(Message(alice.jid, "no copy", type="chat"))
            await alice.send(Message(tablet.jid, "plain", type="chat"))
            plain = await until(tablet, Message)
            assert read_carbon(plain, tablet.jid) is None
            assert plain.body == "plain"

    play(adapter, scenario)
