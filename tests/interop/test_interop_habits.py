"""A client whose radio is spared (XEP-0286, XEP-0352), on real servers and each adapter: with one option."""

from __future__ import annotations

from functools import partial

import pytest

from tests.interop.harness import Connect, account, play, until
from tests.interop.servers import Lab, Server
from xmppwire import Message, Presence
from xmppwire.im.csi_habits import RadioHabits
from xmppwire.im.ping import ping
from xmppwire.protocol.receipts import Receipt
from xmppwire.stream import ManagementEnabled, StreamManagement

QUICK = partial(RadioHabits, tail=0.0, patience=0.6, silence=1.0)
"""The same, for those who cannot wait a quarter of an hour."""


@pytest.mark.spec("XEP-0286", "4.1", "4.2")
@pytest.mark.parametrize("managed", [True, False])
def test_what_can_wait_waits(lab: Lab, im_server: Server, adapter: str, managed: bool) -> None:
    async def scenario(connect: Connect) -> None:
        management = StreamManagement(answer_seconds=1.0) if managed else None
        async with (
            connect(**account(lab, im_server, "bob")) as bob,
            connect(**account(lab, im_server, "alice"), habits=QUICK, management=management) as alice,
        ):
            for client in (alice, bob):
                await client.send(Presence())
                await client.run(ping())
            if managed and not any(isinstance(event, ManagementEnabled) for event in alice.negotiation):
                pytest.skip(f"{im_server.name} counts no stanzas")
            alice.set_active(False)

            def receipt(id_: str) -> Message:
                return Message(bob.jid, type="chat", payloads=[Receipt(id=id_)])

            async def heard() -> str | None:
                message = await until(bob, Message)
                found: Receipt | None = message.get(Receipt)
                return message.body if found is None else found.id

            await alice.send(receipt("1"))
            await alice.send(Message(bob.jid, "hello", type="chat"))
            assert [await heard(), await heard()] == ["1", "hello"], "nothing is overtaken"

            await alice.send(receipt("2"))
            await alice.send(receipt("2b"))
            await bob.send(Message(bob.jid, "meanwhile", type="chat"))
            assert await heard() == "meanwhile", "what can wait does"
            await bob.send(Message(alice.jid, "you there?", type="chat"))  # which wakes the radio
            await until(alice, Message)
            assert [await heard(), await heard()] == ["2", "2b"]

            await alice.send(receipt("3"))
            if adapter == "blocking":  # it keeps time in its calls only
                while alice.next_event(0.7) is not None:
                    pass
            assert await heard() == "3"

            alice.set_active(True)
            await alice.send(receipt("4"))
            assert await heard() == "4"
            assert await alice.run(ping()) is None

    play(adapter, scenario)
