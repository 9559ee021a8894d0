"""Somebody who takes few reactions says so (XEP-0444 section 2.2), through real servers and over each adapter."""

from __future__ import annotations

import pytest

from tests.interop.harness import Connect, account, answering, play, until
from tests.interop.servers import Lab, Server
from tests.interop.test_interop_disco import skip_if_it_answers_itself
from xmppwire import ErrorCondition, Message, Presence
from xmppwire.im.conversation import Conversation, EntryReacted, Refused, SendFailed
from xmppwire.im.disco import OwnInfo, fetch_info
from xmppwire.im.messages import Composer, ReactionError, ReactionRules, message_ids, reaction_rules
from xmppwire.im.ping import ping
from xmppwire.protocol import reactions
from xmppwire.protocol.reactions_forms import ReactionRestrictions

HEARTS = ReactionRules(1, frozenset({"💘", "❤️"}))


@pytest.mark.spec("XEP-0444", "2.1", "2.2", "3.1", "3.3")
def test_restricted_reactions(lab: Lab, im_server: Server, adapter: str) -> None:
    skip_if_it_answers_itself(im_server)

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            own = OwnInfo(bob.session.answers)
            own.add_features(reactions.NAMESPACE)
            own.set_form(ReactionRestrictions(max_reactions_per_user=1, allowlist=["💘", "❤️"]))
            for client in (alice, bob):
                await client.send(Presence())
                await client.run(ping())
            await bob.send(Presence(alice.jid))  # a server may let strangers ask nothing
            await until(alice, Presence, lambda presence: presence.sender == bob.jid)
            with answering(bob):
                rules = reaction_rules(await alice.run(fetch_info(bob.jid)))
            assert rules == HEARTS

            hers = Conversation(alice.jid, bob.jid.bare, reaction_rules=rules)
            his = Conversation(bob.jid, alice.jid.bare, own_reaction_rules=HEARTS)
            said = Composer(alice.jid).text("I shall only accept hearts")
            his.sent(said)
            await bob.send(said)
            heard = await until(alice, Message)
            hers.feed(heard)

            careful, careless = Composer(bob.jid, reaction_rules=rules), Composer(bob.jid)
            ids = message_ids(heard)
            with pytest.raises(ReactionError):
                careful.reactions(ids, ["💘", "❤️"])
            wrong = careless.reactions(ids, ["👋"])
            assert isinstance(hers.sent(wrong)[0], Refused)
            unaware = Conversation(alice.jid, bob.jid.bare)
            unaware.feed(heard)
            assert isinstance(unaware.sent(wrong)[0], EntryReacted)
            await alice.send(wrong)
            (refused,) = his.feed(await until(bob, Message))
            assert isinstance(refused, Refused)
            await bob.send(refused.message.error_reply(ErrorCondition.NOT_ACCEPTABLE, text=refused.reason))
            undone, failed = unaware.feed(await until(alice, Message))
            assert isinstance(undone, EntryReacted)
            assert isinstance(failed, SendFailed)
            assert unaware.entries[0].reactions == {}

            right = careful.reactions(ids, ["❤️"])
            assert isinstance(hers.sent(right)[0], EntryReacted)
            await alice.send(right)
            assert isinstance(his.feed(await until(bob, Message))[0], EntryReacted)
            assert list(his.entries[0].reactions.values()) == [("❤️",)]

    play(adapter, scenario)
