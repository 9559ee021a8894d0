"""Moderators of rooms at real servers take messages back (XEP-0425), over each adapter."""

from __future__ import annotations

import pytest

from tests.interop.harness import Connect, account, play, skip_without, until
from tests.interop.servers import Lab, Server
from tests.interop.test_interop_rooms import await_event, new_room
from xmppwire import ErrorCondition, Message
from xmppwire.im.conversation import Conversation
from xmppwire.im.messages import Composer
from xmppwire.im.rooms import Joined, Room, destroy, fetch_room_info
from xmppwire.operation import IqError, request
from xmppwire.protocol.message_moderation import NAMESPACE, moderation_of


@pytest.mark.spec("XEP-0425", "2", "3.1")
def test_a_moderator_takes_a_message_back(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            hers = await new_room(alice, im_server, "firstwitch")
            await skip_without(alice, im_server, NAMESPACE, hers.jid)
            features = (await alice.run(fetch_room_info(hers.jid))).features
            his = Room(hers.jid, "secondwitch")
            await bob.send(his.join())
            await await_event(bob, his, Joined)
            conversation = Conversation(alice.jid, hers.jid, room=True, nick="firstwitch", features=features)
            await bob.send(his.message("free potions"))
            conversation.feed(await until(alice, Message, lambda message: message.body == "free potions"))
            (entry,) = conversation.entries
            moderation = Composer(hers.jid, room=True).moderation(entry.ids, "No trade here")
            with pytest.raises(IqError) as refused:
                await bob.run(request(moderation))
            assert refused.value.error.condition is ErrorCondition.FORBIDDEN
            await alice.run(request(moderation))
            for client in (alice, bob):
                told = await until(client, Message, lambda message: moderation_of(message) is not None)
                assert told.sender == hers.jid
                found = moderation_of(told)
                assert found is not None
                assert (found.id, found.reason) == (entry.ids.stanza_id, "No trade here")
                if client is alice:
                    conversation.feed(told)
            (entry,) = conversation.entries
            assert entry.retraction is not None
            assert (entry.retraction.moderated, entry.text) == (True, None)
            await alice.run(destroy(hers.jid))

    play(adapter, scenario)
