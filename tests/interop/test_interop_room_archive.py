"""Archives of rooms at real servers (XEP-0313 section 7), over each adapter."""

from __future__ import annotations

from functools import partial

import pytest

from tests.interop.harness import Connect, account, play, until
from tests.interop.servers import Lab, Server
from tests.interop.test_interop_rooms import await_event, new_room
from xmppwire import Message
from xmppwire.im.archive import fetch_archive_page
from xmppwire.im.rooms import (
    Joined,
    Room,
    destroy,
    fetch_configuration,
    fetch_room_info,
    submit_configuration,
)
from xmppwire.protocol import mam
from xmppwire.protocol.stanza_id import StanzaId

SWITCHES = ("mam", "muc#roomconfig_enablearchiving", "muc#roomconfig_enablelogging")
"""What servers call the setting."""


def says(text: str, message: Message) -> bool:
    return message.body == text


@pytest.mark.spec("XEP-0313", "7")
def test_what_was_said_in_a_room_is_read_again(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            hers = await new_room(alice, im_server, "firstwitch")
            form = await alice.run(fetch_configuration(hers.jid))
            switches = [one.var for one in form.fields if one.var in SWITCHES]
            await alice.run(submit_configuration(hers.jid, form.submit(dict.fromkeys(switches, True))))
            if mam.NAMESPACE not in (await alice.run(fetch_room_info(hers.jid))).features:
                pytest.skip(f"rooms of {im_server.name} have no archives")
            his = Room(hers.jid, "secondwitch")
            await bob.send(his.join())
            await await_event(bob, his, Joined)
            ids: list[str] = []
            for text in ("When shall we three meet again?", "When the hurlyburly's done."):
                await bob.send(his.message(text))
                said = await until(alice, Message, partial(says, text))
                mark = said.get(StanzaId)
                assert mark is not None
                ids.append(mark.id)
            page = await alice.run(fetch_archive_page(archive=hers.jid))
            assert [one.id for one in page if one.message.body] == ids
            (last,) = await alice.run(fetch_archive_page(archive=hers.jid, after=ids[0]))
            assert last.message.body == "When the hurlyburly's done."
            await alice.run(destroy(hers.jid))

    play(adapter, scenario)
