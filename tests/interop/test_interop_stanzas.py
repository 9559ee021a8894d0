"""Stanzas through real servers, over each adapter: messages, presence, roster, ping, errors, the closing handshake."""

from __future__ import annotations

import uuid

import pytest

from tests.interop.harness import Connect, account, play, until
from tests.interop.servers import Lab, Server
from xmppwire import Element, ErrorCondition, Iq, Message, Presence
from xmppwire.im.ping import ping
from xmppwire.im.roster import fetch_roster, remove_roster_item, set_roster_item
from xmppwire.operation import IqError, request
from xmppwire.protocol.receipts import ReceiptRequest
from xmppwire.protocol.roster import Roster
from xmppwire.stream import EndReason

TEXTS = (
    "Art thou not Romeo, and a Montague?",
    "Neither, fair saint, if either thee dislike. <&>\"' ]]>",
    "Привет, 世界 \U0001f339\nsecond line\ttab",
    "x" * 60_000,
)


@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "direct-tls"])
@pytest.mark.spec("RFC 6121", "5")
def test_messages_both_ways(lab: Lab, server: Server, adapter: str, direct: bool) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, server, "alice", direct=direct)) as alice,
            connect(**account(lab, server, "bob")) as bob,
        ):
            for here, there in ((alice, bob), (bob, alice)):
                for number, text in enumerate(TEXTS):
                    await here.send(Message(there.jid, text, type="chat", id=f"m{number}", payloads=[ReceiptRequest()]))
                for number, text in enumerate(TEXTS):
                    found = await until(there, Message)
                    assert (found.id, found.body, found.type) == (f"m{number}", text, "chat")
                    assert (found.sender, found.to) == (here.jid, there.jid)
                    assert found.get(ReceiptRequest) is not None

    play(adapter, scenario)


@pytest.mark.spec("RFC 6121", "4.2", "4.6")
def test_presence(lab: Lab, server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, server, "alice")) as alice,
            connect(**account(lab, server, "bob")) as bob,
        ):
            await alice.send(Presence(show="chat", status="on the balcony", priority=5))
            await bob.send(Presence())
            await bob.run(fetch_roster())  # so that the server has his presence before hers comes
            await alice.send(Presence(bob.jid, show="away", status="leaving"))
            found = await until(bob, Presence, lambda event: event.sender == alice.jid)
            assert (found.show, found.status, found.type) == ("away", "leaving", None)
            await alice.send(Presence(bob.jid, type="unavailable"))
            found = await until(bob, Presence, lambda event: event.sender == alice.jid)
            assert found.type == "unavailable"

    play(adapter, scenario)


@pytest.mark.spec("RFC 6121", "2.1", "2.3", "2.5")
def test_roster(lab: Lab, server: Server, adapter: str) -> None:
    contact = f"{uuid.uuid4().hex}@{server.domain}"

    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, server, "alice")) as alice:
            before = await alice.run(fetch_roster())
            assert contact not in [str(item.jid) for item in before.items]
            await alice.run(set_roster_item(contact, "Nurse", ["Household", "Старые друзья"]))
            push = await until(alice, Iq, lambda event: event.get(Roster) is not None)
            assert [str(item.jid) for item in push.get(Roster).items] == [contact]
            after = await alice.run(fetch_roster())
            found = next(item for item in after.items if str(item.jid) == contact)
            assert (found.name, sorted(found.groups)) == ("Nurse", ["Household", "Старые друзья"])
            if server.legacy:
                return  # jabberd2 2.7.0 dies of a double free when a contact is removed
            await alice.run(remove_roster_item(contact))
            last = await alice.run(fetch_roster())
            assert contact not in [str(item.jid) for item in last.items]

    play(adapter, scenario)


@pytest.mark.spec("XEP-0199", "4.2")
def test_ping(lab: Lab, server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, server, "alice")) as alice:
            await alice.run(ping(server.domain))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0199", "4.1")
def test_ping_from_client_to_client(lab: Lab, server: Server, adapter: str) -> None:
    """The other one answers by itself, whatever its program is doing."""
    if adapter == "blocking":
        pytest.skip("a blocking client answers inside its calls only")

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, server, "alice")) as alice,
            connect(**account(lab, server, "bob")) as bob,
        ):
            await alice.run(ping(bob.jid))
            await bob.run(ping(alice.jid))

    play(adapter, scenario)


@pytest.mark.spec("RFC 6121", "8.5")
def test_errors_come_back(lab: Lab, server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, server, "alice")) as alice:
            with pytest.raises(IqError) as refused:
                await alice.run(request(Iq("get", server.domain, payload=Element(("urn:example:nothing", "query")))))
            assert refused.value.error.condition in (
                ErrorCondition.SERVICE_UNAVAILABLE,
                ErrorCondition.FEATURE_NOT_IMPLEMENTED,
            )
            if server.legacy:
                return  # jabberd2 answers for the account
            with pytest.raises(IqError) as refused:
                await alice.run(request(Iq("get", f"bob@{server.domain}/{uuid.uuid4().hex}", payload=Roster())))
            assert refused.value.error.condition is ErrorCondition.SERVICE_UNAVAILABLE

    play(adapter, scenario)


@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "direct-tls"])
@pytest.mark.spec("RFC 6120", "4.4")
def test_clean_close(lab: Lab, server: Server, adapter: str, direct: bool) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, server, "alice", direct=direct)) as alice:
            await alice.send(Presence())
        assert alice.ended is not None
        assert alice.ended.reason is EndReason.LOCAL_CLOSE
        assert alice.ended.clean

    play(adapter, scenario)


@pytest.mark.spec("RFC 6120", "7.7.2.2")
def test_the_same_resource_twice(lab: Lab, server: Server, adapter: str) -> None:
    """The server ends the older stream, gives the newer one another resource, or refuses it; nobody hangs."""
    options = account(lab, server, "alice")

    async def scenario(connect: Connect) -> None:
        async with connect(**options) as older, connect(**options) as newer:
            if str(newer.jid) == options["address"]:
                async for _ in older:
                    pass
                assert older.ended is not None
                assert older.ended.reason is EndReason.STREAM_ERROR_RECEIVED
                assert older.ended.error.condition == "conflict"
            await newer.run(ping(server.domain))

    play(adapter, scenario)
